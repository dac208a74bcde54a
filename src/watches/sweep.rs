//! What is over is forgotten.

use super::confirm::OPEN;
use crate::{Result, Shop};
use chrono::TimeDelta;

/// Whoever was told may still use the links of the mail.
const TOLD_FOR: TimeDelta = TimeDelta::days(90);
/// A link that was used says for so long that all is done.
const ENDED_FOR: TimeDelta = TimeDelta::days(7);

/// Forgets watches that nobody confirmed for a week, those that were told ninety days ago and those that were ended a
/// week ago. Answers how many.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let now = shop.clock.now();
    let gone = sqlx::query!(
        "delete from watches
         where status = 'pending' and created_at <= $1
            or status = 'told' and coalesce(ended_at, told_at) <= $2
            or status = 'ended' and coalesce(ended_at, told_at) <= $3",
        now - OPEN,
        now - TOLD_FOR,
        now - ENDED_FOR,
    )
    .execute(&shop.db)
    .await?;
    Ok(gone.rows_affected())
}
