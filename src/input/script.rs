//! Text of all scripts, as people type and paste it.
//!
//! Two measures: [`visible`] takes out what nobody sees, so that two names that look alike are alike; [`plain`] also
//! writes digits, dashes, spaces and full-width letters as machines know them, for codes, numbers and addresses of
//! e-mail.

use unicode_normalization::UnicodeNormalization;

/// The text in its composed form and without characters that show nothing: spaces of no width, marks of direction, soft
/// hyphens. A joiner stays where it shapes the letters round it, as in Persian and in many Indian scripts.
pub(crate) fn visible(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let composed: Vec<char> = text.nfc().collect();
    let shapes = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_invisible(*c));
    let kept = composed.iter().enumerate().filter(|(at, c)| match **c {
        '\u{200c}' | '\u{200d}' => {
            at.checked_sub(1).is_some_and(|b| shapes(composed.get(b))) && shapes(composed.get(at + 1))
        }
        // which flag a black flag is
        '\u{e0020}'..='\u{e007f}' => composed.contains(&'\u{1f3f4}'),
        c => !is_invisible(c),
    });
    kept.map(|(_, c)| *c).collect()
}

/// The same with compatible characters told apart by no one (NFKC: full-width letters, ligatures), digits of all
/// scripts as 0 to 9, dashes as hyphens, and white space as single spaces with none at the ends.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in visible(text).nfkc().filter(|c| !is_invisible(*c) && !matches!(c, '\u{200c}' | '\u{200d}')) {
        match c {
            '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' => plain.push('-'),
            // what a Japanese keyboard has where the hyphen is
            '\u{30fc}' if plain.ends_with(|before: char| before.is_ascii_digit()) => plain.push('-'),
            c if c.is_whitespace() && (plain.is_empty() || plain.ends_with(' ')) => {}
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(digit(c).unwrap_or(c)),
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// A decimal digit of another script.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() || !c.is_numeric() {
        return None;
    }
    let mut said = deunicode::deunicode_char(c)?.chars();
    said.next().filter(|digit| digit.is_ascii_digit() && said.next().is_none())
}

/// Shows nothing and takes no room (`Default_Ignorable_Code_Point` of Unicode's DerivedCoreProperties, but for what
/// chooses between shapes of the character before it).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_alike() {
        for (typed, kept) in [
            ("Claw hammer", "Claw hammer"),
            ("Claw\u{200b} ham\u{ad}mer\u{feff}", "Claw hammer"),
            ("\u{202a}KT-1\u{202c}", "KT-1"),
            ("Zoe\u{308}", "Zoë"),
            ("K\u{200d}T", "KT"),
            // what shapes letters stays
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("क्\u{200d}ष", "क्\u{200d}ष"),
            ("👩\u{200d}🔧 ❤\u{fe0f}", "👩\u{200d}🔧 ❤\u{fe0f}"),
            ("٣ ｋｇ‑½", "٣ ｋｇ‑½"),
        ] {
            assert_eq!(visible(typed), kept, "{typed:?}");
        }
    }

    #[test]
    fn codes_and_numbers_are_written_as_machines_know_them() {
        for (typed, kept) in [
            ("１００－０００１", "100-0001"),
            ("100ー0001", "100-0001"),
            ("۱۱۳۶۹۱۴۵۷۸", "1136914578"),
            ("٠١٢ ९ ๓ 𝟙", "012 9 3 1"),
            ("10001\u{2011}1234", "10001-1234"),
            ("\u{202a}+44\u{a0}20\u{3000} 7946\u{202c} ", "+44 20 7946"),
            ("ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org"),
            ("コード", "コード"),
        ] {
            assert_eq!(plain(typed), kept, "{typed:?}");
        }
    }
}
