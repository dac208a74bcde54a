//! Webhooks from the terminal.

use crate::commands::open::Opened;
use anyhow::{Context, Result};
use clap::Subcommand;
use secrecy::ExposeSecret;
use shop::Paging;
use shop::accounts::System;
use shop::id::{DeliveryId, WebhookId};
use shop::webhooks::{
    self, DeliveryQuery, DeliveryStatus, EndpointInput, EndpointQuery, KeyInput, ReplayInput, RotateInput,
};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum WebhooksCommand {
    /// All webhooks, and how they stand
    List,
    /// Make a webhook; the secret that signs its messages is shown once
    Create(Create),
    /// Send nothing to a webhook until it is resumed; what happens is kept for thirty days
    Pause { webhook: WebhookId },
    /// Send to a webhook again, with what waited
    Resume { webhook: WebhookId },
    /// Send a test to a webhook
    Test { webhook: WebhookId },
    /// Delete a webhook, with its log and what waits for it
    Delete { webhook: WebhookId },
    /// Replace the secret of a webhook; the new one is shown once
    RotateSecret(Rotate),
    /// Add a public key of the receiver, and encrypt messages with it
    AddKey(AddKey),
    /// What was sent to a webhook last, and what waits
    Deliveries(Deliveries),
    /// Send a message again
    Redeliver { delivery: DeliveryId },
    /// Send again what happened within some time
    Replay(Replay),
}

#[derive(clap::Args)]
pub struct Create {
    /// What receives there
    #[arg(long)]
    name: String,
    /// Where messages are posted to, by https
    #[arg(long)]
    url: String,
    /// Such as order.paid, or * for all; several with commas or by naming this again
    #[arg(long = "topic", value_delimiter = ',', required = true)]
    topics: Vec<String>,
    /// One message at a time, in order
    #[arg(long)]
    ordered: bool,
}

#[derive(clap::Args)]
pub struct Rotate {
    webhook: WebhookId,
    /// v1 (a secret) or v1a (a pair of keys)
    #[arg(long, default_value = "v1")]
    kind: String,
    /// For how many hours the former one signs too, 168 at most
    #[arg(long, default_value = "24")]
    overlap_hours: String,
}

#[derive(clap::Args)]
pub struct AddKey {
    webhook: WebhookId,
    /// A file with the public JWK
    jwk: PathBuf,
    /// Only add it; messages are encrypted as before
    #[arg(long)]
    inactive: bool,
}

#[derive(clap::Args)]
pub struct Deliveries {
    webhook: WebhookId,
    /// Only those that are pending, delivered or dead
    #[arg(long)]
    status: Option<String>,
}

#[derive(clap::Args)]
pub struct Replay {
    webhook: WebhookId,
    /// From this moment on, such as 2026-12-24T18:00:00Z
    #[arg(long)]
    from: String,
    /// Up to this moment; up to now, if left out
    #[arg(long)]
    to: Option<String>,
    /// Only of these topics
    #[arg(long = "topic", value_delimiter = ',')]
    topics: Vec<String>,
    /// Only what did not arrive
    #[arg(long)]
    undelivered: bool,
}

pub async fn run(opened: &Opened, command: WebhooksCommand) -> Result<()> {
    let shop = &opened.app.shop;
    match command {
        WebhooksCommand::List => list(opened).await?,
        WebhooksCommand::Create(new) => create(opened, new).await?,
        WebhooksCommand::Pause { webhook } => {
            webhooks::pause(shop, &System, webhook).await?;
            println!("Paused.");
        }
        WebhooksCommand::Resume { webhook } => {
            webhooks::resume(shop, &System, webhook).await?;
            println!("Resumed. What waited is sent by the worker.");
        }
        WebhooksCommand::Test { webhook } => {
            webhooks::send_test(shop, &System, webhook).await?;
            println!("The worker sends the test.");
        }
        WebhooksCommand::Delete { webhook } => {
            webhooks::delete(shop, &System, webhook).await?;
            println!("Deleted.");
        }
        WebhooksCommand::RotateSecret(which) => rotate(opened, which).await?,
        WebhooksCommand::AddKey(key) => {
            let jwk = std::fs::read_to_string(&key.jwk).with_context(|| format!("reading {}", key.jwk.display()))?;
            let input = KeyInput { jwk: jwk.into(), is_active: (!key.inactive).to_string().into() };
            webhooks::add_key(shop, &System, key.webhook, input).await?;
            println!("The key is there.");
        }
        WebhooksCommand::Deliveries(which) => deliveries(opened, which).await?,
        WebhooksCommand::Redeliver { delivery } => {
            webhooks::redeliver(shop, &System, delivery).await?;
            println!("The worker sends it again.");
        }
        WebhooksCommand::Replay(what) => replay(opened, what).await?,
    }
    Ok(())
}

async fn list(opened: &Opened) -> Result<()> {
    let query = EndpointQuery { search: String::new(), state: None, paging: Paging::new(1, Paging::MAX_LIMIT) };
    let found = webhooks::endpoints(&opened.app.shop, &System, &query).await?;
    for one in &found.items {
        let health = &one.health;
        println!(
            "{}  {}  {}  {}  [{}]  delivered {}, waiting {}, dead {}",
            one.id,
            one.state.word(),
            one.name,
            one.url,
            one.topics.join(" "),
            health.delivered,
            health.pending,
            health.dead,
        );
    }
    if found.items.is_empty() {
        println!("There are no webhooks.");
    }
    Ok(())
}

/// The secret alone goes to standard output, so that it can be piped into a secret store.
async fn create(opened: &Opened, new: Create) -> Result<()> {
    let input = EndpointInput {
        name: new.name.into(),
        url: new.url.into(),
        topics: new.topics.into_iter().map(Into::into).collect(),
        is_ordered: new.ordered.to_string().into(),
        ..EndpointInput::default()
    };
    let made = webhooks::create(&opened.app.shop, &System, input).await?;
    eprintln!("Webhook {}. Its secret is shown this once:", made.id);
    println!("{}", made.secret.expose_secret());
    Ok(())
}

async fn rotate(opened: &Opened, which: Rotate) -> Result<()> {
    let shop = &opened.app.shop;
    let input = RotateInput { kind: which.kind.into(), overlap_hours: which.overlap_hours.into() };
    match webhooks::rotate_secret(shop, &System, which.webhook, input).await? {
        Some(secret) => {
            eprintln!("The new secret is shown this once:");
            println!("{}", secret.expose_secret());
        }
        None => {
            let keys = webhooks::signing_keys(shop, &System, which.webhook).await?;
            keys.iter().filter_map(|key| key.public_key.as_deref()).take(1).for_each(|key| println!("{key}"));
        }
    }
    Ok(())
}

async fn deliveries(opened: &Opened, which: Deliveries) -> Result<()> {
    let status = match which.status.as_deref() {
        None => None,
        Some(word) => Some(DeliveryStatus::parse(word).context("--status is pending, delivered or dead")?),
    };
    let query = DeliveryQuery { status, topic: None, event: None, paging: Paging::new(1, 50) };
    let found = webhooks::deliveries(&opened.app.shop, &System, which.webhook, &query).await?;
    for one in &found.items {
        let answer = one.error.clone().or(one.http_status.map(|status| status.to_string())).unwrap_or_default();
        let at = one.created_at.format("%Y-%m-%d %H:%M:%S");
        println!("{}  {at}  {}  {}  {} attempts  {answer}", one.id, one.status.word(), one.topic, one.attempts);
    }
    println!("{} of {}.", found.items.len(), found.total);
    Ok(())
}

async fn replay(opened: &Opened, what: Replay) -> Result<()> {
    let input = ReplayInput {
        from: what.from.into(),
        to: what.to.unwrap_or_default().into(),
        topics: what.topics.into_iter().map(Into::into).collect(),
        undelivered: what.undelivered.to_string().into(),
    };
    let messages = webhooks::replay(&opened.app.shop, &System, what.webhook, input).await?;
    println!("The worker sends {messages} messages.");
    Ok(())
}
