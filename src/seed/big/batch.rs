//! Made-up products as lines for `copy`, in PostgreSQL's text format.

use super::words::{ADJECTIVES, CLOSINGS, MIDDLES, OPENINGS, PACKS, RANGES, SUMMARIES};
use crate::input::slugify;
use crate::seed::chance::Chance;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Write;
use uuid::Uuid;

/// A product of the sample that others are made like.
pub struct Model {
    /// `claw hammer`, as it stands inside a name.
    pub noun: String,
    pub category: Uuid,
    pub tags: Vec<String>,
    pub paragraphs: Vec<String>,
    /// As stored, without the last bracket.
    pub specifications: String,
    pub option: Option<(String, Vec<String>)>,
    /// In minor units.
    pub price: i64,
    pub weight_grams: i32,
    pub files: Vec<Uuid>,
}

/// What all lots share.
pub struct Maker {
    pub models: Vec<Model>,
    pub brands: Vec<String>,
    pub location: Uuid,
    pub now: DateTime<Utc>,
}

/// Lines for each table.
#[derive(Default)]
pub struct Batch {
    pub products: String,
    pub options: String,
    pub values: String,
    pub variants: String,
    pub levels: String,
    pub movements: String,
    pub images: String,
}

/// In 2001, as version 7 counts time: before the id of anything that was really made.
const EPOCH: u64 = 1_000_000_000_000;

/// The id of the nth row of a table: in ascending order, so that they lie together in their index.
fn counted(table: u8, n: u64) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(EPOCH + n, &[0x40, table, 0, 0, 0, 0, 0, 0, 0, 1]).into_uuid()
}

pub fn product_id(n: u64) -> Uuid {
    counted(1, n)
}

/// Which product has this id.
pub fn product_number(id: Uuid) -> Option<u64> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let millis = seconds * 1_000 + u64::from(nanos) / 1_000_000;
    millis.checked_sub(EPOCH).filter(|n| product_id(*n) == id)
}

struct Sold<'a> {
    value: Option<&'a str>,
    /// Hundredths of the product's price.
    factor: i64,
}

impl Maker {
    pub fn batch(&self, numbers: std::ops::Range<u64>) -> Batch {
        let mut batch = Batch::default();
        for n in numbers {
            self.make(n, &mut batch);
        }
        batch
    }

    fn make(&self, n: u64, batch: &mut Batch) {
        let mut chance = Chance::numbered(n);
        let models = self.models.len() as u64;
        let model = &self.models[(n % models) as usize];
        // a prime step goes round all pairs of range and adjective before one comes again
        let pair = (n / models * 1_103 + n % models * 31) as usize % (RANGES.len() * ADJECTIVES.len());
        let (range, adjective) = (RANGES[pair % RANGES.len()], ADJECTIVES[pair / RANGES.len()]);
        let what = format!("{adjective} {}", model.noun);
        let (sold, option, suffix) = choices(model, &mut chance);
        let name = match suffix {
            Some(size) => format!("{range} {what}, {size}"),
            None => format!("{range} {what}"),
        };

        let id = product_id(n);
        let published = self.now - TimeDelta::minutes(chance.between(60, 3 * 365 * 1440));
        let published_at = time(published);
        let created_at = time(published - TimeDelta::minutes(chance.between(60, 6_000)));
        let updated_at = time(published + (self.now - published) / 8 * chance.between(0, 7) as i32);
        let status = match chance.below(50) {
            0 => "draft",
            1 => "archived",
            _ => "published",
        };
        let fill = |text: &str| text.replace("{what}", &what).replace("{range}", range);
        line(&mut batch.products, |to| {
            id_field(to, id);
            text_field(to, &name);
            write!(to, "{}-{n}\t", slugify(&name)).ok();
            text_field(to, &fill(chance.pick::<&str>(&SUMMARIES)));
            let [middle, closing] = [*chance.pick(&MIDDLES), *chance.pick(&CLOSINGS)];
            let own = model.paragraphs.get(chance.below(model.paragraphs.len())).map_or("", String::as_str);
            text_field(to, &format!("{} {middle}\n\n{own} {closing}", fill(chance.pick::<&str>(&OPENINGS))));
            text_field(to, status);
            id_field(to, model.category);
            text_field(to, chance.pick::<String>(&self.brands));
            text_field(to, &format!("{{{}}}", model.tags.join(",")));
            text_field(to, &format!(r#"{}, {{"name": "Pattern", "value": "{range} {n}"}}]"#, model.specifications));
            text_field(to, if chance.below(2_000) == 0 { "t" } else { "f" });
            text_field(to, if status == "draft" { "\\N" } else { &published_at });
            text_field(to, &created_at);
            text_field(to, &updated_at);
        });
        if let Some(option) = option {
            let option_id = counted(2, n);
            line(&mut batch.options, |to| {
                id_field(to, option_id);
                id_field(to, id);
                text_field(to, option);
                text_field(to, "1");
            });
            for (at, sold) in sold.iter().enumerate() {
                line(&mut batch.values, |to| {
                    id_field(to, counted(3, n * 4 + at as u64));
                    id_field(to, option_id);
                    text_field(to, sold.value.unwrap_or_default());
                    number(to, at as i64 + 1);
                });
            }
        }

        let price = nice(model.price * chance.between(60, 190) / 100);
        let on_offer = chance.percent(10);
        let mut prefix = range.to_ascii_uppercase();
        prefix.truncate(3);
        for (at, sold) in sold.iter().enumerate() {
            let variant = counted(4, n * 4 + at as u64);
            let price = nice(price * sold.factor / 100);
            line(&mut batch.variants, |to| {
                id_field(to, variant);
                id_field(to, id);
                write!(to, "{prefix}-{n:06}-{}\t", at + 1).ok();
                text_field(to, sold.value.unwrap_or("\\N"));
                number(to, price);
                match on_offer {
                    true => number(to, nice(price * 125 / 100).max(price + 1)),
                    false => text_field(to, "\\N"),
                }
                number(to, price * 55 / 100);
                number(to, i64::from(model.weight_grams) * sold.factor / 100);
                write!(to, "21{:011}\t", n * 4 + at as u64).ok();
                number(to, at as i64 + 1);
                text_field(to, &created_at);
                text_field(to, &updated_at);
            });
            self.stock(n * 4 + at as u64, variant, id, [&created_at, &updated_at], &mut chance, batch);
        }

        let pictures = model.files.len().min(if chance.percent(30) { 2 } else { 1 });
        for at in 0..pictures {
            let file = model.files[(chance.below(model.files.len()) + at) % model.files.len()];
            line(&mut batch.images, |to| {
                id_field(to, counted(6, n * 2 + at as u64));
                id_field(to, id);
                id_field(to, file);
                text_field(to, &name);
                number(to, at as i64 + 1);
                text_field(to, &created_at);
            });
        }
    }

    /// A level and how it came to be: a tenth is sold out, a sixth is low.
    fn stock(
        &self,
        n: u64,
        variant: Uuid,
        product: Uuid,
        [first, last]: [&str; 2],
        chance: &mut Chance,
        batch: &mut Batch,
    ) {
        let on_hand = match chance.below(60) {
            0..6 => 0,
            6..16 => chance.between(1, 5),
            _ => chance.between(6, 400),
        };
        line(&mut batch.levels, |to| {
            id_field(to, variant);
            id_field(to, product);
            id_field(to, self.location);
            number(to, on_hand);
            text_field(to, last);
        });
        // some more came than are left
        let lost = if on_hand == 0 || chance.percent(12) { chance.between(1, 3) } else { 0 };
        let mut movement = |step: u64, kind: &str, delta: i64, after: i64, reason: &str, at: &str| {
            line(&mut batch.movements, |to| {
                id_field(to, counted(5, n * 2 + step));
                id_field(to, variant);
                id_field(to, self.location);
                text_field(to, kind);
                number(to, delta);
                text_field(to, "0");
                number(to, after);
                text_field(to, "0");
                text_field(to, reason);
                text_field(to, "system");
                text_field(to, "System");
                text_field(to, at);
            });
        };
        movement(0, "received", on_hand + lost, on_hand + lost, "Opening stock", first);
        if lost > 0 {
            movement(1, "adjusted", -lost, on_hand, "Counted at the stock-take", last);
        }
    }
}

/// In what a product is sold: its variants, the name of the option, and what its name ends in when there is no choice.
fn choices<'a>(model: &'a Model, chance: &mut Chance) -> (Vec<Sold<'a>>, Option<&'a str>, Option<&'a str>) {
    let one = || vec![Sold { value: None, factor: 100 }];
    match &model.option {
        Some((_, values)) if chance.percent(35) => {
            let size = values.get(chance.below(values.len()));
            (one(), None, size.map(String::as_str))
        }
        Some((name, values)) => {
            let step = chance.between(0, 30);
            let sold =
                values.iter().take(4).zip(0..).map(|(value, at)| Sold { value: Some(value), factor: 100 + at * step });
            (sold.collect(), Some(name), None)
        }
        None if chance.percent(60) => (one(), None, None),
        None => {
            let packs = PACKS.iter().take(chance.between(2, 4) as usize);
            (packs.map(|&(value, factor)| Sold { value: Some(value), factor }).collect(), Some("Pack"), None)
        }
    }
}

/// A price as one is put on a shelf: £7.95, £12.50, £140.
fn nice(price: i64) -> i64 {
    match price {
        ..=99 => price.max(10),
        100..2_000 => price / 50 * 50 + 45,
        2_000..10_000 => price / 50 * 50,
        _ => price / 500 * 500,
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S+00").to_string()
}

/// Writes a line of fields, each of which ends in a tab.
fn line(to: &mut String, fields: impl FnOnce(&mut String)) {
    fields(to);
    to.pop();
    to.push('\n');
}

fn id_field(to: &mut String, id: Uuid) {
    to.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    to.push('\t');
}

fn number(to: &mut String, n: i64) {
    write!(to, "{n}\t").ok();
}

/// <https://www.postgresql.org/docs/current/sql-copy.html>, "Text Format". `\N` alone is null.
fn text_field(to: &mut String, text: &str) {
    if text == "\\N" || !text.contains(['\\', '\t', '\n']) {
        to.push_str(text);
    } else {
        to.push_str(&text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"));
    }
    to.push('\t');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_products_by_their_id() {
        assert_eq!(product_number(product_id(0)), Some(0));
        assert_eq!(product_number(product_id(99_999)), Some(99_999));
        assert!(product_id(1) > product_id(0));
        assert_eq!(product_number(crate::id::ProductId::new().0), None);
        assert_eq!(product_number(crate::seed::chance::stable("product", "hammer")), None);
    }
}
