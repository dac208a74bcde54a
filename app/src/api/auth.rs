//! Apps sign in here, stay signed in, and recover an account.

use super::answer::{Answer, DoneEnvelope, Envelope};
use super::caller::Caller;
use super::codes::WRONG_CREDENTIALS;
use super::document::Faults;
use super::extract::{Json, OptionalJson, Path};
use super::fault::{Fault, Result};
use crate::web::App;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use shop::Error;
use shop::accounts::devices::{self, Device};
use shop::accounts::profile::Profile;
use shop::accounts::recovery::{self, RequestReset, ResetPassword};
use shop::accounts::tokens::{self, Entered, Tokens};
use shop::accounts::{self, Register, Registration, SignIn, Visitor};
use shop::cart::Notice;
use shop::id::SessionId;
use shop::input::Raw;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(register_as_user))
        .routes(routes!(login_as_user))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(sessions))
        .routes(routes!(end_session))
        .routes(routes!(forgot_password))
        .routes(routes!(reset_password))
        .routes(routes!(verify_email))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "email": "ada@example.org", "password": "three quiet green boats", "device": "Ada’s phone",
}))]
pub struct Login {
    #[serde(flatten)]
    proof: SignIn,
    /// What the owner calls the device, for the list of sessions. Left out, it is guessed from `User-Agent`.
    #[schema(max_length = 100, example = "Ada’s phone")]
    device: Raw,
    /// As the last sign-in answered it. Attempts of a device that signed in before are counted by themselves.
    #[schema(value_type = Option<String>, example = "5d1c2f0e9a7b48d6c3e1f20b6a5948d7e6f1a2b3c4d5e6f708192a3b4c5d6e7f")]
    device_token: Raw,
}

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    #[serde(flatten)]
    tokens: Tokens,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    user: Profile,
    /// A secret to keep and to send with the next sign-in, so that wrong passwords of strangers do not keep the owner
    /// out.
    #[schema(example = "5d1c2f0e9a7b48d6c3e1f20b6a5948d7e6f1a2b3c4d5e6f708192a3b4c5d6e7f")]
    device_token: String,
    /// What became of the guest's cart named by `X-Cart-Token`: it went into the account's, and is no more.
    cart_notices: Vec<Notice>,
}

impl From<Entered> for SignedIn {
    fn from(Entered { tokens, profile, device_token, cart }: Entered) -> Self {
        Self { tokens, token_type: "Bearer", user: profile, device_token, cart_notices: cart }
    }
}

/// Asks for a customer's account
///
/// A mail with a link is on its way to the address: when it is confirmed there (or by `/auth/verify-email`), sign in
/// with the password that was sent. The answer, and the time it takes, is the same whether the address has an account
/// or not; the owner of one there is gets a mail that says so.
#[utoipa::path(
    post, path = "/auth/register", tag = "Signing in",
    request_body = Register,
    responses((status = 202, body = Envelope<Registration>), Faults),
    security(()),
)]
async fn register(State(app): State<App>, caller: Caller, Json(new): Json<Register>) -> Result<Answer<Registration>> {
    Ok(Answer::accepted(accounts::register(&app.shop, &caller.visitor(), new).await?))
}

/// Signs an app in
///
/// Each sign-in is a device of its own. A guest's cart (`X-Cart-Token`) goes into the account's: quantities add, as far
/// as there is stock, and `cartNotices` tells what changed.
#[utoipa::path(
    post, path = "/auth/login", tag = "Signing in",
    params(("X-Cart-Token" = Option<String>, Header, description = "Of a guest's cart")),
    request_body = Login,
    responses((status = 200, body = Envelope<SignedIn>), Faults),
    security(()),
)]
async fn login(State(app): State<App>, caller: Caller, Json(login): Json<Login>) -> Result<Answer<SignedIn>> {
    let device_token = (!login.device_token.is_empty()).then(|| login.device_token.trimmed().to_owned());
    let visitor = Visitor { device_token, ..caller.visitor() };
    let entered = tokens::sign_in(&app.shop, &visitor, login.proof, &login.device).await;
    Ok(Answer::ok(entered.map_err(refused)?.into()))
}

/// Wrong credentials are 401, not a fault of the form.
fn refused(e: Error) -> Fault {
    match &e {
        Error::Invalid(faults) if faults.0.iter().any(|fault| fault.message == accounts::refusal()) => {
            Fault::of(StatusCode::UNAUTHORIZED).saying(accounts::refusal().to_string()).coded(WRONG_CREDENTIALS)
        }
        _ => e.into(),
    }
}

/// The same as `/auth/register`, for older clients
#[utoipa::path(
    post, path = "/users/register", tag = "Signing in",
    request_body = Register,
    responses((status = 202, body = Envelope<Registration>), Faults),
    security(()),
)]
async fn register_as_user(app: State<App>, caller: Caller, new: Json<Register>) -> Result<Answer<Registration>> {
    register(app, caller, new).await
}

/// The same as `/auth/login`, for older clients
#[utoipa::path(
    post, path = "/users/login", tag = "Signing in",
    params(("X-Cart-Token" = Option<String>, Header, description = "Of a guest's cart")),
    request_body = Login,
    responses((status = 200, body = Envelope<SignedIn>), Faults),
    security(()),
)]
async fn login_as_user(app: State<App>, caller: Caller, proof: Json<Login>) -> Result<Answer<SignedIn>> {
    login(app, caller, proof).await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "refreshToken": "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJyZWZyZXNoIn0.bm90LWEtc2lnbmF0dXJl" }))]
pub struct RefreshToken {
    #[schema(value_type = String)]
    refresh_token: Raw,
}

impl RefreshToken {
    fn required(&self) -> shop::Result<&str> {
        match self.refresh_token.is_empty() {
            true => Err(Error::invalid("refreshToken", "is required")),
            false => Ok(self.refresh_token.trimmed()),
        }
    }
}

/// Exchanges a refresh token for the next pair
///
/// Each refresh token is good once. Sent again within ten seconds by the same app it answers the same next token, so an
/// app that asks twice stays signed in; later it is taken for stolen, and the device is signed out.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "Signing in",
    request_body = RefreshToken,
    responses((status = 200, body = Envelope<Tokens>), Faults),
    security(()),
)]
async fn refresh(State(app): State<App>, caller: Caller, Json(sent): Json<RefreshToken>) -> Result<Answer<Tokens>> {
    Ok(Answer::ok(tokens::refresh(&app.shop, sent.required()?, caller.origin()).await?))
}

/// Signs the app out
///
/// By its refresh token in the body, or, where there is none, by the access token that it comes with. Its access tokens
/// are no longer good either.
#[utoipa::path(
    post, path = "/auth/logout", tag = "Signing in",
    request_body = Option<RefreshToken>,
    responses((status = 200, body = DoneEnvelope), Faults),
    security((), ("token" = [])),
)]
async fn logout(
    State(app): State<App>,
    caller: Caller,
    OptionalJson(sent): OptionalJson<RefreshToken>,
) -> Result<Answer<()>> {
    match sent.refresh_token.is_empty() {
        false => tokens::sign_out(&app.shop, sent.refresh_token.trimmed(), caller.origin()).await?,
        true => tokens::leave(&app.shop, caller.customer()?).await?,
    }
    Ok(Answer::done())
}

/// Where you are signed in
///
/// Browsers and apps, the last seen first.
#[utoipa::path(
    get, path = "/auth/sessions", tag = "Signing in",
    responses((status = 200, body = Envelope<Vec<Device>>), Faults),
    security(("token" = [])),
)]
async fn sessions(State(app): State<App>, caller: Caller) -> Result<Answer<Vec<Device>>> {
    Ok(Answer::ok(devices::list(&app.shop, caller.customer()?).await?))
}

/// Signs one device out
#[utoipa::path(
    delete, path = "/auth/sessions/{session}", tag = "Signing in",
    params(("session" = SessionId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn end_session(State(app): State<App>, caller: Caller, Path(session): Path) -> Result<Answer<()>> {
    let customer = caller.customer()?;
    let session: SessionId = session.parse().map_err(|_| Error::NotFound)?;
    devices::end(&app.shop, customer, session).await?;
    Ok(Answer::done())
}

/// Asks for a mail with a link to set a new password
///
/// The answer is the same whether the address has an account or not.
#[utoipa::path(
    post, path = "/auth/forgot-password", tag = "Signing in",
    request_body = RequestReset,
    responses((status = 200, body = DoneEnvelope), Faults),
    security(()),
)]
async fn forgot_password(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<RequestReset>,
) -> Result<Answer<()>> {
    recovery::request_reset(&app.shop, &caller.visitor(), asked).await?;
    Ok(Answer::done())
}

/// Sets a new password, by the token of the link in that mail
///
/// All devices are signed out. A token that was used or is too old is 410.
#[utoipa::path(
    post, path = "/auth/reset-password", tag = "Signing in",
    request_body = ResetPassword,
    responses((status = 200, body = DoneEnvelope), Faults),
    security(()),
)]
async fn reset_password(
    State(app): State<App>,
    caller: Caller,
    Json(reset): Json<ResetPassword>,
) -> Result<Answer<()>> {
    recovery::reset_password(&app.shop, &caller.visitor(), reset).await?;
    Ok(Answer::done())
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "token": "d203c9ddd66cc482db5f44a4d7a576a1cb210958a02eacd37fb79cca35d298e4" }))]
pub struct VerifyEmail {
    #[schema(value_type = String)]
    token: Raw,
}

/// Verifies an address, by the token of the link in the mail
///
/// An account that was asked for comes to be by it; sign in then with the password that was chosen.
/// A token that was used or is too old is 410.
#[utoipa::path(
    post, path = "/auth/verify-email", tag = "Signing in",
    request_body = VerifyEmail,
    responses((status = 200, body = DoneEnvelope), Faults),
    security(()),
)]
async fn verify_email(State(app): State<App>, caller: Caller, Json(sent): Json<VerifyEmail>) -> Result<Answer<()>> {
    recovery::verify_email(&app.shop, &caller.visitor(), sent.token.trimmed()).await?;
    Ok(Answer::done())
}
