//! A product's pictures: their order, their words, and those that are fetched from elsewhere.

use crate::support::{png, sendable};
use serde_json::Value;
use shop::accounts::{Permission, Staff};
use shop::catalog::ProductPicture;
use shop::catalog::images::{self, Direction, FetchQuery, FetchSort, FetchStatus, ImageInput, Retry};
use shop::catalog::products;
use shop::id::{FetchId, ImageId, ProductId};
use shop::outbound::{Client, Reach};
use shop::testing::{self, TestShop};
use shop::{Error, Paging, Result, Shop};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn writer(shop: &TestShop) -> Staff {
    shop.staff(&[Permission::CatalogRead, Permission::CatalogWrite]).await
}

async fn add(shop: &TestShop, staff: &Staff, product: ProductId, shade: u8) -> ImageId {
    let input = ImageInput { alt: format!("Shade {shade}").into(), ..ImageInput::default() };
    sendable(images::add(shop, staff, product, png(shade), input)).await.unwrap().id
}

async fn order(shop: &TestShop, staff: &Staff, product: ProductId) -> Vec<ImageId> {
    images::of(shop, staff, product).await.unwrap().into_iter().map(|p| p.id).collect()
}

#[tokio::test]
async fn pictures_have_an_order() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let product = shop.product("Lamp").await.id;
        let mut ids = Vec::new();
        for shade in [1, 2, 3] {
            ids.push(add(shop, &staff, product, shade).await);
        }
        let [a, b, c] = ids[..] else { unreachable!() };
        assert_eq!(order(shop, &staff, product).await, [a, b, c]);
        assert_eq!(add(shop, &staff, product, 2).await, b, "the same picture stays one");

        sendable(images::shift(shop, &staff, product, c, Direction::Earlier)).await.unwrap();
        assert_eq!(order(shop, &staff, product).await, [a, c, b]);
        images::shift(shop, &staff, product, b, Direction::Later).await.unwrap();
        images::shift(shop, &staff, product, a, Direction::Earlier).await.unwrap();
        assert_eq!(order(shop, &staff, product).await, [a, c, b], "the ends hold");
        sendable(images::remove(shop, &staff, product, a)).await.unwrap();
        assert_eq!(order(shop, &staff, product).await, [c, b]);
        let places: Vec<i32> = sqlx::query_scalar("select position from product_images order by position")
            .fetch_all(&shop.db)
            .await
            .unwrap();
        assert_eq!(places, [1, 2]);

        let version = products::for_edit(shop, &staff, product).await.unwrap().version;
        assert_eq!(version, 1, "an edit of the texts is not disturbed");
        let actions: Vec<String> =
            sqlx::query_scalar("select action from audit_logs order by id").fetch_all(&shop.db).await.unwrap();
        let wanted = ["add", "add", "add", "order", "remove"];
        assert_eq!(actions, wanted.map(|a| format!("product.picture_{a}")));
    })
    .await;
}

#[tokio::test]
async fn words_and_variant_of_a_picture() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let product = shop.product("Lamp").option("Shade", &["Red", "Blue"]).await;
        let image = add(shop, &staff, product.id, 9).await;
        let input = |alt: &str, variant: &str| ImageInput {
            alt: alt.into(),
            variant_id: variant.into(),
            ..ImageInput::default()
        };
        let red = product.variants[0].to_string();
        sendable(images::describe(shop, &staff, product.id, image, input("A red lamp", &red))).await.unwrap();
        let now: Vec<ProductPicture> = images::of(shop, &staff, product.id).await.unwrap();
        assert_eq!((now[0].picture.alt.as_str(), now[0].variant), ("A red lamp", Some(product.variants[0])));
        let before: Value =
            sqlx::query_scalar("select before -> 0 from audit_logs where action = 'product.picture_edit'")
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!(before["alt"], "Shade 9");

        let field = |answer: Result<()>| match answer {
            Err(Error::Invalid(faults)) => faults.0[0].field.clone().into_owned(),
            other => panic!("{other:?}"),
        };
        let foreign = shop.product("Other").await;
        let wrong = images::describe(shop, &staff, product.id, image, input("", &foreign.variant.to_string())).await;
        assert_eq!(field(wrong), "variantId");
        assert_eq!(field(images::describe(shop, &staff, product.id, image, input("", "7")).await), "variantId");
        assert_eq!(field(images::describe(shop, &staff, product.id, image, input(&"x".repeat(301), "")).await), "alt");
        // a picture is found within its product only
        let elsewhere = images::remove(shop, &staff, foreign.id, image).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)));
        let reader = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(images::remove(shop, &reader, product.id, image).await, Err(Error::Forbidden)));
        let nothing = images::add(shop, &staff, ProductId::new(), png(1), ImageInput::default()).await;
        assert!(matches!(nothing, Err(Error::NotFound)));
        let svg = images::add(shop, &staff, product.id, &b"<svg/>"[..], ImageInput::default()).await;
        assert!(matches!(svg, Err(Error::Invalid(_))));
    })
    .await;
}

/// Answers each connection with the bytes that belong to the path asked for.
async fn server() -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serve = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 2048];
            let n = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..n]).into_owned();
            let answer = match request.split(' ').nth(1).unwrap_or_default() {
                "/a.png" => ok(&png(50)),
                "/b.png" => ok(&png(60)),
                "/page" => ok(b"<html>"),
                "/huge" => b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n".to_vec(),
                "/endless" => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await;
                    while stream.write_all(&[7; 65_536]).await.is_ok() {}
                    continue;
                }
                "/file" => b"HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
                "/loop" => b"HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
                _ => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
            };
            let _ = stream.write_all(&answer).await;
        }
    });
    (address, serve)
}

fn ok(body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).into_bytes();
    answer.extend(body);
    answer
}

async fn wanted(shop: &TestShop, product: ProductId, url: &str, position: i32) -> FetchId {
    let id = FetchId::new();
    sqlx::query("insert into image_fetches (id, product_id, url, alt, position) values ($1, $2, $3, 'Fetched', $4)")
        .bind(id)
        .bind(product)
        .bind(url)
        .bind(position)
        .execute(&shop.db)
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn fetches_attaches_and_reports() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let product = shop.product("Lamp").await.id;
        let (address, serve) = server().await;
        // the second of two is there first
        let second = wanted(shop, product, &format!("{address}/b.png"), 2).await;
        let first = wanted(shop, product, &format!("{address}/a.png"), 1).await;
        for fetch in [second, first, first] {
            sendable(images::fetch(shop, fetch)).await.unwrap();
        }
        let there = images::of(shop, &staff, product).await.unwrap();
        assert_eq!(there.len(), 2, "a job that runs twice attaches once");
        let hash_of_a = files_hash(shop, png(50)).await;
        assert_eq!((there[0].picture.hash.as_str(), there[0].picture.alt.as_str()), (hash_of_a.as_str(), "Fetched"));

        for (path, reason) in [
            ("/gone", "the server answered 404 Not Found"),
            ("/page", "what is at the address must be a PNG, JPEG, WebP or GIF picture"),
            ("/huge", "the picture is too large (at most 20 MB)"),
            ("/endless", "the picture is too large (at most 20 MB)"),
            ("/file", "only http and https addresses are asked"),
            ("/loop", "too many redirects"),
        ] {
            let url = format!("{address}{path}");
            let fetch = wanted(shop, product, &url, 3).await;
            images::fetch(shop, fetch).await.unwrap();
            let rows = images::fetches(shop, &staff, product).await.unwrap();
            let row = rows.iter().find(|row| row.id == fetch).unwrap();
            assert_eq!((row.status, row.reason.as_deref()), (FetchStatus::Failed, Some(reason)), "{path}");
        }
        // in earnest nothing leads here; fails (the picture is attached) when `Reach::Public` allows everything
        let in_earnest = Shop { outbound: Client::new(Reach::Public).unwrap(), ..(**shop).clone() };
        let inward = wanted(shop, product, &format!("{address}/a.png?again"), 9).await;
        sendable(images::fetch(&in_earnest, inward)).await.unwrap();
        let rows = images::fetches(shop, &staff, product).await.unwrap();
        let row = rows.iter().find(|row| row.id == inward).unwrap();
        assert_eq!(row.reason.as_deref(), Some("the address does not lead to a public server"));

        assert_eq!(sendable(images::retry_fetches(shop, &staff, Retry::Of(product))).await.unwrap(), 7);
        assert_eq!(shop.count("select count(*) from image_fetches where status = 'pending'").await, 7);
        serve.abort();
    })
    .await;
}

#[tokio::test]
async fn staff_see_what_did_not_come_and_try_it_again() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let (lamp, stove) = (shop.product("Lamp").await.id, shop.product("Stove").await.id);
        for (product, url) in [
            (lamp, "https://pictures.example/a%20b.png"),
            (stove, "https://pictures.example/100_1.png"),
            (stove, "https://pictures.example/stove.png"),
        ] {
            let fetch = wanted(shop, product, url, 1).await;
            let failed = "update image_fetches set status = 'failed', last_error = 'too far away', finished_at = now() where id = $1";
            sqlx::query(failed).bind(fetch).execute(&shop.db).await.unwrap();
        }
        wanted(shop, lamp, "https://pictures.example/wait.png", 2).await;
        let find = async |search: &str, status: Option<FetchStatus>, sort: FetchSort| {
            let query = FetchQuery { search: search.into(), status, sort, paging: Paging::new(1, 50) };
            sendable(images::fetch_list(shop, &staff, &query)).await.unwrap()
        };
        let all = find("", None, FetchSort::NameDown).await;
        let names: Vec<_> = all.page.items.iter().map(|line| line.product_name.as_str()).collect();
        assert_eq!(names, ["Stove", "Stove", "Lamp", "Lamp"]);
        assert_eq!((all.count(None), all.count(Some(FetchStatus::Failed)), all.page.total), (4, 3, 4));
        let failed = find("stove", Some(FetchStatus::Failed), FetchSort::Newest).await;
        assert_eq!((failed.page.total, failed.count(None)), (2, 2));
        assert_eq!(failed.page.items[0].reason.as_deref(), Some("too far away"));
        assert_eq!(find("0_1", None, FetchSort::Oldest).await.page.total, 1, "a sign for any letter is a letter here");
        assert_eq!(find("%", None, FetchSort::NameUp).await.page.total, 1);

        let one = failed.page.items[0].id;
        assert_eq!(images::retry_fetches(shop, &staff, Retry::One(one)).await.unwrap(), 1);
        assert_eq!(images::retry_fetches(shop, &staff, Retry::One(one)).await.unwrap(), 0, "it waits already");
        assert_eq!(images::retry_fetches(shop, &staff, Retry::All).await.unwrap(), 2);
        assert_eq!(find("", Some(FetchStatus::Pending), FetchSort::Newest).await.page.total, 4);
        assert_eq!(shop.count("select count(*) from audit_logs where action = 'product.picture_retry'").await, 3);
        let reader = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(images::retry_fetches(shop, &reader, Retry::All).await, Err(Error::Forbidden)));
    })
    .await;
}

async fn files_hash(shop: &TestShop, bytes: Vec<u8>) -> String {
    shop::files::store_picture(shop, bytes).await.unwrap().hash.to_string()
}

async fn say(shop: &TestShop, staff: &Staff, product: ProductId, image: ImageId, shows: &str) -> Result<()> {
    let input = ImageInput { alt: shows.into(), shows: shows.into(), ..ImageInput::default() };
    images::describe(shop, staff, product, image, input).await
}

/// The titles of the variants that a picture shows.
async fn shown_by(shop: &TestShop, staff: &Staff, product: ProductId, image: ImageId) -> Vec<String> {
    let page = shop::catalog::product_preview(shop, staff, product).await.unwrap();
    let picture = page.pictures.iter().find(|p| p.id == image).unwrap();
    page.variants.iter().filter(|v| page.shows(picture, v)).map(|v| v.title()).collect()
}

/// Fails when `rows::write_options` writes options anew at each edit: the value that the picture shows is gone then.
#[tokio::test]
async fn a_picture_shows_every_variant_of_a_value() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let lamps = shop.category("Lamps").await;
        let lamp = shop.product("Lamp").in_category(&lamps).option("Shade", &["red", "blue"]);
        let lamp = lamp.option("Height", &["98", "104"]).await;
        let (red, whole) = (add(shop, &staff, lamp.id, 1).await, add(shop, &staff, lamp.id, 2).await);
        say(shop, &staff, lamp.id, red, "shade: Red").await.unwrap();
        assert_eq!(shown_by(shop, &staff, lamp.id, red).await, ["red / 98", "red / 104"]);
        assert!(shown_by(shop, &staff, lamp.id, whole).await.is_empty());
        let now = images::of(shop, &staff, lamp.id).await.unwrap();
        let words = now[0].value.as_ref().map(ToString::to_string);
        assert_eq!((words.as_deref(), now[0].variant), (Some("Shade: red"), None));

        // in a cart it is the picture of each of them
        let blue = add(shop, &staff, lamp.id, 3).await;
        say(shop, &staff, lamp.id, blue, "Shade: blue").await.unwrap();
        for (variant, alt) in lamp.variants.iter().zip(["shade: Red", "shade: Red", "Shade: blue", "Shade: blue"]) {
            let visitor = shop.with_in_cart(shop.guest(), *variant, 1).await;
            let cart = shop::cart::of(shop, &visitor).await.unwrap();
            assert_eq!(cart.lines[0].picture.as_ref().unwrap().alt, alt);
        }

        // options renamed, put in another order, with more values: it still shows what it showed, and what came new
        let edit = async |options: Value| {
            let product = products::for_edit(shop, &staff, lamp.id).await.unwrap();
            let patch = serde_json::json!({ "options": options });
            let input = shop::input::patched(&product.input, patch.as_object().unwrap()).unwrap();
            products::edit(shop, &staff, lamp.id, product.version, input).await.unwrap();
        };
        edit(serde_json::json!([
            { "name": "Size", "values": "98, 104, 110" },
            { "name": "Colour", "values": "blue, Red" },
        ]))
        .await;
        assert_eq!(shown_by(shop, &staff, lamp.id, red).await, ["98 / Red", "104 / Red", "110 / Red"]);
        assert_eq!(shown_by(shop, &staff, lamp.id, blue).await, ["98 / blue", "104 / blue", "110 / blue"]);

        // the copy's pictures show the copy's values
        let copy = products::duplicate(shop, &staff, lamp.id).await.unwrap().id;
        let copied = order(shop, &staff, copy).await[0];
        assert_eq!(shown_by(shop, &staff, copy, copied).await, ["98 / Red", "104 / Red", "110 / Red"]);

        // a value that goes leaves its picture to the product
        edit(serde_json::json!([{ "name": "Size", "values": "98" }, { "name": "Colour", "values": "blue, green" }]))
            .await;
        let left = images::of(shop, &staff, lamp.id).await.unwrap();
        assert_eq!((left.len(), left[0].id, &left[0].value), (3, red, &None));

        let field = |answer: Result<()>| match answer {
            Err(Error::Invalid(faults)) => faults.0[0].field.clone().into_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(say(shop, &staff, lamp.id, red, "Colour: red").await), "shows");
        let both = ImageInput {
            variant_id: lamp.variants[0].to_string().into(),
            shows: "Colour: blue".into(),
            ..ImageInput::default()
        };
        assert_eq!(field(images::describe(shop, &staff, lamp.id, red, both).await), "shows");
    })
    .await;
}

/// Pictures that were uploaded before come with the product, or the product does not come.
#[tokio::test]
async fn a_product_comes_with_its_pictures() {
    testing::shop(async |shop| {
        let staff = writer(shop).await;
        let shelf = shop.category("Lamps").await;
        let mut paths = Vec::new();
        for shade in [1, 2] {
            paths.push(shop::files::upload(shop, &staff, png(shade)).await.unwrap().hash.to_string());
        }
        let input = |images: Value| -> products::ProductInput {
            serde_json::from_value(serde_json::json!({
                "name": "Lamp", "price": "5", "categoryId": shelf.id, "status": "published",
                "options": [{ "name": "Shade", "values": "red, blue" }], "images": images,
            }))
            .unwrap()
        };
        let refused = async |images: Value| match products::create(shop, &staff, input(images)).await {
            Err(Error::Invalid(faults)) => faults.0.into_iter().map(|f| f.field.into_owned()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let gone = "0".repeat(64);
        let wrong = serde_json::json!([{ "path": paths[0] }, { "path": gone }, { "alt": "x".repeat(301), "path": paths[1] }, {}]);
        assert_eq!(refused(wrong).await, ["images[1].path", "images[2].alt", "images[3].path"]);
        let wrong = serde_json::json!([{ "path": paths[0] }, { "path": paths[1], "shows": "Shade: green" }]);
        assert_eq!(refused(wrong).await, ["images[1].shows"]);
        assert_eq!(shop.count("select count(*) from products").await, 0);
        assert_eq!(shop.count("select count(*) from product_images").await, 0);

        let images = serde_json::json!([{ "path": paths[0], "alt": "On" }, { "path": paths[1], "shows": "Shade: blue" }]);
        let made = products::create(shop, &staff, input(images.clone())).await.unwrap();
        let shown = images::of(shop, &staff, made.id).await.unwrap();
        let told: Vec<_> = shown.iter().map(|p| (p.picture.alt.as_str(), p.value.as_ref().map(ToString::to_string))).collect();
        assert_eq!(told, [("On", None), ("", Some("Shade: blue".to_owned()))]);
        // what it shows already stays as it is, and the same picture stays one
        let product = products::for_edit(shop, &staff, made.id).await.unwrap();
        let again = serde_json::json!({ "images": [{ "id": shown[0].id }, { "path": paths[0], "alt": "Off" }] });
        let input = shop::input::patched(&product.input, again.as_object().unwrap()).unwrap();
        let saved = products::edit(shop, &staff, made.id, product.version, input).await.unwrap();
        assert!(!saved.changed);
        assert_eq!(images::of(shop, &staff, made.id).await.unwrap(), shown);
    })
    .await;
}
