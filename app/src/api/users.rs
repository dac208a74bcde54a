//! The own account: profile, password, address book.

use super::answer::{Answer, DoneEnvelope, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path};
use super::fault::Result;
use super::patch::Patch;
use crate::web::App;
use axum::extract::State;
use axum::http::header::LOCATION;
use shop::Error;
use shop::accounts::addresses::{self, SaveAddress, SavedAddress};
use shop::accounts::profile::{self, ChangeEmail, ChangePassword, Profile, ProfileInput};
use shop::id::AddressId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me, edit))
        .routes(routes!(own_profile, put_profile))
        .routes(routes!(change_password))
        .routes(routes!(change_email))
        .routes(routes!(list, add))
        .routes(routes!(edit_address, remove))
}

/// Who you are
#[utoipa::path(
    get, path = "/users/me", tag = "Your account",
    responses((status = 200, body = Envelope<Profile>), Faults),
    security(("token" = [])),
)]
async fn me(State(app): State<App>, caller: Caller) -> Result<Answer<Profile>> {
    Ok(Answer::ok(profile::get(&app.shop, caller.customer()?).await?))
}

/// Changes some of it
///
/// A merge patch (RFC 7396): what is left out stays as it is, and `null` takes away.
#[utoipa::path(
    patch, path = "/users/me", tag = "Your account",
    request_body = ProfileInput,
    responses((status = 200, body = Envelope<Profile>), Faults),
    security(("token" = [])),
)]
async fn edit(State(app): State<App>, caller: Caller, patch: Patch<ProfileInput>) -> Result<Answer<Profile>> {
    let customer = caller.customer()?;
    let now = profile::get(&app.shop, customer).await?;
    Ok(Answer::ok(profile::edit(&app.shop, customer, patch.onto(&ProfileInput::from(&now))?).await?))
}

/// The same as `GET /users/me`
#[utoipa::path(
    get, path = "/users/profile", tag = "Your account",
    responses((status = 200, body = Envelope<Profile>), Faults),
    security(("token" = [])),
)]
async fn own_profile(app: State<App>, caller: Caller) -> Result<Answer<Profile>> {
    me(app, caller).await
}

/// Changes all of it
#[utoipa::path(
    put, path = "/users/profile", tag = "Your account",
    request_body = ProfileInput,
    responses((status = 200, body = Envelope<Profile>), Faults),
    security(("token" = [])),
)]
async fn put_profile(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<ProfileInput>,
) -> Result<Answer<Profile>> {
    Ok(Answer::ok(profile::edit(&app.shop, caller.customer()?, input).await?))
}

/// Changes the password, on proof of the one that is
///
/// All other devices are signed out, and the owner gets a mail.
#[utoipa::path(
    patch, path = "/users/me/password", tag = "Your account",
    request_body = ChangePassword,
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<ChangePassword>,
) -> Result<Answer<()>> {
    profile::change_password(&app.shop, caller.customer()?, change).await?;
    Ok(Answer::done())
}

/// Changes the address you sign in with, on proof of the password
///
/// It must be verified anew.
#[utoipa::path(
    patch, path = "/users/me/email", tag = "Your account",
    request_body = ChangeEmail,
    responses((status = 200, body = Envelope<Profile>), Faults),
    security(("token" = [])),
)]
async fn change_email(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<ChangeEmail>,
) -> Result<Answer<Profile>> {
    let customer = caller.customer()?;
    profile::change_email(&app.shop, customer, change).await?;
    Ok(Answer::ok(profile::get(&app.shop, customer).await?))
}

/// Your address book
///
/// All of it, 50 addresses at most: those used by default first, then the newest.
#[utoipa::path(
    get, path = "/users/me/addresses", tag = "Your account",
    responses((status = 200, body = Envelope<Vec<SavedAddress>>), Faults),
    security(("token" = [])),
)]
async fn list(State(app): State<App>, caller: Caller) -> Result<Answer<Vec<SavedAddress>>> {
    Ok(Answer::ok(addresses::list(&app.shop, caller.customer()?).await?))
}

/// Adds an address
///
/// The first of its kind becomes the default.
#[utoipa::path(
    post, path = "/users/me/addresses", tag = "Your account",
    request_body = SaveAddress,
    responses((status = 201, body = Envelope<SavedAddress>), Faults),
    security(("token" = [])),
)]
async fn add(State(app): State<App>, caller: Caller, Json(input): Json<SaveAddress>) -> Result<Answer<SavedAddress>> {
    let saved = addresses::add(&app.shop, caller.customer()?, input).await?;
    let place = format!("/api/users/me/addresses/{}", saved.id);
    Ok(Answer::created(saved).with(LOCATION, Some(&place)))
}

/// Changes an address
///
/// A merge patch (RFC 7396). `isDefault: true` makes it the default of its kind.
#[utoipa::path(
    patch, path = "/users/me/addresses/{address}", tag = "Your account",
    params(("address" = AddressId, Path)),
    request_body = SaveAddress,
    responses((status = 200, body = Envelope<SavedAddress>), Faults),
    security(("token" = [])),
)]
async fn edit_address(
    State(app): State<App>,
    caller: Caller,
    Path(address): Path,
    patch: Patch<SaveAddress>,
) -> Result<Answer<SavedAddress>> {
    let (customer, id) = (caller.customer()?, named(&address)?);
    let now = addresses::get(&app.shop, customer, id).await?;
    let patch = patch.by_first_names(&[("addressLine1", "line1"), ("addressLine2", "line2")])?;
    Ok(Answer::ok(addresses::edit(&app.shop, customer, id, patch.onto(&SaveAddress::from(&now))?).await?))
}

/// Removes an address
///
/// If it was the default, the newest one left takes its place.
#[utoipa::path(
    delete, path = "/users/me/addresses/{address}", tag = "Your account",
    params(("address" = AddressId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn remove(State(app): State<App>, caller: Caller, Path(address): Path) -> Result<Answer<()>> {
    let customer = caller.customer()?;
    addresses::remove(&app.shop, customer, named(&address)?).await?;
    Ok(Answer::done())
}

fn named(address: &str) -> Result<AddressId> {
    Ok(address.parse().map_err(|_| Error::NotFound)?)
}
