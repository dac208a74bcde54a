//! A file as it comes, whatever program wrote it: which characters, which sign between the fields, which line ends.

use super::columns::Columns;
use crate::{Error, Result};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Enough for a header of hundreds of metafields.
const HEAD: usize = 256 * 1024;
const DELIMITERS: [u8; 4] = *b",;\t|";

/// What is read row by row: text in UTF-8, if the file keeps to one of the encodings that can be told apart.
pub struct Source<'a> {
    pub reader: Box<dyn Read + Send + 'a>,
    pub delimiter: u8,
    /// Lines before the header.
    pub before: u64,
    /// The file says of itself that it is UTF-8, or somebody did.
    pub is_utf8: bool,
    /// How many bytes of the file were read.
    pub position: Arc<AtomicU64>,
    /// How it was read, where that is not what a CSV file usually is.
    pub notes: Vec<String>,
}

impl<'a> Source<'a> {
    /// Looks at the beginning of a file. `encoding` is what somebody says that it is written in.
    pub fn open(reader: impl Read + Send + 'a, encoding: Option<&'static Encoding>) -> Result<Self> {
        let position = Arc::new(AtomicU64::new(0));
        let mut raw = Counted { inner: reader, position: Arc::clone(&position) };
        let head = beginning(&mut raw)?;
        let marked = Encoding::for_bom(&head);
        refuse_others(&head, marked.is_some())?;
        let guessed = marked.map(|(found, _)| found).or(encoding).or_else(|| utf16(&head));
        let skipped = marked.map_or(0, |(_, length)| length);
        let mut notes = Vec::new();
        let whole = Cursor::new(head[skipped..].to_vec()).chain(raw);
        let mut text: Box<dyn Read + Send + 'a> = match guessed {
            None => Box::new(whole),
            Some(found) if found == UTF_8 => Box::new(whole),
            Some(found) => {
                if encoding.is_none() {
                    notes.push(format!("the file is written in {}", found.name()));
                }
                Box::new(DecodeReaderBytesBuilder::new().encoding(Some(found)).bom_override(false).build(whole))
            }
        };

        let mut head = beginning(&mut text)?;
        let (mut before, mut said) = (0, None);
        if let Some((delimiter, length)) = announced(&head) {
            (before, said) = (1, Some(delimiter));
            head.drain(..length);
        }
        let delimiter = said.unwrap_or_else(|| likeliest(&head));
        if delimiter != b',' {
            let name = match delimiter {
                b'\t' => "tabs".to_owned(),
                sign => format!("“{}”", char::from(sign)),
            };
            notes.push(format!("the fields are parted by {name}"));
        }
        let returns = ends_at_returns(&head, delimiter);
        let text = Cursor::new(head).chain(text);
        let reader: Box<dyn Read + Send + 'a> = match returns {
            true => Box::new(Returns(text)),
            false => Box::new(text),
        };
        Ok(Self { reader, delimiter, before, is_utf8: guessed == Some(UTF_8), position, notes })
    }
}

/// Files that people take for a CSV file, told by what they begin with.
fn refuse_others(head: &[u8], marked: bool) -> Result<()> {
    let known: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "is a spreadsheet or an archive; save or unpack it as CSV first"),
        (b"\xd0\xcf\x11\xe0", "is an Excel file; save it as CSV first"),
        (b"%PDF", "is a PDF, not a CSV file"),
        (b"\x1f\x8b", "is compressed; unpack it first"),
        (b"\x89PNG", "is a picture, not a CSV file"),
    ];
    match known.iter().find(|(mark, _)| !marked && head.starts_with(mark)) {
        Some((_, why)) => Err(Error::invalid("file", *why)),
        None => Ok(()),
    }
}

fn beginning(reader: &mut impl Read) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = reader.take(HEAD as u64).read_to_end(&mut head);
    read.map_err(|e| Error::invalid("file", format!("cannot be read: {e}")))?;
    Ok(head)
}

/// UTF-16 without a byte order mark: of Latin letters, as headers are, every other byte is nought.
fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(400)];
    let noughts = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (noughts(0), noughts(1));
    let most = head.len() / 2 * 8 / 10;
    match () {
        () if head.len() < 8 => None,
        () if odd >= most && even == 0 => Some(UTF_16LE),
        () if even >= most && odd == 0 => Some(UTF_16BE),
        () => None,
    }
}

/// `sep=;` as a line of its own: spreadsheets write it, and read it. The sign, and how long the line is.
fn announced(head: &[u8]) -> Option<(u8, usize)> {
    let line = head.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let text = head[..line].trim_ascii_end();
    let text = text.strip_prefix(b"\"").map_or(text, |inner| inner.strip_suffix(b"\"").unwrap_or(inner));
    let delimiter = match text {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign] => *sign,
        // a tab at the end was trimmed
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => b'\t',
        _ => return None,
    };
    let end = if head[line..].starts_with(b"\r\n") { 2 } else { 1 };
    (delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && delimiter != b'"').then_some((delimiter, line + end))
}

/// The sign with which most columns of the header are known.
fn likeliest(head: &[u8]) -> u8 {
    let known = |delimiter: u8| {
        let header = header(head, delimiter);
        Columns::of(header.iter().map(String::as_str)).places.len()
    };
    // the first of those that are equal, which is the comma
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| known(*delimiter)).unwrap_or(b',')
}

fn header(head: &[u8], delimiter: u8) -> Vec<String> {
    let end = first_end(head, delimiter).unwrap_or(head.len());
    let mut csv =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&head[..end]);
    let mut record = csv::ByteRecord::new();
    match csv.read_byte_record(&mut record) {
        Ok(true) => record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Where the first row ends: at the first line end that is not within quotes.
fn first_end(head: &[u8], delimiter: u8) -> Option<usize> {
    let (mut quoted, mut last) = (false, delimiter);
    for (at, byte) in head.iter().enumerate() {
        match byte {
            b'"' if quoted || last == delimiter || last == b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => return Some(at),
            _ => {}
        }
        last = *byte;
    }
    None
}

/// Old spreadsheets end rows with a carriage return alone.
fn ends_at_returns(head: &[u8], delimiter: u8) -> bool {
    first_end(head, delimiter).is_some_and(|at| head[at] == b'\r' && head.get(at + 1) != Some(&b'\n'))
}

/// Carriage returns read as line feeds.
struct Returns<R>(R);

impl<R: Read> Read for Returns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        buffer[..n].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        Ok(n)
    }
}

struct Counted<R> {
    inner: R,
    position: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.position.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, u8, u64) {
        let mut source = Source::open(bytes, None).unwrap();
        let mut text = String::new();
        source.reader.read_to_string(&mut text).unwrap();
        (text, source.delimiter, source.before)
    }

    #[test]
    fn tells_how_a_file_is_written() {
        let wide = |text: &str, swap: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let table = "Handle;Title;Price\na;\"Ä\r;b\";1\n";
        for bytes in [
            table.as_bytes().to_vec(),
            format!("\u{feff}{table}").into_bytes(),
            wide(&format!("\u{feff}{table}"), false),
            wide(&format!("\u{feff}{table}"), true),
            wide(table, false),
            wide(table, true),
        ] {
            assert_eq!(text(&bytes), (table.to_owned(), b';', 0));
        }
        assert_eq!(text(b"sep=;\r\nHandle;Title\r\n"), ("Handle;Title\r\n".into(), b';', 1));
        assert_eq!(text(b"\"sep=,\"\nHandle,Title\n"), ("Handle,Title\n".into(), b',', 1));
        assert_eq!(text(b"sep=\t\nHandle\tTitle\n"), ("Handle\tTitle\n".into(), b'\t', 1));
        assert_eq!(text(b"Handle\tTitle\rnail\tNail\r"), ("Handle\tTitle\nnail\tNail\n".into(), b'\t', 0));
        assert_eq!(text(b"\"Handle\",\"Title\",\"a;b;c;d\"\n").1, b',');
        assert_eq!(text(b"").1, b',');
    }

    #[test]
    fn says_what_else_a_file_is() {
        for other in [&b"PK\x03\x04xl/workbook"[..], b"\xd0\xcf\x11\xe0", b"%PDF-1.7", b"\x1f\x8b\x08", b"\x89PNG\r\n"]
        {
            assert!(matches!(Source::open(other, None), Err(Error::Invalid(_))));
        }
    }
}
