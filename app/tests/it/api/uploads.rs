//! Pictures over HTTP: what is kept, what is refused, what goes again.

use super::{Answered, Machine, key};
use crate::support::{TestApp, app};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use shop::accounts::Permission::{CatalogRead, CatalogWrite};
use shop::files::{self, Swept};
use shop::testing::TestShop;
use shop::testing::pictures::{SECRET, bomb, gif, jpeg, png, with_orientation};

const SINGLE: &str = "/api/upload/single";
const SEVERAL: &str = "/api/upload/products";

fn part(bytes: impl Into<Vec<u8>>, name: &str, kind: &str) -> Part {
    Part::bytes(bytes.into()).file_name(name.to_owned()).mime_str(kind).unwrap()
}

fn file(bytes: impl Into<Vec<u8>>) -> Form {
    Form::new().part("file", part(bytes, "picture.png", "image/png"))
}

async fn send(who: &Machine, path: &str, form: Form) -> Answered {
    Answered::from(who.request(Method::POST, path).multipart(form)).await
}

async fn writer(app: &TestApp) -> Machine {
    Machine::at(&app.root, &key(app, &[CatalogRead, CatalogWrite]).await)
}

/// What is served at an address of the site. Apps in a web view may show it.
async fn served(app: &TestApp, path: &str) -> (u16, Vec<u8>) {
    let response = reqwest::get(format!("{}{path}", app.root)).await.unwrap();
    if response.status() == 200 {
        assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin");
    }
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

async fn rows(app: &TestShop) -> i64 {
    sqlx::query_scalar("select count(*) from files").fetch_one(&app.db).await.unwrap()
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[tokio::test]
async fn a_picture_is_kept_in_three_sizes_without_what_else_was_in_it() {
    app(async |app| {
        let writer = writer(app).await;
        let kept = send(&writer, SINGLE, file(with_orientation(&jpeg(1000, 400), 6)).text("alt", " A hammer ")).await;
        assert_eq!(kept.status, 201, "{}", kept.body);
        let data = &kept.body["data"];
        assert_eq!((&data["width"], &data["height"], &data["alt"]), (&json!(400), &json!(1000), &json!("A hammer")));
        assert_eq!(data["imageId"], json!(null));
        for size in ["small", "medium", "large"] {
            let path = data[size].as_str().unwrap();
            let (status, webp) = served(app, path).await;
            assert_eq!((status, &webp[8..12]), (200, b"WEBP".as_slice()), "{path}");
            assert!(!holds(&webp, SECRET) && !holds(&webp, b"EXIF"), "{path}");
        }
        // sent again it is the same one
        let again = send(&writer, SINGLE, file(with_orientation(&jpeg(1000, 400), 6))).await;
        assert_eq!((again.status, &again.body["data"]["path"]), (201, &data["path"]));
        assert_eq!(rows(app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_product_shows_what_was_uploaded_for_it() {
    app(async |app| {
        let (writer, product) = (writer(app).await, app.product("Claw hammer").await);
        let with = |form: Form| form.text("product", product.id.to_string());
        let first = send(&writer, SINGLE, with(file(png(20, 10))).text("alt", "From the side")).await;
        assert_eq!(first.status, 201, "{}", first.body);
        assert!(first.body["data"]["imageId"].is_string());

        // one that came on its own before, by its path
        let alone = send(&writer, SINGLE, file(png(30, 10))).await.body["data"]["path"].as_str().unwrap().to_owned();
        let second = send(&writer, SINGLE, with(Form::new().text("path", alone.clone()))).await;
        assert_eq!((second.status, second.body["data"]["path"].as_str()), (201, Some(alone.as_str())));
        let shown: Vec<(String, String)> = sqlx::query_as(
            "select f.hash, i.alt from product_images i join files f on f.id = i.file_id order by i.position",
        )
        .fetch_all(&app.db)
        .await
        .unwrap();
        let path = first.body["data"]["path"].as_str().unwrap().to_owned();
        assert_eq!(shown, [(path, "From the side".into()), (alone, String::new())]);

        let nowhere = send(&writer, SINGLE, file(png(5, 5)).text("product", uuid::Uuid::now_v7().to_string())).await;
        assert_eq!((nowhere.status, nowhere.fault("product")), (400, "is not one that there is"));
        let nowhere = send(&writer, SINGLE, file(png(5, 5)).text("product", "claw-hammer'--")).await;
        assert_eq!((nowhere.status, nowhere.fault("product")), (400, "is not the id of a product"));
        let long = send(&writer, SINGLE, with(file(png(6, 6))).text("alt", "x".repeat(301))).await;
        assert_eq!(long.status, 400);
        assert!(!long.fault("alt").is_empty());
    })
    .await;
}

/// The type is told by the content, and what is behind a picture's end is not kept.
#[tokio::test]
async fn only_pictures_are_kept_whatever_they_are_called() {
    app(async |app| {
        let writer = writer(app).await;
        for (bytes, name, kind) in [
            (png(8, 8), "page.html", "text/html"),
            (gif(9, 9), "invoice.pdf", "application/pdf"),
            (jpeg(10, 10), "../../../etc/passwd", "image/png"),
            (png(11, 11), "..\\..\\boot.ini", "image/svg+xml"),
            (png(12, 12), "a.png%00.exe", "application/octet-stream"),
        ] {
            let kept = send(&writer, SINGLE, Form::new().part("file", part(bytes, name, kind))).await;
            assert_eq!(kept.status, 201, "{name}: {}", kept.body);
            assert_eq!(kept.body["data"]["path"].as_str().unwrap().len(), 64);
        }
        let mut polyglot = png(13, 13);
        polyglot.extend(b"<script>alert(document.domain)</script>PK\x03\x04");
        let kept = send(&writer, SINGLE, file(polyglot)).await;
        let (_, webp) = served(app, kept.body["data"]["large"].as_str().unwrap()).await;
        assert!(!holds(&webp, b"script") && !holds(&webp, b"PK\x03\x04"));

        let before = rows(app).await;
        let (whole, kind) = (png(300, 300), "must be a PNG, JPEG, WebP or GIF picture");
        let damaged = "cannot be read; perhaps it is damaged";
        let refused: [(&[u8], &str); 11] = [
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", kind),
            (b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>", kind),
            (b"<!doctype html><script>alert(1)</script>", kind),
            (b"%PDF-1.7", kind),
            (b"MZ\x90\0", kind),
            (b"GIF89a=1;alert(1)//", "has too many pixels (at most 50 million, 16000 a side)"),
            (&whole[..whole.len() / 2], damaged),
            (&whole[..40], damaged),
            (b"\x89PNG\r\n\x1a\n", damaged),
            (b"", "is empty"),
            (&bomb(50_000), "has too many pixels (at most 50 million, 16000 a side)"),
        ];
        for (bytes, why) in refused {
            let answer = send(&writer, SINGLE, file(bytes)).await;
            assert_eq!((answer.status, answer.fault("file")), (400, why), "{:?}", &bytes[..bytes.len().min(20)]);
        }
        assert_eq!(rows(app).await, before);
    })
    .await;
}

#[tokio::test]
async fn one_bad_file_does_not_lose_the_good_ones() {
    app(async |app| {
        let (writer, product) = (writer(app).await, app.product("Claw hammer").await);
        let form = Form::new()
            .part("files", part(png(8, 8), "good.png", "image/png"))
            .part("files", part("no picture", "bad.png", "image/png"))
            .part("files[]", part(gif(9, 9), "also good.gif", "image/gif"))
            .text("product", product.id.to_string());
        let answer = send(&writer, SEVERAL, form).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let of = |at: usize, what: &str| answer.body["data"][at][what].clone();
        assert_eq!([of(0, "name"), of(1, "name"), of(2, "name")], ["good.png", "bad.png", "also good.gif"]);
        assert!(of(0, "picture")["imageId"].is_string() && of(2, "picture")["imageId"].is_string());
        assert_eq!(
            (of(1, "picture"), of(1, "message")),
            (json!(null), json!("must be a PNG, JPEG, WebP or GIF picture"))
        );
        let shown: i64 = sqlx::query_scalar("select count(*) from product_images").fetch_one(&app.db).await.unwrap();
        assert_eq!(shown, 2);

        let none = send(&writer, SEVERAL, Form::new().part("files", part("x", "x.png", "image/png"))).await;
        assert_eq!((none.status, none.fault("files.0")), (400, "must be a PNG, JPEG, WebP or GIF picture"));
        let none = send(&writer, SEVERAL, Form::new().text("alt", "nothing")).await;
        assert_eq!((none.status, none.fault("files")), (400, "are required"));
        let many = (0..21).fold(Form::new(), |form, _| form.part("files", part(png(8, 8), "same.png", "image/png")));
        let many = send(&writer, SEVERAL, many).await;
        assert_eq!(many.status, 201);
        assert_eq!(many.body["data"][20]["message"], "is one too many (at most 20)");
        assert!(many.body["data"][19]["picture"].is_object());
    })
    .await;
}

#[tokio::test]
async fn a_form_that_does_not_fit_says_so() {
    app(async |app| {
        let writer = writer(app).await;
        let bare = send(&writer, SINGLE, Form::new().text("alt", "nothing")).await;
        assert_eq!((bare.status, bare.fault("file")), (400, "is required"));
        let both = send(&writer, SINGLE, file(png(5, 5)).text("path", "0".repeat(64))).await;
        assert_eq!((both.status, both.fault("path")), (400, "is given instead of a file, not beside one"));
        for path in ["../../etc/passwd", "0".repeat(64).as_str(), "/images/x/small.webp"] {
            let unknown = send(&writer, SINGLE, Form::new().text("path", path.to_owned())).await;
            assert_eq!((unknown.status, unknown.fault("path")), (400, "is not that of a picture that was uploaded"));
        }
        assert_eq!(send(&writer, SINGLE, file(png(5, 5)).text("owner", "me")).await.status, 400);
        let long = send(&writer, SINGLE, file(png(5, 5)).text("alt", "x".repeat(5000))).await;
        assert_eq!((long.status, long.fault("alt")), (400, "is too long"));
        assert_eq!(writer.send(Method::POST, SINGLE, &json!({})).await.status, 415);
        let cut = writer.request(Method::POST, SINGLE).header("content-type", "multipart/form-data; boundary=x");
        assert_eq!(
            Answered::from(cut.body("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc")).await.status,
            400
        );
    })
    .await;
}

/// Fails where the form is read before it is asked who sends it.
#[tokio::test]
async fn only_those_who_write_the_catalogue_upload_and_remove() {
    app(async |app| {
        let reader = Machine::at(&app.root, &key(app, &[CatalogRead]).await);
        app.customer("anna@shop.test").await;
        let customer = Machine::of(app, "anna@shop.test").await;
        let nobody = Machine::nobody(&app.root);
        for (who, status) in [(&reader, 403), (&customer, 403), (&nobody, 401)] {
            for path in [SINGLE, SEVERAL] {
                assert_eq!(send(who, path, file(png(5, 5))).await.status, status);
                assert_eq!(who.send(Method::POST, path, &json!({})).await.status, status);
            }
            let path = format!("/api/upload/{}", "0".repeat(64));
            assert_eq!(Answered::from(who.request(Method::DELETE, &path)).await.status, status);
        }
        assert_eq!(rows(app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_nothing_shows_can_be_taken_away() {
    app(async |app| {
        let (writer, product) = (writer(app).await, app.product("Claw hammer").await);
        let delete =
            async |path: &str| Answered::from(writer.request(Method::DELETE, &format!("/api/upload/{path}"))).await;
        let kept = send(&writer, SINGLE, file(png(8, 8))).await.body["data"].clone();
        let shown = send(&writer, SINGLE, file(png(9, 9)).text("product", product.id.to_string())).await;
        let (kept_path, shown_path) = (kept["path"].as_str().unwrap(), shown.body["data"]["path"].as_str().unwrap());

        for wrong in [
            "..%2f..%2fetc%2fpasswd",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "..%5c..%5cboot.ini",
            &format!("{kept_path}%00"),
            &format!("images%2f..%2fimages%2f{kept_path}%2fsmall.webp"),
            "%ff",
            &"0".repeat(64),
            &kept_path.to_uppercase(),
        ] {
            assert_eq!(delete(wrong).await.status, 404, "{wrong}");
        }
        let conflict = delete(shown_path).await;
        assert_eq!((conflict.status, &conflict.body["code"]), (409, &json!("picture_in_use")));
        assert_eq!(served(app, shown.body["data"]["small"].as_str().unwrap()).await.0, 200);

        let gone = delete(kept_path).await;
        assert_eq!((gone.status, gone.body["data"]["path"].as_str()), (200, Some(kept_path)));
        assert_eq!(served(app, kept["small"].as_str().unwrap()).await.0, 404);
        assert_eq!(delete(kept_path).await.status, 404);
        // by an address of it, too
        let kept = send(&writer, SINGLE, file(png(8, 8))).await.body["data"]["medium"].as_str().unwrap().to_owned();
        assert_eq!(delete(&kept.trim_start_matches('/').replace('/', "%2F")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_nothing_shows_for_a_day_goes_by_itself() {
    app(async |app| {
        let (writer, product) = (writer(app).await, app.product("Claw hammer").await);
        let free = send(&writer, SINGLE, file(png(8, 8))).await.body["data"].clone();
        let shown = send(&writer, SINGLE, file(png(9, 9)).text("product", product.id.to_string())).await;
        app.clock.advance(chrono::TimeDelta::hours(23));
        assert_eq!(files::sweep(app).await.unwrap(), Swept::default());
        app.clock.advance(chrono::TimeDelta::hours(2));
        assert_eq!(files::sweep(app).await.unwrap(), Swept { without_owner: 1, without_row: 0 });
        assert_eq!(served(app, free["small"].as_str().unwrap()).await.0, 404);
        assert_eq!(served(app, shown.body["data"]["small"].as_str().unwrap()).await.0, 200);
    })
    .await;
}

/// Fails when the product is made before its pictures are looked at: the one with a bad file is there then, without
/// pictures.
#[tokio::test]
async fn a_product_comes_with_its_pictures_in_one_request() {
    app(async |app| {
        let (writer, nobody) = (writer(app).await, Machine::nobody(&app.root));
        let shelf = app.category("Hammers").await;
        let product = |name: &str| {
            json!({
                "name": name, "price": "18.50", "categoryId": shelf.id, "status": "published",
                "options": [{ "name": "Colour", "values": ["Red", "Blue"] }],
                "images": [{ "alt": "From the side" }, { "shows": "Colour: Blue" }],
            })
            .to_string()
        };
        let picture = |n: u32| part(png(20 + n, 10), "a.png", "image/png");
        let form = |name: &str| Form::new().part("files", picture(1)).text("product", product(name));
        let bad = form("Bad hammer").part("files", part("no picture", "b.png", "image/png"));
        let refused = send(&writer, "/api/products", bad).await;
        assert_eq!((refused.status, refused.fault("files.1")), (400, "must be a PNG, JPEG, WebP or GIF picture"));
        // fewer files than pictures are spoken of
        let refused = send(&writer, "/api/products", form("Bad hammer")).await;
        assert_eq!((refused.status, refused.fault("images.1.path")), (400, "is required, or a file for it"));
        let refused = send(&writer, "/api/products", Form::new().part("files", picture(1))).await;
        assert_eq!(refused.status, 400);
        assert!(!refused.fault("product").is_empty());
        let refused = send(&writer, "/api/products", Form::new().text("product", "{")).await;
        assert_eq!(refused.status, 400);
        assert_eq!(send(&nobody, "/api/products", form("Bad hammer")).await.status, 401);
        assert_eq!(nobody.get("/api/products").await.body["pagination"]["total"], 0);

        let made =
            send(&writer, "/api/products", form("Hammer").part("files", picture(2)).part("files", picture(3))).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let images = &made.body["data"]["images"];
        assert_eq!(images.as_array().unwrap().len(), 3, "{images}");
        assert_eq!((&images[0]["alt"], &images[0]["optionValue"]), (&json!("From the side"), &json!(null)));
        assert_eq!(images[1]["optionValue"], json!({ "option": "Colour", "value": "Blue" }));
        assert_eq!(served(app, images[2]["small"].as_str().unwrap()).await.0, 200);

        // a partial change brings more, as JSON by the path of an upload or as a form
        let at = format!("/api/products/{}", made.body["data"]["id"].as_str().unwrap());
        let alone = send(&writer, SINGLE, file(png(40, 10))).await.body["data"]["path"].clone();
        let patch = json!({ "brand": "Harrow", "images": [{ "path": alone, "alt": "Above" }] });
        let changed = Answered::from(writer.request(Method::PATCH, &at).json(&patch)).await;
        assert_eq!(
            (changed.status, &changed.body["data"]["images"][3]["alt"]),
            (200, &json!("Above")),
            "{}",
            changed.body
        );
        let form = Form::new().text("product", r#"{"brand":null}"#).part("files", picture(9));
        let changed = Answered::from(writer.request(Method::PATCH, &at).multipart(form)).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let data = &changed.body["data"];
        assert_eq!(
            (data["images"].as_array().unwrap().len(), &data["brand"], &data["name"]),
            (5, &json!(""), &json!("Hammer"))
        );
    })
    .await;
}
