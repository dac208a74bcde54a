//! What a browser does, for tests that speak to the shop's pages.

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, ORIGIN};
use reqwest::{Client, Response, redirect};

/// Keeps cookies, names its origin, follows no redirects.
pub fn client(root: &str) -> Client {
    let mut headers = HeaderMap::new();
    headers.insert(ORIGIN, HeaderValue::from_str(root).expect("an address"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
    let client = Client::builder().cookie_store(true).default_headers(headers);
    client.redirect(redirect::Policy::none()).build().expect("a client")
}

/// Where a redirect leads.
pub fn location(response: &Response) -> &str {
    assert!(response.status().is_redirection(), "{}", response.status());
    response.headers()["location"].to_str().expect("an address")
}

/// The value of the first input of that name in a page.
pub fn value_of(html: &str, name: &str) -> String {
    let at = html.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in {html}"));
    let open = html[..at].rfind('<').expect("a tag");
    let element = &html[open..open + html[open..].find('>').expect("a whole tag")];
    let (_, value) = element.split_once(" value=\"").unwrap_or_else(|| panic!("no value in {element}"));
    value.split('"').next().unwrap_or_default().to_owned()
}

/// The checkout's page as a guest fills it in.
pub fn filled_in(html: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> =
        ["cartId", "expectedTotal", "idempotencyKey"].map(|name| (name.to_owned(), value_of(html, name))).to_vec();
    let typed = [
        ("email", "ada@example.org"),
        ("shippingAddress[firstName]", "Ada"),
        ("shippingAddress[lastName]", "Byron"),
        ("shippingAddress[line1]", "12 St James's Square"),
        ("shippingAddress[city]", "London"),
        ("shippingAddress[postalCode]", "SW1Y 4JH"),
        ("shippingAddress[country]", "GB"),
        ("shippingMethod", "standard"),
        ("billingSame", "true"),
    ];
    fields.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields
}

/// Replaces a field's value.
pub fn set(form: &mut [(String, String)], name: &str, value: &str) {
    let field = form.iter_mut().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no field {name}"));
    field.1 = value.to_owned();
}
