//! What is measured: the program itself, and a handler that answers a constant, each as a process of its own.

use axum::Router;
use axum::routing::get;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A member of staff of the sample.
pub const STAFF: &str = "admin@ironmonger.example";
pub const PASSWORD: &str = "hammer and tongs";

/// Ends when dropped.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
    /// Of the shop, where it is one.
    folder: PathBuf,
}

/// The folder of a shop: kept for the next run, and outside a private home, which PostgreSQL's user could not enter.
fn folder(products: u32) -> PathBuf {
    std::env::temp_dir().join(format!("ironmonger-bench/{products}"))
}

/// Fills a shop with so many products, unless an earlier run did.
pub fn stock(products: u32) {
    let status = ironmonger(&folder(products)).args(["seed", "--products", &products.to_string()]).status();
    assert!(status.expect("the program starts").success(), "the shop was not filled");
}

/// A copy of the shop as it was filled: what one run orders, the next one would see lapse.
fn copy(products: u32, name: &str) -> PathBuf {
    let filled = folder(products);
    let copy = filled.with_extension(name.replace(' ', "-"));
    let _ = std::fs::remove_dir_all(&copy);
    let status = Command::new("cp").arg("-a").arg(filled).arg(&copy).status();
    assert!(status.expect("cp starts").success(), "the shop was not copied");
    copy
}

/// The program, on a shop of its own.
fn ironmonger(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
    command.env("DATA_DIR", folder).env("LOG", "error").stdout(Stdio::null());
    for other in ["DATABASE_URL", "PUBLIC_URL", "APP_ENV", "STRIPE_SECRET_KEY"] {
        command.env_remove(other);
    }
    command
}

/// Serves a text of so many bytes until it is ended.
pub async fn answer_a_constant(bytes: usize) {
    let text = "x".repeat(bytes);
    let text: &'static str = text.leak();
    let router = Router::new().route("/", get(async move || text));
    let address = std::env::var("PORT").expect("PORT is set");
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{address}")).await.expect("the port is free");
    axum::serve(listener, router).await.expect("serves");
}

impl Server {
    pub async fn constant(bytes: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a program"));
        command.args(["constant", &bytes.to_string()]);
        Self::start(command, "/", PathBuf::new()).await
    }

    pub async fn shop(products: u32) -> Self {
        Self::shop_with(products, "run", &[]).await
    }

    /// One on a copy with this name, with these variables.
    pub async fn shop_with(products: u32, name: &str, vars: &[(&str, &str)]) -> Self {
        Self::at(&copy(products, name), vars).await
    }

    /// Ends, and starts on the same shop.
    pub async fn again(mut self) -> Self {
        let folder = std::mem::take(&mut self.folder);
        drop(self);
        Self::at(&folder, &[]).await
    }

    /// Another process of the same shop.
    pub async fn beside(&self) -> Self {
        Self::at(&self.folder, &[]).await
    }

    async fn at(folder: &Path, vars: &[(&str, &str)]) -> Self {
        let mut command = ironmonger(folder);
        command.envs(vars.iter().copied());
        command
            .arg("serve")
            .env("API_RATE_ADDRESS", "off")
            .env("API_RATE_PRINCIPAL", "off")
            .env("FORM_RATE_ADDRESS", "off")
            .env("UNPAID_ORDERS", "off");
        Self::start(command, "/health/ready", folder.to_owned()).await
    }

    async fn start(mut command: Command, ready: &str, folder: PathBuf) -> Self {
        let (port, sandbox) = (free_port(), free_port());
        command.env("HOST", "127.0.0.1").env("PORT", port.to_string()).env("STRIPE_SANDBOX_PORT", sandbox.to_string());
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let server = Self { address, child: command.spawn().expect("the server starts"), folder };
        for _ in 0..600 {
            if reqwest::get(server.url(ready)).await.is_ok_and(|r| r.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not answer");
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The addresses of all categories and products, as the sitemap tells them.
    pub async fn addresses(&self) -> (Vec<String>, Vec<String>) {
        let index = self.text("/sitemap.xml").await;
        let (mut categories, mut products) = (Vec::new(), Vec::new());
        for part in locations(&index) {
            for page in locations(&self.text(&part).await) {
                if page.starts_with("/categories/") {
                    categories.push(page);
                } else if page.starts_with("/products/") {
                    products.push(page);
                }
            }
        }
        (categories, products)
    }

    /// The cookie of a member of staff.
    pub async fn sign_in(&self) -> String {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let who = [("email", STAFF), ("password", PASSWORD)];
        let request =
            client.post(self.url("/do/ironmonger/admin/sign_in/enter")).header("sec-fetch-site", "same-origin");
        let response = request.form(&who).send().await.expect("an answer");
        let cookie = response.headers().get("set-cookie").and_then(|c| c.to_str().ok()).expect("a session's cookie");
        cookie.split(';').next().unwrap_or_default().to_owned()
    }

    pub async fn json(&self, path: &str) -> serde_json::Value {
        let text = self.text(path).await;
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text}"))
    }

    pub async fn text(&self, path: &str) -> String {
        reqwest::get(self.url(path)).await.expect("an answer").text().await.expect("a text")
    }

    /// What the program holds of the machine's memory, without PostgreSQL; nothing where the system does not tell.
    pub fn megabytes(&self) -> String {
        match self.kilobytes() {
            0 => "?".into(),
            n => (n / 1024).to_string(),
        }
    }

    /// The same; 0 where the system does not tell.
    pub fn kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    listener.expect("a free port").port()
}

/// The paths of a sitemap, whatever host it names.
fn locations(xml: &str) -> Vec<String> {
    let parts = xml.split("<loc>").skip(1).filter_map(|part| part.split("</loc>").next());
    let urls = parts.filter_map(|text| text.replace("&amp;", "&").parse::<url::Url>().ok());
    urls.map(|url| url.path().to_owned()).collect()
}
