//! Clients that hang up in the middle: nothing that was acknowledged is lost, and no connection stays in a transaction.

use crate::support::stripe::{ADD, PLACE, StripeApp, stripe_app, stripe_app_on};
use crate::support::{Browser, TestApp, location};
use futures::future::join_all;
use shop::accounts::Permission;
use shop::id::VariantId;
use shop::testing::PASSWORD;
use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const ENTER: &str = "/do/ironmonger/admin/sign_in/enter";
const RECEIVE: &str = "/do/ironmonger/admin/inventory/receive";
const ADJUST: &str = "/do/ironmonger/admin/inventory/adjust";

const CONNECTIONS: u32 = 5;
const ROUNDS: u64 = 5;
/// Who hangs up, side by side.
const CUTTERS: u64 = 8;
/// How often each of them does so in a round: a thousand times in all.
const CUTS: u64 = 25;
/// Acts of each client that waits for its answer, in a round.
const ACTS: usize = 12;
const SHOPPERS: usize = 12;

/// The same numbers in every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// A request as it goes over the wire.
struct Raw {
    host: String,
    bytes: Vec<u8>,
}

impl Raw {
    fn get(app: &TestApp, path: &str) -> Self {
        Self::of(app, &format!("GET {path}"), "", "")
    }

    fn form<K: AsRef<str>, V: AsRef<str>>(app: &TestApp, cookies: &str, path: &str, fields: &[(K, V)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::of(app, &format!("POST {path}"), cookies, &body)
    }

    fn of(app: &TestApp, what: &str, cookies: &str, body: &str) -> Self {
        let host = app.root.trim_start_matches("http://").to_owned();
        let (root, length) = (&app.root, body.len());
        let head = format!(
            "{what} HTTP/1.1\r\nhost: {host}\r\norigin: {root}\r\ncookie: {cookies}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n"
        );
        Self { host, bytes: (head + body).into_bytes() }
    }

    async fn send(&self, bytes: usize) -> TcpStream {
        let mut socket = TcpStream::connect(&self.host).await.unwrap();
        socket.write_all(&self.bytes[..bytes]).await.unwrap();
        socket
    }

    /// Sends it, every fourth time only its beginning, and hangs up within 8 ms.
    async fn cut(&self, chance: &mut Chance) {
        let whole = self.bytes.len();
        let sent = if chance.below(4) == 0 { chance.below(whole) } else { whole };
        let moment = Duration::from_micros(chance.below(8000) as u64);
        let socket = self.send(sent).await;
        let start = Instant::now();
        // timers count in milliseconds, a transaction begins in less
        while start.elapsed() < moment {
            tokio::task::yield_now().await;
        }
        drop(socket);
    }
}

/// A member of staff who is signed in, and the cookies of that.
async fn at_the_stock(app: &TestApp) -> (Browser, String) {
    let (staff, browser) = (app.staff(&[Permission::InventoryRead, Permission::InventoryWrite]).await, app.browser());
    let response = browser.post("/admin/login", ENTER, &[("email", staff.email()), ("password", PASSWORD)]).await;
    assert!(location(&response).starts_with("/admin"));
    (browser, cookies(&response))
}

/// The cookies that an answer sets, as a browser would send them back.
fn cookies(response: &reqwest::Response) -> String {
    let set = response.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()?.split(';').next());
    set.collect::<Vec<_>>().join("; ")
}

/// Receives a piece and reads the answer: how many are on hand now, `None` if the shop was too busy.
async fn receive_one(browser: &Browser, variant: VariantId) -> Option<i32> {
    let page = format!("/admin/inventory/{variant}");
    let answer = browser.post(&page, RECEIVE, &[("variant", &variant.to_string()), ("quantity", "1")]).await;
    assert_eq!(location(&answer), page);
    // said in the session, which is written outside of any transaction
    let read = browser.get(&page).await;
    let busy = read.status() == 503;
    let html = read.text().await.unwrap();
    if busy || html.contains("The shop is busy") {
        return None;
    }
    let (_, said) = html.split_once("Received. ").unwrap_or_else(|| panic!("what was said is lost: {html}"));
    Some(said.split(' ').next().unwrap().parse().unwrap())
}

/// Waits until every connection is back in the pool, then asks the server itself what they are doing.
async fn at_rest(app: &StripeApp, observer: &mut PgConnection) {
    let end = Instant::now() + Duration::from_secs(30);
    while app.db.connected().idle != app.db.connected().all {
        assert!(Instant::now() < end, "not all connections came home: {:?}", app.db.connected());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let open: Vec<(String, String)> = sqlx::query_as(
        "select coalesce(state, '?'), query from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
           and backend_type = 'client backend'",
    )
    .fetch_all(observer)
    .await
    .unwrap();
    assert!(open.is_empty(), "transactions that nobody ends: {open:?}");
}

/// Fails when both guards are taken away (`web::complete_writes::run_to_the_end`, the pool's rollback in
/// `src/db/pool.rs`): what was acknowledged is lost. Each of them is enough here; alone, the first is tested below and
/// the other one in `shop`'s tests/it/foundation.rs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_cut_beside_normal_traffic_lose_nothing() {
    stripe_app_on(CONNECTIONS, async |app| {
        let mut observer = PgConnection::connect_with(&app.options().await).await.unwrap();
        let rasp = app.product("Rasp").stock(100_000).await;
        let (_, stock_cookies) = at_the_stock(app).await;
        let mut clients = Vec::new();
        for name in ["Adze", "Bodkin", "Cramp"] {
            clients.push((at_the_stock(app).await.0, app.product(name).stock(0).await.variant, Vec::new()));
        }
        // shoppers before the checkout's form, and one who comes back from the payment page again and again
        let mut shoppers = Vec::new();
        for _ in 0..SHOPPERS {
            let browser = app.browser();
            let cookies = cookies(&browser.add(&rasp, 1).await);
            let form = browser.checkout().await;
            shoppers.push((browser, cookies, form));
        }
        let undecided = app.shopper_with(&[(&rasp, 1)]).await;
        undecided.order().await;
        let (payment, number): (uuid::Uuid, String) =
            sqlx::query_as("select p.id, o.number from payments p join orders o on o.id = p.order_id")
                .fetch_one(&app.db)
                .await
                .unwrap();
        let key = app.access_key(&number).await;

        let variant = rasp.variant.to_string();
        let piece = [("variant", variant.as_str()), ("quantity", "1"), ("reason", "cut")];
        let counted = [("variant", variant.as_str()), ("change", "1"), ("reason", "cut")];
        let mut requests = vec![
            Raw::form(app, "", ADD, &[("variantId", &variant)]),
            Raw::form(app, "", ADD, &[("variantId", &variant)]),
            Raw::form(app, &stock_cookies, RECEIVE, &piece),
            Raw::form(app, &stock_cookies, ADJUST, &counted),
            Raw::get(app, &format!("/checkout/return?payment={payment}&key={key}")),
            Raw::get(app, &format!("/products/{}", rasp.slug)),
        ];
        requests.extend(shoppers.iter().map(|(_, cookies, form)| Raw::form(app, cookies, PLACE, form)));

        for round in 0..ROUNDS {
            let cutters = (0..CUTTERS).map(async |n| {
                let mut chance = Chance(round * CUTTERS + n);
                for _ in 0..CUTS {
                    // every third one places an order
                    let which = if chance.below(3) == 0 { chance.below(SHOPPERS) + 6 } else { chance.below(6) };
                    requests[which].cut(&mut chance).await;
                }
            });
            let normal = clients.iter_mut().map(async |(browser, variant, acknowledged)| {
                for _ in 0..ACTS {
                    acknowledged.extend(receive_one(browser, *variant).await);
                }
            });
            tokio::join!(join_all(cutters), join_all(normal));
            at_rest(app, &mut observer).await;
        }

        for (_, variant, acknowledged) in &clients {
            let written: Vec<i32> = sqlx::query_scalar(
                "select on_hand_after from inventory_movements where variant_id = $1 and delta_on_hand = 1 order by 1",
            )
            .bind(variant)
            .fetch_all(&mut observer)
            .await
            .unwrap();
            let lost: Vec<_> = acknowledged.iter().filter(|n| !written.contains(n)).collect();
            assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
            assert!(!acknowledged.is_empty());
        }
        // a form that was cut may be sent again: each cart is one order, and can be paid
        for (browser, _, form) in &shoppers {
            let answer = browser.place(form).await;
            assert!(location(&answer).contains("/pay/cs_"), "{}", location(&answer));
        }
        assert_eq!(app.count("select count(*) from orders").await, SHOPPERS as i64 + 1);
        let all = join_all((0..CONNECTIONS).map(|_| app.db.acquire())).await;
        assert!(all.iter().all(Result::is_ok), "the pool is whole");
        drop(all);
        observer.close().await.unwrap();
    })
    .await;
}

/// Fails without `web::complete_writes::run_to_the_end`: the act is dropped with its connection.
#[tokio::test]
async fn what_arrived_whole_is_done_although_nobody_waits_for_it() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(5).await;
        let (_, cookies) = at_the_stock(app).await;
        let fields = [("variant", rasp.variant.to_string()), ("quantity", "1".to_owned())];
        let request = Raw::form(app, &cookies, RECEIVE, &fields);

        // somebody else holds the level, so that the act is under way when the client hangs up
        let mut held = app.db.begin().await.unwrap();
        sqlx::query("select from stock_levels where variant_id = $1 for update")
            .bind(rasp.variant)
            .execute(&mut *held)
            .await
            .unwrap();
        let socket = request.send(request.bytes.len()).await;
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        until(async || app.count(waiting).await == 1).await;
        drop(socket);
        // long enough for the server to see that nobody is there
        tokio::time::sleep(Duration::from_millis(300)).await;
        held.rollback().await.unwrap();
        until(async || shop::inventory::available(&app.db, rasp.variant).await.unwrap() == 6).await;
    })
    .await;
}

async fn until(done: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to pass within ten seconds");
}
