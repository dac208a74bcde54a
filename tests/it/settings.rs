//! Settings: sensible without having been touched, checked when they are.

use shop::accounts::Permission;
use shop::settings::{self, Settings, SettingsInput, ShippingMethodInput, TaxRateInput};
use shop::testing;
use shop::{Currency, Error, Money, Rate};

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
        assert_eq!(form.time_zone.0, "UTC", "until somebody says where the shop is");
        form.time_zone = " europe/lisbon ".into();
        settings::save(shop, &owner, form).await.unwrap();
        let saved = settings::load(shop).await.unwrap();
        assert_eq!((saved.shop_name.as_str(), audited().await), ("Nails & Sons", 1));
        assert_eq!([saved.tax_rate("IE"), saved.tax_rate("FR")], [Rate::percent(23), Rate::parse("7.5").unwrap()]);
        assert_eq!(saved.shipping_methods[0].free_from, Some(Money::new(75_00, shop.currency)));
        assert_eq!(saved.time_zone.name(), "Europe/Lisbon");
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
        form.customer_session_days = "366".into();
        form.staff_session_days = "0".into();
        form.staff_idle_hours = "1.5".into();
        form.digest_hour = "24".into();
        form.ships_to = "England".into();
        form.time_zone = "Europe/Atlantis".into();
        form.shipping_methods[2].countries = "GB, EU".into();
        form.tax_rates.push(TaxRateInput { country: "GB".into(), rate: "x".into() });
        form.tax_rates.push(TaxRateInput { country: "XX".into(), rate: "5".into() });
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
            "customerSessionDays",
            "staffSessionDays",
            "staffIdleHours",
            "digestHour",
            "shipsTo",
            "timeZone",
            "taxRates[1].rate",
            "taxRates[1].country",
            "shippingMethods[0].price",
            "shippingMethods[2].code",
            "shippingMethods[2].countries",
            "taxRates[2].country",
        ] {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
        let clerk = shop.staff(&[Permission::SettingsRead]).await;
        assert!(matches!(settings::save(shop, &clerk, form).await, Err(Error::Forbidden)));
    })
    .await;
}

/// Fails without the comparison in `save_if_unchanged`.
#[tokio::test]
async fn of_two_who_save_at_once_the_second_is_told() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let seen = settings::for_staff(shop, &owner).await.unwrap();
        let named = |name: &str| SettingsInput { shop_name: name.into(), ..SettingsInput::from(&seen) };
        settings::save_if_unchanged(shop, &owner, Some(&seen), named("Anvil & Son")).await.unwrap();
        let second = settings::save_if_unchanged(shop, &owner, Some(&seen), named("Nails & Co")).await;
        assert_eq!(second.unwrap_err().conflict_code(), Some("edited_meanwhile"));
        assert_eq!(settings::for_staff(shop, &owner).await.unwrap().shop_name, "Anvil & Son");
    })
    .await;
}

/// Fails when `save_part` compares or writes all settings instead of its own.
#[tokio::test]
async fn a_part_is_saved_without_touching_the_others() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let (name, stock) = (["shopName", "contactEmail"], ["lowStockThreshold"]);
        let start = settings::for_staff(shop, &owner).await.unwrap();
        let seen = |of: &Settings, fields: &[&str]| settings::version(of, fields).unwrap();
        let (seen_name, seen_stock) = (seen(&start, &name), seen(&start, &stock));
        assert_ne!(seen_name, seen_stock);

        // a form has only its own fields: all others arrive empty
        let form = SettingsInput {
            shop_name: "Nails & Sons".into(),
            contact_email: "hi@nails.example".into(),
            ..Default::default()
        };
        settings::save_part(shop, &owner, &name, &seen_name, &form).await.unwrap();
        let form = SettingsInput { low_stock_threshold: "9".into(), ..Default::default() };
        let saved = settings::save_part(shop, &owner, &stock, &seen_stock, &form).await.unwrap();
        let wanted = Settings {
            shop_name: "Nails & Sons".into(),
            contact_email: "hi@nails.example".into(),
            low_stock_threshold: 9,
            ..start.clone()
        };
        assert_eq!((&saved, &settings::load(shop).await.unwrap()), (&wanted, &wanted));

        // somebody else was quicker with these fields
        let late = settings::save_part(shop, &owner, &stock, &seen_stock, &form).await;
        assert_eq!(late.unwrap_err().conflict_code(), Some("edited_meanwhile"));
        let clerk = shop.staff(&[Permission::SettingsRead]).await;
        let refused = settings::save_part(shop, &clerk, &stock, &seen(&saved, &stock), &form).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
    })
    .await;
}

/// What was kept before there was a rule for it must not keep the owner from saving the rest. Fails without the filter
/// of faults in `save_part`.
#[tokio::test]
async fn a_fault_elsewhere_keeps_nobody_from_saving() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        sqlx::query("insert into settings (key, value) values ('orderHoldMinutes', '5')")
            .execute(&shop.db)
            .await
            .unwrap();
        let start = settings::for_staff(shop, &owner).await.unwrap();
        let save = async |fields: &[&str], form: SettingsInput| {
            let seen = settings::version(&start, fields).unwrap();
            settings::save_part(shop, &owner, fields, &seen, &form).await
        };
        let named = SettingsInput { shop_name: "Nails".into(), ..Default::default() };
        let saved = save(&["shopName"], named.clone()).await.unwrap();
        assert_eq!((saved.shop_name.as_str(), saved.order_hold_minutes), ("Nails", 5));
        let held = SettingsInput { order_hold_minutes: "5".into(), ..Default::default() };
        let Err(Error::Invalid(faults)) = save(&["orderHoldMinutes"], held).await else { panic!("was saved") };
        assert_eq!(faults.0[0].field, "orderHoldMinutes");
    })
    .await;
}

/// A parcel's label has lines, a name has one.
#[tokio::test]
async fn what_a_shop_says_of_itself_is_kept() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let mut form = SettingsInput::from(&settings::for_staff(shop, &owner).await.unwrap());
        form.tagline = "Clothes for small people".into();
        form.about = "Made in Leipzig".into();
        form.return_days = "14".into();
        form.address = "Karl-Heine-Straße 1\r\n\r\n 04229 Leipzig ".into();
        let saved = settings::save(shop, &owner, form.clone()).await.unwrap();
        assert_eq!(saved.tagline.as_deref(), Some("Clothes for small people"));
        assert_eq!((saved.about.as_deref(), saved.return_days), (Some("Made in Leipzig"), 14));
        assert_eq!(saved.address_lines, ["Karl-Heine-Straße 1", "04229 Leipzig"]);
        form.shop_name = "Two\nlines".into();
        form.return_days = "-1".into();
        let Err(Error::Invalid(faults)) = settings::save(shop, &owner, form).await else { panic!("was saved") };
        assert_eq!(faults.0.iter().map(|f| f.field.as_ref()).collect::<Vec<_>>(), ["shopName", "returnDays"]);
    })
    .await;
}

/// Countries are held against the list: a code that is on none would leave the checkout without a country to choose.
#[tokio::test]
async fn countries_are_known_ones_whatever_they_are_called() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let mut form = SettingsInput::from(&Settings::defaults(shop.currency));
        form.ships_to = "UK, el, de, GB".into();
        form.tax_rates = vec![TaxRateInput { country: "EL".into(), rate: "24".into() }];
        form.shipping_methods[0].countries = "uk".into();
        let saved = settings::save(shop, &owner, form.clone()).await.unwrap();
        assert_eq!(saved.ships_to, ["GB", "GR", "DE"]);
        assert_eq!(saved.tax_rate("GR"), Rate::percent(24));
        assert_eq!(saved.shipping_methods[0].countries, ["GB"]);
        assert_eq!(settings::problems(shop).await.unwrap(), Vec::<String>::new());
        form.ships_to = "GB, EN".into();
        let Err(Error::Invalid(faults)) = settings::save(shop, &owner, form).await else { panic!("was saved") };
        assert!(
            faults.0.iter().any(|f| f.field == "shipsTo" && f.message.to_string().contains("\"EN\"")),
            "{faults:?}"
        );
    })
    .await;
}

/// What was saved before can be read, and what cannot be meant is told.
#[tokio::test]
async fn settings_saved_with_codes_that_are_none_are_read_and_told() {
    testing::shop(async |shop| {
        let keep = async |key: &str, value: serde_json::Value| {
            sqlx::query("insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = $2")
                .bind(key)
                .bind(value)
                .execute(&shop.db)
                .await
                .unwrap();
        };
        keep("shipsTo", serde_json::json!(["UK", "GB"])).await;
        keep("taxRates", serde_json::json!([{ "country": "EL", "rate": 2400 }])).await;
        let read = settings::load(shop).await.unwrap();
        assert_eq!((read.ships_to.clone(), read.tax_rate("GR")), (vec!["GB".to_owned()], Rate::percent(24)));
        assert!(settings::problems(shop).await.unwrap().is_empty());

        keep("shipsTo", serde_json::json!(["XX"])).await;
        keep("taxRates", serde_json::json!([{ "country": "EU", "rate": 2100 }])).await;
        keep("timeZone", serde_json::json!("Europe/Atlantis")).await;
        let read = settings::load(shop).await.unwrap();
        assert_eq!((read.ships_to, read.time_zone), (vec!["XX".to_owned()], shop::TimeZone::UTC));
        let told = settings::problems(shop).await.unwrap().join("; ");
        for wrong in ["\"XX\"", "ships to no country", "\"EU\"", "Europe/Atlantis"] {
            assert!(told.contains(wrong), "{wrong} in {told}");
        }
    })
    .await;
}

/// What the form asked for, or the messages by field.
async fn saved(shop: &testing::TestShop, change: impl FnOnce(&mut SettingsInput)) -> Result<Settings, Vec<String>> {
    let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
    let mut form = SettingsInput::from(&settings::for_staff(shop, &owner).await.unwrap());
    change(&mut form);
    match settings::save(shop, &owner, form).await {
        Ok(settings) => Ok(settings),
        Err(Error::Invalid(faults)) => {
            Err(faults.0.into_iter().map(|f| format!("{}: {}", f.field, f.message)).collect())
        }
        Err(e) => panic!("{e:?}"),
    }
}

/// Fails when separators are thrown away: delivery is free from one pound then.
#[tokio::test]
async fn amounts_and_numbers_mean_what_they_say() {
    testing::shop(async |shop| {
        let free_from =
            |text: &'static str| move |form: &mut SettingsInput| form.shipping_methods[0].free_from = text.into();
        let read = saved(shop, free_from("1.000,00")).await.unwrap();
        assert_eq!(read.shipping_methods[0].free_from, Some(Money::new(100_000, shop.currency)));
        assert_eq!(
            saved(shop, free_from("1.234,567")).await.unwrap_err(),
            ["shippingMethods[0].freeFrom: reads as 1234.567, but GBP has two decimals"]
        );
        assert_eq!(
            saved(shop, |form| form.low_stock_threshold = "2,5".into()).await.unwrap_err(),
            ["lowStockThreshold: reads as 2.5, which is not a whole number"]
        );
        let read = saved(shop, |form| form.low_stock_threshold = "1,500".into()).await.unwrap();
        assert_eq!(read.low_stock_threshold, 1_500);
    })
    .await;
}

/// Fails with two decimals of a per cent.
#[tokio::test]
async fn rates_have_four_decimals() {
    testing::shop(async |shop| {
        let rates = ["9.975", "8,875", "14.9750 %", "0.0001"];
        let read = saved(shop, |form| {
            form.default_tax_rate = "9.9750".into();
            let row = |(country, rate): (&str, &str)| TaxRateInput { country: country.into(), rate: rate.into() };
            form.tax_rates = ["CA", "US", "FR", "DE"].into_iter().zip(rates).map(row).collect();
        })
        .await
        .unwrap();
        assert_eq!(read.default_tax_rate.to_string(), "9.975%");
        let shown = |s: &Settings| ["CA", "US", "FR", "DE"].map(|c| s.tax_rate(c).to_string());
        assert_eq!(shown(&read), ["9.975%", "8.875%", "14.975%", "0.0001%"]);
        let loaded = settings::load(shop).await.unwrap();
        assert_eq!(loaded, read);
        assert_eq!(SettingsInput::from(&loaded).default_tax_rate.0, "9.975");
        assert_eq!(
            saved(shop, |form| form.default_tax_rate = "9.97512".into()).await.unwrap_err(),
            ["defaultTaxRate: reads as 9.97512 %, but a rate has four decimals at most"]
        );
    })
    .await;
}

/// As they were saved when rates were basis points.
#[tokio::test]
async fn rates_of_before_are_read() {
    testing::shop(async |shop| {
        sqlx::query(
            r#"insert into settings (key, value, updated_at) values
               ('defaultTaxRate', '1050', now()), ('taxRates', '[{"country": "IE", "rate": 2300}]', now())"#,
        )
        .execute(&shop.db)
        .await
        .unwrap();
        let read = settings::load(shop).await.unwrap();
        assert_eq!([read.default_tax_rate, read.tax_rate("IE")], [Rate::parse("10.5").unwrap(), Rate::percent(23)]);
    })
    .await;
}

/// Fails without the step of the currency: the payment provider refuses such totals after the order was placed.
#[tokio::test]
async fn delivery_costs_what_can_be_charged() {
    let mut shop = testing::TestShop::open().await;
    shop.currency = Currency::KWD;
    let price = |text: &'static str| move |form: &mut SettingsInput| form.shipping_methods[0].price = text.into();
    assert_eq!(
        saved(&shop, price("0.495")).await.unwrap_err(),
        ["shippingMethods[0].price: must be a multiple of 0.010, such as 0.490 or 0.500"]
    );
    assert_eq!(saved(&shop, price("0,500")).await.unwrap().shipping_methods[0].price.minor, 500);
    shop.finish().await;
}
