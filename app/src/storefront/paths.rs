//! The addresses of pages, for whatever leads to them.

use crate::web::Visit;

pub fn category_path(slug: &str) -> String {
    format!("/categories/{slug}")
}

pub fn product_path(slug: &str) -> String {
    format!("/products/{slug}")
}

/// The page as it shows one of the product's variants.
pub fn variant_path(slug: &str, sku: &str) -> String {
    format!("{}?{}", product_path(slug), sku_query(sku))
}

/// What names a variant in an address.
pub fn sku_query(sku: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("sku", sku).finish()
}

pub fn order_path(number: &str, key: Option<&str>) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    match key {
        Some(key) => format!("/orders/{}?key={}", encoded(number), encoded(key)),
        None => format!("/orders/{}", encoded(number)),
    }
}

/// The same for this visitor: an account needs no key.
pub fn order_path_of(visit: &Visit, number: &str, key: &str) -> String {
    order_path(number, visit.visitor.customer.is_none().then_some(key))
}

/// Where an order is paid in place.
pub fn pay_path(number: &str, key: Option<&str>) -> String {
    let order = order_path(number, key);
    match order.split_once('?') {
        Some((path, query)) => format!("{path}/pay?{query}"),
        None => format!("{order}/pay"),
    }
}
