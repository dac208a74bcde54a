//! What whoever has only the database finds in it: `assert_hidden(&shop.dump().await, &["12 Anvil Yard".into()])`.

use super::TestShop;
use crate::db::embedded;
use crate::payments::webhook::sealed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

impl TestShop {
    /// All that the database holds, as `pg_dump` writes it.
    pub async fn dump(&self) -> String {
        let options = self.options().await;
        let host = options.get_socket().map_or(options.get_host().to_owned(), |socket| socket.display().to_string());
        let mut pg_dump = tokio::process::Command::new(embedded::program("pg_dump").expect("finds pg_dump"));
        pg_dump.arg("--host").arg(host).args(["--port", &options.get_port().to_string()]);
        pg_dump.args(["--username", options.get_username(), "--dbname", &self.database]);
        let url = std::env::var("TEST_DATABASE_URL").ok().and_then(|url| url::Url::parse(&url).ok());
        if let Some(password) = url.as_ref().and_then(url::Url::password) {
            pg_dump.env("PGPASSWORD", password);
        }
        let output = pg_dump.output().await.expect("runs pg_dump");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("is UTF-8")
    }

    /// The messages of Stripe that are kept, as they came: id and body.
    pub async fn stripe_messages(&self) -> Vec<(String, Vec<u8>)> {
        let rows: Vec<(String, Vec<u8>, Option<Vec<u8>>)> =
            sqlx::query_as("select id, body, sealed_body from stripe_events").fetch_all(&self.db).await.expect("reads");
        let opened = rows.into_iter().map(|(id, plain, sealed)| {
            let body = sealed::open(&self.encryption_keys, &id, plain, sealed).expect("opens");
            (id, body)
        });
        opened.collect()
    }
}

/// How a value may stand in a dump: plain, in hexadecimal digits, and in base64 at each of the three offsets at which
/// it may stand in what was encoded. Base64 is compared without what its neighbours change.
pub fn guises(value: &str) -> Vec<String> {
    let mut all = vec![value.to_owned(), hex::encode(value), hex::encode_upper(value), value.replace(' ', "")];
    for offset in 0..3 {
        let encoded = STANDARD.encode([&vec![0; offset][..], value.as_bytes()].concat());
        let begun = if offset == 0 { 0 } else { 4 };
        let whole = (offset + value.len()) / 3 * 4;
        all.push(encoded[begun..whole].to_owned());
    }
    all
}

/// Fails when one of these stands in a dump, and says where.
pub fn assert_hidden(dump: &str, canaries: &[String]) {
    let dump_without_slashes = dump.replace("\\\\x", "");
    for canary in canaries {
        for guise in guises(canary) {
            let at = dump_without_slashes.find(&guise).map(|at| {
                let from = (0..=at.saturating_sub(200)).rev().find(|at| dump_without_slashes.is_char_boundary(*at));
                dump_without_slashes[from.unwrap_or_default()..at].to_owned()
            });
            assert_eq!(at, None, "{canary} stands in the dump as {guise}, after this");
        }
    }
}
