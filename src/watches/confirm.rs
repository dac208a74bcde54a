//! Confirming the address by the link of a mail, and what such a link leads to.

use super::words::{WatchKind, WatchStatus};
use crate::actors::Visitor;
use crate::id::WatchId;
use crate::{Error, Result, Shop, said, token_hash};
use chrono::TimeDelta;

/// How long an unconfirmed watch is kept, and its link is good.
pub(super) const OPEN: TimeDelta = TimeDelta::days(7);

/// What the link of a mail is about, for the page that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchOfLink {
    pub kind: WatchKind,
    pub status: WatchStatus,
    pub slug: String,
    pub sku: String,
    /// Of the product, and which variant of it.
    pub name: String,
    /// How many other watches the address has that are not over.
    pub others: i64,
}

/// The watch that a link belongs to: `Gone` when there is none any more.
pub async fn of_link(shop: &Shop, token: &str) -> Result<WatchOfLink> {
    sqlx::query_as!(
        WatchOfLink,
        r#"select w.kind as "kind: WatchKind", w.status as "status: WatchStatus", v.slug as "slug!", v.sku as "sku!",
                  case v.variant_name when '' then v.name else format('%s (%s)', v.name, v.variant_name) end as "name!",
                  (
                      select count(*)
                      from watches o
                      where o.email = w.email and o.id <> w.id and o.status in ('pending', 'active')
                  ) as "others!"
           from watches w
           join variants_named v on v.variant_id = w.variant_id
           where w.token_hashes @> array[$1::bytea] and (w.status <> 'pending' or w.created_at > $2)"#,
        &token_hash(token)[..],
        shop.clock.now() - OPEN,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or_else(gone)
}

/// Confirms the address by a link that was mailed there: from here on it is told. A second time changes nothing. `Gone`
/// when the link is too old, or the watch was ended.
pub async fn confirm(shop: &Shop, visitor: &Visitor, token: &str) -> Result<WatchOfLink> {
    act!(shop, visitor, "watch.confirm", |act| {
        let confirmed = sqlx::query_scalar!(
            r#"update watches
               set status = 'active', confirmed_at = coalesce(confirmed_at, $2)
               where token_hashes @> array[$1::bytea]
                 and (status = 'active' or status = 'pending' and created_at > $3)
               returning id as "id: WatchId""#,
            &token_hash(token)[..],
            act.now,
            act.now - OPEN,
        )
        .fetch_optional(&mut *act)
        .await?;
        confirmed.ok_or_else(gone)?;
        act.commit(()).await
    })?;
    of_link(shop, token).await
}

pub(super) fn gone() -> Error {
    Error::Gone(said!("refusal-watch-gone"))
}
