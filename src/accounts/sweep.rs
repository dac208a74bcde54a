//! What is over and may go.

use super::known_devices;
use crate::{Result, Shop, throttle};
use chrono::TimeDelta;

/// Removes expired sessions, links, registrations and refresh tokens, devices that never came back, and counts of
/// attempts whose window is over. Each statement by itself: none depends on another. Answers how many rows went.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let now = shop.clock.now();
    // a link that was used is known for a while, so that its reuse is noticed
    let month_ago = now - TimeDelta::days(30);
    let sessions = sqlx::query!("delete from sessions where expires_at <= $1", now).execute(&shop.db).await?;
    let links = sqlx::query!("delete from user_tokens where expires_at <= $1", month_ago).execute(&shop.db).await?;
    // one that was replaced is known until it would be refused for its age
    let tokens = sqlx::query!("delete from refresh_tokens where expires_at <= $1", now).execute(&shop.db).await?;
    let asked = sqlx::query!("delete from registrations where expires_at <= $1", now).execute(&shop.db).await?;
    let counts = throttle::sweep(shop).await?;
    let devices = known_devices::sweep(shop).await?;
    let rows = sessions.rows_affected() + links.rows_affected() + asked.rows_affected() + tokens.rows_affected();
    Ok(rows + counts + devices)
}
