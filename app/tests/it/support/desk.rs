//! Staff at their desk: signed in, sending forms and pictures.

use super::{Browser, TestApp, location};
use reqwest::multipart::Part;
use shop::accounts::Permission;
use shop::testing::PASSWORD;

const ENTER: &str = "/do/ironmonger/admin/sign_in/enter";
pub const CATALOGUE: &[Permission] = &[Permission::CatalogRead, Permission::CatalogWrite];

pub async fn signed_in(app: &TestApp, permissions: &[Permission]) -> Browser {
    signed_in_as(app, app.staff(permissions).await.email(), "/admin/login").await
}

/// Anybody who has an account, by this door.
pub async fn signed_in_as(app: &TestApp, email: &str, door: &str) -> Browser {
    let browser = app.browser();
    let action = if door == "/login" { "/do/ironmonger/storefront/sign_in/enter" } else { ENTER };
    let response = browser.post(door, action, &[("email", email), ("password", PASSWORD)]).await;
    assert!(!location(&response).contains("login"), "{email} is let in");
    browser
}

/// A form of the page `from`; what it says on the page that follows.
pub async fn send(browser: &Browser, from: &str, action: &str, fields: &[(&str, &str)]) -> (String, String) {
    let response = browser.post(from, action, fields).await;
    let next = location(&response).to_owned();
    let html = browser.page(&next).await;
    (next, html)
}

pub fn picture(name: &str, content: Vec<u8>) -> Part {
    Part::bytes(content).file_name(name.to_owned())
}
