//! What is said of a product, whatever its variants: how it is checked, read, written, typed and compared, side by
//! side.
//!
//! A new field is added here, to the struct and to each of its functions: the compiler asks for it, and a test asks for
//! its line of differences. Everybody else holds [`Texts`] as a whole: what an edit means, the product as it stands,
//! the page, the API's answer.

use super::input::{OptionInput, ProductInput, RawPairs, VariantInput, switch};
use crate::address::Country;
use crate::catalog::{Condition, ProductStatus, Specification, description};
use crate::id::{CategoryId, ProductId};
use crate::input::{Raw, RawList, plain};
use crate::{Act, Error, Invalid, OnConstraint, Result};
use serde::Serialize;
use sqlx::types::Json;

/// What is said of a product, by the names of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Texts {
    #[schema(example = "Cotton T-shirt")]
    pub name: String,
    /// One or two sentences.
    #[schema(example = "Heavy cotton, cut straight.")]
    pub summary: String,
    /// As it was written: plain text, or a little HTML.
    #[schema(example = "Washed before it is cut, so it keeps its size.")]
    pub description: String,
    #[schema(example = "Northwind")]
    pub brand: String,
    #[schema(example = json!(["shirts", "cotton"]))]
    pub tags: Vec<String>,
    pub specifications: Vec<Specification>,
    /// Shown on the home page.
    pub featured: bool,
    #[schema(example = "Cotton T-shirt, red")]
    pub seo_title: String,
    #[schema(example = "Heavy cotton, cut straight.")]
    pub seo_description: String,
    /// Where it was made.
    pub country_of_origin: Option<Country>,
    /// The number by which the trade knows it (GTIN: EAN, UPC, ISBN). Feeds and search engines ask for it by product;
    /// what comes in several variants has a number for each, which is the variant's `barcode`.
    #[schema(example = "4006381333931")]
    pub gtin: Option<String>,
    /// The number by which its maker knows it.
    #[schema(example = "NW-TEE-180")]
    pub mpn: Option<String>,
    pub condition: Condition,
}

/// As they are stored.
pub type Specifications = Json<Vec<Specification>>;

/// A query of a product `p` for its texts and what else is asked; [`texts_of`] takes them out of a row.
macro_rules! query_with_texts {
    ($rest:tt, $($argument:expr),* $(,)?) => {
        sqlx::query!(
            r#"select p.name, p.summary, p.description, p.brand, p.tags,
                      p.specifications as "specifications: crate::catalog::products::texts::Specifications",
                      p.is_featured as featured, p.seo_title, p.seo_description,
                      p.country_of_origin as "country_of_origin: crate::address::Country", p.gtin, p.mpn,
                      p.condition as "condition: crate::catalog::Condition", "# + $rest,
            $($argument),*
        )
    };
}

macro_rules! texts_of {
    ($row:expr) => {
        crate::catalog::products::Texts {
            name: $row.name,
            summary: $row.summary,
            description: $row.description,
            brand: $row.brand,
            tags: $row.tags,
            specifications: $row.specifications.0,
            featured: $row.featured,
            seo_title: $row.seo_title,
            seo_description: $row.seo_description,
            country_of_origin: $row.country_of_origin,
            gtin: $row.gtin,
            mpn: $row.mpn,
            condition: $row.condition,
        }
    };
}

pub(in crate::catalog) use {query_with_texts, texts_of};

/// What there is to type of a product beside its texts.
pub struct Beside<'a> {
    pub slug: &'a str,
    pub status: ProductStatus,
    pub category: Option<CategoryId>,
    pub options: Vec<OptionInput>,
    pub variants: Vec<VariantInput>,
    /// Of a product without options.
    pub only: VariantInput,
}

/// A product's own row, but for what changes by itself.
pub struct ProductRow<'a> {
    pub slug: &'a str,
    pub category: Option<CategoryId>,
    pub texts: &'a Texts,
}

impl Texts {
    /// What was typed, every fault noted beside its field.
    pub fn check(input: &ProductInput, faults: &mut Invalid) -> Self {
        let f = faults;
        Self {
            name: input.name.line("name", 200, f),
            summary: input.summary.text("summary", 500, f),
            description: description::clean(&input.description.text("description", 50_000, f)),
            brand: brand(input, f),
            tags: tags(&input.tags, f),
            specifications: specifications(&input.specifications, f),
            featured: input.featured.is_on(),
            seo_title: input.seo_title.text("seoTitle", 200, f),
            seo_description: input.seo_description.text("seoDescription", 400, f),
            country_of_origin: country(&input.country_of_origin, f),
            gtin: gtin(&input.gtin, f),
            mpn: Some(input.mpn.optional_line("mpn", 70, f)).filter(|mpn| !mpn.is_empty()),
            condition: condition(&input.condition, f),
        }
    }

    /// What would have to be typed to get the product. It names every field: one that it forgot would be empty after
    /// each save that starts from here, be it of the form or of a part of the product over the API.
    pub fn input(&self, beside: Beside<'_>) -> ProductInput {
        let Texts {
            name,
            summary,
            description,
            brand,
            tags,
            specifications,
            featured,
            seo_title,
            seo_description,
            country_of_origin,
            gtin,
            mpn,
            condition,
        } = self;
        let Beside { slug, status, category, options, variants, only } = beside;
        ProductInput {
            name: Raw::from(name),
            slug: Raw::from(slug),
            summary: Raw::from(summary),
            description: Raw::from(description),
            status: Raw::from(status.word()),
            // the status says it
            is_active: Raw::default(),
            category_id: Raw(category.map(|id| id.to_string()).unwrap_or_default()),
            brand: Some(Raw::from(brand)),
            vendor: None,
            tags: RawList::of(tags),
            specifications: RawPairs::of(specifications.iter().map(|s| (s.name.as_str(), s.value.as_str()))),
            seo_title: Raw::from(seo_title),
            seo_description: Raw::from(seo_description),
            featured: switch(*featured),
            country_of_origin: Raw::from(country_of_origin.map(Country::code).unwrap_or_default()),
            gtin: Raw(gtin.clone().unwrap_or_default()),
            mpn: Raw(mpn.clone().unwrap_or_default()),
            condition: Raw::from(condition.word()),
            options,
            variants,
            variant_options: Vec::new(),
            price: only.price,
            compare_at_price: only.compare_at_price,
            cost: only.cost,
            sku: only.sku,
            stock_quantity: only.stock,
            weight_grams: only.weight_grams,
            barcode: only.barcode,
            low_stock_at: only.low_stock_at,
            // to put more behind those that there are
            images: Vec::new(),
        }
    }

    /// As names and texts, for two versions beside each other.
    pub fn lines(input: &ProductInput) -> Vec<(String, String)> {
        let pairs = input.specifications.pairs();
        vec![
            line("Name", &input.name),
            line("In short", &input.summary),
            line("Description", &input.description),
            line("Brand", input.given_brand().map_or(&Raw::default(), |(brand, _)| brand)),
            ("Tags".to_owned(), input.tags.values().join(", ")),
            ("Specification".to_owned(), pairs.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()),
            ("On the home page".to_owned(), if input.featured.is_on() { "Yes" } else { "No" }.to_owned()),
            line("Title for search engines", &input.seo_title),
            line("Description for search engines", &input.seo_description),
            line("Country of origin", &input.country_of_origin),
            line("GTIN", &input.gtin),
            line("MPN", &input.mpn),
            // left empty, it is new
            ("Condition".to_owned(), condition(&input.condition, &mut Invalid::default()).to_string()),
        ]
    }
}

/// A field of a form, as a line of [`Texts::lines`].
pub fn line(name: &str, typed: &Raw) -> (String, String) {
    (name.to_owned(), typed.trimmed().replace("\r\n", "\n"))
}

/// Writes a product's own row, when it is new.
pub async fn insert(act: &mut Act<'_>, id: ProductId, row: ProductRow<'_>) -> Result<()> {
    let Texts {
        name,
        summary,
        description,
        brand,
        tags,
        specifications,
        featured,
        seo_title,
        seo_description,
        country_of_origin,
        gtin,
        mpn,
        condition,
    } = row.texts;
    sqlx::query!(
        "insert into products
            (id, slug, category_id, created_at, updated_at, name, summary, description, brand, tags, specifications,
             is_featured, seo_title, seo_description, country_of_origin, gtin, mpn, condition)
         values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        id as _,
        row.slug,
        row.category as _,
        act.now,
        name,
        summary,
        description,
        brand,
        tags,
        Json(specifications) as _,
        featured,
        seo_title,
        seo_description,
        country_of_origin as _,
        gtin.as_deref(),
        mpn.as_deref(),
        condition.word(),
    )
    .execute(&mut **act)
    .await
    .on_constraint("products_category_id_fkey", no_category)
    // taken since it was looked up: the second try shows it beside its field
    .on_constraint("products_slug_key", || Error::Busy)?;
    Ok(())
}

/// The same when it is there; its new version.
pub async fn update(act: &mut Act<'_>, id: ProductId, row: ProductRow<'_>) -> Result<i32> {
    let Texts {
        name,
        summary,
        description,
        brand,
        tags,
        specifications,
        featured,
        seo_title,
        seo_description,
        country_of_origin,
        gtin,
        mpn,
        condition,
    } = row.texts;
    let version = sqlx::query_scalar!(
        "update products
         set slug = $2, category_id = $3, updated_at = $4, version = version + 1, name = $5, summary = $6,
             description = $7, brand = $8, tags = $9, specifications = $10, is_featured = $11, seo_title = $12,
             seo_description = $13, country_of_origin = $14, gtin = $15, mpn = $16, condition = $17
         where id = $1
         returning version",
        id as _,
        row.slug,
        row.category as _,
        act.now,
        name,
        summary,
        description,
        brand,
        tags,
        Json(specifications) as _,
        featured,
        seo_title,
        seo_description,
        country_of_origin as _,
        gtin.as_deref(),
        mpn.as_deref(),
        condition.word(),
    )
    .fetch_one(&mut **act)
    .await
    .on_constraint("products_category_id_fkey", no_category)
    .on_constraint("products_slug_key", || Error::Busy)?;
    Ok(version)
}

fn no_category() -> Error {
    Error::invalid("categoryId", "is not one that there is")
}

/// By either of its names.
fn brand(input: &ProductInput, faults: &mut Invalid) -> String {
    if input.has_two_brands() {
        faults.add("vendor", "says something else than brand: give one of the two");
    }
    input.given_brand().map(|(given, field)| given.text(field, 120, faults)).unwrap_or_default()
}

fn tags(raw: &RawList, faults: &mut Invalid) -> Vec<String> {
    let tags = checked(raw, "tags", 60, faults);
    if tags.len() > 100 {
        faults.add("tags", "must not be more than 100");
    }
    tags
}

/// The values of a list, of which none is too long.
pub fn checked(raw: &RawList, field: &str, max: usize, faults: &mut Invalid) -> Vec<String> {
    let values = raw.values();
    for value in &values {
        let before = faults.0.len();
        Raw(value.clone()).text(field.to_owned(), max, faults);
        if faults.0.len() > before {
            break;
        }
    }
    values
}

fn specifications(typed: &RawPairs, faults: &mut Invalid) -> Vec<Specification> {
    let pairs = typed.pairs();
    if pairs.len() > 60 {
        faults.add("specifications", "must not have more than 60 lines");
    }
    for (name, value) in &pairs {
        if name.is_empty() || value.is_empty() {
            faults.add(
                "specifications",
                format!("must have a name and a value on each line, such as “Weight: 450 g”; see “{name}{value}”"),
            );
            break;
        }
        if name.contains(':') {
            faults.add("specifications", "must not have a colon in a name");
            break;
        }
        if name.chars().count() > 100 || value.chars().count() > 500 {
            faults.add(
                "specifications",
                format!("must be shorter at “{name}” (names at most 100 characters, values 500)"),
            );
            break;
        }
        if name.chars().chain(value.chars()).any(char::is_control) {
            faults.add("specifications", "must not hold a character that cannot be kept");
            break;
        }
    }
    pairs.into_iter().map(|(name, value)| Specification { name, value }).collect()
}

/// By its two letters, or by its English name, as files have it.
fn country(raw: &Raw, faults: &mut Invalid) -> Option<Country> {
    if raw.is_empty() {
        return None;
    }
    let named = || Country::all().iter().find(|country| country.name().eq_ignore_ascii_case(raw.trimmed())).copied();
    let country = Country::parse(raw.trimmed()).or_else(named);
    if country.is_none() {
        faults.add("countryOfOrigin", "must be a country by its two letters, such as GB");
    }
    country
}

/// The digits alone. <https://www.gs1.org/services/how-calculate-check-digit-manually>
fn gtin(raw: &Raw, faults: &mut Invalid) -> Option<String> {
    let typed = raw.optional("gtin", 30, faults)?;
    let code: String = plain(&typed).chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if !matches!(code.len(), 8 | 12 | 13 | 14) || !code.bytes().all(|b| b.is_ascii_digit()) {
        faults.add("gtin", "must be 8, 12, 13 or 14 digits");
        return None;
    }
    let (digits, last) = code.split_at(code.len() - 1);
    let weighed =
        digits.bytes().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let check = (10 - weighed.sum::<u32>() % 10) % 10;
    if last != check.to_string() {
        faults.add("gtin", format!("has a digit that is wrong: after {digits} the last one is {check}"));
    }
    Some(code)
}

fn condition(raw: &Raw, faults: &mut Invalid) -> Condition {
    let condition = Condition::parse(&raw.trimmed().to_ascii_lowercase());
    if condition.is_none() && !raw.is_empty() {
        faults.add("condition", "must be new, refurbished or used");
    }
    condition.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_of_a_gtin_checks_the_others() {
        let check = |typed: &str| {
            let mut faults = Invalid::default();
            let code = gtin(&typed.into(), &mut faults);
            faults.into_result().ok().and(code)
        };
        for (typed, kept) in [
            ("4006381333931", "4006381333931"),
            (" 4 006381 333931 ", "4006381333931"),
            ("978-0-14-032872-1", "9780140328721"),
            ("0 36000 29145 2", "036000291452"),
            ("96385074", "96385074"),
            ("10614141000415", "10614141000415"),
            ("\u{ff14}006381\u{2010}333931", "4006381333931"),
        ] {
            assert_eq!(check(typed).as_deref(), Some(kept), "{typed}");
        }
        for wrong in
            ["4006381333932", "4006381333913", "400638133393", "123", "400638133393X", "4.00638E+12", "12345678901"]
        {
            assert_eq!(check(wrong), None, "{wrong}");
        }
    }
}
