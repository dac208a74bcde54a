//! Beginning to pay: the gateway is asked for a page, or for an intent, under the payment's stored key. Outside of any
//! transaction, and as often as it takes: the key makes one of many.

use super::attempt::{Attempt, Method, NewPayment, PaymentState};
use super::end_attempts::close_others;
use super::gateway::{Failure, GatewayError, ShownIn};
use super::gateway_request::{GatewayOrder, GatewayRequest, OrderLine};
use super::next_attempt::{payable, replace};
use super::retry::retrying;
use super::{customers, settle};
use crate::actors::{Customer, System};
use crate::id::{OrderId, PaymentId, UserId};
use crate::lifecycle::{self, Happening, OrderStatus};
use crate::words::Locale;
use crate::{Error, Money, Result, Shop, said};
use anyhow::anyhow;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// Stripe wants half an hour at least; the rest is for attempts of ours that got no answer.
const PAGE_OPEN_FOR: TimeDelta = TimeDelta::minutes(33);
/// The stock is held longer than the page is open: a payment at the last moment still gets the goods.
const STOCK_OUTLIVES_PAGE: TimeDelta = TimeDelta::minutes(2);

/// Until when one can pay that begins now. In whole seconds, as the gateway counts.
pub(crate) fn open_until(now: DateTime<Utc>) -> DateTime<Utc> {
    let at = now + PAGE_OPEN_FOR;
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// How long at least the goods are held of an order that can be paid until then.
pub(crate) fn held_until(open_until: DateTime<Utc>) -> DateTime<Utc> {
    open_until + STOCK_OUTLIVES_PAGE
}

/// How somebody wants to pay.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Whose kept cards may be offered, if the order is theirs.
    pub payer: Option<&'a Customer>,
    /// Where the form is shown in which they pay with an intent; without one, they pay on the gateway's page.
    pub form: Option<ShownIn>,
    /// Keep the card without asking again in the form: the shopper said so before.
    pub keep_card: bool,
}

impl<'a> Wish<'a> {
    /// On the gateway's page.
    pub fn page(payer: Option<&'a Customer>) -> Self {
        Self { payer, form: None, keep_card: false }
    }

    /// With an intent, in a form that is shown there.
    pub fn form(payer: Option<&'a Customer>, shown_in: ShownIn) -> Self {
        Self { payer, form: Some(shown_in), keep_card: false }
    }

    pub(super) fn method(self) -> Method {
        match self.form {
            Some(_) => Method::Intent,
            None => Method::Checkout,
        }
    }

    /// The refusal of a payment that is made the other way.
    fn other_method(self) -> Error {
        let message = match self.form {
            Some(_) => said!("refusal-pay-on-a-page"),
            None => said!("refusal-pay-not-on-a-page"),
        };
        Error::conflict("payment_method", message)
    }
}

/// What somebody pays with, as wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    Page(Url),
    Intent(IntentBegun),
}

impl Begun {
    /// The page, if one was asked for.
    ///
    /// # Errors
    /// The conflict `payment_method` when it is an intent.
    pub fn page(self) -> Result<Url> {
        match self {
            Self::Page(url) => Ok(url),
            Self::Intent(_) => Err(Wish::page(None).other_method()),
        }
    }

    /// The intent, if one was asked for.
    ///
    /// # Errors
    /// The conflict `payment_method` when it is a page.
    pub fn intent(self) -> Result<IntentBegun> {
        match self {
            Self::Intent(begun) => Ok(begun),
            Self::Page(_) => Err(Wish::form(None, ShownIn::App).other_method()),
        }
    }
}

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

/// Asks for the page on which this payment is made, or for its intent, or remembers it. May be repeated: it is always
/// the same one. A customer who is signed in finds the kept cards there, if the order is theirs. `Unavailable` when the
/// gateway gave no clear answer; the order waits, and the shopper may try again. A conflict `payment_refused` when it
/// says no: this attempt is over.
pub async fn begin(shop: &Shop, payment: PaymentId, wish: &Wish<'_>) -> Result<Begun> {
    let attempt = Attempt::load(&shop.db, payment).await?;
    let cards = CardOptions::of(shop, &attempt, wish).await?;
    // what came before is settled first
    close_others(shop, attempt.order, payment).await?;
    let ask = match (fix_request(shop, &attempt, &cards).await?, wish.form) {
        (NextStep::Ask(ask), _) => ask,
        (NextStep::Page(url), None) => return Ok(Begun::Page(parse(&url)?)),
        (NextStep::Nothing(order), None) => return Ok(Begun::Page(order.return_url(shop, payment)?)),
        (NextStep::Page(_) | NextStep::Nothing(_), Some(_)) => {
            return Err(Error::conflict("payment_closed", said!("refusal-order-paid")));
        }
    };
    ask_for(shop, &ask, wish).await
}

/// What the gateway is asked for, fixed when the order was written: nothing of it has to be read again.
pub struct Prepared(Box<GatewayRequest>);

impl Prepared {
    /// Of a payment that is written with its order just now, and until when it can be made.
    pub(crate) fn new(
        payment: &NewPayment,
        order: OrderId,
        total: Money,
        what: GatewayOrder,
        items: Vec<OrderLine>,
        locale: Locale,
    ) -> Option<Self> {
        let expires_at = payment.expires_at?;
        let request = GatewayRequest::of_new(payment.attempt(order, total), expires_at, what, items, locale);
        Some(Self(Box::new(request)))
    }
}

/// As [`begin`], of a payment that was written just now, with what was prepared for it then.
pub async fn begin_prepared(
    shop: &Shop,
    payment: PaymentId,
    prepared: Option<Prepared>,
    wish: &Wish<'_>,
) -> Result<Begun> {
    match prepared {
        Some(Prepared(request)) => ask_for(shop, &request, wish).await,
        None => begin(shop, payment, wish).await,
    }
}

async fn ask_for(shop: &Shop, ask: &GatewayRequest, wish: &Wish<'_>) -> Result<Begun> {
    if ask.attempt.method != wish.method() {
        return Err(wish.other_method());
    }
    match wish.form {
        None => begin_page(shop, ask, wish).await,
        Some(shown_in) => begin_intent(shop, ask, wish, shown_in).await,
    }
}

async fn begin_page(shop: &Shop, ask: &GatewayRequest, wish: &Wish<'_>) -> Result<Begun> {
    let new = ask.session(shop)?;
    match retrying(|| shop.gateway.create_session(&new)).await {
        Ok(seen) => {
            crash_point!("page-made");
            let url = seen.url.clone().unwrap_or_default();
            store(shop, &ask.attempt, Some(&seen.id), seen.intent_id.as_deref(), Some(&url)).await?;
            Ok(Begun::Page(parse(&url)?))
        }
        Err(e) => begin_without_customer(shop, &ask.attempt, wish, e).await,
    }
}

async fn begin_intent(shop: &Shop, ask: &GatewayRequest, wish: &Wish<'_>, shown_in: ShownIn) -> Result<Begun> {
    let seen = match &ask.attempt.intent {
        Some(intent) => shop.gateway.retrieve_intent(intent).await,
        None => {
            let new = ask.intent();
            retrying(|| shop.gateway.create_intent(&new)).await
        }
    };
    match seen {
        Ok(seen) => {
            store(shop, &ask.attempt, None, Some(&seen.id), None).await?;
            Ok(Begun::Intent(IntentBegun {
                payment: ask.attempt.id,
                intent: seen.id,
                client_secret: seen.client_secret.unwrap_or_default(),
                publishable_key: shop.gateway.publishable_key().map(str::to_owned),
                customer: opened(shop, &ask.attempt, wish.payer, shown_in).await?,
            }))
        }
        Err(e) => begin_without_customer(shop, &ask.attempt, wish, e).await,
    }
}

/// The right to the kept cards, for the owner of the order only. Without it one can still pay.
async fn opened(
    shop: &Shop,
    attempt: &Attempt,
    payer: Option<&Customer>,
    shown_in: ShownIn,
) -> Result<Option<AppCustomer>> {
    let Some(id) = attempt.customer.clone().filter(|_| payer.is_some()) else { return Ok(None) };
    if !is_of(shop, attempt.order, payer).await? {
        return Ok(None);
    }
    match shop.gateway.open_to(&id, shown_in, attempt.keeps_card).await {
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
struct CardOptions {
    customer: Option<String>,
    keeps_card: bool,
}

impl CardOptions {
    /// The payer's, if the order is theirs. That a card can be kept must never stand in the way of paying: without a
    /// clear answer there is none.
    async fn of(shop: &Shop, attempt: &Attempt, wish: &Wish<'_>) -> Result<Self> {
        let none = Self { customer: None, keeps_card: false };
        let is_fixed = attempt.expires_at.is_some() || !attempt.state.is_open();
        let Some(payer) = wish.payer.filter(|_| !is_fixed) else { return Ok(none) };
        if !is_of(shop, attempt.order, Some(payer)).await? {
            return Ok(none);
        }
        match customers::ensure(shop, payer).await {
            Ok(id) => Ok(Self { customer: Some(id), keeps_card: wish.keep_card && wish.form.is_some() }),
            Err(e) => {
                tracing::warn!(payment = %attempt.id, "kept cards are not offered: {e}");
                Ok(none)
            }
        }
    }
}

enum NextStep {
    /// There is a page already.
    Page(String),
    /// There is nothing to pay (any more).
    Nothing(GatewayOrder),
    Ask(Box<GatewayRequest>),
}

/// Fixes until when the page is open, and whose cards are on it.
async fn fix_request(shop: &Shop, asked: &Attempt, cards: &CardOptions) -> Result<NextStep> {
    act!(shop, &System, "payment.prepare", |act| {
        let order = GatewayOrder::lock(&mut act, asked.order).await?;
        let fixed = match order.status == OrderStatus::Pending && !order.is_paid {
            true => {
                let at = open_until(act.now);
                let (customer, keeps_card) = (cards.customer.as_deref(), cards.keeps_card);
                Attempt::fix(&mut act, (asked.id, asked.order), at, held_until(at), customer, keeps_card).await?
            }
            false => None,
        };
        let Some(attempt) = fixed else {
            let attempt = Attempt::load(&mut *act, asked.id).await?;
            return nothing_to_fix(attempt, order);
        };
        let lines = match attempt.method {
            Method::Checkout => order.load_lines(&mut act, asked.order, shop.locale).await?,
            Method::Intent | Method::Offline => Vec::new(),
        };
        let expires_at = attempt.expires_at.unwrap_or(act.now);
        act.commit(NextStep::Ask(Box::new(GatewayRequest { attempt, order, expires_at, lines }))).await
    })
}

/// Of an attempt of which the gateway is not asked (again).
fn nothing_to_fix(attempt: Attempt, order: GatewayOrder) -> Result<NextStep> {
    if order.is_paid || matches!(attempt.state, PaymentState::Succeeded | PaymentState::Processing) {
        return Ok(NextStep::Nothing(order));
    }
    payable(order.status)?;
    match (attempt.url, attempt.session) {
        (Some(url), Some(_)) if attempt.state.is_open() => Ok(NextStep::Page(url)),
        _ => Err(Error::conflict("payment_closed", said!("refusal-attempt-over"))),
    }
}

/// Keeps what the gateway made. When the attempt was closed meanwhile, its page is closed too and not shown. Not waited
/// for until it is on the disk (`set_config`): without it the gateway answers the same request alike, and its messages
/// name the attempt.
async fn store(
    shop: &Shop,
    attempt: &Attempt,
    session: Option<&str>,
    intent: Option<&str>,
    url: Option<&str>,
) -> Result<()> {
    let row = sqlx::query!(
        r#"update payments
           set provider_session = coalesce(provider_session, $2),
               provider_intent = coalesce(provider_intent, $3),
               checkout_url = coalesce(checkout_url, $4),
               status = case when status = 'created' then 'pending' else status end,
               -- closed before we knew what there was to close
               settled_at = case when status in ('failed', 'cancelled', 'expired') then null else settled_at end,
               updated_at = $5
           from set_config('synchronous_commit', 'off', true)
           where id = $1
           returning status as "state: PaymentState""#,
        attempt.id as _,
        session,
        intent,
        url,
        shop.clock.now(),
    )
    .fetch_one(&shop.db)
    .await?;
    if row.state.is_open() {
        return Ok(());
    }
    // the reconciler finds it too, should nobody come so far
    act!(shop, &System, "payment.begin", |act| {
        settle::enqueue(&mut act, attempt.id)?;
        act.commit(()).await
    })?;
    Err(Error::conflict("payment_closed", said!("refusal-attempt-over")))
}

/// What is left of an attempt whose page was not made.
async fn refused(shop: &Shop, attempt: &Attempt, error: GatewayError) -> Result<Error> {
    tracing::error!(payment = %attempt.id, "the gateway made no page: {error}");
    // About our account or key, or unclear: the attempt stands, and asking again with its key is safe. But a key for
    // which the gateway keeps an error of its own is of no use; the page it may have made is known to nobody.
    let is_over = match &error {
        e @ GatewayError::Definite { .. } => !e.is_ours(),
        e => e.burns_key(),
    };
    if is_over {
        let failure = refusal(&error);
        act!(shop, &System, "payment.refuse", |act| {
            lifecycle::lock(&mut act, attempt.order).await?;
            let stored = Attempt::load(&mut *act, attempt.id).await?;
            if !stored.was_asked() {
                stored.close(&mut act, PaymentState::Failed, failure.as_ref(), true).await?;
                let what = match &failure {
                    Some(failure) => Happening::PaymentRefused { words: failure.message.clone() },
                    None => Happening::NoPage,
                };
                lifecycle::note_down(&mut act, attempt.order, &what)?;
            }
            act.commit(()).await
        })?;
    }
    Ok(error.into())
}

/// What a definite refusal says, for the order's page and the timeline.
fn refusal(error: &GatewayError) -> Option<Failure> {
    let GatewayError::Definite { code, message, .. } = error else { return None };
    Some(Failure { code: code.clone().unwrap_or_else(|| "refused".to_owned()), message: message.clone(), charge: None })
}

/// After a refusal. When the provider does not know the customer (any more), it goes on with the next attempt, which
/// has none; its key is a new one, since the provider may keep the refusal for the old.
async fn begin_without_customer(shop: &Shop, attempt: &Attempt, wish: &Wish<'_>, error: GatewayError) -> Result<Begun> {
    let unknown = attempt.customer.as_deref().filter(|_| error.is_missing() && !attempt.was_asked());
    let Some(customer) = unknown else { return Err(refused(shop, attempt, error).await?) };
    customers::forget(shop, customer).await?;
    refused(shop, attempt, error).await?;
    let next = replace(shop, attempt.order, attempt.method).await?;
    Box::pin(begin(shop, next, &Wish { payer: None, ..*wish })).await
}

fn parse(url: &str) -> Result<Url> {
    url.parse().map_err(|_| Error::Unavailable(anyhow!("the gateway's page has no address")))
}
