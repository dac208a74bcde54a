//! Choosing among the variants of a product: every value of every option is a link to the page of the variant that it
//! leads to, so a choice stands in the address, with scripts and without.

use crate::storefront::paths::sku_query;
use crate::ui::money;
use crate::words::{Words, locale};
use leptos::prelude::*;
use shop::catalog::{ProductPage, Variant};
use std::collections::BTreeSet;

/// Where the links lead on the page: what was chosen, its price and its choices.
pub const PLACE: &str = "buy";

/// More values than this, and their prices do not stand beside them.
const PRICED: usize = 12;

pub struct Choices<'a> {
    product: &'a ProductPage,
    /// What the page shows: what its address asks for, or the first that can be bought.
    pub chosen: &'a Variant,
    /// The address of the page, without a choice.
    at: String,
}

/// What a value leads to.
struct Way<'a> {
    to: &'a Variant,
    /// All else that is chosen stays; otherwise there is no such variant, and this is the one most like it.
    is_exact: bool,
}

impl<'a> Choices<'a> {
    pub fn new(product: &'a ProductPage, sku: Option<&str>, at: String) -> Option<Self> {
        let asked = sku.and_then(|sku| product.variants.iter().find(|v| v.sku == sku));
        let chosen = asked.or_else(|| product.first_choice())?;
        Some(Self { product, chosen, at })
    }

    /// The values of all options.
    pub fn view(&self) -> impl IntoView + use<> {
        (0..self.product.options.len()).map(|place| self.option(place)).collect_view()
    }

    fn option(&self, place: usize) -> impl IntoView + use<> {
        let option = &self.product.options[place];
        let current = self.chosen.values.get(place).cloned().unwrap_or_default();
        let ways: Vec<_> = option.values.iter().map(|value| self.way(place, value)).collect();
        let prices = self.prices(&ways);
        let items = option
            .values
            .iter()
            .zip(ways)
            .enumerate()
            .filter_map(|(n, (value, way))| Some((n, value.clone(), way?)))
            .map(|(n, value, way)| {
                let is_chosen = value == current;
                let price = prices.then(|| money(way.to.price));
                let (class, words) = self.state(place, &way);
                view! {
                    <a
                        class=class
                        id=format!("choice-{}-{}", place + 1, n + 1)
                        href=format!("{}?{}#{PLACE}", self.at, sku_query(&way.to.sku))
                        aria-current=is_chosen.then_some("true")
                    >
                        <span class="choice__label">{value}</span>
                        {price
                            .map(|price| {
                                view! {
                                    " "
                                    <span class="choice__price">{price}</span>
                                }
                            })}
                        {words.map(|words| view! { <span class="visually-hidden">{words}</span> })}
                    </a>
                }
            })
            .collect_view();
        let id = format!("choices-{}", place + 1);
        view! {
            <div class="choices choices--pills" role="group" aria-labelledby=id.clone()>
                <p class="choices__legend" id=id.clone()>
                    {option.name.clone()}
                    ": "
                    <span>{current}</span>
                </p>
                <div class="choices__items">{items}</div>
            </div>
        }
    }

    /// How a value looks that cannot be bought together with what else is chosen, and what is said of it.
    fn state(&self, place: usize, way: &Way<'_>) -> (&'static str, Option<Words>) {
        match way {
            Way { is_exact: false, .. } => {
                let others = self.chosen.values.iter().enumerate().filter(|(other, _)| *other != place);
                let others: Vec<_> = others.map(|(_, value)| value.as_str()).collect();
                ("choice choice--missing", Some(t!("product-not-with", others = others.join(", "))))
            }
            Way { to, .. } if !to.in_stock => ("choice choice--gone", Some(t!("product-value-sold-out"))),
            _ => ("choice", None),
        }
    }

    /// Whether the values of an option differ in price, all else alike.
    fn prices(&self, ways: &[Option<Way<'_>>]) -> bool {
        let prices: BTreeSet<i64> = ways.iter().flatten().filter(|w| w.is_exact).map(|w| w.to.price.minor).collect();
        prices.len() > 1 && ways.len() <= PRICED
    }

    /// The variant with this value that is most like the chosen one, rather one that can be bought.
    fn way(&self, place: usize, value: &str) -> Option<Way<'a>> {
        let same = |v: &Variant| {
            let pairs = v.values.iter().zip(&self.chosen.values).enumerate();
            pairs.filter(|(i, (a, b))| *i != place && a == b).count()
        };
        let is_exact = |v: &Variant| same(v) + 1 == self.product.options.len();
        let with_value = self.product.variants.iter().filter(|v| v.values.get(place).is_some_and(|x| x == value));
        // the first of several that are alike
        let to = with_value.rev().max_by_key(|v| (is_exact(v), v.in_stock, same(v)))?;
        Some(Way { to, is_exact: is_exact(to) })
    }

    /// What was chosen, for those who hear it: `Black, 50 mm: £44.00. Only 3 left. SKU KB-3.`
    pub fn said(&self) -> Option<Words> {
        let it = self.chosen;
        let words = || {
            t!(
                "product-chosen",
                values = it.values.join(", "),
                price = it.price,
                stock = it.availability.say(locale()),
                sku = &it.sku
            )
        };
        (!it.values.is_empty()).then(words)
    }
}
