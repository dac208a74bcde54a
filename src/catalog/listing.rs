//! Lists of products for shoppers: a category, a search, with choices, in an order, page by page.

use super::card::cards;
use super::facets::{self, CategoryFacet, Counted, Facets};
use super::filter::{Filter, Sort};
use super::search::{self, Plan};
use super::{ProductCard, Tree, category_counts, tree};
use crate::id::{CategoryId, ProductId};
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

/// A page of products that shoppers may see, with what the list could be narrowed by. A category that there is not, or that
/// is hidden, holds none.
pub async fn list(shop: &Shop, filter: &Filter) -> Result<Arc<Listing>> {
    let filter = bounded(shop, filter);
    shop.memory.listing(&filter, at_first_sight(shop, Box::pin(read(shop, &filter, true)))).await
}

/// The same for whoever shows no facets: they are empty, and nothing was counted for them.
pub async fn list_without_facets(shop: &Shop, filter: &Filter) -> Result<Arc<Listing>> {
    let filter = bounded(shop, filter);
    shop.memory.plain_listing(&filter, at_first_sight(shop, Box::pin(read(shop, &filter, false)))).await
}

/// One list has one key, and whatever a caller put into the filter is within bounds.
fn bounded(shop: &Shop, filter: &Filter) -> Filter {
    Filter::parse(filter.pairs(shop.currency), shop.currency)
}

/// Lists that nobody saw before are read few at a time: whoever asks for one after the other waits for himself, and the
/// database is left to those who buy.
async fn at_first_sight<T>(shop: &Shop, read: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(FIRST_SIGHT_WAIT, shop.memory.first_sights().acquire()).await {
        Ok(Ok(_turn)) => read.await,
        _ => Err(Error::Unavailable(anyhow::anyhow!("too many lists are being read for the first time"))),
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
        true => shop.memory.counted(filter, Box::pin(facets::count(shop, &scope, &tree))).await?,
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

/// Which products a list is about, as conditions on `product_shelf s`.
pub(super) struct Scope<'a> {
    pub filter: &'a Filter,
    pub category: Option<CategoryId>,
    pub plan: Option<&'a Plan>,
    pub hidden: Vec<CategoryId>,
    pub branch: Vec<CategoryId>,
}

/// One thing that a shopper may have chosen. What a facet counts leaves its own choice out of account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Category,
    Brand,
    Price,
    Stock,
    Offer,
    Option(String),
    /// One variant has the chosen value of every option.
    Together,
}

impl<'a> Scope<'a> {
    fn new(filter: &'a Filter, tree: &Tree, category: Option<CategoryId>, plan: Option<&'a Plan>) -> Self {
        let branch = category.map(|id| tree.branch(id).iter().map(|c| c.id).collect()).unwrap_or_default();
        Self { filter, category, plan, hidden: tree.hidden(), branch }
    }

    /// What was chosen, as conditions that a facet may leave out. Without a search the category is not among them: nobody
    /// asks how much there is in all the others, and it would mean to count the whole shop for each page.
    pub fn choices(&self) -> Vec<Choice> {
        let filter = self.filter;
        let mut choices = Vec::new();
        let mut when = |chosen: bool, choice| {
            if chosen {
                choices.push(choice)
            }
        };
        when(self.category.is_some() && self.plan.is_some(), Choice::Category);
        when(!filter.brands.is_empty(), Choice::Brand);
        when(filter.min_price.is_some() || filter.max_price.is_some(), Choice::Price);
        when(filter.in_stock, Choice::Stock);
        when(filter.on_offer, Choice::Offer);
        when(filter.options.len() > 1, Choice::Together);
        choices.extend(filter.options.keys().cloned().map(Choice::Option));
        choices
    }

    /// What no facet leaves out.
    pub fn push_base(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("s.shown");
        if !self.hidden.is_empty() {
            sql.push(" and (s.category_id is null or s.category_id <> all(").push_bind(self.hidden.clone()).push("))");
        }
        if self.category.is_some() && self.plan.is_none() {
            sql.push(" and ");
            self.push(&Choice::Category, sql);
        }
        if let Some(plan) = self.plan {
            sql.push(" and (s.words @@ ").push_bind(plan.query.clone()).push("::tsquery");
            if !(plan.exact.is_empty() && plan.described.is_empty()) {
                let ids: Vec<ProductId> = plan.exact.iter().chain(&plan.described).copied().collect();
                sql.push(" or s.product_id = any(").push_bind(ids).push(")");
            }
            sql.push(")");
        }
        if !self.filter.tags.is_empty() {
            let tags: Vec<String> = self.filter.tags.iter().cloned().collect();
            sql.push(" and s.tags && ").push_bind(tags);
        }
    }

    /// The base and every choice: what the list holds.
    pub fn push_all(&self, sql: &mut QueryBuilder<Postgres>) {
        self.push_base(sql);
        for choice in self.choices() {
            sql.push(" and ");
            self.push(&choice, sql);
        }
    }

    pub fn push(&self, choice: &Choice, sql: &mut QueryBuilder<Postgres>) {
        let filter = self.filter;
        match choice {
            Choice::Category => {
                sql.push("s.category_id = any(").push_bind(self.branch.clone()).push(")");
            }
            Choice::Brand => {
                let brands: Vec<String> = filter.brands.iter().cloned().collect();
                sql.push("s.brand = any(").push_bind(brands).push(")");
            }
            Choice::Price => {
                sql.push("s.price_min between ").push_bind(filter.min_price.unwrap_or(0));
                sql.push(" and ").push_bind(filter.max_price.unwrap_or(i64::MAX));
            }
            Choice::Stock => {
                sql.push("s.stock > 0");
            }
            Choice::Offer => {
                sql.push("s.discount > 0");
            }
            Choice::Option(name) => {
                sql.push("s.options && ").push_bind(option_keys(filter, name));
            }
            Choice::Together => {
                let keys: Vec<String> = filter.options.keys().flat_map(|name| option_keys(filter, name)).collect();
                sql.push(
                    "exists (
                        select from variants v
                        where v.product_id = s.product_id and v.is_active and (
                            select count(*)
                            from product_options o
                            where o.product_id = v.product_id
                              and o.name || chr(31) || case o.position when 1 then v.option1 when 2 then v.option2 else v.option3 end
                                  = any(",
                );
                sql.push_bind(keys).push(")) = ").push_bind(filter.options.len() as i64).push(")");
            }
        }
    }
}

/// As `product_shelf.options` holds them.
fn option_keys(filter: &Filter, name: &str) -> Vec<String> {
    filter.options.get(name).into_iter().flatten().map(|value| format!("{name}\u{1f}{value}")).collect()
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
            sql.push("select s.product_id from product_shelf s where ");
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

/// Whole names and SKUs first, then codes with the separators that were typed, then what says the words close together in its
/// name, then in its brand and the like, then what only its description says. A short name says a word louder than a long one;
/// sold-out things lose a little.
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
    sql.push_bind(plan.described.clone()).push(", s.product_id) as described from product_shelf s where ");
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
