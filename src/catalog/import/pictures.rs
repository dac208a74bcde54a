//! The pictures that the rows of a product name by their addresses.

use super::cells::tidy;
use super::columns::Column;
use super::csv_rows::CsvRow;
use super::product::OPTIONS;
use super::report::{Notes, Report};

const MAX_ALT: usize = 300;

pub struct PictureWanted {
    pub line: u64,
    pub url: String,
    pub alt: String,
    pub position: i32,
    /// The values of each variant that it shows; empty for all of them.
    pub variants: Vec<Vec<String>>,
}

/// Each address once, without those that are none.
pub fn pictures(rows: &[CsvRow], report: &mut Report) -> Vec<PictureWanted> {
    let mut notes = Notes::default();
    let mut wanted = named(rows, &mut notes);
    wanted.retain(|picture| {
        let good = url::Url::parse(&picture.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let good = good && picture.url.len() <= 2_000 && !picture.url.contains(char::is_control);
        if !good {
            report.fail(picture.line, "the picture's address is not one of the web");
        }
        good
    });
    notes.0.into_iter().for_each(|note| report.note(note.line, note.reason));
    wanted
}

fn named(rows: &[CsvRow], notes: &mut Notes) -> Vec<PictureWanted> {
    let values = |row: &CsvRow| -> Vec<String> {
        OPTIONS.iter().map(|(_, value)| tidy(row.get(*value))).filter(|value| !value.is_empty()).collect()
    };
    let mut wanted: Vec<PictureWanted> = Vec::new();
    for row in rows {
        let url = row.get(Column::ImageSrc);
        if url.is_empty() || wanted.iter().any(|p| p.url == url) {
            continue;
        }
        let alt: String = row.get(Column::ImageAlt).chars().filter(|c| !c.is_control()).collect();
        if alt.chars().count() > MAX_ALT {
            notes.add(
                row.line,
                format!("the picture's text is longer than {MAX_ALT} characters: the rest of it is cut"),
            );
        }
        let next = i32::try_from(wanted.len()).unwrap_or(i32::MAX).saturating_add(1);
        let place = row.get(Column::ImagePosition);
        let position = place.parse().ok().filter(|n| (1..100_000).contains(n));
        if position.is_none() && !place.is_empty() {
            notes.add(row.line, format!("the picture's place “{place}” is no number from 1: it is number {next}"));
        }
        wanted.push(PictureWanted {
            line: row.line,
            url: url.to_owned(),
            alt: alt.chars().take(MAX_ALT).collect(),
            position: position.unwrap_or(next),
            variants: Vec::new(),
        });
    }
    let shows: Vec<(&str, &CsvRow)> =
        rows.iter().map(|row| (row.get(Column::VariantImage), row)).filter(|(url, _)| !url.is_empty()).collect();
    for (url, row) in &shows {
        let last = wanted.iter().map(|p| p.position).max().unwrap_or(0);
        let at = match wanted.iter().position(|p| p.url == *url) {
            Some(at) => at,
            None => {
                let position = last.saturating_add(1);
                wanted.push(PictureWanted {
                    line: row.line,
                    url: (*url).to_owned(),
                    alt: String::new(),
                    position,
                    variants: Vec::new(),
                });
                wanted.len() - 1
            }
        };
        wanted[at].variants.push(values(row));
    }
    wanted
}
