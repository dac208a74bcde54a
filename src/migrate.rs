//! Bringing a database up to date: its tables, what no SQL can convert, and the tables of the queue.

use crate::db::{self, Db};
use crate::{Result, accounts, jobs};

/// Brings the database up to date; several processes may try at once. Forward only.
pub async fn migrate(db: &Db) -> Result<()> {
    db::migrate(db).await?;
    accounts::keep_in_ascii(db).await?;
    jobs::migrate(db).await
}
