//! The settings, for those who may see and change them.

use super::answer::{Answer, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::fault::Result;
use super::patch::Patch;
use super::precondition::{IfMatch, tag_of_content};
use crate::web::App;
use axum::extract::State;
use axum::http::header;
use serde::Serialize;
use shop::accounts::{May, Permission};
use shop::settings::{self, Settings, SettingsInput};
use shop::{Currency, Money, Rate, TimeZone};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// The settings in force.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    #[schema(example = "Anvil & Son")]
    shop_name: String,
    #[schema(example = "Hardware worth keeping")]
    tagline: Option<String>,
    #[schema(example = "Made by hand since 1983.")]
    about: Option<String>,
    #[schema(example = "hello@shop.example")]
    contact_email: String,
    #[schema(example = "+44 114 496 0000")]
    contact_phone: Option<String>,
    /// Lines, with line breaks between.
    #[schema(example = "12 Anvil Yard\nSheffield\nS1 2AB")]
    address: String,
    currency: Currency,
    prices_include_tax: bool,
    default_tax_rate: Rate,
    /// Of countries that have a rate of their own.
    tax_rates: Vec<TaxRateView>,
    shipping_methods: Vec<ShippingMethodView>,
    low_stock_threshold: i32,
    order_hold_minutes: i32,
    /// So many days after it was delivered an order is completed by itself; 0: never.
    complete_after_days: i32,
    /// A cart that nobody used for so many hours counts as abandoned; 0: never.
    cart_abandoned_hours: i32,
    /// Whether shoppers may ask to be told when a variant is back in stock.
    watch_back_in_stock: bool,
    /// Whether shoppers may ask to be told when a variant costs less.
    watch_price_drop: bool,
    /// Countries by their two letters.
    #[schema(example = json!(["GB", "IE"]))]
    ships_to: Vec<String>,
    /// For so many days goods may be sent back; 0 when nothing is promised.
    return_days: i32,
    /// After so many days a customer signs in anew.
    customer_session_days: i32,
    /// After so many days staff sign in anew.
    staff_session_days: i32,
    /// Staff who did nothing for so many hours sign in anew.
    staff_idle_hours: i32,
    /// At this hour, by the shop's time zone, the daily mails to staff go out.
    digest_hour: i32,
    /// Whether personal data leaves by webhooks only encrypted, for a key of the receiver.
    encrypt_personal_events: bool,
    /// Whose clock is shown to people, and whose days are counted.
    time_zone: TimeZone,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TaxRate)]
#[serde(rename_all = "camelCase")]
pub struct TaxRateView {
    #[schema(example = "GB")]
    country: String,
    rate: Rate,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ShippingMethod)]
#[serde(rename_all = "camelCase")]
pub struct ShippingMethodView {
    #[schema(example = "standard")]
    code: String,
    #[schema(example = "Standard")]
    name: String,
    #[schema(example = "Three to five working days")]
    description: String,
    price: Money,
    /// Free for goods worth so much or more.
    free_from: Option<Money>,
    /// Only to these countries; to all that are shipped to when empty.
    #[schema(example = json!(["GB"]))]
    countries: Vec<String>,
}

impl SettingsView {
    fn new(settings: &Settings, currency: Currency) -> Self {
        let rates = settings.tax_rates.iter();
        let methods = settings.shipping_methods.iter();
        Self {
            shop_name: settings.shop_name.clone(),
            tagline: settings.tagline.clone(),
            about: settings.about.clone(),
            contact_email: settings.contact_email.clone(),
            contact_phone: settings.contact_phone.clone(),
            address: settings.address_lines.join("\n"),
            currency,
            prices_include_tax: settings.prices_include_tax,
            default_tax_rate: settings.default_tax_rate,
            tax_rates: rates.map(|t| TaxRateView { country: t.country.clone(), rate: t.rate }).collect(),
            shipping_methods: methods
                .map(|method| ShippingMethodView {
                    code: method.code.clone(),
                    name: method.name.clone(),
                    description: method.description.clone(),
                    price: method.price,
                    free_from: method.free_from,
                    countries: method.countries.clone(),
                })
                .collect(),
            low_stock_threshold: settings.low_stock_threshold,
            order_hold_minutes: settings.order_hold_minutes,
            complete_after_days: settings.complete_after_days,
            cart_abandoned_hours: settings.cart_abandoned_hours,
            watch_back_in_stock: settings.watch_back_in_stock,
            watch_price_drop: settings.watch_price_drop,
            ships_to: settings.ships_to.clone(),
            return_days: settings.return_days,
            customer_session_days: settings.customer_session_days,
            staff_session_days: settings.staff_session_days,
            staff_idle_hours: settings.staff_idle_hours,
            digest_hour: settings.digest_hour,
            encrypt_personal_events: settings.encrypt_personal_events,
            time_zone: settings.time_zone,
        }
    }
}

fn answer(settings: &Settings, currency: Currency) -> shop::Result<Answer<SettingsView>> {
    let tag = tag_of_content(settings)?;
    Ok(Answer::ok(SettingsView::new(settings, currency)).with(header::ETAG, Some(&tag)))
}

/// The settings
#[utoipa::path(
    get, path = "/settings", tag = "Settings",
    responses((status = 200, body = Envelope<SettingsView>), Faults),
    security(("token" = []), ("key" = ["settings:read"])),
)]
async fn show(State(app): State<App>, caller: Caller) -> Result<Answer<SettingsView>> {
    let settings = settings::for_staff(&app.shop, caller.operator()?).await?;
    Ok(answer(&settings, app.shop.currency)?)
}

/// Changes some of the settings
///
/// JSON Merge Patch (RFC 7396): what is named is replaced, the rest stays. Arrays are replaced as a whole.
#[utoipa::path(
    patch, path = "/settings", tag = "Settings",
    params(("If-Match" = Option<String>, Header, description = "The version that is changed, as `ETag` said")),
    request_body = SettingsInput,
    responses((status = 200, body = Envelope<SettingsView>), Faults),
    security(("token" = []), ("key" = ["settings:read", "settings:write"])),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    if_match: IfMatch,
    patch: Patch<SettingsInput>,
) -> Result<Answer<SettingsView>> {
    let (shop, who): (_, &dyn May) = (&app.shop, caller.operator()?);
    who.may(Permission::SettingsWrite)?;
    let saved = if_match
        .hold(|| async {
            let now = settings::for_staff(shop, who).await?;
            if_match.check(&tag_of_content(&now)?)?;
            let input = patch.onto(&SettingsInput::from(&now))?;
            settings::save_if_unchanged(shop, who, Some(&now), input).await
        })
        .await?;
    Ok(answer(&saved, shop.currency)?)
}
