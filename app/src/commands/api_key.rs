//! API keys from the terminal.

use crate::commands::open::Opened;
use anyhow::Result;
use chrono::{DateTime, Utc};
use shop::accounts::System;
use shop::accounts::api_keys::{CreateApiKey, create_at_terminal, list_at_terminal, revoke_at_terminal};
use std::fmt::Display;

#[derive(clap::Args)]
pub struct Create {
    /// What the key is for
    #[arg(long)]
    name: String,
    /// What it may do, such as orders:read; several with commas or by naming this again
    #[arg(long = "scope", value_delimiter = ',', required = true)]
    scopes: Vec<String>,
    /// After how long it ends, such as 90d or 12h; never, if left out
    #[arg(long)]
    expires: Option<String>,
}

#[derive(clap::Args)]
pub struct Revoke {
    /// The beginning of the key as the list shows it (im_…), or its id
    key: String,
}

/// The key alone goes to standard output, so that it can be piped into a secret store.
pub async fn create(opened: &Opened, new: Create) -> Result<()> {
    let input = CreateApiKey {
        name: new.name.into(),
        scopes: new.scopes.into_iter().map(Into::into).collect(),
        expires: new.expires.unwrap_or_default().into(),
    };
    let made = create_at_terminal(&opened.app.shop, System, input).await?;
    match made.expires_at {
        Some(at) => eprintln!("Key {}, good until {} UTC. It is shown this once:", made.prefix, minute(at)),
        None => eprintln!("Key {}, good until it is revoked. It is shown this once:", made.prefix),
    }
    println!("{}", made.secret.expose());
    Ok(())
}

fn minute(at: DateTime<Utc>) -> impl Display {
    at.format("%Y-%m-%d %H:%M")
}

pub async fn list(opened: &Opened) -> Result<()> {
    let keys = list_at_terminal(&opened.app.shop, System).await?;
    for key in &keys {
        let state = key.state.word();
        let used = key.last_used_at.map_or("never used".to_owned(), |at| format!("last used {}", minute(at)));
        let ends = key.expires_at.map_or(String::new(), |at| format!(", ends {}", minute(at)));
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
        println!("{}  {state}  {}  [{}]  {used}{ends}", key.prefix, key.name, scopes.join(" "));
    }
    if keys.is_empty() {
        println!("There are no API keys.");
    }
    Ok(())
}

pub async fn revoke(opened: &Opened, which: Revoke) -> Result<()> {
    revoke_at_terminal(&opened.app.shop, System, &which.key).await?;
    println!("{} is revoked.", which.key);
    Ok(())
}
