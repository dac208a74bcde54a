//! Sixty orders of the last ninety days, of customers and guests, in every status an order can have.

mod endings;
mod rows;
mod tale;

use super::chance::{Chance, stable};
use super::movements::Move;
use super::people::{self, CUSTOMERS, GUESTS, People, Person};
use super::pictures::Drawn;
use super::products::{Planned, PlannedVariant};
use crate::actors::Actor;
use crate::catalog::{Picture, ProductStatus};
use crate::id::{OrderId, UserId};
use crate::jobs::{self, Job, JobOptions};
use crate::lifecycle::OrderStatus;
use crate::pricing::Totals;
use crate::settings::{self, Settings, ShippingMethod};
use crate::{Act, Error, Money, Result, Shop, secret_token};
use chrono::{DateTime, TimeDelta, Utc};
use endings::{ENDINGS, Ending};
use rows::{ItemRow, OrderRow, Rows};
use serde_json::json;
use tale::Tale;

/// What orders are made from.
pub struct Scene<'a> {
    pub shop: &'a Shop,
    pub products: &'a [Planned<'a>],
    pub people: &'a People,
    pub drawn: &'a Drawn,
}

/// A customer, or a guest.
struct Buyer {
    person: &'static Person,
    user: Option<UserId>,
}

impl Buyer {
    fn acts(&self) -> Actor {
        match self.user {
            Some(_) => people::actor("customer", self.user, self.person),
            None => Actor { kind: "visitor", id: None, name: "Guest".into(), ip: None, request_id: None },
        }
    }
}

/// Orders that were thought up and wait to be written.
pub struct Book {
    rows: Rows,
    /// What they did to the stock.
    pub moves: Vec<Move>,
}

impl Book {
    pub fn len(&self) -> usize {
        self.rows.orders.len()
    }

    pub async fn write(self, act: &mut Act<'_>) -> Result<()> {
        let held = self.rows.orders.iter().filter_map(|o| Some((o.id, o.reserved_until?))).collect::<Vec<_>>();
        self.rows.write(act).await?;
        for (order, until) in held {
            let spec = JobOptions { run_at: Some(until), ..JobOptions::unique(format!("lapse-order:{order}")) };
            jobs::enqueue_with(act, &Job::LapseOrder { order }, spec)?;
        }
        Ok(())
    }
}

/// Thinks up all orders.
pub async fn think_up(act: &mut Act<'_>, scene: &Scene<'_>) -> Result<Book> {
    let settings = settings::load_in(act).await?;
    let endings = ENDINGS.iter().flat_map(|&(ending, count, (latest, earliest))| {
        (0..count).map(move |n| {
            let share = earliest - latest;
            let hours = latest + share * n as i64 / count.max(1) as i64;
            (ending, hours, share / count.max(1) as i64)
        })
    });
    let mut book = Book { rows: Rows::default(), moves: Vec::new() };
    for (n, (ending, hours, spread)) in endings.enumerate() {
        let mut chance = Chance::of(&format!("order {n}"));
        let minutes = match ending {
            Ending::Fresh => chance.between(2, 20),
            _ => hours * 60 + chance.between(0, spread * 60),
        };
        let placed_at = scene.shop.clock.now() - TimeDelta::minutes(minutes);
        scene.tell(&settings, n, ending, placed_at, chance, &mut book)?;
    }
    Ok(book)
}

impl Scene<'_> {
    fn tell(
        &self,
        settings: &Settings,
        n: usize,
        ending: Ending,
        placed_at: DateTime<Utc>,
        mut chance: Chance,
        book: &mut Book,
    ) -> Result<()> {
        let buyer = self.buyer(&mut chance);
        let id = OrderId(stable("order", &n.to_string()));
        let items = self.items(id, ending, placed_at, &mut chance)?;
        let method = shipping(settings, ending, &mut chance)?;
        let goods = Money::sum(self.shop.currency, items.iter().map(|i| Money::new(i.line_total, self.shop.currency)))?;
        let totals = Totals::of(settings, "GB", method, goods)?;
        let order = order(id, &buyer, method, &totals, placed_at, &mut chance);
        let mut tale = Tale::begin(order, items, self.shop.currency, buyer.acts(), chance);
        self.go_on(&mut tale, ending, settings)?;
        tale.end(self.shop.clock.now(), &mut book.rows, &mut book.moves)
    }

    fn buyer(&self, chance: &mut Chance) -> Buyer {
        match chance.percent(60) {
            true => {
                let person = chance.pick(&CUSTOMERS);
                Buyer { person, user: self.people.id(person) }
            }
            false => Buyer { person: chance.pick(&GUESTS), user: None },
        }
    }

    /// One to four different things that were on sale then.
    fn items(
        &self,
        order: OrderId,
        ending: Ending,
        placed_at: DateTime<Utc>,
        chance: &mut Chance,
    ) -> Result<Vec<ItemRow>> {
        let on_sale = |p: &&Planned<'_>| {
            p.data.status == ProductStatus::Published && p.published_at.is_some_and(|published| published < placed_at)
        };
        let on_sale = self.products.iter().filter(on_sale).collect::<Vec<_>>();
        let enough = |v: &&PlannedVariant<'_>| !ending.comes_back() || v.data.stock >= 20;
        let wanted = if ending == Ending::PartlyShipped { 3 } else { *chance.pick(&[1, 1, 1, 2, 2, 3, 4]) };
        let mut items: Vec<ItemRow> = Vec::new();
        while items.len() < wanted {
            let product = *on_sale.get(chance.below(on_sale.len())).ok_or_else(nothing_on_sale)?;
            let variants = product.variants.iter().filter(enough).collect::<Vec<_>>();
            let Some(&variant) = variants.get(chance.below(variants.len())) else { continue };
            if items.iter().any(|item| item.product_id == product.id) {
                continue;
            }
            let most = if variant.price.minor < 5_00 { 6 } else { 2 };
            let quantity = chance.between(1, most) as i32;
            items.push(self.item(order, items.len(), product, variant, quantity)?);
        }
        Ok(items)
    }

    fn item(
        &self,
        order: OrderId,
        n: usize,
        product: &Planned<'_>,
        variant: &PlannedVariant<'_>,
        quantity: i32,
    ) -> Result<ItemRow> {
        let data = product.data;
        let file = self.drawn.file(&data.picture_of(variant.data).unwrap_or_else(|| data.picture.clone()))?;
        let picture =
            Picture { hash: file.hash.to_string(), width: file.width, height: file.height, alt: data.name.clone() };
        let chosen = data.options.iter().zip(&variant.data.values);
        let options = chosen.map(|(option, value)| json!({ "name": option.name, "value": value })).collect::<Vec<_>>();
        Ok(ItemRow {
            id: tale::item_id(order, n),
            order_id: order,
            variant_id: variant.id,
            product_id: product.id,
            position: n + 1,
            sku: variant.data.sku.clone(),
            name: data.name.clone(),
            variant_name: variant.data.values.join(" / "),
            unit_price: variant.price.minor,
            quantity,
            line_total: variant.price.times(quantity.into())?.minor,
            snapshot: json!({
                "slug": data.slug, "brand": data.brand, "summary": data.summary, "barcode": variant.data.barcode,
                "weightGrams": variant.data.weight_grams, "picture": picture, "options": options,
            }),
            reserved_quantity: 0,
            shipped_quantity: 0,
            returned_quantity: 0,
        })
    }

    fn go_on(&self, tale: &mut Tale, ending: Ending, settings: &Settings) -> Result<()> {
        use Ending::*;
        let (packer, support, manager) =
            (self.people.staff("Fulfilment"), self.people.staff("Support"), self.people.staff("Manager"));
        let now = self.shop.clock.now();
        match ending {
            Fresh => {
                let hold = TimeDelta::minutes(settings.order_hold_minutes.max(25).into());
                tale.hold_until(tale.order.created_at + hold);
                return Ok(());
            }
            Promised => {
                tale.hold_until(now + TimeDelta::days(4));
                tale.wait(20, 180);
                tale.remark("Rang: the card does not work, will transfer the money. Held for some days.", &support);
                return Ok(());
            }
            Expired | Failed => {
                tale.wait(2, 6);
                if ending == Failed {
                    tale.decline()?;
                }
                tale.wait(28, 33);
                return tale.give_up(if ending == Failed { "failed" } else { "expired" });
            }
            OnAccount | Transferred => {
                tale.wait(15, 90);
                tale.accept_offline("Will be paid by transfer", &manager)?;
                if ending == OnAccount {
                    return Ok(());
                }
                tale.wait(1_500, 2_500);
                tale.pay_offline(&manager)?;
            }
            SecondTry => {
                tale.wait(2, 5);
                tale.decline()?;
                tale.wait(1, 4);
                tale.pay()?;
            }
            _ => {
                tale.wait(1, 9);
                tale.pay()?;
            }
        }
        match ending {
            Paid => return Ok(()),
            Withdrawn => {
                tale.wait(60, 600);
                return tale.refund_all("Bought at another shop meanwhile", false, &support);
            }
            CalledOff => {
                tale.wait(60, 1_200);
                return tale.call_off("Ordered twice by mistake", &support);
            }
            Transferred => {}
            _ => {
                tale.wait(40, 1_200);
                tale.process(&packer)?;
            }
        }
        match ending {
            Processing => return Ok(()),
            Collected => {
                tale.wait(120, 2_800);
                return tale.complete("Picked up at the counter", &packer);
            }
            PartlyShipped => {
                tale.wait(60, 600);
                tale.ship_first_line(&packer);
                return Ok(());
            }
            _ => {
                tale.wait(90, 1_400);
                tale.ship(&packer)?;
            }
        }
        if ending == Shipped {
            return Ok(());
        }
        tale.wait(1_200, 3_200);
        tale.deliver(&packer)?;
        match ending {
            Delivered => return Ok(()),
            Returned => {
                tale.wait(4_000, 9_000);
                return tale.refund_all("Sent back: the wrong size", true, &support);
            }
            Broken => {
                tale.wait(600, 2_000);
                return tale.refund_all("Arrived broken", false, &support);
            }
            _ => {}
        }
        tale.wait(4_000, 12_000);
        tale.complete("", &manager)?;
        if ending == PartlyRefunded {
            tale.wait(100, 4_000);
            tale.refund_one("One piece had a flaw; a part of the price back", &support)?;
        }
        Ok(())
    }
}

fn order(
    id: OrderId,
    buyer: &Buyer,
    method: &ShippingMethod,
    totals: &Totals,
    placed_at: DateTime<Utc>,
    chance: &mut Chance,
) -> OrderRow {
    const NOTES: [&str; 5] = [
        "Please leave it with the neighbour at number 16 if I am out.",
        "The gate code is 4471.",
        "No hurry: the hinges are for the spring.",
        "It is a present; please put no invoice in the box.",
        "Ring before you deliver, the lane is narrow.",
    ];
    let address = buyer.person.address(chance.pick(buyer.person.homes));
    OrderRow {
        id,
        user_id: buyer.user,
        email: buyer.person.email.into(),
        access_key: secret_token(),
        status: OrderStatus::Pending,
        currency: totals.currency.code(),
        subtotal: totals.subtotal.minor,
        tax: totals.tax.minor,
        tax_included: totals.tax_included.minor,
        tax_rate: totals.tax_rate.millionths(),
        shipping: totals.shipping.minor,
        total: totals.total.minor,
        shipping_method: method.code.clone(),
        shipping_method_name: method.name.clone(),
        billing_address: address.clone(),
        shipping_address: address,
        customer_note: if chance.percent(15) { chance.pick::<&str>(&NOTES) } else { "" },
        reserved_until: None,
        paid_at: None,
        delivered_at: None,
        cancelled_at: None,
        cancel_reason: None,
        created_at: placed_at,
        updated_at: placed_at,
    }
}

fn shipping<'a>(settings: &'a Settings, ending: Ending, chance: &mut Chance) -> Result<&'a ShippingMethod> {
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

fn nothing_on_sale() -> Error {
    Error::internal("the sample catalogue had nothing on sale then")
}
