//! Looks at everything that the shop stands on, and says what to do about what is wrong.

use super::open::Opened;
use crate::config::Config;
use anyhow::{Result, bail};
use chrono::TimeDelta;
use shop::Shop;
use shop::accounts::System;
use shop::at_rest::{self, KeyState};
use std::time::Duration;

enum Finding {
    Fine(String),
    /// Works, but look at it.
    Odd(String),
    Wrong(String),
}
use Finding::{Fine, Odd, Wrong};

/// Prints a line for each thing looked at. An error when anything is wrong.
pub async fn examine(opened: &Opened) -> Result<()> {
    let (shop, config) = (&opened.app.shop, &*opened.app.config);
    let mut wrong = 0;
    let mut say = |what: &str, finding: Finding| {
        let (mark, text) = match finding {
            Fine(text) => ("ok   ", text),
            Odd(text) => ("look ", text),
            Wrong(text) => {
                wrong += 1;
                ("WRONG", text)
            }
        };
        println!("{mark}  {what:<12} {text}");
    };
    say("database", database(shop).await);
    say("schema", schema(shop).await);
    say("clock", clock(shop).await);
    say("settings", settings(shop).await);
    say("files", files(shop, config).await);
    say("mail", mail(shop, config).await);
    say("payments", payments(shop, config).await);
    say("pay in place", in_place(config));
    say("address", address(config).await);
    say("jobs", jobs(shop).await);
    say("webhooks", webhooks(shop).await);
    say("encryption", encryption(shop).await);
    say("books", books(shop).await);
    say("statement", statement(shop).await);
    say("audit log", audit_log(shop).await);
    match wrong {
        0 => Ok(()),
        n => bail!("{n} of these need your attention"),
    }
}

async fn database(shop: &Shop) -> Finding {
    let version: Result<String, _> = sqlx::query_scalar("show server_version").fetch_one(&shop.db).await;
    let version = match version {
        Ok(version) => version,
        Err(e) => return Wrong(format!("does not answer: {e}. Is DATABASE_URL right, and the server running?")),
    };
    let major: u32 = version.split(['.', ' ']).next().and_then(|v| v.parse().ok()).unwrap_or(0);
    if major < 15 {
        return Wrong(format!("PostgreSQL {version} is too old: the shop needs 15 or newer"));
    }
    let wanted = ["citext", "pg_trgm", "unaccent"];
    let there: Vec<String> = sqlx::query_scalar("select name from pg_available_extensions where name = any($1)")
        .bind(&wanted[..])
        .fetch_all(&shop.db)
        .await
        .unwrap_or_default();
    let missing: Vec<&str> = wanted.into_iter().filter(|name| !there.iter().any(|t| t == name)).collect();
    match missing.is_empty() {
        true => Fine(format!("PostgreSQL {version}")),
        false => Wrong(format!(
            "the server lacks {}: install its contrib modules (Debian: postgresql-contrib)",
            missing.join(", ")
        )),
    }
}

async fn schema(shop: &Shop) -> Finding {
    match shop::db::pending_migrations(&shop.db).await {
        Ok(pending) if pending.is_empty() => Fine("up to date".into()),
        Ok(pending) => Wrong(format!("{} migrations are pending: run `ironmonger migrate`", pending.len())),
        Err(e) => Wrong(e.to_string()),
    }
}

/// Whether messages arrive, and their secrets can be read.
async fn webhooks(shop: &Shop) -> Finding {
    if let Err(e) = shop::webhooks::check_secrets(shop).await {
        return Wrong(format!("secrets cannot be read: {e:?}. Put the key that encrypted them into ENCRYPTION_KEY"));
    }
    match shop::webhooks::troubled(shop, &System).await {
        Ok(troubled) if troubled.is_empty() => Fine("messages arrive".into()),
        Ok(troubled) => {
            let names: Vec<String> = troubled.into_iter().map(|(_, name)| name).collect();
            Odd(format!("nothing arrives at {}: look at the log under Webhooks", names.join(", ")))
        }
        Err(e) => Wrong(e.to_string()),
    }
}

/// Whether what is encrypted in the database can be read.
async fn encryption(shop: &Shop) -> Finding {
    let used = match at_rest::keys_in_use(shop).await {
        Ok(used) => used,
        Err(e) => return Wrong(e.to_string()),
    };
    let of = |state: KeyState| used.iter().filter(move |used| used.state == state);
    let missing: Vec<String> = of(KeyState::Missing)
        .map(|used| format!("{} values in {} need the key {}", used.values, used.column, used.key))
        .collect();
    if !missing.is_empty() {
        return Wrong(format!(
            "{}. ENCRYPTION_KEY does not name it: put it back, behind the first one",
            missing.join(", ")
        ));
    }
    let sum = |state: KeyState| of(state).map(|used| used.values).sum::<i64>();
    match sum(KeyState::Former) {
        0 => Fine(format!("{} values can be read, all with the first of ENCRYPTION_KEY", sum(KeyState::Current))),
        n => Odd(format!("{n} values are encrypted with a former key: run `ironmonger keys rotate`")),
    }
}

/// Webhook signatures, sessions and reservations all live by the clock.
async fn clock(shop: &Shop) -> Finding {
    let theirs: Result<chrono::DateTime<chrono::Utc>, _> =
        sqlx::query_scalar("select clock_timestamp()").fetch_one(&shop.db).await;
    let Ok(theirs) = theirs else { return Wrong("the database did not tell its time".into()) };
    let apart = (shop.clock.now() - theirs).abs();
    match apart {
        apart if apart > TimeDelta::seconds(60) => {
            Wrong(format!("{} s apart from the database's: set up time synchronisation on both", apart.num_seconds()))
        }
        apart if apart > TimeDelta::seconds(2) => Odd(format!("{} s apart from the database's", apart.num_seconds())),
        _ => Fine("agrees with the database's".into()),
    }
}

/// What was saved before codes were held against their lists, or by hand.
async fn settings(shop: &Shop) -> Finding {
    match shop::settings::problems(shop).await {
        Ok(problems) if problems.is_empty() => Fine("can be kept to".into()),
        Ok(problems) => Wrong(format!("{}. Change them under Settings", problems.join("; "))),
        Err(e) => Wrong(format!("cannot be read: {e}")),
    }
}

async fn files(shop: &Shop, config: &Config) -> Finding {
    let checked = tokio::time::timeout(Duration::from_secs(20), shop.files.check()).await;
    match (checked, &config.bucket) {
        (Ok(Ok(())), None) => Fine("can be written and read".into()),
        (Ok(Ok(())), Some(bucket)) => Fine(format!("{} can be written and read", bucket.url)),
        (Ok(Err(e)), None) => Wrong(format!("{e:#}: check the rights on DATA_DIR")),
        (Ok(Err(e)), Some(bucket)) => {
            // the rest is the server's XML, and the same again for each layer it passed
            let why = e.to_string();
            let why = why.split("<?xml").next().unwrap_or_default().trim_end_matches([':', ' ']);
            Wrong(format!(
                "{}: {why}\n       check FILES_URL, AWS_ENDPOINT_URL, AWS_REGION, and what the key may do",
                bucket.url
            ))
        }
        (Err(_), _) => Wrong("the store does not answer: check FILES_URL and AWS_ENDPOINT_URL".into()),
    }
}

async fn mail(shop: &Shop, config: &Config) -> Finding {
    match (shop.mailer.folder(), config.is_development()) {
        (Some(folder), true) => Fine(format!("written to {}, shown at /dev/mail", folder.display())),
        (Some(folder), false) => {
            Wrong(format!("only written to {}: set SMTP_URL, or customers get no confirmation", folder.display()))
        }
        (None, _) => match tokio::time::timeout(Duration::from_secs(10), shop.mailer.check()).await {
            Ok(Ok(())) => Fine("the server lets us in".into()),
            Ok(Err(e)) => Wrong(format!("{e:#}: check SMTP_URL")),
            Err(_) => Wrong("the server does not answer: check SMTP_URL".into()),
        },
    }
}

async fn payments(shop: &Shop, config: &Config) -> Finding {
    let answer = shop.gateway.check().await;
    match (answer, config.uses_sandbox(), config.is_test_mode()) {
        (Ok(()), true, _) => Fine("the offline Stripe answers; no money moves".into()),
        (Err(_), true, _) => Odd("the offline Stripe runs only while `ironmonger serve` does".into()),
        (Ok(()), false, true) => Odd("Stripe answers, in test mode: no money moves".into()),
        (Ok(()), false, false) => Fine("Stripe answers, in live mode".into()),
        (Err(e), false, _) => Wrong(format!("Stripe refuses or does not answer ({e}): check STRIPE_SECRET_KEY")),
    }
}

/// Stripe's form on a page of ours.
fn in_place(config: &Config) -> Finding {
    match (config.stripe_embedded, config.pays_in_place(), config.stripe_publishable_key.is_some()) {
        (true, true, _) => Fine(format!("on, with the script {}", config.stripe_script)),
        (true, false, _) => Odd("on, but STRIPE_PUBLISHABLE_KEY is not set: all pay on Stripe's page".into()),
        (false, _, true) => Fine("off: shoppers pay on Stripe's page, apps have their key".into()),
        (false, _, false) => Fine("off: shoppers pay on Stripe's page".into()),
    }
}

/// Is the shop reached under its public address, and do cookies and client addresses fit what stands in front of it?
async fn address(config: &Config) -> Finding {
    if !config.is_development() && !config.is_https() {
        return Wrong("PUBLIC_URL is not https: cookies are not protected on their way".into());
    }
    if config.is_https() && config.trusted_proxies == 0 {
        return Odd(
            "PUBLIC_URL is https, so a proxy stands in front: set TRUSTED_PROXIES (1 for one), or all visitors share its address \
             and one may lock out the others"
                .into(),
        );
    }
    let probe = match config.public_url.join("health/live") {
        Ok(url) => reqwest::Client::new().get(url).timeout(Duration::from_secs(5)).send().await,
        Err(e) => return Wrong(e.to_string()),
    };
    match probe {
        Ok(answer) if answer.status().is_success() => Fine(format!("{} answers", config.public_url)),
        Ok(answer) => {
            Wrong(format!("{} answers {}: does the proxy pass requests on?", config.public_url, answer.status()))
        }
        Err(_) => Odd(format!("{} does not answer from here; it does once `ironmonger serve` runs", config.public_url)),
    }
}

async fn jobs(shop: &Shop) -> Finding {
    let health = match shop::jobs::health(shop).await {
        Ok(health) => health,
        Err(e) => return Wrong(e.to_string()),
    };
    if health.dead > 0 {
        return Wrong(format!("{} were given up after many attempts; the log says why", health.dead));
    }
    match health.oldest_due {
        Some(due) if shop.clock.now() - due > TimeDelta::minutes(5) => {
            Wrong(format!("waiting since {due}: is a worker running (`ironmonger serve` or `ironmonger work`)?"))
        }
        _ => Fine(format!("{} waiting", health.waiting)),
    }
}

/// What must never happen.
async fn books(shop: &Shop) -> Finding {
    match shop::invariants::check(shop).await {
        Ok(violations) if violations.is_empty() => Fine("stock, orders and payments agree".into()),
        Ok(violations) => {
            let lines: Vec<String> = violations.iter().map(|v| format!("\n         - {v}")).collect();
            Wrong(format!("do not agree:{}", lines.concat()))
        }
        Err(e) => Wrong(e.to_string()),
    }
}

/// Whether Stripe's statement and our books agree, as far as they were compared.
async fn statement(shop: &Shop) -> Finding {
    let found = async {
        let open = shop::payments::open_differences(shop).await?;
        Ok::<_, shop::Error>((open, shop::payments::statement_progress(shop).await?))
    };
    let (open, progress) = match found.await {
        Ok(found) => found,
        Err(e) => return Wrong(e.to_string()),
    };
    let at = progress.read_at.map(|at| format!("as of {}", at.format("%Y-%m-%d %H:%M UTC")));
    match (open, at, progress.failure) {
        (1.., at, _) => Wrong(format!(
            "{open} differences between Stripe’s statement and our books are open{}: see /admin/payments/differences",
            at.map(|at| format!(", {at}")).unwrap_or_default(),
        )),
        (_, None, _) => Odd("Stripe’s statement was not compared yet; it is once `ironmonger serve` runs".into()),
        (_, Some(at), Some(why)) => Odd(format!("agrees with our books {at}; it could not be read since ({why})")),
        (_, Some(at), None) => Fine(format!("agrees with our books, {at}")),
    }
}

/// The chain of the audit log. Its head, kept elsewhere, proves later that the end was not cut off.
async fn audit_log(shop: &Shop) -> Finding {
    match shop::audit::verify(shop).await {
        Ok(Ok(chain)) => match chain.head {
            Some(head) => Fine(format!("{} entries are as they were sealed; the last one is {head}", chain.sealed)),
            None => Fine("no entry is sealed yet".into()),
        },
        Ok(Err(broken)) => Wrong(format!("entry {} is not as it was sealed, or gone", broken.chain_no)),
        Err(e) => Wrong(e.to_string()),
    }
}
