//! Round the products, over HTTP: previews, the pictures of categories, and pictures that imports name by address.

use crate::support::desk::{CATALOGUE, picture, send, signed_in};
use crate::support::{Browser, app, location, png};
use reqwest::multipart::{Form, Part};
use shop::accounts::Permission;
use shop::id::ProductId;

/// Fails when the preview's buttons are not switched off.
#[tokio::test]
async fn a_draft_is_looked_at_as_shoppers_would_see_it() {
    app(async |app| {
        let staff = signed_in(app, &[Permission::CatalogRead]).await;
        let hook = app.product("Coat hook").priced(12_50).draft().await;
        let page = format!("/admin/products/{}/preview", hook.id);
        let html = staff.page(&page).await;
        assert!(html.contains("£12.50") && html.contains("site-header") && !html.contains("admin-nav"), "{html}");
        assert!(html.contains("A draft: shoppers do not see it yet") && html.contains("noindex"), "{html}");
        assert!(html.contains(r#"<fieldset disabled class="buy"#) && !html.contains("ld+json"), "{html}");
        assert!(staff.page(&format!("/admin/products/{}", hook.id)).await.contains(&page));
        assert!(location(&app.browser().get(&page).await).starts_with("/admin/login"));
        let support = signed_in(app, &[Permission::OrdersRead]).await;
        assert_eq!(support.get(&page).await.status(), 403);
        assert_eq!(staff.get("/admin/products/nothing/preview").await.status(), 404);
        // choices lead back to the preview, not to a page that is not there
        let finish = app.product("Hinge").option("Finish", &["Brass"]).option("Size", &["S", "M"]).draft().await;
        let html = staff.page(&format!("/admin/products/{}/preview", finish.id)).await;
        assert!(html.contains(&format!("href=\"/admin/products/{}/preview?sku=", finish.id)), "{html}");
    })
    .await;
}

#[tokio::test]
async fn a_category_gets_a_picture_and_loses_it() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        let page = format!("/admin/categories/{}", app.category("Hooks").await.id);
        let upload = async |browser: &Browser, part: Part| {
            let form = Form::new().part("picture", part);
            browser.client.post(format!("{}{page}/picture", app.root)).multipart(form).send().await.unwrap()
        };
        let html = staff.page(location(&upload(&staff, picture("", vec![])).await)).await;
        assert!(html.contains("Picture must be chosen first."), "{html}");
        let html = staff.page(location(&upload(&staff, picture("fake.png", b"none".to_vec())).await)).await;
        assert!(html.contains("Picture must be a PNG, JPEG, WebP or GIF picture"), "{html}");
        let html = staff.page(location(&upload(&staff, picture("hooks.png", png())).await)).await;
        assert!(html.contains("The picture is kept.") && html.contains("Picture of Hooks"), "{html}");
        let looker = signed_in(app, &[Permission::CatalogRead]).await;
        assert_eq!(upload(&looker, picture("hooks.png", png())).await.status(), 403);
        assert!(!looker.page(&page).await.contains("Remove the picture"));
        let id = page.rsplit('/').next().unwrap();
        let remove = "/do/ironmonger/admin/categories/picture/remove_picture";
        assert_eq!(looker.post(&page, remove, &[("category", id)]).await.status(), 403);
        let (_, html) = send(&staff, &page, remove, &[("category", id)]).await;
        assert!(html.contains("The picture is gone.") && !html.contains("Picture of Hooks"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn pictures_that_did_not_come_are_listed_and_tried_again() {
    app(async |app| {
        let staff = signed_in(app, CATALOGUE).await;
        assert!(staff.page("/admin/products/pictures").await.contains("None so far"));
        let hook = app.product("Coat hook").await;
        let fetch = ProductId::new().to_string();
        sqlx::query(
            "insert into image_fetches (id, product_id, url, position, status, last_error, finished_at)
             values ($1::uuid, $2, 'https://pictures.example/hook.png', 1, 'failed', 'the server answered 404 Not Found', now())",
        )
        .bind(&fetch)
        .bind(hook.id)
        .execute(&app.db)
        .await
        .unwrap();
        let failed = "/admin/products/pictures?q=hook&status=failed";
        let html = staff.page(failed).await;
        assert!(html.contains("https://pictures.example/hook.png"), "{html}");
        assert!(html.contains("The server answered 404 Not Found."), "{html}");
        assert!(staff.page("/admin/products/pictures?q=saw").await.contains("No picture fits"));
        let product = staff.page(&format!("/admin/products/{}", hook.id)).await;
        assert!(product.contains("1 picture could not be fetched."), "{product}");

        let (one, all) = ("/do/ironmonger/admin/products/fetches/try_again", "/do/ironmonger/admin/products/fetches/try_all_again");
        let looker = signed_in(app, &[Permission::CatalogRead]).await;
        assert!(!looker.page(failed).await.contains("Try again"));
        assert_eq!(looker.post(failed, one, &[("fetch", &fetch)]).await.status(), 403);
        assert_eq!(looker.post(failed, all, &[]).await.status(), 403);
        let (back, html) = send(&staff, failed, one, &[("fetch", &fetch)]).await;
        assert!(back == failed && html.contains("It is tried again in a moment."), "{html}");
        let (_, html) = send(&staff, failed, all, &[]).await;
        assert!(html.contains("Nothing had failed"), "{html}");
        assert!(staff.page("/admin/products/pictures?status=pending").await.contains("Waiting"));
    })
    .await;
}
