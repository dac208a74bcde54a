//! What crawlers read: <https://www.sitemaps.org/protocol.html> and `robots.txt`.

use super::paths::{category_path, product_path};
use super::seo::absolute;
use crate::web::{App, error_page};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use shop::catalog::{self, SitemapEntry};
use shop::{Error, Result};
use std::fmt::Write;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The index: a file for pages and categories, and one for each ten thousand products.
pub async fn index(State(app): State<App>) -> Response {
    let pages = match catalog::sitemap_pages(&app.shop).await {
        Ok(pages) => pages,
        Err(e) => return error_page::of(&e, None),
    };
    let mut xml = opened("sitemapindex");
    let names = std::iter::once("categories".to_owned()).chain((1..=pages).map(|n| format!("products-{n}")));
    for name in names {
        let address = absolute(&app.shop, &format!("/sitemap/{name}.xml"));
        // writing to a String cannot fail
        let _ = writeln!(xml, "<sitemap><loc>{}</loc></sitemap>", escaped(&address));
    }
    xml.push_str("</sitemapindex>\n");
    answer(xml)
}

/// `/sitemap/categories.xml`, `/sitemap/products-1.xml` …
pub async fn page(State(app): State<App>, Path(name): Path<String>) -> Response {
    match entries(&app, &name).await {
        Ok(xml) => answer(xml),
        Err(e) => error_page::of(&e, None),
    }
}

async fn entries(app: &App, name: &str) -> Result<String> {
    let shop = &app.shop;
    let mut xml = opened("urlset");
    match name.strip_suffix(".xml") {
        Some("categories") => {
            for path in ["/", "/new", "/offers", "/help"] {
                let _ = writeln!(xml, "<url><loc>{}</loc></url>", escaped(&absolute(shop, path)));
            }
            let all = catalog::sitemap_categories(shop).await?;
            all.iter().for_each(|entry| put(&mut xml, &absolute(shop, &category_path(&entry.slug)), entry));
        }
        Some(name) => {
            let page: i64 = name.strip_prefix("products-").and_then(|n| n.parse().ok()).ok_or(Error::NotFound)?;
            let all = match page {
                1..=100_000 => catalog::sitemap_products(shop, page).await?,
                _ => Vec::new(),
            };
            if all.is_empty() {
                return Err(Error::NotFound);
            }
            xml.reserve(all.len() * 160);
            all.iter().for_each(|entry| put(&mut xml, &absolute(shop, &product_path(&entry.slug)), entry));
        }
        None => return Err(Error::NotFound),
    }
    xml.push_str("</urlset>\n");
    Ok(xml)
}

fn put(xml: &mut String, address: &str, entry: &SitemapEntry) {
    let changed = entry.changed.format("%Y-%m-%dT%H:%M:%SZ");
    let _ = writeln!(xml, "<url><loc>{}</loc><lastmod>{changed}</lastmod></url>", escaped(address));
}

fn opened(root: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn answer(xml: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/xml; charset=utf-8"), (header::CACHE_CONTROL, HOUR)];
    (headers, xml).into_response()
}

const HOUR: &str = "public, max-age=3600";

/// Crawlers need not look at carts, accounts, searches, or one list in a hundred orders.
pub async fn robots(State(app): State<App>) -> Response {
    let text = format!(
        "User-agent: *\n\
         Disallow: /admin\n\
         Disallow: /account\n\
         Disallow: /api/\n\
         Disallow: /cart\n\
         Disallow: /checkout\n\
         Disallow: /do/\n\
         Disallow: /login\n\
         Disallow: /orders\n\
         Disallow: /register\n\
         Disallow: /search\n\
         Disallow: /watches\n\
         Disallow: /*?*sort=\n\
         Disallow: /*?*Price=\n\
         Disallow: /*?*option.\n\
         Disallow: /*?*brand=\n\
         Disallow: /*?*vendor=\n\
         \n\
         Sitemap: {}\n",
        absolute(&app.shop, "/sitemap.xml")
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, HOUR)], text).into_response()
}
