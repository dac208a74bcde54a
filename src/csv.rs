//! Tables for spreadsheets: CSV as in RFC 4180.

use crate::{Error, Result};
use std::borrow::Cow;

/// A table that is written row by row and taken away in pieces.
#[derive(Debug)]
pub struct CsvWriter(csv::Writer<Vec<u8>>);

impl CsvWriter {
    /// With its heads.
    pub fn new(heads: &[&str]) -> Result<Self> {
        let mut writer = Self::headless();
        writer.row(heads)?;
        Ok(writer)
    }

    /// To go on with one that was begun.
    pub fn headless() -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()))
    }

    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) -> Result<()> {
        let cells = cells.iter().map(|cell| harmless(cell.as_ref()));
        self.0.write_record(cells.map(Cow::into_owned)).map_err(|e| Error::Internal(e.into()))
    }

    pub fn finish(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(|e| Error::internal(e.to_string()))
    }
}

/// Spreadsheets take a cell that begins so for a formula, and people can type what stands in ours; an apostrophe in
/// front makes it text. Plain numbers stay numbers. <https://owasp.org/www-community/attacks/CSV_Injection>
fn harmless(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number(cell) {
        true => format!("'{cell}").into(),
        false => cell.into(),
    }
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails when cells are written as they are.
    #[test]
    fn no_cell_is_a_formula() {
        let mut writer = CsvWriter::new(&["a", "b"]).unwrap();
        for cell in ["=1+1", "+44 20 7946", "-2+3", "@SUM(A1)", "\t=1", "--1", "-", "-1.", "+5"] {
            writer.row(&[cell, "x"]).unwrap();
        }
        for cell in ["-12.50", "12", "-1", "a=1", "", "a,b", "say \"hi\""] {
            writer.row(&[cell, "x"]).unwrap();
        }
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let first: Vec<&str> = text.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
        let formulas = ["a", "'=1+1", "'+44 20 7946", "'-2+3", "'@SUM(A1)", "'\t=1", "'--1", "'-", "'-1.", "'+5"];
        assert_eq!(first[..10], formulas);
        assert_eq!(first[10..], ["-12.50", "12", "-1", "a=1", "", "\"a,b\"", "\"say \"\"hi\"\"\""]);
    }
}
