//! The versions of what can be followed, as the database has them.

use crate::id::ProductId;
use crate::live_topic::LiveTopic;
use crate::{Result, Shop, notifications};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use uuid::Uuid;

/// A version, and the products on which it depends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub text: String,
    pub products: Vec<ProductId>,
}

/// The version of a topic that a page is about to show, to be asked for before what it shows is read: what changes in
/// between is then only read once more. A product's page has its own ([`super::product_version`]). Empty when there is
/// no such thing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn version(shop: &Shop, topic: LiveTopic) -> Result<String> {
    Ok(versions(shop, &[topic]).await?.remove(&topic).unwrap_or_default().text)
}

/// The versions of these topics, by one question for each kind. Products are not among them: they are read as their
/// pages are. What there is not has none.
pub(super) async fn versions(shop: &Shop, topics: &[LiveTopic]) -> Result<HashMap<LiveTopic, Version>> {
    let mut all = HashMap::new();
    let ids = |of: fn(LiveTopic) -> Option<Uuid>| topics.iter().filter_map(|topic| of(*topic)).collect::<Vec<_>>();
    let orders = ids(|topic| if let LiveTopic::Order(id) = topic { Some(id.0) } else { None });
    if !orders.is_empty() {
        let rows = sqlx::query!(
            r#"select id as "id: crate::id::OrderId", order_version(id) as "version!" from orders where id = any($1)"#,
            &orders,
        );
        let rows = rows.fetch_all(&shop.db).await?;
        all.extend(rows.into_iter().map(|row| (LiveTopic::Order(row.id), plain(row.version))));
    }
    let carts = ids(|topic| if let LiveTopic::Cart(id) = topic { Some(id.0) } else { None });
    if !carts.is_empty() {
        let rows = sqlx::query!(
            r#"select c.id as "id: crate::id::CartId", cart_version(c.id) as "version!",
                      array(
                          select distinct v.product_id
                          from cart_items i
                          join variants v on v.id = i.variant_id
                          where i.cart_id = c.id
                      ) as "products!: Vec<ProductId>"
               from carts c
               where c.id = any($1)"#,
            &carts,
        );
        let rows = rows.fetch_all(&shop.db).await?;
        all.extend(
            rows.into_iter()
                .map(|row| (LiveTopic::Cart(row.id), Version { text: row.version, products: row.products })),
        );
    }
    let variants = ids(|topic| if let LiveTopic::Stock(id) = topic { Some(id.0) } else { None });
    if !variants.is_empty() {
        let rows = sqlx::query!(
            r#"select variant_id as "id: crate::id::VariantId",
                      md5(string_agg(concat_ws(' ', location_id, on_hand, reserved), ',' order by location_id)) as "version!"
               from stock_levels
               where variant_id = any($1)
               group by variant_id"#,
            &variants,
        );
        let rows = rows.fetch_all(&shop.db).await?;
        all.extend(rows.into_iter().map(|row| (LiveTopic::Stock(row.id), plain(row.version))));
    }
    let imports = ids(|topic| if let LiveTopic::Import(id) = topic { Some(id.0) } else { None });
    if !imports.is_empty() {
        let rows = sqlx::query!(
            r#"select id as "id: crate::id::ImportId", md5(concat_ws(' ', status, rows_read, bytes_read)) as "version!"
               from imports
               where id = any($1)"#,
            &imports,
        );
        let rows = rows.fetch_all(&shop.db).await?;
        all.extend(rows.into_iter().map(|row| (LiveTopic::Import(row.id), plain(row.version))));
    }
    let conversations = ids(|topic| if let LiveTopic::Conversation(id) = topic { Some(id.0) } else { None });
    if !conversations.is_empty() {
        let rows = sqlx::query!(
            r#"select id as "id: crate::id::ConversationId", revision from conversations where id = any($1)"#,
            &conversations,
        );
        let rows = rows.fetch_all(&shop.db).await?;
        all.extend(rows.into_iter().map(|row| (LiveTopic::Conversation(row.id), plain(row.revision.to_string()))));
    }
    let edited = ids(|topic| if let LiveTopic::Editing(id) = topic { Some(id.0) } else { None });
    if !edited.is_empty() {
        let rows = sqlx::query!(
            r#"select asked.id as "id!: ProductId",
                      (select coalesce(md5(string_agg(distinct user_id::text, ',' order by user_id::text)), '')
                       from product_editors e
                       where e.product_id = asked.id and e.until > $2) as "version!"
               from unnest($1::uuid[]) as asked (id)"#,
            &edited,
            shop.clock.now(),
        );
        let rows = rows.fetch_all(&shop.db).await?;
        all.extend(rows.into_iter().map(|row| (LiveTopic::Editing(row.id), plain(row.version))));
    }
    if topics.contains(&LiveTopic::AdminNotifications) {
        let end = notifications::end(&shop.db).await?;
        all.insert(LiveTopic::AdminNotifications, plain(end.to_string()));
    }
    for (topic, sql) in LISTS {
        if topics.contains(topic) {
            let version: String = sqlx::query_scalar(AssertSqlSafe(*sql)).fetch_one(&shop.db).await?;
            all.insert(*topic, plain(version));
        }
    }
    Ok(all)
}

fn plain(text: String) -> Version {
    Version { text, products: Vec::new() }
}

/// The newest rows of each list, by when they were written last; not checked macros, for jobs are the queue's own.
const LISTS: &[(LiveTopic, &str)] = &[
    (
        LiveTopic::AdminOrders,
        "select coalesce(md5(string_agg(id || ' ' || xmin, ',' order by id)), '')
         from (select id, xmin from orders order by created_at desc limit 100) newest",
    ),
    (
        LiveTopic::AdminPayments,
        "select md5(concat_ws(' ',
            (select string_agg(id || ' ' || xmin, ',' order by id)
             from (select id, xmin from payments order by created_at desc limit 100) newest),
            (select count(*) from payment_differences where status = 'open')
         ))",
    ),
    (
        LiveTopic::AdminConversations,
        "select md5(concat_ws(' ',
            (select string_agg(id || ' ' || revision, ',' order by id)
             from (select id, revision from conversations order by last_message_at desc, id desc limit 100) newest),
            (select count(*) from conversations where waiting_since is not null)
         ))",
    ),
    (
        LiveTopic::AdminJobs,
        "select md5(concat_ws(' ', count(*), max(id), sum(attempts), count(locked_at), sum(extract(epoch from run_at))))
         from graphile_worker._private_jobs",
    ),
];
