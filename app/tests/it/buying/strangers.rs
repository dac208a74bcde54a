//! What is another's, and who must sign in.

use super::*;

/// A page without what differs from one answer to the next.
fn plain(html: &str) -> String {
    let mut parts = html.split("nonce=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |page, part| page + part.split_once('"').map_or(part, |(_, rest)| rest))
}

/// Fails when `orders::find_own` lets everybody in.
#[tokio::test]
async fn what_is_anothers_is_not_there() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(50).await;
        let (ada, eve) = (app.signed_in("ada@example.org").await, app.signed_in("eve@example.org").await);
        ada.add(&rasp, 1).await;
        ada.order().await;
        let (number, _, key) = on_order(app).await;
        assert!(ada.page(&format!("/orders/{number}")).await.contains(&number));

        let missing = plain(&eve.get("/orders/IM-999999").await.text().await.unwrap());
        for path in [format!("/orders/{number}"), format!("/orders/{number}?key=wrong")] {
            for browser in [&eve, &app.browser()] {
                let answer = browser.get(&path).await;
                assert_eq!(answer.status(), 404, "{path}");
                let html = plain(&answer.text().await.unwrap());
                assert!(!html.contains(&number), "{html}");
            }
            let html = plain(&eve.get(&path).await.text().await.unwrap());
            assert_eq!(html, missing, "another's order and a missing one are told apart");
        }
        // an empty key is none
        let bare = eve.get(&format!("/orders/{number}?key=")).await;
        assert_eq!(location(&bare), format!("/orders/{number}"));
        for action in [PAY, BACK_TO_CART, CANCEL] {
            assert_eq!(eve.send("/", action, &at(&number, "wrong")).await.status(), 404, "{action}");
        }
        let (payment,): (uuid::Uuid,) = sqlx::query_as("select id from payments").fetch_one(&app.db).await.unwrap();
        assert_eq!(eve.get(&format!("/checkout/return?payment={payment}&key=wrong")).await.status(), 404);
        assert_eq!(eve.get("/checkout/return").await.status(), 404);
        assert_eq!(on_order(app).await.1, "pending");
        // whoever has the link is let in
        assert!(app.browser().page(&format!("/orders/{number}?key={key}")).await.contains(&number));

        // the cart's lines
        ada.add(&rasp, 3).await;
        eve.add(&rasp, 1).await;
        let line = value_of(&ada.page("/cart").await, "line");
        for (action, value) in [("set", Some("9")), ("remove", None), ("accept", None)] {
            let mut fields = vec![("line", line.clone())];
            fields.extend(value.map(|v| ("quantity", v.to_owned())));
            let action = format!("/do/ironmonger/storefront/cart/{action}");
            assert_eq!(eve.send("/cart", &action, &fields).await.status(), 404, "{action}");
        }
        assert_eq!(value_of(&ada.page("/cart").await, "quantity"), "3");

        // the address book
        let add = "/do/ironmonger/storefront/account/address_book/add";
        let home: Vec<(&str, String)> = [
            ("firstName", "Ada"),
            ("lastName", "Byron"),
            ("line1", "12 St James's Square"),
            ("city", "London"),
            ("postalCode", "SW1Y 4JH"),
            ("country", "GB"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec();
        assert_eq!(location(&ada.send("/account/addresses/new", add, &home).await), "/account/addresses");
        let (id,): (uuid::Uuid,) = sqlx::query_as("select id from addresses").fetch_one(&app.db).await.unwrap();
        assert!(ada.page(&format!("/account/addresses/{id}")).await.contains("St James"));
        assert_eq!(eve.get(&format!("/account/addresses/{id}")).await.status(), 404);
        for action in ["edit", "remove", "make_default"] {
            let mut fields = home.clone();
            fields.push(("id", id.to_string()));
            let action = format!("/do/ironmonger/storefront/account/address_book/{action}");
            assert_eq!(eve.send("/account/addresses", &action, &fields).await.status(), 404, "{action}");
        }
        // nor can an order be sent there
        let mut form = eve.checkout().await;
        form.push(("shippingAddressId".to_owned(), id.to_string()));
        assert_eq!(location(&eve.place(&form).await), "/checkout");
        assert!(eve.page("/checkout").await.contains("is not one of your addresses"));
        assert_eq!(app.count("select count(*) from addresses where first_name = 'Ada'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_account_asks_who_is_there() {
    stripe_app(async |app| {
        let guest = app.browser();
        for path in ["/account", "/account/orders", "/account/addresses", "/account/profile", "/account/devices"] {
            let answer = guest.get(path).await;
            assert!(location(&answer).starts_with("/login"), "{path}");
        }
        let ada = app.signed_in("ada@example.org").await;
        for path in ["/account", "/account/orders", "/account/orders?page=7", "/account/addresses", "/account/devices"]
        {
            ada.page(path).await;
        }
        assert_eq!(ada.get("/dev/mail").await.status(), 404, "there is no folder of mail");
        let profile = "/do/ironmonger/storefront/account/profile/save";
        let name = [("firstName", "Augusta"), ("lastName", "King"), ("phone", "020 7946 0000")];
        assert_eq!(location(&ada.post("/account/profile", profile, &name).await), "/account/profile");
        assert!(ada.page("/account").await.contains("Hello, Augusta"));
        let password = "/do/ironmonger/storefront/account/profile/change_password";
        let wrong = [("currentPassword", "not this one"), ("newPassword", "another four plain words")];
        assert_eq!(location(&ada.post("/account/profile", password, &wrong).await), "/account/profile");
        let html = ada.page("/account/profile").await;
        assert!(html.contains("is not right") && !html.contains("not this one"), "{html}");
        // another device, ended from here
        let there = app.browser();
        let who = [("email", "ada@example.org"), ("password", shop::testing::PASSWORD)];
        there.post("/login", crate::support::stripe::ENTER, &who).await;
        let id = value_of(&ada.page("/account/devices").await, "id");
        let end = "/do/ironmonger/storefront/account/devices/end";
        assert_eq!(location(&ada.post("/account/devices", end, &[("id", &id)]).await), "/account/devices");
        assert!(there.get("/account").await.status().is_redirection());
    })
    .await;
}
