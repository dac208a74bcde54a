//! The own account over HTTP.

use super::{Answered, Machine};
use crate::support::{TestApp, app};
use reqwest::Method;
use serde_json::{Value, json};
use shop::testing::PASSWORD;

const ME: &str = "/api/users/me";
const BOOK: &str = "/api/users/me/addresses";

async fn ada(app: &TestApp) -> Machine {
    app.customer("ada@example.org").await;
    Machine::of(app, "ada@example.org").await
}

#[tokio::test]
async fn a_profile_is_patched_and_put() {
    app(async |app| {
        let ada = ada(app).await;
        let patch = async |body: Value| ada.send(Method::PATCH, ME, &body).await;
        let changed = patch(json!({ "firstName": "Augusta", "phone": "+44 114 496 0000" })).await;
        let before = ada.get("/api/users/profile").await.body["data"].clone();
        assert_eq!((changed.status, &changed.body["data"], &before["firstName"]), (200, &before, &json!("Augusta")));
        // what is left out stays, and null takes away
        let changed = patch(json!({ "phone": null })).await;
        assert_eq!(
            (&changed.body["data"]["firstName"], &changed.body["data"]["phone"]),
            (&json!("Augusta"), &Value::Null)
        );
        assert_eq!(changed.body["data"]["lastName"], before["lastName"]);
        assert_eq!(patch(json!({ "firstName": null })).await.fault("firstName"), "is required");
        let refused = patch(json!({ "role": "admin", "email": "x@example.org" })).await;
        assert_eq!(
            (refused.fault("role"), refused.fault("email")),
            ("is not a field of this request", "is not a field of this request")
        );
        let me = ada.get(ME).await.body["data"].clone();
        assert_eq!(
            (&me["email"], &me["role"], &me["isActive"]),
            (&json!("ada@example.org"), &json!("customer"), &json!(true))
        );
        assert!(me["createdAt"].is_string() && me["updatedAt"].is_string(), "{me}");
        for wrong in [json!([]), json!("x"), json!({ "firstName": { "a": 1 } }), json!({ "firstName": [1] })] {
            assert_eq!(patch(wrong.clone()).await.status, 400, "{wrong}");
        }
        let put = json!({ "lastName": "King" });
        assert_eq!(ada.send(Method::PUT, "/api/users/profile", &put).await.fault("firstName"), "is required");
        let put = json!({ "firstName": "Ada", "lastName": "King" });
        assert_eq!(ada.send(Method::PUT, "/api/users/profile", &put).await.body["data"]["lastName"], "King");
    })
    .await;
}

#[tokio::test]
async fn nobody_and_machines_have_no_account() {
    app(async |app| {
        let nobody = Machine::nobody(&app.root);
        let robot = Machine::at(&app.root, &super::key(app, &[shop::accounts::Permission::CustomersRead]).await);
        for path in [ME, "/api/users/profile", BOOK, "/api/auth/sessions"] {
            assert_eq!((nobody.get(path).await.status, robot.get(path).await.status), (401, 403), "{path}");
        }
    })
    .await;
}

/// Fails when the token is not taken for the session that stays.
#[tokio::test]
async fn a_new_password_signs_out_the_others() {
    app(async |app| {
        let (here, there) = (ada(app).await, Machine::of(app, "ada@example.org").await);
        let change = async |current: &str, new: &str| {
            let body = json!({ "currentPassword": current, "newPassword": new });
            here.send(Method::PATCH, "/api/users/me/password", &body).await
        };
        assert_eq!(change("wrong", "lantern kettle spade").await.fault("currentPassword"), "is not right");
        assert!(!change(PASSWORD, "password").await.fault("newPassword").is_empty());
        assert_eq!(there.get(ME).await.status, 200);
        assert_eq!(change(PASSWORD, "lantern kettle spade").await.status, 200);
        assert_eq!((here.get(ME).await.status, there.get(ME).await.status), (200, 401));

        let moved = json!({ "email": "ada@example.com", "password": "lantern kettle spade" });
        let moved = here.send(Method::PATCH, "/api/users/me/email", &moved).await;
        let data = &moved.body["data"];
        assert_eq!((&data["email"], &data["emailVerified"]), (&json!("ada@example.com"), &json!(false)));
    })
    .await;
}

/// Fails without `user_id` in `addresses::one`.
#[tokio::test]
async fn an_address_book_is_its_owners() {
    app(async |app| {
        let ada = ada(app).await;
        app.customer("eve@example.org").await;
        let eve = Machine::of(app, "eve@example.org").await;
        let mut home = serde_json::to_value(app.address_form()).unwrap();
        let added = ada.send(Method::POST, BOOK, &home).await;
        let data = &added.body["data"];
        assert_eq!((added.status, &data["type"], &data["isDefault"]), (201, &json!("shipping"), &json!(true)));
        let place = added.header("location").to_owned();
        assert_eq!(place, format!("{BOOK}/{}", data["id"].as_str().unwrap()));
        home["isDefault"] = json!(true);
        home["line2"] = json!("Back yard");
        let second = ada.send(Method::POST, BOOK, &home).await;
        let second = second.header("location");

        let patch = async |who: &Machine, place: &str, body: Value| who.send(Method::PATCH, place, &body).await;
        let changed = patch(&ada, second, json!({ "city": "Leeds", "line2": null })).await;
        let data = &changed.body["data"];
        assert_eq!((&data["city"], &data["line2"], &data["isDefault"]), (&json!("Leeds"), &Value::Null, &json!(true)));
        assert_eq!(data["line1"], home["line1"]);
        assert_eq!(
            patch(&ada, second, json!({ "country": "XX" })).await.fault("country"),
            "is not a country that we know"
        );
        assert_eq!(patch(&ada, &place, json!({ "isDefault": true })).await.body["data"]["isDefault"], true);

        let list = ada.get(BOOK).await.body["data"].clone();
        let shown: Vec<_> =
            list.as_array().unwrap().iter().map(|one| (one["city"].as_str(), one["isDefault"].as_bool())).collect();
        assert_eq!(shown, [(home["city"].as_str(), Some(true)), (Some("Leeds"), Some(false))]);

        assert_eq!(eve.get(BOOK).await.body["data"], json!([]));
        for place in [&place, "/api/users/me/addresses/x"] {
            assert_eq!(patch(&eve, place, json!({ "city": "York" })).await.status, 404);
            assert_eq!(Answered::from(eve.request(Method::DELETE, place)).await.status, 404);
        }
        assert_eq!(Answered::from(ada.request(Method::DELETE, &place)).await.status, 200);
        let left = ada.get(BOOK).await.body["data"].clone();
        assert_eq!((left.as_array().unwrap().len(), &left[0]["isDefault"]), (1, &json!(true)));
    })
    .await;
}
