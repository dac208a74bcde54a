//! Bringing a catalogue along: the product CSV of Shopify, row by row.
//!
//! The rows of one handle, which lie together, are the variants and pictures of one product. Each product is one
//! transaction, so an import that is broken off has done the products that it has done, and running it again goes on
//! from there: **the same file twice changes nothing**. A product is found by its handle, which is kept as it is
//! written (`handle`), a variant by its option values; SKUs that the file does not give are made from address and
//! values, the same each time.
//!
//! What the file has no column for is left as it is, variants that it does not name stay, and what staff archived stays
//! archived. Nothing is read past without a word: a row that is wrong is reported and left out (`Report::failed`), and
//! what is kept otherwise than it stands in the file is reported, too (`Report::noted`). Pictures are fetched by jobs
//! afterwards.

mod category;
mod cells;
pub(super) mod columns;
mod csv_rows;
pub mod desk;
mod handle;
mod leave;
mod pictures;
mod product;
mod report;
mod save;
mod source;
mod variant;
mod words;

pub use report::{Failure, Report};

use crate::actors::{AsActor, Permission, Staff, System};
use crate::input::Raw;
use crate::{Error, Invalid, Result, Shop};
use columns::Column;
use csv_rows::{CsvRow, CsvRows, ReadRow};
use encoding_rs::Encoding;
use save::ImportRun;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::Read;

/// Of one handle.
const MAX_ROWS: usize = 1_000;

/// In whose name an import is made.
#[derive(Clone, Copy)]
pub enum Importer<'a> {
    Staff(&'a Staff),
    /// Somebody at the terminal.
    System,
}

impl<'a> From<&'a Staff> for Importer<'a> {
    fn from(staff: &'a Staff) -> Self {
        Self::Staff(staff)
    }
}

impl From<System> for Importer<'_> {
    fn from(_: System) -> Self {
        Self::System
    }
}

/// What the file does not say, as typed. All of it may be left empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImportInput {
    /// How many there are of each variant whose stock the file does not count, from 0 to 1,000,000. Empty: such
    /// variants are left without stock, and reported.
    pub untracked_stock: Raw,
    /// How the file is written, by a name of the Encoding Standard (`windows-1251`, `shift_jis`). Empty: it is found
    /// out, as far as it can be: UTF-8, UTF-16, else Windows-1252.
    pub encoding: Raw,
}

/// The same, understood.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    untracked_stock: Option<u32>,
    encoding: Option<&'static Encoding>,
}

impl ImportInput {
    /// `Invalid` with the faults of each field.
    pub fn check(&self) -> Result<ImportOptions> {
        let mut faults = Invalid::default();
        let untracked_stock = match self.untracked_stock.is_empty() {
            true => None,
            false => self.untracked_stock.whole("untrackedStock", 0..=1_000_000, &mut faults),
        };
        let encoding = Encoding::for_label(self.encoding.trimmed().as_bytes());
        if encoding.is_none() && !self.encoding.is_empty() {
            faults.add("encoding", "is not the name of an encoding, such as windows-1252");
        }
        faults.into_result()?;
        Ok(ImportOptions { untracked_stock: untracked_stock.and_then(|n| u32::try_from(n).ok()), encoding })
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    pub rows: u64,
    pub products: u64,
}

/// Imports a Shopify product CSV. Fails as a whole only when it is no such file, when it has no rows, or when the
/// database is out of reach. Whether anything of it came in, [`Report::is_nothing`] says.
pub async fn shopify_csv(
    shop: &Shop,
    by: impl Into<Importer<'_>>,
    reader: impl Read + Send,
    progress: impl FnMut(Progress) + Send,
) -> Result<Report> {
    shopify_csv_with(shop, by, ImportOptions::default(), reader, progress).await
}

/// The same, with what the file does not say.
pub async fn shopify_csv_with(
    shop: &Shop,
    by: impl Into<Importer<'_>>,
    options: ImportOptions,
    reader: impl Read + Send,
    progress: impl FnMut(Progress) + Send,
) -> Result<Report> {
    let who: &dyn AsActor = match by.into() {
        Importer::Staff(staff) => {
            staff.may(Permission::CatalogWrite)?;
            staff
        }
        Importer::System => &System,
    };
    read_all(shop, who, options, reader, progress).await
}

async fn read_all(
    shop: &Shop,
    who: &dyn AsActor,
    options: ImportOptions,
    reader: impl Read + Send,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Report> {
    let mut rows = CsvRows::open(reader, options.encoding)?;
    let mut run = ImportRun::new(shop, who, options.untracked_stock);
    let mut seen: HashSet<String> = HashSet::new();
    let mut done = Progress::default();
    let mut group = Group::default();
    loop {
        let next = rows.next();
        rows.notes().into_iter().for_each(|(line, note)| run.report.note(line, note));
        let handle = match &next {
            Some(ReadRow::Wrong { line, reason }) => {
                done.rows += 1;
                run.report.fail(*line, reason.clone());
                continue;
            }
            Some(ReadRow::Row(row)) => match handle::parse(row.get(Column::Handle)) {
                Ok(handle) => Some(handle),
                Err(why) => {
                    done.rows += 1;
                    run.report.fail(row.line, why);
                    continue;
                }
            },
            None => None,
        };
        if handle.as_ref() != Some(&group.handle) {
            let whole = std::mem::take(&mut group);
            if !whole.rows.is_empty() {
                run.product(&whole.handle, &whole.rows).await?;
                done.products += 1;
                done.bytes = rows.position();
                progress(done);
            }
        }
        let (Some(handle), Some(ReadRow::Row(row))) = (handle, next) else { break };
        done.rows += 1;
        // a row that was cut off looks like one whose blanks at the end were left out
        if !row.get(Column::Title).is_empty() && row.ends_before(Column::Price) {
            run.report.note(row.line, "ends before the price: what is missing is taken to be empty");
        }
        if group.handle == handle {
            group.add(row, &mut run.report);
        } else if seen.insert(handle.clone()) {
            group = Group { handle, rows: vec![row], ignored: false };
        } else {
            run.report.fail(row.line, format!("the rows of “{handle}” must lie together"));
            group = Group { handle, rows: Vec::new(), ignored: true };
        }
    }
    done.bytes = rows.position();
    progress(done);
    if done.rows == 0 {
        return Err(Error::invalid("file", "has a header, but no rows below it"));
    }
    run.finish(&rows.unread());
    Ok(run.report)
}

/// The rows of one handle.
#[derive(Default)]
struct Group {
    handle: String,
    rows: Vec<CsvRow>,
    /// It was there before, further up in the file.
    ignored: bool,
}

impl Group {
    fn add(&mut self, row: CsvRow, report: &mut Report) {
        if self.rows.len() >= MAX_ROWS {
            report.fail(row.line, format!("is one of more than {MAX_ROWS} rows of a product"));
        } else if self.ignored {
            report.fail(row.line, "goes with the row before it, which is left out");
        } else {
            self.rows.push(row);
        }
    }
}
