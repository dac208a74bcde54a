//! The pages of the settings: saved in groups, rows changed without a script, the shop's name wherever it stands.

use crate::support::desk::{send, signed_in};
use crate::support::{Browser, TestApp, app};
use shop::Rate;
use shop::accounts::Permission::{self, SettingsRead, SettingsWrite};
use shop::settings::{self, Settings};

const HERE: &str = "/admin/settings";
const SAVE: &str = "/do/ironmonger/admin/settings/acts/save";
const OWNER: &[Permission] = &[SettingsRead, SettingsWrite];

/// The version that the form of a group was filled with.
fn seen(html: &str, group: &str) -> String {
    let form = html.split_once(&format!("name=\"form\" value=\"{group}\"")).expect("the group has a form").1;
    let rest = form.split_once("name=\"seen\" value=\"").expect("it has a version").1;
    rest.split('"').next().unwrap().to_owned()
}

async fn now(app: &TestApp) -> Settings {
    settings::load(app).await.unwrap()
}

/// Fills in the form of a group and sends it; what the page says then.
async fn save(owner: &Browser, group: &str, fields: &[(&str, &str)]) -> String {
    let seen = seen(&owner.page(HERE).await, group);
    let all: Vec<_> = [("form", group), ("seen", &seen)].into_iter().chain(fields.iter().copied()).collect();
    send(owner, HERE, SAVE, &all).await.1
}

#[tokio::test]
async fn each_group_is_saved_on_its_own() {
    app(async |app| {
        let owner = signed_in(app, OWNER).await;
        let before = now(app).await;
        let fields = [
            ("shopName", "Kleine Räuber"),
            ("contactEmail", "hallo@raeuber.example"),
            ("address", "Karl-Heine-Straße 1\n04229 Leipzig"),
        ];
        let html = save(&owner, "shop", &fields).await;
        assert!(html.contains("The shop: saved."), "{html}");
        let html = save(&owner, "stock", &[("lowStockThreshold", "3"), ("orderHoldMinutes", "60")]).await;
        assert!(html.contains("saved."), "{html}");
        let after = now(app).await;
        assert_eq!((after.shop_name.as_str(), after.address_lines.len()), ("Kleine Räuber", 2));
        assert_eq!((after.low_stock_threshold, after.order_hold_minutes), (3, 60));
        assert_eq!((after.tax_rates, after.shipping_methods), (before.tax_rates, before.shipping_methods));
        // a box that is not ticked sends nothing, which is no
        save(&owner, "tax", &[("defaultTaxRate", "19"), ("taxRates[0][country]", "DE"), ("taxRates[0][rate]", "19")])
            .await;
        let after = now(app).await;
        assert!(!after.prices_include_tax && after.tax_rate("DE") == Rate::percent(19) && after.tax_rates.len() == 1);
    })
    .await;
}

#[tokio::test]
async fn faults_stand_beside_what_was_typed() {
    app(async |app| {
        let owner = signed_in(app, OWNER).await;
        let html = save(&owner, "stock", &[("lowStockThreshold", "many"), ("orderHoldMinutes", "5")]).await;
        assert!(html.contains(r#"value="many""#) && html.contains(r#"-lowStockThreshold-error""#), "{html}");
        assert!(html.contains("must be a whole number from 35 to 1440"), "{html}");
        let fields = [
            ("shipsTo[]", "DE"),
            ("shippingMethods[0][code]", "post"),
            ("shippingMethods[0][name]", "Post"),
            ("shippingMethods[0][price]", "cheap"),
            ("shippingMethods[0][countries][]", "DE"),
        ];
        let html = save(&owner, "delivery", &fields).await;
        assert!(html.contains(r#"-shippingMethods-0--price-error""#) && html.contains(r#"value="cheap""#), "{html}");
        assert!(html.contains(r#"value="DE" checked"#) && html.contains("Germany"), "{html}");
        assert_eq!(now(app).await, Settings::defaults(app.currency));
    })
    .await;
}

/// Fails when the form is shown again with the version that it had: then it can never be saved.
#[tokio::test]
async fn of_two_owners_the_second_is_shown_what_the_first_saved() {
    app(async |app| {
        let (first, second) = (signed_in(app, OWNER).await, signed_in(app, OWNER).await);
        let old = seen(&second.page(HERE).await, "stock");
        save(&first, "stock", &[("lowStockThreshold", "3"), ("orderHoldMinutes", "60")]).await;
        // what another group says does not matter
        save(&first, "shop", &[("shopName", "Anvil"), ("contactEmail", "a@b.example")]).await;
        let fields =
            [("form", "stock"), ("seen", old.as_str()), ("lowStockThreshold", "7"), ("orderHoldMinutes", "60")];
        let (_, html) = send(&second, HERE, SAVE, &fields).await;
        assert!(html.contains("In force now, saved by somebody else") && html.contains(r#"value="7""#), "{html}");
        assert_eq!(now(app).await.low_stock_threshold, 3);
        let again = seen(&html, "stock");
        let fields =
            [("form", "stock"), ("seen", again.as_str()), ("lowStockThreshold", "7"), ("orderHoldMinutes", "60")];
        let (_, html) = send(&second, HERE, SAVE, &fields).await;
        assert!(html.contains("saved."), "{html}");
        assert_eq!(now(app).await.low_stock_threshold, 7);
    })
    .await;
}

#[tokio::test]
async fn rows_are_added_moved_and_left_out_without_a_script() {
    app(async |app| {
        let owner = signed_in(app, OWNER).await;
        let rates = [
            ("pricesIncludeTax", "true"),
            ("defaultTaxRate", "20"),
            ("taxRates[0][country]", "GB"),
            ("taxRates[0][rate]", "20"),
            ("taxRates[1][country]", "DE"),
            ("taxRates[1][rate]", "19"),
        ];
        let act = async |act: &'static str| {
            let fields: Vec<_> = rates.into_iter().chain([("act", act)]).collect();
            save(&owner, "tax", &fields).await
        };
        let country = |html: &str, n: usize| {
            let rest = html.split_once(&format!("name=\"taxRates[{n}][country]\" value=\""))?.1;
            rest.split('"').next().map(str::to_owned)
        };
        let html = act("up taxRates 1").await;
        assert_eq!([country(&html, 0), country(&html, 1)].map(Option::unwrap), ["DE", "GB"], "{html}");
        let html = act("down taxRates 0").await;
        assert_eq!(country(&html, 0).as_deref(), Some("DE"));
        let html = act("drop taxRates 0").await;
        assert_eq!([country(&html, 0), country(&html, 1)], [Some("DE".into()), None]);
        let html = act("add taxRates").await;
        assert!(html.contains(r#"name="taxRates[2][country]""#) && html.contains("Choose a country"), "{html}");
        assert!(html.contains(r#"value="true" checked"#), "the box stays as it was: {html}");
        for nonsense in ["up taxRates 0", "down taxRates 1", "drop taxRates 9", "drop", "x y z"] {
            let html = act(nonsense).await;
            assert_eq!([country(&html, 0), country(&html, 1)].map(Option::unwrap), ["GB", "DE"], "{nonsense}");
        }
        assert_eq!(now(app).await, Settings::defaults(app.currency), "nothing was saved");
        // and as the buttons left it, it can be saved
        let methods = [
            ("shipsTo[]", "GB"),
            ("shipsTo[]", "IE"),
            ("shippingMethods[0][code]", "post"),
            ("shippingMethods[0][name]", "Post"),
            ("shippingMethods[0][price]", "4.95"),
            ("shippingMethods[0][countries][]", "IE"),
            ("returnDays", "14"),
        ];
        let html = save(&owner, "delivery", &methods).await;
        assert!(html.contains("Delivery: saved."), "{html}");
        let after = now(app).await;
        assert_eq!(
            (after.ships_to.join(" "), after.shipping_methods[0].countries.join(" ")),
            ("GB IE".into(), "IE".into())
        );
    })
    .await;
}

#[tokio::test]
async fn who_may_only_look_gets_no_buttons() {
    app(async |app| {
        let clerk = signed_in(app, &[SettingsRead]).await;
        let html = clerk.page(HERE).await;
        assert!(!html.contains(">Save</button>") || html.contains("disabled"), "{html}");
        assert!(!html.contains("Add a way of delivery"), "{html}");
        let form = [("form", "shop"), ("seen", "x"), ("shopName", "Mine")];
        assert_eq!(clerk.post(HERE, SAVE, &form).await.status(), 403);
        assert_eq!(
            clerk.post(HERE, SAVE, &[("act", "add taxRates"), ("form", "tax"), ("seen", "x")]).await.status(),
            403
        );
        let unknown = [("form", "none"), ("seen", "x")];
        assert_eq!(signed_in(app, OWNER).await.post(HERE, SAVE, &unknown).await.status(), 404);
    })
    .await;
}

/// Fails wherever a name is compiled in.
#[tokio::test]
async fn the_name_stands_wherever_the_shop_is_named() {
    app(async |app| {
        let owner = signed_in(app, OWNER).await;
        let tools = app.category("Tools").await;
        let rasp = app.product("Rasp").in_category(&tools).await;
        let fields = [
            ("shopName", "Räuber & <Söhne>"),
            ("tagline", "Clothes for small people"),
            ("contactEmail", "hallo@raeuber.example"),
        ];
        save(&owner, "shop", &fields).await;
        let shown = "Räuber &amp; &lt;Söhne&gt;";
        let guest = app.browser();
        let home = guest.page("/").await;
        assert!(home.contains(&format!("<title>Clothes for small people · {shown}</title>")), "{home}");
        assert!(home.contains(&format!(r#"<span class="logo__name">{shown}</span>"#)), "{home}");
        assert!(
            home.contains("og:site_name") && home.contains(r#""name":"Räuber \u0026 \u003cSöhne\u003e""#),
            "{home}"
        );
        let described = format!("content=\"Tools at {shown}\"");
        let category = guest.page(&format!("/categories/{}", tools.slug)).await;
        assert!(category.contains(&described) || category.contains("Tools at Räuber"), "{category}");
        assert!(owner.page("/admin").await.contains(&format!("Dashboard · {shown} admin")));
        assert!(guest.page("/admin/login").await.contains(shown));
        // error pages: of Leptos, of a form, of a method that is not taken
        assert!(guest.get("/nowhere").await.text().await.unwrap().contains(&format!("· {shown}</title>")));
        let refused = owner.post("/", "/do/ironmonger/admin/api_keys/acts/revoke", &[("key", "x")]).await;
        assert_eq!(refused.status(), 403);
        assert!(refused.text().await.unwrap().contains(&format!("Not for this account · {shown}</title>")));
        let posted = guest.client.post(format!("{}/", app.root)).send().await.unwrap();
        assert!(posted.text().await.unwrap().contains(&format!("That is not possible here · {shown}</title>")));
        // the document of the API, also after the name has changed once more
        let title = async || {
            let text = guest.page("/api/openapi.json").await;
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["info"]["title"].as_str().unwrap().to_owned()
        };
        assert_eq!(title().await, "Räuber & <Söhne>");
        save(&owner, "shop", &[("shopName", "Anvil"), ("contactEmail", "a@b.example")]).await;
        assert_eq!(title().await, "Anvil");
        let (of_category, of_product) = (format!("/categories/{}", tools.slug), format!("/products/{}", rasp.slug));
        for page in ["/", "/help", "/cart", "/login", "/search?q=rasp", &of_product, &of_category] {
            let html = guest.page(page).await;
            assert!(html.contains("· Anvil</title>") || html.contains("<title>Anvil</title>"), "{page}: {html}");
            assert!(!html.contains("Ironmonger") && !html.to_lowercase().contains("hardware"), "{page}: {html}");
        }
    })
    .await;
}
