//! Sending once.

use super::Mail;
use crate::{Error, Result, Shop, settings};
use anyhow::anyhow;
use chrono::TimeDelta;
use sha2::Digest;

/// Longer than a mail server may keep us waiting.
const CLAIM: TimeDelta = TimeDelta::minutes(2);

/// Sends a message unless it has been sent before. Call it outside of transactions: mail servers are slow.
pub async fn send(shop: &Shop, mail: &Mail) -> Result<()> {
    let id = message_id(shop, mail);
    let settings = settings::current(shop).await?;
    if !claim(shop, mail, &id).await? {
        return Ok(());
    }
    let now = shop.clock.now();
    match shop.mailer.deliver(mail, &settings.shop_name, &id, now).await {
        Ok(()) => {
            crash_point!("mail-sent");
            sqlx::query!(
                "update emails set sent_at = $2, last_error = null where key = $1",
                mail.key,
                shop.clock.now()
            )
            .execute(&shop.db)
            .await?;
            tracing::info!(mail = mail.key, "mail sent");
            Ok(())
        }
        Err(e) => {
            let error: String = format!("{e:#}").chars().take(500).collect();
            // free for the next attempt at once
            sqlx::query!("update emails set claimed_at = '-infinity', last_error = $2 where key = $1", mail.key, error)
                .execute(&shop.db)
                .await?;
            Err(Error::Unavailable(e.context("sending mail")))
        }
    }
}

/// Whether it is ours to send: `false` when it was sent before, an error when somebody is at it now.
async fn claim(shop: &Shop, mail: &Mail, id: &str) -> Result<bool> {
    let now = shop.clock.now();
    let claimed = sqlx::query_scalar!(
        "insert into emails (key, recipient, subject, message_id, claimed_at)
         values ($1, $2, $3, $4, $5)
         on conflict (key) do update
         set claimed_at = excluded.claimed_at, attempts = emails.attempts + 1
         where emails.sent_at is null and emails.claimed_at <= $6
         returning key",
        mail.key,
        mail.to as _,
        mail.subject,
        id,
        now,
        now - CLAIM,
    )
    .fetch_optional(&shop.db)
    .await?;
    if claimed.is_some() {
        return Ok(true);
    }
    let is_sent = sqlx::query_scalar!(r#"select sent_at is not null as "sent!" from emails where key = $1"#, mail.key)
        .fetch_one(&shop.db)
        .await?;
    if is_sent { Ok(false) } else { Err(Error::Unavailable(anyhow!("mail {} is being sent", mail.key))) }
}

/// The same for every attempt, so that a mailbox which gets two copies can tell.
fn message_id(shop: &Shop, mail: &Mail) -> String {
    let hash = hex::encode(&sha2::Sha256::digest(mail.key.as_bytes())[..16]);
    format!("<{hash}@{}>", shop.public_url.host_str().unwrap_or("localhost"))
}
