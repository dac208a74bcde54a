//! Staff write the catalogue over HTTP: products, pictures, categories.

use crate::support::desk::{CATALOGUE, picture, send, signed_in};
use crate::support::forms::PageForm;
use crate::support::{Browser, TestApp, app, location, png};
use reqwest::multipart::Form;
use shop::accounts::Permission;
use shop::catalog::products;
use shop::id::{CategoryId, ProductId};
use shop::testing::TestCategory;

const SAVE: &str = "/do/ironmonger/admin/products/acts/save";
fn id_in(address: &str) -> ProductId {
    address.rsplit('/').next().unwrap().parse().unwrap()
}

async fn new_draft(browser: &Browser, shelf: &TestCategory, name: &str) -> String {
    let shelf = shelf.id.to_string();
    let fields = [
        ("product", ""),
        ("version", "0"),
        ("form", "new"),
        ("name", name),
        ("price", "12.50"),
        ("categoryId", &shelf),
    ];
    let (at, html) = send(browser, "/admin/products/new", SAVE, &fields).await;
    assert!(html.contains("is created, as a draft"), "{html}");
    at
}

#[tokio::test]
async fn a_product_is_written_published_and_seen_by_shoppers() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        assert!(staff.page("/admin/products").await.contains("No products yet"));
        let shelf = app.category("Hooks").await;
        let at = new_draft(&staff, &shelf, "Coat hook").await;
        let id = id_in(&at).to_string();
        assert_eq!(app.browser().get("/products/coat-hook").await.status(), 404);
        let shelf = shelf.id.to_string();
        let fields = [
            ("product", id.as_str()),
            ("version", "1"),
            ("form", id.as_str()),
            ("name", "Coat hook"),
            ("categoryId", &shelf),
            ("options[0][name]", "Finish"),
            ("options[0][values]", "Brass, Black"),
            ("specifications", "Width: 40 mm"),
            ("price", "12.50"),
            ("status", "published"),
        ];
        let (_, html) = send(&staff, &at, SAVE, &fields).await;
        assert!(html.contains("is published"), "{html}");
        assert!(html.contains(r#"value="COAT-HOOK""#) && html.contains("COAT-HOOK-BLACK"), "{html}");
        let seen = app.browser().page("/products/coat-hook").await;
        assert!(seen.contains("Coat hook") && seen.contains("£12.50") && seen.contains("40 mm"), "{seen}");
        let list = staff.page("/admin/products?q=coat&status=published").await;
        assert!(list.contains("Coat hook") && list.contains("2 variants"), "{list}");
        assert!(staff.page("/admin/products?q=saw").await.contains("No product fits"));
    })
    .await;
}

/// Lists are kept in memory, and the database's message of a commit takes a moment: staff do not wait for it.
/// Fails when `attach` does not let go of what is kept after a write of staff.
#[tokio::test]
async fn what_staff_wrote_is_on_the_next_page() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let shelf = app.category("Hooks").await;
        let hook = app.product("Hook 0").in_category(&shelf).await;
        let (id, shelf) = (hook.id.to_string(), shelf.id.to_string());
        app.cache.listen_to_nobody();
        assert!(staff.page("/admin/products").await.contains("Hook 0"));
        let version = products::for_edit(app, &app.admin().await, hook.id).await.unwrap().version.to_string();
        let fields = [
            ("product", id.as_str()),
            ("version", &version),
            ("form", &id),
            ("name", "Hook 1"),
            ("categoryId", &shelf),
            ("price", "5"),
        ];
        let answer = staff.post(&format!("/admin/products/{id}"), SAVE, &fields).await;
        assert_eq!(answer.status(), 303);
        assert!(staff.page("/admin/products").await.contains("Hook 1"));
    })
    .await;
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_names_each_fault() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        app.product("Latch").sku("TAKEN").await;
        let hinge = app.product("Hinge").option("Size", &["50 mm", "75 mm"]).draft().await;
        let (id, page) = (hinge.id.to_string(), format!("/admin/products/{}", hinge.id));
        let version = products::for_edit(app, &app.admin().await, hinge.id).await.unwrap().version.to_string();
        let (first, second) = (hinge.variants[0].to_string(), hinge.variants[1].to_string());
        let fields = [
            ("product", id.as_str()),
            ("version", &version),
            ("form", &id),
            ("name", "Hinge <b>"),
            ("options[0][name]", "Size"),
            ("options[0][values]", "50 mm, 75 mm"),
            ("variants[0][id]", &first),
            ("variants[0][optionValues][0]", "50 mm"),
            ("variants[0][price]", "4"),
            ("variants[1][id]", &second),
            ("variants[1][optionValues][0]", "75 mm"),
            ("variants[1][sku]", "TAKEN"),
            ("variants[1][price]", "cheap"),
        ];
        let (_, html) = send(&staff, &page, SAVE, &fields).await;
        assert!(html.contains(r#"value="Hinge &lt;b"#) && html.contains(r#"value="cheap""#), "{html}");
        assert!(html.contains(r#"-variants-1--price-error""#), "{html}");
        // with a price, the next fault comes out: beside the second variant, too
        let fields = fields.map(|(name, value)| (name, if value == "cheap" { "5" } else { value }));
        let (_, html) = send(&staff, &page, SAVE, &fields).await;
        assert!(html.contains(r#"-variants-1--sku-error""#) && html.contains("already used by “Latch”"), "{html}");
        // publishing says what is missing
        let fields = [
            ("product", id.as_str()),
            ("version", &version),
            ("form", &id),
            ("name", "Hinge"),
            ("status", "published"),
        ];
        let (_, html) = send(&staff, &page, SAVE, &fields).await;
        assert!(html.contains("is required before the product is published"), "{html}");
    })
    .await;
}

/// A page that was open while the shop was brought up to date sends the brand by the name of before. Fails when the
/// form that is shown again looks for what was typed under the new name alone.
#[tokio::test]
async fn a_form_of_an_earlier_version_still_says_the_brand() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let new = |name: &'static str| {
            let brand = ("vendor", "Harrow");
            vec![("product", ""), ("version", "0"), ("form", "new"), ("name", name), ("price", "3"), brand]
        };
        let typed = |html: &str| {
            let form = PageForm::all(html).into_iter().find(|form| form.action.starts_with("/admin/products/new/save"));
            form.or_else(|| PageForm::all(html).into_iter().find(|form| form.action == SAVE)).unwrap().filled()
        };
        let harrow = ("brand".to_owned(), "Harrow".to_owned());
        let (_, html) = send(&staff, "/admin/products/new", SAVE, &new("")).await;
        assert!(html.contains("is required"), "{html}");
        assert!(typed(&html).contains(&harrow) && !html.contains(r#"name="vendor""#), "{html}");
        let (_, html) = send(&staff, "/admin/products/new", SAVE, &new("Awl")).await;
        assert!(html.contains("is created, as a draft"), "{html}");
        assert!(typed(&html).contains(&harrow), "{html}");

        let mut both = new("Rasp");
        both.push(("brand", "Threlby"));
        let (_, html) = send(&staff, "/admin/products/new", SAVE, &both).await;
        assert!(html.contains("says something else than brand"), "{html}");
        assert_eq!(app.count("select count(*) from products where name = 'Rasp'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn rows_come_and_go_before_anything_is_saved() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let new = [
            ("product", ""),
            ("version", "0"),
            ("form", "new"),
            ("act", "rows"),
            ("name", "Bolt"),
            ("price", "3"),
            ("options[0][name]", "Size"),
            ("options[0][values]", "M6, M8"),
            ("options[1][name]", "Finish"),
            ("options[1][values]", "Zinc, Brass"),
        ];
        let (at, html) = send(&staff, "/admin/products/new", SAVE, &new).await;
        assert_eq!(at, "/admin/products/new");
        assert!(html.contains("M8, Brass") && html.contains(r#"value="Bolt""#), "{html}");
        assert_eq!(html.matches("[inactive]").count(), 4, "{html}");
        let fewer = [
            ("variants[0][optionValues][0]", "M6"),
            ("variants[0][optionValues][1]", "Zinc"),
            ("variants[0][price]", "3"),
            ("variants[1][optionValues][0]", "M8"),
            ("variants[1][optionValues][1]", "Brass"),
            ("variants[1][price]", "4"),
        ];
        let mut fields = [&new[..], &fewer[..]].concat();
        fields[3].1 = "drop-0";
        let (_, html) = send(&staff, "/admin/products/new", SAVE, &fields).await;
        assert!(html.contains("M8, Brass") && !html.contains("M6, Zinc"), "{html}");
        fields.remove(3);
        let (at, html) = send(&staff, "/admin/products/new", SAVE, &fields).await;
        assert!(
            at != "/admin/products/new" && html.contains("BOLT-M8-BRASS") && html.contains("BOLT-M6-ZINC"),
            "{html}"
        );
        assert!(!html.contains("BOLT-M6-BRASS"));
    })
    .await;
}

/// Fails when `save` gives `products::edit` the current version instead of the one that was seen.
#[tokio::test]
async fn the_second_of_two_saves_is_stopped_and_shows_both() {
    app(async |app| {
        let (ines, omar) = (signed_in(app, CATALOGUE).await, signed_in(app, CATALOGUE).await);
        let shelf = app.category("Hooks").await;
        let at = new_draft(&ines, &shelf, "Coat hook").await;
        let (id, shelf) = (id_in(&at).to_string(), shelf.id.to_string());
        let with = |name: &'static str, version: &'static str| {
            [
                ("product", id.clone()),
                ("version", version.into()),
                ("form", id.clone()),
                ("name", name.into()),
                ("price", "12.50".into()),
                ("categoryId", shelf.clone()),
            ]
        };
        fn lent<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
        }
        let (_, html) = send(&ines, &at, SAVE, &lent(&with("Forged coat hook", "1"))).await;
        assert!(html.contains("Saved."), "{html}");
        let mine = with("Big coat hook", "1");
        let (conflict, html) = send(&omar, &at, SAVE, &lent(&mine)).await;
        assert_eq!(conflict, format!("{at}/conflict"));
        assert!(html.contains("edited this product meanwhile"), "{html}");
        assert!(html.contains("<del>Forged </del>") && html.contains("<ins>Big </ins>"), "{html}");
        assert!(html.contains(r#"name="name" value="Big coat hook""#) && html.contains(r#"name="version" value="2""#));
        // nothing of it is saved; going on with it keeps what was typed
        let over = with("Big coat hook", "2");
        let go_on = [&lent(&over)[..], &[("act", "edit")]].concat();
        let (back, html) = send(&omar, &conflict, SAVE, &go_on).await;
        assert!(back == at && html.contains(r#"value="Big coat hook""#), "{html}");
        assert!(ines.page(&at).await.contains("<h1>Forged coat hook</h1>"));
        let (_, html) = send(&omar, &conflict, SAVE, &lent(&over)).await;
        assert!(html.contains("<h1>Big coat hook</h1>"), "{html}");
        // read once: without anything typed there is nothing to compare
        assert_eq!(location(&omar.get(&conflict).await), at);
    })
    .await;
}

async fn upload(app: &TestApp, browser: &Browser, product: &str, form: Form) -> reqwest::Response {
    browser.client.post(format!("{}{product}/images", app.root)).multipart(form).send().await.unwrap()
}

#[tokio::test]
async fn pictures_are_kept_sorted_described_and_refused_in_words() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let hook = app.product("Coat hook").await;
        let page = format!("/admin/products/{}", hook.id);
        let form = Form::new()
            .text("alt", "From the side")
            .part("files", picture("hook.png", png()))
            .part("files", picture("fake.png", b"no picture at all".to_vec()))
            // more than the limit of every other address
            .part("files", picture("huge.png", vec![7; shop::files::MAX_BYTES + 1]));
        let response = upload(app, &staff, &page, form).await;
        let html = staff.page(location(&response)).await;
        assert!(html.contains("The picture is kept."), "{html}");
        assert!(html.contains("“fake.png” must be a PNG, JPEG, WebP or GIF picture."), "{html}");
        assert!(html.contains("“huge.png” is too large (at most 20 MB)."), "{html}");
        assert!(html.contains(r#"alt="From the side""#), "{html}");
        let nothing =
            upload(app, &staff, &page, Form::new().text("alt", "Kept").part("files", picture("", vec![]))).await;
        let html = staff.page(location(&nothing)).await;
        assert!(html.contains("Choose the pictures first.") && html.contains(r#"value="Kept""#), "{html}");
        let image = shop::catalog::images::of(app, &app.admin().await, hook.id).await.unwrap()[0].id.to_string();
        let id = hook.id.to_string();
        let fields = [("product", id.as_str()), ("image", &image), ("alt", "From above")];
        let (_, html) = send(&staff, &page, "/do/ironmonger/admin/products/pictures/describe", &fields).await;
        assert!(html.contains(r#"alt="From above""#), "{html}");
        let step = [&fields[..], &[("step", "later")]].concat();
        send(&staff, &page, "/do/ironmonger/admin/products/pictures/shift", &step).await;
        let (_, html) = send(&staff, &page, "/do/ironmonger/admin/products/pictures/remove", &fields).await;
        assert!(html.contains("The picture is gone.") && !html.contains("From above"), "{html}");
    })
    .await;
}

/// Every field of a form by name, as a browser would send it again: hidden ones, texts and boxes that are ticked.
fn fields_of(html: &str, form: &str) -> Vec<(String, String)> {
    let inside = html.split(&format!("id=\"{form}\"")).nth(1).and_then(|rest| rest.split("</form>").next()).unwrap();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&"))
    };
    let tags = inside.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let typed = tags.filter(|tag| {
        !tag.contains("type=\"file\"") && (!tag.contains("type=\"checkbox\"") || tag.contains(" checked"))
    });
    typed.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
}

fn with<'a>(fields: &'a [(String, String)], typed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| !typed.iter().any(|(known, _)| known == name));
    kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(typed.iter().copied()).collect()
}

/// One option, its rows, then the second one, as the page offers it. Nothing is dropped and typed again.
#[tokio::test]
async fn a_second_option_is_filled_in_the_natural_way() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let page = "/admin/products/new";
        let fields = fields_of(&staff.page(page).await, "product");
        assert!(fields.iter().any(|(name, _)| name == "options[2][values]"), "{fields:?}");
        let typed = [
            ("name", "Raincoat"),
            ("price", "40"),
            ("options[0][name]", "Size"),
            ("options[0][values]", "98, 104"),
            ("act", "rows"),
        ];
        let (_, html) = send(&staff, page, SAVE, &with(&fields, &typed)).await;
        assert!(html.contains("2 rows added"), "{html}");
        let fields = fields_of(&html, "product");
        let typed = [
            ("options[1][name]", "Colour"),
            ("options[1][values]", "red, blue"),
            ("variants[1][price]", "42"),
            ("variants[1][sku]", "RC-104"),
            ("act", "rows"),
        ];
        let (_, html) = send(&staff, page, SAVE, &with(&fields, &typed)).await;
        assert!(
            html.contains("2 rows added") && html.contains("104, blue") && !html.contains("must be one for each"),
            "{html}"
        );
        // prices of one value at once
        let fields = fields_of(&html, "product");
        let typed = [("all[of]", "1:blue"), ("all[price]", "45"), ("act", "fill")];
        let (_, html) = send(&staff, page, SAVE, &with(&fields, &typed)).await;
        let fields = fields_of(&html, "product");
        let price = |fields: &[(String, String)], n: usize| {
            fields.iter().find(|(name, _)| *name == format!("variants[{n}][price]")).unwrap().1.clone()
        };
        assert_eq!([0, 1, 2, 3].map(|n| price(&fields, n)), ["40", "42", "45", "45"]);
        let (at, html) = send(&staff, page, SAVE, &with(&fields, &[])).await;
        assert!(
            html.contains("is created, as a draft") && html.contains("RAINCOAT-98-BLUE") && html.contains("RC-104"),
            "{html}"
        );
        let ids = async || -> Vec<String> {
            sqlx::query_scalar("select id::text from variants where is_active order by position")
                .fetch_all(&app.db)
                .await
                .unwrap()
        };
        let before = ids().await;
        // and a third one on the product that there is; then one goes, and the page says what goes with it
        let fields = fields_of(&html, "product");
        let typed = [("options[2][name]", "Lining"), ("options[2][values]", "none, wool"), ("act", "rows")];
        let (_, html) = send(&staff, &at, SAVE, &with(&fields, &typed)).await;
        let fields = fields_of(&html, "product");
        let (_, html) = send(&staff, &at, SAVE, &with(&fields, &[])).await;
        assert!(html.contains("New: 4 variants."), "{html}");
        assert_eq!(ids().await[..4], before);
        let fields = fields_of(&html, "product");
        let gone = [("options[1][name]", ""), ("options[1][values]", "")];
        let (_, html) = send(&staff, &at, SAVE, &with(&fields, &gone)).await;
        assert!(html.contains("No longer sold: 98 / blue / none, 104 / blue / none"), "{html}");
        assert_eq!(ids().await[..2], before[..2]);
    })
    .await;
}

async fn create(browser: &Browser, form: Form) -> String {
    let to = format!("{}/admin/products/new/save", browser.root);
    let request = browser.client.post(to).header("referer", format!("{}/admin/products/new", browser.root));
    let response = request.multipart(form).send().await.unwrap();
    browser.page(location(&response)).await
}

fn form_of(fields: &[(&str, &str)]) -> Form {
    fields.iter().fold(Form::new(), |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()))
}

/// Fails when the product is made before its pictures are attached, or when a refused form forgets what it kept.
#[tokio::test]
async fn a_new_product_brings_its_pictures() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let shelf = app.category("Hooks").await.id.to_string();
        let page = staff.page("/admin/products/new").await;
        assert!(page.contains("multipart/form-data") && page.contains(r#"type="file""#), "{page}");
        let fields = fields_of(&page, "product");
        let typed = [("name", "Coat hook"), ("price", "cheap"), ("categoryId", &shelf), ("status", "published")];
        // wrong in two ways: a price that is none, and a file that is none
        let form = form_of(&with(&fields, &typed))
            .part("files", picture("hook.png", png()))
            .part("files", picture("fake.png", b"no picture at all".to_vec()));
        let html = create(&staff, form).await;
        assert!(html.contains("“fake.png” must be a PNG, JPEG, WebP or GIF picture"), "{html}");
        let kept = fields_of(&html, "product");
        let paths: Vec<_> = kept.iter().filter(|(name, _)| name.ends_with("[path]")).collect();
        assert_eq!(paths.len(), 1, "{kept:?}");
        assert!(
            html.contains(&format!("/images/{}/small.webp", paths[0].1)) && html.contains(r#"value="Coat hook""#),
            "{html}"
        );
        // without a file, the price is what is left to mend; the picture is still offered
        let html = create(&staff, form_of(&with(&kept, &typed))).await;
        assert!(html.contains("-price-error") && html.contains(&paths[0].1), "{html}");
        let products: i64 = sqlx::query_scalar("select count(*) from products").fetch_one(&app.db).await.unwrap();
        assert_eq!(products, 0);
        let typed = [
            ("name", "Coat hook"),
            ("price", "5"),
            ("categoryId", &*shelf),
            ("status", "published"),
            ("images[0][alt]", "From the side"),
        ];
        let larger = shop::testing::pictures::png(20, 10);
        let form = form_of(&with(&kept, &typed)).part("files", picture("more.png", larger));
        let html = create(&staff, form).await;
        assert!(html.contains("is published"), "{html}");
        let shop = app.browser().page("/products/coat-hook").await;
        assert!(
            shop.contains(&paths[0].1) && shop.contains(r#"alt="From the side""#) && shop.contains("picture-2"),
            "{shop}"
        );

        // a picture may be left out again, and rows may be asked for with pictures in hand
        let again = [("name", "Peg"), ("options[0][name]", "Size"), ("options[0][values]", "S, M"), ("act", "rows")];
        let html = create(&staff, form_of(&with(&fields, &again)).part("files", picture("peg.png", png()))).await;
        let kept = fields_of(&html, "product");
        assert!(html.contains("2 rows added") && kept.iter().any(|(name, _)| name == "images[0][path]"), "{html}");
        let html = create(&staff, form_of(&with(&kept, &[("images[0][out]", "true")]))).await;
        assert!(html.contains("is created, as a draft") && html.contains("None yet. The first one"), "{html}");

        // who may not write keeps nothing
        let looker = signed_in(app, &[Permission::CatalogRead]).await;
        let to = format!("{}/admin/products/new/save", looker.root);
        let form = form_of(&with(&fields, &[])).part("files", picture("x.png", shop::testing::pictures::png(9, 9)));
        assert_eq!(looker.client.post(to).multipart(form).send().await.unwrap().status(), 403);
        assert_eq!(location(&staff.get("/admin/products/new/save").await), "/admin/products/new");
    })
    .await;
}

/// A photograph of red is shown with every red one.
#[tokio::test]
async fn a_picture_is_given_to_a_value() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let coat = app.product("Coat").option("Colour", &["red", "blue"]).option("Size", &["98", "104"]).await;
        let page = format!("/admin/products/{}", coat.id);
        let form =
            Form::new().text("alt", "A red coat").text("shows", "Colour: red").part("files", picture("red.png", png()));
        upload(app, &staff, &page, form).await;
        let form = Form::new()
            .text("alt", "A blue coat")
            .part("files", picture("blue.png", shop::testing::pictures::png(9, 9)));
        upload(app, &staff, &page, form).await;
        let html = staff.page(&page).await;
        assert!(
            html.contains(r#"<option value="Colour: red" selected"#) && html.contains("All of Size: 104"),
            "{html}"
        );
        let blue = shop::catalog::images::of(app, &app.admin().await, coat.id).await.unwrap()[1].id.to_string();
        let id = coat.id.to_string();
        let fields = [
            ("product", id.as_str()),
            ("image", &blue),
            ("form", &blue),
            ("alt", "A blue coat"),
            ("shows", "Colour: blue"),
        ];
        send(&staff, &page, "/do/ironmonger/admin/products/pictures/describe", &fields).await;
        let skus: Vec<String> =
            sqlx::query_scalar("select sku from variants order by position").fetch_all(&app.db).await.unwrap();
        for (sku, alt, other) in skus.iter().zip(["red", "red", "blue", "blue"]).map(|(sku, colour)| {
            let other = if colour == "red" { "blue" } else { "red" };
            (sku, format!("alt=\"A {colour} coat\""), format!("alt=\"A {other} coat\""))
        }) {
            let seen = app.browser().page(&format!("/products/{}?sku={sku}", coat.slug)).await;
            assert!(seen.contains(&alt) && !seen.contains(&other), "{sku}: {seen}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_product_is_copied_and_a_draft_deleted() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let hook = app.product("Coat hook").await;
        let id = hook.id.to_string();
        let (copy, html) =
            send(&staff, "/admin/products", "/do/ironmonger/admin/products/acts/duplicate", &[("product", &id)]).await;
        assert!(html.contains("Coat hook (copy)"), "{html}");
        const DELETE: &str = "/do/ironmonger/admin/products/acts/delete";
        let (_, html) = send(&staff, &format!("/admin/products/{id}"), DELETE, &[("product", &id)]).await;
        assert!(html.contains("only drafts can be deleted"), "{html}");
        let (to, html) = send(&staff, &copy, DELETE, &[("product", &id_in(&copy).to_string())]).await;
        assert!(to == "/admin/products" && html.contains("is deleted."), "{html}");
        assert_eq!(staff.get(&copy).await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn the_tree_is_made_moved_hidden_and_cleared() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        const ACTS: &str = "/do/ironmonger/admin/categories/acts";
        let tools = app.category("Tools").position(1).await;
        let fixings = app.category("Fixings").position(2).await;
        let (at, parent) = ("/admin/categories", tools.id.to_string());
        let fields = [("name", "Saws"), ("parentId", parent.as_str()), ("isActive", "true")];
        let (_, html) = send(&staff, at, &format!("{ACTS}/create"), &fields).await;
        assert!(html.contains("“Saws” is created."), "{html}");
        let (_, html) = send(&staff, at, &format!("{ACTS}/create"), &[("name", ""), ("slug", "tools")]).await;
        assert!(html.contains("is required") && html.contains(r#"value="tools""#), "{html}");
        let id = fixings.id.to_string();
        let (_, html) =
            send(&staff, at, &format!("{ACTS}/put"), &[("category", &id), ("parentId", ""), ("position", "1")]).await;
        let place = |name: &str| html.find(&format!(">{name}</a>")).unwrap();
        assert!(place("Fixings") < place("Tools"), "{html}");
        app.product("Hand saw").in_category(&tools).await;
        let page = format!("/admin/categories/{}", tools.id);
        let (_, html) = send(&staff, &page, &format!("{ACTS}/delete"), &[("category", &parent)]).await;
        assert!(html.contains("move them first") || html.contains("move or delete them first"), "{html}");
        let (_, html) =
            send(&staff, &page, &format!("{ACTS}/show"), &[("category", &parent), ("active", "false")]).await;
        assert!(html.contains("The category is hidden"), "{html}");
        let saws: CategoryId =
            sqlx::query_scalar("select id from categories where name = 'Saws'").fetch_one(&app.db).await.unwrap();
        let below = saws.to_string();
        let fields = [("category", parent.as_str()), ("form", &parent), ("name", "Tools"), ("parentId", &below)];
        let (_, html) = send(&staff, &page, &format!("{ACTS}/edit"), &fields).await;
        assert!(html.contains("aria-invalid"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn the_tabs_count_each_status() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        app.product("Coat hook").await;
        app.product("Cup hook").draft().await;
        app.product("Saw").draft().await;
        let html = staff.page("/admin/products?q=hook&status=draft").await;
        let count = |status: &str| {
            let tab = html.split(&format!(">{status} <span")).nth(1).unwrap();
            tab.split(['>', '<']).nth(1).unwrap().to_owned()
        };
        assert_eq!(["All", "Published", "Drafts", "Archived"].map(count), ["2", "1", "1", "0"]);
    })
    .await;
}

/// Fails when the `may` of a command is removed: the pages hide what is refused, the commands refuse it.
#[tokio::test]
async fn who_may_only_look_is_shown_no_buttons_and_refused() {
    app(async |app| {
        let hook = app.product("Coat hook").await;
        let (id, page) = (hook.id.to_string(), format!("/admin/products/{}", hook.id));
        let support = signed_in(app, &[Permission::OrdersRead]).await;
        for path in ["/admin/products", "/admin/products/new", &page, "/admin/categories"] {
            assert_eq!(support.get(path).await.status(), 403, "{path}");
        }
        let looker = signed_in(app, &[Permission::CatalogRead]).await;
        let html = looker.page(&page).await;
        assert!(
            html.contains("Coat hook") && html.contains("<fieldset disabled") && !html.contains("save-bar"),
            "{html}"
        );
        assert!(!html.contains("Upload") && !html.contains("Unpublish") && !html.contains("Duplicate"), "{html}");
        assert!(!looker.page("/admin/products").await.contains("New product"));
        let fields = [("product", id.as_str()), ("version", "1"), ("name", "Mine"), ("price", "1")];
        let category = [("category", id.as_str()), ("name", "Mine")];
        for browser in [&support, &looker] {
            for (action, fields) in [
                (SAVE, &fields[..]),
                ("/do/ironmonger/admin/products/acts/duplicate", &fields[..1]),
                ("/do/ironmonger/admin/products/acts/delete", &fields[..1]),
                ("/do/ironmonger/admin/categories/acts/create", &category[1..]),
                ("/do/ironmonger/admin/categories/acts/edit", &category[..]),
                ("/do/ironmonger/admin/categories/acts/delete", &category[..1]),
            ] {
                assert_eq!(browser.post(&page, action, fields).await.status(), 403, "{action}");
            }
            let form = Form::new().part("files", picture("hook.png", png()));
            assert_eq!(upload(app, browser, &page, form).await.status(), 403);
        }
        let guest = upload(app, &app.browser(), &page, Form::new()).await;
        assert!(location(&guest).starts_with("/admin/login"));
        assert!(looker.page(&page).await.contains("<h1>Coat hook</h1>"));
    })
    .await;
}
