//! SetupIntents: keeping a payment method for later without taking money.
//! <https://docs.stripe.com/api/setup_intents>

mod api;

pub(crate) use api::{cancel, confirm, create, list, retrieve, update};

use crate::errors::ApiError;
use crate::objects::{Behaviour, Decline, Method, Setup, SetupStatus};
use crate::params::Metadata;
use crate::state::State;

const AUTHENTICATION_FAILED: Decline = Decline {
    code: "setup_intent_authentication_failure",
    decline_code: None,
    message: "The latest attempt to set up the payment method has failed because authentication \
              failed.",
};

/// All that a SetupIntent is made of.
pub(crate) struct NewSetup {
    pub customer: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub method: Option<String>,
    pub method_types: Vec<String>,
    pub automatic: Option<&'static str>,
    pub usage: &'static str,
    pub return_url: Option<String>,
    pub session: Option<String>,
}

impl State {
    pub fn new_setup(&mut self, new: NewSetup) -> String {
        let id = self.id("seti");
        let secret = self.token(25);
        let setup = Setup {
            id: id.clone(),
            created: self.now(),
            client_secret: format!("{id}_secret_{secret}"),
            status: if new.method.is_some() {
                SetupStatus::RequiresConfirmation
            } else {
                SetupStatus::RequiresPaymentMethod
            },
            customer: new.customer,
            description: new.description,
            metadata: new.metadata,
            method: new.method,
            method_types: new.method_types,
            automatic: new.automatic,
            usage: new.usage,
            return_url: new.return_url,
            authenticate_url: None,
            last_error: None,
            cancellation_reason: None,
            session: new.session,
        };
        self.setups.insert(setup);
        self.emit_for("setup_intent.created", &id);
        id
    }

    /// Ends one that is not over yet.
    pub fn cancel_setup(&mut self, id: &str, reason: Option<&'static str>) {
        let Some(setup) = self.setups.get_mut(id) else { return };
        if matches!(setup.status, SetupStatus::Canceled | SetupStatus::Succeeded) {
            return;
        }
        setup.status = SetupStatus::Canceled;
        setup.cancellation_reason = reason;
        setup.authenticate_url = None;
        self.emit_for("setup_intent.canceled", id);
    }

    /// One attempt to set `method` up.
    pub fn set_up(&mut self, id: &str, method: &Method, public_url: &str) -> Result<(), ApiError> {
        if let Some(setup) = self.setups.get_mut(id) {
            setup.method = Some(method.id.clone());
            setup.last_error = None;
        }
        match method.behaviour {
            Behaviour::Declined(decline) => Err(self.fail_setup(id, method, decline)),
            Behaviour::NeedsAuthentication | Behaviour::NeedsAuthenticationUnlessSaved => {
                if let Some(setup) = self.setups.get_mut(id) {
                    setup.status = SetupStatus::RequiresAction;
                    setup.authenticate_url = Some(format!("{public_url}/authenticate/{id}"));
                }
                self.emit_for("setup_intent.requires_action", id);
                Ok(())
            }
            _ => {
                self.finish_setup(id);
                Ok(())
            }
        }
    }

    fn finish_setup(&mut self, id: &str) {
        let Some(setup) = self.setups.get_mut(id) else { return };
        setup.status = SetupStatus::Succeeded;
        setup.authenticate_url = None;
        let (method, customer, session) = (setup.method.clone(), setup.customer.clone(), setup.session.clone());
        if let (Some(method), Some(customer)) = (&method, customer) {
            self.attach(method, &customer);
        }
        self.emit_for("setup_intent.succeeded", id);
        if let (Some(session), Some(method)) = (session, method) {
            self.complete_keeping(&session, &method);
        }
    }

    fn fail_setup(&mut self, id: &str, method: &Method, decline: Decline) -> ApiError {
        let error = decline.error().with("payment_method", method.render());
        if let Some(setup) = self.setups.get_mut(id) {
            setup.status = SetupStatus::RequiresPaymentMethod;
            setup.method = None;
            setup.authenticate_url = None;
            setup.last_error = Some(error.object());
        }
        self.emit_for("setup_intent.setup_failed", id);
        match self.render(id) {
            Some(object) => error.with("setup_intent", object),
            None => error,
        }
    }

    /// The shopper authenticated, or failed to.
    pub fn authenticate_setup(&mut self, id: &str, succeeds: bool) -> Result<(), ApiError> {
        let Some(setup) = self.setups.get(id) else {
            return Err(ApiError::no_such("setupintent", id, "intent"));
        };
        if setup.status != SetupStatus::RequiresAction {
            return Err(setup.unexpected_state("authenticate"));
        }
        if succeeds {
            self.finish_setup(id);
            return Ok(());
        }
        let method = setup.method.clone().unwrap_or_default();
        let method = self.method(&method, "payment_method")?;
        Err(self.fail_setup(id, &method, AUTHENTICATION_FAILED))
    }
}
