//! What staff do with webhooks.

use super::{HERE, address};
use crate::web::{Done, Next, form, reveal_once};
use leptos::prelude::*;
use secrecy::ExposeSecret;
use shop::Error;
use shop::id::{DeliveryId, WebhookId, WebhookKeyId};
use shop::input::Raw;
use shop::webhooks::{self, EndpointInput, KeyInput, ReplayInput, RotateInput};

fn named(webhook: &Raw) -> shop::Result<WebhookId> {
    webhook.trimmed().parse().map_err(|_| Error::NotFound)
}

fn named_key(key: &Raw) -> shop::Result<WebhookKeyId> {
    key.trimmed().parse().map_err(|_| Error::NotFound)
}

/// Makes a webhook, whose page shows the secret once.
#[server]
pub async fn create(#[server(flatten)] input: EndpointInput) -> Done {
    form(|visit| async move {
        let made = webhooks::create(visit.shop(), visit.staff()?, input).await?;
        let page = address(made.id);
        let secret = reveal_once::send(&visit, &page, made.secret.expose_secret());
        Ok(Next::to(page).cookie(Some(secret)))
    })
    .await
}

#[server]
pub async fn edit(webhook: Raw, #[server(flatten)] input: EndpointInput) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        webhooks::edit(visit.shop(), visit.staff()?, id, input).await?;
        Ok(Next::to(address(id)).say("Saved. It counts for all that is sent from now on."))
    })
    .await
}

#[server]
pub async fn delete(webhook: Raw) -> Done {
    form(|visit| async move {
        webhooks::delete(visit.shop(), visit.staff()?, named(&webhook)?).await?;
        Ok(Next::to(HERE).say("Deleted."))
    })
    .await
}

#[server]
pub async fn pause(webhook: Raw) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        webhooks::pause(visit.shop(), visit.staff()?, id).await?;
        Ok(Next::to(address(id)).say("Paused. What happens is kept for thirty days."))
    })
    .await
}

#[server]
pub async fn resume(webhook: Raw) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        webhooks::resume(visit.shop(), visit.staff()?, id).await?;
        Ok(Next::to(address(id)).say("Resumed. What waited is being sent."))
    })
    .await
}

#[server]
pub async fn test(webhook: Raw) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        webhooks::send_test(visit.shop(), visit.staff()?, id).await?;
        Ok(Next::to(address(id)).say("The test is on its way. Load the page again to see what came of it."))
    })
    .await
}

#[server]
pub async fn replay(webhook: Raw, #[server(flatten)] input: ReplayInput) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        let messages = webhooks::replay(visit.shop(), visit.staff()?, id, input).await?;
        let said = match messages {
            0 => "Nothing happened then that this webhook wants.".to_owned(),
            1 => "1 message is being sent.".to_owned(),
            n => format!("{n} messages are being sent."),
        };
        Ok(Next::to(address(id)).say(said))
    })
    .await
}

/// Replaces what signs; a new secret is shown once.
#[server]
pub async fn rotate(webhook: Raw, #[server(flatten)] input: RotateInput) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        let page = address(id);
        let secret = webhooks::rotate_secret(visit.shop(), visit.staff()?, id, input).await?;
        let secret = secret.map(|secret| reveal_once::send(&visit, &page, secret.expose_secret()));
        Ok(Next::to(page).cookie(secret).say("Replaced. The former one signs too until its time is over."))
    })
    .await
}

#[server]
pub async fn add_key(webhook: Raw, #[server(flatten)] input: KeyInput) -> Done {
    form(|visit| async move {
        let id = named(&webhook)?;
        webhooks::add_key(visit.shop(), visit.staff()?, id, input).await?;
        Ok(Next::to(address(id)).say("The key is there."))
    })
    .await
}

#[server]
pub async fn activate_key(key: Raw) -> Done {
    form(|visit| async move {
        webhooks::activate_key(visit.shop(), visit.staff()?, named_key(&key)?).await?;
        Ok(Next::back().say("Messages are encrypted with this key from now on."))
    })
    .await
}

#[server]
pub async fn deactivate_key(key: Raw) -> Done {
    form(|visit| async move {
        webhooks::deactivate_key(visit.shop(), visit.staff()?, named_key(&key)?).await?;
        Ok(Next::back().say("Messages are sent unencrypted from now on."))
    })
    .await
}

#[server]
pub async fn remove_key(key: Raw) -> Done {
    form(|visit| async move {
        webhooks::remove_key(visit.shop(), visit.staff()?, named_key(&key)?).await?;
        Ok(Next::back().say("The key is gone."))
    })
    .await
}

#[server]
pub async fn redeliver(delivery: Raw) -> Done {
    form(|visit| async move {
        let id: DeliveryId = delivery.trimmed().parse().map_err(|_| Error::NotFound)?;
        webhooks::redeliver(visit.shop(), visit.staff()?, id).await?;
        Ok(Next::back().say("It is being sent again. Load the page again to see what came of it."))
    })
    .await
}
