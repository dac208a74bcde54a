//! API keys: shown once, good for what their scopes say, and over at once when they are.

use super::{Answered, Machine, key};
use crate::support::app;
use chrono::TimeDelta;
use shop::Error;
use shop::Paging;
use shop::accounts::Permission::{CatalogRead, OrdersRead, StaffWrite};
use shop::accounts::api_keys::{self, CreateApiKey, KeyQuery, KeySort, KeyState};
use shop::accounts::{Origin, System};

fn wanted(scopes: &[&str], expires: &str) -> CreateApiKey {
    let scopes = scopes.iter().map(|&scope| scope.into()).collect();
    CreateApiKey { name: "Robot".into(), scopes, expires: expires.into() }
}

fn all() -> KeyQuery {
    KeyQuery { search: String::new(), state: None, sort: KeySort::default(), paging: Paging::new(1, 100) }
}

#[tokio::test]
async fn what_is_no_good_key_is_refused() {
    app(async |app| {
        let good = key(app, &[OrdersRead]).await;
        assert_eq!(Machine::at(&app.root, &good).get("/api/orders").await.status, 200);
        let last = if good.ends_with('0') { "1" } else { "0" };
        let altered = format!("{}{last}", &good[..good.len() - 1]);
        let elsewhere = format!("im_000000000000{}", &good[15..]);
        let bad = [
            "",
            "x",
            "im_",
            &good[..15],
            &good[1..],
            &altered,
            &elsewhere,
            &good.to_uppercase(),
            &format!("{good}0"),
            &format!("{good}, {good}"),
            &format!("Bearer {good}"),
            &"im_".repeat(2000),
            "' or 1=1 --",
        ];
        for bad in bad {
            let answer = Machine::at(&app.root, bad).get("/api/orders").await;
            assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some("Unauthorized")), "{bad}");
        }
        let client = reqwest::Client::new();
        let orders = || client.get(format!("{}/api/orders", app.root));
        for request in [
            orders(),
            // two keys are no key, and a key is no token
            orders().header("x-api-key", &good).header("x-api-key", &good),
            orders().header("authorization", format!("Bearer {good}")),
            orders().header("x-api-key", &good).header("authorization", "Bearer x"),
            orders().header("x-api-key", reqwest::header::HeaderValue::from_bytes(b"im_\xff").unwrap()),
        ] {
            assert_eq!(Answered::from(request).await.status, 401);
        }
        // nor does an address hold one
        let in_address = Answered::from(orders().query(&[("x-api-key", &good), ("apiKey", &good)])).await;
        assert_eq!((in_address.status, in_address.fault("apiKey")), (400, "is not a parameter of this request"));
        // a key that is not good is refused where none is needed, too
        let unknown = Machine::at(&app.root, &altered);
        let pay = unknown.request(reqwest::Method::POST, "/api/stripe/create-payment-intent");
        assert_eq!(Answered::from(pay.json(&serde_json::json!({}))).await.status, 401);
    })
    .await;
}

/// Fails without `revoked_at is null` and without `expires_at > $2` in `verify`.
#[tokio::test]
async fn a_key_ends_when_it_is_revoked_or_its_time_is_over() {
    app(async |app| {
        let made = api_keys::create_at_terminal(app, System, wanted(&["orders:read"], "2d")).await.unwrap();
        let machine = Machine::at(&app.root, made.secret.expose());
        let other = Machine::at(&app.root, &key(app, &[OrdersRead]).await);
        app.clock.advance(TimeDelta::hours(47));
        assert_eq!(machine.get("/api/orders").await.status, 200);
        app.clock.advance(TimeDelta::hours(1));
        assert_eq!((machine.get("/api/orders").await.status, other.get("/api/orders").await.status), (401, 200));

        let keys = api_keys::list_at_terminal(app, System).await.unwrap();
        let prefix = &keys.iter().find(|k| k.id != made.id).unwrap().prefix;
        api_keys::revoke_at_terminal(app, System, prefix).await.unwrap();
        assert_eq!(other.get("/api/orders").await.status, 401);
        let again = api_keys::revoke_at_terminal(app, System, prefix).await;
        assert_eq!(again.unwrap_err().conflict_code(), Some("api_key_revoked"));
        assert!(matches!(api_keys::revoke_at_terminal(app, System, "im_none").await, Err(Error::NotFound)));
        let acts: Vec<String> =
            sqlx::query_scalar("select action from audit_logs where entity_type = 'api_key' order by id")
                .fetch_all(&app.db)
                .await
                .unwrap();
        assert_eq!(acts, ["api_key.create", "api_key.create", "api_key.revoke"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_that_opens_the_door_is_kept() {
    app(async |app| {
        let secret = key(app, &[OrdersRead]).await;
        let kept: String = sqlx::query_scalar("select (select string_agg(k::text, '') from api_keys k) || (select string_agg(a::text, '') from audit_logs a)")
            .fetch_one(&app.db)
            .await
            .unwrap();
        assert!(kept.contains(&secret[..15]), "its name is");
        assert!(!kept.contains(&secret[16..]) && !kept.contains(&secret[16..40]));
    })
    .await;
}

/// Fails without the minute in `verify`: each request writes.
#[tokio::test]
async fn its_use_is_noted_once_a_minute() {
    app(async |app| {
        let machine = Machine::at(&app.root, &key(app, &[OrdersRead]).await);
        let used = async || api_keys::list_at_terminal(app, System).await.unwrap()[0].last_used_at;
        assert_eq!(used().await, None);
        machine.get("/api/orders").await;
        let first = used().await.unwrap();
        app.clock.advance(TimeDelta::seconds(59));
        machine.get("/api/orders").await;
        assert_eq!(used().await, Some(first));
        app.clock.advance(TimeDelta::seconds(1));
        machine.get("/api/orders").await;
        assert_eq!(used().await, Some(app.clock.now()));
    })
    .await;
}

/// Fails without `staff.may` and without `staff.may_give` in `create`.
#[tokio::test]
async fn nobody_gives_a_key_what_they_may_not_do() {
    app(async |app| {
        let clerk = app.staff(&[OrdersRead]).await;
        let head = app.staff(&[StaffWrite, CatalogRead]).await;
        let refused = api_keys::create(app, &clerk, wanted(&["orders:read"], "")).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        assert!(matches!(api_keys::list(app, &clerk, &all()).await, Err(Error::Forbidden)));
        assert!(matches!(api_keys::revoke(app, &clerk, "x").await, Err(Error::Forbidden)));
        let refused = api_keys::create(app, &head, wanted(&["orders:read"], "")).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        let made = api_keys::create(app, &head, wanted(&["catalog:read"], "12h")).await.unwrap();
        let client = api_keys::verify(app, made.secret.expose(), &Origin::default()).await.unwrap();
        assert_eq!((client.id(), client.name()), (made.id, "Robot"));
        assert_eq!(
            api_keys::list(app, &head, &all()).await.unwrap().items[0].created_by.as_deref(),
            Some(head.email())
        );
        for (scopes, expires, field) in
            [(&["orders:all"][..], "", "scopes.0"), (&[], "", "scopes"), (&["catalog:read"], "soon", "expires")]
        {
            let Err(Error::Invalid(faults)) = api_keys::create(app, &head, wanted(scopes, expires)).await else {
                panic!("{field} is wrong");
            };
            assert_eq!(faults.0[0].field, field);
        }
    })
    .await;
}

/// Fails without `i.id is not null` in `verify`, and without the maker's permissions there.
#[tokio::test]
async fn a_key_may_never_do_more_than_its_maker_may_now() {
    app(async |app| {
        let head = app.staff(&[StaffWrite, OrdersRead, CatalogRead]).await;
        let made = api_keys::create(app, &head, wanted(&["orders:read", "catalog:read"], "")).await.unwrap();
        let at_terminal = Machine::at(&app.root, &key(app, &[OrdersRead]).await);
        let robot = Machine::at(&app.root, made.secret.expose());
        let state = async || {
            let keys = api_keys::list_at_terminal(app, System).await.unwrap();
            keys.into_iter().find(|key| key.id == made.id).unwrap().state
        };
        let becomes = async |change: &'static str| {
            let change = sqlx::query(sqlx::AssertSqlSafe(change)).bind(head.id()).execute(&app.db).await.unwrap();
            assert!(change.rows_affected() > 0);
        };
        assert_eq!((robot.get("/api/orders").await.status, state().await), (200, KeyState::Good));
        becomes("update roles set permissions = '{staff:write,catalog:read}' where id = (select role_id from user_roles where user_id = $1)").await;
        assert_eq!((robot.get("/api/orders").await.status, state().await), (403, KeyState::Good));
        becomes("update users set role = 'admin' where id = $1").await;
        assert_eq!(robot.get("/api/orders").await.status, 200);
        for gone in ["update users set role = 'customer' where id = $1", "update users set role = 'admin', is_active = false where id = $1"] {
            becomes(gone).await;
            assert_eq!((robot.get("/api/orders").await.status, state().await), (401, KeyState::Stopped));
        }
        assert_eq!(at_terminal.get("/api/orders").await.status, 200, "nobody's");
        // whoever comes back finds the key as it was
        becomes("update users set is_active = true where id = $1").await;
        assert_eq!(robot.get("/api/orders").await.status, 200);
    })
    .await;
}
