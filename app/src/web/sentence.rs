//! Faults in whole sentences. What is wrong with a field is said by the shop as a predicate, which goes on from the field's
//! label (`is required`), or as a sentence of its own.

/// `Postcode`, `is required`: `Postcode is required.` A message that begins with a capital letter, a digit or a quotation
/// does not go on from anything, and stands alone.
pub fn sentence(label: &str, message: &str) -> String {
    let (label, message) = (label.trim(), message.trim());
    if !message.starts_with(char::is_lowercase) || label.is_empty() {
        return with_full_stop(&capital(message));
    }
    with_full_stop(&format!("{} {message}", capital(label)))
}

/// With a full stop, unless it ends in one, or in another sign that ends a sentence.
pub fn with_full_stop(text: &str) -> String {
    let text = text.trim_end();
    let inside = text.trim_end_matches(['"', '”', '’', ')']);
    let is_ended =
        text.ends_with(['.', '!', '?', '…', ':']) || inside.len() < text.len() && inside.ends_with(['!', '?']);
    if is_ended || text.is_empty() { text.to_owned() } else { format!("{text}.") }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// A field's name in words, for faults of what a page does not show: `shippingAddress.firstName` is "First name".
pub fn label_of(name: &str) -> String {
    let is_place = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = name.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let last = parts.rfind(|part| !is_place(part)).unwrap_or(name);
    let mut words = String::new();
    for (i, c) in last.chars().enumerate() {
        match c {
            '_' => words.push(' '),
            c if i == 0 => words.extend(c.to_uppercase()),
            c if c.is_uppercase() => {
                words.push(' ');
                words.extend(c.to_lowercase());
            }
            c if c.is_ascii_digit() && !words.ends_with(|c: char| c.is_ascii_digit()) => {
                words.push(' ');
                words.push(c);
            }
            c => words.push(c),
        }
    }
    match words.strip_suffix(" id") {
        Some(what) => what.to_owned(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predicate_goes_on_from_the_label_and_a_sentence_stands_alone() {
        for (label, message, said) in [
            ("Postcode", "is required", "Postcode is required."),
            ("Price, £", "must not be negative", "Price, £ must not be negative."),
            ("of which VAT", "is too large", "Of which VAT is too large."),
            ("Größe", "ist zu groß", "Größe ist zu groß."),
            (
                "Postcode",
                "does not look like a postcode of France (such as 75001)",
                "Postcode does not look like a postcode of France (such as 75001).",
            ),
            ("Password", "E-mail address and password do not fit", "E-mail address and password do not fit."),
            ("Password", "Is this yours?", "Is this yours?"),
            ("Size", "“XL” is not among the values of Size", "“XL” is not among the values of Size."),
            ("Weight", "reads as “5 kg”", "Weight reads as “5 kg”."),
            ("File", "holds “Ready?”", "File holds “Ready?”"),
            ("File", "holds nothing. Send another.", "File holds nothing. Send another."),
            ("", "is required", "Is required."),
            ("", "", ""),
        ] {
            assert_eq!(sentence(label, message), said);
        }
    }

    #[test]
    fn names_fields_in_words() {
        for (name, words) in [
            ("firstName", "First name"),
            ("shippingAddress.line1", "Line 1"),
            ("variants[0].compareAtPrice", "Compare at price"),
            ("address[city]", "City"),
            ("roles[2]", "Roles"),
            ("scopes.0", "Scopes"),
            ("categoryId", "Category"),
            ("7", "7"),
        ] {
            assert_eq!(label_of(name), words);
        }
    }
}
