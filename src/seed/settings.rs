//! What the sample shop is called and says of itself. Settings that somebody saved before stay.

use crate::{Act, Result};
use serde_json::json;

pub(super) async fn write(act: &mut Act<'_>) -> Result<()> {
    let sample = [
        ("shopName", json!("Ironmonger")),
        ("tagline", json!("Hardware worth keeping")),
        (
            "about",
            json!(
                "Tools, hinges, handles and fixings in brass, iron and good steel. Made to be repaired, sold by the piece."
            ),
        ),
        ("contactEmail", json!("hello@ironmonger.example")),
        ("addressLines", json!(["12 Anvil Yard", "Sheffield", "S1 2AB"])),
        ("returnDays", json!(30)),
        // an ironmonger in Britain
        ("timeZone", json!("Europe/London")),
    ];
    for (key, value) in sample {
        sqlx::query!(
            "insert into settings (key, value, updated_at) values ($1, $2, $3) on conflict (key) do nothing",
            key,
            value,
            act.now,
        )
        .execute(&mut **act)
        .await?;
    }
    Ok(())
}
