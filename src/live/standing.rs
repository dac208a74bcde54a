//! Whether those who follow are still signed in.

use crate::actors::{ApiClient, Customer, Staff};
use crate::{Result, Shop};
use std::collections::HashSet;
use uuid::Uuid;

/// By what somebody is let in: a session of a browser, the sign-in of an app, or an API key. It ends what is followed
/// when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    id: Uuid,
    /// Whether it ends, too, when they do not work here any more.
    works_here: bool,
}

impl Standing {
    pub fn of_customer(customer: &Customer) -> Option<Self> {
        customer.session.map(|session| Self { id: session.0, works_here: false })
    }

    pub fn of_staff(staff: &Staff) -> Option<Self> {
        staff.session.map(|session| Self { id: session.0, works_here: true })
    }

    pub fn of_machine(client: &ApiClient) -> Self {
        Self { id: client.id.0, works_here: false }
    }
}

/// Those that hold no more, with one question for all.
pub(super) async fn ended(shop: &Shop, standings: &HashSet<Standing>) -> Result<HashSet<Standing>> {
    let ids: Vec<_> = standings.iter().map(|standing| standing.id).collect();
    let work_here: Vec<_> = standings.iter().map(|standing| standing.works_here).collect();
    let ended = sqlx::query!(
        r#"select asked.id as "id!", asked.works_here as "works_here!"
           from unnest($1::uuid[], $2::bool[]) as asked (id, works_here)
           where not exists (
                     select from sessions s
                     join identities i on i.id = s.user_id
                     where s.public_id = asked.id and s.expires_at > $3
                       and (i.role <> 'customer' or not asked.works_here)
                 )
             and not exists (
                     select from refresh_tokens t
                     join identities i on i.id = t.user_id
                     where t.family = asked.id and t.replaced_at is null and t.revoked_at is null
                       and (i.role <> 'customer' or not asked.works_here)
                 )
             and not exists (
                     select from api_keys k
                     where k.id = asked.id and k.revoked_at is null and (k.expires_at is null or k.expires_at > $3)
                 )"#,
        &ids,
        &work_here,
        shop.clock.now(),
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(ended.into_iter().map(|row| Standing { id: row.id, works_here: row.works_here }).collect())
}
