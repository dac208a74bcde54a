//! Live updates: whoever follows hears of each change, whatever is lost on the way.

use futures::future::join_all;
use shop::accounts::{Permission, System, Visitor};
use shop::cart::{self, SetQuantity};
use shop::id::VariantId;
use shop::inventory::{self, Adjustment, MovementCause};
use shop::live::{Bounds, Connection, Credential, End, Hub, LiveTopic, NoPlace, Standing, Ticket, Viewer};
use shop::live::{lend, lent, other_editors, page_viewer};
use shop::testing::{self, TestShop};
use shop::{Act, announce, cache, catalog, live};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// A process that serves: it tells others, hears them, and tells those who follow.
struct Process {
    hub: Hub,
    tasks: Vec<JoinHandle<()>>,
}

impl Process {
    async fn start(shop: &TestShop, bounds: Bounds) -> Self {
        let there = shop::Shop { cache: cache::Cache::default(), ..(**shop).clone() };
        let hub = Hub::new(Arc::new(there.clone()), bounds);
        let told = announce::run(shop.db.clone(), shop.bus.clone(), shop.announcements.clone(), std::future::pending());
        let tasks = vec![
            tokio::spawn(told),
            tokio::spawn(cache::listen(there.clone(), std::future::pending())),
            tokio::spawn(hub.clone().run(std::future::pending())),
        ];
        until("listening", async || there.cache.is_listening()).await;
        Self { hub, tasks }
    }

    async fn stop(self) {
        self.hub.close().await;
        self.tasks.iter().for_each(JoinHandle::abort);
        join_all(self.tasks).await;
    }

    fn follow(&self, topics: &[LiveTopic]) -> Connection {
        let mut connection = self.hub.connect(&Viewer::default()).unwrap();
        topics.iter().for_each(|topic| connection.follow(*topic).unwrap());
        connection
    }
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came: {what}");
}

/// The next version of what is followed; fails when none comes.
async fn next(connection: &Connection) -> String {
    let next = tokio::time::timeout(Duration::from_secs(20), connection.next());
    next.await.expect("something comes").expect("goes on").version.clone()
}

/// Nothing comes for a while.
async fn quiet(connection: &Connection) {
    let next = tokio::time::timeout(Duration::from_millis(300), connection.next()).await;
    assert!(next.is_err(), "{:?}", next.map(|next| next.map(|update| update.json.clone())));
}

async fn count(shop: &TestShop, variant: VariantId, counted: i32) {
    let mut act = Act::begin(shop, &System).await.unwrap();
    inventory::adjust(&mut act, variant, Adjustment::To(counted), MovementCause::reason("Counted")).await.unwrap();
    act.commit(()).await.unwrap();
}

#[tokio::test]
async fn who_follows_hears_what_is_and_what_becomes_of_it() {
    testing::shop(async |shop| {
        let rasp = shop.product("Rasp").priced(8_50).stock(3).await;
        let process = Process::start(shop, Bounds::default()).await;
        let product = process.follow(&[LiveTopic::Product(rasp.id)]);
        let stock = process.follow(&[LiveTopic::Stock(rasp.variant)]);
        let page = async || live::product_version(&catalog::product_by_id(shop, rasp.id).await.unwrap());
        let first = next(&product).await;
        assert_eq!(first, page().await, "what a page shows has the version that is told of it");
        let level = next(&stock).await;
        assert_eq!(level, live::version(shop, LiveTopic::Stock(rasp.variant)).await.unwrap());

        // few are left: the text comes along, and the page need not be read anew
        count(shop, rasp.variant, 2).await;
        assert_ne!(next(&stock).await, level);
        let update = product.next().await.unwrap();
        let halves = |version: &str| version.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let (rest, all) = (halves(&first), halves(&update.version));
        assert_eq!(rest.0, all.0, "nothing but numbers");
        assert_ne!(rest.1, all.1);
        let told = String::from_utf8(update.json.to_vec()).unwrap();
        assert!(told.contains(&format!(r#""stock-{}":{{"text":"Only 2 left""#, rasp.variant)), "{told}");
        assert!(told.contains("£8.50"), "{told}");

        // none is left: the page is another one
        count(shop, rasp.variant, 0).await;
        assert_ne!(halves(&next(&product).await).0, all.0);
        quiet(&product).await;

        // whoever comes later hears how it is now, and one who left hears nothing
        let late = process.follow(&[LiveTopic::Product(rasp.id)]);
        assert_eq!(next(&late).await, page().await);
        sqlx::query("update products set status = 'archived'").execute(&shop.db).await.unwrap();
        shop.announcements.catalog_changed();
        assert_eq!(next(&late).await, "", "it is not there any more");
        process.stop().await;
    })
    .await;
}

#[tokio::test]
async fn how_many_there_are_of_what_is_plentiful_nobody_hears() {
    testing::shop(async |shop| {
        let rasp = shop.product("Rasp").priced(8_50).stock(100).await;
        let process = Process::start(shop, Bounds::default()).await;
        let product = process.follow(&[LiveTopic::Product(rasp.id)]);
        let stock = process.follow(&[LiveTopic::Stock(rasp.variant)]);
        let (first, level) = (next(&product).await, next(&stock).await);
        count(shop, rasp.variant, 60).await;
        assert_ne!(next(&stock).await, level, "staff do");
        quiet(&product).await;
        let page = catalog::product_by_id(shop, rasp.id).await.unwrap();
        assert_eq!((page.variants[0].available, live::product_version(&page)), (60, first));
        process.stop().await;
    })
    .await;
}

#[tokio::test]
async fn carts_and_orders_are_followed_and_the_lists_of_staff() {
    testing::shop(async |shop| {
        let rasp = shop.product("Rasp").priced(8_50).stock(5).await;
        let visitor = shop.guest_with(&[(&rasp, 2)]).await;
        let id = cart::of(shop, &visitor).await.unwrap().id.unwrap();
        let process = Process::start(shop, Bounds::default()).await;
        let cart = process.follow(&[LiveTopic::Cart(id)]);
        let list = process.follow(&[LiveTopic::AdminOrders]);
        let (first, _) = (next(&cart).await, next(&list).await);
        assert_eq!(first, live::version(shop, LiveTopic::Cart(id)).await.unwrap());

        // plenty are left: that somebody counted changes nothing of this cart
        count(shop, rasp.variant, 4).await;
        quiet(&cart).await;
        count(shop, rasp.variant, 1).await;
        let few = next(&cart).await;
        assert_ne!(few, first);
        count(shop, rasp.variant, 5).await;
        assert_eq!(next(&cart).await, first, "the same again has the same version");

        let line = cart::of(shop, &visitor).await.unwrap().lines[0].id;
        cart::set_quantity(shop, &visitor, line, SetQuantity { quantity: "1".into() }).await.unwrap();
        assert_ne!(next(&cart).await, first);

        let placed = shop.placed(&visitor).await;
        next(&cart).await;
        next(&list).await;
        let order = process.follow(&[LiveTopic::Order(placed.order)]);
        let unpaid = next(&order).await;
        shop.take_money(placed.order).await;
        assert_ne!(next(&order).await, unpaid);
        next(&list).await;
        let shown = shop::orders::own(shop, placed.order).await.unwrap().version;
        assert_eq!(live::version(shop, LiveTopic::Order(placed.order)).await.unwrap(), shown);
        process.stop().await;
    })
    .await;
}

/// Fails when what is announced while the listener is away is not looked for when it is back.
#[tokio::test]
async fn what_is_missed_while_the_listener_is_cut_off_is_found_again() {
    changes_while_the_listener_is_cut_off(400, 8).await;
}

/// The same for longer, about half a minute.
#[tokio::test]
#[ignore = "slow"]
async fn what_is_missed_while_the_listener_is_cut_off_often_is_found_again() {
    changes_while_the_listener_is_cut_off(5_000, 50).await;
}

async fn changes_while_the_listener_is_cut_off(changes: i32, cuts: i32) {
    testing::shop(async |shop| {
        let rasps = join_all((0..4).map(async |n| shop.product(&format!("Rasp {n}")).stock(10_000).await)).await;
        let process = Process::start(shop, Bounds::default()).await;
        let followed: Vec<_> = rasps.iter().map(|rasp| process.follow(&[LiveTopic::Stock(rasp.variant)])).collect();
        let writing = async {
            for n in 0..changes {
                count(shop, rasps[(n % 4) as usize].variant, 9_000 - n).await;
            }
        };
        let cutting = async {
            let (mut done, give_up) = (0, tokio::time::Instant::now() + Duration::from_secs(120));
            while done < cuts && tokio::time::Instant::now() < give_up {
                let cut: i64 = sqlx::query_scalar(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen \"live\"%'",
                )
                .fetch_one(&shop.db)
                .await
                .unwrap();
                done += i32::try_from(cut).unwrap();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(done >= cuts, "only {done} times");
        };
        tokio::join!(writing, cutting);
        let since = tokio::time::Instant::now();
        for (rasp, connection) in rasps.iter().zip(&followed) {
            let now = live::version(shop, LiveTopic::Stock(rasp.variant)).await.unwrap();
            tokio::time::timeout(Duration::from_secs(20), async { while next(connection).await != now {} })
                .await
                .expect("what is shown is what is");
        }
        println!("all right after {:?}", since.elapsed());
        process.stop().await;
    })
    .await;
}

/// A process that dies between commit and notification tells nobody.
#[tokio::test]
async fn what_nobody_tells_of_is_found_by_who_looks_at_everything() {
    testing::shop(async |shop| {
        let rasp = shop.product("Rasp").stock(10).await;
        let process = Process::start(shop, Bounds::default()).await;
        let stock = process.follow(&[LiveTopic::Stock(rasp.variant)]);
        let before = next(&stock).await;
        sqlx::query("update stock_levels set on_hand = 9").execute(&shop.db).await.unwrap();
        quiet(&stock).await;
        // the next half minute, or as here a process that says that there was too much to say
        shop.bus.publish(&announce::Heard::Everything).await.unwrap();
        assert_ne!(next(&stock).await, before);
        sqlx::query("update stock_levels set on_hand = 10").execute(&shop.db).await.unwrap();
        process.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_slow_finds_what_is_so_and_not_what_was() {
    testing::shop(async |shop| {
        let rasp = shop.product("Rasp").stock(100).await;
        let process = Process::start(shop, Bounds::default()).await;
        let slow = process.follow(&[LiveTopic::Stock(rasp.variant)]);
        let watcher = process.follow(&[LiveTopic::Stock(rasp.variant)]);
        next(&watcher).await;
        for counted in [90, 80, 70] {
            count(shop, rasp.variant, counted).await;
            next(&watcher).await;
        }
        let now = live::version(shop, LiveTopic::Stock(rasp.variant)).await.unwrap();
        assert_eq!(next(&slow).await, now, "one message, the newest");
        quiet(&slow).await;
        process.stop().await;
    })
    .await;
}

#[tokio::test]
async fn places_are_bounded_and_come_back() {
    testing::shop(async |shop| {
        let bounds = Bounds { all: 4, per_network: Some(3), per_visitor: 2, topics: 2 };
        let hub = Hub::new(Arc::new((**shop).clone()), bounds);
        let from = |visitor: Option<&str>, network: &str| Viewer {
            visitor: visitor.map(str::to_owned),
            network: Some(network.to_owned()),
            ..Viewer::default()
        };
        let mut first = hub.connect(&from(Some("a"), "192.0.2.1")).unwrap();
        let _second = hub.connect(&from(Some("a"), "192.0.2.1")).unwrap();
        assert_eq!(hub.connect(&from(Some("a"), "192.0.2.2")).err(), Some(NoPlace::Visitor));
        let _third = hub.connect(&from(None, "192.0.2.1")).unwrap();
        assert_eq!(hub.connect(&from(None, "192.0.2.1")).err(), Some(NoPlace::Network));
        let fourth = hub.connect(&from(None, "192.0.2.2")).unwrap();
        assert_eq!(hub.connect(&from(None, "192.0.2.3")).err(), Some(NoPlace::Full));
        drop(fourth);
        assert!(hub.connect(&from(None, "192.0.2.3")).is_ok());

        first.follow(LiveTopic::AdminOrders).unwrap();
        first.follow(LiveTopic::AdminJobs).unwrap();
        first.follow(LiveTopic::AdminJobs).unwrap();
        assert_eq!(first.follow(LiveTopic::AdminPayments), Err(NoPlace::Topics));
        first.unfollow(LiveTopic::AdminJobs);
        first.follow(LiveTopic::AdminPayments).unwrap();
        hub.close().await;
        assert_eq!(first.next().await.err(), Some(End::Closing));
        assert_eq!(hub.connect(&from(None, "192.0.2.9")).err(), Some(NoPlace::Closing));
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_out_is_told_nothing_more() {
    testing::shop(async |shop| {
        let machine = shop.machine(&[Permission::OrdersRead]).await;
        let process = Process::start(shop, Bounds::default()).await;
        let viewer = Viewer { standing: Some(Standing::of_machine(&machine)), ..Viewer::default() };
        let (ended, other) = (process.hub.connect(&viewer).unwrap(), process.follow(&[LiveTopic::AdminOrders]));
        next(&other).await;
        quiet(&ended).await;
        sqlx::query("update api_keys set revoked_at = now()").execute(&shop.db).await.unwrap();
        let end = tokio::time::timeout(Duration::from_secs(20), ended.next()).await.unwrap();
        assert_eq!(end.err(), Some(End::SignedOut));
        quiet(&other).await;
        process.stop().await;
    })
    .await;
}

#[tokio::test]
async fn colleagues_see_who_has_a_product_open() {
    testing::shop(async |shop| {
        let rasp = shop.product("Rasp").await;
        let (ann, ben) = (shop.staff(&[Permission::CatalogRead]).await, shop.staff(&[Permission::CatalogRead]).await);
        let process = Process::start(shop, Bounds::default()).await;
        let topic = LiveTopic::Editing(rasp.id);
        let open = |staff: &shop::accounts::Staff| {
            let mut connection =
                process.hub.connect(&Viewer { staff: Some(staff.clone()), ..Viewer::default() }).unwrap();
            connection.follow(topic).unwrap();
            connection
        };
        let anns = open(&ann);
        until("ann", async || other_editors(shop, &ben, rasp.id).await.unwrap().len() == 1).await;
        assert!(other_editors(shop, &ann, rasp.id).await.unwrap().is_empty(), "she knows that she is there");
        // a second tab is no second person
        let again = open(&ann);
        let bens = open(&ben);
        until("ben", async || other_editors(shop, &ann, rasp.id).await.unwrap().len() == 1).await;
        assert_eq!(other_editors(shop, &ben, rasp.id).await.unwrap()[0].user, ann.id());
        next(&anns).await;
        drop((anns, again));
        until("nobody", async || other_editors(shop, &ben, rasp.id).await.unwrap().is_empty()).await;
        // one whose process died is gone after a while
        shop.clock.advance(chrono::TimeDelta::minutes(1));
        assert!(other_editors(shop, &ann, rasp.id).await.unwrap().is_empty());
        let nosy = shop.staff(&[Permission::OrdersRead]).await;
        assert!(other_editors(shop, &nosy, rasp.id).await.is_err());
        drop(bens);
        process.stop().await;
    })
    .await;
}

#[tokio::test]
async fn tickets_are_ours_of_one_viewer_and_end() {
    testing::shop(async |shop| {
        let topics = [LiveTopic::AdminOrders, LiveTopic::AdminJobs];
        let ticket = Ticket::write(shop, "user:1", &topics).unwrap();
        assert_eq!(Ticket::read(shop, "user:1", &ticket).as_deref(), Some(&topics[..]));
        assert_eq!(Ticket::read(shop, "user:2", &ticket), None);
        assert_eq!(Ticket::read(shop, "", &ticket), None);
        for at in 0..ticket.len() {
            let mut forged = ticket.clone().into_bytes();
            forged[at] ^= 1;
            let forged = String::from_utf8(forged).unwrap_or_default();
            assert_eq!(Ticket::read(shop, "user:1", &forged), None, "byte {at}");
        }
        shop.clock.advance(chrono::TimeDelta::hours(49));
        assert_eq!(Ticket::read(shop, "user:1", &ticket), None, "too old");
        assert_eq!(page_viewer(&Visitor::default()), "");

        let credential = Credential { api_key: Some("a secret".into()), ..Credential::default() };
        let ticket = lend(shop, credential.clone()).unwrap();
        assert!(!ticket.contains("secret"));
        assert_eq!(lent(shop, &ticket), Some(credential));
        assert_eq!(lent(shop, &ticket[1..]), None);
        shop.clock.advance(chrono::TimeDelta::seconds(61));
        assert_eq!(lent(shop, &ticket), None, "a minute is over");
    })
    .await;
}

#[tokio::test]
async fn keys_of_the_channel_rotate_and_are_sealed_anew() {
    testing::shop(async |shop| {
        use shop::live::channel;
        let kids = async || -> Vec<String> {
            channel::published(shop).await.unwrap().into_iter().map(|key| key.kid).collect()
        };
        let first = kids().await;
        assert_eq!((first.len(), kids().await), (1, first.clone()), "made once");
        let second = channel::rotate(shop, &System).await.unwrap();
        assert_eq!(kids().await, [second.clone(), first[0].clone()]);
        assert_eq!(channel::signing(shop).await.unwrap().kid, second);
        shop.clock.advance(chrono::TimeDelta::days(91));
        assert_eq!(kids().await, std::slice::from_ref(&second), "the former one is forgotten");

        let secret = |text: &str| secrecy::SecretString::from(text.to_owned());
        let (old, new) = (testing::ENCRYPTION_SECRET, "another secret, of more than thirty-two characters");
        let with = |secrets: Vec<secrecy::SecretString>| shop::Shop {
            encryption_keys: shop::keys::EncryptionKeys::new(secrets).unwrap(),
            ..(**shop).clone()
        };
        let both = with(vec![secret(new), secret(old)]);
        assert_eq!(shop::at_rest::rotate(&both, |_, _| {}).await.unwrap().values, 2);
        let rotated = with(vec![secret(new)]);
        assert_eq!(channel::signing(&rotated).await.unwrap().kid, second);
        assert_eq!(shop::at_rest::rotate(&rotated, |_, _| {}).await.unwrap().values, 0);
    })
    .await;
}
