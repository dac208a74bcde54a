//! The commands of the program.

mod api_key;
mod doctor;
mod import;
mod jobs;
mod open;
mod seed;
mod serve;
mod staff;
mod webhooks;

use crate::config::{Config, Environment, QUIET};
use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use std::ffi::OsStr;
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;

pub use open::{Opened, open};

/// A whole shop in one program. Every setting is an environment variable; see .env.example.
#[derive(Parser)]
#[command(name = "ironmonger", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the shop (what happens without a command, too)
    Serve(serve::Options),
    /// Do the work that waits (mail, payments to be settled, …) without serving pages
    Work,
    /// Bring the database's schema up to date
    Migrate,
    /// Write the sample shop into an empty database (development only)
    Seed(seed::Options),
    /// Import products from a CSV file as Shopify exports them
    Import(import::Options),
    /// Run the offline Stripe by itself
    StripeSandbox(serve::SandboxOptions),
    /// Look at everything the shop stands on, and say what to do about what is wrong
    Doctor,
    /// Staff accounts
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Keys with which machines use the JSON API
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Work in the background that failed
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Where events are posted to
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
    /// What is encrypted in the database
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Encrypt everything anew with the first of ENCRYPTION_KEY; can be broken off and begun again
    Rotate,
    /// Sign for the sealed channel of live updates with another key
    RotateChannel,
}

#[derive(Subcommand)]
enum JobsCommand {
    /// How the queue stands, and what was given up
    List,
    /// Try what was given up again
    Retry(jobs::Retry),
}

#[derive(Subcommand)]
enum ApiKeyCommand {
    /// Make a key; it is shown once
    Create(api_key::Create),
    /// All keys, without their secrets
    List,
    /// End a key at once
    Revoke(api_key::Revoke),
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Make an account for somebody who works here
    Create(staff::Create),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> Result<()> {
    let config = Config::from_env()?;
    let command = cli.command.unwrap_or(Command::Serve(serve::Options::default()));
    // what the doctor asks for may fail, and what that means is in the doctor's own words
    log_as(&config, if matches!(command, Command::Doctor) { "off" } else { QUIET });
    // async-stripe and reqwest find their TLS here
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async move {
        match command {
            Command::Serve(options) => serve::serve(config, options).await,
            Command::Work => serve::work(config).await,
            Command::Migrate => migrate(config).await,
            Command::Seed(options) => with_shop(config, async |opened| seed::seed(opened, options).await).await,
            Command::Import(options) => with_shop(config, async |opened| import::import(opened, options).await).await,
            Command::StripeSandbox(options) => serve::sandbox(config, options).await,
            Command::Doctor => doctor(config).await,
            Command::Staff(StaffCommand::Create(who)) => {
                with_shop(config, async |opened| staff::create(opened, who).await).await
            }
            Command::ApiKey(ApiKeyCommand::Create(new)) => {
                with_shop(config, async |opened| api_key::create(opened, new).await).await
            }
            Command::Jobs(JobsCommand::List) => with_shop(config, jobs::list).await,
            Command::Jobs(JobsCommand::Retry(which)) => {
                with_shop(config, async |opened| jobs::retry(opened, which).await).await
            }
            Command::Webhooks(command) => with_shop(config, async |opened| webhooks::run(opened, command).await).await,
            Command::Keys(KeysCommand::Rotate) => with_shop(config, rotate_keys).await,
            Command::Keys(KeysCommand::RotateChannel) => with_shop(config, rotate_channel).await,
            Command::ApiKey(ApiKeyCommand::List) => with_shop(config, api_key::list).await,
            Command::ApiKey(ApiKeyCommand::Revoke(which)) => {
                with_shop(config, async |opened| api_key::revoke(opened, which).await).await
            }
        }
    })
}

/// Opens the shop, migrated, for one command.
async fn with_shop(config: Config, command: impl AsyncFnOnce(&Opened) -> Result<()>) -> Result<()> {
    let opened = open(config).await?;
    shop::migrate(&opened.app.shop.db, &opened.app.shop.encryption_keys).await.context("migrating")?;
    let done = command(&opened).await;
    opened.close().await;
    done
}

async fn rotate_keys(opened: &Opened) -> Result<()> {
    let tell = |column: &'static str, done| println!("  {column}: {done}");
    let rotated = shop::at_rest::rotate(&opened.app.shop, tell).await?;
    println!("{} values were encrypted anew with the first of ENCRYPTION_KEY.", rotated.values);
    match rotated.unreadable {
        0 => println!("The others may go, once no process runs with one of them as its first."),
        n => bail!("{n} values cannot be read with any of ENCRYPTION_KEY: put their key back (`ironmonger doctor`)"),
    }
    Ok(())
}

async fn rotate_channel(opened: &Opened) -> Result<()> {
    let kid = shop::live::channel::rotate(&opened.app.shop, &shop::accounts::System).await?;
    println!("{kid} signs for the sealed channel from now on. The one before is published for 90 days more.");
    Ok(())
}

async fn doctor(config: Config) -> Result<()> {
    let opened = open(config).await?;
    let examined = doctor::examine(&opened).await;
    opened.close().await;
    examined
}

async fn migrate(config: Config) -> Result<()> {
    let opened = open(config).await?;
    let pending = shop::db::pending_migrations(&opened.app.shop.db).await?;
    shop::migrate(&opened.app.shop.db, &opened.app.shop.encryption_keys).await.context("migrating")?;
    match pending.len() {
        0 => println!("The schema is up to date."),
        n => println!("{n} migrations applied: {}", pending.join(", ")),
    }
    opened.close().await;
    Ok(())
}

/// Pretty in development, JSON in production; `otherwise` is the filter where `LOG` says nothing.
fn log_as(config: &Config, otherwise: &str) {
    let filter = config.log.as_deref().unwrap_or(otherwise);
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(stderr);
    let lines = lines.with_ansi(is_coloured(stderr().is_terminal(), std::env::var_os("NO_COLOR").as_deref()));
    match config.environment {
        Environment::Development => lines.compact().init(),
        Environment::Production => lines.json().flatten_event(true).init(),
    }
}

/// Colour is for people who look at a terminal and did not ask for none. <https://no-color.org>
fn is_coloured(is_terminal: bool, no_color: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_only_and_can_be_declined() {
        assert!(is_coloured(true, None) && is_coloured(true, Some(OsStr::new(""))));
        assert!(!is_coloured(true, Some(OsStr::new("1"))));
        assert!(!is_coloured(false, None) && !is_coloured(false, Some(OsStr::new("1"))));
    }
}
