//! Settings: sensible without having been touched, checked when they are.

use shop::accounts::Permission;
use shop::settings::{self, Settings, SettingsInput, ShippingMethodInput, TaxRateInput};
use shop::testing;
use shop::{BasisPoints, Error, Money};

#[tokio::test]
async fn defaults_stand_until_saved_and_forms_round_trip() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let defaults = settings::for_staff(shop, &owner).await.unwrap();
        assert_eq!(defaults, Settings::defaults(shop.currency));
        let form = SettingsInput::from(&defaults);
        assert_eq!(settings::save(shop, &owner, form.clone()).await.unwrap(), defaults);
        let audited = async || -> i64 {
            sqlx::query_scalar("select count(*) from audit_logs where action = 'settings.update'")
                .fetch_one(&shop.db)
                .await
                .unwrap()
        };
        assert_eq!(audited().await, 0, "nothing changed, nothing is written");
        let mut form = form;
        form.shop_name = "Nails & Sons".into();
        form.ships_to = "gb, IE fr".into();
        form.tax_rates.push(TaxRateInput { country: "ie".into(), rate: "23".into() });
        form.default_tax_rate = "7.5 %".into();
        form.shipping_methods[0].free_from = "75".into();
        form.shipping_methods[1].countries = "GB".into();
        form.shipping_methods.push(ShippingMethodInput::default());
        settings::save(shop, &owner, form).await.unwrap();
        let saved = settings::load(&shop.db, shop.currency).await.unwrap();
        assert_eq!((saved.shop_name.as_str(), audited().await), ("Nails & Sons", 1));
        assert_eq!([saved.tax_rate("IE"), saved.tax_rate("FR")], [BasisPoints(2300), BasisPoints(750)]);
        assert_eq!(saved.shipping_methods[0].free_from, Some(Money::new(75_00, shop.currency)));
        let to = |country| saved.methods_to(country).iter().map(|m| m.code.clone()).collect::<Vec<_>>();
        assert_eq!(to("GB"), ["standard", "express", "collect"]);
        assert_eq!(to("IE"), ["standard", "collect"]);
        assert!(to("US").is_empty());
    })
    .await;
}

#[tokio::test]
async fn faults_are_named_and_nobody_else_may() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let mut form = SettingsInput::from(&Settings::defaults(shop.currency));
        form.contact_email = "hello@".into();
        form.default_tax_rate = "101".into();
        form.order_hold_minutes = "5".into();
        form.ships_to = "England".into();
        form.tax_rates.push(TaxRateInput { country: "GB".into(), rate: "x".into() });
        form.shipping_methods[0].price = "-1".into();
        form.shipping_methods[1].code = "collect".into();
        let Err(Error::Invalid(faults)) = settings::save(shop, &owner, form.clone()).await else {
            panic!("was saved");
        };
        let fields: Vec<_> = faults.0.iter().map(|f| f.field.as_ref()).collect();
        for field in [
            "contactEmail",
            "defaultTaxRate",
            "orderHoldMinutes",
            "shipsTo",
            "taxRates[1].rate",
            "taxRates[1].country",
            "shippingMethods[0].price",
            "shippingMethods[2].code",
        ] {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
        let clerk = shop.staff(&[Permission::SettingsRead]).await;
        assert!(matches!(settings::save(shop, &clerk, form).await, Err(Error::Forbidden)));
    })
    .await;
}

/// Fails without the comparison in `save_seen`.
#[tokio::test]
async fn of_two_who_save_at_once_the_second_is_told() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let seen = settings::for_staff(shop, &owner).await.unwrap();
        let named = |name: &str| SettingsInput { shop_name: name.into(), ..SettingsInput::from(&seen) };
        settings::save_seen(shop, &owner, Some(&seen), named("Anvil & Son")).await.unwrap();
        let second = settings::save_seen(shop, &owner, Some(&seen), named("Nails & Co")).await;
        assert_eq!(second.unwrap_err().conflict_code(), Some("edited_meanwhile"));
        assert_eq!(settings::for_staff(shop, &owner).await.unwrap().shop_name, "Anvil & Son");
    })
    .await;
}
