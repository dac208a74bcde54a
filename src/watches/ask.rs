//! Asking to be told.
//!
//! Whoever asks for an address that is not known to be theirs learns nothing of it: the answer and the work are the
//! same whether it watches already, and only the job looks. How many such mails an address gets, and a network asks
//! for, is bounded.

use super::confirm::OPEN;
use super::words::{WatchKind, WatchStatus};
use crate::actors::Visitor;
use crate::address::Email;
use crate::entity::Entity;
use crate::id::{LinkId, UserId, VariantId, WatchId};
use crate::input::Raw;
use crate::jobs::{self, Job};
use crate::throttle::{self, Count};
use crate::{Act, Error, Invalid, Result, Shop, idempotency, said, settings};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// More than anybody keeps an eye on.
const MOST: i64 = 200;

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "kind": "back_in_stock", "variantId": "0190b5a0-7c1e-7000-8000-000000000003", "email": "ada@example.org",
}))]
pub struct AskForWatch {
    #[schema(value_type = WatchKind)]
    pub kind: Raw,
    #[schema(value_type = String)]
    pub variant_id: Raw,
    /// Whom to tell; the address of the account when it is left out.
    #[schema(example = "ada@example.org")]
    pub email: Raw,
}

/// A watch that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedForWatch {
    /// Of a watch for the account's own, verified address.
    pub id: Option<WatchId>,
    pub kind: WatchKind,
    pub variant_id: VariantId,
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// `pending` until the address is confirmed by the link in a mail, `active` for an account's verified address.
    pub status: WatchStatus,
    /// Until when the link in the mail is good.
    pub confirm_until: Option<DateTime<Utc>>,
}

/// Who asks, if the address is that of their account.
struct Own {
    id: UserId,
    is_verified: bool,
}

/// Asks to be told of a variant. For the verified address of the account it holds at once; to any other one a mail with
/// a link goes first. Further requests than five in an hour for one address send nothing.
///
/// # Errors
/// `NotFound` for what is not for sale; a conflict `watch_off` where the shop does not tell of this, `in_stock` where
/// there is nothing to wait for, `too_many_watches` where the account has as many as it may; `TooMany` where a network
/// asks for too many mails.
pub async fn ask(shop: &Shop, visitor: &Visitor, input: AskForWatch) -> Result<AskedForWatch> {
    let mut faults = Invalid::default();
    let kind = WatchKind::parse(input.kind.trimmed());
    if kind.is_none() {
        faults.add("kind", said!("fault-watch-kind"));
    }
    if input.variant_id.is_empty() {
        faults.add("variantId", said!("fault-required"));
    }
    let typed = match (&visitor.customer, input.email.is_empty()) {
        (Some(customer), true) => customer.email(),
        _ => input.email.trimmed(),
    };
    let email = faults.check("email", Email::to_write_to(typed));
    faults.into_result()?;
    let (Some(kind), Some(email)) = (kind, email) else { return Err(Error::invalid("email", said!("fault-required"))) };
    let variant = input.variant_id.trimmed().parse().map_err(|_| Error::NotFound)?;
    if !kind.is_on(&*settings::current(shop).await?) {
        return Err(Error::conflict("watch_off", said!("refusal-watch-off")));
    }

    let own = own(shop, visitor, &email).await?;
    let is_proven = own.as_ref().is_some_and(|own| own.is_verified);
    if let Some(ip) = visitor.origin.ip.as_ref().filter(|_| !is_proven) {
        throttle::attempt_now(shop, &Count::watches_from(ip)).await?;
    }
    let asked = |id: Option<WatchId>, now: DateTime<Utc>| AskedForWatch {
        id,
        kind,
        variant_id: variant,
        email: email.to_string(),
        status: if is_proven { WatchStatus::Active } else { WatchStatus::Pending },
        confirm_until: (!is_proven).then_some(now + OPEN),
    };
    act!(shop, visitor, "watch.ask", |act| {
        let now = act.now;
        let goods = sqlx::query!(
            r#"select v.price as "price!", coalesce(l.available, 0) as "available!"
               from variants_named v
               left join sellable_stock l on l.variant_id = v.variant_id
               where v.variant_id = $1 and v.is_for_sale"#,
            variant as _,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or(Error::NotFound)?;
        if kind == WatchKind::BackInStock && goods.available > 0 {
            return Err(Error::conflict("in_stock", said!("refusal-watch-in-stock")));
        }
        if !is_proven {
            match throttle::attempt(&mut act, &Count::watches_of(&email)).await {
                Ok(()) => {}
                Err(Error::TooMany { .. }) => return Ok(asked(None, now)),
                Err(e) => return Err(e),
            }
        }
        if let Some(own) = &own {
            end_under_former_address(&mut act, own.id, kind, variant, &email).await?;
        }
        let watch = write(&mut act, (kind, variant, goods.price), &email, own.as_ref()).await?;
        let Some(watch) = watch else {
            // of an address that is not proven to be theirs nothing is told
            return match is_proven {
                true => Err(Error::conflict("too_many_watches", said!("refusal-too-many-watches", most = MOST))),
                false => Ok(asked(None, now)),
            };
        };
        if !is_proven {
            jobs::enqueue(&mut act, &Job::SendWatchConfirmation { link: LinkId::new(), watch })?;
        }
        idempotency::done(&mut act, Entity::Watch, &watch.to_string())?;
        act.commit(asked(Some(watch).filter(|_| is_proven), now)).await
    })
}

/// The account of whoever asks, if the address is its own.
async fn own(shop: &Shop, visitor: &Visitor, email: &Email) -> Result<Option<Own>> {
    let Some(customer) = &visitor.customer else { return Ok(None) };
    let own = sqlx::query_as!(
        Own,
        r#"select id as "id: UserId", email_verified_at is not null as "is_verified!"
           from users
           where id = $1 and email = $2::text::citext and is_active"#,
        customer.id() as _,
        email.as_str(),
    );
    Ok(own.fetch_optional(&shop.db).await?)
}

/// One account watches a variant once, whatever its address was.
async fn end_under_former_address(
    act: &mut Act<'_>,
    user: UserId,
    kind: WatchKind,
    variant: VariantId,
    email: &Email,
) -> Result<()> {
    sqlx::query!(
        "update watches
         set status = 'ended', ended_at = $5
         where user_id = $1 and kind = $2 and variant_id = $3 and email <> $4::text::citext
           and status in ('pending', 'active')",
        user as _,
        kind as _,
        variant as _,
        email.as_str(),
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Writes the watch, or finds the one there is. Whoever did not prove the address changes nothing of one that was
/// confirmed. `None` when the address has as many as it may.
async fn write(
    act: &mut Act<'_>,
    (kind, variant, price): (WatchKind, VariantId, i64),
    email: &Email,
    own: Option<&Own>,
) -> Result<Option<WatchId>> {
    let is_proven = own.is_some_and(|own| own.is_verified);
    let status = if is_proven { WatchStatus::Active } else { WatchStatus::Pending };
    let watch = sqlx::query_scalar!(
        r#"insert into watches as w
               (id, kind, variant_id, email, user_id, status, price_seen, created_at, confirmed_at)
           select $1, $2, $3, $4::text::citext, $5, $6, $7, $8::timestamptz, case when $9 then $8::timestamptz end
           where (select count(*) from watches where email = $4::text::citext and status in ('pending', 'active')) < $10
           on conflict (kind, variant_id, email) where status in ('pending', 'active') do update
           set status = case when excluded.status = 'active' then 'active' else w.status end,
               confirmed_at = coalesce(w.confirmed_at, excluded.confirmed_at),
               user_id = coalesce(excluded.user_id, w.user_id),
               price_seen = case
                   when w.status = 'active' and excluded.status = 'pending' then w.price_seen
                   else excluded.price_seen
               end,
               created_at = case when w.status = 'pending' then excluded.created_at else w.created_at end
           returning id as "id: WatchId""#,
        WatchId::new() as _,
        kind as _,
        variant as _,
        email.as_str(),
        own.map(|own| own.id) as _,
        status as _,
        price,
        act.now,
        is_proven,
        MOST,
    )
    .fetch_optional(&mut **act)
    .await?;
    Ok(watch)
}
