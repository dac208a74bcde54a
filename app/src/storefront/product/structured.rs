//! A product for machines: <https://schema.org/Product>, as search engines read it
//! (<https://developers.google.com/search/docs/appearance/structured-data/product>).

use crate::storefront::paths::{product_path, sku_query};
use crate::storefront::seo::{absolute, shortened};
use serde_json::{Value, json};
use shop::Shop;
use shop::catalog::{Condition, PictureSize, ProductPage, Variant};

pub fn product(shop: &Shop, product: &ProductPage) -> Value {
    let url = absolute(shop, &product_path(&product.slug));
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.texts.name,
        "url": url,
    });
    let description =
        if product.texts.summary.is_empty() { &product.texts.seo_description } else { &product.texts.summary };
    let pictures: Vec<Value> =
        product.pictures.iter().map(|p| Value::String(absolute(shop, &p.picture.path(PictureSize::Large)))).collect();
    let mut put = |name: &str, value: Value| data[name] = value;
    if !description.is_empty() {
        put("description", shortened(description, 500).into());
    }
    if !pictures.is_empty() {
        put("image", pictures.into());
    }
    if !product.texts.brand.is_empty() {
        put("brand", json!({ "@type": "Brand", "name": product.texts.brand }));
    }
    let texts = &product.texts;
    if let Some(country) = texts.country_of_origin {
        put("countryOfOrigin", json!({ "@type": "Country", "name": country.name(), "identifier": country.code() }));
    }
    if let Some(mpn) = &texts.mpn {
        put("mpn", mpn.clone().into());
    }
    if let Some(gtin) = &texts.gtin {
        put("gtin", gtin.clone().into());
    }
    match product.variants.as_slice() {
        [only] => {
            put("sku", only.sku.clone().into());
            if let Some(gtin) = gtin(only).filter(|_| texts.gtin.is_none()) {
                put("gtin", gtin.into());
            }
            put("offers", offer(product, only, &url));
        }
        variants => {
            let offers: Vec<Value> = variants
                .iter()
                .map(|v| {
                    let mut offer = offer(product, v, &format!("{url}?{}", sku_query(&v.sku)));
                    offer["sku"] = v.sku.clone().into();
                    if let Some(gtin) = gtin(v) {
                        offer["gtin"] = gtin.into();
                    }
                    offer
                })
                .collect();
            let all = json!({
                "@type": "AggregateOffer",
                "lowPrice": product.price.decimal(),
                "highPrice": product.price_to.decimal(),
                "priceCurrency": product.currency.code(),
                "offerCount": variants.len(),
                "offers": offers,
            });
            put("offers", all);
        }
    }
    data
}

fn offer(product: &ProductPage, variant: &Variant, url: &str) -> Value {
    let stock = if variant.in_stock { "InStock" } else { "OutOfStock" };
    json!({
        "@type": "Offer",
        "url": url,
        "price": variant.price.decimal(),
        "priceCurrency": product.currency.code(),
        "availability": format!("https://schema.org/{stock}"),
        "itemCondition": condition(product.texts.condition),
    })
}

/// <https://schema.org/OfferItemCondition>
fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::New => "https://schema.org/NewCondition",
        Condition::Refurbished => "https://schema.org/RefurbishedCondition",
        Condition::Used => "https://schema.org/UsedCondition",
    }
}

/// A barcode that is a GTIN: 8, 12, 13 or 14 digits.
fn gtin(variant: &Variant) -> Option<&str> {
    let code = variant.barcode.as_deref()?;
    (matches!(code.len(), 8 | 12 | 13 | 14) && code.bytes().all(|b| b.is_ascii_digit())).then_some(code)
}
