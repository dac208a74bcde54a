//! How often a request goes to the database and back. A proxy between the two counts the answers of the server.
//!
//! Connections are warm, as in a shop that has been open for a while: statements are prepared, the settings and the
//! catalogue are in memory. Whoever adds a statement to a page or an act that shoppers wait for sees it here.

use crate::support::stripe::{ADD, ENTER, StripeApp};
use crate::support::{Browser, TestApp, location};
use serde_json::json;
use shop::db;
use shop::testing::stripe::{OfflineStripe, session_of};
use shop::testing::{PASSWORD, TestProduct};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stripe_sandbox::Way;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// Counts how often the server says that it is ready for the next question: once for each round trip.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl Counter {
    /// How to reach the database past this counter.
    async fn before(&self, server: PgConnectOptions) -> PgConnectOptions {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (counter, there) = (self.clone(), server.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(counter.clone().carry(client, there.clone()));
            }
        });
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(server.get_username())
            .database(server.get_database().unwrap_or_default())
            .ssl_mode(PgSslMode::Disable)
    }

    async fn carry(self, client: TcpStream, server: PgConnectOptions) {
        match server.get_socket() {
            Some(socket) => {
                let path = socket.join(format!(".s.PGSQL.{}", server.get_port()));
                self.between(client, UnixStream::connect(path).await.unwrap()).await;
            }
            None => {
                let there = TcpStream::connect((server.get_host(), server.get_port())).await.unwrap();
                self.between(client, there).await;
            }
        }
    }

    async fn between(self, client: TcpStream, server: impl AsyncRead + AsyncWrite + Unpin) {
        client.set_nodelay(true).unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let up = async {
            let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
            let _ = to_server.shutdown().await;
        };
        let down = async {
            let mut head = [0; 5];
            while from_server.read_exact(&mut head).await.is_ok() {
                // the length counts itself, and not the kind before it
                let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
                let mut body = vec![0; length - 4];
                if from_server.read_exact(&mut body).await.is_err() {
                    return;
                }
                if head[0] == b'Z' {
                    self.0.fetch_add(1, Ordering::SeqCst);
                }
                if to_client.write_all(&head).await.is_err() || to_client.write_all(&body).await.is_err() {
                    return;
                }
            }
        };
        tokio::join!(up, down);
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What was counted while this was done, and what came of it.
    async fn during<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        self.quiet().await;
        let before = self.now();
        let answer = work.await;
        self.quiet().await;
        (answer, self.now() - before)
    }

    /// Waits until nothing more comes.
    async fn quiet(&self) {
        for _ in 0..200 {
            let before = self.now();
            tokio::time::sleep(Duration::from_millis(40)).await;
            if self.now() == before {
                return;
            }
        }
        panic!("the shop asks its database without an end");
    }
}

/// An application whose every question is counted. One connection: nobody may need a second one while holding it.
async fn counted(test: impl AsyncFnOnce(&StripeApp, &Counter)) {
    let stripe = OfflineStripe::start().await;
    let mut shop = stripe.open_shop(shop::Currency::GBP, 1).await;
    let counter = Counter::default();
    let options = counter.before(shop.options().await).await;
    let direct = std::mem::replace(&mut shop.db, db::connect(options, 1).await.unwrap());
    direct.close().await;
    shop.cache.listen_to_nobody();
    let app = StripeApp { app: TestApp::start(shop).await, stripe };
    test(&app, &counter).await;
    app.app.finish().await;
}

/// Does it three times, so that what is prepared or kept by the first is there, and says what the last one took.
async fn third<T>(counter: &Counter, mut work: impl AsyncFnMut() -> T) -> (T, u64) {
    for _ in 0..2 {
        work().await;
    }
    counter.during(work()).await
}

/// Fails when a connection goes back into the pool with more than its own statement.
#[tokio::test]
async fn one_statement_is_one_round_trip() {
    counted(async |app, counter| {
        let ask = async || sqlx::query_scalar::<_, i32>("select 1").fetch_one(&app.db).await.unwrap();
        assert_eq!(third(counter, ask).await, (1, 1));
        let act = async || {
            let mut tx = app.db.begin().await.unwrap();
            let one: i32 = sqlx::query_scalar("select 1").fetch_one(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            one
        };
        assert_eq!(third(counter, act).await, (1, 3), "with begin and commit");
    })
    .await;
}

async fn places(app: &StripeApp, shopper: &Browser, product: &TestProduct) -> (String, Vec<(String, String)>) {
    shopper.add(product, 1).await;
    let form = shopper.checkout().await;
    let placed = shopper.place(&form).await;
    assert_eq!(placed.status(), 303);
    let _ = app;
    (location(&placed).to_owned(), form)
}

#[tokio::test]
async fn the_pages_of_cart_and_order() {
    counted(async |app, counter| {
        let hammer = app.product("Claw hammer").stock(50).await;
        let shopper = app.signed_in("ada@example.org").await;
        shopper.add(&hammer, 1).await;
        let (_, cart) = third(counter, async || shopper.page("/cart").await).await;
        let (page, _) = places(app, &shopper, &hammer).await;
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        app.work().await;
        let number: String = sqlx::query_scalar("select number from orders").fetch_one(&app.db).await.unwrap();
        let (_, order) = third(counter, async || shopper.page(&format!("/orders/{number}")).await).await;
        assert!(cart <= 9 && order <= 9, "cart {cart}, order {order}");
    })
    .await;
}

#[tokio::test]
async fn adding_to_the_cart() {
    counted(async |app, counter| {
        let hammer = app.product("Claw hammer").stock(50).await;
        let shopper = app.signed_in("ada@example.org").await;
        let fields = [("variantId", hammer.variant.to_string()), ("quantity", "1".to_owned())];
        let (_, form) = third(counter, async || shopper.send("/", ADD, &fields).await).await;

        let guest = app.browser();
        let body = json!({ "variantId": hammer.variant, "quantity": 1 });
        let first = guest.client.post(format!("{}/api/cart/items", app.root)).json(&body).send().await.unwrap();
        let token = first.headers()["x-cart-token"].to_str().unwrap().to_owned();
        let mut keys = 0;
        let add = async |key: Option<String>| {
            let request = guest.client.post(format!("{}/api/cart/items", app.root)).header("x-cart-token", &token);
            let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
            assert!(request.json(&body).send().await.unwrap().status().is_success());
        };
        let (_, app_adds) = third(counter, async || add(None).await).await;
        let with_key = third(counter, async || {
            keys += 1;
            add(Some(format!("key-{keys}"))).await;
        });
        let (_, with_key) = with_key.await;
        let all = format!("form {form}, API {app_adds}, with a key {with_key}");
        // the form also reads and keeps what it says on the next page
        assert!(form <= 7 && app_adds <= 4 && with_key <= 8, "{all}");
    })
    .await;
}

#[tokio::test]
async fn signing_in() {
    counted(async |app, counter| {
        app.customer("ada@example.org").await;
        let who = [("email", "ada@example.org"), ("password", PASSWORD)];
        let enter = async || {
            let browser = app.browser();
            assert_eq!(location(&browser.post("/login", ENTER, &who).await), "/account");
        };
        let (_, trips) = third(counter, enter).await;
        assert!(trips <= 10, "{trips}");
    })
    .await;
}

#[tokio::test]
async fn placing_an_order() {
    counted(async |app, counter| {
        let hammer = app.product("Claw hammer").stock(50).await;
        for _ in 0..2 {
            places(app, &app.browser(), &hammer).await;
        }
        let shopper = app.browser();
        shopper.add(&hammer, 1).await;
        let form = shopper.checkout().await;
        let (placed, trips) = counter.during(shopper.place(&form)).await;
        assert_eq!(placed.status(), 303);
        assert!(trips <= 11, "{trips}");
    })
    .await;
}

/// The message that a page was paid on: taken in and answered. What it says is acted upon by a job.
#[tokio::test]
async fn a_webhook_that_arrives() {
    counted(async |app, counter| {
        let hammer = app.product("Claw hammer").stock(50).await;
        app.webhooks_arrive();
        let mut pages = Vec::new();
        for _ in 0..3 {
            pages.push(places(app, &app.browser(), &hammer).await.0);
        }
        let mut taken = 0;
        let pays = async || {
            let page = pages.pop().unwrap();
            let before = app.count("select count(*) from stripe_events").await;
            app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
            counter.quiet().await;
            let after = app.count("select count(*) from stripe_events").await;
            taken = after - before;
        };
        let (_, trips) = third(counter, pays).await;
        // one of them asks here how many messages came, before and after
        let each = (trips - 2).div_ceil(u64::try_from(taken).unwrap().max(1));
        assert!(taken > 0 && each <= 5, "{each} for each of {taken} messages");
    })
    .await;
}

/// Fails when the worker looks for work all the time.
#[tokio::test]
async fn a_worker_with_nothing_to_do() {
    let shop = shop::testing::TestShop::open().await;
    let counter = Counter::default();
    let options = counter.before(shop.options().await).await;
    let mut counted = (*shop).clone();
    counted.db = db::connect(options, 2).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(shop::worker::run(counted.clone(), async {
        let _ = stopped.await;
    }));
    tokio::time::sleep(Duration::from_secs(3)).await;
    // at a full minute there is something to do: the rounds by the clock
    let mut each_second = f64::INFINITY;
    for _ in 0..2 {
        let before = counter.now();
        tokio::time::sleep(Duration::from_secs(10)).await;
        each_second = each_second.min((counter.now() - before) as f64 / 10.0);
    }
    let _ = stop.send(());
    worker.await.unwrap().unwrap();
    counted.db.close().await;
    shop.finish().await;
    assert!(each_second <= 3.0, "{each_second} a second");
}
