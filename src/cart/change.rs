//! Changes to a cart by its visitor. Somebody else's line is not found.

use super::drafts;
use super::line::{CartView, Notice, full_name, lines};
use super::open::{Owner, lock, open, touch};
use crate::actors::Visitor;
use crate::id::{CartId, CartItemId, ProductId, VariantId};
use crate::input::Raw;
use crate::{Clock, Error, Invalid, Result, Shop, idempotency, retrying};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// More of one variant than anybody buys; the database knows the same bound.
pub(super) const MOST_PIECES: i32 = 9_999;
pub(super) const MOST_LINES: i64 = 100;

/// A variant by its id, or a product that has only one.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "variantId": "0190b5a0-7c1e-7000-8000-000000000003", "quantity": 1 }))]
pub struct AddToCart {
    pub variant_id: Raw,
    pub product_id: Raw,
    /// One, unless said otherwise.
    #[schema(value_type = Option<i32>, minimum = 1, default = 1)]
    pub quantity: Raw,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "quantity": 2 }))]
pub struct SetQuantity {
    /// Zero removes the line.
    #[schema(value_type = i32, minimum = 0)]
    pub quantity: Raw,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "price": "18.50" }))]
pub struct AcceptPrice {
    /// The new price as it was shown. Empty accepts whatever it is now.
    pub price: Raw,
}

/// A cart after a change.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    pub cart: CartView,
    pub notices: Vec<Notice>,
    /// The secret of a guest's new cart, to be kept in the cookie or sent as `X-Cart-Token` from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_token: Option<String>,
}

struct Wanted {
    variant: VariantId,
    name: String,
    price: i64,
    available: i32,
}

/// Puts a variant in the cart; more of it when it is there already, but never more than there are.
pub async fn add(shop: &Shop, visitor: &Visitor, input: AddToCart) -> Result<Changed> {
    let mut faults = Invalid::default();
    let quantity = match input.quantity.is_empty() {
        true => Some(1),
        false => input.quantity.whole("quantity", 1..=MOST_PIECES, &mut faults),
    };
    if input.variant_id.is_empty() && input.product_id.is_empty() {
        faults.add("variantId", "is required");
    }
    faults.into_result()?;
    let quantity = quantity.unwrap_or(1);
    retrying(|| async {
        let mut tx = shop.db.begin().await?;
        let wanted = find_wanted(&mut tx, &input).await?;
        let (cart, owner, new_token) = open(&mut tx, &shop.clock, visitor, shop.currency).await?;
        idempotency::done(&mut tx, &shop.clock, visitor, "cart", &cart.to_string()).await?;
        let (there, others) = beside(&mut tx, cart, wanted.variant).await?;
        if wanted.available == 0 && there.is_none() {
            return Err(Error::conflict("sold_out", format!("{} is sold out", wanted.name)));
        }
        if others >= MOST_LINES {
            return Err(Error::conflict("cart_full", format!("A cart can hold {MOST_LINES} different things")));
        }
        let before = there.unwrap_or(0);
        let sum = (before + quantity).min(MOST_PIECES);
        let (after, notice) = match (wanted.available, wanted.name.clone()) {
            (0, name) => (before, Some(Notice::SoldOut { name })),
            (left, name) if left < sum => (left, Some(Notice::Capped { name, wanted: sum, quantity: left })),
            _ => (sum, None),
        };
        set_line(&mut tx, &shop.clock, cart, wanted.variant, after, wanted.price).await?;
        touch(&mut tx, &shop.clock, cart, &owner).await?;
        finish(tx, shop, cart, notice.into_iter().collect(), new_token).await
    })
    .await
}

async fn find_wanted(conn: &mut PgConnection, input: &AddToCart) -> Result<Wanted> {
    let variant = match input.variant_id.is_empty() {
        false => input.variant_id.trimmed().parse().map_err(|_| Error::NotFound)?,
        true => only_variant(conn, input.product_id.trimmed()).await?,
    };
    let row = sqlx::query!(
        r#"select p.name, v.price, concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  coalesce(l.available, 0) as "available!"
           from for_sale s
           join variants v on v.id = s.variant_id
           join products p on p.id = s.product_id
           left join sellable_stock l on l.variant_id = v.id
           where s.variant_id = $1"#,
        variant as _,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)?;
    let name = full_name(&row.name, &row.variant_name);
    Ok(Wanted { variant, name, price: row.price, available: row.available })
}

/// What a product is bought as that comes in one variant only.
async fn only_variant(conn: &mut PgConnection, product: &str) -> Result<VariantId> {
    let product: ProductId = product.parse().map_err(|_| Error::NotFound)?;
    let variants = sqlx::query_scalar!(
        r#"select variant_id as "id!: VariantId" from for_sale where product_id = $1 limit 2"#,
        product as _,
    )
    .fetch_all(conn)
    .await?;
    match variants[..] {
        [] => Err(Error::NotFound),
        [variant] => Ok(variant),
        _ => Err(Error::invalid("variantId", "is required: this product comes in several")),
    }
}

/// How many of this variant the cart has, if any, and how many lines of others. (One plan for all carts, as for [`lines`].)
async fn beside(conn: &mut PgConnection, cart: CartId, variant: VariantId) -> Result<(Option<i32>, i64)> {
    let row = sqlx::query!(
        r#"select max(quantity) filter (where variant_id = $2) as quantity,
                  count(*) filter (where variant_id <> $2) as "others!"
           from cart_items
           where cart_id = (select $1::uuid)"#,
        cart as _,
        variant as _,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.quantity, row.others))
}

/// Writes a line. One that is there keeps the price that was seen, so that a change since then is shown and asked about.
async fn set_line(
    conn: &mut PgConnection,
    clock: &Clock,
    cart: CartId,
    variant: VariantId,
    quantity: i32,
    price_seen: i64,
) -> Result<()> {
    sqlx::query!(
        "insert into cart_items (id, cart_id, variant_id, quantity, price_seen, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (cart_id, variant_id) do update set quantity = excluded.quantity",
        CartItemId::new() as _,
        cart as _,
        variant as _,
        quantity,
        price_seen,
        clock.now(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets how many of a line are wanted, as far as there are so many.
pub async fn set_quantity(shop: &Shop, visitor: &Visitor, line: CartItemId, input: SetQuantity) -> Result<Changed> {
    let mut faults = Invalid::default();
    let quantity = input.quantity.whole("quantity", 0..=MOST_PIECES, &mut faults);
    faults.into_result()?;
    let quantity = quantity.unwrap_or_default();
    if quantity == 0 {
        return remove(shop, visitor, line).await;
    }
    let mut tx = shop.db.begin().await?;
    let (cart, owner) = mine(&mut tx, visitor).await?;
    let row = sqlx::query!(
        r#"select i.quantity, p.name, concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  coalesce(l.available, 0) as "available!"
           from cart_items i
           join variants v on v.id = i.variant_id
           join products p on p.id = v.product_id
           left join sellable_stock l on l.variant_id = v.id
           where i.id = $1 and i.cart_id = $2"#,
        line as _,
        cart as _,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound)?;
    let name = full_name(&row.name, &row.variant_name);
    let (after, notice) = match row.available {
        0 => (quantity.min(row.quantity), Some(Notice::SoldOut { name })),
        left if left < quantity => (left, Some(Notice::Capped { name, wanted: quantity, quantity: left })),
        _ => (quantity, None),
    };
    sqlx::query!("update cart_items set quantity = $2 where id = $1", line as _, after).execute(&mut *tx).await?;
    touch(&mut tx, &shop.clock, cart, &owner).await?;
    finish(tx, shop, cart, notice.into_iter().collect(), None).await
}

pub async fn remove(shop: &Shop, visitor: &Visitor, line: CartItemId) -> Result<Changed> {
    let mut tx = shop.db.begin().await?;
    let (cart, owner) = mine(&mut tx, visitor).await?;
    let gone = sqlx::query!("delete from cart_items where id = $1 and cart_id = $2", line as _, cart as _)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    touch(&mut tx, &shop.clock, cart, &owner).await?;
    finish(tx, shop, cart, Vec::new(), None).await
}

/// Consents to the new price of a line. A price that changed again since it was shown is not accepted unseen.
pub async fn accept_price(shop: &Shop, visitor: &Visitor, line: CartItemId, input: AcceptPrice) -> Result<Changed> {
    let mut faults = Invalid::default();
    let shown = input.price.optional_money("price", shop.currency, &mut faults);
    faults.into_result()?;
    let mut tx = shop.db.begin().await?;
    let (cart, owner) = mine(&mut tx, visitor).await?;
    let now = sqlx::query_scalar!(
        "select v.price from cart_items i join variants v on v.id = i.variant_id where i.id = $1 and i.cart_id = $2",
        line as _,
        cart as _,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound)?;
    if shown.is_some_and(|shown| shown.minor != now) {
        let now = crate::Money::new(now, shop.currency);
        return Err(Error::conflict("price_changed", format!("The price changed again: it is {now} now")));
    }
    sqlx::query!("update cart_items set price_seen = $2 where id = $1", line as _, now).execute(&mut *tx).await?;
    touch(&mut tx, &shop.clock, cart, &owner).await?;
    finish(tx, shop, cart, Vec::new(), None).await
}

/// Empties the cart. One that is not there is empty already.
pub async fn clear(shop: &Shop, visitor: &Visitor) -> Result<CartView> {
    let mut tx = shop.db.begin().await?;
    let cart = match Owner::of(visitor) {
        Some(owner) => lock(&mut tx, &owner).await?,
        None => None,
    };
    if let Some(cart) = cart {
        sqlx::query!("delete from cart_items where cart_id = $1", cart as _).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    CartView::new(cart, Vec::new(), shop.currency)
}

/// Forgets open carts that nobody used for long: a guest's after 30 days, a customer's after a year; and what was typed at the
/// checkout, with the cart or a week after it was ordered.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from carts
         where id in (
            select id from carts
            where ordered_at is null and expires_at < $1
            limit 5000
            for update skip locked
         )",
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    drafts::sweep(shop).await?;
    Ok(gone.rows_affected())
}

/// The visitor's open cart, locked.
async fn mine(conn: &mut PgConnection, visitor: &Visitor) -> Result<(CartId, Owner)> {
    let owner = Owner::of(visitor).ok_or(Error::NotFound)?;
    let cart = lock(conn, &owner).await?.ok_or(Error::NotFound)?;
    Ok((cart, owner))
}

async fn finish(
    mut tx: crate::db::Transaction,
    shop: &Shop,
    cart: CartId,
    notices: Vec<Notice>,
    new_token: Option<String>,
) -> Result<Changed> {
    let cart = CartView::new(Some(cart), lines(&mut *tx, cart, shop.currency).await?, shop.currency)?;
    tx.commit().await?;
    Ok(Changed { cart, notices, new_token })
}
