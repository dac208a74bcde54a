//! Reading a product CSV row by row, never more of it in memory than the rows of one product.

use crate::{Error, Result};
use csv::{ByteRecord, StringRecord};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Of one row. A quote that is never closed would otherwise swallow the rest of the file.
const MAX_ROW: i64 = 4 * 1024 * 1024;

macro_rules! columns {
    ($($name:ident $title:literal),+ $(,)?) => {
        /// The columns that are read; a file may have others, and lack most of these.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Column { $($name),+ }

        impl Column {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $title)),+];
        }
    };
}

// https://help.shopify.com/en/manual/products/import-export/using-csv#product-csv-file-format
columns! {
    Handle "Handle", Title "Title", Body "Body (HTML)", Vendor "Vendor", Type "Type", Tags "Tags", Published "Published",
    Status "Status", Option1Name "Option1 Name", Option1Value "Option1 Value", Option2Name "Option2 Name",
    Option2Value "Option2 Value", Option3Name "Option3 Name", Option3Value "Option3 Value", Sku "Variant SKU",
    Grams "Variant Grams", Quantity "Variant Inventory Qty", Price "Variant Price", CompareAt "Variant Compare At Price",
    Barcode "Variant Barcode", ImageSrc "Image Src", ImagePosition "Image Position", ImageAlt "Image Alt Text",
    SeoTitle "SEO Title", SeoDescription "SEO Description", VariantImage "Variant Image", Cost "Cost per item",
}

/// A row that can be read, with its line in the file.
#[derive(Debug, Clone)]
pub struct Row {
    pub line: u64,
    fields: StringRecord,
    columns: Arc<HashMap<Column, usize>>,
}

impl Row {
    /// Without white space at the ends; empty when the file has no such column.
    pub fn get(&self, column: Column) -> &str {
        self.columns.get(&column).and_then(|at| self.fields.get(*at)).unwrap_or_default().trim()
    }

    /// Whether the file says anything about this at all.
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains_key(&column)
    }
}

/// A row, or why the row at this line is none.
pub enum Read1 {
    Row(Row),
    Wrong { line: u64, reason: String },
}

pub struct Rows<R> {
    csv: csv::Reader<Bounded<R>>,
    budget: Arc<AtomicI64>,
    columns: Arc<HashMap<Column, usize>>,
    width: usize,
    record: ByteRecord,
    over: bool,
}

impl<R: Read> Rows<R> {
    /// Reads the header. UTF-8, with or without a byte order mark.
    pub fn open(reader: R) -> Result<Self> {
        let budget = Arc::new(AtomicI64::new(MAX_ROW));
        let bounded = Bounded { inner: reader, budget: Arc::clone(&budget) };
        // Rows end at a line feed; a carriage return before it is trimmed with the last field. By itself the reader ends
        // rows at the carriage return and then counts lines one too few.
        let mut csv =
            csv::ReaderBuilder::new().flexible(true).terminator(csv::Terminator::Any(b'\n')).from_reader(bounded);
        let header = csv.headers().map_err(|e| Error::invalid("file", in_words(&e)))?.clone();
        let title = |text: &str| text.trim().to_ascii_lowercase();
        let place = |name: &str| header.iter().position(|field| title(field) == title(name));
        let columns: HashMap<Column, usize> =
            Column::ALL.iter().filter_map(|(column, name)| Some((*column, place(name)?))).collect();
        if !columns.contains_key(&Column::Handle) || !columns.contains_key(&Column::Title) {
            return Err(Error::invalid("file", "is not a product CSV: it has no columns “Handle” and “Title”"));
        }
        let width = header.len();
        Ok(Self { csv, budget, columns: Arc::new(columns), width, record: ByteRecord::new(), over: false })
    }

    /// How many bytes were read so far.
    pub fn position(&self) -> u64 {
        self.csv.position().byte()
    }

    /// The next row that is not blank; `None` at the end.
    pub fn next(&mut self) -> Option<Read1> {
        while !self.over {
            self.budget.store(MAX_ROW, Ordering::Relaxed);
            let line = self.csv.position().line();
            match self.csv.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(e) => {
                    // nothing after this can be told apart into rows
                    self.over = true;
                    return Some(Read1::Wrong { line, reason: in_words(&e) });
                }
            }
            if !self.record.iter().all(|field| field.trim_ascii().is_empty()) {
                return Some(self.row(self.record.position().map_or(line, csv::Position::line)));
            }
        }
        None
    }

    fn row(&self, line: u64) -> Read1 {
        if self.record.len() != self.width {
            let reason = format!("has {} columns instead of {}", self.record.len(), self.width);
            return Read1::Wrong { line, reason };
        }
        match StringRecord::from_byte_record(self.record.clone()) {
            Ok(fields) => Read1::Row(Row { line, fields, columns: Arc::clone(&self.columns) }),
            Err(_) => Read1::Wrong { line, reason: "is not UTF-8 text".into() },
        }
    }
}

fn in_words(e: &csv::Error) -> String {
    match e.kind() {
        csv::ErrorKind::Io(e) => e.to_string(),
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8 text".into(),
        _ => e.to_string(),
    }
}

/// Ends with an error when more is read than the budget allows, before the next row renews it.
struct Bounded<R> {
    inner: R,
    budget: Arc<AtomicI64>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        match self.budget.fetch_sub(n as i64, Ordering::Relaxed) {
            left if left < n as i64 => {
                Err(io::Error::other("a row is longer than 4 MB; perhaps a quote is never closed"))
            }
            _ => Ok(n),
        }
    }
}
