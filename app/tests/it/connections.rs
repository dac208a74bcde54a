//! Clients that hold a connection and do nothing, or too much, and a database that hangs: others are still served.

use crate::support::{TestApp, app, app_on};
use futures::future::join_all;
use shop::testing::TestShop;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.root.trim_start_matches("http://")).await.unwrap()
}

/// A form whose body is announced as so long, of which ten bytes come.
async fn half_sent(app: &TestApp, length: usize) -> TcpStream {
    let mut socket = connect(app).await;
    let root = &app.root;
    let host = root.trim_start_matches("http://");
    let head = format!(
        "POST /do/ironmonger/storefront/cart/add HTTP/1.1\r\nhost: {host}\r\norigin: {root}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\nvariantId="
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// What comes until the connection is closed.
async fn rest(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut text)).await;
    // a connection that is closed with something unread is reset
    let _ = read.expect("it is closed");
    String::from_utf8_lossy(&text).into_owned()
}

/// Fails without the bound for each address in `Places`, which holds all of them. And without the deadline in
/// `server::deadlines`: the silent ones stay for ever, since hyper's own begins with the first byte.
#[tokio::test]
async fn silent_connections_are_bounded_and_end() {
    let app = TestApp::start_with(TestShop::open().await, &[("CONNECTIONS_PER_ADDRESS", "5")]).await;
    let mut silent = join_all((0..5).map(|_| connect(&app))).await;
    // the last of them is accepted when one more is refused
    let said = rest(&mut connect(&app).await).await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("retry-after"), "{said}");
    let start = Instant::now();
    for said in join_all(silent.iter_mut().map(rest)).await {
        assert_eq!(said, "");
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(app.browser().get("/health/live").await.status(), 200);
    app.finish().await;
}

/// A client may speak HTTP/2 from the first byte (RFC 9113, 3.4), and its first bytes may come one by one, as those of
/// HTTP/1 may. Fails when the protocol is decided before there is enough to tell it by.
#[tokio::test]
async fn both_protocols_are_spoken_however_slowly_they_begin() {
    app(async |app| {
        let beginning = async |socket: &mut TcpStream, bytes: &[u8]| {
            for byte in bytes {
                socket.write_all(&[*byte]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        };
        let mut second = connect(app).await;
        beginning(&mut second, b"PRI").await;
        // the rest of the preface, and a frame of settings that sets nothing
        second.write_all(b" * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut frame = [0; 9];
        second.read_exact(&mut frame).await.unwrap();
        assert_eq!((frame[3], &frame[5..]), (4, &[0; 4][..]), "settings of the connection: {frame:?}");

        let mut first = connect(app).await;
        beginning(&mut first, b"P").await;
        first.write_all(b"UT /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let said = rest(&mut first).await;
        assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    })
    .await;
}

/// Fails without the look at what is announced in `web::body::bounded`: the answer waits for a body that does not come.
#[tokio::test]
async fn a_body_announced_as_too_large_is_refused_before_any_of_it_is_read() {
    app(async |app| {
        let mut socket = half_sent(app, 2 << 20).await;
        let said = rest(&mut socket).await;
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("connection: close"), "{said}");
    })
    .await;
}

/// Fails without `web::body::bounded`, and without the shorter time at a stop: the tasks wait for the bodies, and the
/// stop for the tasks.
#[tokio::test]
async fn a_stop_does_not_wait_for_bodies_that_do_not_come() {
    let app = TestApp::start(TestShop::open().await).await;
    let mut sockets = join_all((0..50).map(|_| half_sent(&app, 1000))).await;
    // all of them are being answered
    assert_eq!(app.browser().get("/health/live").await.status(), 200);
    let start = Instant::now();
    let (answers, ()) = tokio::join!(join_all(sockets.iter_mut().map(rest)), app.finish());
    // a body may pause for ten seconds at other times
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    for said in answers {
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
}

/// Stands between the shop and PostgreSQL, and can stop passing anything on, as a server does whose machine hangs.
struct Between {
    folder: PathBuf,
    frozen: watch::Sender<bool>,
}

impl Between {
    async fn of(shop: &TestShop) -> Self {
        let options = shop.options().await;
        let name = format!(".s.PGSQL.{}", options.get_port());
        let server = options.get_socket().expect("the tests' server has a socket").join(&name);
        let folder = std::env::temp_dir().join(format!("ironmonger-between-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join(&name)).unwrap();
        let (frozen, thaw) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, thaw) = (server.clone(), thaw.clone());
                tokio::spawn(async move { pass_on(client, server, thaw).await });
            }
        });
        Self { folder, frozen }
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn pass_on(mut client: UnixStream, server: PathBuf, mut frozen: watch::Receiver<bool>) {
    let Ok(mut server) = UnixStream::connect(server).await else { return };
    loop {
        if frozen.wait_for(|frozen| !frozen).await.is_err() {
            return;
        }
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            change = frozen.wait_for(|frozen| *frozen) => if change.is_err() { return },
        }
    }
}

/// Fails without the deadline of `web::timeout` for reads: whoever comes first waits as long as the database does.
#[tokio::test]
async fn nobody_waits_long_for_a_database_that_hangs() {
    let mut shop = TestShop::open().await;
    let between = Between::of(&shop).await;
    let options = shop.options().await.socket(&between.folder);
    let own = std::mem::replace(&mut shop.db, shop::db::connect(options, 5).await.unwrap());
    app_on(shop, async |app| {
        let rasp = app.product("Rasp").stock(5).await;
        let (browser, page) = (app.browser(), format!("/products/{}", rasp.slug));
        browser.page(&page).await;
        between.frozen.send_replace(true);
        let asked = ["/", &page, "/search?q=rasp", "/cart", "/account", "/api/products", "/health/live"];
        let answers = join_all(asked.iter().map(|path| browser.get(path)));
        let answers = tokio::time::timeout(Duration::from_secs(8), answers).await.expect("all are answered in time");
        for (path, answer) in asked.iter().zip(&answers) {
            let busy = answer.status() == 503 && answer.headers().contains_key("retry-after");
            assert!(busy || answer.status() == 200 || answer.status() == 303, "{path}: {}", answer.status());
        }
        assert_eq!(answers[6].status(), 200);
        between.frozen.send_replace(false);
        for _ in 0..100 {
            if browser.get(&page).await.status() == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the shop does not recover");
    })
    .await;
    own.close().await;
}
