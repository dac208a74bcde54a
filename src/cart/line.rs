//! What a shopper sees of a cart.

use crate::catalog::Picture;
use crate::id::{CartId, CartItemId, ProductId, VariantId};
use crate::words::Locale;
use crate::{Act, Currency, Message, Money, Result, Shop, said, say};
use serde::Serialize;
use sqlx::PgExecutor;
use std::borrow::Cow;
use std::fmt;

/// The cart, priced now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Cart)]
pub struct CartView {
    /// `None` while nothing was ever put in.
    pub id: Option<CartId>,
    pub currency: Currency,
    pub lines: Vec<CartLine>,
    /// All pieces of all lines.
    pub pieces: i64,
    /// At today's prices; lines of which nothing can be bought do not count.
    pub subtotal: Money,
    pub can_check_out: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CartLine {
    pub id: CartItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    #[schema(example = "Cotton T-shirt")]
    pub name: String,
    /// `Red / M`, empty for a product without options.
    #[schema(example = "Red / M")]
    pub variant_name: String,
    #[schema(example = "TEE-RED-M")]
    pub sku: String,
    #[schema(example = "cotton-t-shirt")]
    pub slug: String,
    pub picture: Option<Picture>,
    pub quantity: i32,
    /// What it costs now.
    pub unit_price: Money,
    /// What the shopper saw and accepted.
    pub price_seen: Money,
    pub price_changed: bool,
    pub line_total: Money,
    /// How many can be bought now.
    pub available: i32,
    pub problem: Option<Problem>,
}

/// What keeps a line from being bought as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    NoLongerSold,
    SoldOut,
    OnlyLeft { left: i32 },
    PriceChanged { old: Money, new: Money },
}

impl Problem {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoLongerSold => "no_longer_sold",
            Self::SoldOut | Self::OnlyLeft { .. } => "sold_out",
            Self::PriceChanged { .. } => "price_changed",
        }
    }

    /// For people.
    pub fn message(self) -> Message {
        match self {
            Self::NoLongerSold => said!("cart-problem-no-longer-sold"),
            Self::SoldOut => said!("cart-problem-sold-out"),
            Self::OnlyLeft { left } => said!("cart-problem-only-left", left = left),
            Self::PriceChanged { old, new } => said!("cart-problem-price-changed", old = old, new = new),
        }
    }

    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        locale.say(&self.message())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Locale::English))
    }
}

/// What a change did beside what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// Fewer than wanted: no more are left.
    Capped {
        #[schema(example = "Cotton T-shirt")]
        name: String,
        wanted: i32,
        quantity: i32,
    },
    /// None are left; the line stays, to be removed or waited for.
    SoldOut {
        #[schema(example = "Cotton T-shirt")]
        name: String,
    },
    /// At sign-in: this came from the cart filled before.
    Added {
        #[schema(example = "Cotton T-shirt")]
        name: String,
        quantity: i32,
    },
    /// At sign-in: it was in both carts, the quantities were added.
    Combined {
        #[schema(example = "Cotton T-shirt")]
        name: String,
        quantity: i32,
    },
    /// At sign-in: the cart is full, this one stayed out.
    LeftOut {
        #[schema(example = "Cotton T-shirt")]
        name: String,
    },
}

impl Notice {
    /// For people.
    pub fn say(&self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::Capped { name, quantity, .. } => {
                say!(locale, "cart-notice-capped", count = *quantity, name = name)
            }
            Self::SoldOut { name } => say!(locale, "cart-notice-sold-out", name = name),
            Self::Added { name, quantity } => {
                say!(locale, "cart-notice-added", name = name, count = *quantity)
            }
            Self::Combined { name, quantity } => {
                say!(locale, "cart-notice-combined", name = name, count = *quantity)
            }
            Self::LeftOut { name } => say!(locale, "cart-notice-left-out", name = name),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Locale::English))
    }
}

impl CartView {
    pub(super) async fn read(shop: &Shop, cart: CartId) -> Result<Self> {
        Self::new(Some(cart), lines(&shop.db, cart, shop.currency).await?, shop.currency)
    }

    /// The same, in an act.
    pub(crate) async fn read_in(act: &mut Act<'_>, cart: CartId) -> Result<Self> {
        let currency = act.shop.currency;
        Self::new(Some(cart), lines(&mut **act, cart, currency).await?, currency)
    }

    pub(super) fn new(id: Option<CartId>, lines: Vec<CartLine>, currency: Currency) -> Result<Self> {
        let sold = lines.iter().filter(|line| line.can_be_bought());
        let subtotal = Money::sum(currency, sold.map(|line| line.line_total))?;
        let pieces = lines.iter().map(|line| i64::from(line.quantity)).sum();
        let can_check_out = !lines.is_empty() && lines.iter().all(|line| line.problem.is_none());
        Ok(Self { id, currency, lines, pieces, subtotal, can_check_out })
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Some of it can be bought, if need be after a look at a line.
    pub fn can_buy_something(&self) -> bool {
        self.lines.iter().any(CartLine::can_be_bought)
    }
}

impl CartLine {
    /// At least one piece is there and for sale.
    pub fn can_be_bought(&self) -> bool {
        !matches!(self.problem, Some(Problem::NoLongerSold | Problem::SoldOut))
    }

    /// `Cotton T-shirt (Red / M)`.
    pub fn full_name(&self) -> String {
        full_name(&self.name, &self.variant_name)
    }
}

pub(crate) fn full_name(name: &str, variant: &str) -> String {
    if variant.is_empty() { name.to_owned() } else { format!("{name} ({variant})") }
}

/// A line as the database gives it.
pub(super) struct LineRow {
    pub id: CartItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub name: String,
    pub variant_name: String,
    pub sku: String,
    pub slug: String,
    pub quantity: i32,
    pub price: i64,
    pub price_seen: i64,
    pub is_sold: bool,
    pub available: i32,
    pub hash: Option<String>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub alt: Option<String>,
}

impl LineRow {
    pub fn line(self, currency: Currency) -> Result<CartLine> {
        let unit_price = Money::new(self.price, currency);
        let price_seen = Money::new(self.price_seen, currency);
        let problem = match self.available {
            _ if !self.is_sold => Some(Problem::NoLongerSold),
            0 => Some(Problem::SoldOut),
            left if left < self.quantity => Some(Problem::OnlyLeft { left }),
            _ if unit_price != price_seen => Some(Problem::PriceChanged { old: price_seen, new: unit_price }),
            _ => None,
        };
        let picture = match (self.hash, self.width, self.height, self.alt) {
            (Some(hash), Some(width), Some(height), Some(alt)) => Some(Picture { hash, width, height, alt }),
            _ => None,
        };
        Ok(CartLine {
            id: self.id,
            variant_id: self.variant_id,
            product_id: self.product_id,
            name: self.name,
            variant_name: self.variant_name,
            sku: self.sku,
            slug: self.slug,
            picture,
            quantity: self.quantity,
            unit_price,
            price_seen,
            price_changed: unit_price != price_seen,
            line_total: unit_price.times(i64::from(self.quantity))?,
            available: self.available,
            problem,
        })
    }
}

/// The lines of a cart, in the order in which they were put in. `(select $1)` keeps PostgreSQL's generic plan: with the
/// bare parameter it makes a plan for each cart, which costs more than the query.
async fn lines(db: impl PgExecutor<'_>, cart: CartId, currency: Currency) -> Result<Vec<CartLine>> {
    let rows = sqlx::query_as!(
        LineRow,
        r#"select i.id as "id: CartItemId", i.variant_id as "variant_id: VariantId",
                  v.product_id as "product_id!: ProductId", v.name as "name!", v.variant_name as "variant_name!",
                  v.sku as "sku!", v.slug as "slug!", i.quantity, v.price as "price!", i.price_seen,
                  v.is_for_sale as "is_sold!", v.available as "available!", v.hash, v.width, v.height, v.alt
           from cart_items i
           join variants_shown v on v.variant_id = i.variant_id
           where i.cart_id = (select $1::uuid)
           order by i.created_at, i.id"#,
        cart as _,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| row.line(currency)).collect()
}
