//! Telephone numbers.

use crate::input::{Raw, plain};
use crate::{Invalid, said};
use std::borrow::Cow;

/// A telephone number as people write it, with its extension if it has one: digits of any script, with what may stand
/// between them. Kept as typed but for marks that nobody sees and digits of other scripts. May be left out.
pub(crate) fn phone(typed: &Raw, field: impl Into<Cow<'static, str>>, faults: &mut Invalid) -> Option<String> {
    const LONGEST: usize = 40;
    let field = field.into();
    let phone = plain(&typed.text(field.clone(), 200, faults));
    // a link copied from a page
    let phone = phone.strip_prefix("tel:").unwrap_or(&phone).trim().to_owned();
    if phone.is_empty() {
        return None;
    }
    if phone.chars().count() > LONGEST {
        faults.add(field, said!("fault-too-long", max = LONGEST));
    } else if !is_plausible(&phone) {
        faults.add(field, said!("fault-phone"));
    }
    Some(phone)
}

/// At least five digits; then perhaps one word, in whatever language, with the few digits of an extension.
fn is_plausible(phone: &str) -> bool {
    let is_between = |c: char| " +-()./#*,;:~·".contains(c);
    let end = phone.find(|c: char| !c.is_ascii_digit() && !is_between(c)).unwrap_or(phone.len());
    let (number, rest) = phone.split_at(end);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if !(5..=20).contains(&digits(number)) {
        return false;
    }
    let extension = rest.trim_start_matches(|c: char| !c.is_ascii_digit() && !is_between(c));
    let word = rest.len() - extension.len();
    let is_word = rest[..word].chars().all(char::is_alphabetic) && rest[..word].chars().count() <= 12;
    rest.is_empty()
        || is_word
            && (1..=8).contains(&digits(extension))
            && extension.chars().all(|c| c.is_ascii_digit() || is_between(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(typed: &str) -> Result<Option<String>, String> {
        let mut faults = Invalid::default();
        let phone = phone(&typed.into(), "phone", &mut faults);
        match faults.0.first() {
            None => Ok(phone),
            Some(fault) => Err(fault.message.to_string()),
        }
    }

    #[test]
    fn takes_what_people_write_and_paste() {
        for (typed, expected) in [
            ("0114 496 0000", "0114 496 0000"),
            ("+44 20 7946 0000 ext. 12", "+44 20 7946 0000 ext. 12"),
            ("+44 20 7946 0000 x12", "+44 20 7946 0000 x12"),
            ("(212) 555-0100, Extension: 7", "(212) 555-0100, Extension: 7"),
            ("+49 30 901820 Durchwahl 34", "+49 30 901820 Durchwahl 34"),
            ("03-1234-5678 内線 12", "03-1234-5678 内線 12"),
            ("+7 495 123-45-67 доб. 89", "+7 495 123-45-67 доб. 89"),
            ("０３－１２３４－５６７８", "03-1234-5678"),
            ("٠١٢٣٤٥٦٧٨", "012345678"),
            ("\u{202a}+44\u{a0}20 7946\u{2011}0000\u{202c}", "+44 20 7946-0000"),
            ("tel:+44-20-7946-0000", "+44-20-7946-0000"),
        ] {
            assert_eq!(kept(typed), Ok(Some(expected.to_owned())), "{typed:?}");
        }
        assert_eq!(kept("  "), Ok(None));
        assert_eq!(kept("\u{200b}"), Ok(None));
    }

    #[test]
    fn refuses_what_is_none() {
        let long = "1".repeat(41);
        for typed in
            ["call me", "1234", "12345 67 ext", "<b>12345</b>", "12345 ext 12 ext 3", "1".repeat(21).as_str(), &long]
        {
            assert!(kept(typed).is_err(), "{typed:?}");
        }
    }
}
