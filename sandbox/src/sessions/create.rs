//! Making a Checkout Session. <https://docs.stripe.com/api/checkout/sessions/create>

use super::input::{Who, expiry, named_customer};
use crate::address::shipping;
use crate::answer::{Call, Outcome};
use crate::errors::ApiError;
use crate::intents::method_types;
use crate::money;
use crate::objects::{IntentData, Item, PaymentStatus, REDISPLAY, Session, SessionStatus};
use crate::params::{Metadata, Params};
use crate::state::State;

const MAX_ITEMS: usize = 100;

/// A line as it was asked for.
struct NewItem {
    currency: String,
    name: String,
    description: Option<String>,
    unit_amount: i64,
    quantity: i64,
    tax_behavior: &'static str,
    metadata: Metadata,
}

/// `POST /v1/checkout/sessions`: payments with lines priced in the request, and cards kept without one.
pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let mode = params.one_of("mode", &["payment", "setup", "subscription"])?.ok_or_else(|| params.missing("mode"))?;
    if mode == "subscription" {
        return Err(params.refuse("mode", "The sandbox has no subscriptions: mode is payment or setup."));
    }
    if let Some(ui) = params.one_of("ui_mode", &["hosted", "hosted_page", "embedded_page", "elements", "form"])?
        && !ui.starts_with("hosted")
    {
        return Err(params.refuse("ui_mode", "The sandbox has hosted pages only."));
    }
    if mode == "setup" {
        return super::setup::create(state, call);
    }
    let currency = match params.text("currency")? {
        Some(text) => Some(money::currency(&text, "currency")?),
        None => None,
    };
    let items = params.list("line_items", line_item)?.ok_or_else(|| params.missing("line_items"))?;
    let success_url = params.url("success_url")?.ok_or_else(|| params.missing("success_url"))?;
    let cancel_url = params.url("cancel_url")?;
    let client_reference_id = params.text_up_to("client_reference_id", 200)?;
    let metadata = params.new_metadata()?;
    let Who { customer, email: customer_email, is_made } = named_customer(params)?;
    let (saves_cards, shows_cards) = params
        .object("saved_payment_method_options", |options| {
            let save = options.one_of("payment_method_save", &["disabled", "enabled"])?;
            let filters = options.texts("allow_redisplay_filters")?;
            if let Some(other) = filters.iter().flatten().find(|filter| !REDISPLAY.contains(&filter.as_str())) {
                return Err(options.refuse("allow_redisplay_filters", format!("Invalid filter: {other}")));
            }
            Ok((save == Some("enabled"), filters))
        })?
        .unwrap_or_default();
    let expires_at = params.integer("expires_at")?;
    let locale = params.text("locale")?;
    let submit_type = params.one_of("submit_type", &["auto", "book", "donate", "pay", "subscribe"])?;
    let named = method_types(params)?;
    let intent_data = params.object("payment_intent_data", intent_data)?.unwrap_or_default();
    params.finish()?;

    let now = state.now();
    let expires_at = expiry(now, expires_at)?;
    if let Some(customer) = &customer {
        state.require_customer(customer)?;
    }
    let currency = one_currency(&items, currency)?;
    let id = format!("cs_test_a1{}", state.token(56));
    let items: Vec<Item> = items.into_iter().map(|item| state.item(item)).collect();
    let session = Session {
        created: now,
        expires_at,
        status: SessionStatus::Open,
        payment_status: PaymentStatus::Unpaid,
        currency,
        items,
        client_reference_id,
        metadata,
        intent: None,
        intent_data,
        setup: None,
        redisplay: None,
        customer,
        creates_customer: is_made,
        saves_cards,
        keeps_card: false,
        shows_cards: shows_cards.unwrap_or_else(|| vec!["always".to_owned()]),
        customer_email,
        customer_details: None,
        method_types: named.unwrap_or_else(|| vec!["card".to_owned(), "us_bank_account".to_owned()]),
        success_url,
        cancel_url,
        locale,
        submit_type,
        page_url: format!("{}/pay/{id}", call.public_url),
        id,
    };
    money::chargeable(session.total(), &session.currency, "line_items")?;
    let object = session.render();
    state.open_session(session);
    Ok(object)
}

fn line_item(params: &mut Params) -> Result<NewItem, ApiError> {
    if let Some(price) = params.text("price")? {
        // Prices and products are not kept here; the shop sends its own.
        return Err(ApiError::no_such_param("price", &price, "line_items[0][price]").unsaved());
    }
    let quantity = params.integer_from("quantity", 1)?.ok_or_else(|| params.missing("quantity"))?;
    let metadata = params.new_metadata()?;
    let mut item = params.object("price_data", price_data)?.ok_or_else(|| params.missing("price_data"))?;
    item.quantity = quantity;
    item.metadata = metadata;
    Ok(item)
}

fn price_data(params: &mut Params) -> Result<NewItem, ApiError> {
    let currency = money::currency(&params.required("currency")?, "currency")?;
    let unit_amount = params.integer_from("unit_amount", 0)?.ok_or_else(|| params.missing("unit_amount"))?;
    let tax_behavior =
        params.one_of("tax_behavior", &["exclusive", "inclusive", "unspecified"])?.unwrap_or("unspecified");
    let (name, description) = params
        .object("product_data", |product| {
            let name = product.required("name")?;
            let description = product.text("description")?;
            product.texts("images")?;
            product.new_metadata()?;
            product.text("tax_code")?;
            Ok((name, description))
        })?
        .ok_or_else(|| params.missing("product_data"))?;
    Ok(NewItem { currency, name, description, unit_amount, quantity: 1, tax_behavior, metadata: Metadata::new() })
}

fn intent_data(params: &mut Params) -> Result<IntentData, ApiError> {
    Ok(IntentData {
        capture_method: params.one_of("capture_method", &["automatic", "automatic_async", "manual"])?,
        description: params.text_up_to("description", 1000)?,
        metadata: params.new_metadata()?,
        receipt_email: params.text("receipt_email")?,
        setup_future_usage: params.one_of("setup_future_usage", &["off_session", "on_session"])?,
        shipping: params.object("shipping", shipping)?,
        statement_descriptor: params.text_up_to("statement_descriptor", 22)?,
        statement_descriptor_suffix: params.text_up_to("statement_descriptor_suffix", 22)?,
    })
}

/// All lines, and the session if it says so, are in one currency.
fn one_currency(items: &[NewItem], asked: Option<String>) -> Result<String, ApiError> {
    let refuse = |message: String| Err(ApiError::invalid(message).param("line_items").unsaved());
    let Some(first) = items.first() else {
        return refuse("You must specify at least one line item.".to_owned());
    };
    if items.len() > MAX_ITEMS {
        return refuse(format!("You may only specify up to {MAX_ITEMS} line items."));
    }
    let currency = asked.unwrap_or_else(|| first.currency.clone());
    if let Some(other) = items.iter().find(|item| item.currency != currency) {
        return refuse(format!(
            "You can not combine currencies on a single Checkout Session: {currency} and {}.",
            other.currency
        ));
    }
    Ok(currency)
}

impl State {
    fn item(&mut self, new: NewItem) -> Item {
        Item {
            id: self.id("li"),
            price: self.id("price"),
            product: self.id("prod"),
            name: new.name,
            description: new.description,
            unit_amount: new.unit_amount,
            quantity: new.quantity,
            tax_behavior: new.tax_behavior,
            metadata: new.metadata,
        }
    }
}
