//! Sessions that keep a card and take no money. <https://docs.stripe.com/payments/checkout/save-and-reuse>

use super::input::{expiry, named_customer};
use crate::answer::{Call, Outcome};
use crate::errors::ApiError;
use crate::intents::method_types;
use crate::money;
use crate::objects::{IntentData, PaymentStatus, REDISPLAY, Session, SessionStatus};
use crate::params::{Metadata, Params};
use crate::setups::NewSetup;
use crate::state::State;

/// What is passed on to the SetupIntent that the session makes.
#[derive(Default)]
struct SetupData {
    description: Option<String>,
    metadata: Metadata,
}

fn setup_data(params: &mut Params) -> Result<SetupData, ApiError> {
    Ok(SetupData { description: params.text_up_to("description", 1000)?, metadata: params.new_metadata()? })
}

/// `POST /v1/checkout/sessions` with `mode=setup`; the mode itself is read already.
pub(super) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let currency = match params.text("currency")? {
        Some(text) => Some(money::currency(&text, "currency")?),
        None => None,
    };
    let named = method_types(params)?;
    // Which kinds of methods are offered follows from the currency:
    // <https://docs.stripe.com/payments/checkout/save-and-reuse>
    if currency.is_none() && named.is_none() {
        return Err(params.missing("currency"));
    }
    let success_url = params.url("success_url")?.ok_or_else(|| params.missing("success_url"))?;
    let cancel_url = params.url("cancel_url")?;
    let client_reference_id = params.text_up_to("client_reference_id", 200)?;
    let metadata = params.new_metadata()?;
    let who = named_customer(params)?;
    let redisplay = params.object("payment_method_data", |data| data.one_of("allow_redisplay", REDISPLAY))?.flatten();
    let data = params.object("setup_intent_data", setup_data)?.unwrap_or_default();
    let expires_at = params.integer("expires_at")?;
    let locale = params.text("locale")?;
    params.finish()?;

    let expires_at = expiry(state.now(), expires_at)?;
    if let Some(customer) = &who.customer {
        state.require_customer(customer)?;
    }
    let method_types = named.unwrap_or_else(|| vec!["card".to_owned()]);
    let id = format!("cs_test_c1{}", state.token(56));
    let setup = state.new_setup(NewSetup {
        customer: who.customer.clone(),
        description: data.description,
        metadata: data.metadata,
        method: None,
        method_types: method_types.clone(),
        automatic: None,
        usage: "off_session",
        return_url: None,
        session: Some(id.clone()),
    });
    let session = Session {
        created: state.now(),
        expires_at,
        status: SessionStatus::Open,
        payment_status: PaymentStatus::NoPaymentRequired,
        currency: currency.unwrap_or_default(),
        items: Vec::new(),
        client_reference_id,
        metadata,
        intent: None,
        intent_data: IntentData::default(),
        setup: Some(setup),
        redisplay,
        customer: who.customer,
        creates_customer: who.is_made,
        saves_cards: false,
        keeps_card: false,
        shows_cards: Vec::new(),
        customer_email: who.email,
        customer_details: None,
        method_types,
        success_url,
        cancel_url,
        locale,
        submit_type: None,
        page_url: format!("{}/pay/{id}", call.public_url),
        id,
    };
    let object = session.render();
    state.open_session(session);
    Ok(object)
}

impl State {
    /// One attempt to keep a card on the hosted page.
    pub(super) fn keep_on_page(&mut self, setup: &str, method: &str, public_url: &str) -> Result<(), ApiError> {
        let customer = self.setups.get(setup).and_then(|setup| setup.customer.clone());
        let method = self.method_for(method, customer.as_deref())?;
        self.set_up(setup, &method, public_url)
    }
}
