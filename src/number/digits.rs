//! Digits and signs of other scripts and widths, in ASCII.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The text with every decimal digit of any script, and every character of full width, in ASCII. Superscripts, circled
/// digits and fractions are no decimal digits and stay what they are: `5²` is not 52.
pub(crate) fn in_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| match decimal_digit(c) {
        Some(digit) => digit,
        None if matches!(c, '\u{ff00}'..='\u{ffef}' | '\u{3000}') => std::iter::once(c).nfkc().next().unwrap_or(c),
        None => c,
    };
    Cow::Owned(text.chars().map(plain).collect())
}

/// `٣` is 3. The digits of a script lie together in ascending order, all ten of them, so a digit's worth is how many
/// lie before it: <https://www.unicode.org/policies/stability_policy.html#Property_Value>.
fn decimal_digit(c: char) -> Option<char> {
    let is_digit = |c: char| c.general_category() == GeneralCategory::DecimalNumber;
    if !is_digit(c) {
        return None;
    }
    let before = (1..).take_while(|n| char::from_u32(u32::from(c) - n).is_some_and(is_digit)).count();
    char::from_digit(u32::try_from(before % 10).ok()?, 10)
}

/// What may stand round a number without a meaning: white space, and marks of direction that come along when a number
/// is copied out of a page.
pub(crate) fn is_around(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{feff}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
