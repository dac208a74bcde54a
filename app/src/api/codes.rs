//! The `code` of every error, for programs: a word that stays as it is, whatever the message says.

use axum::http::StatusCode;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

pub const INVALID: &str = "validation_failed";
pub const NOT_FOUND: &str = "not_found";
pub const UNKNOWN_FIELD: &str = "unknown_field";
pub const UNKNOWN_PARAMETER: &str = "unknown_parameter";
pub const UNREADABLE: &str = "unreadable";
pub const WRONG_CREDENTIALS: &str = "wrong_credentials";

/// Each code with the status that it comes with, and when. docs/API.md has the same list.
pub const CODES: &[(&str, u16, &str)] = &[
    ("bad_request", 400, "the request makes no sense in another way"),
    (INVALID, 400, "values do not fit; `details` names the fields"),
    (UNREADABLE, 400, "the body is no JSON, or a value has a form that cannot be read"),
    (UNKNOWN_FIELD, 400, "the body has fields that there are not; `details` names them"),
    (UNKNOWN_PARAMETER, 400, "the query has parameters that there are not; `details` names them"),
    ("unauthenticated", 401, "no token or key, or one that is not good"),
    (WRONG_CREDENTIALS, 401, "address and password do not belong together, or the address is not confirmed"),
    ("forbidden", 403, "whoever asks may not do this"),
    ("no_such_route", 404, "there is nothing at this address"),
    (NOT_FOUND, 404, "the address is right, the thing is not there; `message` says of what kind"),
    ("method_not_allowed", 405, "not that method; `Allow` says which"),
    ("request_timeout", 408, "the request did not arrive in time"),
    ("already_done", 409, "done before under this key, and its answer lost"),
    ("already_ordered", 409, "this cart was ordered; `details` has the order's number"),
    ("already_verified", 409, "the address is confirmed already"),
    ("api_key_revoked", 409, "the key was revoked before"),
    ("barcode_taken", 409, "another product has this barcode"),
    ("cart_empty", 409, "there is nothing in the cart"),
    ("cart_full", 409, "the cart has as many lines as it may"),
    ("category_has_children", 409, "there are categories below it"),
    ("category_has_products", 409, "there are products in it"),
    ("claimed", 409, "a colleague answers the session"),
    ("delivery_under_way", 409, "the message is just being sent"),
    ("email_taken", 409, "another account has this address"),
    ("has_left", 409, "goods of the order have left"),
    ("in_stock", 409, "it can be bought now, so there is nothing to wait for"),
    ("key_in_use", 409, "messages are encrypted with this key"),
    ("key_known", 409, "the webhook has a key of this `kid`"),
    ("last_admin", 409, "no active admin would be left"),
    ("no_longer_sold", 409, "lines that are no longer sold; `details` names them"),
    ("no_offline_payment", 409, "the order is not paid offline"),
    ("not_by_hand", 409, "Stripe has the payment, so it is not recorded by hand"),
    ("nothing_to_refund", 409, "there is no money to give back"),
    ("nothing_to_ship", 409, "all of it was shipped"),
    ("nowhere", 409, "the shop ships nowhere, or not there"),
    ("order_cancelled", 409, "the order was cancelled"),
    ("order_paid", 409, "the order is paid"),
    ("order_status", 409, "the order cannot move there from where it is"),
    ("ordered", 409, "the product was ordered"),
    ("partly_shipped", 409, "a part of the order was shipped"),
    ("payment_closed", 409, "this attempt to pay is over"),
    ("payment_method", 409, "the order is paid in another way"),
    ("payment_under_way", 409, "a payment is under way"),
    ("payment_refused", 409, "Stripe refuses it, in its words: asking again gives the same answer"),
    ("payment_unknown", 409, "what became of a payment is not known yet"),
    ("picture_gone", 409, "the picture was cleared away meanwhile"),
    ("picture_in_use", 409, "a product or category shows the picture"),
    ("price_changed", 409, "prices changed; `details` names the lines"),
    ("product_status", 409, "the product cannot become that from what it is"),
    ("refund_overtaken", 409, "somebody else gave money back meanwhile"),
    ("reserved", 409, "more is promised to orders than would be left"),
    ("session_closed", 409, "the session is closed"),
    ("session_exists", 409, "a session about the same thing goes on"),
    ("sku_taken", 409, "another product has this SKU"),
    ("slug_taken", 409, "another product or category has this slug"),
    ("sold_out", 409, "there are not so many; `details` names the lines"),
    ("still_running", 409, "the same request is being answered"),
    ("taken_over", 409, "another request under this key is being answered"),
    ("too_late", 409, "a message is changed for a quarter of an hour only, and not once it was taken back"),
    ("too_many_addresses", 409, "the address book is full"),
    ("too_many_events", 409, "more than can be sent again at once"),
    ("too_many_keys", 409, "the webhook has as many keys as it may"),
    ("too_many_unpaid", 409, "too many orders, or pieces of a variant, stand unpaid already"),
    ("too_many_watches", 409, "the address watches as much as it may"),
    ("too_many_webhooks", 409, "there are as many webhooks as there may be"),
    ("total_changed", 409, "the order would cost something else; `details` has the totals"),
    ("total_too_large", 409, "more than can be paid at once; `details` has the total and the `most`"),
    ("total_too_small", 409, "less than can be paid; `details` has the total and the `least`"),
    ("unpaid", 409, "the order is not paid"),
    ("watch_off", 409, "the shop does not tell of this"),
    ("gone", 410, "a link that was used, or is too old"),
    ("edited_meanwhile", 412, "it was changed since `If-Match` was read (409 without `If-Match`)"),
    ("too_large", 413, "the body is too large"),
    ("unsupported_media_type", 415, "the body has a type that is not taken"),
    ("idempotency_key_reused", 422, "this `Idempotency-Key` was used for another request"),
    ("too_many_requests", 429, "come again after `Retry-After` seconds"),
    ("refused", 400, "refused for another reason, with any other 4xx"),
    ("internal", 500, "a fault of ours"),
    ("unavailable", 503, "the shop is busy, or not open yet: come again after `Retry-After` seconds"),
];

/// The code of an error of which nothing but its status is known.
pub fn of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "bad_request",
        401 => "unauthenticated",
        403 => "forbidden",
        404 => "no_such_route",
        405 => "method_not_allowed",
        408 => "request_timeout",
        410 => "gone",
        412 => "edited_meanwhile",
        413 => "too_large",
        415 => "unsupported_media_type",
        422 => "idempotency_key_reused",
        429 => "too_many_requests",
        503 => "unavailable",
        500.. => "internal",
        _ => "refused",
    }
}

/// For the API's document: the words there are.
pub fn schema() -> Object {
    let words = CODES.iter().map(|(word, ..)| *word);
    let listed: String = CODES.iter().map(|(word, status, when)| format!("\n- `{word}` ({status}): {when}")).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .examples(["validation_failed"])
        .description(Some(format!("For programs: what went wrong, in a word that stays as it is.\n{listed}")))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Of pages and commands only: no endpoint answers these.
    const OF_PAGES: [&str; 12] = [
        "job_running",
        "not_invited",
        "no_sample",
        "sample_people",
        "not_empty",
        "no_shipping",
        "role_in_use",
        "no_such_repair",
        "refunded_more",
        "not_gone",
        "not_paid",
        "currency_differs",
    ];

    /// The codes that the source gives to errors.
    fn written(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                written(&entry, found);
            } else if entry.extension().is_some_and(|kind| kind == "rs") && !entry.ends_with("codes.rs") {
                let source = std::fs::read_to_string(&entry).unwrap();
                for opening in ["conflict(", "taken(", ".coded(", "Conflict {"] {
                    for (at, _) in source.match_indices(opening) {
                        let rest = source[at + opening.len()..].trim_start();
                        let literal = rest.strip_prefix("code: ").unwrap_or(rest).strip_prefix('"');
                        found.extend(literal.and_then(|rest| rest.split('"').next()).map(str::to_owned));
                    }
                }
            }
        }
    }

    /// Fails with a code that is in the source and not in the list, or the other way round.
    #[test]
    fn the_list_is_that_of_the_source() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        written(&here.join("src"), &mut found);
        written(&here.join("../src"), &mut found);
        let of_statuses = (400..600).filter_map(|n| StatusCode::from_u16(n).ok()).map(of_status);
        let ours = [INVALID, NOT_FOUND, UNKNOWN_FIELD, UNKNOWN_PARAMETER, UNREADABLE, WRONG_CREDENTIALS];
        found.extend(of_statuses.chain(ours).map(str::to_owned));
        found.extend(["barcode_taken", "sku_taken", "no_longer_sold"].map(str::to_owned));
        let listed: BTreeSet<String> = CODES.iter().map(|(word, ..)| (*word).to_owned()).collect();
        assert_eq!(listed.len(), CODES.len(), "none stands there twice");
        let unlisted: Vec<_> = found.difference(&listed).filter(|word| !OF_PAGES.contains(&word.as_str())).collect();
        assert!(unlisted.is_empty(), "not listed: {unlisted:?}");
        assert_eq!(listed.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "nowhere in the source");
    }

    #[test]
    fn the_manual_has_the_same_list() {
        let manual = include_str!("../../../docs/API.md");
        let rows: Vec<String> =
            CODES.iter().map(|(word, status, when)| format!("| `{word}` | {status} | {when} |")).collect();
        let missing: Vec<_> = rows.iter().filter(|row| !manual.contains(*row)).collect();
        assert!(missing.is_empty(), "docs/API.md lacks: {missing:#?}");
        let (_, list) = manual.split_once("| code | status | when |").unwrap();
        let said = list.lines().skip(2).take_while(|line| line.starts_with("| `")).count();
        assert_eq!(said, CODES.len());
    }
}
