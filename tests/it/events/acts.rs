//! What is written into the audit log is told to the world, or there is a reason why not.

use proc_macro2::{TokenStream, TokenTree};
use shop::events::TOPICS;
use shop::orders::OrderStatus;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What the world hears of an act of the audit log.
enum Heard {
    As(&'static [&'static str]),
    /// Nothing, for a reason.
    Not(&'static str),
}
use Heard::{As, Not};

const OWN_BUSINESS: &str = "a sign-in is between an account and the shop";
const WEBHOOKS: &str = "one receiver shall not learn which others there are";
const QUEUE: &str = "the queue is the shop's own business; what a job does is told by what it does";

const ACTS: &[(&str, Heard)] = &[
    ("order.paid", As(&["order.paid"])),
    ("order.processing", As(&["order.processing"])),
    ("order.shipped", As(&["order.shipped"])),
    ("order.delivered", As(&["order.delivered"])),
    ("order.completed", As(&["order.completed"])),
    ("order.cancelled", As(&["order.cancelled"])),
    ("order.refunded", As(&["order.refunded"])),
    ("order.pending", Not("no move leads back there")),
    ("order.pay", As(&["order.paid"])),
    ("order.correct", As(&["order.corrected"])),
    ("order.ship", As(&["shipment.created"])),
    ("order.refund", As(&["refund.created"])),
    ("order.hand_back", As(&["refund.succeeded"])),
    ("order.note", Not("a note among staff")),
    ("payment.repair", Not("how it is repaired is told by what that does: payments that are settled, refunds")),
    ("payment.dismiss", Not("our books stay as they are")),
    ("card.remove", Not("the card is the provider's, and the shopper's own business")),
    ("inventory.receive", As(&["stock.changed"])),
    ("inventory.adjust", As(&["stock.changed"])),
    ("product.create", As(&["product.created"])),
    ("product.duplicate", As(&["product.created"])),
    ("product.edit", As(&["product.updated"])),
    ("product.publish", As(&["product.published"])),
    ("product.unpublish", As(&["product.unpublished"])),
    ("product.archive", As(&["product.archived"])),
    ("product.restore", As(&["product.restored"])),
    ("product.delete", As(&["product.deleted"])),
    ("product.picture_add", As(&["product.pictures_changed"])),
    ("product.picture_edit", As(&["product.pictures_changed"])),
    ("product.picture_order", As(&["product.pictures_changed"])),
    ("product.picture_remove", As(&["product.pictures_changed"])),
    ("product.picture_retry", Not("a picture that comes in is told of when it does")),
    ("category.create", As(&["category.created"])),
    ("category.edit", As(&["category.updated"])),
    ("category.move", As(&["category.moved"])),
    ("category.activate", As(&["category.updated"])),
    ("category.deactivate", As(&["category.updated"])),
    ("category.picture_set", As(&["category.updated"])),
    ("category.picture_remove", As(&["category.updated"])),
    ("category.delete", As(&["category.deleted"])),
    ("picture.upload", As(&["picture.uploaded"])),
    ("picture.delete", As(&["picture.deleted"])),
    ("import.start", Not("its end is told: import.finished")),
    ("user.register", As(&["account.registered"])),
    ("customer.create", As(&["account.registered"])),
    ("user.verify_email", As(&["account.verified"])),
    ("user.edit", As(&["account.updated"])),
    ("user.change_email", As(&["account.email_changed"])),
    ("user.change_password", As(&["account.password_changed"])),
    ("user.reset_password", As(&["account.password_changed"])),
    ("customer.deactivate", As(&["account.closed"])),
    ("customer.activate", As(&["account.reopened"])),
    ("user.sign_in", Not(OWN_BUSINESS)),
    ("user.sign_in_throttled", Not(OWN_BUSINESS)),
    ("session.end", Not(OWN_BUSINESS)),
    ("notification.preferences", Not("what somebody is told of is their own business")),
    ("session.end_others", Not(OWN_BUSINESS)),
    ("session.token_reused", Not("its owner gets a mail; whoever stole the token shall not read that it was noticed")),
    ("staff.create", As(&["staff.created"])),
    ("staff.join", As(&["staff.joined"])),
    ("staff.edit", As(&["staff.updated", "account.closed", "account.reopened"])),
    ("staff.replace_role", As(&["staff.updated"])),
    ("staff.withdraw", As(&["staff.withdrawn"])),
    ("staff.invite_again", Not("the same invitation, mailed once more")),
    ("staff.sign_out", Not(OWN_BUSINESS)),
    ("role.create", As(&["role.created"])),
    ("role.edit", As(&["role.updated"])),
    ("role.delete", As(&["role.deleted"])),
    ("api_key.create", As(&["api_key.created"])),
    ("api_key.revoke", As(&["api_key.revoked"])),
    ("settings.update", As(&["settings.changed"])),
    ("channel_key.rotate", Not("clients look for the shop's keys themselves")),
    ("webhook.create", Not(WEBHOOKS)),
    ("webhook.edit", Not(WEBHOOKS)),
    ("webhook.delete", Not(WEBHOOKS)),
    ("webhook.pause", Not(WEBHOOKS)),
    ("webhook.resume", Not(WEBHOOKS)),
    ("webhook.rotate_secret", Not(WEBHOOKS)),
    ("webhook.add_key", Not(WEBHOOKS)),
    ("webhook.activate_key", Not(WEBHOOKS)),
    ("webhook.deactivate_key", Not(WEBHOOKS)),
    ("webhook.remove_key", Not(WEBHOOKS)),
    ("webhook.redeliver", Not("what it sends was told before")),
    ("webhook.replay", Not("what it sends was told before")),
    ("webhook.send_test", As(&["webhook.tested"])),
    ("job.retry", Not(QUEUE)),
    ("job.retry_all", Not(QUEUE)),
    ("job.delete", Not(QUEUE)),
    ("sample.begin", Not("the sample is laid down before anybody listens")),
    ("sample.seed", Not("the sample is laid down before anybody listens")),
];

/// Fails when an act comes into the audit log without a line above: with its event, or with the reason why it has none.
#[test]
fn every_act_has_its_event_or_a_reason() {
    let mut acts: BTreeMap<String, String> = BTreeMap::new();
    for (file, source) in sources() {
        acts.extend(acts_of(&source).into_iter().map(|act| (act, file.clone())));
    }
    acts.extend(OrderStatus::ALL.map(|status| (format!("order.{}", status.word()), "the moves of an order".into())));
    assert!(acts.len() > 60, "the sources are looked at");
    let unheard: Vec<_> = acts.iter().filter(|(act, _)| !ACTS.iter().any(|(known, _)| known == act)).collect();
    assert!(unheard.is_empty(), "give these an event, or say above why they have none: {unheard:?}");
    let gone: Vec<_> = ACTS.iter().map(|(act, _)| *act).filter(|act| !acts.contains_key(*act)).collect();
    assert!(gone.is_empty(), "nobody writes these into the audit log any more: {gone:?}");
    for (act, heard) in ACTS {
        match heard {
            As(topics) => {
                assert!(!topics.is_empty(), "{act} has no topic");
                for topic in *topics {
                    assert!(TOPICS.iter().any(|known| known.name == *topic), "{act}: there is no topic {topic}");
                }
            }
            Not(why) => assert!(why.len() > 10, "{act}: that is no reason"),
        }
    }
}

/// Fails when a topic is in the catalogue that nobody records, and when one is written as a text elsewhere.
#[test]
fn every_topic_is_recorded_and_named_in_one_place() {
    let sources = sources();
    let texts: Vec<_> = sources.iter().map(|(file, source)| (file, literals(source))).collect();
    for topic in TOPICS {
        let variant = format!("Event::{}", topic.variant);
        // not `Event::OrderPaid` where only `Event::OrderPaidLater` stands
        let names_it = |source: &str| {
            source.match_indices(&variant).any(|(at, _)| {
                !source[at + variant.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
            })
        };
        assert!(sources.iter().any(|(_, source)| names_it(source)), "nobody records {}", topic.name);
        for (file, texts) in &texts {
            let is_written = texts.contains(topic.name) && !ACTS.iter().any(|(act, _)| *act == topic.name);
            assert!(!is_written, "{file} writes {} as a text", topic.name);
        }
    }
}

/// Fails when acts are not found in the sources.
#[test]
fn acts_are_found() {
    let source = r#"
        act!(shop, who, "order.pack", |act| {
            let entry = Entry { action: "gift.wrap", entity_type: "gift", entity_id };
            announce(act, "order.wrap", "page.html", "an order.");
        })
    "#;
    assert_eq!(acts_of(source), BTreeSet::from(["gift.wrap".to_owned(), "order.wrap".to_owned()]));
}

/// All files of `src/` but the catalogue itself.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path == root.join("events") || path == root.join("testing") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                sources.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

/// What a file may write into the audit log: what stands as `action`, and each text of the form `entity.verb` about
/// something that acts or topics are about. The name of an `act!` is for the log of the program alone.
fn acts_of(source: &str) -> BTreeSet<String> {
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let about: BTreeSet<String> =
        ACTS.iter().map(|(act, _)| first(act)).chain(TOPICS.iter().map(|t| first(t.name))).collect();
    let mut found = BTreeSet::new();
    read(source.parse().unwrap(), &mut |name, is_action| {
        let is_one = name.split('.').count() == 2
            && name.split('.').all(|word| !word.is_empty())
            && name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'));
        if is_one && (is_action || about.contains(&first(name))) {
            found.insert(name.to_owned());
        }
    });
    found
}

fn literals(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    read(source.parse().unwrap(), &mut |text, _| {
        found.insert(text.to_owned());
    });
    found
}

/// Hands on each text, and whether it stands as `action: "…"`; without the names of `act!`.
fn read(tokens: TokenStream, found: &mut impl FnMut(&str, bool)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if is_act(&tokens[..at]) => {
                for inner in group.stream() {
                    if let TokenTree::Group(group) = inner {
                        read(group.stream(), found);
                    }
                }
            }
            TokenTree::Group(group) => read(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { continue };
                found(text, is_named(&tokens[..at], "action"));
            }
            _ => {}
        }
    }
}

fn is_act(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if name == "act" && mark.as_char() == '!')
}

fn is_named(before: &[TokenTree], field: &str) -> bool {
    matches!(before, [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if name == field && mark.as_char() == ':')
}
