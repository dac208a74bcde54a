//! Staff at their desk: signed in, sending forms and pictures.

use super::{Browser, TestApp, location};
use reqwest::multipart::Part;
use shop::accounts::Permission;
use shop::testing::PASSWORD;

const ENTER: &str = "/do/ironmonger/admin/sign_in/enter";
pub const CATALOGUE: &[Permission] = &[Permission::CatalogRead, Permission::CatalogWrite];

pub async fn signed_in(app: &TestApp, permissions: &[Permission]) -> Browser {
    let (staff, browser) = (app.staff(permissions).await, app.browser());
    let response = browser.post("/admin/login", ENTER, &[("email", staff.email()), ("password", PASSWORD)]).await;
    assert!(location(&response).starts_with("/admin"));
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
