//! A shop to look at: the sample catalogue of an ironmonger with its pictures, people and ninety days of orders, and a big
//! shop of made-up products for load tests.
//!
//! [`sample`] writes the same shop every time: ids come from names, chance from a fixed seed, and times count back from
//! the shop's clock. It refuses a database that holds anybody else's products, and changes nothing when it was there
//! before. [`big()`] adds made-up products until there are so many. The data lies in `seed/` as TOML and SVG and is part of
//! the program, so there is one file to deploy.
//!
//! The accounts of the sample share a published password: never seed a shop that strangers can reach.

mod big;
mod chance;
mod data;
mod movements;
mod orders;
mod people;
mod pictures;
mod products;
mod progress;
mod settings;

use crate::actors::System;
use crate::id::ProductId;
use crate::{Act, Error, Result, Shop, audit};
use chance::stable;
use sqlx::PgConnection;

pub use big::{big, big_with};
pub use people::{Login, PASSWORD, logins};
pub use progress::{OnProgress, Phase, Pictures, Progress};

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The sample was there already, and nothing was changed.
    pub unchanged: bool,
    pub categories: usize,
    pub products: usize,
    pub variants: usize,
    pub pictures: usize,
    pub orders: usize,
    /// Products that were made up for load tests.
    pub made_up: usize,
}

/// Writes the sample shop, with drawn pictures.
pub async fn sample(shop: &Shop, progress: OnProgress<'_>) -> Result<Report> {
    sample_with(shop, Pictures::Drawn, progress).await
}

/// Writes the sample shop. All of it is one transaction, but for the files of pictures, which a later run finds again.
pub async fn sample_with(shop: &Shop, pictures: Pictures, progress: OnProgress<'_>) -> Result<Report> {
    let data = data::Data::load()?;
    if is_there(&mut *shop.db.acquire().await?, &data).await? {
        return Ok(Report { unchanged: true, ..Report::default() });
    }
    let drawn = pictures::draw(shop, &data, pictures, progress).await?;
    let password_hash = people::password_hash().await?;

    let mut act = Act::begin(shop, &System).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtext('seed'))").execute(&mut *act).await?;
    if is_there(&mut act, &data).await? {
        return Ok(Report { unchanged: true, ..Report::default() });
    }
    let mut at = |step, done, total| progress(Progress { step, done, total });
    at(Phase::Catalogue, 0, data.products.len());
    let products = products::Planned::all(shop, &data)?;
    settings::write(&mut act).await?;
    products::write(&mut act, &data, &products, &drawn).await?;
    at(Phase::Catalogue, data.products.len(), data.products.len());

    // an ironmonger in Britain; whoever has said where the shop is keeps that
    sqlx::query!(
        "insert into settings (key, value, updated_at) values ('timeZone', $1, $2) on conflict (key) do nothing",
        serde_json::json!("Europe/London"),
        act.now,
    )
    .execute(&mut *act)
    .await?;
    let people = people::write(&mut act, &password_hash).await?;
    let scene = orders::Scene { shop, products: &products, people: &people, drawn: &drawn };
    let mut book = orders::think_up(&mut act, &scene).await?;
    let orders = book.len();
    at(Phase::Orders, 0, orders);
    let packer = people.staff("Fulfilment");
    let moves = [std::mem::take(&mut book.moves), products::upkeep(&products, &packer)].concat();
    book.write(&mut act).await?;
    movements::write(&mut act, &products::shelves(&products), moves, &packer).await?;
    at(Phase::Orders, orders, orders);

    let report = Report {
        unchanged: false,
        categories: data.categories.len(),
        products: products.len(),
        variants: products.iter().map(|p| p.variants.len()).sum(),
        pictures: drawn.len(),
        orders,
        made_up: 0,
    };
    let entry = audit::Entry { action: "sample.seed", entity_type: "shop", entity_id: "sample".into() };
    let counts = serde_json::json!({ "products": report.products, "orders": report.orders });
    audit::record(&mut act, entry, &(), &counts)?;
    act.commit(report).await
}

/// Whether the sample is there. A database with other products in it is somebody's shop, and is left alone.
async fn is_there(conn: &mut PgConnection, data: &data::Data) -> Result<bool> {
    let ours = data.products.iter().map(|p| stable("product", &p.slug)).collect::<Vec<_>>();
    let found =
        sqlx::query_scalar!(r#"select id as "id: ProductId" from products order by id = any($1) desc limit 1"#, &ours)
            .fetch_optional(conn)
            .await?;
    match found {
        None => Ok(false),
        Some(id) if ours.contains(&id.0) => Ok(true),
        Some(_) => Err(Error::conflict(
            "not_empty",
            "This database already holds products that are not the sample's. Seed an empty one.",
        )),
    }
}
