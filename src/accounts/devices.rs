//! Where somebody is signed in: browsers by their session, apps by their family of refresh tokens.

use crate::actors::Customer;
use crate::id::{SessionId, UserId};
use crate::message::in_english;
use crate::{Act, Error, Message, Result, Shop, audit, said};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Not the secret in the cookie.
    pub id: SessionId,
    /// In words: `Firefox on Windows`.
    #[serde(serialize_with = "in_english")]
    #[schema(value_type = String, example = "Ada’s phone")]
    pub device: Message,
    #[schema(example = "203.0.113.7")]
    pub ip: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// The one that asks.
    pub is_current: bool,
}

/// Where the customer is signed in, the last seen first.
pub async fn list(shop: &Shop, customer: &Customer) -> Result<Vec<Device>> {
    of(shop, customer.id, customer.session).await
}

/// Where somebody is signed in. `current` is the device that asks.
pub(super) async fn of(shop: &Shop, user: UserId, current: Option<SessionId>) -> Result<Vec<Device>> {
    let rows = sqlx::query!(
        r#"select public_id as "id!: SessionId", null::text as device, user_agent, ip,
                  created_at as "created_at!", last_seen_at as "last_seen_at!"
           from sessions
           where user_id = $1 and expires_at > $2
           union all
           select family, device, user_agent, ip,
                  signed_in_at, coalesce(last_used_at, created_at)
           from refresh_tokens
           where user_id = $1 and expires_at > $2 and revoked_at is null and replaced_at is null
           order by 6 desc"#,
        user as _,
        shop.clock.now(),
    )
    .fetch_all(&shop.db)
    .await?;
    let devices = rows.into_iter().map(|row| Device {
        id: row.id,
        device: row.device.map_or_else(|| device_words(row.user_agent.as_deref().unwrap_or_default()), Message::Text),
        ip: row.ip,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        is_current: current == Some(row.id),
    });
    Ok(devices.collect())
}

/// Signs one device out. `NotFound` when it is not the customer's.
pub async fn end(shop: &Shop, customer: &Customer, id: SessionId) -> Result<()> {
    // whoever leaves comes back to a device that is known; one that is put out by another may be in wrong hands
    let is_put_out = customer.session != Some(id);
    act!(shop, customer, "session.end", |act| {
        hold(&mut act, customer.id).await?;
        let ended = sqlx::query_scalar!(
            r#"with forgotten as (
                delete from known_devices where user_id = $1 and session = $2 and $4
            ),
            ended as (
                delete from sessions where user_id = $1 and public_id = $2 returning 1
            ),
            revoked as (
                update refresh_tokens
                set revoked_at = $3
                where user_id = $1 and family = $2 and revoked_at is null
                returning 1
            )
            select exists(select from ended) or exists(select from revoked) as "ended!""#,
            customer.id as _,
            id as _,
            act.now,
            is_put_out,
        )
        .fetch_one(&mut *act)
        .await?;
        if !ended {
            return Err(Error::NotFound);
        }
        let entry =
            audit::Entry { action: "session.end", entity_type: audit::Entity::Session, entity_id: id.to_string() };
        audit::record(&mut act, entry, &(), &())?;
        act.commit(()).await
    })
}

/// Signs all devices out but the one that asks. Answers how many there were.
pub async fn end_others(shop: &Shop, customer: &Customer) -> Result<u64> {
    act!(shop, customer, "session.end_others", |act| {
        hold(&mut act, customer.id).await?;
        let ended = end_all(&mut act, customer.id, customer.session).await?;
        let entry = audit::Entry {
            action: "session.end_others",
            entity_type: audit::Entity::User,
            entity_id: customer.id.to_string(),
        };
        audit::record(&mut act, entry, &(), &ended)?;
        act.commit(ended).await
    })
}

/// Makes a refresh of the user's tokens wait for us, or us for it: a token that came to be in the meantime is seen and
/// ends with the others.
async fn hold(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!("select from users where id = $1 for no key update", user as _).execute(conn).await?;
    Ok(())
}

/// Signs a user out everywhere, or everywhere else, and forgets the devices. The caller has locked the account, or
/// changed it: see [`hold`].
pub(super) async fn end_all(act: &mut Act<'_>, user: UserId, but: Option<SessionId>) -> Result<u64> {
    let ended = sqlx::query_scalar!(
        r#"with forgotten as (
            delete from known_devices where user_id = $1 and session is distinct from $2
        ),
        ended as (
            delete from sessions where user_id = $1 and public_id is distinct from $2 returning 1
        ),
        revoked as (
            update refresh_tokens
            set revoked_at = $3
            where user_id = $1 and family is distinct from $2 and revoked_at is null
            returning family
        )
        select (select count(*) from ended) + (select count(distinct family) from revoked) as "n!""#,
        user as _,
        but as _,
        act.now,
    )
    .fetch_one(&mut **act)
    .await?;
    Ok(ended.unsigned_abs())
}

/// What a person calls the device that a user agent stands for: `Firefox on Windows`.
pub fn device_words(user_agent: &str) -> Message {
    let first = |words: &[(&str, &'static str)]| words.iter().find(|(mark, _)| user_agent.contains(mark)).map(|w| w.1);
    // in this order: Edge and Opera call themselves Chrome, Chrome calls itself Safari, Android calls itself Linux
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Opera", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("HeadlessChrome", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("okhttp", "App"),
        ("Dart/", "App"),
        ("CFNetwork", "App"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Macintosh", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => said!("device-browser-on", browser = browser, system = system),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => said!("device-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::device_words;

    #[test]
    fn names_common_devices() {
        for (agent, words) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.9", "curl"),
            ("", "Unknown device"),
        ] {
            assert_eq!(device_words(agent).to_string(), words);
        }
    }
}
