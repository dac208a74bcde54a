//! Who has a product open to edit it, so that colleagues see it on the same page.

use crate::actors::{Permission, Staff};
use crate::id::{ProductId, UserId};
use crate::live_topic::LiveTopic;
use crate::{Result, Shop};
use chrono::TimeDelta;
use std::time::Duration;
use uuid::Uuid;

/// So often it is said again that somebody is still there.
pub(super) const SAY_EVERY: Duration = Duration::from_secs(20);
/// Whoever was not heard of for so long is gone.
fn patience() -> TimeDelta {
    TimeDelta::seconds(50)
}

/// A member of staff who has a product open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    pub user: UserId,
    pub name: String,
}

/// Who else has this product open, by their names.
///
/// # Errors
/// `Forbidden` without `catalog:read`.
pub async fn others(shop: &Shop, staff: &Staff, product: ProductId) -> Result<Vec<Editor>> {
    staff.may(Permission::CatalogRead)?;
    let editors = sqlx::query_as!(
        Editor,
        r#"select distinct user_id as "user: UserId", name
           from product_editors
           where product_id = $1 and user_id <> $2 and until > $3
           order by name"#,
        product as _,
        staff.id() as _,
        shop.clock.now(),
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(editors)
}

/// Somebody opened it, by this connection.
pub(super) async fn begin(shop: &Shop, staff: &Staff, product: ProductId, connection: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into product_editors (connection, product_id, user_id, name, until)
         values ($1, $2, $3, $4, $5)
         on conflict (connection) do nothing",
        connection,
        product as _,
        staff.id() as _,
        staff.name(),
        shop.clock.now() + patience(),
    )
    .execute(&shop.db)
    .await?;
    shop.announcements.changed([LiveTopic::Editing(product)]);
    Ok(())
}

/// These connections are still there. Forgets those of whom nobody says so any more.
pub(super) async fn go_on(shop: &Shop, connections: &[Uuid]) -> Result<()> {
    let now = shop.clock.now();
    let gone = sqlx::query_scalar!(
        r#"with there as (
            update product_editors set until = $2 where connection = any($1)
        )
        delete from product_editors
        where until < $3 and not connection = any($1)
        returning product_id as "product: ProductId""#,
        connections,
        now + patience(),
        now,
    )
    .fetch_all(&shop.db)
    .await?;
    shop.announcements.changed(gone.into_iter().map(LiveTopic::Editing));
    Ok(())
}

pub(super) async fn end(shop: &Shop, product: ProductId, connection: Uuid) -> Result<()> {
    sqlx::query!("delete from product_editors where connection = $1", connection).execute(&shop.db).await?;
    shop.announcements.changed([LiveTopic::Editing(product)]);
    Ok(())
}
