//! Faults in whole sentences, in the language of the visit: the message is given the label of its field.

use shop::words::Locale;
use shop::{Message, say};
use std::borrow::Cow;

/// `Postcode is required.`
pub fn sentence(locale: Locale, label: &str, message: &Message) -> String {
    match message {
        Message::Text(text) => english(label, text),
        message => with_full_stop(&capital(&locale.say_of(&capital(label.trim()), message))),
    }
}

/// What only staff read is English, and a predicate that goes on from the label: `Price`, `must not be negative`. A
/// text that begins with a capital letter, a digit or a quotation does not go on from anything, and stands alone.
fn english(label: &str, message: &str) -> String {
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
pub fn label_of(locale: Locale, name: &str) -> Cow<'static, str> {
    let is_place = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = name.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let last = parts.rfind(|part| !is_place(part)).unwrap_or(name);
    // the fields of shoppers' forms
    match last {
        "firstName" => say!(locale, "address-first-name"),
        "lastName" => say!(locale, "address-last-name"),
        "company" => say!(locale, "address-company"),
        "line1" => say!(locale, "address-street-and-number"),
        "line2" => say!(locale, "address-flat-floor-building"),
        "city" => say!(locale, "address-town-or-city"),
        "postalCode" => say!(locale, "address-postcode"),
        "state" => say!(locale, "address-county-or-state"),
        "country" => say!(locale, "address-country"),
        "phone" => say!(locale, "address-telephone"),
        "email" => say!(locale, "checkout-email"),
        "password" => say!(locale, "sign-in-password"),
        "currentPassword" => say!(locale, "account-current-password"),
        "newPassword" => say!(locale, "account-new-password"),
        "shippingAddress" | "shippingAddressId" => say!(locale, "checkout-delivery-address"),
        "billingAddress" | "billingAddressId" => say!(locale, "checkout-invoice-address"),
        "billingSame" => say!(locale, "checkout-same-address"),
        "saveAddress" => say!(locale, "checkout-keep-address"),
        "shippingMethod" => say!(locale, "order-delivery-method"),
        "paymentMethod" => say!(locale, "label-payment-method"),
        "note" => say!(locale, "checkout-note"),
        "expectedTotal" => say!(locale, "totals-total"),
        "quantity" => say!(locale, "product-quantity"),
        "price" => say!(locale, "listing-price"),
        "variantId" => say!(locale, "label-variant"),
        "address" => say!(locale, "label-address"),
        "isDefault" => say!(locale, "label-is-default"),
        "type" => say!(locale, "label-address-type"),
        "input" => say!(locale, "label-input"),
        other => in_english(other).into(),
    }
}

/// Of a field that only staff and programs fill in.
fn in_english(name: &str) -> String {
    let mut words = String::new();
    for (i, c) in name.chars().enumerate() {
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
    use shop::said;

    #[test]
    fn a_predicate_goes_on_from_the_label_and_a_sentence_stands_alone() {
        for (label, message, said) in [
            ("Postcode", "is required", "Postcode is required."),
            ("Price, £", "must not be negative", "Price, £ must not be negative."),
            ("of which tax", "is too large", "Of which tax is too large."),
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
            assert_eq!(sentence(Locale::English, label, &message.into()), said);
        }
    }

    #[test]
    fn a_message_puts_the_label_where_its_language_does() {
        let required = said!("fault-required");
        assert_eq!(sentence(Locale::English, "of which tax", &required), "Of which tax is required.");
        assert_eq!(sentence(Locale::English, "", &required), "Is required.");
        assert_eq!(sentence(Locale::Pseudo, "Note", &required), "[!! Note is required !!].");
        let alone = said!("fault-wrong-credentials");
        assert!(sentence(Locale::English, "Password", &alone).starts_with("E-mail address and password do not"));
    }

    #[test]
    fn names_fields_in_words() {
        for (name, words) in [
            ("firstName", "First name"),
            ("shippingAddress.line1", "Street and number"),
            ("variants[0].compareAtPrice", "Compare at price"),
            ("address[city]", "Town or city"),
            ("roles[2]", "Roles"),
            ("scopes.0", "Scopes"),
            ("categoryId", "Category"),
            ("lines[2].delivery", "Delivery"),
            ("7", "7"),
        ] {
            assert_eq!(label_of(Locale::English, name), words);
        }
    }
}
