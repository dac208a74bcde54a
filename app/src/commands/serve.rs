//! Serves the shop: pages, worker and, in development, the offline Stripe.

use super::open::{Opened, SANDBOX_KEY, SANDBOX_PUBLISHABLE_KEY, SANDBOX_WEBHOOK_SECRET, open};
use crate::config::{Config, Connections};
use crate::server::{self, Entrance, Notice, Stage};
use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use shop::payments;
use shop::seed;
use shop::words::Locale;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use stripe_sandbox::{PastPayment, PastRefund, Sandbox};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(clap::Args, Default)]
pub struct Options {
    /// Serve pages only; `ironmonger work` does the rest in another process
    #[arg(long)]
    no_worker: bool,
    /// Fill an empty database with the sample shop first (development only)
    #[arg(long)]
    sample: bool,
}

pub async fn serve(config: Config, options: Options) -> Result<()> {
    let listener = bind(config.listen, "PORT").await?;
    let sandbox = match config.uses_sandbox() {
        true => Some(bind_sandbox(&config).await?),
        false => None,
    };
    let connections = within_open_files(config.connections, config.database_connections);
    let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
    let (stage, seen) = watch::channel(Stage::Database);
    let notice = Notice { locale: Locale::default(), sample: options.sample, stage: seen };
    let entrance = Entrance::closed(server::notice(Arc::new(config.clone()), notice));
    let serving = tokio::spawn(server::serve(listener, entrance.clone(), connections, shutdown.clone()));
    let opened = prepare(config, options.sample, &stage).await?;

    if let Some(listener) = sandbox {
        let past = past(&opened.app.shop).await.context("reading earlier payments")?;
        tasks.spawn(run_sandbox(listener, past, opened.app.config.clone(), shutdown.clone()));
    }
    if !options.no_worker {
        start_worker(&opened, &tasks, &shutdown);
    }
    start_announcing(&opened, &tasks, &shutdown);
    // what is kept of the catalogue in memory is used only while this follows its changes
    tasks.spawn(shop::cache::listen((*opened.app.shop).clone(), shutdown.clone().cancelled_owned()));
    tasks.spawn(opened.app.live.clone().run(shutdown.clone().cancelled_owned()));
    entrance.open(server::router(opened.app.clone()));
    tokio::spawn(async move {
        stop_signal().await;
        shutdown.cancel();
    });
    announce(&opened, options.sample);
    serving.await.context("serving")?;
    finish(opened, tasks).await;
    Ok(())
}

/// Opens the shop, brings its database up to date and, if asked, writes the sample. `stage` hears how far it is.
async fn prepare(config: Config, sample: bool, stage: &watch::Sender<Stage>) -> Result<Opened> {
    let opened = open(config).await?;
    stage.send_replace(Stage::Tables);
    shop::migrate(&opened.app.shop.db, &opened.app.shop.encryption_keys).await.context("migrating")?;
    if sample {
        let tell = |progress| {
            let before = stage.send_replace(Stage::Sample(progress));
            if before == Stage::Tables {
                println!("  {} shows how far it is.", opened.app.config.public_url);
            }
        };
        super::seed::sample(&opened, tell).await?;
        if opened.app.config.is_development() {
            // a page for development is no reason not to start
            if let Err(e) = crate::storefront::dev_webhooks::make(&opened.app.shop).await {
                tracing::warn!("nothing is posted to /dev/webhooks: {e}");
            }
        }
    }
    Ok(opened)
}

/// Each connection is an open file, of which a process may have 1,024 where nobody asked for more. Asks for all that
/// are allowed, and keeps some for the database, files and mail.
fn within_open_files(wanted: Connections, database: u32) -> Connections {
    let limit = getrlimit(Resource::Nofile);
    if let Err(e) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(error = %e, "the limit of open files stays as it is");
    }
    let files = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let all = wanted.all.min(files.saturating_sub(200 + database as usize)).max(16);
    if all < wanted.all {
        tracing::warn!(connections = all, "CONNECTIONS is more than the limit of open files allows");
    }
    Connections { all, ..wanted }
}

/// The worker alone.
pub async fn work(config: Config) -> Result<()> {
    let opened = open(config).await?;
    let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
    start_announcing(&opened, &tasks, &shutdown);
    start_worker(&opened, &tasks, &shutdown);
    stop_signal().await;
    shutdown.cancel();
    finish(opened, tasks).await;
    Ok(())
}

/// Other processes are told what commits brought about, until the shutdown.
fn start_announcing(opened: &Opened, tasks: &TaskTracker, shutdown: &CancellationToken) {
    let shop = &opened.app.shop;
    let until = shutdown.clone().cancelled_owned();
    tasks.spawn(shop::announce::run(shop.db.clone(), shop.bus.clone(), shop.announcements.clone(), until));
}

/// Jobs and schedules, until the shutdown; what is under way then is finished.
fn start_worker(opened: &Opened, tasks: &TaskTracker, shutdown: &CancellationToken) {
    let work = shop::worker::run((*opened.app.shop).clone(), shutdown.clone().cancelled_owned());
    let shutdown = shutdown.clone();
    tasks.spawn(async move {
        if let Err(e) = work.await {
            tracing::error!(error = %e, "the worker stopped");
            shutdown.cancel();
        }
    });
}

async fn finish(opened: Opened, tasks: TaskTracker) {
    tasks.close();
    if tokio::time::timeout(std::time::Duration::from_secs(20), tasks.wait()).await.is_err() {
        tracing::warn!("some work did not finish in time; it will be taken up again");
    }
    opened.close().await;
}

async fn bind_sandbox(config: &Config) -> Result<TcpListener> {
    bind(([127, 0, 0, 1], config.sandbox_port).into(), "STRIPE_SANDBOX_PORT").await
}

/// Listens, or says what to do when somebody else does.
async fn bind(address: SocketAddr, variable: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(e) if e.kind() == ErrorKind::AddrInUse => {
            bail!("{address} is taken: is the shop running already? {variable} chooses another port")
        }
        Err(e) => Err(e).with_context(|| format!("listening on {address} ({variable})")),
    }
}

/// What the offline Stripe took before it was stopped, and what the sample says it took: all of it can be refunded.
async fn past(shop: &shop::Shop) -> shop::Result<Vec<PastPayment>> {
    let refund = |(id, amount): (shop::id::RefundId, i64)| PastRefund {
        amount,
        metadata: vec![("refund_id".into(), id.to_string())],
    };
    let taken = payments::captured(&shop.db).await?.into_iter().map(|payment| PastPayment {
        intent: payment.intent,
        amount: payment.amount,
        currency: payment.currency,
        refunds: payment.given_back.into_iter().map(refund).collect(),
    });
    Ok(taken.collect())
}

/// The offline Stripe, posting its webhooks to this very shop.
async fn run_sandbox(listener: TcpListener, past: Vec<PastPayment>, config: Arc<Config>, shutdown: CancellationToken) {
    let mut settings = stripe_sandbox::Config::new(SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET);
    let webhook = format!("http://127.0.0.1:{}/api/stripe/webhook", config.listen.port());
    settings.webhook_url = webhook.parse().ok();
    settings.publishable_key = Some(SANDBOX_PUBLISHABLE_KEY.to_owned());
    settings.public_url = config.payment_page_origin.parse().ok();
    let sandbox = Sandbox::new(settings);
    sandbox.remember(&past);
    if let Err(e) = sandbox.serve(listener, shutdown.cancelled_owned()).await {
        tracing::error!(error = %e, "the offline Stripe stopped");
    }
}

#[derive(clap::Args)]
pub struct SandboxOptions {
    /// Where webhooks are posted to
    #[arg(long, default_value = "http://127.0.0.1:3000/api/stripe/webhook")]
    webhook: url::Url,
    /// The secret key that is accepted
    #[arg(long, default_value = SANDBOX_KEY)]
    secret_key: String,
    /// A key for clients that hold an object's client secret: pk_test_…
    #[arg(long, default_value = SANDBOX_PUBLISHABLE_KEY)]
    publishable_key: String,
    /// A key that may do only some things: rk_test_x:refunds=write,charges=read (may be repeated)
    #[arg(long)]
    restricted_key: Vec<stripe_sandbox::RestrictedKey>,
    /// What webhooks are signed with
    #[arg(long, default_value = SANDBOX_WEBHOOK_SECRET)]
    webhook_secret: String,
    /// What goes wrong on purpose, as JSON; GET /_sandbox/faults shows its form
    #[arg(long)]
    faults: Option<std::path::PathBuf>,
    /// The same seed draws the same ids and the same faults
    #[arg(long)]
    seed: Option<u64>,
}

impl SandboxOptions {
    fn settings(self) -> Result<stripe_sandbox::Config> {
        let mut settings = stripe_sandbox::Config::new(self.secret_key, self.webhook_secret);
        settings.webhook_url = Some(self.webhook);
        settings.publishable_key = Some(self.publishable_key);
        settings.restricted_keys = self.restricted_key;
        settings.seed = self.seed;
        if let Some(file) = self.faults {
            let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            settings.faults = serde_json::from_str(&text).with_context(|| format!("in {}", file.display()))?;
        }
        settings.check()?;
        Ok(settings)
    }
}

/// The offline Stripe alone.
pub async fn sandbox(config: Config, options: SandboxOptions) -> Result<()> {
    let settings = options.settings()?;
    let listener = bind_sandbox(&config).await?;
    let address = listener.local_addr()?;
    println!("The offline Stripe listens on http://{address}; GET /_sandbox/ledger says what happened.");
    println!("STRIPE_API_BASE=http://{address}");
    println!("STRIPE_SECRET_KEY={}", settings.secret_key);
    println!("STRIPE_PUBLISHABLE_KEY={}", settings.publishable_key.as_deref().unwrap_or_default());
    println!("STRIPE_WEBHOOK_SECRET={}", settings.webhook_secret);
    Sandbox::new(settings).serve(listener, stop_signal()).await.context("serving")
}

fn announce(opened: &Opened, sample: bool) {
    let config = &opened.app.config;
    let root = config.public_url.as_str().trim_end_matches('/');
    println!();
    println!("  Shop      {root}/");
    println!("  Admin     {root}/admin");
    if config.is_development() {
        println!("  Mail      {root}/dev/mail");
    }
    if config.uses_sandbox() {
        println!("  Payments  offline Stripe, no money moves");
    }
    if sample {
        println!("\n  Sign in with the password \"{}\" as", seed::PASSWORD);
        seed::logins().iter().for_each(|login| println!("    {:<32} {}", login.email, login.role));
    }
    println!();
}

/// Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
