//! A big shop for load tests: the sample, and made-up products that are like the sample's until there are enough.

mod batch;
mod words;

use super::chance::stable;
use super::data::{self, Data};
use super::{OnProgress, Phase, Pictures, Progress, Report, sample_with};
use crate::catalog::ProductStatus;
use crate::{Error, Money, Result, Shop};
use batch::{Batch, Maker, Model, product_id, product_number};
use sqlx::{Connection, Executor, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Products in one transaction: an interrupted run goes on where it was.
const AT_ONCE: u64 = 4_000;

/// Makes the shop hold `products` products, the sample's among them. Run again with the same number, it changes
/// nothing.
pub async fn big(shop: &Shop, products: u32, progress: OnProgress<'_>) -> Result<Report> {
    big_with(shop, products, Pictures::Drawn, progress).await
}

/// The same, with the sample's pictures made in this way.
pub async fn big_with(shop: &Shop, products: u32, pictures: Pictures, progress: OnProgress<'_>) -> Result<Report> {
    let mut report = sample_with(shop, pictures, progress).await?;
    // a connection of its own: its settings are not for the pool
    let mut conn = shop.db.acquire().await?.detach()?;
    let made = fill(shop, &mut conn, u64::from(products), progress).await;
    conn.close().await?;
    let made = made?;
    report.made_up = made as usize;
    report.unchanged &= made == 0;
    Ok(report)
}

async fn fill(shop: &Shop, conn: &mut PgConnection, wanted: u64, progress: OnProgress<'_>) -> Result<u64> {
    conn.execute("set statement_timeout = 0; set lock_timeout = '60s'; set work_mem = '64MB'").await?;
    // searched words wait in a list and go into their index by the thousand
    conn.execute("set gin_pending_list_limit = '64MB'").await?;
    sqlx::query!("select pg_advisory_lock(hashtext('seed'))").execute(&mut *conn).await?;
    let there = sqlx::query_scalar!(r#"select count(*) as "there!" from products"#).fetch_one(&mut *conn).await?;
    let missing = wanted.saturating_sub(there.unsigned_abs());
    if missing == 0 {
        return Ok(0);
    }
    let first = next_number(conn).await?;
    let maker = Arc::new(maker(shop, conn).await?);
    let mut made = 0;
    let mut next = make(&maker, first, missing);
    while made < missing {
        let size = AT_ONCE.min(missing - made);
        let batch = next.await.map_err(Error::internal)?;
        // the next batch is thought up while this one is written
        next = make(&maker, first + made + size, missing - made - size);
        write(conn, &batch, first + made..first + made + size).await?;
        made += size;
        progress(Progress { step: Phase::MadeUp, done: made as usize, total: missing as usize });
    }
    // what the planner knows, and which pages need not be looked at, is as it would be after a night
    for table in [
        "products",
        "product_index",
        "product_options",
        "product_option_values",
        "variants",
        "product_images",
        "stock_levels",
        "inventory_movements",
        "search_words",
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("vacuum (analyze) {table}"))).execute(&mut *conn).await?;
    }
    Ok(made)
}

fn make(maker: &Arc<Maker>, from: u64, left: u64) -> tokio::task::JoinHandle<Batch> {
    let maker = Arc::clone(maker);
    tokio::task::spawn_blocking(move || maker.batch(from..from + AT_ONCE.min(left)))
}

/// One more than the number of the last product that was made up.
async fn next_number(conn: &mut PgConnection) -> Result<u64> {
    let last = sqlx::query_scalar!(
        "select id from products where id >= $1 and id < $2 order by id desc limit 1",
        product_id(0),
        product_id(u64::from(u32::MAX)),
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.and_then(product_number).map_or(0, |n| n + 1))
}

/// What products are made from: the sample as written down, with the pictures that were stored of it.
async fn maker(shop: &Shop, conn: &mut PgConnection) -> Result<Maker> {
    let data = Data::load()?;
    let rows = sqlx::query!(
        r#"select product_id as "product: Uuid", file_id as "file: Uuid" from product_images where product_id = any($1) order by position"#,
        &data.products.iter().map(|p| stable("product", &p.slug)).collect::<Vec<_>>(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut files: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        let of = files.entry(row.product).or_default();
        if !of.contains(&row.file) {
            of.push(row.file);
        }
    }
    let known: Vec<Uuid> = sqlx::query_scalar!("select id from categories").fetch_all(&mut *conn).await?;
    let models = data
        .products
        .iter()
        .filter(|p| p.status == ProductStatus::Published && known.contains(&stable("category", &p.category)));
    let models = models
        .map(|p| model(shop, p, files.remove(&stable("product", &p.slug)).unwrap_or_default()))
        .collect::<Result<Vec<_>>>()?;
    if models.is_empty() {
        return Err(Error::conflict("no_sample", "The sample's categories are gone; seed an empty database"));
    }
    let mut brands: Vec<_> = data.products.iter().map(|p| p.brand.clone()).collect();
    brands.sort();
    brands.dedup();
    let location = sqlx::query_scalar!("select id from stock_locations where is_default").fetch_one(conn).await?;
    Ok(Maker { models, brands, location, now: shop.clock.now() })
}

fn model(shop: &Shop, product: &data::Product, files: Vec<Uuid>) -> Result<Model> {
    let first = product.variants.first().ok_or_else(|| Error::internal("a product without variants"))?;
    let specifications = product
        .specifications
        .iter()
        .map(|(name, value)| serde_json::json!({ "name": name, "value": value }).to_string())
        .collect::<Vec<_>>();
    Ok(Model {
        noun: noun(&product.name),
        category: stable("category", &product.category),
        tags: product.tags.iter().map(|tag| format!("\"{tag}\"")).collect(),
        paragraphs: product.description.trim().split("\n\n").map(str::to_owned).collect(),
        specifications: format!("[{}", specifications.join(", ")),
        option: product.options.first().map(|o| (o.name.clone(), o.values.clone())),
        price: Money::parse(&first.price, shop.currency)?.minor,
        weight_grams: first.weight_grams,
        files,
    })
}

/// A name as it stands behind other words: `Claw hammer, hickory shaft` is a `claw hammer`.
fn noun(name: &str) -> String {
    const PROPER: [&str; 8] = ["Georgian", "Warrington", "Dutch", "Shaker", "LED", "No.", "Parliament", "Union"];
    let name = name.split(',').next().unwrap_or(name);
    if PROPER.iter().any(|word| name.starts_with(word)) {
        return name.to_owned();
    }
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// One batch in one transaction. The index, which lists and searches read, is written once at its end.
async fn write(conn: &mut PgConnection, batch: &Batch, numbers: std::ops::Range<u64>) -> Result<()> {
    let mut tx = conn.begin().await?;
    tx.execute("set local shop.bulk = 'on'").await?;
    let tables = [
        (
            "products (id, name, slug, summary, description, status, category_id, brand, tags, specifications, is_featured,
                       published_at, created_at, updated_at)",
            &batch.products,
        ),
        ("product_options (id, product_id, name, position)", &batch.options),
        ("product_option_values (id, option_id, value, position)", &batch.values),
        (
            "variants (id, product_id, sku, option1, price, compare_at_price, cost, weight_grams, barcode, position,
                       created_at, updated_at)",
            &batch.variants,
        ),
        ("stock_levels (variant_id, product_id, location_id, on_hand, updated_at)", &batch.levels),
        (
            "inventory_movements (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after,
                                  reserved_after, reason, actor_type, actor_name, created_at)",
            &batch.movements,
        ),
        ("product_images (id, product_id, file_id, alt, position, created_at)", &batch.images),
    ];
    for (table, lines) in tables {
        let mut copy = tx.copy_in_raw(&format!("copy {table} from stdin")).await?;
        copy.send(lines.as_bytes()).await?;
        copy.finish().await?;
    }
    sqlx::query!(
        "select reindex(array(select id from products where id >= $1 and id < $2 order by id))",
        product_id(numbers.start),
        product_id(numbers.end),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
