//! The shelves over HTTP: pages, addresses, what machines are told.

use crate::support::{TestApp, app, location};
use serde_json::Value;

/// The data blocks of a page.
fn data(html: &str) -> Vec<Value> {
    let blocks = html.split(r#"<script type="application/ld+json">"#).skip(1);
    blocks.map(|block| serde_json::from_str(block.split("</script>").next().unwrap()).unwrap()).collect()
}

fn of_type<'a>(data: &'a [Value], kind: &str) -> &'a Value {
    data.iter().find(|block| block["@type"] == kind).unwrap()
}

/// The value of an attribute of the first tag that holds `tag`.
fn attribute<'a>(html: &'a str, tag: &str, name: &str) -> &'a str {
    let start = html.find(tag).unwrap_or_else(|| panic!("no {tag} in {html}"));
    let open = html[..start].rfind('<').unwrap();
    let element = &html[open..open + html[open..].find('>').unwrap()];
    let (_, value) = element.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name} in {element}"));
    value.split('"').next().unwrap()
}

fn canonical<'a>(app: &TestApp, html: &'a str) -> &'a str {
    attribute(html, r#"rel="canonical""#, "href").strip_prefix(&app.root).unwrap()
}

#[tokio::test]
async fn every_page_of_an_empty_shop_is_there() {
    app(async |app| {
        let browser = app.browser();
        for path in ["/", "/search", "/search?q=hammer", "/offers", "/new", "/help", "/robots.txt", "/sitemap.xml"] {
            browser.page(path).await;
        }
        for path in ["/categories/none", "/products/none", "/sitemap/products-1.xml", "/sitemap/x", "/categories/"] {
            assert_eq!(browser.get(path).await.status(), 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_category_shows_its_shelf_and_the_way_there() {
    app(async |app| {
        let tools = app.category("Hand tools").slug("hand-tools").await;
        let hammers = app.category("Hammers").slug("hammers").below(&tools).await;
        app.product("Claw hammer").priced(18_50).stock(3).brand("Harrow").in_category(&hammers).await;
        app.product("Hand saw").priced(30_00).compare_at(36_00).stock(0).in_category(&tools).await;
        app.product("Secret rasp").draft().in_category(&tools).await;
        let browser = app.browser();
        let html = browser.page("/categories/hand-tools").await;
        for there in ["Claw hammer", "Hand saw", "£18.50", "£36.00", "Only 3 left", "Out of stock"] {
            assert!(html.contains(there), "{there}: {html}");
        }
        assert!(!html.contains("Secret rasp"));
        assert!(html.contains(r#"href="/categories/hammers""#));
        let html = browser.page("/categories/hammers").await;
        assert!(!html.contains("Hand saw"));
        let data = data(&html);
        let steps = of_type(&data, "BreadcrumbList")["itemListElement"].as_array().unwrap();
        let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Home", "Hand tools", "Hammers"]);
        let hidden = app.category("Attic").slug("attic").inactive().await;
        app.product("Old lamp").slug("old-lamp").in_category(&hidden).await;
        assert_eq!(browser.get("/categories/attic").await.status(), 404);
        assert_eq!(browser.get("/products/old-lamp").await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn choices_stand_in_the_address() {
    app(async |app| {
        let shelf = app.category("Fixings").slug("fixings").await;
        for n in 1..=30 {
            let brand = if n % 3 == 0 { "Harrow & Sons" } else { "Threlby" };
            let bolt = app.product(&format!("Bolt {n:02}")).priced(n * 100).brand(brand).in_category(&shelf);
            bolt.option("Size", if n % 2 == 0 { &["M6", "M8"] } else { &["M10"] }).await;
        }
        let browser = app.browser();
        let all = browser.page("/categories/fixings?sort=price:asc").await;
        assert!(all.contains("<strong>30</strong>") && all.contains("Bolt 24") && !all.contains("Bolt 25"));
        assert!(canonical(app, &all) == "/categories/fixings", "{}", canonical(app, &all));
        // the next page keeps the order
        assert!(all.contains(r#"href="/categories/fixings?sort=price%3Aasc&amp;page=2""#), "{all}");
        let second = browser.page("/categories/fixings?sort=price:asc&page=2").await;
        assert!(second.contains("Bolt 25") && !second.contains("Bolt 24"));
        assert_eq!(canonical(app, &second), "/categories/fixings?page=2");
        assert!(attribute(&second, r#"rel="prev""#, "href").starts_with("/categories/fixings"));

        let narrowed = "/categories/fixings?brand=Harrow+%26+Sons&option.Size=M6&maxPrice=12&inStock=true";
        let html = browser.page(narrowed).await;
        assert!(html.contains("<strong>2</strong>"), "Bolt 06 and Bolt 12: {html}");
        assert!(html.contains("Bolt 06") && html.contains("Bolt 12"));
        assert_eq!(canonical(app, &html), "/categories/fixings");
        // each choice is ticked in the form, shown as a chip, and its link takes back that one alone
        assert_eq!(html.matches(" checked").count(), 3, "{html}");
        assert!(
            html.contains(r#"href="/categories/fixings?maxPrice=12.00&amp;inStock=true&amp;option.Size=M6""#),
            "{html}"
        );
        assert!(html.contains("Up to £12.00") && html.contains(r#"value="12.00""#), "{html}");
        // beside the other brand stands what it would add
        let other = html.split(r#"value="Threlby""#).nth(1).unwrap();
        assert!(other.split("</li>").next().unwrap().contains(">4<"), "{other}");

        // a link that was kept from an earlier version; what it leads to says `brand`
        let kept = browser.page("/categories/fixings?vendor=Harrow+%26+Sons&maxPrice=12").await;
        assert!(kept.contains("<strong>4</strong>") && kept.contains("Bolt 12") && !kept.contains("Bolt 11"), "{kept}");
        assert!(kept.contains(r#"href="/categories/fixings?brand=Harrow+%26+Sons""#), "{kept}");
        assert_eq!(canonical(app, &kept), "/categories/fixings");

        let nothing = browser.page("/categories/fixings?minPrice=500").await;
        assert!(nothing.contains("Nothing matches all of that"));
        let past = browser.get("/categories/fixings?page=99").await;
        assert_eq!(past.status(), 404);
        assert!(past.text().await.unwrap().contains("To the first page"));
    })
    .await;
}

#[tokio::test]
async fn a_search_marks_corrects_and_helps() {
    app(async |app| {
        app.product("Claw hammer").summary("For nails of all sizes").featured().await;
        app.product("Pin <b>hammer</b>").slug("pin-hammer").await;
        let browser = app.browser();
        let html = browser.page("/search?q=hammer").await;
        assert!(html.contains("Claw <mark>hammer</mark>"), "{html}");
        assert!(html.contains("Results for “hammer”") && html.contains(r#"value="hammer""#));
        assert!(!html.contains("<b>"), "names are text: {html}");
        assert!(html.contains(r#"content="noindex""#));
        let html = browser.page("/search?q=hamer").await;
        assert!(html.contains("Nothing matched") && html.contains("<mark>hammer</mark>"), "{html}");
        let html = browser.page("/search?q=%22%3Cscript%3Ealert(1)%3C/script%3E").await;
        assert!(!html.contains("<script>alert"), "{html}");
        let html = browser.page("/search?q=zzyzx").await;
        assert!(html.contains("Nothing found for “zzyzx”") && html.contains("Claw hammer"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn empty_fields_of_a_form_leave_the_address() {
    app(async |app| {
        let browser = app.browser();
        for (sent, kept) in [
            ("/search?q=nail&minPrice=&maxPrice=", "/search?q=nail"),
            ("/search?q=&brand=Acme%20%26%20Co&option.Size=", "/search?brand=Acme%20%26%20Co"),
            ("/offers?minPrice=&maxPrice=", "/offers"),
        ] {
            assert_eq!(location(&browser.get(sent).await), kept);
            assert_eq!(browser.get(kept).await.status(), 200);
        }
        // fails when the cleaned address is not checked: it would lead to another site
        assert_eq!(browser.get("//evil.example/?q=").await.status(), 404);
    })
    .await;
}

/// Each price that a stranger makes up would be a list of its own to count. Fails without `with_round_prices` in the
/// filter of the pages.
#[tokio::test]
async fn prices_of_lists_come_in_steps() {
    app(async |app| {
        app.product("Rasp").priced(8_00).compare_at(9_00).stock(5).await;
        let browser = app.browser();
        for path in ["/search", "/offers", "/new"] {
            let html = browser.page(&format!("{path}?minPrice=5.50&maxPrice=12.34")).await;
            assert!(html.contains("£5.00 – £13.00") && !html.contains("12.34"), "{html}");
        }
    })
    .await;
}

/// Nobody is told off for an address, and none makes us fail.
#[tokio::test]
async fn hostile_queries_find_a_page() {
    app(async |app| {
        let shelf = app.category("Fixings").slug("fixings").await;
        app.product("Bolt").slug("bolt").brand("Acme").option("Size", &["M6", "M8"]).in_category(&shelf).await;
        let browser = app.browser();
        let long = "a".repeat(3_000);
        let many: String = (0..300).map(|n| format!("&brand={n}&option.{n}={n}&tag={n}")).collect();
        let queries = [
            "q=%00",
            "q=%ff%fe",
            "q=%27%3B+drop+table+products--",
            "q=!%26|:*()",
            "q=a:*%26!b",
            "q=\"unclosed",
            "q=-",
            "q=%E2%80%AE%E2%80%8B",
            "page=0",
            "page=-1",
            "page=99999999999999999999",
            "page=1e9",
            "limit=100000",
            "minPrice=-1&maxPrice=NaN",
            "minPrice=99999999999999999999",
            "minPrice=1.999&maxPrice=%00",
            "minPrice=20&maxPrice=10",
            "sort=price:asc;drop",
            "sort[]=x",
            "option.=x&option.%00=%00",
            "option.Size=%1f&option.Size=M6",
            "inStock=maybe&onOffer=2",
            "category=../../etc/passwd",
            "category=fixings&category=none",
            "brand=%00&brand=%F0%9F%94%A8",
            "sku=%00",
            "sku=' or 1=1",
            "%=%&&&==",
            &format!("q={long}"),
            &many,
        ];
        for path in ["/", "/categories/fixings", "/search", "/offers", "/new", "/products/bolt", "/help"] {
            for query in queries {
                let address = format!("{path}?{query}");
                let status = browser.get(&address).await.status();
                assert!(status == 200 || status == 404, "{status} for {address}");
            }
        }
        for path in ["/products/%00", "/products/%ff", "/categories/%2e%2e%2f", "/products/a%2fb", "/categories/a%27b"]
        {
            assert_eq!(browser.get(path).await.status(), 404, "{path}");
        }
        assert_eq!(browser.get(&format!("/products/{long}")).await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn a_product_page_says_all_to_people_and_machines() {
    app(async |app| {
        let shelf = app.category("Hammers").slug("hammers").await;
        let hammer = app
            .product("Claw hammer")
            .slug("claw-hammer")
            .sku("HA-16")
            .brand("Harrow")
            .summary("Forged in one piece.")
            .description("First paragraph.\n\nSecond <paragraph>.")
            .specification("Handle", "Ash, 310 mm")
            .barcode("5012345678900")
            .weighing(640)
            .priced(18_50)
            .compare_at(22_00)
            .stock(2)
            .picture("A hammer")
            .picture("Its handle")
            .in_category(&shelf)
            .await;
        app.product("Pin hammer").in_category(&shelf).await;
        let browser = app.browser();
        let html = browser.page("/products/claw-hammer?utm_source=x").await;
        for there in ["£18.50", "£22.00", "Save £3.50", "Only 2 left", "Ash, 310 mm", "640 g", "HA-16", "Pin hammer"]
        {
            assert!(html.contains(there), "{there}: {html}");
        }
        assert!(html.contains("<p>First paragraph.</p><p>Second &lt;paragraph&gt;.</p>"), "{html}");
        assert!(html.contains(&format!(r#"name="variantId" value="{}""#, hammer.variant)), "{html}");
        assert!(html.contains(r#"action="/do/ironmonger/storefront/cart/add""#));
        assert!(html.contains("<title>Claw hammer · My shop</title>"));
        assert_eq!(canonical(app, &html), "/products/claw-hammer");
        assert_eq!(attribute(&html, r#"property="og:type""#, "content"), "product");
        assert_eq!(attribute(&html, r#"name="description""#, "content"), "Forged in one piece.");
        // the first picture comes at once, with its size; the second when it is needed
        assert_eq!(attribute(&html, r#"alt="A hammer""#, "width"), "800");
        assert_eq!(attribute(&html, r#"alt="A hammer""#, "fetchpriority"), "high");
        assert_eq!(attribute(&html, r#"alt="Its handle""#, "loading"), "lazy");
        assert_eq!(attribute(&html, r#"alt="A hammer""#, "srcset").matches(".webp ").count(), 3);

        let data = data(&html);
        let product = of_type(&data, "Product");
        assert_eq!((&product["sku"], &product["gtin"]), (&"HA-16".into(), &"5012345678900".into()));
        assert_eq!(product["brand"]["name"], "Harrow");
        assert_eq!(product["offers"]["price"], "18.50");
        assert_eq!(product["offers"]["priceCurrency"], "GBP");
        assert_eq!(product["offers"]["availability"], "https://schema.org/InStock");
        assert_eq!(product["url"], format!("{}/products/claw-hammer", app.root));
    })
    .await;
}

/// The link of a value: its tag, and what is said in it.
fn choice<'a>(html: &'a str, value: &str) -> (&'a str, &'a str) {
    let at =
        html.find(&format!(r#"<span class="choice__label">{value}</span>"#)).unwrap_or_else(|| panic!("no {value}"));
    let open = html[..at].rfind("<a ").unwrap();
    let (tag, content) = html[open..].split_once('>').unwrap();
    (tag, content.split("</a>").next().unwrap())
}

/// Both options change price, stock, SKU and address, and a reload keeps them. Fails when an option is chosen in
/// the form: the page does not know of it then.
#[tokio::test]
async fn every_option_is_chosen_by_links_and_stands_in_the_address() {
    app(async |app| {
        let knob = app
            .product("Beehive knob")
            .slug("beehive-knob")
            .sku("KB")
            .option("Finish", &["Brass", "Black"])
            .option("Size", &["50 mm", "58 mm", "64 mm"])
            .variant(&["Brass", "50 mm"], 48_00, 0)
            .variant(&["Brass", "58 mm"], 54_00, 9)
            .variant(&["Brass", "64 mm"], 61_00, 9)
            .variant(&["Black", "50 mm"], 44_00, 3)
            .variant(&["Black", "58 mm"], 46_00, 9)
            .await;
        let browser = app.browser();
        let shows = |html: &str, n: usize, price: &str| {
            assert!(html.contains(&format!(r#"name="variantId" value="{}""#, knob.variants[n])), "{n}: {html}");
            assert_eq!(html.matches(r#"name="variantId""#).count(), 1);
            assert!(html.contains(&format!(r#"class="price__now">{price}</span>"#)), "{price}: {html}");
            assert_eq!(html.matches(&format!("SKU KB-{}<", n + 1)).count(), 1);
            assert_eq!(canonical(app, html), "/products/beehive-knob");
        };
        // the first that can be bought, at its own price, though another one costs less
        let html = browser.page("/products/beehive-knob").await;
        shows(&html, 1, "£54.00");
        assert!(!html.contains("price__from"), "{html}");
        // sold out: it leads to its page and says so
        let (tag, said) = choice(&html, "50 mm");
        assert!(tag.contains(r#"href="/products/beehive-knob?sku=KB-1#buy""#) && tag.contains("choice--gone"), "{tag}");
        assert!(said.contains(", sold out") && said.contains("£48.00"), "{said}");
        let sold_out = browser.page("/products/beehive-knob?sku=KB-1").await;
        shows(&sold_out, 0, "£48.00");
        assert!(sold_out.contains("Out of stock") && !sold_out.contains("Add to cart"), "{sold_out}");
        // what is chosen is marked, once in each option
        for value in ["Brass", "58 mm"] {
            assert!(choice(&html, value).0.contains(r#"aria-current="true""#), "{html}");
        }
        // (and the breadcrumb marks the page)
        assert_eq!(html.matches(r#"aria-current="true""#).count(), 2, "{html}");
        // the other option stays as it is
        assert!(choice(&html, "Black").0.contains("?sku=KB-5#buy"), "{html}");
        let black = browser.page("/products/beehive-knob?sku=KB-5").await;
        shows(&black, 4, "£46.00");
        let low = browser.page("/products/beehive-knob?sku=KB-4").await;
        shows(&low, 3, "£44.00");
        assert!(low.contains("Only 3 left"), "{low}");
        // a combination that there is not leads to the one most like it, and says so
        let (tag, said) = choice(&black, "64 mm");
        assert!(tag.contains("?sku=KB-3#buy") && tag.contains("choice--missing"), "{tag}");
        assert!(said.contains(", not with Black") && !said.contains("sold out"), "{said}");
        // finishes cost the same or not by themselves; sizes tell their prices
        assert!(choice(&black, "50 mm").1.contains("£44.00"), "{black}");
        // an address that names none of them is that of the product
        shows(&browser.page("/products/beehive-knob?sku=nonsense").await, 1, "£54.00");

        let data = data(&html);
        let offers = &of_type(&data, "Product")["offers"];
        assert_eq!((&offers["lowPrice"], &offers["highPrice"]), (&"44.00".into(), &"61.00".into()));
        let urls = offers["offers"].as_array().unwrap().iter().map(|offer| offer["url"].as_str().unwrap());
        let expected = (1..=5).map(|n| format!("{}/products/beehive-knob?sku=KB-{n}", app.root));
        assert!(urls.eq(expected), "{offers}");

        // what was put in the cart leads back to itself, and the form back to where it stood
        let line = [("variantId", &*knob.variants[4].to_string())];
        let response =
            browser.post("/products/beehive-knob?sku=KB-5", attribute(&black, r#"class="buy""#, "action"), &line).await;
        assert_eq!(location(&response), "/products/beehive-knob?sku=KB-5");
        assert!(browser.page("/cart").await.contains(r#"href="/products/beehive-knob?sku=KB-5""#));
    })
    .await;
}

/// A long list of values stays a list of links, without a price beside each.
#[tokio::test]
async fn many_values_are_links_too() {
    app(async |app| {
        let sizes: Vec<String> = (1..=40).map(|n| format!("{n} mm")).collect();
        let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
        let drill = app.product("Drill bit").slug("drill-bit").sku("DB").option("Size", &sizes).await;
        let browser = app.browser();
        let html = browser.page("/products/drill-bit?sku=DB-33").await;
        assert_eq!(html.matches(r#"<span class="choice__label">"#).count(), 40);
        assert!(!html.contains("choice__price") && !html.contains("<select"), "{html}");
        assert!(html.contains(&format!(r#"name="variantId" value="{}""#, drill.variants[32])), "{html}");
    })
    .await;
}

/// The order of a list is a field of the form of its filters. Fails when it has a form of its own: what was ticked
/// there and not sent yet is lost then.
#[tokio::test]
async fn filters_and_order_are_one_form() {
    app(async |app| {
        let shelf = app.category("Fixings").slug("fixings").await;
        for n in 1..=3 {
            let bolt = app.product(&format!("Bolt {n}")).priced(n * 100).brand("Threlby").in_category(&shelf);
            bolt.compare_at(9_00).await;
        }
        let browser = app.browser();
        for (path, plain) in [
            ("/categories/fixings?brand=Threlby&sort=price:desc", "Newest"),
            ("/search?q=bolt&brand=Threlby", "Best match"),
            ("/offers?brand=Threlby", "Largest saving"),
            ("/new?brand=Threlby", "Newest"),
        ] {
            let html = browser.page(path).await;
            let of_results = &html[html.find(r#"id="results""#).unwrap()..];
            assert!(!of_results.contains("<form class=\"sort\""), "{of_results}");
            for tag in [r#"id="sort""#, "data-submit-button"] {
                assert_eq!(attribute(of_results, tag, "form"), "filters", "{path}");
            }
            let form = html.split(r#"id="filters""#).nth(1).unwrap().split("</form>").next().unwrap();
            assert!(!form.contains(r#"name="sort""#), "the order is said once: {form}");
            assert!(form.contains(r#"name="brand" value="Threlby" checked"#), "{form}");
            // the order that the list has anyway needs no word in the address
            let first = of_results.split("<option value=\"\"").nth(1).unwrap();
            assert!(first.split("</option>").next().unwrap().contains(plain), "{path}: {first}");
        }
        let html = browser.page("/categories/fixings?brand=Threlby&sort=price:desc").await;
        assert!(html.contains(r#"<option value="price:desc" selected>"#), "{html}");
    })
    .await;
}

#[tokio::test]
async fn what_is_chosen_goes_into_the_cart() {
    app(async |app| {
        let hammer = app.product("Claw hammer").slug("claw-hammer").stock(5).await;
        let browser = app.browser();
        let html = browser.page("/products/claw-hammer").await;
        assert!(!html.contains(r#"class="count""#), "nothing is in the cart: {html}");
        let action = attribute(&html, r#"class="buy""#, "action").to_owned();
        let line = [("variantId", &*hammer.variant.to_string()), ("quantity", "2")];
        let response = browser.post("/products/claw-hammer", &action, &line).await;
        assert!(response.status().is_redirection());
        assert!(browser.page("/").await.contains(r#"<span class="count">2"#));
        let sold_out = app.product("Last lamp").slug("last-lamp").stock(0).await;
        let html = browser.page("/products/last-lamp").await;
        assert!(html.contains("Sold out for now") && !html.contains("Add to cart"), "{html}");
        let line = [("variantId", &*sold_out.variant.to_string())];
        let response = browser.post("/products/last-lamp", &action, &line).await;
        assert_eq!(location(&response), "/products/last-lamp");
        assert!(browser.page("/products/last-lamp").await.contains("Last lamp is sold out"));
    })
    .await;
}

/// Fails when `seo::safe_json` writes the JSON as it is, or when the shell's title formatter does not escape.
#[tokio::test]
async fn a_name_cannot_break_out_of_the_page() {
    app(async |app| {
        let name = "</title></script><script>alert(1)</script>\"'<!--";
        let shelf = app.category(name).slug("hostile").await;
        let product = app.product(name).slug("hostile").summary(name).description(name).brand(name);
        product.specification(name, name).picture(name).option(name, &[name, "x"]).in_category(&shelf).await;
        let browser = app.browser();
        for path in ["/", "/products/hostile", "/categories/hostile", "/search?q=alert", "/new"] {
            let html = browser.page(path).await;
            assert!(html.contains("alert(1)"), "{path}");
            assert!(!html.contains("<script>alert"), "{path}: {html}");
            assert!(!html.contains("<!--\""), "{path}: {html}");
        }
        let html = browser.page("/products/hostile").await;
        assert_eq!(of_type(&data(&html), "Product")["name"], name);
    })
    .await;
}

#[tokio::test]
async fn old_addresses_lead_on_and_drafts_are_not_there() {
    app(async |app| {
        let hammer = app.product("Claw hammer").slug("claw-hammer").await;
        let old = "insert into product_slugs (slug, product_id) values ('old-hammer', $1)";
        sqlx::query(old).bind(hammer.id.0).execute(&app.shop.db).await.unwrap();
        let browser = app.browser();
        let response = browser.get("/products/old-hammer?utm=x").await;
        assert_eq!(response.status(), 301);
        assert_eq!(location(&response), "/products/claw-hammer?utm=x");
        for (name, product) in [("draft", app.product("Draft").draft()), ("gone", app.product("Gone").archived())] {
            product.slug(name).await;
            assert_eq!(browser.get(&format!("/products/{name}")).await.status(), 404);
        }
    })
    .await;
}

#[tokio::test]
async fn crawlers_are_told_what_there_is() {
    app(async |app| {
        let shelf = app.category("Hammers").slug("hammers").await;
        app.product("Claw hammer").slug("claw-hammer").in_category(&shelf).await;
        app.product("Draft").slug("draft").draft().await;
        let browser = app.browser();
        let robots = browser.page("/robots.txt").await;
        assert!(robots.contains(&format!("Sitemap: {}/sitemap.xml", app.root)), "{robots}");
        assert!(robots.contains("Disallow: /admin"));
        let index = browser.get("/sitemap.xml").await;
        assert_eq!(index.headers()["content-type"], "application/xml; charset=utf-8");
        let index = index.text().await.unwrap();
        for name in ["categories", "products-1"] {
            assert!(index.contains(&format!("<loc>{}/sitemap/{name}.xml</loc>", app.root)), "{index}");
        }
        assert!(!index.contains("products-2"));
        let products = browser.page("/sitemap/products-1.xml").await;
        let line = "/products/claw-hammer</loc><lastmod>2026-11-14T12:00:00Z</lastmod>";
        assert!(products.contains(line) && !products.contains("/products/draft"), "{products}");
        assert!(browser.page("/sitemap/categories.xml").await.contains("/categories/hammers</loc><lastmod>"));
        for path in ["/sitemap/products-2.xml", "/sitemap/products-0.xml", "/sitemap/products--1.xml", "/sitemap/x.xml"]
        {
            assert_eq!(browser.get(path).await.status(), 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn pictures_are_kept_for_ever() {
    app(async |app| {
        let drawing = r##"<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600"><rect width="900" height="600" fill="#a8752a"/></svg>"##;
        let stored = shop::files::render_svg_picture(&app.shop, drawing.as_bytes().to_vec()).await.unwrap();
        let browser = app.browser();
        let address = format!("/images/{}/small.webp", stored.hash);
        let response = browser.get(&address).await;
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "image/webp");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(&response.bytes().await.unwrap()[8..12], b"WEBP");
        let again = browser.client.get(format!("{}{address}", app.root)).header("if-none-match", &headers["etag"]);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), 304);
        assert_eq!(again.headers()["etag"], headers["etag"]);
        let hash = stored.hash.as_str();
        let nothing = "0".repeat(64);
        for path in [
            format!("/images/{hash}/huge.webp"),
            format!("/images/{hash}/small.png"),
            format!("/images/{hash}/small"),
            format!("/images/{}/small.webp", hash.to_uppercase()),
            format!("/images/{nothing}/small.webp"),
            "/images/..%2f..%2fetc/passwd".into(),
            format!("/images/{hash}/..%2fsmall.webp"),
            format!("/images/{hash}%00/small.webp"),
        ] {
            assert_eq!(browser.get(&path).await.status(), 404, "{path}");
        }
    })
    .await;
}
