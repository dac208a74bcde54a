//! The cards that a customer kept with the payment provider. We hold none of them, not even their last digits: they are
//! asked for when they are shown.

use super::customers;
use super::gateway::{GatewayError, NewKeeping};
use super::retry::retrying;
use crate::actors::Customer;
use crate::{Error, Result, Shop, audit, secret_token};
use url::Url;

pub use super::gateway::Card;

/// The customer's cards, the newest first. `Unavailable` when the provider does not answer.
pub async fn list(shop: &Shop, customer: &Customer) -> Result<Vec<Card>> {
    let Some(id) = customers::find(shop, customer).await? else { return Ok(Vec::new()) };
    match shop.gateway.cards_of(&id).await {
        Err(e) if e.is_missing() => {
            customers::forget(shop, &id).await?;
            Ok(Vec::new())
        }
        cards => Ok(cards?),
    }
}

/// Takes a card away for ever. Another customer's card is as missing as one that never was.
pub async fn remove(shop: &Shop, customer: &Customer, card: &str) -> Result<()> {
    let is_id = card.len() <= 255 && card.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let id = customers::find(shop, customer).await?.filter(|_| is_id && !card.is_empty()).ok_or(Error::NotFound)?;
    belongs(shop, &id, card).await?.then_some(()).ok_or(Error::NotFound)?;
    if let Err(e) = shop.gateway.detach_card(card).await
        && belongs(shop, &id, card).await?
    {
        return Err(e.into());
    }
    act!(shop, customer, "card.remove", |act| {
        let entry = audit::Entry {
            action: "card.remove",
            entity_type: audit::Entity::User,
            entity_id: customer.id().to_string(),
        };
        audit::record(&mut act, entry, &card, &())?;
        act.commit(()).await
    })
}

async fn belongs(shop: &Shop, customer: &str, card: &str) -> Result<bool> {
    match shop.gateway.card_of(customer, card).await {
        Ok(()) => Ok(true),
        Err(e) if e.is_missing() => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// The page at the provider on which the customer adds a card. It leads back to `back`, a path of ours.
pub async fn add(shop: &Shop, customer: &Customer, back: &str) -> Result<Url> {
    let back = shop.public_url.join(back).map_err(Error::internal)?;
    let id = customers::ensure(shop, customer).await?;
    let url = match ask_for_page(shop, &id, &back).await {
        Err(e) if e.is_missing() => {
            customers::forget(shop, &id).await?;
            let id = customers::ensure(shop, customer).await?;
            ask_for_page(shop, &id, &back).await?
        }
        url => url?,
    };
    url.parse().map_err(|_| Error::Unavailable(anyhow::anyhow!("the gateway's page has no address")))
}

async fn ask_for_page(shop: &Shop, customer: &str, back: &Url) -> Result<String, GatewayError> {
    let new = NewKeeping {
        // no money moves: pressed twice, it is two pages, of which one is used
        key: format!("keep-{}", secret_token()),
        customer: customer.to_owned(),
        success_url: back.to_string(),
        cancel_url: back.to_string(),
    };
    retrying(|| shop.gateway.create_keeping(&new)).await
}
