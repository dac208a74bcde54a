//! Waiting for a connection to the database: a request waits for all that it needs no longer than for one.
//!
//! The clock stands still here and jumps to the next timer when nobody has anything to do, so every wait takes exactly
//! as long as its bound.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use futures::future::join_all;
use ironmonger::config::Config;
use ironmonger::server;
use ironmonger::web::App;
use shop::Clock;
use shop::db::{ACQUIRE_TIMEOUT, Db, wait_in_all};
use shop::testing::{TestShop, noon};
use std::net::SocketAddr;
use tokio::time::{self, Duration, Instant};
use tower::ServiceExt;

/// A shop with two connections, both taken.
async fn nothing_free<T>(test: impl AsyncFnOnce(&TestShop) -> T) {
    let shop = TestShop::open_with(Clock::standing_at(noon()), 2).await;
    let taken = (shop.db.acquire().await.unwrap(), shop.db.acquire().await.unwrap());
    time::pause();
    test(&shop).await;
    time::resume();
    drop(taken);
    shop.finish().await;
}

async fn one(db: &Db) -> sqlx::Result<i32> {
    sqlx::query_scalar("select 1").fetch_one(db).await
}

/// Fails when connections take turns: then none of them has its plans ready.
#[tokio::test]
async fn the_connection_that_was_used_last_is_lent_again() {
    let shop = TestShop::open_with(Clock::standing_at(noon()), 3).await;
    let (first, second, mut last) =
        (shop.db.acquire().await.unwrap(), shop.db.acquire().await.unwrap(), shop.db.acquire().await.unwrap());
    let used: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *last).await.unwrap();
    first.release();
    second.release();
    last.release();
    for _ in 0..3 {
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&shop.db).await.unwrap();
        assert_eq!(pid, used);
    }
    shop.finish().await;
}

/// Fails without the bound in `wait_in_all`: five questions wait 15 s.
#[tokio::test]
async fn two_hundred_wait_for_all_their_connections_as_long_as_for_one() {
    nothing_free(async |shop| {
        let since = Instant::now();
        let crowd = (0..200).map(|_| {
            wait_in_all(async {
                for _ in 0..4 {
                    let refused = one(&shop.db).await;
                    assert!(matches!(refused, Err(sqlx::Error::PoolTimedOut)), "{refused:?}");
                }
                assert!(matches!(shop.db.begin().await, Err(sqlx::Error::PoolTimedOut)));
                since.elapsed()
            })
        });
        for waited in join_all(crowd).await {
            assert_eq!(waited.as_secs(), ACQUIRE_TIMEOUT.as_secs());
        }
        // and who has no such bound waits each time
        let since = Instant::now();
        for _ in 0..2 {
            one(&shop.db).await.unwrap_err();
        }
        assert_eq!(since.elapsed().as_secs(), 2 * ACQUIRE_TIMEOUT.as_secs());
    })
    .await;
}

/// Only waiting counts, not what is done with the connection. Fails when the time left does not shrink, or begins anew.
#[tokio::test]
async fn what_was_waited_before_is_not_waited_again() {
    let shop = TestShop::open_with(Clock::standing_at(noon()), 1).await;
    let held = shop.db.acquire().await.unwrap();
    wait_in_all(async {
        time::pause();
        let (first, ()) = tokio::join!(one(&shop.db), async {
            time::sleep(Duration::from_secs(2)).await;
            // what follows asks the database, and takes its real time
            time::resume();
            drop(held);
        });
        assert_eq!(first.unwrap(), 1);
        let held = shop.db.acquire().await.unwrap();
        time::pause();
        // with the connection in hand nobody waits
        time::sleep(Duration::from_secs(60)).await;
        let since = Instant::now();
        one(&shop.db).await.unwrap_err();
        assert!(since.elapsed() <= Duration::from_millis(1010), "{:?}", since.elapsed());
        time::resume();
        drop(held);
    })
    .await;
    shop.finish().await;
}

/// Fails without `timeout::for_connections`: the page waits for the shop's name, then for its time zone, and so on.
#[tokio::test]
async fn every_request_is_bounded() {
    nothing_free(async |shop| {
        let config = Config::read(|_| None).unwrap();
        let app = App::new((**shop).clone(), config);
        let origin = app.config.public_url.origin().ascii_serialization();
        let router = server::router(app);
        let peer = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000)));
        let ask = |method: Method, path: &str| {
            let request = Request::builder().method(method).uri(path).extension(peer).header("origin", &origin);
            let request =
                request.header("host", "localhost").header("content-type", "application/x-www-form-urlencoded");
            router.clone().oneshot(request.body(Body::from("email=a%40b.example&password=wrong-one")).unwrap())
        };
        let since = Instant::now();
        let (page, form, api) = tokio::join!(
            ask(Method::GET, "/"),
            ask(Method::POST, "/do/ironmonger/storefront/sign_in/enter"),
            ask(Method::GET, "/api/products"),
        );
        assert_eq!(since.elapsed().as_secs(), ACQUIRE_TIMEOUT.as_secs());
        for answer in [page, form, api] {
            assert_eq!(answer.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
        }
    })
    .await;
}
