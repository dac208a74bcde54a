//! Reading a product CSV row by row, never more of it in memory than the rows of one product.

use super::columns::{Column, Columns};
use super::source::Source;
use crate::{Error, Result};
use csv::{ByteRecord, StringRecord};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Of one row. A quote that is never closed would otherwise swallow the rest of the file.
const MAX_ROW: i64 = 4 * 1024 * 1024;

/// A row that can be read, with its line in the file.
#[derive(Debug, Clone)]
pub struct CsvRow {
    pub line: u64,
    fields: StringRecord,
    columns: Arc<Columns>,
}

impl CsvRow {
    /// Without white space at the ends; empty when the file has no such column.
    pub fn get(&self, column: Column) -> &str {
        self.columns.places.get(&column).and_then(|at| self.fields.get(*at)).unwrap_or_default().trim()
    }

    /// Whether the file says anything about this at all.
    pub fn has(&self, column: Column) -> bool {
        self.columns.places.contains_key(&column)
    }

    /// Whether the row ends before this column, which the file has.
    pub fn ends_before(&self, column: Column) -> bool {
        self.columns.places.get(&column).is_some_and(|at| *at >= self.fields.len())
    }
}

/// A row, or why the row at this line is none.
pub enum ReadRow {
    Row(CsvRow),
    Wrong { line: u64, reason: String },
}

pub struct CsvRows<'a> {
    csv: csv::Reader<Bounded<Box<dyn Read + Send + 'a>>>,
    reach: Arc<Reach>,
    position: Arc<AtomicU64>,
    columns: Arc<Columns>,
    header: Vec<String>,
    /// Of the columns that are not read, those in which something stood.
    filled: Vec<bool>,
    before: u64,
    letters: Letters,
    record: ByteRecord,
    over: bool,
    notes: Vec<(u64, String)>,
}

/// What is known of the letters of a file that does not say how it is written: its first row with other letters than
/// those of ASCII tells. A single row that does not keep to it is damaged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    Unknown,
    Utf8,
    Windows,
}

impl<'a> CsvRows<'a> {
    /// Finds out how the file is written, and reads the header.
    pub fn open(reader: impl Read + Send + 'a, encoding: Option<&'static Encoding>) -> Result<Self> {
        let source = Source::open(reader, encoding)?;
        let reach = Arc::new(Reach { budget: AtomicI64::new(MAX_ROW), ..Reach::default() });
        let bounded = Bounded {
            inner: source.reader,
            reach: Arc::clone(&reach),
            delimiter: source.delimiter,
            place: Place::Start,
        };
        // Rows end at a line feed; a carriage return before it is trimmed with the last field. By itself the reader
        // ends rows at the carriage return and then counts lines one too few.
        let mut csv = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(source.delimiter)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(bounded);
        let header = csv.byte_headers().map_err(|e| Error::invalid("file", in_words(&e)))?;
        let header: Vec<String> = header.iter().map(|title| String::from_utf8_lossy(title).trim().to_owned()).collect();
        let columns = Columns::of(header.iter().map(String::as_str));
        if !columns.are_of_products() {
            return Err(Error::invalid("file", no_products(&header)));
        }
        Ok(Self {
            csv,
            reach,
            position: source.position,
            columns: Arc::new(columns),
            filled: vec![false; header.len()],
            header,
            before: source.before,
            letters: if source.is_utf8 { Letters::Utf8 } else { Letters::Unknown },
            record: ByteRecord::new(),
            over: false,
            notes: source.notes.into_iter().map(|note| (1, note)).collect(),
        })
    }

    /// How many bytes of the file were read so far.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// What is to be said of how the file was read, since it was asked last.
    pub fn notes(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.notes)
    }

    /// The titles of columns that hold something and are not read.
    pub fn unread(&self) -> Vec<&str> {
        self.columns.unread.iter().filter(|at| self.filled[**at]).map(|at| self.header[*at].as_str()).collect()
    }

    /// The next row that is not blank; `None` at the end.
    pub fn next(&mut self) -> Option<ReadRow> {
        while !self.over {
            self.reach.budget.store(MAX_ROW, Ordering::Relaxed);
            let line = self.csv.position().line() + self.before;
            match self.csv.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(e) => {
                    // nothing after this can be told apart into rows
                    self.over = true;
                    return Some(ReadRow::Wrong { line, reason: in_words(&e) });
                }
            }
            if !self.record.iter().all(|field| field.trim_ascii().is_empty()) {
                return Some(self.row(self.record.position().map_or(line, |p| p.line() + self.before)));
            }
        }
        None
    }

    fn row(&mut self, line: u64) -> ReadRow {
        if self.swallows_the_rest() {
            return ReadRow::Wrong { line, reason: "a quote is never closed: nothing after it can be read".into() };
        }
        let width = self.header.len();
        // programs leave blanks at the end out, or add some
        if self.record.iter().skip(width).any(|field| !field.trim_ascii().is_empty()) {
            let reason = format!("has {} columns instead of {width}", self.record.len());
            return ReadRow::Wrong { line, reason };
        }
        self.record.truncate(width);
        for at in &self.columns.unread {
            self.filled[*at] |= self.record.get(*at).is_some_and(|field| !field.trim_ascii().is_empty());
        }
        match self.text(line) {
            Some(fields) => ReadRow::Row(CsvRow { line, fields, columns: Arc::clone(&self.columns) }),
            None => ReadRow::Wrong { line, reason: "is not UTF-8 text".into() },
        }
    }

    /// Whether the file ended within the quotes of this row.
    fn swallows_the_rest(&self) -> bool {
        self.reach.ended_quoted.load(Ordering::Relaxed)
    }

    fn text(&mut self, line: u64) -> Option<StringRecord> {
        if let Ok(text) = StringRecord::from_byte_record(self.record.clone()) {
            if self.letters == Letters::Unknown && !text.iter().all(str::is_ascii) {
                self.letters = Letters::Utf8;
            }
            return Some(text);
        }
        match self.letters {
            Letters::Utf8 => return None,
            Letters::Windows => {}
            Letters::Unknown => {
                self.letters = Letters::Windows;
                let note = "the file is not UTF-8: its letters are read as Windows-1252 from here on. Where they are wrong, \
                            save the file as UTF-8, or say how it is written";
                self.notes.push((line, note.into()));
            }
        }
        Some(self.record.iter().map(|field| WINDOWS_1252.decode_without_bom_handling(field).0).collect())
    }
}

fn no_products(header: &[String]) -> String {
    let first: String = header.join(", ").chars().filter(|c| !c.is_control()).take(80).collect();
    format!("is not a product CSV: it has no columns “Handle” (or “URL handle”) and “Title”, but begins with “{first}”")
}

fn in_words(e: &csv::Error) -> String {
    match e.kind() {
        csv::ErrorKind::Io(e) => e.to_string(),
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8 text".into(),
        _ => e.to_string(),
    }
}

/// How far the reading is.
#[derive(Default)]
struct Reach {
    /// How many bytes the row may still have.
    budget: AtomicI64,
    ended_quoted: AtomicBool,
}

/// Ends with an error when more is read than the budget allows, before the next row renews it. And looks whether the
/// end comes within quotes, which the reader of rows takes for the end of a row like any other.
struct Bounded<R> {
    inner: R,
    reach: Arc<Reach>,
    delimiter: u8,
    place: Place,
}

/// Where in a field the last byte stood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// At a quote that ends the field, or is the first of two that stand for one.
    Quote,
}

impl Place {
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, _) | (Self::Start | Self::Quote, b'"') => Self::Quoted,
            (_, b'\n') => Self::Start,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Plain,
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let delimiter = self.delimiter;
        self.place = buffer[..n].iter().fold(self.place, |place, byte| place.after(*byte, delimiter));
        if n == 0 && self.place == Place::Quoted {
            self.reach.ended_quoted.store(true, Ordering::Relaxed);
        }
        match self.reach.budget.fetch_sub(n as i64, Ordering::Relaxed) {
            left if left < n as i64 => {
                Err(io::Error::other("a row is longer than 4 MB; perhaps a quote is never closed"))
            }
            _ => Ok(n),
        }
    }
}
