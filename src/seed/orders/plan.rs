//! Thinks the stories up: who buys what, and when. They come out the same every time.

use super::endings::{ENDINGS, Ending};
use super::story::{Frame, Line, Story, deeds};
use crate::catalog::ProductStatus;
use crate::id::{ProductId, VariantId};
use crate::seed::chance::Chance;
use crate::seed::people::{CUSTOMERS, GUESTS};
use crate::seed::products::{Planned, PlannedVariant};
use crate::settings::{Settings, ShippingMethod};
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// The stories of all orders, in the order in which they are placed.
pub struct Book(pub Vec<Story>);

impl Book {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Everything that is bought.
    pub fn products(&self) -> BTreeSet<ProductId> {
        self.lines().map(|(_, line)| line.product).collect()
    }

    /// How many of each variant are bought, the least of it zero, and do not come back.
    pub fn taken(&self) -> BTreeMap<VariantId, i32> {
        let mut taken = BTreeMap::new();
        for (story, line) in self.lines() {
            let quantity = if story.ending.comes_back() { 0 } else { line.quantity };
            *taken.entry(line.variant).or_default() += quantity;
        }
        taken
    }

    fn lines(&self) -> impl Iterator<Item = (&Story, &Line)> {
        self.0.iter().flat_map(|story| story.lines.iter().map(move |line| (story, line)))
    }
}

/// Thinks up all orders, as of `now`.
pub fn plan(settings: &Settings, products: &[Planned<'_>], now: DateTime<Utc>) -> Result<Book> {
    let endings = ENDINGS.iter().flat_map(|&(ending, count, (latest, earliest))| {
        (0..count).map(move |n| {
            let share = earliest - latest;
            let hours = latest + share * n as i64 / count.max(1) as i64;
            (ending, hours, share / count.max(1) as i64)
        })
    });
    let mut stories = Vec::new();
    for (n, (ending, hours, spread)) in endings.enumerate() {
        let mut chance = Chance::of(&format!("order {n}"));
        let minutes = match ending {
            Ending::Fresh => chance.between(2, 20),
            _ => hours * 60 + chance.between(0, spread * 60),
        };
        let placed_at = now - TimeDelta::minutes(minutes);
        let story = think_up(settings, products, Outset { n, ending, placed_at, now }, chance)?;
        stories.push((placed_at, story));
    }
    stories.sort_by_key(|(placed_at, _)| *placed_at);
    Ok(Book(stories.into_iter().map(|(_, story)| story).collect()))
}

struct Outset {
    n: usize,
    ending: Ending,
    placed_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

fn think_up(settings: &Settings, products: &[Planned<'_>], outset: Outset, mut chance: Chance) -> Result<Story> {
    const NOTES: [&str; 5] = [
        "Please leave it with the neighbour at number 16 if I am out.",
        "The gate code is 4471.",
        "No hurry: the hinges are for the spring.",
        "It is a present; please put no invoice in the box.",
        "Ring before you deliver, the lane is narrow.",
    ];
    let Outset { n, ending, placed_at, now } = outset;
    let is_customer = chance.percent(60);
    let buyer = if is_customer { chance.pick(&CUSTOMERS) } else { chance.pick(&GUESTS) };
    let lines = choose(products, ending, placed_at, &mut chance)?;
    let method = shipping_method(settings, ending, &mut chance)?;
    let home = chance.pick(buyer.homes);
    let note = if chance.percent(15) { chance.pick::<&str>(&NOTES) } else { "" };
    let hold = TimeDelta::minutes(settings.order_hold_minutes.into());
    Ok(Story {
        key: format!("sample-order-{n}"),
        buyer,
        is_customer,
        home,
        lines,
        shipping_method: method.code.clone(),
        note,
        ending,
        deeds: deeds(Frame { now, hold }, ending, placed_at, chance)?,
    })
}

/// One to four different things that were on sale then.
fn choose(
    products: &[Planned<'_>],
    ending: Ending,
    placed_at: DateTime<Utc>,
    chance: &mut Chance,
) -> Result<Vec<Line>> {
    let on_sale = |p: &&Planned<'_>| {
        p.data.status == ProductStatus::Published && p.published_at.is_some_and(|published| published < placed_at)
    };
    let on_sale = products.iter().filter(on_sale).collect::<Vec<_>>();
    let enough = |v: &&PlannedVariant<'_>| !ending.comes_back() || v.data.stock >= 20;
    let wanted = if ending == Ending::PartlyShipped { 3 } else { *chance.pick(&[1, 1, 1, 2, 2, 3, 4]) };
    let mut lines: Vec<Line> = Vec::new();
    while lines.len() < wanted {
        let product = *on_sale.get(chance.below(on_sale.len())).ok_or_else(nothing_on_sale)?;
        let variants = product.variants.iter().filter(enough).collect::<Vec<_>>();
        let Some(&variant) = variants.get(chance.below(variants.len())) else { continue };
        if lines.iter().any(|line| line.product == product.id) {
            continue;
        }
        let most = if variant.price.minor < 5_00 { 6 } else { 2 };
        let quantity = chance.between(1, most) as i32;
        lines.push(Line { product: product.id, variant: variant.id, quantity });
    }
    Ok(lines)
}

fn nothing_on_sale() -> Error {
    Error::internal("the sample catalogue had nothing on sale then")
}

fn shipping_method<'a>(settings: &'a Settings, ending: Ending, chance: &mut Chance) -> Result<&'a ShippingMethod> {
    let methods = settings.methods_to("GB");
    let collect = methods.iter().find(|m| m.code == "collect");
    let sent = methods.iter().filter(|m| m.code != "collect").collect::<Vec<_>>();
    let method = match (ending, collect) {
        (Ending::Collected, Some(method)) => Some(*method),
        // most choose the cheapest, which comes first
        _ if chance.percent(75) => sent.first().map(|m| **m),
        _ => sent.last().map(|m| **m),
    };
    method.or(methods.first().copied()).ok_or_else(|| {
        Error::conflict(
            "no_shipping",
            "The settings have no shipping method that reaches Britain; the sample's orders need one",
        )
    })
}
