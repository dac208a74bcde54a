//! Beginning to pay: the gateway is asked for a page, or for an intent, under the payment's stored key. Outside of any
//! transaction, and as often as it takes: the key makes one of many.

use super::attempt::{Attempt, Method, PaymentState};
use super::ended::close_others;
use super::gateway::{Failure, GatewayError, ShownIn};
use super::next::{payable, replace};
use super::patience::asking;
use super::terms::{Ask, Ordered, lines};
use super::{customers, settle};
use crate::actors::{Customer, System};
use crate::id::{OrderId, PaymentId, UserId};
use crate::lifecycle::{self, Happening};
use crate::{Error, Result, Shop, retrying};
use anyhow::anyhow;
use chrono::{DateTime, TimeDelta};
use url::Url;

/// Stripe wants half an hour at least; the rest is for attempts of ours that got no answer.
const PAGE_OPEN_FOR: TimeDelta = TimeDelta::minutes(33);
/// The stock outlives the page, so that who pays at the last moment gets the goods.
const STOCK_OUTLIVES_PAGE: TimeDelta = TimeDelta::minutes(2);

/// What an app, or Stripe's form on our page, needs to pay with an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentBegun {
    pub payment: PaymentId,
    pub intent: String,
    pub client_secret: String,
    pub publishable_key: Option<String>,
    /// Of a customer who is signed in.
    pub customer: Option<AppCustomer>,
}

/// With this the form shows the customer's kept cards, for half an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppCustomer {
    pub id: String,
    pub session_secret: String,
}

/// How somebody wants to pay with an intent.
#[derive(Debug, Clone, Copy)]
pub struct IntentWish<'a> {
    /// Whose kept cards may be offered, if the order is theirs.
    pub payer: Option<&'a Customer>,
    /// Keep the card without asking again in the form: the shopper said so before.
    pub keep_card: bool,
    pub shown_in: ShownIn,
}

impl IntentWish<'_> {
    /// In an app, by somebody who is not signed in.
    pub const GUEST: Self = Self { payer: None, keep_card: false, shown_in: ShownIn::App };
}

/// Asks for the page on which this payment is made, or remembers it. May be repeated: it is always the same page.
/// `Unavailable` when the gateway gave no clear answer; the order waits, and the shopper may try again. A conflict
/// `payment_refused` when it says no: this attempt is over.
pub async fn begin(shop: &Shop, payment: PaymentId) -> Result<Url> {
    begin_for(shop, None, payment).await
}

/// The same for whoever just placed the order: a customer who is signed in finds the kept cards on the page.
pub async fn begin_for(shop: &Shop, payer: Option<&Customer>, payment: PaymentId) -> Result<Url> {
    let wallet = Wallet::of(shop, payer, payment, false).await?;
    let wanted = prepare(shop, payment, &wallet).await?;
    let ask = match wanted {
        Wanted::Page(url) => return parse(&url),
        Wanted::Nothing(order) => return order.return_url(shop, payment),
        Wanted::Ask(ask) => ask,
    };
    if ask.attempt.method != Method::Checkout {
        return Err(Error::conflict("payment_method", "This payment is not made on a page"));
    }
    let new = ask.session(shop)?;
    let answer = asking(|| shop.gateway.create_session(&new)).await;
    match answer {
        Ok(seen) => {
            crash_point!("page-made");
            let url = seen.url.clone().unwrap_or_default();
            store(shop, &ask.attempt, Some(&seen.id), seen.intent_id.as_deref(), Some(&url)).await?;
            parse(&url)
        }
        Err(e) => {
            let next = without_customer(shop, &ask.attempt, e).await?;
            Box::pin(begin_for(shop, None, next)).await
        }
    }
}

/// Asks for the intent with which an app makes this payment; always the same one.
pub async fn begin_intent(shop: &Shop, payment: PaymentId) -> Result<IntentBegun> {
    begin_intent_for(shop, IntentWish::GUEST, payment).await
}

/// The same for whoever placed the order.
pub async fn begin_intent_for(shop: &Shop, wish: IntentWish<'_>, payment: PaymentId) -> Result<IntentBegun> {
    let wallet = Wallet::of(shop, wish.payer, payment, wish.keep_card).await?;
    let ask = match prepare(shop, payment, &wallet).await? {
        Wanted::Ask(ask) => ask,
        Wanted::Page(_) | Wanted::Nothing(_) => {
            return Err(Error::conflict("payment_closed", "This order needs no payment any more"));
        }
    };
    if ask.attempt.method != Method::Intent {
        return Err(Error::conflict("payment_method", "This payment is made on a page"));
    }
    let seen = match &ask.attempt.intent {
        Some(intent) => shop.gateway.retrieve_intent(intent).await,
        None => {
            let new = ask.intent();
            asking(|| shop.gateway.create_intent(&new)).await
        }
    };
    match seen {
        Ok(seen) => {
            store(shop, &ask.attempt, None, Some(&seen.id), None).await?;
            Ok(IntentBegun {
                payment,
                intent: seen.id,
                client_secret: seen.client_secret.unwrap_or_default(),
                publishable_key: shop.gateway.publishable_key().map(str::to_owned),
                customer: opened(shop, &ask.attempt, wish).await?,
            })
        }
        Err(e) => {
            let next = without_customer(shop, &ask.attempt, e).await?;
            Box::pin(begin_intent_for(shop, IntentWish { payer: None, ..wish }, next)).await
        }
    }
}

/// The right to the kept cards, for the owner of the order only. Without it one can still pay.
async fn opened(shop: &Shop, attempt: &Attempt, wish: IntentWish<'_>) -> Result<Option<AppCustomer>> {
    let Some(id) = attempt.customer.clone().filter(|_| wish.payer.is_some()) else { return Ok(None) };
    if !is_of(shop, attempt.order, wish.payer).await? {
        return Ok(None);
    }
    match shop.gateway.open_to(&id, wish.shown_in, attempt.keeps_card).await {
        Ok(session_secret) => Ok(Some(AppCustomer { id, session_secret })),
        Err(e) => {
            tracing::warn!("kept cards are not offered: {e}");
            Ok(None)
        }
    }
}

pub(super) async fn is_of(shop: &Shop, order: OrderId, payer: Option<&Customer>) -> Result<bool> {
    let Some(payer) = payer else { return Ok(false) };
    let owner = sqlx::query_scalar!(r#"select user_id as "user: UserId" from orders where id = $1"#, order as _)
        .fetch_one(&shop.db)
        .await?;
    Ok(owner == Some(payer.id()))
}

/// What is offered beside a new card.
struct Wallet {
    customer: Option<String>,
    keeps_card: bool,
}

impl Wallet {
    /// The payer's, if the order is theirs. That a card can be kept must never stand in the way of paying: without a clear
    /// answer there is none.
    async fn of(shop: &Shop, payer: Option<&Customer>, payment: PaymentId, keeps_card: bool) -> Result<Self> {
        let none = Self { customer: None, keeps_card: false };
        let attempt = Attempt::load(&shop.db, payment).await?;
        let is_fixed = attempt.expires_at.is_some() || !attempt.state.is_open();
        let Some(payer) = payer.filter(|_| !is_fixed) else { return Ok(none) };
        if !is_of(shop, attempt.order, Some(payer)).await? {
            return Ok(none);
        }
        match customers::ensure(shop, payer).await {
            Ok(id) => Ok(Self { customer: Some(id), keeps_card }),
            Err(e) => {
                tracing::warn!(payment = %payment, "kept cards are not offered: {e}");
                Ok(none)
            }
        }
    }
}

enum Wanted {
    /// There is a page already.
    Page(String),
    /// There is nothing to pay (any more).
    Nothing(Ordered),
    Ask(Box<Ask>),
}

/// Settles what came before, and fixes until when the page is open.
async fn prepare(shop: &Shop, payment: PaymentId, wallet: &Wallet) -> Result<Wanted> {
    let attempt = Attempt::load(&shop.db, payment).await?;
    close_others(shop, attempt.order, payment).await?;
    retrying(|| fix_terms(shop, payment, wallet)).await
}

async fn fix_terms(shop: &Shop, payment: PaymentId, wallet: &Wallet) -> Result<Wanted> {
    let now = shop.clock.now();
    let order_id = Attempt::load(&shop.db, payment).await?.order;
    let mut tx = shop.db.begin().await?;
    let locked = lifecycle::lock(&mut tx, order_id).await?;
    let mut attempt = Attempt::load(&mut *tx, payment).await?;
    let order = Ordered::load(&mut tx, order_id).await?;
    let is_done = matches!(attempt.state, PaymentState::Succeeded | PaymentState::Processing);
    if is_done || locked.paid_at.is_some() {
        return Ok(Wanted::Nothing(order));
    }
    payable(locked.status)?;
    if !attempt.state.is_open() {
        return Err(Error::conflict("payment_closed", "This attempt to pay is over; please try again"));
    }
    if let (Some(url), Some(_)) = (&attempt.url, &attempt.session) {
        return Ok(Wanted::Page(url.clone()));
    }
    let expires_at = match attempt.expires_at {
        // asked before without an answer: the same request again
        Some(at) => at,
        None => {
            // whole seconds, as the gateway counts
            let at = DateTime::from_timestamp((now + PAGE_OPEN_FOR).timestamp(), 0).unwrap_or(now);
            sqlx::query!(
                "update payments
                 set expires_at = $2, updated_at = $3, provider_customer = $4, keeps_card = $5
                 where id = $1",
                payment as _,
                at,
                now,
                wallet.customer.as_deref(),
                wallet.keeps_card,
            )
            .execute(&mut *tx)
            .await?;
            (attempt.customer, attempt.keeps_card) = (wallet.customer.clone(), wallet.keeps_card);
            sqlx::query!(
                "update orders set reserved_until = greatest(reserved_until, $2) where id = $1 and reserved_until is not null",
                order_id as _,
                at + STOCK_OUTLIVES_PAGE,
            )
            .execute(&mut *tx)
            .await?;
            at
        }
    };
    let lines = lines(&mut tx, order_id, &order.number).await?;
    tx.commit().await?;
    Ok(Wanted::Ask(Box::new(Ask { attempt, order, expires_at, lines })))
}

/// Keeps what the gateway made. When the attempt was closed meanwhile, its page is closed too and not shown.
async fn store(
    shop: &Shop,
    attempt: &Attempt,
    session: Option<&str>,
    intent: Option<&str>,
    url: Option<&str>,
) -> Result<()> {
    let now = shop.clock.now();
    let mut tx = shop.db.begin().await?;
    let row = sqlx::query!(
        r#"update payments
           set provider_session = coalesce(provider_session, $2),
               provider_intent = coalesce(provider_intent, $3),
               checkout_url = coalesce(checkout_url, $4),
               status = case when status = 'created' then 'pending' else status end,
               -- closed before we knew what there was to close
               settled_at = case when status in ('failed', 'cancelled', 'expired') then null else settled_at end,
               updated_at = $5
           where id = $1
           returning status as "state: PaymentState""#,
        attempt.id as _,
        session,
        intent,
        url,
        now,
    )
    .fetch_one(&mut *tx)
    .await?;
    let is_open = row.state.is_open();
    if !is_open {
        settle::enqueue(&mut tx, attempt.id).await?;
    }
    tx.commit().await?;
    if is_open {
        Ok(())
    } else {
        Err(Error::conflict("payment_closed", "This attempt to pay is over; please try again"))
    }
}

/// What is left of an attempt whose page was not made.
async fn refused(shop: &Shop, attempt: &Attempt, error: GatewayError) -> Result<Error> {
    tracing::error!(payment = %attempt.id, "the gateway made no page: {error}");
    // About our account or key, or unclear: the attempt stands, and asking again with its key is safe. But a key for which
    // the gateway keeps an error of its own is of no use; the page it may have made is known to nobody.
    let is_over = match &error {
        e @ GatewayError::Definite { .. } => !e.is_ours(),
        e => e.burns_key(),
    };
    if is_over {
        let mut tx = shop.db.begin().await?;
        lifecycle::lock(&mut tx, attempt.order).await?;
        let stored = Attempt::load(&mut *tx, attempt.id).await?;
        if !stored.was_asked() {
            let failure = refusal(&error);
            stored.close(&mut tx, PaymentState::Failed, failure.as_ref(), shop.clock.now(), true).await?;
            let note = match &failure {
                Some(failure) => format!("The payment provider refused the payment: {}", failure.message),
                None => "The payment provider made no page to pay on".to_owned(),
            };
            let note = Happening::of_kind("payment", &note);
            lifecycle::note_down(&mut tx, &shop.clock, &System, attempt.order, note).await?;
        }
        tx.commit().await?;
    }
    Ok(error.into())
}

/// What a definite refusal says, for the order's page and the timeline.
fn refusal(error: &GatewayError) -> Option<Failure> {
    let GatewayError::Definite { code, message, .. } = error else { return None };
    Some(Failure { code: code.clone().unwrap_or_else(|| "refused".to_owned()), message: message.clone(), charge: None })
}

/// What to do after a refusal. When the provider does not know the customer (any more), the next attempt, which has none;
/// its key is a new one, since the provider may keep the refusal for the old.
async fn without_customer(shop: &Shop, attempt: &Attempt, error: GatewayError) -> Result<PaymentId> {
    let unknown = attempt.customer.as_deref().filter(|_| error.is_missing() && !attempt.was_asked());
    let Some(customer) = unknown.map(str::to_owned) else {
        return Err(refused(shop, attempt, error).await?);
    };
    customers::forget(shop, &customer).await?;
    refused(shop, attempt, error).await?;
    retrying(|| replace(shop, attempt.order, attempt.method)).await
}

fn parse(url: &str) -> Result<Url> {
    url.parse().map_err(|_| Error::Unavailable(anyhow!("the gateway's page has no address")))
}
