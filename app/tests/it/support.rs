//! The whole application on a loopback port, on a database of its own, and clients that behave like browsers.

pub mod addresses;
pub mod desk;
pub mod forms;
pub mod stripe;

pub use shop::testing::browser::location;

use ironmonger::config::Config;
use ironmonger::server;
use ironmonger::web::App;
use reqwest::{Client, Response};
use shop::live::Hub;
use shop::testing::TestShop;
use shop::testing::browser::client;
use shop::{announce, cache};
use std::ops::Deref;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A running application. `finish` stops it and checks the invariants.
pub struct TestApp {
    pub shop: TestShop,
    pub root: String,
    /// Those who follow what they have open.
    pub live: Hub,
    shutdown: CancellationToken,
    server: tokio::task::JoinHandle<()>,
}

impl Deref for TestApp {
    type Target = TestShop;
    fn deref(&self) -> &TestShop {
        &self.shop
    }
}

/// Runs a test against the whole application.
pub async fn app<T>(test: impl AsyncFnOnce(&TestApp) -> T) -> T {
    app_on(TestShop::open().await, test).await
}

/// The same on a shop that was opened in some other way (another clock, fewer connections).
pub async fn app_on<T>(shop: TestShop, test: impl AsyncFnOnce(&TestApp) -> T) -> T {
    let app = TestApp::start(shop).await;
    let answer = test(&app).await;
    app.finish().await;
    answer
}

/// The same with these variables in the environment.
pub async fn app_with<T>(vars: &'static [(&str, &str)], test: impl AsyncFnOnce(&TestApp) -> T) -> T {
    let app = TestApp::start_with(TestShop::open().await, vars).await;
    let answer = test(&app).await;
    app.finish().await;
    answer
}

impl TestApp {
    pub async fn start(shop: TestShop) -> Self {
        Self::start_with(shop, &[]).await
    }

    /// With these variables in the environment.
    pub async fn start_with(mut shop: TestShop, vars: &'static [(&str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let config = Config::read(|name| match name {
            "PUBLIC_URL" => Some(root.clone()),
            name => {
                let set = vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
                // crowds of tests come from one address
                set.or_else(|| (name == "FORM_RATE_ADDRESS").then(|| "off".to_owned()))
            }
        })
        .unwrap();
        shop.public_url = config.public_url.clone();
        let shutdown = CancellationToken::new();
        let connections = config.connections;
        let app = App::new((*shop).clone(), config);
        let live = app.live.clone();
        let server = tokio::spawn(server::serve(listener, server::router(app), connections, shutdown.clone()));
        Self { shop, root, live, shutdown, server }
    }

    pub async fn finish(self) {
        self.shutdown.cancel();
        let _ = self.server.await;
        self.shop.finish().await;
    }

    /// From here on those who follow are told what changes.
    pub async fn goes_live(&self) {
        let shop = (*self.shop).clone();
        let until = || self.shutdown.clone().cancelled_owned();
        tokio::spawn(announce::run(shop.db.clone(), shop.bus.clone(), shop.announcements.clone(), until()));
        tokio::spawn(cache::listen(shop.clone(), until()));
        tokio::spawn(self.live.clone().run(until()));
        while !shop.cache.is_listening() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Asks the program to stop; [`Self::finish`] waits for it.
    pub fn stop(&self) {
        self.shutdown.cancel();
    }

    /// A browser of its own: keeps cookies, names its origin, follows no redirects.
    pub fn browser(&self) -> Browser {
        Browser::at(&self.root)
    }
}

/// A shopper or member of staff with a browser.
#[derive(Clone)]
pub struct Browser {
    pub client: Client,
    pub root: String,
}

impl Browser {
    pub fn at(root: &str) -> Self {
        Self { client: client(root), root: root.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.root)).send().await.unwrap()
    }

    /// The text of a page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    /// Sends a form as from the page `from`.
    pub async fn post(&self, from: &str, action: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{action}", self.root));
        request.header("referer", format!("{}{from}", self.root)).form(fields).send().await.unwrap()
    }
}

/// A real PNG of one pixel.
pub fn png() -> Vec<u8> {
    let text = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de000\
                0000c49444154789c63d8d060000003440161e5dbfe400000000049454e44ae426082";
    hex::decode(text).unwrap()
}
