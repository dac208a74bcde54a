//! Choosing among the variants of a product, without scripts: a link for each value of an option leads to the page of that
//! variant; the last option is a group of radio buttons in the form itself, with price and stock beside each, unless its
//! values look different, when it is links too.

use leptos::prelude::*;
use shop::catalog::{ProductPage, Variant};
use std::collections::{BTreeMap, BTreeSet};

pub struct Choices<'a> {
    product: &'a ProductPage,
    /// What the page shows: what its address asks for, or the first that can be bought.
    pub chosen: &'a Variant,
    pub last: Last<'a>,
    /// The address asks for it.
    asked: bool,
    /// The address of the page, without a choice.
    at: String,
}

/// How the last option is chosen.
pub enum Last<'a> {
    /// By radio buttons, or by a list when there are many.
    Group { variants: Vec<&'a Variant>, checked: &'a Variant },
    /// By links like the others, or there is nothing to choose.
    Link,
}

/// Longer than this, radio buttons become a list to pull down.
const RADIOS: usize = 9;

impl<'a> Choices<'a> {
    pub fn new(product: &'a ProductPage, sku: Option<&str>, at: String) -> Option<Self> {
        let asked = sku.and_then(|sku| product.variants.iter().find(|v| v.sku == sku));
        let chosen = asked.or_else(|| product.first_choice())?;
        let last = match product.options.len().checked_sub(1) {
            Some(last) if !looks_different(product, last) && product.options[last].values.len() > 1 => {
                let same = |v: &&Variant| v.values.get(..last) == chosen.values.get(..last);
                let mut variants: Vec<_> = product.variants.iter().filter(same).collect();
                let place =
                    |v: &&Variant| product.options[last].values.iter().position(|x| v.values.get(last) == Some(x));
                variants.sort_by_key(place);
                let first_to_buy = || variants.iter().copied().find(|v| v.in_stock);
                let checked = if chosen.in_stock { chosen } else { first_to_buy().unwrap_or(chosen) };
                Last::Group { checked, variants }
            }
            _ => Last::Link,
        };
        Some(Self { product, chosen, last, asked: asked.is_some(), at })
    }

    /// Whether the form offers dearer ones beside the one whose price stands at the top, and nobody asked for that one.
    pub fn is_cheapest_of_several(&self) -> bool {
        let Last::Group { variants, .. } = &self.last else { return false };
        let mut others = variants.iter().filter(|v| v.price != self.chosen.price).peekable();
        !self.asked && others.peek().is_some() && others.all(|v| v.price.minor > self.chosen.price.minor)
    }

    /// The options that are chosen by following links.
    pub fn links(&self) -> impl IntoView + use<> {
        let all = self.product.options.len();
        let count = if matches!(self.last, Last::Group { .. }) { all - 1 } else { all };
        (0..count).map(|place| self.pills(place)).collect_view()
    }

    fn pills(&self, place: usize) -> impl IntoView + use<> {
        let option = &self.product.options[place];
        let current = self.chosen.values.get(place).cloned().unwrap_or_default();
        let items = option
            .values
            .iter()
            .filter_map(|value| Some((value, self.closest(place, value)?)))
            .map(|(value, variant)| {
                let (is_chosen, gone) = (*value == current, !variant.in_stock);
                let href = format!("{}?{}", self.at, sku_query(variant));
                view! {
                    <a
                        class="choice"
                        href=href
                        aria-current=is_chosen.then_some("true")
                        aria-disabled=(gone && !is_chosen).then_some("true")
                    >
                        {value.clone()}
                        {gone.then(|| view! { <span class="visually-hidden">", sold out"</span> })}
                    </a>
                }
            })
            .collect_view();
        view! {
            <fieldset class="choices choices--pills">
                <legend class="choices__legend">{option.name.clone()} ": " <span>{current}</span></legend>
                <div class="choices__items">{items}</div>
            </fieldset>
        }
    }

    /// The variant with this value that is most like the chosen one, rather one that can be bought.
    fn closest(&self, place: usize, value: &str) -> Option<&'a Variant> {
        let likeness = |v: &Variant| {
            let pairs = v.values.iter().zip(&self.chosen.values).enumerate();
            let same = pairs.filter(|(i, (a, b))| *i != place && a == b).count();
            let all = same + 1 == self.product.options.len();
            (all, v.in_stock, same)
        };
        let with_value = self.product.variants.iter().filter(|v| v.values.get(place).is_some_and(|x| x == value));
        // the first of several that are alike
        with_value.rev().max_by_key(|v| likeness(v))
    }

    /// The last option, as part of the form.
    pub fn group(&self) -> Option<AnyView> {
        let Last::Group { variants, checked } = &self.last else { return None };
        let place = self.product.options.len().checked_sub(1)?;
        let name = self.product.options[place].name.clone();
        let value = |v: &Variant| v.values.get(place).cloned().unwrap_or_default();
        if variants.len() > RADIOS {
            let options = variants
                .iter()
                .map(|v| {
                    let words = match v.in_stock {
                        true => format!("{}, {}", value(v), v.price),
                        false => format!("{}, sold out", value(v)),
                    };
                    let selected = v.id == checked.id;
                    view! {
                        <option value=v.id.to_string() disabled=!v.in_stock selected=selected>
                            {words}
                        </option>
                    }
                })
                .collect_view();
            return Some(
                view! {
                    <div class="field">
                        <label class="field__label" for="f-variantId">
                            {name}
                        </label>
                        <select class="select" id="f-variantId" name="variantId" required=true>
                            {options}
                        </select>
                    </div>
                }
                .into_any(),
            );
        }
        let radios = variants
            .iter()
            .map(|v| {
                let (id, available) = (v.id.to_string(), v.in_stock);
                view! {
                    <label class="choice">
                        <input
                            type="radio"
                            name="variantId"
                            value=id
                            checked=available && v.id == checked.id
                            disabled=!available
                        />
                        <span class="choice__body">
                            <span class="choice__label">{value(v)}</span>
                            <span class="choice__note">{format!("{} · {}", v.sku, v.availability)}</span>
                        </span>
                        <span class="choice__price">{v.price.to_string()}</span>
                    </label>
                }
            })
            .collect_view();
        Some(
            view! {
                <fieldset class="choices">
                    <legend class="choices__legend">{name}</legend>
                    {radios}
                </fieldset>
            }
            .into_any(),
        )
    }
}

/// Whether one sees by the pictures which value of an option was chosen: finishes look different, sizes mostly do not.
pub fn looks_different(product: &ProductPage, place: usize) -> bool {
    let mut pictures: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for shown in &product.pictures {
        if let Some(value) = product.value_shown(shown, place) {
            pictures.entry(value).or_default().insert(&shown.picture.hash);
        }
    }
    let mut of_each = pictures.values();
    let first = of_each.next();
    of_each.any(|of_value| Some(of_value) != first)
}

/// What names a variant in an address.
pub fn sku_query(variant: &Variant) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("sku", &variant.sku).finish()
}
