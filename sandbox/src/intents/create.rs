//! Making a PaymentIntent.

use serde_json::Value;

use super::input::{CAPTURE_METHODS, Confirmation, FUTURE_USES, automatic_methods, method_types, no_method};
use crate::address::shipping;
use crate::answer::{Call, Outcome};
use crate::errors::ApiError;
use crate::money;
use crate::objects::{Intent, IntentStatus};
use crate::params::Metadata;
use crate::state::State;

/// `POST /v1/payment_intents`
pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let amount = params.integer_from("amount", 1)?.ok_or_else(|| params.missing("amount"))?;
    let currency = money::currency(&params.required("currency")?, "currency")?;
    let automatic = automatic_methods(params)?;
    let named = method_types(params)?;
    if named.is_some() && automatic.flatten().is_some() {
        return Err(params.refuse(
            "automatic_payment_methods",
            "You may only specify one of these parameters: automatic_payment_methods, \
             payment_method_types.",
        ));
    }
    let capture_method = params.one_of("capture_method", CAPTURE_METHODS)?.unwrap_or("automatic_async");
    let confirmation_method = params.one_of("confirmation_method", &["automatic", "manual"])?.unwrap_or("automatic");
    let customer = params.text("customer")?;
    let description = params.text_up_to("description", 1000)?;
    let metadata = params.new_metadata()?;
    let method = params.text("payment_method")?;
    let receipt_email = params.text("receipt_email")?;
    let setup_future_usage = params.one_of("setup_future_usage", FUTURE_USES)?;
    let shipping = params.object("shipping", shipping)?;
    let statement_descriptor = params.text_up_to("statement_descriptor", 22)?;
    let statement_descriptor_suffix = params.text_up_to("statement_descriptor_suffix", 22)?;
    params.boolean("use_stripe_sdk")?;
    let confirm = params.boolean("confirm")?.unwrap_or(false);
    let confirmation = Confirmation::read(params)?;
    if !confirm && let Some(name) = confirmation.given() {
        return Err(params.refuse(
            name,
            format!(
                "The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set to true."
            ),
        ));
    }
    call.params.finish()?;
    money::chargeable(amount, &currency, "amount")?;
    if let Some(customer) = &customer {
        state.require_customer(customer)?;
    }

    let automatic = match (named.is_some(), automatic) {
        (true, _) => None,
        (false, Some(asked)) => asked,
        // On by default since 2023-08-16: <https://docs.stripe.com/upgrades#2023-08-16>.
        (false, None) => Some("always"),
    };
    if confirm {
        confirmation.check_return_url(automatic)?;
        if method.is_none() {
            return Err(no_method());
        }
    }
    let method = match method {
        Some(id) => Some(state.method_for(&id, customer.as_deref())?.id),
        None => None,
    };
    let intent = state.new_intent(NewIntent {
        amount,
        currency,
        capture_method,
        confirmation_method,
        customer,
        description,
        metadata,
        method: method.clone(),
        method_types: named.unwrap_or_else(|| vec!["card".to_owned()]),
        automatic,
        receipt_email,
        setup_future_usage,
        shipping,
        statement_descriptor,
        statement_descriptor_suffix,
        session: None,
    });
    if let (true, Some(method)) = (confirm, method) {
        state.confirm(&intent, &method, &confirmation, &call.public_url)?;
    }
    state.intent_object(&intent)
}

/// All that an intent is made of.
pub(crate) struct NewIntent {
    pub amount: i64,
    pub currency: String,
    pub capture_method: &'static str,
    pub confirmation_method: &'static str,
    pub customer: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub method: Option<String>,
    pub method_types: Vec<String>,
    pub automatic: Option<&'static str>,
    pub receipt_email: Option<String>,
    pub setup_future_usage: Option<&'static str>,
    pub shipping: Option<Value>,
    pub statement_descriptor: Option<String>,
    pub statement_descriptor_suffix: Option<String>,
    pub session: Option<String>,
}

impl NewIntent {
    /// A plain payment by card.
    pub fn of_card(amount: i64, currency: String, method: &str) -> Self {
        Self {
            amount,
            currency,
            capture_method: "automatic",
            confirmation_method: "automatic",
            customer: None,
            description: None,
            metadata: Metadata::new(),
            method: Some(method.to_owned()),
            method_types: vec!["card".to_owned()],
            automatic: None,
            receipt_email: None,
            setup_future_usage: None,
            shipping: None,
            statement_descriptor: None,
            statement_descriptor_suffix: None,
            session: None,
        }
    }
}

impl State {
    pub fn new_intent(&mut self, new: NewIntent) -> String {
        let id = self.id("pi");
        self.open_intent(id.clone(), new);
        id
    }

    pub fn open_intent(&mut self, id: String, new: NewIntent) {
        let secret = self.token(25);
        let status = match new.method {
            Some(_) => IntentStatus::RequiresConfirmation,
            None => IntentStatus::RequiresPaymentMethod,
        };
        let intent = Intent {
            id: id.clone(),
            created: self.now(),
            client_secret: format!("{id}_secret_{secret}"),
            amount: new.amount,
            amount_capturable: 0,
            amount_received: 0,
            currency: new.currency,
            status,
            capture_method: new.capture_method,
            confirmation_method: new.confirmation_method,
            customer: new.customer,
            description: new.description,
            metadata: new.metadata,
            method: new.method,
            method_types: new.method_types,
            automatic: new.automatic,
            latest_charge: None,
            last_error: None,
            return_url: None,
            authenticate_url: None,
            authenticated: None,
            keeps_card: false,
            receipt_email: new.receipt_email,
            setup_future_usage: new.setup_future_usage,
            shipping: new.shipping,
            statement_descriptor: new.statement_descriptor,
            statement_descriptor_suffix: new.statement_descriptor_suffix,
            canceled_at: None,
            cancellation_reason: None,
            session: new.session,
        };
        self.intents.insert(intent);
        self.emit_for("payment_intent.created", &id);
    }

    pub fn intent_object(&self, id: &str) -> Outcome {
        let intent = self.intents.get(id);
        intent.map(Intent::render).ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
    }
}
