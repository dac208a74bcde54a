//! Customers and the payment methods they keep. <https://docs.stripe.com/api/customers>

use crate::address::{address, shipping};
use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::Customer;
use crate::params::Metadata;
use crate::search::{Field, Query};
use crate::state::State;

impl State {
    pub fn new_customer(&mut self, email: Option<String>, name: Option<String>) -> String {
        let id = self.id("cus");
        let customer = Customer {
            id: id.clone(),
            created: self.now(),
            email,
            name,
            phone: None,
            description: None,
            address: None,
            shipping: None,
            default_method: None,
            metadata: Metadata::new(),
            deleted: false,
        };
        self.customers.insert(customer);
        id
    }
}

fn write(state: &mut State, call: &mut Call, id: Option<&str>) -> Outcome {
    let params = &mut call.params;
    let email = params.text_or_unset("email")?;
    let name = params.text_or_unset("name")?;
    let phone = params.text_or_unset("phone")?;
    let description = params.text_or_unset("description")?;
    let address = params.object("address", address)?;
    let shipping = params.object("shipping", shipping)?;
    let metadata = params.metadata("metadata")?;
    let method = params.text("payment_method")?;
    let default = params.object("invoice_settings", |settings| settings.text_or_unset("default_payment_method"))?;
    params.finish()?;
    let kept = |id: &String, state: &State| {
        let owner = state.methods.get(id).and_then(|method| method.customer.as_deref());
        owner == call.ids.first().map(String::as_str)
    };
    if let Some(Some(Some(default))) = &default
        && !kept(default, state)
    {
        return Err(ApiError::no_such_param("PaymentMethod", default, "invoice_settings[default_payment_method]"));
    }
    let method = match method {
        Some(token) => Some(state.method_for(&token, id)?.id),
        None => None,
    };
    let (id, kind) = match id {
        Some(id) => (id.to_owned(), "customer.updated"),
        None => (state.new_customer(None, None), "customer.created"),
    };
    let Some(customer) = state.customers.get_mut(&id) else {
        return Err(ApiError::no_such("customer", &id, "id"));
    };
    if let Some(email) = email {
        customer.email = email;
    }
    if let Some(name) = name {
        customer.name = name;
    }
    if let Some(phone) = phone {
        customer.phone = phone;
    }
    if let Some(description) = description {
        customer.description = description;
    }
    if let Some(Some(default)) = default {
        customer.default_method = default;
    }
    if let Some(change) = metadata {
        change.apply(&mut customer.metadata);
    }
    customer.address = address.or(customer.address.take());
    customer.shipping = shipping.or(customer.shipping.take());
    let object = customer.render();
    if let Some(method) = method {
        state.attach(&method, &id);
    }
    state.emit(kind, object.clone());
    Ok(object)
}

pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    write(state, call, None)
}

fn existing(state: &State, call: &Call) -> Result<String, ApiError> {
    let id = call.id();
    match state.customers.get(id) {
        Some(customer) if !customer.deleted => Ok(id.to_owned()),
        _ => Err(ApiError::no_such("customer", id, "id")),
    }
}

pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let id = existing(state, call)?;
    write(state, call, Some(&id))
}

/// A deleted customer is still answered, as deleted: <https://docs.stripe.com/api/customers/retrieve>
pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let id = call.id();
    let customer = state.customers.get(id).ok_or_else(|| ApiError::no_such("customer", id, "id"))?;
    Ok(customer.render())
}

pub(crate) fn delete(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let id = existing(state, call)?;
    let Some(customer) = state.customers.get_mut(&id) else {
        return Err(ApiError::no_such("customer", &id, "id"));
    };
    let before = customer.render();
    customer.deleted = true;
    let object = customer.render();
    state.emit("customer.deleted", before);
    Ok(object)
}

/// `GET /v1/customers/search`: <https://docs.stripe.com/search#query-fields-for-customers>
pub(crate) fn search(state: &mut State, call: &mut Call) -> Outcome {
    let search = Query::read(state, call)?;
    search.run(
        state.customers.iter().filter(|customer| !customer.deleted),
        Customer::render,
        |customer, field| match field {
            Field::Named("created") => Some(customer.created.to_string()),
            Field::Named("email") => customer.email.clone(),
            Field::Named("name") => customer.name.clone(),
            Field::Named("phone") => customer.phone.clone(),
            Field::Metadata(key) => customer.metadata.get(key).cloned(),
            Field::Named(_) => None,
        },
        &["created", "email", "name", "phone"],
    )
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let email = call.params.text("email")?;
    call.params.finish()?;
    page.of(state.customers.iter(), Customer::render, |customer| {
        !customer.deleted && email.as_ref().is_none_or(|email| Some(email) == customer.email.as_ref())
    })
}
