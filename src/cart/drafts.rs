//! The checkout's draft of a cart (`checkout::draft`): how its row keeps it, and what becomes of it where carts merge,
//! are paid and are swept.

use crate::db::Db;
use crate::id::{CartId, OrderId};
use crate::keys::{EncryptionKeys, Place};
use crate::sealed_column::SealedColumn;
use crate::{Act, Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

const FIELDS: &str = "checkout_drafts.sealed";

pub(crate) const SEALED: [SealedColumn; 1] = [SealedColumn::new(FIELDS, "cart_id")];

/// An ordered cart stays for ever, what was typed with it does not: unpaid orders are given up within a day or so, and
/// can be put back into the cart for as long as somebody may remember them.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// A draft as its row keeps it.
pub(crate) struct SealedDraft {
    /// The e-mail address alone: whoever left a cart is found by it.
    pub fields: Value,
    pub sealed: Vec<u8>,
}

/// What was typed, encrypted for the row of this cart.
pub(crate) fn seal_draft(keys: &EncryptionKeys, cart: CartId, fields: &Value) -> Result<SealedDraft> {
    let sealed = keys.seal(Place { column: FIELDS, row: cart.0 }, &serde_json::to_vec(fields)?)?;
    Ok(SealedDraft { fields: json!({ "email": fields["email"] }), sealed })
}

/// Whether this is all that was typed: an earlier program wrote it.
fn is_whole(fields: &Value) -> bool {
    fields.as_object().is_some_and(|fields| fields.keys().any(|name| name != "email"))
}

/// A draft as it was typed.
pub(crate) struct KeptDraft {
    pub fields: Value,
    updated_at: DateTime<Utc>,
}

/// The draft of a cart, if there is one. One whose key is lost is none: it is typed again.
pub(crate) async fn draft_of(
    db: impl PgExecutor<'_>,
    keys: &EncryptionKeys,
    cart: CartId,
) -> Result<Option<KeptDraft>> {
    let row = sqlx::query!("select fields, sealed, updated_at from checkout_drafts where cart_id = $1", cart as _)
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    // an earlier program wrote it where it is not sealed
    let fields = match row.sealed.filter(|_| !is_whole(&row.fields)) {
        Some(sealed) => match keys.open(Place { column: FIELDS, row: cart.0 }, &sealed) {
            Ok(fields) => serde_json::from_slice(&fields)?,
            Err(e) => {
                tracing::error!("a draft of a checkout does not open: {e:?}");
                return Ok(None);
            }
        },
        None => row.fields,
    };
    Ok(Some(KeptDraft { fields, updated_at: row.updated_at }))
}

/// At sign-in: what was typed last stays.
pub(super) async fn merge(act: &mut Act<'_>, from: CartId, into: CartId) -> Result<()> {
    let keys = &act.shop.encryption_keys;
    let Some(draft) = draft_of(&mut **act, keys, from).await? else { return Ok(()) };
    let kept = seal_draft(keys, into, &draft.fields)?;
    sqlx::query!(
        "insert into checkout_drafts as there (cart_id, fields, sealed, updated_at)
         values ($1, $2, $3, $4)
         on conflict (cart_id) do update
         set fields = excluded.fields, sealed = excluded.sealed, updated_at = excluded.updated_at
         where excluded.updated_at > there.updated_at",
        into as _,
        kept.fields,
        kept.sealed,
        draft.updated_at,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Encrypts what an earlier program left plain, a batch of drafts after this cart's in a statement; the last one it
/// looked at.
pub(crate) async fn seal_some_drafts(
    db: &Db,
    keys: &EncryptionKeys,
    after: Uuid,
    at_once: i64,
) -> Result<Option<Uuid>> {
    let rows = sqlx::query!(
        r#"select cart_id as "cart: CartId", fields
           from checkout_drafts
           where cart_id > $1 and fields - 'email' <> '{}'
           order by cart_id
           limit $2"#,
        after,
        at_once,
    )
    .fetch_all(db)
    .await?;
    let last = rows.last().map(|row| row.cart.0);
    let (mut carts, mut were, mut are, mut sealed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let kept = seal_draft(keys, row.cart, &row.fields)?;
        are.push(kept.fields);
        sealed.push(kept.sealed);
        carts.push(row.cart.0);
        were.push(row.fields);
    }
    sqlx::query!(
        "update checkout_drafts d
         set fields = n.fields, sealed = n.sealed
         from unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::bytea[]) as n (cart_id, was, fields, sealed)
         where d.cart_id = n.cart_id and d.fields = n.was",
        &carts,
        &were,
        &are,
        &sealed,
    )
    .execute(db)
    .await?;
    Ok(last)
}

/// The order of the cart is paid, or accepted to be: it holds all that was typed.
pub(crate) async fn forget_draft(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    sqlx::query!("delete from checkout_drafts where cart_id = (select cart_id from orders where id = $1)", order as _)
        .execute(conn)
        .await?;
    Ok(())
}

/// Of carts that were ordered; those of open carts go with them.
pub(super) async fn sweep(shop: &Shop) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from checkout_drafts d
         using carts c
         where c.id = d.cart_id and c.ordered_at is not null and d.updated_at < $1",
        shop.clock.now() - KEPT_FOR,
    )
    .execute(&shop.db)
    .await?;
    Ok(gone.rows_affected())
}
