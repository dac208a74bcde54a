//! Opens the shop: database, files, mail, payments.

use crate::config::Config;
use crate::web::App;
use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use shop::announce::{Announcements, PostgresBus};
use shop::cache::Cache;
use shop::checkout::UnpaidBounds;
use shop::db::embedded::Embedded;
use shop::email::{MailTransport, Mailer, MailerConfig};
use shop::files::Files;
use shop::keys::{EncryptionKeys, TokenKeys};
use shop::outbound::Client;
use shop::payments::{Gateway, GatewayConfig};
use shop::words::Locale;
use shop::{Clock, Shop};
use sqlx::postgres::PgConnectOptions;
use std::sync::Arc;
use url::Url;

/// What the offline Stripe is asked with; it takes no real money, so these are no secrets.
pub const SANDBOX_KEY: &str = "sk_test_ironmonger_sandbox";
pub const SANDBOX_PUBLISHABLE_KEY: &str = "pk_test_ironmonger_sandbox";
pub const SANDBOX_WEBHOOK_SECRET: &str = "whsec_ironmonger_sandbox";

/// An open shop, and the server it may have started.
pub struct Opened {
    pub app: App,
    embedded: Option<Embedded>,
}

/// Opens the shop. The database is reached, but not migrated.
pub async fn open(config: Config) -> Result<Opened> {
    let (options, embedded) = database(&config).await?;
    let db = shop::db::connect(options, config.database_connections)
        .await
        .context("the database does not answer; is DATABASE_URL right?")?;
    let bus = Arc::new(PostgresBus::new(db.clone()));
    let shop = Shop {
        locale: Locale::default(),
        db,
        clock: Clock::real(),
        currency: config.currency,
        public_url: config.public_url.clone(),
        files: files(&config).context("opening the file store")?,
        mailer: mailer(&config)?,
        gateway: gateway(&config)?,
        outbound: Client::new(config.outbound_reach).context("preparing to ask addresses that people typed")?,
        token_keys: token_keys(&config)?,
        encryption_keys: encryption_keys(&config)?,
        unpaid: config.unpaid_orders.map(UnpaidBounds::of),
        announcements: Announcements::default(),
        bus,
        cache: Cache::default(),
    };
    Ok(Opened { app: App::new(shop, config), embedded })
}

impl Opened {
    /// Ends all connections, and the embedded server if it is ours.
    pub async fn close(self) {
        self.app.shop.db.close().await;
        drop(self.embedded);
    }
}

async fn database(config: &Config) -> Result<(PgConnectOptions, Option<Embedded>)> {
    match &config.database_url {
        Some(url) => Ok((url.expose_secret().parse().context("DATABASE_URL is not a PostgreSQL address")?, None)),
        None => {
            let dir = config.data_dir.join("postgres");
            let server = Embedded::start(&dir, "ironmonger", true).await.context("starting the embedded database")?;
            Ok((server.options(), Some(server)))
        }
    }
}

fn files(config: &Config) -> Result<Files> {
    match &config.bucket {
        Some(bucket) => Files::in_bucket(bucket),
        None => Files::local(&config.data_dir.join("files")),
    }
}

fn gateway(config: &Config) -> Result<Gateway> {
    let config = match &config.stripe_secret_key {
        Some(key) => GatewayConfig {
            secret_key: key.expose_secret().to_owned(),
            publishable_key: config.stripe_publishable_key.clone(),
            webhook_secrets: config.stripe_webhook_secrets.iter().map(|s| s.expose_secret().to_owned()).collect(),
            api_base: config.stripe_api_base.clone(),
        },
        None => GatewayConfig {
            secret_key: SANDBOX_KEY.to_owned(),
            publishable_key: Some(SANDBOX_PUBLISHABLE_KEY.to_owned()),
            webhook_secrets: vec![SANDBOX_WEBHOOK_SECRET.to_owned()],
            api_base: Some(Url::parse(&config.payment_page_origin)?),
        },
    };
    Gateway::try_new(config)
}

fn token_keys(config: &Config) -> Result<TokenKeys> {
    if config.jwt_secrets.is_empty() {
        return TokenKeys::kept_in(&config.data_dir.join("token-key"));
    }
    TokenKeys::new(config.jwt_secrets.iter().cloned()).context("JWT_SECRET")
}

fn encryption_keys(config: &Config) -> Result<EncryptionKeys> {
    if config.encryption_keys.is_empty() {
        return EncryptionKeys::kept_in(&config.data_dir.join("encryption-key"));
    }
    EncryptionKeys::new(config.encryption_keys.iter().cloned()).context("ENCRYPTION_KEY")
}

fn mailer(config: &Config) -> Result<Mailer> {
    let transport = match &config.smtp_url {
        Some(url) => MailTransport::Smtp(url.clone()),
        None => MailTransport::Folder(config.data_dir.join("mail")),
    };
    Mailer::new(&MailerConfig { from: config.mail_from.clone(), transport })
}
