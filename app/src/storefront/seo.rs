//! What search engines and link previews are told about a page.

use crate::web::{Visit, use_shop_name};
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};
use serde_json::{Value, json};
use shop::Shop;
use shop::catalog::{Picture, PictureSize};

/// The head of a page.
#[derive(Debug, Clone, Default)]
pub struct Seo {
    pub title: String,
    pub description: String,
    /// The one address of this page, from the root of the site: without filters and the like.
    pub canonical: String,
    pub picture: Option<Picture>,
    /// For Open Graph: a page, unless it is a `product`.
    pub kind: Option<&'static str>,
    pub hidden: bool,
    /// Addresses of the neighbouring pages of a list.
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl Seo {
    pub fn view(self, visit: &Visit) -> impl IntoView + use<> {
        let shop = visit.shop();
        let name = use_shop_name().as_str().to_owned();
        // the first page of a shop that says nothing more of itself
        let heading = if self.title.is_empty() { name.clone() } else { self.title.clone() };
        let canonical = absolute(shop, &self.canonical);
        let description = shortened(&self.description, 160);
        let picture = self.picture.map(|picture| {
            let (width, height) = picture.dimensions(PictureSize::Large);
            view! {
                <Meta property="og:image" content=absolute(shop, &picture.path(PictureSize::Large)) />
                <Meta property="og:image:width" content=width.to_string() />
                <Meta property="og:image:height" content=height.to_string() />
                <Meta property="og:image:alt" content=picture.alt />
            }
        });
        view! {
            <Title text=self.title.clone() />
            {(!description.is_empty())
                .then(|| {
                    view! {
                        <Meta name="description" content=description.clone() />
                        <Meta property="og:description" content=description />
                    }
                })}
            {self.hidden.then(|| view! { <Meta name="robots" content="noindex" /> })}
            <Link rel="canonical" href=canonical.clone() />
            {self.previous.map(|href| view! { <Link rel="prev" href=href /> })}
            {self.next.map(|href| view! { <Link rel="next" href=href /> })}
            <Meta property="og:site_name" content=name />
            <Meta property="og:type" content=self.kind.unwrap_or("website") />
            <Meta property="og:title" content=heading />
            <Meta property="og:url" content=canonical />
            {picture}
        }
    }
}

/// An address of this site with its root.
pub fn absolute(shop: &Shop, path: &str) -> String {
    format!("{}{path}", shop.public_url.as_str().trim_end_matches('/'))
}

/// A block of data for machines. Whatever stands in it, it cannot end the element that it stands in.
pub fn data_block(data: &Value) -> impl IntoView + use<> {
    view! { <script type="application/ld+json" inner_html=safe_json(data)></script> }
}

/// JSON without the characters that HTML, or a script, would see something in.
fn safe_json(data: &Value) -> String {
    let json = data.to_string();
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            c => safe.push(c),
        }
    }
    safe
}

/// <https://schema.org/BreadcrumbList>, of (address, name) from the root down to the page itself.
pub fn breadcrumb_data<'a>(shop: &Shop, steps: impl IntoIterator<Item = (String, &'a str)>) -> Value {
    let item = |place: usize, path: &str, name: &str| {
        let address = absolute(shop, path);
        json!({ "@type": "ListItem", "position": place, "name": name, "item": address })
    };
    let home = item(1, "/", &t!("breadcrumb-home"));
    let below = steps.into_iter().enumerate().map(|(n, (path, name))| item(n + 2, &path, name));
    let items: Vec<Value> = std::iter::once(home).chain(below).collect();
    json!({ "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items })
}

/// At most so many characters, cut between words, on one line.
pub fn shortened(text: &str, at_most: usize) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        if short.chars().count() + word.chars().count() + 1 > at_most {
            let kept = short.trim_end_matches(|c: char| c.is_ascii_punctuation()).len();
            short.truncate(kept);
            short.push('…');
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_never_ends_its_element() {
        let hostile = json!({ "name": "</script><script>alert(1)</script><!-- & \u{2028}" });
        let safe = safe_json(&hostile);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']), "{safe}");
        assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), hostile);
    }

    #[test]
    fn shortens_between_words() {
        assert_eq!(shortened("A claw hammer", 160), "A claw hammer");
        assert_eq!(shortened("A claw\nhammer, forged in one piece", 16), "A claw hammer…");
        assert_eq!(shortened("Donaudampfschifffahrt", 5), "…");
    }
}
