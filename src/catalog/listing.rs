//! Lists of products for shoppers: a category, a search, with choices, in an order, page by page.

use super::card::cards;
use super::facets::{self, CategoryFacet, Counted, Facets};
use super::facets::{CountOf, Members};
use super::filter::{Filter, Sort};
use super::scope::Scope;
use super::search::{self, Plan};
use super::{ProductCard, Tree, category_counts, tree};
use crate::cache::{self, DependsOn};
use crate::id::ProductId;
use crate::{Error, Page, Paging, Result, Shop};
use sqlx::{Postgres, QueryBuilder};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Listing {
    pub page: Page<ProductCard>,
    pub facets: Arc<Facets>,
    pub sort: Sort,
    /// The words that were searched for instead, because what was typed finds nothing.
    pub did_you_mean: Option<String>,
    /// When nothing was found: words that find something, and categories to look into.
    pub suggestions: Vec<String>,
    pub popular: Vec<CategoryFacet>,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            page: Page::new(Vec::new(), 0, Paging::new(1, 1)),
            facets: Arc::default(),
            sort: Sort::Newest,
            did_you_mean: None,
            suggestions: Vec::new(),
            popular: Vec::new(),
        }
    }
}

/// A page of products that shoppers may see, with what the list could be narrowed by. A category that there is not, or
/// that is hidden, holds none.
pub async fn list(shop: &Shop, filter: &Filter) -> Result<Arc<Listing>> {
    let filter = bounded(shop, filter);
    shop.cache.get_or_read(ListOf(filter.clone()), || at_first_sight(shop, Box::pin(read(shop, &filter, true)))).await
}

/// The same without facets: they are empty, and nothing was counted for them.
pub async fn list_without_facets(shop: &Shop, filter: &Filter) -> Result<Arc<Listing>> {
    let filter = bounded(shop, filter);
    shop.cache
        .get_or_read(PlainListOf(filter.clone()), || at_first_sight(shop, Box::pin(read(shop, &filter, false))))
        .await
}

/// One list has one key, and whatever a caller put into the filter is within bounds.
fn bounded(shop: &Shop, filter: &Filter) -> Filter {
    Filter::parse(filter.pairs(shop.currency), shop.currency)
}

/// Few lists that are not in the cache are read at a time: a crawler that asks for one after the other waits in its
/// own queue, and the database is left to checkouts.
async fn at_first_sight<T>(shop: &Shop, read: impl Future<Output = Result<T>>) -> Result<T> {
    match shop.db.heavy_read(FIRST_SIGHT_WAIT).await {
        Some(_turn) => read.await,
        None => Err(Error::Unavailable(anyhow::anyhow!("too many lists are being read for the first time"))),
    }
}

/// How long a list waits for its turn.
const FIRST_SIGHT_WAIT: Duration = Duration::from_secs(2);

async fn read(shop: &Shop, filter: &Filter, with_facets: bool) -> Result<Listing> {
    let tree = tree(shop).await?;
    let nothing =
        || Listing { page: Page::new(Vec::new(), 0, filter.paging()), sort: filter.order(), ..Listing::default() };
    let category = match &filter.category {
        Some(slug) => match tree.by_slug(slug).filter(|c| c.shown) {
            Some(category) => Some(category.id),
            None => return Ok(nothing()),
        },
        None => None,
    };
    let plan = match filter.q.is_empty() {
        true => None,
        false => Some(search::plan(shop, &filter.q, &tree.hidden()).await?),
    };
    if let Some(plan) = &plan
        && !plan.finds_something
    {
        let suggestions = search::suggestions(shop, &filter.q, &tree.hidden()).await?;
        return Ok(Listing { suggestions, popular: popular(shop, &tree).await?, ..nothing() });
    }

    let scope = Scope::new(filter, &tree, category, plan.as_ref());
    let counted = match with_facets {
        true => {
            shop.cache
                .get_or_read(CountOf(Members::of(filter)), || Box::pin(facets::count(shop, &scope, &tree)))
                .await?
        }
        false => Arc::new(Counted { total: facets::total(shop, &scope).await?, ..Counted::default() }),
    };
    let ids = match counted.total {
        0 => Vec::new(),
        _ => page_of(shop, &scope).await?,
    };
    let query = plan.as_ref().map(|plan| plan.query.as_str());
    Ok(Listing {
        page: Page::new(cards(shop, &ids, query).await?, counted.total, filter.paging()),
        facets: counted.facets.clone(),
        sort: filter.order(),
        did_you_mean: plan.filter(|plan| plan.words != filter.q).map(|plan| plan.words),
        suggestions: Vec::new(),
        popular: Vec::new(),
    })
}

/// The largest categories at the root.
async fn popular(shop: &Shop, tree: &Tree) -> Result<Vec<CategoryFacet>> {
    let counts = category_counts(shop).await?;
    let mut roots: Vec<_> = tree
        .children(None)
        .filter(|c| c.shown)
        .map(|c| CategoryFacet::new(c, counts.get(&c.id).copied().unwrap_or(0), false))
        .filter(|c| c.count > 0)
        .collect();
    roots.sort_by_key(|c| -c.count);
    roots.truncate(6);
    Ok(roots)
}

/// More hits than anyone looks at are not ranked, only counted.
const RANKED_AT_MOST: i64 = 20_000;

async fn page_of(shop: &Shop, scope: &Scope<'_>) -> Result<Vec<ProductId>> {
    let paging = scope.filter.paging();
    let mut sql = QueryBuilder::new("");
    let searched = scope.plan.filter(|_| scope.filter.order() == Sort::Relevance);
    match searched {
        Some(plan) => push_ranked(&mut sql, scope, plan),
        None => {
            sql.push("select s.product_id from product_index s where ");
            scope.push_all(&mut sql);
            let first = scope.filter.order().sql();
            sql.push(" order by ").push(first);
            push_then(&mut sql, scope);
            // in the direction of the index
            sql.push(if first.ends_with("desc") { ", s.product_id desc" } else { ", s.product_id" });
        }
    }
    sql.push(" limit ").push_bind(i64::from(paging.limit())).push(" offset ").push_bind(paging.offset());
    // Each list is another question: a plan made for all of them alike would be a bad one for most.
    Ok(sql.build_query_scalar().persistent(false).fetch_all(&shop.db).await?)
}

/// Whole names and SKUs first, then codes with the separators that were typed, then what says the words close together
/// in its name, then in its brand and the like, then what only its description says. A short name says a word louder
/// than a long one; sold-out things lose a little.
fn push_ranked(sql: &mut QueryBuilder<Postgres>, scope: &Scope<'_>, plan: &Plan) {
    sql.push("with hits as (select s.product_id, s.published_at, s.name, s.price_min, s.discount, (case when s.product_id = any(");
    sql.push_bind(plan.exact.clone()).push(") then 100 when lower(s.name) = lower(").push_bind(plan.words.clone());
    sql.push(") then 10 else 0 end");
    if search::is_parted(&plan.words) {
        sql.push(" + case when s.sought like fold_like(").push_bind(plan.words.clone()).push(") then 5 else 0 end");
    }
    sql.push(" + ts_rank_cd('{0.1, 0.2, 0.4, 1}', s.words, ").push_bind(plan.query.clone());
    sql.push(
        "::tsquery) - length(s.name) / 1000.0) * case when s.stock = 0 then 0.7 else 1 end as score, array_position(",
    );
    sql.push_bind(plan.described.clone()).push(", s.product_id) as described from product_index s where ");
    scope.push_all(sql);
    sql.push(" limit ").push_bind(RANKED_AT_MOST);
    sql.push(") select s.product_id from hits s order by s.described is not null, s.score desc, s.described");
    push_then(sql, scope);
    sql.push(", s.published_at desc, s.product_id desc");
}

fn push_then(sql: &mut QueryBuilder<Postgres>, scope: &Scope<'_>) {
    for sort in &scope.filter.then {
        sql.push(", ").push(sort.sql());
    }
}

cache::key!(ListOf(Filter) => Listing, at most 2_000);

impl DependsOn for Listing {
    const LISTS: bool = true;
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        self.page.items.iter().map(|card| card.id)
    }
}

cache::key! {
    /// A list that was read without its facets.
    PlainListOf(Filter) => Listing, at most 2_000
}
