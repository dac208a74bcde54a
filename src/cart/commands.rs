//! Changes to a cart by its visitor. Somebody else's line is not found. None is waited for until it is on the disk: the
//! order that is made of it is.

use super::drafts;
use super::line::{CartLine, CartView, LineRow, Notice, full_name};
use super::open::{Owner, lock, lock_to_use, open};
use crate::actors::Visitor;
use crate::entity::Entity;
use crate::id::{CartId, CartItemId, ProductId, VariantId};
use crate::input::Raw;
use crate::{Act, Error, Invalid, Money, Result, Shop, idempotency, said};
use serde::{Deserialize, Serialize};

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

/// What is put in: a variant, or a product that has only one.
#[derive(Clone, Copy)]
enum VariantOrProduct {
    Variant(VariantId),
    Product(ProductId),
}

impl AddToCart {
    fn check(&self) -> Result<(VariantOrProduct, i32)> {
        let mut faults = Invalid::default();
        let quantity = match self.quantity.is_empty() {
            true => Some(1),
            false => self.quantity.whole("quantity", 1..=MOST_PIECES, &mut faults),
        };
        if self.variant_id.is_empty() && self.product_id.is_empty() {
            faults.add("variantId", said!("fault-required"));
        }
        faults.into_result()?;
        let wanted = match self.variant_id.is_empty() {
            false => self.variant_id.trimmed().parse().map(VariantOrProduct::Variant),
            true => self.product_id.trimmed().parse().map(VariantOrProduct::Product),
        };
        Ok((wanted.map_err(|_| Error::NotFound)?, quantity.unwrap_or(1)))
    }
}

/// Puts a variant in the cart; more of it when it is there already, but never more than there are.
pub async fn add(shop: &Shop, visitor: &Visitor, input: AddToCart) -> Result<Changed> {
    let (wanted, quantity) = input.check()?;
    act!(shop, visitor, "cart.add", unflushed, |act| {
        let (cart, new_token) = open(&mut act, visitor).await?;
        let (lines, notice) = put_in(&mut act, cart, wanted, quantity).await?;
        idempotency::done(&mut act, Entity::Cart, &cart.to_string())?;
        let cart = CartView::new(Some(cart), lines, shop.currency)?;
        act.commit(Changed { cart, notices: notice.into_iter().collect(), new_token }).await
    })
}

/// Writes a line of a locked cart and answers with all of them, or fails with why it cannot be. One that is there keeps
/// the price that was seen, so that a change since then is shown and asked about. (One plan for all carts and variants,
/// as for the lines of a cart.)
async fn put_in(
    act: &mut Act<'_>,
    cart: CartId,
    wanted: VariantOrProduct,
    quantity: i32,
) -> Result<(Vec<CartLine>, Option<Notice>)> {
    let (variant, product) = match wanted {
        VariantOrProduct::Variant(variant) => (Some(variant), None),
        VariantOrProduct::Product(product) => (None, Some(product)),
    };
    let (now, currency) = (act.now, act.shop.currency);
    let rows = sqlx::query!(
        r#"with wanted as (
            select v.variant_id as id, v.name, v.variant_name, v.price, coalesce(l.available, 0) as available
            from variants_named v
            left join sellable_stock l on l.variant_id = v.variant_id
            where v.is_for_sale and (v.variant_id = (select $2::uuid) or v.product_id = (select $3::uuid))
            limit 2
        ),
        beside as (
            select wanted.*, cart.there, cart.others
            from wanted
            cross join lateral (
                select max(i.quantity) filter (where i.variant_id = wanted.id) as there,
                       count(*) filter (where i.variant_id <> wanted.id) as others
                from cart_items i
                where i.cart_id = (select $1::uuid)
            ) cart
        ),
        written as (
            insert into cart_items (id, cart_id, variant_id, quantity, price_seen, created_at)
            select $4, $1, id,
                   case available when 0 then there else least(coalesce(there, 0) + $5::int, $6::int, available) end,
                   price, $7
            from beside
            where (select count(*) from wanted) = 1
              and others < $8
              and (available > 0 or there is not null)
            on conflict (cart_id, variant_id) do update set quantity = excluded.quantity
            returning id, variant_id, quantity, price_seen, created_at
        ),
        line as (
            select id, variant_id, quantity, price_seen, created_at
            from cart_items
            where cart_id = (select $1::uuid) and variant_id not in (select id from wanted)
            union all
            select * from written
        )
        select b.name as "wanted!", b.variant_name as "wanted_variant!", b.available as "left!", b.there,
               b.others as "others!", (select count(*) from wanted) > 1 as "is_one_of_several!",
               i.id as "id?: CartItemId", v.variant_id as "variant_id?: VariantId",
               v.product_id as "product_id?: ProductId", v.name as "name?", v.variant_name as "variant_name?",
               v.sku as "sku?", v.slug as "slug?", i.quantity as "quantity?", v.price as "price?",
               i.price_seen as "price_seen?", v.is_for_sale as "is_sold?", v.available as "available?",
               v.hash as "hash?", v.width as "width?", v.height as "height?", v.alt as "alt?"
        from beside b
        left join (line i join variants_shown v on v.variant_id = i.variant_id) on true
        order by i.created_at, i.id"#,
        cart as _,
        variant as _,
        product as _,
        CartItemId::new() as _,
        quantity,
        MOST_PIECES,
        now,
        MOST_LINES,
    )
    .fetch_all(&mut **act)
    .await?;
    let first = rows.first().ok_or(Error::NotFound)?;
    if first.is_one_of_several {
        return Err(Error::invalid("variantId", said!("fault-several-variants")));
    }
    let name = full_name(&first.wanted, &first.wanted_variant);
    if first.left == 0 && first.there.is_none() {
        return Err(Error::conflict("sold_out", said!("refusal-sold-out", name = name)));
    }
    if first.others >= MOST_LINES {
        return Err(Error::conflict("cart_full", said!("refusal-cart-full", most = MOST_LINES)));
    }
    let sum = (first.there.unwrap_or(0) + quantity).min(MOST_PIECES);
    let notice = match first.left {
        0 => Some(Notice::SoldOut { name }),
        left if left < sum => Some(Notice::Capped { name, wanted: sum, quantity: left }),
        _ => None,
    };
    let lines = rows.into_iter().filter_map(|row| {
        Some(LineRow {
            id: row.id?,
            variant_id: row.variant_id?,
            product_id: row.product_id?,
            name: row.name?,
            variant_name: row.variant_name?,
            sku: row.sku?,
            slug: row.slug?,
            quantity: row.quantity?,
            price: row.price?,
            price_seen: row.price_seen?,
            is_sold: row.is_sold?,
            available: row.available?,
            hash: row.hash,
            width: row.width,
            height: row.height,
            alt: row.alt,
        })
    });
    Ok((lines.map(|row| row.line(currency)).collect::<Result<_>>()?, notice))
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
    act!(shop, visitor, "cart.set_quantity", unflushed, |act| {
        let cart = mine(&mut act, visitor).await?;
        let row = sqlx::query!(
            r#"with line as (
                select i.id, i.quantity, p.name, concat_ws(' / ', v.option1, v.option2, v.option3) as variant_name,
                       coalesce(l.available, 0) as available
                from cart_items i
                join variants v on v.id = i.variant_id
                join products p on p.id = v.product_id
                left join sellable_stock l on l.variant_id = v.id
                where i.id = $1 and i.cart_id = $2
            ),
            changed as (
                update cart_items i
                set quantity = case line.available when 0 then least($3, line.quantity) else least($3, line.available) end
                from line
                where i.id = line.id
            )
            select name as "name!", variant_name as "variant_name!", available as "available!" from line"#,
            line as _,
            cart as _,
            quantity,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or(Error::NotFound)?;
        let name = full_name(&row.name, &row.variant_name);
        let notice = match row.available {
            0 => Some(Notice::SoldOut { name }),
            left if left < quantity => Some(Notice::Capped { name, wanted: quantity, quantity: left }),
            _ => None,
        };
        finish(act, cart, notice).await
    })
}

pub async fn remove(shop: &Shop, visitor: &Visitor, line: CartItemId) -> Result<Changed> {
    act!(shop, visitor, "cart.remove", unflushed, |act| {
        let cart = mine(&mut act, visitor).await?;
        let gone = sqlx::query!("delete from cart_items where id = $1 and cart_id = $2", line as _, cart as _)
            .execute(&mut *act)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        finish(act, cart, None).await
    })
}

/// Consents to the new price of a line. A price that changed again since it was shown is not accepted unseen.
pub async fn accept_price(shop: &Shop, visitor: &Visitor, line: CartItemId, input: AcceptPrice) -> Result<Changed> {
    let mut faults = Invalid::default();
    let shown = input.price.optional_money("price", shop.currency, &mut faults);
    faults.into_result()?;
    act!(shop, visitor, "cart.accept_price", unflushed, |act| {
        let cart = mine(&mut act, visitor).await?;
        let now = sqlx::query_scalar!(
            r#"with line as (
                select i.id, v.price
                from cart_items i
                join variants v on v.id = i.variant_id
                where i.id = $1 and i.cart_id = $2
            ),
            accepted as (
                update cart_items i
                set price_seen = line.price
                from line
                where i.id = line.id and line.price = coalesce($3, line.price)
            )
            select price as "price!" from line"#,
            line as _,
            cart as _,
            shown.map(|shown| shown.minor),
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or(Error::NotFound)?;
        if shown.is_some_and(|shown| shown.minor != now) {
            let now = Money::new(now, shop.currency);
            return Err(Error::conflict("price_changed", said!("refusal-price-changed", price = now)));
        }
        finish(act, cart, None).await
    })
}

/// Empties the cart. One that is not there is empty already.
pub async fn clear(shop: &Shop, visitor: &Visitor) -> Result<CartView> {
    let Some(owner) = Owner::of(visitor) else { return CartView::new(None, Vec::new(), shop.currency) };
    let cart = act!(shop, visitor, "cart.clear", unflushed, |act| {
        let cart = lock(&mut act, &owner).await?;
        if let Some(cart) = cart {
            sqlx::query!("delete from cart_items where cart_id = $1", cart as _).execute(&mut *act).await?;
        }
        act.commit(cart).await
    })?;
    CartView::new(cart, Vec::new(), shop.currency)
}

/// Forgets open carts that nobody used for long: a guest's after 30 days, a customer's after a year; and what was typed
/// at the checkout, with the cart or a week after it was ordered.
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
async fn mine(act: &mut Act<'_>, visitor: &Visitor) -> Result<CartId> {
    let owner = Owner::of(visitor).ok_or(Error::NotFound)?;
    lock_to_use(act, &owner).await?.ok_or(Error::NotFound)
}

async fn finish(mut act: Act<'_>, cart: CartId, notice: Option<Notice>) -> Result<Changed> {
    let cart = CartView::read_in(&mut act, cart).await?;
    act.commit(Changed { cart, notices: notice.into_iter().collect(), new_token: None }).await
}
