//! What staff see of the pictures that imports named by address, and trying those again that did not come.

use super::FetchStatus;
use crate::actors::{May, Permission};
use crate::audit::{self, Entry};
use crate::id::{FetchId, ProductId};
use crate::input::like_pattern;
use crate::jobs::{self, Job};
use crate::{Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Postgres, QueryBuilder};

words! {
    #[derive(Default)]
    pub enum FetchSort {
        #[default]
        Newest = "created:desc",
        Oldest = "created:asc",
        NameUp = "name:asc",
        NameDown = "name:desc",
    }
}

impl FetchSort {
    fn sql(self) -> &'static str {
        match self {
            Self::Newest => "f.created_at desc, f.id desc",
            Self::Oldest => "f.created_at, f.id",
            Self::NameUp => r#"p.name collate "und-x-icu", p.id, f.position, f.id"#,
            Self::NameDown => r#"p.name collate "und-x-icu" desc, p.id desc, f.position, f.id"#,
        }
    }
}

/// Which part of the list is asked for.
#[derive(Debug, Clone)]
pub struct FetchQuery {
    /// In the product's name or the picture's address.
    pub search: String,
    pub status: Option<FetchStatus>,
    pub sort: FetchSort,
    pub paging: Paging,
}

/// A picture that was to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FetchLine {
    pub id: FetchId,
    pub product: ProductId,
    pub product_name: String,
    pub url: String,
    pub status: FetchStatus,
    /// Why it failed, in words.
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A page of the list, and how many of each status fit the search.
#[derive(Debug, Clone)]
pub struct FetchList {
    pub page: Page<FetchLine>,
    statuses: Vec<(FetchStatus, i64)>,
}

impl FetchList {
    /// Of a status, or of all.
    pub fn count(&self, status: Option<FetchStatus>) -> i64 {
        self.statuses.iter().filter(|(of, _)| status.is_none_or(|status| status == *of)).map(|(_, count)| count).sum()
    }
}

const FROM: &str = " from image_fetches f join products p on p.id = f.product_id where true";

/// Every picture that was ever named by address.
pub async fn fetch_list(shop: &Shop, who: &dyn May, query: &FetchQuery) -> Result<FetchList> {
    who.may(Permission::CatalogRead)?;
    let mut count = QueryBuilder::new("select f.status, count(*)");
    count.push(FROM);
    search(&mut count, &query.search);
    count.push(" group by f.status");
    let statuses = count.build_query_as().persistent(false).fetch_all(&shop.db).await?;

    let mut list = QueryBuilder::new(
        "select f.id, p.id as product, p.name as product_name, f.url, f.status, f.last_error as reason, f.created_at, f.finished_at",
    );
    list.push(FROM);
    search(&mut list, &query.search);
    if let Some(status) = query.status {
        list.push(" and f.status = ").push_bind(status.word());
    }
    list.push(" order by ").push(query.sort.sql());
    list.push(" limit ").push_bind(i64::from(query.paging.limit()));
    list.push(" offset ").push_bind(query.paging.offset());
    let lines = list.build_query_as().persistent(false).fetch_all(&shop.db).await?;
    let mut list = FetchList { page: Page::new(lines, 0, query.paging), statuses };
    list.page.total = list.count(query.status);
    Ok(list)
}

fn search(sql: &mut QueryBuilder<Postgres>, words: &str) {
    for word in words.split_whitespace().take(8) {
        let pattern = like_pattern(word);
        sql.push(" and (p.name ilike ").push_bind(pattern.clone());
        sql.push(" or f.url ilike ").push_bind(pattern).push(")");
    }
}

/// Which of those that failed are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    One(FetchId),
    Of(ProductId),
    All,
}

/// More than these wait for the next time: each is a row and a job in one transaction.
const AT_ONCE: i64 = 1000;

/// Tries those that failed again; how many these are.
pub async fn retry_fetches(shop: &Shop, who: &dyn May, which: Retry) -> Result<usize> {
    who.may(Permission::CatalogWrite)?;
    let (one, product) = match which {
        Retry::One(fetch) => (Some(fetch), None),
        Retry::Of(product) => (None, Some(product)),
        Retry::All => (None, None),
    };
    act!(shop, who, "product.picture_retry", |act| {
        let again = sqlx::query!(
            r#"update image_fetches
               set status = 'pending', last_error = null, finished_at = null
               where id in (
                   select id
                   from image_fetches
                   where status = 'failed' and ($1::uuid is null or id = $1) and ($2::uuid is null or product_id = $2)
                   order by created_at, id
                   limit $3
                   for update skip locked
               )
               returning id as "id: FetchId", product_id as "product: ProductId", url"#,
            one as _,
            product as _,
            AT_ONCE,
        )
        .fetch_all(&mut *act)
        .await?;
        for row in &again {
            jobs::enqueue(&mut act, &Job::FetchImage { fetch: row.id })?;
            let entry = Entry {
                action: "product.picture_retry",
                entity_type: audit::Entity::Product,
                entity_id: row.product.to_string(),
            };
            let wanted = json!({ "fetch": row.id, "url": row.url });
            audit::record(&mut act, entry, &(), &wanted)?;
        }
        act.commit(again.len()).await
    })
}
