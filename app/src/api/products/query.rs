//! Which products are asked for.

#![expect(
    deprecated,
    reason = "by the attribute the document says which names are of earlier versions; they are read here"
)]

use crate::api::query::{flag, paging, word};
use serde::Deserialize;
use shop::catalog::{self, AdminFilter, AdminSort, Filter, ProductStatus, Sort};
use shop::id::CategoryId;
use shop::input::{Raw, RawList};
use shop::{Invalid, Result, Shop};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use utoipa::IntoParams;

/// Which products; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListProducts {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    /// `name`, `price` and `publishedAt`, each with `:asc` or `:desc`; `offer` (the largest saving first) and, first in
    /// a search, `relevance`. Several with commas: where two are alike in one order, the next decides. With `status`
    /// also `createdAt` and `updatedAt`, and neither `publishedAt`, `offer` nor `relevance`.
    #[param(value_type = Option<String>, example = "price:asc,name:asc", max_length = 200,
            pattern = "^[A-Za-z]+(:(asc|desc))?(,[A-Za-z]+(:(asc|desc))?)*$")]
    sort: Raw,
    /// Slug or id; the categories below it are included.
    #[param(value_type = Option<String>, max_length = 140)]
    category: Raw,
    /// In major units, of the cheapest variant; both ends included.
    #[param(value_type = Option<String>, example = "9.99")]
    min_price: Raw,
    #[param(value_type = Option<String>, example = "49.99")]
    max_price: Raw,
    /// The same as `minPrice`.
    #[param(value_type = Option<String>)]
    price_min: Raw,
    /// The same as `maxPrice`.
    #[param(value_type = Option<String>)]
    price_max: Raw,
    /// Words.
    #[param(value_type = Option<String>, max_length = 200)]
    search: Raw,
    /// Only what can be bought now.
    #[param(value_type = Option<bool>)]
    in_stock: Raw,
    /// One or, with commas, several: any of them. With a semicolon somewhere, those divide and commas do not.
    #[param(value_type = Option<String>, max_length = 500)]
    tag: Option<String>,
    /// As `tag`.
    #[param(value_type = Option<String>, max_length = 500)]
    brand: Option<String>,
    /// The same as `brand`, until the next major version.
    #[param(value_type = Option<String>, max_length = 500)]
    #[deprecated]
    vendor: Option<String>,
    /// A value of an option, `Size:M6`, or with commas several: any of those of one option, and of each option one.
    #[param(value_type = Option<String>, max_length = 500, example = "Size:M6,Size:M8")]
    option: Option<String>,
    /// With what the list could be narrowed by, and how many there would be left.
    #[param(value_type = Option<bool>)]
    facets: Raw,
    /// For those who work here (`catalog:read`): products of this status, or `all`.
    #[param(value_type = Option<String>, pattern = "^(draft|published|archived|all)$")]
    status: Raw,
}

/// What was asked for.
pub enum CheckedQuery {
    /// As shoppers see it.
    Shown(Filter),
    /// For those who work here.
    Any(AdminFilter),
}

impl ListProducts {
    pub fn wants_facets(&self) -> Result<bool> {
        let mut faults = Invalid::default();
        let wanted = flag(&self.facets, "facets", &mut faults);
        if wanted && !self.status.is_empty() {
            faults.add("facets", "are not counted with status");
        }
        faults.into_result()?;
        Ok(wanted)
    }

    /// By either of the parameter's names.
    fn brands(&self, faults: &mut Invalid) -> BTreeSet<String> {
        let (brands, vendors) = (several(&self.brand, "brand", faults), several(&self.vendor, "vendor", faults));
        if self.brand.is_some() && self.vendor.is_some() && brands != vendors {
            faults.add("vendor", "says something else than brand: give one of the two");
        }
        if self.brand.is_some() { brands } else { vendors }
    }

    pub async fn check(&self, shop: &Shop) -> Result<CheckedQuery> {
        let mut faults = Invalid::default();
        let f = &mut faults;
        let paging = paging(&self.page, &self.limit, f);
        let q = self.search.text("search", 200, f);
        let min_price = price(shop, [(&self.min_price, "minPrice"), (&self.price_min, "priceMin")], f);
        let max_price = price(shop, [(&self.max_price, "maxPrice"), (&self.price_max, "priceMax")], f);
        if min_price.zip(max_price).is_some_and(|(min, max)| min > max) {
            f.add("maxPrice", "must not be less than the other end");
        }
        let in_stock = flag(&self.in_stock, "inStock", f);
        let (tags, brands) = (several(&self.tag, "tag", f), self.brands(f));
        let options = options(&self.option, f);
        let category = self.category.optional("category", 140, f);
        let status = |word: &str| match word {
            "all" => Some(None),
            word => ProductStatus::parse(word).map(Some),
        };
        let Some(status) = word(&self.status, "status", status, f) else {
            let (sort, then) = sorts(&self.sort, "relevance", Sort::read, Sort::about, f).unzip();
            faults.into_result()?;
            let category = match category {
                Some(named) => Some(slug(shop, named).await?),
                None => None,
            };
            let then = then.unwrap_or_default();
            return Ok(CheckedQuery::Shown(Filter {
                q,
                category,
                brands,
                min_price,
                max_price,
                in_stock,
                options,
                tags,
                sort,
                then,
                page: NonZeroU32::new(paging.page()),
                limit: NonZeroU32::new(paging.limit()),
                ..Filter::default()
            }));
        };
        if !options.is_empty() {
            f.add("option", "cannot be asked for beside status");
        }
        let (sort, then) = sorts(&self.sort, "", staff_sort, staff_about, f).unzip();
        faults.into_result()?;
        let category = match category {
            Some(named) => {
                let tree = catalog::tree(shop).await?;
                let found = tree.by_slug(&named).map(|category| category.id).or_else(|| named.parse().ok());
                match found {
                    Some(id) => Some(id),
                    // holds nothing, as a category that there is not
                    None => Some(CategoryId(uuid::Uuid::nil())),
                }
            }
            None => None,
        };
        Ok(CheckedQuery::Any(AdminFilter {
            q,
            status,
            category,
            stock: None,
            brands,
            tags,
            min_price,
            max_price,
            in_stock,
            sort: sort.unwrap_or_default(),
            then: then.unwrap_or_default(),
            page: Some(paging.page()),
            limit: Some(paging.limit()),
        }))
    }
}

/// A slug, of a slug or an id.
async fn slug(shop: &Shop, named: String) -> Result<String> {
    let Ok(id) = named.parse() else { return Ok(named) };
    Ok(catalog::tree(shop).await?.get(id).map_or(named, |category| category.slug.clone()))
}

/// One end of the range, by either of its names.
fn price(shop: &Shop, named: [(&Raw, &'static str); 2], faults: &mut Invalid) -> Option<i64> {
    let [first, second] = named.map(|(raw, name)| raw.optional_money(name, shop.currency, faults).map(|m| m.minor));
    if first.zip(second).is_some_and(|(one, other)| one != other) {
        faults.add(named[1].1, "is not what the other name of it says");
    }
    first.or(second)
}

fn several(given: &Option<String>, field: &'static str, faults: &mut Invalid) -> BTreeSet<String> {
    let text = Raw(given.clone().unwrap_or_default()).text(field, 500, faults);
    let values: BTreeSet<_> = RawList::Text(text).values().into_iter().collect();
    if values.len() > 30 {
        faults.add(field, "are too many (at most 30)");
    }
    values
}

/// Chosen values, by the names of their options.
fn options(given: &Option<String>, faults: &mut Invalid) -> BTreeMap<String, BTreeSet<String>> {
    let mut options: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for chosen in several(given, "option", faults) {
        match chosen.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                options.entry(name.to_owned()).or_default().insert(value.to_owned());
            }
            _ => faults.add("option", "must be a name and a value, such as Size:M6"),
        }
    }
    if options.len() > 6 {
        faults.add("option", "are too many (at most 6)");
    }
    options
}

/// The orders, the first one and those after it.
fn sorts<T: Copy>(
    raw: &Raw,
    only_first: &str,
    parse: impl Fn(&str) -> Option<T>,
    about: impl Fn(T) -> &'static str,
    faults: &mut Invalid,
) -> Option<(T, Vec<T>)> {
    if raw.is_empty() {
        return None;
    }
    let mut sorts: Vec<T> = Vec::new();
    for word in raw.trimmed().split(',').map(str::trim) {
        let Some(sort) = parse(word) else {
            faults.add("sort", format!("has no order “{}”", word.chars().take(40).collect::<String>()));
            return None;
        };
        if sorts.iter().any(|other| about(*other) == about(sort)) {
            faults.add("sort", format!("names {} twice", about(sort)));
        }
        if !sorts.is_empty() && about(sort) == only_first {
            faults.add("sort", format!("may have {only_first} in the first place only"));
        }
        sorts.push(sort);
    }
    let first = *sorts.first()?;
    Some((first, sorts.split_off(1)))
}

fn staff_sort(word: &str) -> Option<AdminSort> {
    Some(match word {
        "updatedAt:desc" => AdminSort::Updated,
        "updatedAt" | "updatedAt:asc" => AdminSort::UpdatedUp,
        "createdAt:desc" | "newest" => AdminSort::Created,
        "createdAt" | "createdAt:asc" => AdminSort::CreatedUp,
        "name" | "name:asc" => AdminSort::NameUp,
        "name:desc" => AdminSort::NameDown,
        "price" | "price:asc" => AdminSort::PriceUp,
        "price:desc" => AdminSort::PriceDown,
        _ => return None,
    })
}

fn staff_about(sort: AdminSort) -> &'static str {
    match sort {
        AdminSort::Updated | AdminSort::UpdatedUp => "updatedAt",
        AdminSort::Created | AdminSort::CreatedUp => "createdAt",
        AdminSort::NameUp | AdminSort::NameDown => "name",
        AdminSort::PriceUp | AdminSort::PriceDown => "price",
    }
}
