//! Conversations: whose they are, one order of messages, and what becomes of a message that is sent twice.

use futures::future::join_all;
use shop::actors::{Customer, Permission, Staff};
use shop::conversations::{
    self, ConversationQuery, ConversationStatus, EditMessage, Message, MessageQuery, Messages, OpenConversation,
    Participant, SendMessage, Side,
};
use shop::id::{ConversationId, UserId};
use shop::input::Raw;
use shop::testing::{self, TestShop};
use shop::{Error, Paging};
use std::collections::BTreeSet;

use ConversationStatus::{Answered, Closed, Open, Snoozed};
use chrono::{DateTime, TimeDelta, Utc};

fn about(title: &str) -> OpenConversation {
    OpenConversation { title: title.into(), ..OpenConversation::default() }
}

fn message(id: ConversationId, text: &str) -> SendMessage {
    SendMessage { session_id: id.to_string().as_str().into(), text: text.into(), ..SendMessage::default() }
}

async fn say(shop: &TestShop, participant: Participant<'_>, id: ConversationId, text: &str) -> Message {
    conversations::send(shop, participant, &message(id, text)).await.unwrap()
}

async fn all(shop: &TestShop, participant: Participant<'_>, id: ConversationId) -> Messages {
    let query = MessageQuery { after: Some(0), before: None, limit: 100 };
    conversations::messages(shop, participant, id, query).await.unwrap()
}

fn moment(at: DateTime<Utc>) -> Raw {
    at.to_rfc3339().as_str().into()
}

fn query() -> ConversationQuery {
    let paging = Paging::new(1, 20);
    ConversationQuery { status: None, search: String::new(), assignee: None, waiting: false, paging }
}

async fn standing(shop: &TestShop, who: &Staff, id: ConversationId) -> conversations::Conversation {
    conversations::conversation(shop, Participant::Staff(who), id).await.unwrap()
}

async fn people(shop: &TestShop) -> (Customer, Staff) {
    let desk = shop.staff(&[Permission::ConversationsWrite]).await;
    (shop.customer("ada@example.org").await, desk)
}

#[tokio::test]
async fn a_shopper_asks_and_the_shop_answers() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let (shopper, staff) = (Participant::Shopper(&ada), Participant::Staff(&desk));
        let rasp = shop.product("Rasp").stock(3).await;
        let input = OpenConversation { product_id: rasp.id.to_string().as_str().into(), ..about("A handle?") };
        let id = conversations::open(shop, &ada, input.clone()).await.unwrap();
        let asked = say(shop, shopper, id, "Does it come with a handle?").await;
        assert_eq!((asked.seq, asked.side, asked.is_mine), (1, Side::Shopper, true));
        let waits = standing(shop, &desk, id).await;
        let seen = waits.staff.clone().unwrap();
        assert_eq!((waits.status, waits.unread, waits.product_id), (Open, 1, Some(rasp.id)));
        assert_eq!(seen.waiting_since, Some(asked.created_at), "since the shopper wrote");
        assert!(
            conversations::conversation(shop, shopper, id).await.unwrap().staff.is_none(),
            "that is the shop's own"
        );

        // a second question does not move the shopper back in the line; an answer ends the waiting
        shop.clock.advance(TimeDelta::minutes(2));
        say(shop, shopper, id, "A wooden one?").await;
        let still = standing(shop, &desk, id).await.staff.unwrap();
        assert_eq!(still.waiting_since, seen.waiting_since);
        let answer = say(shop, staff, id, "Yes, of ash.").await;
        let answered = standing(shop, &desk, id).await;
        assert_eq!((answered.status, answered.unread), (Answered, 0), "whoever answers has read it");
        let seen = answered.staff.unwrap();
        assert_eq!((seen.waiting_since, seen.first_answered_at), (None, Some(answer.created_at)));
        let mine = conversations::list(shop, shopper, &query()).await.unwrap();
        assert_eq!((mine.total, mine.items[0].unread, mine.items[0].excerpt.as_str()), (1, 1, "Yes, of ash."));
        conversations::mark_read(shop, shopper, id, 3).await.unwrap();
        assert_eq!(conversations::conversation(shop, shopper, id).await.unwrap().unread, 0);
        conversations::mark_read(shop, shopper, id, 1).await.unwrap();
        assert_eq!(conversations::conversation(shop, shopper, id).await.unwrap().unread, 0, "what was read stays read");

        // about the same thing one goes on at a time, whatever it is called
        let again = conversations::open(shop, &ada, input.clone()).await.unwrap_err();
        assert!(matches!(&again, Error::Conflict { code: "session_exists", .. }), "{again:?}");
        conversations::close(shop, shopper, id).await.unwrap();
        let other = conversations::open(shop, &ada, input).await.unwrap();
        let back = conversations::reopen(shop, shopper, id).await.unwrap_err();
        assert!(matches!(back, Error::Conflict { code: "session_exists", .. }));
        let late = conversations::send(shop, shopper, &message(id, "Still there?")).await.unwrap_err();
        assert!(matches!(late, Error::Conflict { code: "session_exists", .. }), "nor by writing");
        conversations::close(shop, staff, other).await.unwrap();
        say(shop, shopper, id, "Still there?").await;
        let gone_on = standing(shop, &desk, id).await;
        assert_eq!((gone_on.status, gone_on.closed_at), (Open, None), "whoever writes takes it up again");
    })
    .await;
}

/// Fails without the lock on the conversation's row: two messages get one number, or one is lost.
#[tokio::test]
async fn fifty_who_write_at_once_get_one_order_and_no_gap() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let id = conversations::open(shop, &ada, about("Many")).await.unwrap();
        let writers = join_all((0..10).map(async |_| shop.staff(&[Permission::ConversationsWrite]).await)).await;
        let sent = join_all((0..50).map(async |n: usize| {
            let participant =
                if n.is_multiple_of(5) { Participant::Shopper(&ada) } else { Participant::Staff(&writers[n % 10]) };
            say(shop, participant, id, &format!("Message {n}")).await.seq
        }))
        .await;
        assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), (1..=50).collect());
        let as_ada = all(shop, Participant::Shopper(&ada), id).await.messages;
        let as_desk = all(shop, Participant::Staff(&desk), id).await.messages;
        let texts = |of: &[Message]| of.iter().map(|m| (m.seq, m.text.clone())).collect::<Vec<_>>();
        assert_eq!(texts(&as_ada), texts(&as_desk), "all see the same order");
        assert!(as_ada.windows(2).all(|two| two[0].seq + 1 == two[1].seq));
    })
    .await;
}

/// Fails without the unique client id: each try is a message.
#[tokio::test]
async fn a_message_whose_answer_was_lost_is_sent_again_and_is_one() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let id = conversations::open(shop, &ada, about("Lost")).await.unwrap();
        let input = SendMessage { client_id: "7f3a-1".into(), ..message(id, "Is it there?") };
        let tries = join_all(
            (0..6).map(async |_| conversations::send(shop, Participant::Shopper(&ada), &input).await.unwrap()),
        )
        .await;
        assert!(tries.iter().all(|sent| *sent == tries[0]), "{tries:?}");
        // another one's is another message
        let theirs = conversations::send(shop, Participant::Staff(&desk), &input).await.unwrap();
        assert_eq!((tries[0].seq, theirs.seq), (1, 2));
        let seen = all(shop, Participant::Staff(&desk), id).await.messages;
        assert_eq!(seen.iter().map(|m| m.client_id.is_some()).collect::<Vec<_>>(), [false, true], "their own only");
    })
    .await;
}

/// Fails when a statement asks for a conversation by its id alone.
#[tokio::test]
async fn others_conversations_are_not_there() {
    testing::shop(async |shop| {
        let (ada, _) = people(shop).await;
        let bob = shop.customer("bob@example.org").await;
        let (out, reads) = (shop.staff(&[]).await, shop.staff(&[Permission::ConversationsRead]).await);
        let id = conversations::open(shop, &ada, about("Private")).await.unwrap();
        let written = say(shop, Participant::Shopper(&ada), id, "Nobody else reads this.").await;
        let not_there = |error: Error| assert!(matches!(error, Error::NotFound), "{error:?}");
        let forbidden = |error: Error| assert!(matches!(error, Error::Forbidden), "{error:?}");

        let stranger = Participant::Shopper(&bob);
        let query_all = MessageQuery { after: None, before: None, limit: 20 };
        not_there(conversations::conversation(shop, stranger, id).await.unwrap_err());
        not_there(conversations::messages(shop, stranger, id, query_all).await.unwrap_err());
        not_there(conversations::send(shop, stranger, &message(id, "Me too")).await.unwrap_err());
        not_there(conversations::rename(shop, stranger, id, &"Mine".into()).await.unwrap_err());
        not_there(conversations::close(shop, stranger, id).await.unwrap_err());
        not_there(conversations::hide(shop, stranger, id).await.unwrap_err());
        not_there(conversations::mark_read(shop, stranger, id, 1).await.unwrap_err());
        let edited = EditMessage { text: "Else".into() };
        not_there(conversations::edit(shop, stranger, written.id, &edited).await.unwrap_err());
        not_there(conversations::retract(shop, stranger, written.id).await.unwrap_err());
        not_there(conversations::Participant::of_person(shop, &bob, None, id).await.err().unwrap());
        assert_eq!(conversations::list(shop, stranger, &query()).await.unwrap().total, 0);

        forbidden(conversations::conversation(shop, Participant::Staff(&out), id).await.unwrap_err());
        not_there(conversations::Participant::of_person(shop, &bob, Some(&out), id).await.err().unwrap());
        let reader = Participant::Staff(&reads);
        conversations::conversation(shop, reader, id).await.unwrap();
        forbidden(conversations::send(shop, reader, &message(id, "Hello")).await.unwrap_err());
        forbidden(conversations::close(shop, reader, id).await.unwrap_err());
        forbidden(conversations::claim(shop, &reads, id).await.unwrap_err());
        // nor does anybody change what somebody else wrote
        let writes = shop.staff(&[Permission::ConversationsWrite]).await;
        not_there(conversations::edit(shop, Participant::Staff(&writes), written.id, &edited).await.unwrap_err());

        // about an order of somebody else nobody talks
        let rasp = shop.product("Rasp").stock(3).await;
        let placed = shop.order_of(&rasp, 1).await;
        let input = OpenConversation { order_id: placed.order.to_string().as_str().into(), ..about("My order") };
        let refused = conversations::open(shop, &bob, input).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(faults) if faults.0[0].field == "orderId"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_message_is_changed_for_a_quarter_of_an_hour() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let participant = Participant::Shopper(&ada);
        let id = conversations::open(shop, &ada, about("Typing")).await.unwrap();
        let (first, second) = (say(shop, participant, id, "Hi").await, say(shop, participant, id, "Secret").await);
        shop.clock.advance(TimeDelta::minutes(15));
        let changed =
            conversations::edit(shop, participant, first.id, &EditMessage { text: "Hello".into() }).await.unwrap();
        assert_eq!((changed.text.as_str(), changed.edited_at), ("Hello", Some(shop.clock.now())));
        let gone = conversations::retract(shop, participant, second.id).await.unwrap();
        assert_eq!((gone.text.as_str(), gone.retracted_at), ("", Some(shop.clock.now())));
        let back =
            conversations::edit(shop, participant, second.id, &EditMessage { text: "Back".into() }).await.unwrap_err();
        assert!(matches!(back, Error::Conflict { code: "too_late", .. }));
        assert_eq!(shop.count("select count(*) from messages where body = 'Secret'").await, 0, "the words are gone");
        let seen = all(shop, Participant::Staff(&desk), id).await.messages;
        assert_eq!(seen.iter().map(|m| m.seq).collect::<Vec<_>>(), [1, 2], "its place stays");

        shop.clock.advance(TimeDelta::seconds(1));
        let late =
            conversations::edit(shop, participant, first.id, &EditMessage { text: "Hey".into() }).await.unwrap_err();
        assert!(matches!(late, Error::Conflict { code: "too_late", .. }));
        assert!(conversations::retract(shop, participant, first.id).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn deleted_for_oneself_it_is_there_for_the_other_side() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let participant = Participant::Shopper(&ada);
        let id = conversations::open(shop, &ada, about("Old")).await.unwrap();
        say(shop, participant, id, "Before").await;
        conversations::hide(shop, participant, id).await.unwrap();
        assert_eq!(conversations::list(shop, participant, &query()).await.unwrap().total, 0);
        assert!(matches!(conversations::conversation(shop, participant, id).await, Err(Error::NotFound)));
        assert_eq!(all(shop, Participant::Staff(&desk), id).await.messages.len(), 1);
        say(shop, Participant::Staff(&desk), id, "After").await;
        let back = all(shop, participant, id).await;
        assert_eq!(back.messages.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["After"]);
        assert_eq!(conversations::conversation(shop, participant, id).await.unwrap().unread, 1);
    })
    .await;
}

/// Fails when a claim does not look at who has it while the row is locked.
#[tokio::test]
async fn of_two_who_claim_one_gets_it() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let id = conversations::open(shop, &ada, about("Whose")).await.unwrap();
        let staff = join_all((0..6).map(async |_| shop.staff(&[Permission::ConversationsWrite]).await)).await;
        let claims = join_all(staff.iter().map(async |who| conversations::claim(shop, who, id).await)).await;
        let (got, refused): (Vec<_>, Vec<_>) = claims.into_iter().partition(Result::is_ok);
        assert_eq!(got.len(), 1);
        assert!(refused.iter().all(|e| matches!(e, Err(Error::Conflict { code: "claimed", .. }))), "{refused:?}");
        // a colleague hands it over all the same, to somebody who works here
        conversations::assign(shop, Participant::Staff(&desk), id, &desk.id().to_string().as_str().into(), false)
            .await
            .unwrap();
        let seen = standing(shop, &desk, id).await.staff.unwrap();
        assert_eq!((seen.assignee_id, seen.assignee_name.as_deref()), (Some(desk.id()), Some(desk.name())));
        for nobody in [ada.id().to_string(), UserId::new().to_string(), "x".into()] {
            let refused = conversations::assign(shop, Participant::Staff(&desk), id, &nobody.as_str().into(), false)
                .await
                .unwrap_err();
            assert!(matches!(&refused, Error::Invalid(faults) if faults.0[0].field == "assigneeId"), "{refused:?}");
        }
        let mine = ConversationQuery { assignee: Some(Some(desk.id())), ..query() };
        assert_eq!(conversations::list(shop, Participant::Staff(&desk), &mine).await.unwrap().total, 1);
        let free = ConversationQuery { assignee: Some(None), ..query() };
        assert_eq!(conversations::list(shop, Participant::Staff(&desk), &free).await.unwrap().total, 0);
        conversations::assign(shop, Participant::Staff(&desk), id, &Raw::default(), false).await.unwrap();
        assert_eq!(conversations::list(shop, Participant::Staff(&desk), &free).await.unwrap().total, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_put_aside_comes_back() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let id = conversations::open(shop, &ada, about("Later")).await.unwrap();
        say(shop, Participant::Shopper(&ada), id, "No hurry").await;
        let until = shop.clock.now() + TimeDelta::hours(3);
        let over =
            conversations::snooze(shop, Participant::Staff(&desk), id, &moment(shop.clock.now())).await.unwrap_err();
        assert!(matches!(over, Error::Invalid(_)));
        assert!(matches!(
            conversations::snooze(shop, Participant::Staff(&desk), id, &"soon".into()).await,
            Err(Error::Invalid(_))
        ));
        conversations::snooze(shop, Participant::Staff(&desk), id, &moment(until)).await.unwrap();
        assert_eq!(standing(shop, &desk, id).await.status, Snoozed);
        let seen = conversations::conversation(shop, Participant::Shopper(&ada), id).await.unwrap();
        assert_eq!(seen.status, Open, "not for the shopper to know");
        conversations::wake(shop).await.unwrap();
        assert_eq!(standing(shop, &desk, id).await.status, Snoozed, "not before its time");
        shop.clock.advance(TimeDelta::hours(3));
        conversations::wake(shop).await.unwrap();
        assert_eq!(standing(shop, &desk, id).await.status, Open);
        conversations::snooze(shop, Participant::Staff(&desk), id, &moment(until + TimeDelta::days(1))).await.unwrap();
        say(shop, Participant::Shopper(&ada), id, "A hurry after all").await;
        assert_eq!(standing(shop, &desk, id).await.status, Open, "the shopper writes");
        conversations::close(shop, Participant::Staff(&desk), id).await.unwrap();
        assert_eq!(standing(shop, &desk, id).await.status, Closed);
        let closed = conversations::snooze(shop, Participant::Staff(&desk), id, &moment(until + TimeDelta::days(1)))
            .await
            .unwrap_err();
        assert!(matches!(closed, Error::Conflict { code: "session_closed", .. }));
    })
    .await;
}

#[tokio::test]
async fn messages_are_read_in_both_directions() {
    testing::shop(async |shop| {
        let (ada, desk) = people(shop).await;
        let id = conversations::open(shop, &ada, about("Long")).await.unwrap();
        for n in 1..=9 {
            say(shop, Participant::Shopper(&ada), id, &n.to_string()).await;
        }
        let page = async |after: Option<i32>, before: Option<i32>| {
            let query = MessageQuery { after, before, limit: 4 };
            let page = conversations::messages(shop, Participant::Staff(&desk), id, query).await.unwrap();
            let seqs: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
            (seqs, page.has_before, page.has_after)
        };
        assert_eq!(page(None, None).await, (vec![6, 7, 8, 9], true, false), "the newest");
        assert_eq!(page(None, Some(6)).await, (vec![2, 3, 4, 5], true, true));
        assert_eq!(page(None, Some(2)).await, (vec![1], false, true));
        assert_eq!(page(Some(0), None).await, (vec![1, 2, 3, 4], false, true));
        assert_eq!(page(Some(8), None).await, (vec![9], true, false));
        assert_eq!(page(Some(9), None).await, (vec![], true, false));
    })
    .await;
}

#[tokio::test]
async fn who_writes_too_much_waits() {
    testing::shop(async |shop| {
        let (ada, _) = people(shop).await;
        let id = conversations::open(shop, &ada, about("One")).await.unwrap();
        for n in 0..20 {
            say(shop, Participant::Shopper(&ada), id, &n.to_string()).await;
        }
        let more = conversations::send(shop, Participant::Shopper(&ada), &message(id, "More")).await.unwrap_err();
        assert!(matches!(more, Error::TooMany { .. }), "{more:?}");
        shop.clock.advance(TimeDelta::minutes(1));
        say(shop, Participant::Shopper(&ada), id, "More").await;
        for n in 0..4 {
            conversations::close(shop, Participant::Shopper(&ada), id).await.unwrap();
            let again = conversations::open(shop, &ada, about(&n.to_string())).await.unwrap();
            conversations::close(shop, Participant::Shopper(&ada), again).await.unwrap();
        }
        let sixth = conversations::open(shop, &ada, about("Six")).await.unwrap_err();
        assert!(matches!(sixth, Error::TooMany { .. }), "{sixth:?}");
    })
    .await;
}
