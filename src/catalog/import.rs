//! Bringing a catalogue along: the product CSV of Shopify, row by row.
//!
//! The rows of one handle, which lie together, are the variants and pictures of one product. Each product is one
//! transaction, so an import that is broken off has done the products that it has done, and running it again goes on from
//! there: **the same file twice changes nothing**. A product is found by its handle (its slug, or a former one), a variant
//! by its option values; SKUs that the file does not give are made from both, the same each time.
//!
//! What the file has no column for is left as it is, variants that it does not name stay, and what staff archived stays
//! archived. A row that is wrong is reported and left out. Pictures are fetched by jobs afterwards.

mod keep;
mod product;
mod sheet;

use crate::accounts::{Acts, Permission, Staff, System};
use crate::input::slugify;
use crate::{Result, Shop};
use keep::Keeper;
use sheet::{Column, Read1, Row, Rows};
use std::collections::HashSet;
use std::io::Read;

/// Of one handle.
const MAX_ROWS: usize = 1_000;
/// So many failures are told one by one.
const MAX_TOLD: usize = 1_000;

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

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    pub rows: u64,
    pub products: u64,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub pictures_queued: u64,
    /// The first thousand of them; `failures` counts all.
    pub failed: Vec<Failure>,
    pub failures: u64,
}

/// A row that was left out, or something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In the file; the header is line 1.
    pub line: u64,
    pub reason: String,
}

impl Report {
    fn fail(&mut self, line: u64, reason: impl Into<String>) {
        self.failures += 1;
        if self.failed.len() < MAX_TOLD {
            self.failed.push(Failure { line, reason: reason.into() });
        }
    }
}

/// Imports a Shopify product CSV. Fails as a whole only when it is no such file, or when the database is out of reach.
pub async fn shopify_csv(
    shop: &Shop,
    by: impl Into<Importer<'_>>,
    reader: impl Read + Send,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Report> {
    let by = by.into();
    let who: &dyn Acts = match by {
        Importer::Staff(staff) => {
            staff.may(Permission::CatalogWrite)?;
            staff
        }
        Importer::System => &System,
    };
    let mut rows = Rows::open(reader)?;
    let mut keeper = Keeper::new(shop, who);
    let mut seen: HashSet<String> = HashSet::new();
    let mut done = Progress::default();
    let mut group = Group::default();
    loop {
        let next = rows.next();
        let handle = match &next {
            Some(Read1::Wrong { line, reason }) => {
                done.rows += 1;
                keeper.report.fail(*line, reason.clone());
                continue;
            }
            Some(Read1::Row(row)) => Some(slugify(row.get(Column::Handle))),
            None => None,
        };
        if handle.as_ref() != Some(&group.slug) {
            let whole = std::mem::take(&mut group);
            if !whole.rows.is_empty() {
                keeper.product(&whole.slug, &whole.rows).await?;
                done.products += 1;
                done.bytes = rows.position();
                progress(done);
            }
        }
        let (Some(slug), Some(Read1::Row(row))) = (handle, next) else { break };
        done.rows += 1;
        if slug.is_empty() {
            keeper.report.fail(row.line, "has no handle");
        } else if group.slug == slug {
            group.add(row, &mut keeper.report);
        } else if seen.insert(slug.clone()) {
            group = Group { slug, rows: vec![row], ignored: false };
        } else {
            keeper.report.fail(row.line, format!("the rows of “{slug}” must lie together"));
            group = Group { slug, rows: Vec::new(), ignored: true };
        }
    }
    done.bytes = rows.position();
    progress(done);
    Ok(keeper.report)
}

/// The rows of one handle.
#[derive(Default)]
struct Group {
    slug: String,
    rows: Vec<Row>,
    /// It was there before, further up in the file: its first row is reported, the others go with it.
    ignored: bool,
}

impl Group {
    fn add(&mut self, row: Row, report: &mut Report) {
        if self.rows.len() >= MAX_ROWS {
            report.fail(row.line, format!("is one of more than {MAX_ROWS} rows of a product"));
        } else if !self.ignored {
            self.rows.push(row);
        }
    }
}
