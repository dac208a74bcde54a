//! A shop to look at: the sample catalogue of an ironmonger with its pictures, people and ninety days of orders, and a
//! big shop of made-up products for load tests.
//!
//! [`sample`] makes the same shop every time: ids come from names, chance from a fixed seed, and times count back from
//! the shop's clock. Catalogue and people are rows, written in one act; the orders are lived by the shop's own commands
//! on a clock that stands back. It refuses a database that holds anybody else's products, takes up what an earlier run
//! left unfinished, and changes nothing when all of it is there. [`big()`] adds made-up products until there are so
//! many. The data lies in `seed/` as TOML and SVG and is part of the program, so there is one file to deploy.
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
use crate::{Act, Clock, Error, Result, Shop, audit};
use chance::stable;
use chrono::{DateTime, Utc};
use data::{Data, PictureOf};
use movements::Upkeep;
use orders::{Book, Life};
use pictures::Drawn;
use products::Planned;
use progress::Count;
use sqlx::{Connection, Executor, PgConnection};
use std::collections::BTreeSet;

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

/// What the audit log says when the catalogue is there, with the moment from which the sample looks back.
const BEGUN: &str = "sample.begin";
/// What it says when all is there.
const DONE: &str = "sample.seed";

/// Makes the sample shop. A run that dies is taken up by the next one: of the catalogue nothing is there or all of it,
/// and of each order its timeline says how far it came.
pub async fn sample_with(shop: &Shop, pictures: Pictures, progress: OnProgress<'_>) -> Result<Report> {
    let data = Data::load()?;
    if let SampleState::Whole = look(&mut *shop.db.acquire().await?, &data).await? {
        return Ok(Report { unchanged: true, ..Report::default() });
    }
    // one at a time: the lock is held by a connection of its own, for as long as we live
    let mut guard = shop.db.acquire().await?.detach()?;
    guard.execute("set statement_timeout = 0; set lock_timeout = 0").await?;
    sqlx::query!("select pg_advisory_lock(hashtext('seed'))").execute(&mut guard).await?;
    let made = make(shop, &data, pictures, &mut guard, progress).await;
    guard.close().await?;
    made
}

async fn make(
    shop: &Shop,
    data: &Data,
    how: Pictures,
    guard: &mut PgConnection,
    progress: OnProgress<'_>,
) -> Result<Report> {
    // again, now that nobody else is at it
    let begun = match look(guard, data).await? {
        SampleState::Whole => return Ok(Report { unchanged: true, ..Report::default() }),
        SampleState::Half(began) => Some(began),
        SampleState::Nothing => None,
    };
    let began = begun.unwrap_or_else(|| shop.clock.now());
    let settings = crate::settings::load(shop).await?;
    let products = Planned::all(shop.currency, began, data)?;
    let book = orders::plan(&settings, &products, began)?;
    let plan = Plan { data, products: &products, book: &book, upkeep: products::upkeep(&products), began };

    let mut drawn = match begun {
        None => plan.fill(shop, how, progress).await?,
        Some(_) => Drawn::default(),
    };
    let life = plan.life(shop, begun.is_some()).await?;
    let rest = plan.pictures().into_iter().filter(|picture| drawn.find(picture).is_none()).collect::<BTreeSet<_>>();
    // the orders wait for the database, and the pictures for hands
    let count = Count::of(Phase::Orders, life.len() + rest.len(), progress);
    let ((), others) =
        tokio::try_join!(life.live(|| count.add_one()), pictures::draw(shop, data, how, rest, || count.add_one()))?;
    drawn.extend(others);
    plan.finish(shop, &drawn).await
}

/// What is to be made, as of the moment at which it was begun.
struct Plan<'a> {
    data: &'a Data,
    products: &'a [Planned<'a>],
    book: &'a Book,
    upkeep: Vec<Upkeep>,
    began: DateTime<Utc>,
}

impl Plan<'_> {
    fn pictures(&self) -> BTreeSet<PictureOf> {
        let mut all = pictures::of_products(&self.data.products);
        all.extend(pictures::of_categories(self.data));
        all
    }

    /// Writes the catalogue and the people, with the stock that will be sold. Orders keep the pictures of what was
    /// bought, so these are drawn before; answers them.
    async fn fill(&self, shop: &Shop, how: Pictures, progress: OnProgress<'_>) -> Result<Drawn> {
        let bought = self.book.products();
        let bought = self.products.iter().filter(|p| bought.contains(&p.id)).map(|p| p.data);
        let mut wanted = pictures::of_products(bought);
        wanted.extend(pictures::of_categories(self.data));
        let (drawn, password_hash) = {
            let count = Count::of(Phase::Pictures, wanted.len(), &mut *progress);
            let drawn = pictures::draw(shop, self.data, how, wanted, || count.add_one());
            tokio::try_join!(drawn, people::password_hash())?
        };

        let count = Count::of(Phase::Catalogue, 1, progress);
        let then = Shop { clock: Clock::standing_at(self.began), ..shop.clone() };
        let mut act = Act::begin(&then, &System).await?;
        settings::write(&mut act).await?;
        products::write(&mut act, self.data, self.products, &drawn).await?;
        let people = people::write(&mut act, &password_hash).await?;
        let stocked = products::stocked(self.products);
        movements::open(&mut act, &stocked, &self.upkeep, &self.book.taken(), &people.staff("Fulfilment")).await?;
        audit::record(&mut act, mark(BEGUN), &(), &serde_json::json!({ "products": self.products.len() }))?;
        act.commit(()).await?;
        count.add_one();
        Ok(drawn)
    }

    async fn life<'a>(&'a self, shop: &'a Shop, is_resumed: bool) -> Result<Life<'a>> {
        let ordered = self.book.taken();
        let upkeep = self.upkeep.iter().filter(|upkeep| ordered.contains_key(&upkeep.variant)).collect();
        let cast = people::Cast::load(shop).await?;
        Ok(Life { shop, cast, book: self.book, upkeep, began: self.began, is_resumed })
    }

    /// Hangs up the pictures that were not there at the beginning, and says that all is done.
    async fn finish(&self, shop: &Shop, drawn: &Drawn) -> Result<Report> {
        let report = Report {
            unchanged: false,
            categories: self.data.categories.len(),
            products: self.products.len(),
            variants: self.products.iter().map(|p| p.variants.len()).sum(),
            pictures: drawn.len(),
            orders: self.book.len(),
            made_up: 0,
        };
        let mut act = Act::begin(shop, &System).await?;
        products::images(&mut act, self.products, drawn).await?;
        let counts = serde_json::json!({ "products": report.products, "orders": report.orders });
        audit::record(&mut act, mark(DONE), &(), &counts)?;
        act.commit(report).await
    }
}

fn mark(action: &str) -> audit::Entry<'_> {
    audit::Entry { action, entity_type: audit::Entity::Shop, entity_id: "sample".into() }
}

/// What a database holds of the sample.
enum SampleState {
    Nothing,
    /// The catalogue, and perhaps some of the orders; and when it was begun.
    Half(DateTime<Utc>),
    Whole,
}

/// Looks for the sample. A database with other products in it is somebody's shop, and is left alone.
async fn look(conn: &mut PgConnection, data: &Data) -> Result<SampleState> {
    let ours = data.products.iter().map(|p| stable("product", &p.slug)).collect::<Vec<_>>();
    let found =
        sqlx::query_scalar!(r#"select id as "id: ProductId" from products order by id = any($1) desc limit 1"#, &ours)
            .fetch_optional(&mut *conn)
            .await?;
    match found {
        None => return Ok(SampleState::Nothing),
        Some(id) if ours.contains(&id.0) => {}
        Some(_) => {
            return Err(Error::conflict(
                "not_empty",
                "This database already holds products that are not the sample's. Seed an empty one.",
            ));
        }
    }
    let marks = sqlx::query!(
        "select action, created_at
         from audit_logs
         where entity_type = 'shop' and entity_id = 'sample' and action in ($1, $2)",
        BEGUN,
        DONE,
    )
    .fetch_all(conn)
    .await?;
    if marks.iter().any(|mark| mark.action == DONE) {
        return Ok(SampleState::Whole);
    }
    Ok(marks.first().map_or(SampleState::Whole, |begun| SampleState::Half(begun.created_at)))
}
