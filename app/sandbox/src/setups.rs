//! SetupIntents: keeping a payment method for later without taking money.
//! <https://docs.stripe.com/api/setup_intents>

mod api;

use serde_json::{Value, json};

pub(crate) use api::{cancel, confirm, create, list, retrieve, update};

use crate::errors::ApiError;
use crate::intents::next_action;
use crate::methods::{Behaviour, Decline, Method};
use crate::params::Metadata;
use crate::state::{Record, State};

const AUTHENTICATION_FAILED: Decline = Decline {
    code: "setup_intent_authentication_failure",
    decline_code: None,
    message: "The latest attempt to set up the payment method has failed because authentication \
              failed.",
};

#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub id: String,
    created: i64,
    pub client_secret: String,
    pub status: Status,
    pub customer: Option<String>,
    description: Option<String>,
    metadata: Metadata,
    method: Option<String>,
    method_types: Vec<String>,
    automatic: Option<&'static str>,
    usage: &'static str,
    pub return_url: Option<String>,
    authenticate_url: Option<String>,
    pub last_error: Option<Value>,
    cancellation_reason: Option<&'static str>,
    /// The Checkout Session it belongs to.
    pub session: Option<String>,
}

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Canceled,
    Succeeded,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }
}

impl Record for Setup {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Setup {
    pub fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "setup_intent",
            "application": null,
            "automatic_payment_methods": self.automatic.map(|redirects| json!({
                "allow_redirects": redirects,
                "enabled": true,
            })),
            "cancellation_reason": self.cancellation_reason,
            "client_secret": self.client_secret,
            "created": self.created,
            "customer": self.customer,
            "description": self.description,
            "flow_directions": null,
            "last_setup_error": self.last_error,
            "latest_attempt": null,
            "livemode": false,
            "mandate": null,
            "metadata": self.metadata,
            "next_action": next_action(self.authenticate_url.as_deref(), self.return_url.as_deref()),
            "on_behalf_of": null,
            "payment_method": self.method,
            "payment_method_configuration_details": null,
            "payment_method_options": null,
            "payment_method_types": self.method_types,
            "single_use_mandate": null,
            "status": self.status.as_str(),
            "usage": self.usage,
        })
    }

    /// <https://docs.stripe.com/error-codes#setup-intent-unexpected-state>
    fn unexpected_state(&self, act: &str) -> ApiError {
        ApiError::invalid(format!(
            "You cannot {act} this SetupIntent because it has a status of {}.",
            self.status.as_str()
        ))
        .code("setup_intent_unexpected_state")
        .with("setup_intent", self.render())
    }
}

impl State {
    pub fn new_setup(&mut self, new: NewSetup) -> String {
        let id = self.id("seti");
        let secret = self.token(25);
        let setup = Setup {
            id: id.clone(),
            created: self.now(),
            client_secret: format!("{id}_secret_{secret}"),
            status: if new.method.is_some() { Status::RequiresConfirmation } else { Status::RequiresPaymentMethod },
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
        if matches!(setup.status, Status::Canceled | Status::Succeeded) {
            return;
        }
        setup.status = Status::Canceled;
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
                    setup.status = Status::RequiresAction;
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
        setup.status = Status::Succeeded;
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
            setup.status = Status::RequiresPaymentMethod;
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
        if setup.status != Status::RequiresAction {
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
