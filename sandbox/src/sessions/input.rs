//! The parameters that sessions of every mode take.

use crate::errors::ApiError;
use crate::params::Params;

const HALF_AN_HOUR: i64 = 30 * 60;
const A_DAY: i64 = 24 * 60 * 60;

/// Who pays: one of the shop's customers, or whoever has this address.
pub(super) struct Who {
    pub customer: Option<String>,
    pub email: Option<String>,
    /// A customer is made in any case.
    pub is_made: bool,
}

pub(super) fn named_customer(params: &mut Params) -> Result<Who, ApiError> {
    let customer = params.text("customer")?;
    let email = params.text_up_to("customer_email", 800)?;
    if let Some(email) = &email
        && !email.contains('@')
    {
        return Err(params.refuse("customer_email", format!("Invalid email address: {email}")).code("email_invalid"));
    }
    let creation = params.one_of("customer_creation", &["always", "if_required"])?;
    let both = [("customer_email", email.is_some()), ("customer_creation", creation.is_some())];
    if let (true, Some((name, _))) = (customer.is_some(), both.into_iter().find(|(_, given)| *given)) {
        let message = format!("You may only specify one of these parameters: customer, {name}.");
        return Err(params.refuse(name, message));
    }
    Ok(Who { customer, email, is_made: creation == Some("always") })
}

/// <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at>
pub(super) fn expiry(now: i64, asked: Option<i64>) -> Result<i64, ApiError> {
    let expires_at = asked.unwrap_or(now + A_DAY);
    let time = |message: &str| ApiError::invalid(message).param("expires_at").unsaved();
    if expires_at < now + HALF_AN_HOUR {
        return Err(time("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."));
    }
    if expires_at > now + A_DAY {
        return Err(time("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."));
    }
    Ok(expires_at)
}
