//! Keeping what was read: one product, one transaction.

use super::Report;
use super::product::{PictureWanted, pictures, published, read, variant_rows, wanted_status};
use super::sheet::{Column, Row};
use crate::accounts::Acts;
use crate::catalog::category::{CategoryInput, create_in as create_category_in};
use crate::catalog::images::{self, Wanted};
use crate::catalog::products::check::check;
use crate::catalog::products::save::{self, Saved, StockTyped, Terms};
use crate::catalog::products::sheet::{Hold, load};
use crate::catalog::products::{ProductInput, life, naming};
use crate::id::{CategoryId, ProductId, VariantId};
use crate::input::{Raw, slugify};
use crate::{Error, Invalid, Result, Shop, retrying};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// Where published products without a type go: a shopper reaches a product through its category.
const OTHER: &str = "Other goods";
const STOCK_REASON: &str = "Imported";

pub struct Keeper<'a> {
    shop: &'a Shop,
    who: &'a dyn Acts,
    pub report: Report,
    /// By their names in lower case.
    categories: HashMap<String, CategoryId>,
}

/// What one product's transaction did.
struct Outcome {
    saved: Saved,
    created: bool,
    queued: u64,
    /// What stands in the way of publishing.
    unpublished: Option<Invalid>,
}

impl<'a> Keeper<'a> {
    pub fn new(shop: &'a Shop, who: &'a dyn Acts) -> Self {
        Self { shop, who, report: Report::default(), categories: HashMap::new() }
    }

    /// One product: wrong variants are reported and left out, until the rest is right or nothing is left.
    pub async fn product(&mut self, slug: &str, rows: &[Row]) -> Result<()> {
        let Some(first) = rows.first().map(|row| row.line) else { return Ok(()) };
        let category = match self.category(rows).await {
            Ok(category) => category,
            Err(e) => {
                let faults = faults(&e).ok_or(e)?;
                faults.into_iter().for_each(|(_, why)| self.report.fail(first, format!("type {why}")));
                return Ok(());
            }
        };
        let pictures = self.pictures(rows);
        let mut wrong: HashSet<u64> = HashSet::new();
        loop {
            let answer = retrying(|| async {
                let mut tx = self.shop.db.begin().await?;
                let outcome = self.save(&mut tx, slug, rows, &wrong, category, &pictures).await?;
                tx.commit().await?;
                Ok(outcome)
            })
            .await;
            let faults = match answer {
                Ok(outcome) => {
                    self.count(outcome, first);
                    return Ok(());
                }
                Err(e) => faults(&e).ok_or(e)?,
            };
            let lines: Vec<u64> = variant_rows(rows, &wrong).map(|row| row.line).collect();
            let mut whole = false;
            for (field, why) in faults {
                let row =
                    field.strip_prefix("variants[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
                let line = row.and_then(|n| lines.get(n)).copied();
                self.report.fail(line.unwrap_or(first), format!("{} {why}", words(&field)).trim().to_owned());
                // a fault of the product itself: all of it is left out
                whole |= line.is_none();
                wrong.extend(line);
            }
            if whole || variant_rows(rows, &wrong).next().is_none() {
                return Ok(());
            }
        }
    }

    async fn save(
        &self,
        conn: &mut PgConnection,
        slug: &str,
        rows: &[Row],
        wrong: &HashSet<u64>,
        category: Option<CategoryId>,
        pictures: &[PictureWanted],
    ) -> Result<Outcome> {
        let (shop, who) = (self.shop, self.who);
        let found = find(conn, slug).await?;
        let before = match found {
            Some(id) => Some(load(conn, id, Hold::Locked).await?.sheet),
            None => None,
        };
        let new = || ProductInput { slug: Raw::from(slug), ..ProductInput::default() };
        let base = before.as_ref().map_or_else(new, |sheet| sheet.input(shop.currency));
        let mut input = read(rows, wrong, base, shop.currency);
        input.status = Raw::default();
        let keeps = type_of(rows).is_none() && before.as_ref().is_some_and(|b| b.category_id.is_some());
        if let (Some(category), false) = (category, keeps) {
            input.category_id = Raw(category.to_string());
        }
        let draft = check(&input, shop.currency)?;
        let mut saved = match found {
            None => save::create(conn, &shop.clock, who, &draft).await?,
            Some(id) => {
                let terms = Terms { version: None, stock: StockTyped::Sets(STOCK_REASON) };
                save::edit(conn, &shop.clock, who, id, terms, &draft).await?
            }
        };
        let mut unpublished = None;
        if let Some(next) = wanted_status(published(rows), saved.status) {
            match life::move_to(conn, &shop.clock, who, saved.id, next, None).await {
                Ok(moved) => saved = moved,
                // looked at before anything was written, so the rest of the product holds
                Err(Error::Invalid(faults)) => unpublished = Some(faults),
                Err(e) => return Err(e),
            }
        }
        let queued = self.request(conn, saved.id, pictures).await?;
        Ok(Outcome { saved, created: found.is_none(), queued, unpublished })
    }

    fn count(&mut self, outcome: Outcome, line: u64) {
        match (outcome.created, outcome.saved.changed) {
            (true, _) => self.report.created += 1,
            (false, true) => self.report.updated += 1,
            (false, false) => self.report.unchanged += 1,
        }
        self.report.pictures_queued += outcome.queued;
        for fault in outcome.unpublished.iter().flat_map(|faults| &faults.0) {
            self.report.fail(line, format!("is kept as a draft: {} {}", words(&fault.field), fault.message));
        }
    }

    /// The pictures that are asked for, without those whose address is none.
    fn pictures(&mut self, rows: &[Row]) -> Vec<PictureWanted> {
        let mut wanted = pictures(rows);
        wanted.retain(|picture| {
            let good = url::Url::parse(&picture.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            let good = good && picture.url.len() <= 2_000;
            if !good {
                self.report.fail(picture.line, "the picture's address is not one of the web");
            }
            good
        });
        wanted
    }

    async fn request(&self, conn: &mut PgConnection, product: ProductId, pictures: &[PictureWanted]) -> Result<u64> {
        if pictures.is_empty() {
            return Ok(0);
        }
        let variants = sqlx::query!(
            r#"select id as "id: VariantId", array_remove(array[option1, option2, option3], null) as "values!: Vec<String>"
               from variants
               where product_id = $1"#,
            product as _,
        )
        .fetch_all(&mut *conn)
        .await?;
        let mut queued = 0;
        for picture in pictures {
            let shown = picture.variant.as_ref().and_then(|values| variants.iter().find(|v| v.values == *values));
            let wanted = Wanted {
                url: &picture.url,
                alt: &picture.alt,
                variant: shown.map(|v| v.id),
                position: picture.position,
            };
            queued += u64::from(images::request(conn, self.shop.clock.now(), product, wanted).await?);
        }
        Ok(queued)
    }

    /// The category that a product's type names, made when there is none; for a product without a type that is to be
    /// published, the one for all others.
    async fn category(&mut self, rows: &[Row]) -> Result<Option<CategoryId>> {
        let name = match type_of(rows) {
            Some(name) => name,
            None if published(rows) == Some(true) => OTHER,
            None => return Ok(None),
        };
        let key = name.to_lowercase();
        if let Some(known) = self.categories.get(&key) {
            return Ok(Some(*known));
        }
        let mut tx = self.shop.db.begin().await?;
        // two imports at once make one category
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended('category ' || $1, 0))", key)
            .execute(&mut *tx)
            .await?;
        let found = sqlx::query_scalar!(
            r#"select id as "id: CategoryId" from categories where lower(name) = $1 order by created_at, id limit 1"#,
            key,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let id = match found {
            Some(id) => id,
            None => {
                let slug = free_category_slug(&mut tx, name).await?;
                let input = CategoryInput {
                    name: Raw::from(name),
                    slug: Raw(slug),
                    is_active: Raw::from("on"),
                    ..CategoryInput::default()
                };
                create_category_in(self.shop, &mut tx, self.who, input).await?
            }
        };
        tx.commit().await?;
        self.categories.insert(key, id);
        Ok(Some(id))
    }
}

fn type_of(rows: &[Row]) -> Option<&str> {
    rows.iter().map(|row| row.get(Column::Type)).find(|name| !name.is_empty())
}

async fn free_category_slug(conn: &mut PgConnection, name: &str) -> Result<String> {
    let base = match slugify(name) {
        slug if slug.is_empty() => "category".to_owned(),
        slug => slug,
    };
    let candidates = naming::numbered(&base, 50);
    let taken = sqlx::query_scalar!("select slug from categories where slug = any($1)", &candidates);
    let taken = taken.fetch_all(conn).await?;
    Ok(candidates.into_iter().find(|slug| !taken.contains(slug)).unwrap_or(base))
}

/// The product that a handle means: by its slug, or by one that it had before staff changed it.
async fn find(conn: &mut PgConnection, slug: &str) -> Result<Option<ProductId>> {
    let found = sqlx::query_scalar!(
        r#"select id as "id!: ProductId"
           from (
                select id, 1 as rank from products where slug = $1
                union all
                select product_id, 2 from product_slugs where slug = $1
           ) named
           order by rank
           limit 1"#,
        slug,
    );
    Ok(found.fetch_optional(conn).await?)
}

/// What is wrong with the input, with its fields; `None` for faults that are not the input's.
fn faults(e: &Error) -> Option<Vec<(String, String)>> {
    match e {
        Error::Invalid(faults) => {
            Some(faults.0.iter().map(|f| (f.field.clone().into_owned(), f.message.clone())).collect())
        }
        Error::Conflict { message, .. } => Some(vec![(String::new(), message.clone())]),
        _ => None,
    }
}

/// `variants[2].compareAtPrice` is "compare at price".
fn words(field: &str) -> String {
    let last = field.rsplit('.').next().unwrap_or(field);
    let mut words = String::new();
    for c in last.chars().take_while(|c| *c != '[') {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
