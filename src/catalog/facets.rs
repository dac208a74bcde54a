//! What a list could be narrowed by, with how many products would be left.
//!
//! Each facet is counted without its own choice but with all others: after choosing one brand the other brands still
//! show what they would add. So each row says which choices it fails (a bit each), rows that fail two or more matter to
//! nobody, and the database only counts rows alike; the sums of facets are taken here.

use super::cube::{Cube, cube};
use super::scope::{Alike, Bits, Choice, Scope};
use super::{Category, Filter, Tree};
use crate::cache::{self, DependsOn};
use crate::id::CategoryId;
use crate::{Currency, Money, Result, Shop};
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Facets {
    /// The next step down the tree. In a search also the neighbours of a category with none below it.
    pub categories: Vec<CategoryFacet>,
    /// The most frequent first.
    pub brands: Vec<ValueFacet>,
    pub price: PriceFacet,
    pub in_stock: i64,
    pub out_of_stock: i64,
    pub on_offer: i64,
    pub options: Vec<OptionFacet>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CategoryFacet {
    pub id: CategoryId,
    #[schema(example = "shirts")]
    pub slug: String,
    #[schema(example = "Shirts")]
    pub name: String,
    pub count: i64,
    pub selected: bool,
}

impl CategoryFacet {
    pub(super) fn new(category: &Category, count: i64, selected: bool) -> Self {
        Self { id: category.id, slug: category.slug.clone(), name: category.name.clone(), count, selected }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ValueFacet {
    #[schema(example = "M")]
    pub value: String,
    pub count: i64,
    pub selected: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PriceFacet {
    /// Of the cheapest and the dearest product.
    pub min: Option<Money>,
    pub max: Option<Money>,
    /// Those that hold something.
    pub ranges: Vec<PriceRange>,
}

/// Both ends included; an open end is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PriceRange {
    pub min: Option<Money>,
    pub max: Option<Money>,
    pub count: i64,
    pub selected: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OptionFacet {
    #[schema(example = "Size")]
    pub name: String,
    pub values: Vec<ValueFacet>,
}

/// Of all pages and orders of a list.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub total: i64,
    pub facets: Arc<Facets>,
}

const BRANDS_AT_MOST: usize = 40;
const OPTIONS_AT_MOST: usize = 6;
const VALUES_AT_MOST: usize = 30;
/// In a longer list, options such as "Size" mean everything and nothing.
const COUNT_OPTIONS_UP_TO: i64 = 20_000;

/// Where one price range ends and the next begins, in minor units.
fn edges(currency: Currency) -> Vec<i64> {
    let unit = if currency.decimals() == 0 { 100 } else { 10i64.pow(currency.decimals()) };
    [5, 10, 20, 50, 100, 200, 500].into_iter().map(|n| n * unit).collect()
}

/// Only how many there are, for whoever shows no facets.
pub(super) async fn total(shop: &Shop, scope: &Scope<'_>) -> Result<i64> {
    if Cube::knows(scope) {
        return Ok(cube(shop).await?.total(scope));
    }
    let mut sql = QueryBuilder::new("select count(*) from product_index s where ");
    scope.push_all(&mut sql);
    Ok(sql.build_query_scalar().persistent(false).fetch_one(&shop.db).await?)
}

pub(super) async fn count(shop: &Shop, scope: &Scope<'_>, tree: &Tree) -> Result<Counted> {
    let bits = Bits::of_all(scope);
    let edges = edges(shop.currency);
    let rows = match Cube::knows(scope) {
        true => cube(shop).await?.alike(scope, &bits, &edges),
        false => alike(shop, scope, &bits, &edges).await?,
    };

    let mut facets = Facets::default();
    let (mut total, mut looked_at) = (0, 0);
    let mut categories: HashMap<CategoryId, i64> = HashMap::new();
    let mut brands: BTreeMap<String, i64> = BTreeMap::new();
    let mut buckets = vec![0; edges.len() + 1];
    let (mut cheapest, mut dearest) = (None, None);
    for row in rows {
        let counts_for = |choice| bits.counts_for(choice, row.fails);
        if let Some(sold) = row.sold {
            let (bucket, in_stock, on_offer) = (sold >> 2, sold & 2 != 0, sold & 1 != 0);
            looked_at += row.count;
            if row.fails == 0 {
                total += row.count;
            }
            if counts_for(&Choice::Stock) {
                *(if in_stock { &mut facets.in_stock } else { &mut facets.out_of_stock }) += row.count;
            }
            if counts_for(&Choice::Offer) && on_offer {
                facets.on_offer += row.count;
            }
            if counts_for(&Choice::Price) {
                if let Some(bucket) = usize::try_from(bucket).ok().and_then(|bucket| buckets.get_mut(bucket)) {
                    *bucket += row.count;
                }
                cheapest = cheapest.into_iter().chain(row.cheapest).min();
                dearest = dearest.into_iter().chain(row.dearest).max();
            }
        } else if let Some(brand) = row.brand {
            if counts_for(&Choice::Brand) && !brand.is_empty() {
                *brands.entry(brand).or_default() += row.count;
            }
        } else if let Some(category) = row.category_id
            && counts_for(&Choice::Category)
        {
            *categories.entry(category).or_default() += row.count;
        }
    }

    let money = |minor| Money::new(minor, shop.currency);
    facets.price = PriceFacet {
        min: cheapest.map(money),
        max: dearest.map(money),
        ranges: ranges(scope, &edges, &buckets, shop.currency),
    };
    facets.categories = category_facets(scope, tree, &categories);
    facets.brands = values(brands.into_iter().collect(), BRANDS_AT_MOST, |brand| scope.filter.brands.contains(brand));
    if looked_at <= COUNT_OPTIONS_UP_TO || !scope.filter.options.is_empty() {
        facets.options = count_options(shop, scope, &bits).await?;
    }
    Ok(Counted { total, facets: Arc::new(facets) })
}

/// Counts in three ways. Each way of counting has one key, so that it runs through an index or a small hash table.
async fn alike(shop: &Shop, scope: &Scope<'_>, bits: &Bits, edges: &[i64]) -> Result<Vec<Alike>> {
    let push_rows = |sql: &mut QueryBuilder<Postgres>| {
        sql.push("select s.category_id, s.brand, s.price_min, 4 * width_bucket(s.price_min, ")
            .push_bind(edges.to_vec());
        sql.push(") + case when s.stock > 0 then 2 else 0 end + case when s.discount > 0 then 1 else 0 end as sold, ");
        bits.push(scope, sql);
        sql.push(" as fails from product_index s where ");
        scope.push_base(sql);
    };
    // What a search found is looked at once; anything else three times, since an index alone can answer.
    let mut sql = QueryBuilder::new("");
    let found_once = scope.plan.is_some();
    if found_once {
        sql.push("with found as materialized (");
        push_rows(&mut sql);
        sql.push(") ");
    }
    let ways = [
        ("category_id, null::text as brand, null::int as sold", "category_id", "null::bigint", "null::bigint"),
        ("null::uuid, brand, null", "brand", "null", "null"),
        ("null, null, sold", "sold", "min(price_min)", "max(price_min)"),
    ];
    for (n, (columns, key, cheapest, dearest)) in ways.into_iter().enumerate() {
        sql.push(if n == 0 { "select " } else { " union all select " });
        sql.push(format!("{columns}, fails, count(*) as count, {cheapest} as cheapest, {dearest} as dearest from "));
        if found_once {
            sql.push("found");
        } else {
            sql.push("(");
            push_rows(&mut sql);
            sql.push(") rows");
        }
        if !bits.0.is_empty() {
            sql.push(" where fails = any(").push_bind(bits.that_matter()).push(")");
        }
        sql.push(format!(" group by {key}, fails"));
    }
    Ok(sql.build_query_as().persistent(false).fetch_all(&shop.db).await?)
}

fn ranges(scope: &Scope<'_>, edges: &[i64], buckets: &[i64], currency: Currency) -> Vec<PriceRange> {
    let money = |minor| Money::new(minor, currency);
    let range = |(i, &count): (usize, &i64)| {
        let min = i.checked_sub(1).and_then(|i| edges.get(i)).copied();
        let max = edges.get(i).map(|edge| edge - 1);
        let selected = (scope.filter.min_price, scope.filter.max_price) == (min, max);
        PriceRange { min: min.map(money), max: max.map(money), count, selected }
    };
    buckets.iter().enumerate().map(range).filter(|range| range.count > 0 || range.selected).collect()
}

fn category_facets(scope: &Scope<'_>, tree: &Tree, direct: &HashMap<CategoryId, i64>) -> Vec<CategoryFacet> {
    let facet = |category: &Category| {
        let count = tree.branch(category.id).iter().filter_map(|c| direct.get(&c.id)).sum();
        CategoryFacet::new(category, count, Some(category.id) == scope.category)
    };
    let level = |parent| -> Vec<CategoryFacet> {
        tree.children(parent).filter(|c| c.shown).map(facet).filter(|c| c.count > 0 || c.selected).collect()
    };
    let below = level(scope.category);
    match scope.category.and_then(|id| tree.get(id)) {
        Some(leaf) if below.is_empty() && scope.plan.is_some() => level(leaf.parent),
        _ => below,
    }
}

/// The most frequent values, and all chosen ones.
fn values(mut counts: Vec<(String, i64)>, at_most: usize, is_chosen: impl Fn(&str) -> bool) -> Vec<ValueFacet> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let facets = counts.into_iter().map(|(value, count)| {
        let selected = is_chosen(&value);
        ValueFacet { value, count, selected }
    });
    facets.enumerate().filter(|(i, facet)| *i < at_most || facet.selected).map(|(_, facet)| facet).collect()
}

async fn count_options(shop: &Shop, scope: &Scope<'_>, bits: &Bits) -> Result<Vec<OptionFacet>> {
    let mut sql = QueryBuilder::new("select option, fails, count(*) from (select s.options, ");
    bits.push(scope, &mut sql);
    sql.push(" as fails from product_index s where s.options <> '{}' and ");
    scope.push_base(&mut sql);
    sql.push(") rows cross join lateral unnest(options) as option");
    if !bits.0.is_empty() {
        sql.push(" where fails = any(").push_bind(bits.that_matter()).push(")");
    }
    sql.push(" group by option, fails");
    let rows: Vec<(String, i32, i64)> = sql.build_query_as().persistent(false).fetch_all(&shop.db).await?;

    let mut names: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for (option, fails, count) in rows {
        let Some((name, value)) = option.split_once('\u{1f}') else { continue };
        if bits.counts_for(&Choice::Option(name.to_owned()), fails) {
            *names.entry(name.to_owned()).or_default().entry(value.to_owned()).or_default() += count;
        }
    }
    let mut names: Vec<_> = names.into_iter().collect();
    let chosen = |name: &str| scope.filter.options.contains_key(name);
    names.sort_by_key(|(name, values)| (!chosen(name), -values.values().sum::<i64>()));
    let facets = names.into_iter().take(OPTIONS_AT_MOST).map(|(name, counts)| {
        let is_chosen = |value: &str| scope.filter.options.get(&name).is_some_and(|values| values.contains(value));
        let mut values = values(counts.into_iter().collect(), VALUES_AT_MOST, is_chosen);
        values.sort_by_cached_key(|facet| natural(&facet.value));
        OptionFacet { values, name }
    });
    Ok(facets.collect())
}

/// Numbers by their value, so that 8 mm stands before 10 mm.
fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let words = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(words);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        if !word.is_empty() {
            parts.push((u64::MAX, word.to_lowercase()));
        }
        if !number.is_empty() {
            parts.push((number.parse().unwrap_or(u64::MAX - 1), String::new()));
        }
        rest = after;
    }
    parts
}

cache::key!(CountOf(Members) => Counted, at most 1_000);

impl DependsOn for Counted {
    const LISTS: bool = true;
}

/// Which products a list holds, whatever its order and page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Members(Filter);

impl Members {
    pub fn of(filter: &Filter) -> Self {
        Self(Filter { sort: None, then: Vec::new(), page: None, limit: None, ..filter.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn sizes_stand_in_their_order() {
        let mut sizes = ["10 mm", "8 mm", "M12", "M6", "100 mm", "Large", "99999999999999999999999"];
        sizes.sort_by_cached_key(|size| natural(size));
        assert_eq!(sizes, ["8 mm", "10 mm", "100 mm", "99999999999999999999999", "Large", "M6", "M12"]);
    }
}
