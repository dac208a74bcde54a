//! What customers do with their accounts: password, devices, profile, address book.

use super::*;

/// The customer, asking from a session.
async fn at(shop: &TestShop, user: UserId, session: SessionId) -> Customer {
    let identity = shop::accounts::identify(shop, user, Some(session), &Origin::default()).await.unwrap();
    identity.expect("is somebody").customer
}

#[tokio::test]
async fn changing_the_password_signs_out_everywhere_else() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let (here, _there) = (session(shop, ada.id(), "").await, session(shop, ada.id(), "").await);
        let ada = at(shop, ada.id(), here).await;
        let change = |current: &str, new: &str| {
            let input = ChangePassword { current_password: current.into(), new_password: new.into() };
            profile::change_password(shop, &ada, input)
        };
        assert_eq!(fields(change("", "short").await), ["currentPassword", "newPassword"]);
        for _ in 0..10 {
            assert_eq!(fields(change("wrong password", "lantern kettle spade").await), ["currentPassword"]);
        }
        let guessed = change(PASSWORD, "lantern kettle spade").await;
        assert!(matches!(guessed, Err(Error::TooMany { .. })), "a browser left open is no way to guess");
        shop.clock.advance(TimeDelta::minutes(15));
        change(PASSWORD, "lantern kettle spade").await.unwrap();
        let left: Vec<SessionId> =
            devices::list(shop, &ada).await.unwrap().into_iter().map(|device| device.id).collect();
        assert_eq!(left, [here]);
        assert_eq!(jobs(shop, "send_password_changed").await.len(), 1);
        sign_in(shop, &shop.guest(), credentials("ada@example.org", "lantern kettle spade")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn devices_are_listed_and_ended_by_their_owner_only() {
    testing::shop(async |shop| {
        let (ada, eve) = (shop.customer("ada@example.org").await, shop.customer("eve@example.org").await);
        let here =
            session(shop, ada.id(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").await;
        shop.clock.advance(TimeDelta::seconds(1));
        let phone = session(shop, ada.id(), "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1").await;
        let eves = session(shop, eve.id(), "").await;
        let ada = at(shop, ada.id(), here).await;

        let devices = devices::list(shop, &ada).await.unwrap();
        let shown: Vec<_> = devices.iter().map(|d| (d.id, d.device.to_string(), d.is_current)).collect();
        assert_eq!(shown, [(phone, "Safari on iPhone".to_owned(), false), (here, "Firefox on Linux".to_owned(), true)]);
        assert_eq!(devices[0].ip.as_deref(), Some("203.0.113.7"));

        assert!(matches!(devices::end(shop, &ada, eves).await, Err(Error::NotFound)));
        assert!(matches!(devices::end(shop, &eve, phone).await, Err(Error::NotFound)));
        devices::end(shop, &ada, phone).await.unwrap();
        assert!(matches!(devices::end(shop, &ada, phone).await, Err(Error::NotFound)));
        session(shop, ada.id(), "").await;
        assert_eq!(devices::end_others(shop, &ada).await.unwrap(), 1);
        assert_eq!(devices::list(shop, &ada).await.unwrap().len(), 1);
        assert_eq!(devices::list(shop, &eve).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_edited() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let mut input = ProfileInput::from(&profile::get(shop, &ada).await.unwrap());
        input.phone = "+44 114 496 0000".into();
        input.first_name = "Augusta".into();
        let profile = profile::edit(shop, &ada, input).await.unwrap();
        assert_eq!((profile.first_name.as_str(), profile.phone.as_deref()), ("Augusta", Some("+44 114 496 0000")));
        let bad = ProfileInput { first_name: "A\nB".into(), phone: "x".into(), ..ProfileInput::default() };
        assert_eq!(fields(profile::edit(shop, &ada, bad).await), ["firstName", "phone"]);
    })
    .await;
}

fn home(line1: &str) -> SaveAddress {
    SaveAddress {
        address: AddressInput {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            line1: line1.into(),
            city: "Sheffield".into(),
            postal_code: "S1 2AB".into(),
            country: "GB".into(),
            ..AddressInput::default()
        },
        ..SaveAddress::default()
    }
}

async fn defaults(shop: &TestShop, customer: &Customer, kind: AddressKind) -> Vec<String> {
    let all = addresses::list(shop, customer).await.unwrap();
    all.into_iter().filter(|a| a.kind == kind && a.is_default).map(|a| a.address.line1).collect()
}

#[tokio::test]
async fn one_address_of_each_kind_is_the_default() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let one = addresses::add(shop, &ada, home("1 Anvil Yard")).await.unwrap();
        assert!(one.is_default, "the first one is");
        let two = addresses::add(shop, &ada, home("2 Anvil Yard")).await.unwrap();
        assert!(!two.is_default);
        let bill = SaveAddress { kind: "billing".into(), ..home("3 Ledger Lane") };
        assert!(addresses::add(shop, &ada, bill).await.unwrap().is_default);
        addresses::make_default(shop, &ada, two.id).await.unwrap();
        assert_eq!(defaults(shop, &ada, AddressKind::Shipping).await, ["2 Anvil Yard"]);
        assert_eq!(defaults(shop, &ada, AddressKind::Billing).await, ["3 Ledger Lane"]);

        let moved = SaveAddress { kind: "billing".into(), is_default: "on".into(), ..home("2 Anvil Mews") };
        let moved = addresses::edit(shop, &ada, two.id, moved).await.unwrap();
        assert!(moved.is_default && moved.kind == AddressKind::Billing);
        assert_eq!(defaults(shop, &ada, AddressKind::Shipping).await, ["1 Anvil Yard"]);
        assert_eq!(defaults(shop, &ada, AddressKind::Billing).await, ["2 Anvil Mews"]);
        addresses::remove(shop, &ada, two.id).await.unwrap();
        assert_eq!(defaults(shop, &ada, AddressKind::Billing).await, ["3 Ledger Lane"]);

        let faults = fields(addresses::add(shop, &ada, SaveAddress { kind: "x".into(), ..home("") }).await);
        assert_eq!(faults, ["type", "line1"]);
    })
    .await;
}

/// Without the lock on the account some of these fail on the unique index, or leave no default: checked.
#[tokio::test]
async fn defaults_chosen_at_once_leave_one() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let new = |n: i32| {
            addresses::add(shop, &ada, SaveAddress { is_default: "on".into(), ..home(&format!("{n} Anvil Yard")) })
        };
        let made = futures::future::join_all((0..8).map(|n| Box::pin(new(n)))).await;
        let ids: Vec<_> = made.into_iter().map(|saved| saved.unwrap().id).collect();
        let chosen = ids.iter().map(|id| Box::pin(addresses::make_default(shop, &ada, *id)));
        for answer in futures::future::join_all(chosen).await {
            answer.unwrap();
        }
        assert_eq!(defaults(shop, &ada, AddressKind::Shipping).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn anothers_address_is_not_there() {
    testing::shop(async |shop| {
        let (ada, eve) = (shop.customer("ada@example.org").await, shop.customer("eve@example.org").await);
        let id = addresses::add(shop, &ada, home("1 Anvil Yard")).await.unwrap().id;
        assert!(matches!(addresses::get(shop, &eve, id).await, Err(Error::NotFound)));
        assert!(matches!(addresses::edit(shop, &eve, id, home("1 Evil Yard")).await, Err(Error::NotFound)));
        assert!(matches!(addresses::make_default(shop, &eve, id).await, Err(Error::NotFound)));
        assert!(matches!(addresses::remove(shop, &eve, id).await, Err(Error::NotFound)));
        assert_eq!(addresses::get(shop, &ada, id).await.unwrap().address.line1, "1 Anvil Yard");
    })
    .await;
}

#[test]
fn an_address_is_read_flat_from_json_and_forms() {
    let json = r#"{"type":"billing","isDefault":true,"firstName":"Ada","postalCode":1010,"country":"AT"}"#;
    let read: SaveAddress = serde_json::from_str(json).unwrap();
    assert!(read.is_default.is_on() && read.kind.0 == "billing");
    assert_eq!((read.address.postal_code.0.as_str(), read.address.line1.0.as_str()), ("1010", ""));
    let form: SaveAddress = serde_urlencoded::from_str("type=billing&isDefault=on&firstName=Ada&country=AT").unwrap();
    assert!(form.is_default.is_on() && form.address.country.0 == "AT");
}
