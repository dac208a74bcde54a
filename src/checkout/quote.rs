//! What an order would cost, before it is placed.

use crate::actors::Visitor;
use crate::address::Country;
use crate::cart::{self, CartLine, CartView, Problem};
use crate::input::Raw;
use crate::pricing::Totals;
use crate::words::Locale;
use crate::{Error, Money, Result, Shop, said, say, settings};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Where to, and how. What is empty or not on offer is taken from the settings: the first country, the first method.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct QuoteInput {
    /// Two letters of ISO 3166-1.
    pub country: Raw,
    /// The code of a way that is on offer.
    pub shipping_method: Raw,
}

/// What to do with a cart of which nothing can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Advice {
    #[default]
    ChooseSomething,
    ChooseSomethingElse,
    LookAgain,
}

impl Advice {
    /// For people.
    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::ChooseSomething => say!(locale, "checkout-advice-empty"),
            Self::ChooseSomethingElse => {
                say!(locale, "checkout-advice-gone")
            }
            Self::LookAgain => {
                say!(locale, "checkout-advice-marked")
            }
        }
    }
}

/// In JSON it is a sentence.
impl Serialize for Advice {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.say(Locale::English))
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    pub cart: CartView,
    /// What to do with a cart of which nothing can be bought. There are no sums then, and nothing is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Nothing in this cart can be bought just now: remove what is no longer sold")]
    #[schema(value_type = Option<String>)]
    pub advice: Option<Advice>,
    #[schema(example = "GB")]
    pub country: String,
    /// All that are shipped to.
    #[schema(example = json!(["GB", "IE"]))]
    pub countries: Vec<String>,
    /// None while nothing in the cart can be bought.
    pub methods: Vec<OfferedMethod>,
    /// The code of the method that the totals are for.
    #[schema(example = "standard")]
    pub shipping_method: String,
    /// `null` while nothing in the cart can be bought.
    pub totals: Option<Totals>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferedMethod {
    #[schema(example = "standard")]
    pub code: String,
    #[schema(example = "Standard")]
    pub name: String,
    #[schema(example = "Three to five working days")]
    pub description: String,
    /// For this cart: zero when it is free.
    pub price: Money,
}

/// Computes the totals of the visitor's cart; nothing is changed.
pub async fn quote(shop: &Shop, visitor: &Visitor, input: QuoteInput) -> Result<Quote> {
    let cart = cart::of(shop, visitor).await?;
    let settings = settings::load(shop).await?;
    let asked = Country::parse(&input.country.0).map(Country::code);
    let known = || settings.ships_to.iter().filter(|code| Country::parse(code).is_some());
    let country = known().find(|code| Some(code.as_str()) == asked).or(known().next());
    let country = country.cloned().ok_or_else(nowhere)?;
    let methods = settings.methods_to(&country);
    let code = input.shipping_method.trimmed();
    let method = methods.iter().find(|m| m.code == code).or(methods.first()).ok_or_else(nowhere)?;
    let advice = advice(&cart);
    let totals = match advice {
        None => Some(Totals::of(&settings, &country, method, cart.subtotal)?),
        Some(_) => None,
    };
    let offered = methods.iter().map(|m| OfferedMethod {
        code: m.code.clone(),
        name: m.name.clone(),
        description: m.description.clone(),
        price: m.price_for(cart.subtotal),
    });
    Ok(Quote {
        methods: offered.filter(|_| totals.is_some()).collect(),
        shipping_method: method.code.clone(),
        countries: settings.ships_to.clone(),
        cart,
        advice,
        totals,
        country,
    })
}

/// What to do with a cart of which nothing can be bought.
fn advice(cart: &CartView) -> Option<Advice> {
    if cart.can_buy_something() {
        return None;
    }
    let is_gone = |line: &CartLine| line.problem == Some(Problem::NoLongerSold);
    Some(match (cart.is_empty(), cart.lines.iter().all(is_gone)) {
        (true, _) => Advice::ChooseSomething,
        (false, true) => Advice::ChooseSomethingElse,
        (false, false) => Advice::LookAgain,
    })
}

fn nowhere() -> Error {
    Error::conflict("nowhere", said!("refusal-nowhere"))
}
