//! The endpoints of a Checkout Session that exists.

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::{Session, SessionStatus};
use crate::state::State;

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Session, ApiError> {
    let id = call.id();
    state.sessions.get(id).ok_or_else(|| ApiError::no_such("checkout.session", id, "session"))
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    Ok(find(state, call)?.render())
}

/// Of what Stripe lets change, only metadata: <https://docs.stripe.com/api/checkout/sessions/update>
pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let metadata = call.params.metadata("metadata")?;
    call.params.finish()?;
    find(state, call)?;
    if let (Some(change), Some(session)) = (metadata, state.sessions.get_mut(call.id())) {
        change.apply(&mut session.metadata);
    }
    Ok(find(state, call)?.render())
}

/// `POST /v1/checkout/sessions/{id}/expire`: <https://docs.stripe.com/api/checkout/sessions/expire>
pub(crate) fn expire(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let session = find(state, call)?;
    if session.status != SessionStatus::Open {
        return Err(ApiError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
             Session has a status of {}.",
            session.status.as_str()
        )));
    }
    state.expire_session(call.id());
    Ok(find(state, call)?.render())
}

pub(crate) fn line_items(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    call.params.finish()?;
    page.of_values(&find(state, call)?.line_items())
}

/// `GET /v1/checkout/sessions`: <https://docs.stripe.com/api/checkout/sessions/list>
pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let intent = call.params.text("payment_intent")?;
    let customer = call.params.text("customer")?;
    let status = call.params.one_of("status", &["complete", "expired", "open"])?;
    let email = call.params.object("customer_details", |details| details.text("email"))?.flatten();
    call.params.finish()?;
    page.of(state.sessions.iter(), Session::render, |session| {
        intent.as_ref().is_none_or(|intent| Some(intent) == session.intent.as_ref())
            && customer.as_ref().is_none_or(|wanted| Some(wanted) == session.customer.as_ref())
            && status.is_none_or(|status| status == session.status.as_str())
            && email.as_ref().is_none_or(|email| Some(email) == session.customer_email.as_ref())
    })
}
