use super::*;
use std::collections::{HashMap, HashSet};

fn read(text: &str) -> String {
    match Written::read(text) {
        Ok(written) => match written.either {
            Some(_) => format!("{written} or {}", written.clone().in_thousands()),
            None => written.to_string(),
        },
        Err(_) => "refused".to_owned(),
    }
}

#[test]
fn every_separator_parts_thousands_and_three_marks_begin_decimals() {
    for separator in [",", ".", " ", "\u{a0}", "\u{2009}", "\u{202f}", "'", "’", "٬"] {
        let text = ["1", "234", "567"].join(separator);
        assert_eq!(read(&text), "1234567", "{text}");
        for mark in [".", ",", "٫"] {
            let expected = if mark == separator { "refused" } else { "1234567.25" };
            assert_eq!(read(&format!("{text}{mark}25")), expected, "{text}{mark}25");
        }
    }
}

#[test]
fn digits_of_all_scripts_count_and_nothing_that_looks_like_them() {
    for text in ["1234", "１２３４", "١٢٣٤", "۱۲۳۴", "१२३४", "๑๒๓๔", "𝟏𝟐𝟑𝟒", "𝟷𝟸𝟹𝟺", "1２٣४"]
    {
        assert_eq!(read(text), "1234", "{text}");
    }
    for text in ["5²", "⑤", "½", "五", "Ⅴ", "五百", "1e3", "0x1F", "1_000", "∞", "1\u{200b}0", "1\t000", "1\n000"]
    {
        assert_eq!(read(text), "refused", "{text}");
    }
}

#[test]
fn a_lone_mark_before_three_digits_is_told() {
    assert_eq!(read("1.500"), "1.500 or 1500");
    assert_eq!(read("12,345"), "12.345 or 12345");
    assert_eq!(read("0,500"), "0.500");
    assert_eq!(read("1234.500"), "1234.500");
    assert_eq!(read("1 500"), "1500");
    assert_eq!(read("-1,500"), "-1.500 or -1500");
}

#[test]
fn counts_are_exact_to_their_ends() {
    let scaled = |text: &str, decimals| Written::read(text).unwrap().scaled(decimals);
    assert_eq!(scaled("12.5", 2), Some(1250));
    assert_eq!(scaled("12.500", 1), Some(125));
    assert_eq!(scaled("12.05", 1), None);
    assert_eq!(scaled("-9223372036854775808", 0), Some(i64::MIN));
    assert_eq!(scaled("9223372036854775808", 0), None);
    assert_eq!(scaled(&"9".repeat(10_000), 0), None);
}

/// All texts of up to seven of these characters are held against all ways to write a number that the grammar knows,
/// made from the numbers. Fails when a separator is thrown away anywhere: a text is read then that nobody writes for
/// that number.
#[test]
fn no_text_is_read_as_what_nobody_would_write_it_for() {
    const LONGEST: usize = 7;
    let digits: Vec<String> = texts(&['0', '1', '5'], LONGEST);
    // each way to write a number, with what it is: its digits, and how many of them are decimals
    let mut known: HashMap<String, HashSet<(String, usize)>> = HashMap::new();
    let wholes = |whole: &str| {
        let mut ways = vec![(whole.to_owned(), None)];
        if whole.len() > 3 && !whole.starts_with('0') {
            for separator in [',', '.', ' '] {
                let mut way = String::new();
                for (at, digit) in whole.chars().enumerate() {
                    if at > 0 && (whole.len() - at).is_multiple_of(3) {
                        way.push(separator);
                    }
                    way.push(digit);
                }
                ways.push((way, Some(separator)));
            }
        }
        ways
    };
    for number in &digits {
        for decimals in 0..=number.len() {
            let (whole, part) = number.split_at(number.len() - decimals);
            for (way, separator) in wholes(whole) {
                let mut note = |text: String| {
                    known.entry(text).or_default().insert((number.clone(), decimals));
                };
                if decimals == 0 {
                    note(way.clone());
                }
                for mark in ['.', ','] {
                    if separator != Some(mark) {
                        note(format!("{way}{mark}{part}"));
                    }
                }
            }
        }
    }
    let mut readings = 0;
    for text in texts(&['0', '1', '5', ',', '.', ' '], LONGEST) {
        // blanks at the ends do not count
        let meanings = known.get(text.trim_matches(' ')).cloned().unwrap_or_default();
        let Ok(written) = Written::read(&text) else {
            assert!(meanings.is_empty(), "{text:?} is refused");
            continue;
        };
        let meaning = |w: &Written| (format!("{}{}", w.whole, w.part), w.part.len());
        let mut read = HashSet::from([meaning(&written)]);
        if written.either.is_some() {
            read.insert(meaning(&written.clone().in_thousands()));
        }
        // nothing before the mark is written as no digit, and read as zero
        let value = |(digits, decimals): &(String, usize)| (digits.trim_start_matches('0').to_owned(), *decimals);
        let of = |all: &HashSet<(String, usize)>| all.iter().map(value).collect::<HashSet<_>>();
        assert_eq!(of(&read), of(&meanings), "{text:?}");
        readings += 1;
    }
    assert!(readings > 10_000, "only {readings} texts were numbers");
}

/// All texts of one to so many of these characters.
fn texts(of: &[char], longest: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..longest {
        last = last.iter().flat_map(|text| of.iter().map(move |c| format!("{text}{c}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}
