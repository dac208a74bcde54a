//! The numbers of events: each thing counts its own, without gaps, in the order of commits.

use shop::accounts::System;
use shop::events::{self, AccountEvent, Event, SettingsEvent};
use shop::id::UserId;
use shop::testing::{self, TestShop};
use shop::{Act, Result};
use std::sync::Arc;
use tokio::sync::Barrier;

fn closed(account: UserId) -> Event {
    Event::AccountClosed(AccountEvent { account_id: account })
}

fn reopened(account: UserId) -> Event {
    Event::AccountReopened(AccountEvent { account_id: account })
}

async fn tell(shop: &shop::Shop, events: &[Event]) -> Result<()> {
    let mut act = Act::begin(shop, &System).await?;
    for event in events {
        events::record(&mut act, event)?;
    }
    act.commit(()).await
}

async fn told(shop: &TestShop, entity: &str) -> Vec<(String, i64)> {
    sqlx::query_as("select topic, sequence from outbox_events where entity_id = $1 order by sequence")
        .bind(entity)
        .fetch_all(&shop.db)
        .await
        .unwrap()
}

#[tokio::test]
async fn each_thing_counts_its_own() {
    testing::shop(async |shop| {
        let (ada, bob) = (UserId::new(), UserId::new());
        let settings = Event::SettingsChanged(SettingsEvent { keys: vec!["shopName".into()] });
        tell(shop, &[closed(ada), closed(bob), settings.clone(), reopened(ada)]).await.unwrap();
        tell(shop, &[closed(ada)]).await.unwrap();
        // one that is rolled back takes no number
        let mut act = Act::begin(shop, &System).await.unwrap();
        events::record(&mut act, &reopened(ada)).unwrap();
        act.write_down().await.unwrap();
        drop(act);
        // written down in two parts
        let mut act = Act::begin(shop, &System).await.unwrap();
        events::record(&mut act, &reopened(ada)).unwrap();
        act.write_down().await.unwrap();
        events::record(&mut act, &closed(ada)).unwrap();
        act.commit(()).await.unwrap();

        let of_ada = ["closed", "reopened", "closed", "reopened", "closed"];
        let of_ada: Vec<_> = of_ada.iter().zip(1_i64..).map(|(what, n)| (format!("account.{what}"), n)).collect();
        assert_eq!(told(shop, &ada.to_string()).await, of_ada);
        assert_eq!(told(shop, &bob.to_string()).await, [("account.closed".to_owned(), 1)]);
        let row: (String, String, String) = sqlx::query_as(
            "select version, entity_type, entity_id from outbox_events where topic = 'settings.changed'",
        )
        .fetch_one(&shop.db)
        .await
        .unwrap();
        assert_eq!(row, ("2026-12-01".into(), "settings".into(), "shop".into()));
    })
    .await;
}

/// What is kept of an event says all of it.
#[tokio::test]
async fn what_is_kept_reads_back_with_its_number() {
    testing::shop(async |shop| {
        let ada = UserId::new();
        tell(shop, &[closed(ada), reopened(ada)]).await.unwrap();
        let kept: Vec<(String, serde_json::Value, i64, String)> =
            sqlx::query_as("select topic, payload, sequence, entity_id from outbox_events order by sequence")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        let read = kept.into_iter().map(|(topic, payload, sequence, entity)| {
            let read = events::TOPICS.iter().find(|known| known.name == topic).unwrap().read;
            (read(payload).unwrap(), sequence, entity)
        });
        let wanted = [(closed(ada), 1, ada.to_string()), (reopened(ada), 2, ada.to_string())];
        assert_eq!(read.collect::<Vec<_>>(), wanted);
    })
    .await;
}

/// Fails with a deadlock when the counters are not bumped in one order, and with a gap or a number twice when they are
/// not locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acts_at_the_same_time_leave_no_gap() {
    testing::shop(async |shop| {
        let accounts: Vec<UserId> = (0..4).map(|_| UserId::new()).collect();
        let start = Arc::new(Barrier::new(4));
        let mut racing = tokio::task::JoinSet::new();
        for n in 0..4 {
            let (shop, start, mut mine) = ((**shop).clone(), start.clone(), accounts.clone());
            mine.rotate_left(n);
            racing.spawn(async move {
                start.wait().await;
                for _ in 0..50 {
                    mine.reverse();
                    let events: Vec<Event> = mine.iter().flat_map(|id| [closed(*id), reopened(*id)]).collect();
                    tell(&shop, &events).await?;
                }
                Ok::<_, shop::Error>(())
            });
        }
        for done in racing.join_all().await {
            done.unwrap();
        }
        for account in accounts {
            let numbers: Vec<i64> = told(shop, &account.to_string()).await.into_iter().map(|(_, n)| n).collect();
            assert_eq!(numbers, (1..=400).collect::<Vec<i64>>());
        }
    })
    .await;
}
