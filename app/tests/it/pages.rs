//! Every page that links lead to, as a shopper, a customer and staff see it: what must hold on all of them.

use crate::support::forms::{PageForm, told};
use crate::support::{Browser, TestApp, app, location};
use shop::testing::PASSWORD;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// More kinds of pages than there are; a walk that does not end is a fault of its own.
const MOST: usize = 400;

/// Every value of an attribute, in order. Text holds no such marks: `<`, `>` and quotes in attributes are escaped.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    let tags = html.split('<').filter_map(|rest| rest.split('>').next()).filter(|tag| !tag.starts_with('!'));
    tags.flat_map(|tag| tag.split(&mark).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>())
        .collect()
}

/// Pages of one kind differ in ids, numbers and names only.
fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let step = |step: &str| match step {
        "admin" | "account" | "orders" | "products" | "inventory" | "categories" | "new" | "payments" => {
            step.to_owned()
        }
        _ if step.chars().any(|c| c.is_ascii_digit()) => "#".to_owned(),
        _ => step.to_owned(),
    };
    let path: Vec<_> = path.split('/').map(step).collect();
    let names: BTreeSet<_> = query.split('&').filter_map(|pair| pair.split(['=', '%']).next()).collect();
    format!("{}?{}", path.join("/"), names.into_iter().collect::<Vec<_>>().join("&"))
}

/// All kinds of pages that links lead to from here, with their HTML.
pub async fn walk(browser: &Browser, from: &[&str]) -> BTreeMap<String, String> {
    let mut next: VecDeque<String> = from.iter().map(|path| (*path).to_owned()).collect();
    let mut seen: BTreeSet<String> = next.iter().map(|path| kind(path)).collect();
    let mut pages = BTreeMap::new();
    while let Some(address) = next.pop_front() {
        assert!(pages.len() < MOST, "{:?}", pages.keys());
        let response = browser.get(&address).await;
        let is_page = response.headers().get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
        if response.status() != 200 || !is_page {
            continue;
        }
        let html = response.text().await.unwrap();
        for link in values(&html, "href") {
            let link = link.split('#').next().unwrap_or_default().replace("&amp;", "&");
            let ours = link.starts_with('/') && !["/assets/", "/images/"].iter().any(|files| link.starts_with(files));
            if ours && seen.insert(kind(&link)) {
                next.push_back(link);
            }
        }
        pages.insert(address, html);
    }
    pages
}

pub async fn customer(app: &TestApp) -> Browser {
    let browser = app.browser();
    app.customer("ada@example.org").await;
    let fields = [("email", "ada@example.org"), ("password", PASSWORD)];
    let answer = browser.post("/login", "/do/ironmonger/storefront/sign_in/enter", &fields).await;
    assert!(!location(&answer).starts_with("/login"));
    browser
}

async fn admin(app: &TestApp) -> Browser {
    let (staff, browser) = (app.admin().await, app.browser());
    let fields = [("email", staff.email()), ("password", PASSWORD)];
    let answer = browser.post("/admin/login", "/do/ironmonger/admin/sign_in/enter", &fields).await;
    assert!(location(&answer).starts_with("/admin"));
    browser
}

/// Two fields with one id: the label of the second focuses the first, and a screen reader reads the wrong hint.
/// Fails when the forms of the stock page are not told apart (`which`): both have a field `reason`.
#[tokio::test]
async fn ids_are_unique_and_labels_have_their_field() {
    app(async |app| {
        let shelf = app.category("Hooks").await;
        let hook = app.product("Coat hook").option("Size", &["S", "M"]).in_category(&shelf).picture("A hook").await;
        app.product("Draft").draft().await;
        let placed = app.order_of(&hook, 1).await;
        app.take_money(placed.order).await;
        let (stock, product) = (format!("/admin/inventory/{}", hook.variant), format!("/admin/products/{}", hook.id));
        let addresses = ["/admin", "/admin/products/new", &stock, &product];
        let mut pages = walk(&app.browser(), &["/", "/cart", "/login", "/register", "/search?q=hook"]).await;
        pages.extend(walk(&customer(app).await, &["/account", "/account/addresses/new"]).await);
        let of_staff = walk(&admin(app).await, &addresses).await;
        assert!(
            of_staff.contains_key(&stock) && of_staff.contains_key(&product) && of_staff.len() > 15,
            "{:?}",
            of_staff.keys()
        );
        pages.extend(of_staff);
        let mut wrong = Vec::new();
        for (address, html) in &pages {
            let mut ids = BTreeSet::new();
            wrong.extend(
                values(html, "id").into_iter().filter(|id| !ids.insert(*id)).map(|id| format!("{address}: {id} twice")),
            );
            let nobody = values(html, "for").into_iter().filter(|id| !ids.contains(id));
            wrong.extend(nobody.map(|id| format!("{address}: a label for {id}, which is not there")));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(pages.len() > 30, "{:?}", pages.keys());
    })
    .await;
}

/// A variant that was never stocked has a page that says so, in place of a bare head of a table.
#[tokio::test]
async fn stock_without_movements_says_so() {
    app(async |app| {
        let (desk, rasp) = (admin(app).await, app.product("Rasp").stock(0).await);
        let html = desk.page(&format!("/admin/inventory/{}", rasp.variant)).await;
        assert!(html.contains("Nothing moved yet") && !html.contains("<thead"), "{html}");
        let html = desk.page(&format!("/admin/inventory/{}", app.product("File").stock(3).await.variant)).await;
        assert!(!html.contains("Nothing moved yet") && html.contains("<thead"), "{html}");
    })
    .await;
}

/// A form that does not say it would be carried out for whoever is signed in when it is sent, and lost when nobody is.
/// Fails when a form is written without `ui::Form` and `made_for::address`, or says `anyones` without need.
#[tokio::test]
async fn forms_say_for_whom_they_were_made() {
    app(async |app| {
        let shelf = app.category("Hooks").await;
        let hook = app.product("Coat hook").stock(5).in_category(&shelf).picture("A hook").await;
        let placed = app.order_of(&hook, 1).await;
        app.take_money(placed.order).await;
        let (customer, desk) = (customer(app).await, admin(app).await);
        let add = "/do/ironmonger/storefront/cart/add";
        customer.post("/", add, &[("variantId", &hook.variant.to_string())]).await;
        let (stock, product) = (format!("/admin/inventory/{}", hook.variant), format!("/admin/products/{}", hook.id));
        let mut pages = walk(&customer, &["/", "/cart", "/checkout", "/account", "/account/addresses/new"]).await;
        pages.extend(walk(&desk, &["/admin", "/admin/products/new", &stock, &product]).await);
        let (mut marked, mut wrong) = (0, Vec::new());
        for (address, html) in &pages {
            for form in html.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next()) {
                let (head, fields) = form.split_once('>').unwrap();
                // who signs in or out, or sets a new password by mail
                let anyones = ["/sign_in/", "/recovery/", "/staff/join/"].iter().any(|door| head.contains(door));
                let files = head.contains("multipart/form-data");
                let says = fields.contains("name=\"madeFor\"") || head.contains("?madeFor=");
                if head.contains("method=\"post\"") && (says == anyones || files && !head.contains("?madeFor=")) {
                    wrong.push(format!("{address}: <form{head}>"));
                }
                marked += usize::from(says);
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(marked > 20 && pages.contains_key(&product), "{marked} of {:?}", pages.keys());
        // a guest is nobody in particular
        let of_guests = walk(&app.browser(), &["/", "/cart", "/login"]).await;
        assert!(of_guests.values().all(|html| !html.contains("madeFor")));
    })
    .await;
}

/// Every form that people fill in, sent empty, with a text that is too long, and with signs that are nothing: what the
/// summary says stands beside the field too, in a sentence that begins with the field's own label, and leads to it.
/// Fails when the summary makes its words of the names of fields ("Line1 is required" beside "Street and number").
#[tokio::test]
async fn faults_are_sentences_with_the_label_of_their_field() {
    app(async |app| {
        let shelf = app.category("Hooks").await;
        let hook = app.product("Coat hook").option("Size", &["S", "M"]).in_category(&shelf).picture("A hook").await;
        let rasp = app.product("Rasp").in_category(&shelf).await;
        let placed = app.order_of(&hook, 1).await;
        app.take_money(placed.order).await;
        let guest = app.browser();
        let line = [("variantId", &*rasp.variant.to_string())];
        guest.post("/", "/do/ironmonger/storefront/cart/add", &line).await;
        let (customer, staff) = (customer(app).await, admin(app).await);
        let of_product = [format!("/admin/products/{}", hook.id), format!("/admin/products/{}", rasp.id)];
        let stock = format!("/admin/inventory/{}", hook.variant);
        let shown = format!("/products/{}", rasp.slug);
        let desk = ["/admin", "/admin/products/new", "/admin/roles/new", "/admin/staff/invite", &stock];
        let mut desk = desk.to_vec();
        desk.extend(of_product.iter().map(String::as_str));
        let (mut odd, mut sent, mut lines) = (BTreeSet::new(), BTreeSet::new(), 0);
        // what is too long first: the others may cancel an order, and its forms are gone
        let long = "x".repeat(3_000);
        for (browser, from) in [
            (&guest, &["/checkout", "/login", "/register", "/forgot-password", &shown][..]),
            (&customer, &["/account", "/account/addresses/new", "/account/profile"][..]),
            (&staff, &desk),
        ] {
            let pages = walk(browser, from).await;
            let forms = pages.iter().flat_map(|(at, html)| PageForm::all(html).into_iter().map(move |form| (at, form)));
            let forms: Vec<_> = forms.filter(|(_, form)| !form.typed.is_empty()).collect();
            for typed in [&long, "", "?!"] {
                for (address, form) in &forms {
                    let Some(html) = form.send(browser, address, typed).await else { continue };
                    let is_shown = PageForm::all(&html).iter().any(|other| other.action == form.action);
                    let (found, n) = told(&html, is_shown);
                    odd.extend(found.into_iter().map(|why| format!("{}: {why}", form.action)));
                    lines += n;
                    if n > 0 && is_shown {
                        sent.insert(form.action.clone());
                    }
                }
            }
        }
        assert!(odd.is_empty(), "{odd:#?}");
        assert!(sent.len() > 15 && lines > 80, "{lines} in {sent:#?}");
        for form in
            ["checkout/place", "address_book", "sign_in/join", "products/acts/save", "settings", "staff", "roles"]
        {
            assert!(sent.iter().any(|action| action.contains(form)), "{form} was refused once: {sent:#?}");
        }
        // the one that stands in the address; of an order that nobody cancelled
        let placed = app.order_of(&rasp, 1).await;
        app.take_money(placed.order).await;
        let refund =
            format!("/admin/orders/{}/refund?what=amount&amount=x&reason={}&review=1", placed.number, "x".repeat(600));
        let (found, n) = told(&staff.page(&refund).await, true);
        assert!(found.is_empty() && n > 0, "{n} {found:?}");
    })
    .await;
}
