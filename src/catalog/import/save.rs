//! Keeping what was read: one product, one transaction.

use super::category::{self, Kind, OTHER};
use super::cells::truth;
use super::columns::{Column, TEXTS};
use super::csv_rows::CsvRow;
use super::handle;
use super::leave::Leave;
use super::pictures::{PictureWanted, pictures};
use super::product::{read, untold, variant_rows};
use super::report::{Notes, Report, name_of};
use super::variant::Stock;
use super::words::{Visibility, move_wanted, visibility_of};
use crate::actors::AsActor;
use crate::catalog::ProductStatus;
use crate::catalog::images::{self, PictureRequest};
use crate::catalog::products::Saved;
use crate::catalog::products::check::check;
use crate::catalog::products::save::{self, SaveOptions, StockTyped};
use crate::catalog::products::snapshot::{Hold, load};
use crate::catalog::products::{ProductInput, life};
use crate::id::{CategoryId, ProductId, VariantId};
use crate::input::{Raw, slugify};
use crate::{Act, Currency, Error, Invalid, Money, Result, Shop};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

const STOCK_REASON: &str = "Imported";

/// Cells that a variant can do without: what they hold is left out when it cannot be kept. So can a product without its
/// texts.
const SPARE: [&str; 6] = ["sku", "barcode", "cost", "compareAtPrice", "weightGrams", "lowStockAt"];

/// Whether a field of the product itself can be left out.
fn is_spare_text(field: &str) -> bool {
    matches!(field, "tags" | "specifications") || TEXTS.iter().any(|text| text.field == field)
}

pub struct ImportRun<'a> {
    shop: &'a Shop,
    who: &'a dyn AsActor,
    untracked: Option<u32>,
    pub report: Report,
    /// The first row whose stock is not counted.
    uncounted_from: Option<u64>,
    /// By their names in lower case.
    categories: HashMap<String, CategoryId>,
}

/// The rows of one handle, and what was found out about them before anything is written.
struct ProductRows<'a> {
    handle: &'a str,
    rows: &'a [CsvRow],
    kind: Kind,
    category: Option<CategoryId>,
    visibility: Option<Visibility>,
    pictures: Vec<PictureWanted>,
}

/// What one product's transaction did.
struct Outcome {
    saved: Saved,
    created: bool,
    queued: u64,
    stock: Stock,
    notes: Notes,
    /// What stands in the way of publishing.
    unpublished: Option<Invalid>,
}

impl<'a> ImportRun<'a> {
    pub fn new(shop: &'a Shop, who: &'a dyn AsActor, untracked: Option<u32>) -> Self {
        let (report, categories) = (Report::default(), HashMap::new());
        Self { shop, who, untracked, report, uncounted_from: None, categories }
    }

    /// One product: cells and rows that are wrong are reported and left out, until the rest is right or nothing is
    /// left.
    pub async fn product(&mut self, handle: &str, rows: &[CsvRow]) -> Result<()> {
        let Some(first) = rows.first().map(|row| row.line) else { return Ok(()) };
        if rows.iter().any(|row| truth(row.get(Column::GiftCard)) == Some(true)) {
            self.report.fail(first, "is a gift card, which cannot be sold here: it is left out");
            return Ok(());
        }
        let mut notes = Notes::default();
        let (kind, visibility) = (Kind::of(rows, &mut notes), visibility_of(rows, &mut notes));
        let category = match self.category(&kind, visibility).await {
            Ok(category) => category,
            Err(e) => {
                let faults = faults(&e).ok_or(e)?;
                faults.into_iter().for_each(|(_, why)| self.report.fail(first, format!("type {why}")));
                return Ok(());
            }
        };
        let pictures = pictures(rows, &mut self.report);
        let asked = ProductRows { handle, rows, kind, category, visibility, pictures };
        let mut leave = Leave::default();
        for line in untold(rows) {
            self.report.fail(line, "has no option by which it could be told apart from the variant before it");
            leave.rows.insert(line);
        }
        loop {
            let answer = act!(self.shop, self.who, "product.import", |act| {
                let outcome = self.save(&mut act, &asked, &leave).await?;
                act.commit(outcome).await
            });
            match answer {
                Ok(outcome) => {
                    notes.0.extend(outcome.notes.0.iter().cloned());
                    self.count(outcome, first, priceless(rows, &leave, self.shop.currency));
                    notes.0.into_iter().for_each(|note| self.report.note(note.line, note.reason));
                    return Ok(());
                }
                Err(e) => {
                    let reserved = e.conflict_code() == Some("reserved");
                    let faults = faults(&e).ok_or(e)?;
                    if !self.leave_out(&asked, faults, reserved, &mut leave, &mut notes) {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes out what is at fault; whether anything is left to be tried.
    fn leave_out(
        &mut self,
        asked: &ProductRows<'_>,
        faults: Vec<(String, String)>,
        reserved: bool,
        leave: &mut Leave,
        notes: &mut Notes,
    ) -> bool {
        let rows: Vec<&CsvRow> = variant_rows(asked.rows, leave).collect();
        let first = asked.rows.first().map_or(1, |row| row.line);
        let mut whole = false;
        for (field, why) in faults {
            let nth = field.strip_prefix("variants[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
            let name = field.rsplit('.').next().unwrap_or(&field);
            let of_product = is_spare_text(name);
            let line = match nth {
                Some(n) => rows.get(n).map(|row| row.line),
                // of a product without options
                None if SPARE.contains(&name) => rows.first().map(|row| row.line),
                None => None,
            };
            if reserved {
                // which of the variants it is, the inventory does not say
                let known = leave.cells.len();
                leave.cells.extend(rows.iter().map(|row| (Some(row.line), "stock".to_owned())));
                whole |= leave.cells.len() == known;
                notes.add(first, format!("its stock stays as it is: {}", lower_first(&why)));
            } else if (of_product || SPARE.contains(&name) && line.is_some())
                && leave.cells.insert((line, name.to_owned()))
            {
                let done = if name == "sku" { "it gets, or keeps, another one" } else { "it is left out" };
                let is =
                    rows.iter().find(|row| Some(row.line) == line && name == "sku").map(|row| row.get(Column::Sku));
                let of = is.map(|sku| format!(" {sku}")).unwrap_or_default();
                let what = if name == "sku" { "SKU".into() } else { name_of(name) };
                notes.add(line.unwrap_or(first), format!("{what}{of} {why}: {done}"));
            } else {
                self.report.fail(line.unwrap_or(first), format!("{} {why}", name_of(&field)).trim().to_owned());
                // a fault of the product itself: all of it is left out
                whole |= line.is_none() || nth.is_none();
                leave.rows.extend(line);
            }
        }
        !whole && variant_rows(asked.rows, leave).next().is_some()
    }

    async fn save(&self, act: &mut Act<'_>, asked: &ProductRows<'_>, leave: &Leave) -> Result<Outcome> {
        let (currency, first) = (act.shop.currency, asked.rows.first().map_or(1, |row| row.line));
        let mut notes = Notes::default();
        let mut stock = Stock { untracked: self.untracked, ..Stock::default() };
        // what it means, and that as it stands
        let found = match handle::find(act, asked.handle, asked.rows).await? {
            Some(meant) => {
                let stored = load(act, meant.id, Hold::Locked).await?;
                Some((meant, stored))
            }
            None => None,
        };
        let base = match &found {
            Some((meant, stored)) => {
                stock.counted = counted(act, meant.id).await?;
                stored.snapshot.input(currency)
            }
            None => {
                let title = asked.rows.iter().map(|row| row.get(Column::Title)).find(|t| !t.is_empty());
                let slug = handle::address(act, asked.handle, title.unwrap_or_default()).await?;
                if !slugify(asked.handle).is_empty() && slug != slugify(asked.handle) {
                    notes
                        .add(first, format!("another product has the address that its handle makes: it gets “{slug}”"));
                }
                ProductInput { slug: Raw(slug), ..ProductInput::default() }
            }
        };
        let mut input = read(asked.rows, leave, base, currency, &mut stock, &mut notes);
        input.status = Raw::default();
        let has_one = found.as_ref().is_some_and(|(_, stored)| stored.snapshot.category_id.is_some());
        if let (Some(category), false) = (asked.category, has_one && !matches!(asked.kind, Kind::Own(_))) {
            input.category_id = Raw(category.to_string());
        }
        let draft = check(&input, currency)?;
        let mut saved = match &found {
            None => save::create(act, &draft).await?,
            Some((meant, stored)) => {
                let save_options = SaveOptions { version: None, stock: StockTyped::Sets(STOCK_REASON) };
                save::edit(act, meant.id, stored, save_options, &draft).await?
            }
        };
        if found.as_ref().is_none_or(|(meant, _)| meant.adopted) {
            handle::keep(act, asked.handle, saved.id).await?;
        }
        if let Some((_, stored)) = found.as_ref().filter(|(meant, _)| meant.adopted) {
            let name = &stored.snapshot.texts.name;
            notes.add(first, format!("is taken for “{name}”, which was here and had no handle so far"));
        }
        if (asked.visibility, saved.status) == (Some(Visibility::Shown), ProductStatus::Archived) {
            notes.add(first, "is archived here, and stays so");
        }
        let mut unpublished = None;
        match move_wanted(asked.visibility, saved.status) {
            None => {}
            Some(next) => match life::move_to(act, saved.id, next, None).await {
                Ok(moved) => saved = moved,
                // looked at before anything was written, so the rest of the product holds
                Err(Error::Invalid(faults)) => unpublished = Some(faults),
                Err(e) => return Err(e),
            },
        }
        let queued = request(act, saved.id, &asked.pictures).await?;
        Ok(Outcome { saved, created: found.is_none(), queued, stock, notes, unpublished })
    }

    /// `priceless` is the row that has a price of nothing.
    fn count(&mut self, outcome: Outcome, first: u64, priceless: Option<u64>) {
        match (outcome.created, outcome.saved.changed) {
            (true, _) => self.report.created += 1,
            (false, true) => self.report.updated += 1,
            (false, false) => self.report.unchanged += 1,
        }
        self.report.pictures_queued += outcome.queued;
        self.report.assumed += outcome.stock.assumed;
        self.report.uncounted += outcome.stock.left.len() as u64;
        self.uncounted_from = self.uncounted_from.or(outcome.stock.left.first().copied());
        for fault in outcome.unpublished.iter().flat_map(|faults| &faults.0) {
            let is_price = fault.field.rsplit('.').next() == Some("price");
            let line = priceless.filter(|_| is_price).unwrap_or(first);
            self.report.note(line, format!("is kept as a draft: {} {}", name_of(&fault.field), fault.message));
        }
    }

    /// What is to be said of the whole.
    pub fn finish(&mut self, unread: &[&str]) {
        if let Some(line) = self.uncounted_from {
            let variants = match self.report.uncounted {
                1 => "one variant: it is".to_owned(),
                n => format!("{n} variants, this one first: they are"),
            };
            let advice = "sold out here until stock is received. Import the file again and say how many there are of what it \
                          does not count, and each gets that many";
            self.report.note(line, format!("the file does not count the stock of {variants} {advice}"));
        }
        if self.report.assumed > 0
            && let Some(number) = self.untracked
        {
            let variants = match self.report.assumed {
                1 => "one variant".to_owned(),
                n => format!("{n} variants"),
            };
            self.report
                .note(1, format!("the file does not count the stock of {variants}: taken to be {number} of each"));
        }
        if !unread.is_empty() {
            let mut titles = unread.join(", ");
            if let Some((at, _)) = titles.char_indices().nth(1_500) {
                titles.truncate(at);
                titles.push('…');
            }
            self.report.note(1, format!("columns that hold something and have no place here: {titles}"));
        }
    }

    /// The category that a product's kind names, made when there is none; for a product without a kind that is to be
    /// published, the one for all others.
    async fn category(&mut self, kind: &Kind, visibility: Option<Visibility>) -> Result<Option<CategoryId>> {
        let name = match kind {
            Kind::Own(name) | Kind::Taxonomy(name) => name,
            Kind::Unsaid if visibility == Some(Visibility::Shown) => OTHER,
            Kind::Unsaid => return Ok(None),
        };
        let key = name.to_lowercase();
        if let Some(known) = self.categories.get(&key) {
            return Ok(Some(*known));
        }
        let id = category::named(self.shop, self.who, name).await?;
        self.categories.insert(key, id);
        Ok(Some(id))
    }
}

async fn request(act: &mut Act<'_>, product: ProductId, pictures: &[PictureWanted]) -> Result<u64> {
    if pictures.is_empty() {
        return Ok(0);
    }
    let variants = sqlx::query!(
        r#"select id as "id: VariantId", array_remove(array[option1, option2, option3], null) as "values!: Vec<String>"
           from variants
           where product_id = $1"#,
        product as _,
    )
    .fetch_all(&mut **act)
    .await?;
    let all: Vec<_> = variants.iter().map(|v| (v.id, &v.values[..])).collect();
    let mut queued = 0;
    for picture in pictures {
        let others: Vec<_> =
            pictures.iter().filter(|p| p.url != picture.url).flat_map(|p| p.variants.clone()).collect();
        let shown = images::shown_by(act, product, &all, &picture.variants, &others).await?;
        let wanted = PictureRequest { url: &picture.url, alt: &picture.alt, shown, position: picture.position };
        queued += u64::from(images::request(act, product, wanted).await?);
    }
    Ok(queued)
}

/// The variants of a product whose stock is counted here.
async fn counted(conn: &mut PgConnection, product: ProductId) -> Result<HashSet<VariantId>> {
    let ids = sqlx::query_scalar!(
        r#"select variant_id as "id!: VariantId" from sellable_stock where product_id = $1"#,
        product as _,
    );
    Ok(ids.fetch_all(conn).await?.into_iter().collect())
}

fn priceless(rows: &[CsvRow], leave: &Leave, currency: Currency) -> Option<u64> {
    let is_nothing = |row: &&CsvRow| Money::parse(row.get(Column::Price), currency).is_ok_and(|price| price.minor == 0);
    variant_rows(rows, leave).find(is_nothing).map(|row| row.line)
}

/// What is wrong with the input, with its fields; `None` for faults that are not the input's.
fn faults(e: &Error) -> Option<Vec<(String, String)>> {
    match e {
        Error::Invalid(faults) => {
            Some(faults.0.iter().map(|f| (f.field.clone().into_owned(), f.message.to_string())).collect())
        }
        Error::Conflict { message, .. } => Some(vec![(String::new(), message.to_string())]),
        _ => None,
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| c.to_lowercase().collect::<String>()).unwrap_or_default() + letters.as_str()
}
