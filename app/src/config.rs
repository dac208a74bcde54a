//! Every environment variable: documented here and in `.env.example`, read once at the start.

mod origins;
mod rate;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use shop::files::Bucket;
use shop::live::Bounds;
use shop::outbound::Reach;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

pub use origins::Origins;
pub use rate::Rate;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

/// How many connections of clients are held open.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// In all. Default 4096, or what the limit of open files allows.
    pub all: usize,
    /// From one address (IPv6: one /64). Default 512; none where proxies of ours stand in front, whose address all
    /// have.
    pub per_address: Option<usize>,
}

/// How the shop runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// `APP_ENV`: `development` (default) or `production`.
    pub environment: Environment,
    /// `HOST` and `PORT`: where to listen. Default `127.0.0.1:3000`.
    pub listen: SocketAddr,
    /// `PUBLIC_URL`: what links and cookies use. Default in development: `http://localhost:PORT`.
    pub public_url: Url,
    /// `DATABASE_URL`: a PostgreSQL 15 or newer. Without it (development only) an embedded server is started.
    pub database_url: Option<SecretString>,
    /// `DATABASE_CONNECTIONS`: the size of the pool. Default 20.
    pub database_connections: u32,
    /// `DATA_DIR`: embedded database, pictures, mail. Default `./.data`, or a place that fits; see [`data_dir`].
    pub data_dir: PathBuf,
    /// `FILES_URL`, `FILES_PATH_STYLE` and [`AWS`]: the bucket that keeps pictures, as `s3://bucket/prefix`. Without it
    /// they lie in DATA_DIR.
    pub bucket: Option<Bucket>,
    /// `UPLOAD_LIMIT_MB`: the most that one upload of several pictures may come to. Default 100; one picture: 20.
    pub upload_limit: usize,
    /// `SHOP_CURRENCY`: the currency that prices are kept in, ISO 4217. Default `GBP`.
    pub currency: shop::Currency,
    /// `STRIPE_SECRET_KEY`: without it (development only) the offline Stripe is started.
    pub stripe_secret_key: Option<SecretString>,
    /// `STRIPE_PUBLISHABLE_KEY`: for paying in apps, and in place.
    pub stripe_publishable_key: Option<String>,
    /// `STRIPE_EMBEDDED`: `on` shows Stripe's form on a page of ours where scripts run. Default `off`: on Stripe's
    /// page.
    pub stripe_embedded: bool,
    /// Where that form's script comes from: Stripe's own, or the offline Stripe's; follows from the Stripe settings.
    pub stripe_script: String,
    /// `STRIPE_WEBHOOK_SECRET`: signing secrets of the webhook endpoint, separated by commas while one is rotated out.
    pub stripe_webhook_secrets: Vec<SecretString>,
    /// `STRIPE_API_BASE`: another address than Stripe's own, for tests.
    pub stripe_api_base: Option<Url>,
    /// `STRIPE_SANDBOX_PORT`: where the offline Stripe listens on loopback. Default: PORT + 1.
    pub sandbox_port: u16,
    /// Where payment pages live, for the Content-Security-Policy; follows from the Stripe settings.
    pub payment_page_origin: String,
    /// `SMTP_URL`: such as `smtps://user:password@mail.example.com`. Without it mail is written to files in DATA_DIR.
    pub smtp_url: Option<SecretString>,
    /// `MAIL_FROM`: the sender of all mail, with the shop's name unless it has one. Default `shop@localhost`.
    pub mail_from: String,
    /// `JWT_SECRET`: signs tokens of the JSON API; at least 32 characters. Several, separated by commas, while one is
    /// rotated out: the first one signs, all verify. Without it (development only) one is made and kept in DATA_DIR.
    pub jwt_secrets: Vec<SecretString>,
    /// `ENCRYPTION_KEY`: encrypts what must not be read in the database; at least 32 characters. Several, separated by
    /// commas, while one is rotated out: the first one encrypts, all decrypt. Lost, what it encrypted is lost. Without
    /// it (development only) one is made and kept in DATA_DIR.
    pub encryption_keys: Vec<SecretString>,
    /// `OUTBOUND_REACH`: where addresses that people typed (webhooks, pictures) may lead: `public` (default in
    /// production) or, in development only, this machine as well (`local`, the default there) or alone (`loopback`).
    pub outbound_reach: Reach,
    /// `TRUSTED_PROXIES`: how many proxies of yours stand in front. Default 0.
    pub trusted_proxies: usize,
    /// `CONNECTIONS` and `CONNECTIONS_PER_ADDRESS`: how many clients may be connected.
    pub connections: Connections,
    /// `LIVE_CONNECTIONS` and `LIVE_CONNECTIONS_PER_ADDRESS`: how many may follow what they have open. Default 3000, at
    /// most three quarters of CONNECTIONS; and 200 from one address (IPv6: one /64).
    pub live: Bounds,
    /// `REQUESTS_AT_ONCE`: how many pages and answers are in work at once, and as many writes; staff have a quarter of
    /// that to themselves. Default: four for each connection to the database.
    pub requests_at_once: usize,
    /// `API_RATE_ADDRESS`: how often one address may ask the JSON API, as `600/min` (default), or `off`.
    pub api_rate_address: Option<Rate>,
    /// `API_RATE_PRINCIPAL`: how often one key or user may, from all its addresses. Default `1200/min`.
    pub api_rate_principal: Option<Rate>,
    /// `FORM_RATE_ADDRESS`: how often one address may send a form of the pages. Default `300/min`.
    pub form_rate_address: Option<Rate>,
    /// `UNPAID_ORDERS`: how many orders one account or e-mail address may leave unpaid at once (a network twice as
    /// many), and with that half of a variant's stock at most; or `off`. Default 10.
    pub unpaid_orders: Option<u32>,
    /// `CORS_ORIGINS`: the sites whose pages may read the JSON API, separated by commas, or `*`. Default: none.
    pub cors_origins: Origins,
    /// `METRICS_TOKEN`: whoever sends it may read `/metrics`; at least 32 characters. Without it there is no such
    /// address.
    pub metrics_token: Option<SecretString>,
    /// `LOG`: which log lines are written, in tracing's filter syntax. Default: `info`, less of some libraries.
    pub log: Option<String>,
}

/// Every variable that is read, for the test that holds `.env.example` against it.
pub const VARIABLES: &[&str] = &[
    "APP_ENV",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "DATABASE_URL",
    "DATABASE_CONNECTIONS",
    "DATA_DIR",
    "FILES_URL",
    "FILES_PATH_STYLE",
    "AWS_ENDPOINT_URL",
    "UPLOAD_LIMIT_MB",
    "PG_BIN",
    "SHOP_CURRENCY",
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_EMBEDDED",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_API_BASE",
    "STRIPE_SANDBOX_PORT",
    "SMTP_URL",
    "MAIL_FROM",
    "JWT_SECRET",
    "ENCRYPTION_KEY",
    "OUTBOUND_REACH",
    "TRUSTED_PROXIES",
    "CONNECTIONS",
    "CONNECTIONS_PER_ADDRESS",
    "REQUESTS_AT_ONCE",
    "API_RATE_ADDRESS",
    "API_RATE_PRINCIPAL",
    "FORM_RATE_ADDRESS",
    "UNPAID_ORDERS",
    "CORS_ORIGINS",
    "METRICS_TOKEN",
    "LOG",
];

/// How a bucket lets us in, under the names that AWS's own tools read: keys in so many words, or those that a cluster
/// or a machine hands to what runs on it. Read only with a bucket.
pub const AWS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// Of the release that goes with the version of the API that we speak.
/// <https://docs.stripe.com/sdks/stripejs-versioning>
const STRIPE_SCRIPT: &str = "https://js.stripe.com/endive/stripe.js";

/// `info` from us, warnings from libraries that talk much.
pub const QUIET: &str = "info,graphile_worker_migrations=warn,graphile_worker=warn,sqlx=warn";

/// Production does not start without these, nor with a default for any of them.
const REQUIRED: &[&str] =
    &["DATABASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "JWT_SECRET", "ENCRYPTION_KEY", "PUBLIC_URL"];

impl Config {
    pub fn from_env() -> Result<Self> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads from any source of variables; all that is missing is named at once.
    pub fn read(source: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let var = |name: &str| source(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let environment = match var("APP_ENV").as_deref() {
            None | Some("development") => Environment::Development,
            Some("production") => Environment::Production,
            Some(other) => bail!("APP_ENV is {other:?}; it must be development or production"),
        };
        let production = environment == Environment::Production;
        let missing: Vec<&str> = REQUIRED.iter().copied().filter(|name| var(name).is_none()).collect();
        if production && !missing.is_empty() {
            bail!("production needs these variables to be set: {} (see .env.example)", missing.join(", "));
        }

        let port: u16 = parse("PORT", var("PORT"), 3000)?;
        let host = var("HOST").unwrap_or_else(|| "127.0.0.1".into());
        let listen = format!("{host}:{port}").parse().with_context(|| format!("HOST {host:?} is not an address"))?;
        let public_url = address("PUBLIC_URL", var("PUBLIC_URL"))?;
        let public_url = match public_url {
            Some(url) => url,
            None => Url::parse(&format!("http://localhost:{port}"))?,
        };
        let stripe_secret_key = var("STRIPE_SECRET_KEY");
        if !production && stripe_secret_key.as_deref().is_some_and(|key| key.contains("k_live_")) {
            bail!("STRIPE_SECRET_KEY is a live key, and APP_ENV is not production: no real money in development");
        }
        let stripe_publishable_key = publishable_key(var("STRIPE_PUBLISHABLE_KEY"), stripe_secret_key.as_deref())?;
        let sandbox_port: u16 = parse("STRIPE_SANDBOX_PORT", var("STRIPE_SANDBOX_PORT"), port.wrapping_add(1))?;
        let stripe_api_base = address("STRIPE_API_BASE", var("STRIPE_API_BASE"))?;
        let payment_page_origin = match (&stripe_secret_key, &stripe_api_base) {
            (None, _) => format!("http://127.0.0.1:{sandbox_port}"),
            (Some(_), Some(base)) => base.origin().ascii_serialization(),
            (Some(_), None) => "https://checkout.stripe.com".to_owned(),
        };
        // in production no other script than Stripe's own ever asks for a card
        let is_offline = !production && (stripe_secret_key.is_none() || stripe_api_base.is_some());
        let stripe_script =
            if is_offline { format!("{payment_page_origin}/stripe.js") } else { STRIPE_SCRIPT.to_owned() };
        let currency = var("SHOP_CURRENCY").unwrap_or_else(|| "GBP".into());
        for name in ["JWT_SECRET", "ENCRYPTION_KEY"] {
            if several(var(name)).iter().any(|secret| secret.expose_secret().len() < 32) {
                bail!("{name} is too short: at least 32 characters");
            }
        }
        if var("METRICS_TOKEN").is_some_and(|secret| secret.len() < 32) {
            bail!("METRICS_TOKEN is too short: at least 32 characters");
        }
        let secret = |name| var(name).map(SecretString::from);
        let database_connections = parse("DATABASE_CONNECTIONS", var("DATABASE_CONNECTIONS"), 20)?;
        let trusted_proxies = parse("TRUSTED_PROXIES", var("TRUSTED_PROXIES"), 0)?;
        let per_address = parse("CONNECTIONS_PER_ADDRESS", var("CONNECTIONS_PER_ADDRESS"), 512)?;
        let connections = parse("CONNECTIONS", var("CONNECTIONS"), 4096)?;
        Ok(Self {
            environment,
            listen,
            public_url,
            database_url: secret("DATABASE_URL"),
            database_connections,
            data_dir: var("DATA_DIR").map_or_else(data_dir, PathBuf::from),
            bucket: bucket(&var)?,
            upload_limit: parse::<u16>("UPLOAD_LIMIT_MB", var("UPLOAD_LIMIT_MB"), 100)? as usize * (1 << 20),
            currency: shop::Currency::parse(&currency)
                .with_context(|| format!("SHOP_CURRENCY {currency:?} is not one we know"))?,
            stripe_secret_key: stripe_secret_key.map(SecretString::from),
            stripe_publishable_key,
            stripe_embedded: switch("STRIPE_EMBEDDED", var("STRIPE_EMBEDDED"))?,
            stripe_script,
            stripe_webhook_secrets: several(var("STRIPE_WEBHOOK_SECRET")),
            stripe_api_base,
            sandbox_port,
            payment_page_origin,
            smtp_url: secret("SMTP_URL"),
            mail_from: var("MAIL_FROM").unwrap_or_else(|| "shop@localhost".into()),
            jwt_secrets: several(var("JWT_SECRET")),
            encryption_keys: several(var("ENCRYPTION_KEY")),
            outbound_reach: outbound_reach(var("OUTBOUND_REACH"), production)?,
            trusted_proxies,
            connections: Connections { all: connections, per_address: (trusted_proxies == 0).then_some(per_address) },
            live: Bounds {
                all: parse("LIVE_CONNECTIONS", var("LIVE_CONNECTIONS"), 3_000)?.min(connections * 3 / 4),
                per_network: Some(parse("LIVE_CONNECTIONS_PER_ADDRESS", var("LIVE_CONNECTIONS_PER_ADDRESS"), 200)?),
                ..Bounds::default()
            },
            requests_at_once: parse("REQUESTS_AT_ONCE", var("REQUESTS_AT_ONCE"), database_connections as usize * 4)?,
            api_rate_address: rate("API_RATE_ADDRESS", var("API_RATE_ADDRESS"), "600/min")?,
            api_rate_principal: rate("API_RATE_PRINCIPAL", var("API_RATE_PRINCIPAL"), "1200/min")?,
            form_rate_address: rate("FORM_RATE_ADDRESS", var("FORM_RATE_ADDRESS"), "300/min")?,
            unpaid_orders: unpaid_orders(var("UNPAID_ORDERS"))?,
            cors_origins: cors(var("CORS_ORIGINS"))?,
            metrics_token: secret("METRICS_TOKEN"),
            log: var("LOG"),
        })
    }

    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// No Stripe key: payments go to the offline Stripe, and no money moves.
    pub fn uses_sandbox(&self) -> bool {
        self.stripe_secret_key.is_none()
    }

    /// Shoppers whose browser runs scripts may pay without leaving for Stripe's page.
    pub fn pays_in_place(&self) -> bool {
        self.stripe_embedded && (self.uses_sandbox() || self.stripe_publishable_key.is_some())
    }

    /// Where the stand-in for Stripe's script comes from, if it is one.
    pub fn offline_script_origin(&self) -> Option<String> {
        (self.stripe_script != STRIPE_SCRIPT).then(|| self.payment_page_origin.clone())
    }

    /// Payments are only a test: the offline Stripe, or one of Stripe's test keys.
    pub fn is_test_mode(&self) -> bool {
        self.stripe_secret_key.as_ref().is_none_or(|key| !key.expose_secret().contains("k_live_"))
    }
}

/// Secrets separated by commas.
fn several(value: Option<String>) -> Vec<SecretString> {
    value.map(|all| all.split(',').map(|s| SecretString::from(s.trim())).collect()).unwrap_or_default()
}

fn switch(name: &str, value: Option<String>) -> Result<bool> {
    match value.as_deref() {
        None | Some("off") => Ok(false),
        Some("on") => Ok(true),
        Some(other) => bail!("{name} is {other:?}; it must be on or off"),
    }
}

fn rate(name: &str, value: Option<String>, default: &str) -> Result<Option<Rate>> {
    match value.as_deref().unwrap_or(default) {
        "off" => Ok(None),
        rate => match rate.parse() {
            Ok(rate) => Ok(Some(rate)),
            Err(()) => bail!("{name} is {rate:?}; it must be such as 600/min, 10/s or 5000/h, or off"),
        },
    }
}

fn unpaid_orders(value: Option<String>) -> Result<Option<u32>> {
    match value.as_deref().unwrap_or("10") {
        "off" => Ok(None),
        number => match number.parse() {
            Ok(number @ 1..=100_000) => Ok(Some(number)),
            _ => bail!("UNPAID_ORDERS is {number:?}; it must be a number from 1 to 100000, or off"),
        },
    }
}

fn outbound_reach(value: Option<String>, production: bool) -> Result<Reach> {
    match value.as_deref() {
        None if production => Ok(Reach::Public),
        None => Ok(Reach::Local),
        Some("public") => Ok(Reach::Public),
        Some("local") if !production => Ok(Reach::Local),
        Some("loopback") if !production => Ok(Reach::Loopback),
        Some(other) => bail!("OUTBOUND_REACH is {other:?}; it must be public, or in development local or loopback"),
    }
}

fn cors(value: Option<String>) -> Result<Origins> {
    value.unwrap_or_default().parse().map_err(|why: String| anyhow::anyhow!("CORS_ORIGINS: {why}"))
}

fn bucket(var: &impl Fn(&str) -> Option<String>) -> Result<Option<Bucket>> {
    let Some(given) = var("FILES_URL") else { return Ok(None) };
    let url =
        Url::parse(&given).ok().filter(|url| url.scheme() == "s3" && url.host_str().is_some_and(|h| !h.is_empty()));
    let Some(url) = url else { bail!("FILES_URL is {given:?}; it must be such as s3://bucket/prefix") };
    let path_style = match var("FILES_PATH_STYLE") {
        None => None,
        on_or_off => Some(switch("FILES_PATH_STYLE", on_or_off)?),
    };
    let settings = AWS.iter().filter_map(|name| Some(((*name).to_owned(), SecretString::from(var(name)?)))).collect();
    Ok(Some(Bucket { url, endpoint: address("AWS_ENDPOINT_URL", var("AWS_ENDPOINT_URL"))?, path_style, settings }))
}

/// A secret key in this place would be shown to everybody, and one of the other mode pays with nothing.
/// <https://docs.stripe.com/keys>
fn publishable_key(key: Option<String>, secret: Option<&str>) -> Result<Option<String>> {
    let Some(key) = key else { return Ok(None) };
    if !key.starts_with("pk_test_") && !key.starts_with("pk_live_") {
        bail!(
            "STRIPE_PUBLISHABLE_KEY does not begin with pk_test_ or pk_live_: it is shown to shoppers and must be that key"
        );
    }
    if secret.is_some_and(|secret| secret.contains("k_live_") != key.starts_with("pk_live_")) {
        bail!(
            "STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY are not of the same mode: one is for tests, one for real money"
        );
    }
    Ok(Some(key))
}

fn parse<T: std::str::FromStr>(name: &str, value: Option<String>, default: T) -> Result<T> {
    match value {
        Some(value) => {
            value.parse().ok().with_context(|| format!("{name} is {value:?}, which is not a number in range"))
        }
        None => Ok(default),
    }
}

fn address(name: &str, value: Option<String>) -> Result<Option<Url>> {
    let Some(value) = value else { return Ok(None) };
    let url = Url::parse(&value).with_context(|| format!("{name} is {value:?}, which is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        bail!("{name} is {value:?}; it must begin with http:// or https://");
    }
    Ok(Some(url))
}

/// Where data lies unless `DATA_DIR` says otherwise: `./.data` in a clone; for root, whose embedded PostgreSQL runs as
/// another user, a place which that user can reach; else the user's state directory.
fn data_dir() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let in_clone = Path::new("Cargo.toml").exists() && Path::new("migrations").exists();
    let is_root = home.as_deref() == Some(Path::new("/root"));
    if is_root {
        return "/var/lib/ironmonger".into();
    }
    match (in_clone, std::env::var_os("XDG_STATE_HOME"), home) {
        (true, ..) => ".data".into(),
        (_, Some(state), _) => PathBuf::from(state).join("ironmonger"),
        (_, _, Some(home)) => home.join(".local/state/ironmonger"),
        _ => ".data".into(),
    }
}
