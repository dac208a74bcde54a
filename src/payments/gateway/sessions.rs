//! Checkout Sessions: a page at Stripe on which the shopper pays. <https://docs.stripe.com/api/checkout/sessions>

use super::intents::IntentSeen;
use super::{Gateway, GatewayError, under};
use crate::{Currency, Money};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use stripe::StripeRequest;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, CreateCheckoutSessionSavedPaymentMethodOptions,
    CreateCheckoutSessionSavedPaymentMethodOptionsAllowRedisplayFilters as Filter,
    CreateCheckoutSessionSavedPaymentMethodOptionsPaymentMethodSave as Save, ExpireCheckoutSession, ProductData,
    RetrieveCheckoutSession,
};
use stripe_checkout::{CheckoutSessionMode, CheckoutSessionPaymentStatus};
use stripe_shared::CheckoutSession;
use stripe_types::Expandable;

/// What is asked for. Everything in it is stored, so that the request can be repeated to the letter.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    pub key: String,
    pub order_id: String,
    pub payment_id: String,
    pub order_number: String,
    pub email: String,
    /// Whose kept cards are offered; and the page offers to keep one.
    pub customer: Option<String>,
    pub currency: Currency,
    pub lines: Vec<Line>,
    pub success_url: String,
    pub cancel_url: String,
    /// At least 30 minutes ahead.
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub name: String,
    pub description: Option<String>,
    pub unit_amount: i64,
    pub quantity: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    Open,
    /// The shopper is done; the money may still be on its way.
    Complete,
    Expired,
}

/// A session as it stands.
#[derive(Debug, Clone)]
pub(crate) struct SessionSeen {
    pub id: String,
    pub url: Option<String>,
    pub status: SessionStatus,
    pub is_paid: bool,
    pub total: Money,
    pub livemode: bool,
    pub intent: Option<IntentSeen>,
    pub intent_id: Option<String>,
}

impl Gateway {
    pub(crate) async fn create_session(&self, new: &NewSession) -> Result<SessionSeen, GatewayError> {
        let metadata = HashMap::from([
            ("order_id".to_owned(), new.order_id.clone()),
            ("payment_id".to_owned(), new.payment_id.clone()),
            ("order_number".to_owned(), new.order_number.clone()),
        ]);
        let mut intent_data = CreateCheckoutSessionPaymentIntentData::new();
        intent_data.metadata = Some(metadata.clone());
        intent_data.description = Some(format!("Order {}", new.order_number));
        let lines: Vec<_> = new.lines.iter().map(|line| line.request(new.currency)).collect();
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(lines)
            .client_reference_id(&new.order_id)
            .metadata(metadata)
            .payment_intent_data(intent_data)
            .success_url(&new.success_url)
            .cancel_url(&new.cancel_url)
            .expires_at(new.expires_at.timestamp());
        // one or the other:
        // <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-customer_email>
        let request = match &new.customer {
            Some(customer) => request.customer(customer).saved_payment_method_options(kept_cards()),
            None => request.customer_email(&new.email),
        };
        seen(request.customize().request_strategy(under(&new.key)?).send(self.client()).await?)
    }

    pub(crate) async fn retrieve_session(&self, id: &str) -> Result<SessionSeen, GatewayError> {
        let request = RetrieveCheckoutSession::new(id).expand(["payment_intent".to_owned()]);
        seen(request.send(self.client()).await?)
    }

    /// Closes the page for good. A definite refusal means that it was not open any more.
    pub(crate) async fn expire_session(&self, id: &str) -> Result<(), GatewayError> {
        ExpireCheckoutSession::new(id).send(self.client()).await?;
        Ok(())
    }
}

/// The shopper may keep the card, and sees those kept before.
/// <https://docs.stripe.com/payments/checkout/save-during-payment>
fn kept_cards() -> CreateCheckoutSessionSavedPaymentMethodOptions {
    let mut options = CreateCheckoutSessionSavedPaymentMethodOptions::new();
    options.payment_method_save = Some(Save::Enabled);
    // `limited` are those kept in an app
    options.allow_redisplay_filters = Some(vec![Filter::Always, Filter::Limited]);
    options
}

impl Line {
    fn request(&self, currency: Currency) -> CreateCheckoutSessionLineItems {
        let mut product = ProductData::new(&self.name);
        product.description = self.description.clone();
        let mut price = CreateCheckoutSessionLineItemsPriceData::new(super::intents::currency(currency));
        price.product_data = Some(product);
        price.unit_amount = Some(self.unit_amount);
        let mut item = CreateCheckoutSessionLineItems::new();
        item.price_data = Some(price);
        item.quantity = Some(self.quantity.into());
        item
    }
}

fn seen(session: CheckoutSession) -> Result<SessionSeen, GatewayError> {
    let unclear = |what: &str| GatewayError::Unknown { status: None, reason: format!("session with {what}") };
    let status = match session.status.as_ref().map(|s| s.as_str()) {
        Some("open") => SessionStatus::Open,
        Some("complete") => SessionStatus::Complete,
        Some("expired") => SessionStatus::Expired,
        other => return Err(unclear(&format!("status {other:?}"))),
    };
    let code = session.currency.as_ref().map(ToString::to_string).unwrap_or_default();
    let currency = Currency::parse(&code).ok_or_else(|| unclear(&format!("currency {code}")))?;
    let intent_id = session.payment_intent.as_ref().map(|intent| intent.id().to_string());
    let intent = match session.payment_intent {
        Some(Expandable::Object(intent)) => Some(IntentSeen::try_from(*intent)?),
        _ => None,
    };
    Ok(SessionSeen {
        id: session.id.to_string(),
        url: session.url,
        status,
        is_paid: matches!(
            session.payment_status,
            CheckoutSessionPaymentStatus::Paid | CheckoutSessionPaymentStatus::NoPaymentRequired
        ),
        total: Money::new(session.amount_total.unwrap_or_default(), currency),
        livemode: session.livemode,
        intent,
        intent_id,
    })
}
