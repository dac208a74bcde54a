//! The bell, its page, what each person chose, and the link that ends mail.

use crate::support::desk::{send, signed_in, signed_in_as};
use crate::support::{TestApp, app};
use shop::accounts::{Permission, Staff};
use shop::notifications::{self, NotificationKind, PreferenceInput, SavePreferences};

const LIST: &str = "/admin/notifications";
const CHOICES: &str = "/admin/notifications/preferences";

fn act(name: &str) -> String {
    format!("/do/ironmonger/admin/notifications/acts/{name}")
}

async fn an_order(app: &TestApp) -> String {
    let placed = app.order_of(&app.product("Rasp").stock(100).await, 1).await;
    app.take_money(placed.order).await;
    app.notifications_settle().await;
    placed.number
}

/// What the bell says, without its tags.
fn bell(html: &str) -> String {
    let (_, rest) = html.split_once(r#"id="bell""#).expect("there is a bell");
    let (inner, _) = rest.split_once("</a>").unwrap();
    let text: Vec<&str> =
        inner.split('<').filter_map(|part| part.split_once('>').map(|(_, text)| text.trim())).collect();
    text.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Fails when the count asks for no permission, and when the bell stands twice.
#[tokio::test]
async fn the_bell_counts_what_they_may_see() {
    app(async |app| {
        let clerk = signed_in(app, &[Permission::OrdersRead]).await;
        let keeper = signed_in(app, &[Permission::InventoryRead]).await;
        assert_eq!(bell(&clerk.page("/admin").await), "Notifications");
        assert!(clerk.page(LIST).await.contains("Nothing happened yet"));
        an_order(app).await;
        let html = clerk.page("/admin/orders").await;
        assert_eq!((bell(&html).as_str(), html.matches(r#"id="bell""#).count()), ("1 1 unread notification", 1));
        assert_eq!(bell(&keeper.page("/admin/inventory").await), "Notifications");
        assert!(!app.browser().page("/admin/login").await.contains(r#"id="bell""#));
        sqlx::query(
            "insert into notifications (id, kind, entity_type, entity_id, data, at)
             select gen_random_uuid(), kind, entity_type, entity_id, data, at from notifications, generate_series(1, 150)",
        )
        .execute(&app.db)
        .await
        .unwrap();
        app.notifications_settle().await;
        assert_eq!(bell(&clerk.page("/admin").await), "99+ More than 99 unread notifications");
    })
    .await;
}

#[tokio::test]
async fn the_page_lists_filters_and_marks() {
    app(async |app| {
        let clerk = signed_in(app, &[Permission::OrdersRead, Permission::InventoryRead]).await;
        let (first, second) = (an_order(app).await, an_order(app).await);
        let html = clerk.page(LIST).await;
        assert!(html.contains(&format!(r#"href="/admin/orders/{first}""#)), "{html}");
        assert!(html.contains("Mark all as read") && html.contains("2 unread"), "{html}");
        let id: String = sqlx::query_scalar("select id::text from notifications where data->>'number' = $1")
            .bind(&second)
            .fetch_one(&app.db)
            .await
            .unwrap();
        let (next, html) = send(&clerk, LIST, &act("read"), &[("id", &id)]).await;
        assert_eq!(next, LIST);
        assert!(html.contains("1 unread"), "{html}");
        let unread = clerk.page(&format!("{LIST}?show=unread")).await;
        assert!(unread.contains(&first) && !unread.contains(&format!("/admin/orders/{second}")), "{unread}");
        let other = clerk.page(&format!("{LIST}?kind=sold_out")).await;
        assert!(other.contains("Nothing to show") && !other.contains(&first), "{other}");
        // of a kind that is not theirs, and of none
        assert!(clerk.page(&format!("{LIST}?kind=job_dead")).await.contains("Nothing to show"));
        assert!(clerk.page(&format!("{LIST}?kind=nonsense")).await.contains(&first));

        let up_to = html.split(r#"name="upTo" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
        // it comes while they read
        let third = an_order(app).await;
        let (_, html) = send(&clerk, LIST, &act("read_all"), &[("upTo", &up_to)]).await;
        assert!(html.contains("1 unread") && html.contains("All of it is marked as read"), "{html}");
        assert!(clerk.page(&format!("{LIST}?show=unread")).await.contains(&third));
    })
    .await;
}

#[tokio::test]
async fn each_person_chooses() {
    app(async |app| {
        let staff = app.staff(&[Permission::OrdersRead, Permission::InventoryRead]).await;
        let clerk = signed_in_as(app, staff.email(), "/admin/login").await;
        assert!(clerk.page("/admin/account").await.contains(CHOICES));
        let html = clerk.page(CHOICES).await;
        assert!(
            html.contains("New order") && html.contains("Sold out") && !html.contains("Payment disputed"),
            "{html}"
        );
        assert!(html.contains(staff.email()) && html.contains("8:00"), "{html}");
        let fields = [("preferences[0][kind]", "new_order"), ("preferences[0][mail]", "at_once")];
        let (next, html) = send(&clerk, CHOICES, &act("choose"), &fields).await;
        assert_eq!(next, CHOICES);
        assert!(html.contains("Saved."), "{html}");
        let now = notifications::preferences(app, &staff).await.unwrap();
        assert_eq!((now[0].kind, now[0].in_bell, now[0].mail.word()), (NotificationKind::NewOrder, false, "at_once"));
        assert_eq!(now[2].mail.word(), "daily", "the others stay");
        an_order(app).await;
        assert_eq!(bell(&clerk.page("/admin").await), "Notifications");
    })
    .await;
}

/// The mail that somebody got, and the path of its link.
async fn link_of(app: &TestApp, staff: &Staff) -> String {
    let one = PreferenceInput { kind: "new_order".into(), in_bell: "true".into(), mail: "at_once".into() };
    notifications::save_preferences(app, staff, SavePreferences { preferences: vec![one] }).await.unwrap();
    an_order(app).await;
    notifications::make_mails(app).await.unwrap();
    app.work().await;
    let mail = app.mailer.kept().into_iter().rev().find(|mail| mail.to == staff.email()).unwrap();
    let link = mail.unsubscribe.unwrap();
    format!("{}?{}", link.path(), link.query().unwrap())
}

async fn mail_is_on(app: &TestApp, staff: &Staff) -> bool {
    notifications::preferences(app, staff).await.unwrap()[0].mail.word() == "at_once"
}

/// Fails when the page that a link leads to does what it only asks, and when `csrf` refuses a mail program.
#[tokio::test]
async fn a_link_ends_mail_without_signing_in() {
    app(async |app| {
        let (one, other) = (app.staff(&[Permission::OrdersRead]).await, app.staff(&[Permission::OrdersRead]).await);
        let link = link_of(app, &one).await;
        let stranger = app.browser();
        let html = stranger.page(&link).await;
        assert!(html.contains("Stop this mail?") && html.contains("New order"), "{html}");
        assert!(mail_is_on(app, &one).await, "it was only looked at");
        let key = link.split_once("key=").unwrap().1;
        let (next, html) = send(&stranger, &link, "/do/ironmonger/storefront/unsubscribe/stop", &[("key", key)]).await;
        assert_eq!(next, link);
        assert!(html.contains("Such mail is off") && !mail_is_on(app, &one).await, "{html}");

        // a mail program, as RFC 8058 has it: no cookie, no origin
        let link = link_of(app, &other).await;
        let client = reqwest::Client::new();
        let post = async |path: &str, origin: Option<&str>| {
            let request = client.post(format!("{}{path}", app.root));
            let request = request.form(&[("List-Unsubscribe", "One-Click")]);
            let request = match origin {
                Some(origin) => request.header("origin", origin),
                None => request,
            };
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!(post(&link, Some("https://evil.example")).await, 403, "a page elsewhere");
        assert!(mail_is_on(app, &other).await);
        assert_eq!(post(&format!("{link}0"), None).await, 404);
        assert_eq!(post("/notifications/unsubscribe", None).await, 404);
        assert!(mail_is_on(app, &other).await);
        for _ in 0..2 {
            assert_eq!(post(&link, None).await, 200);
        }
        assert!(!mail_is_on(app, &other).await);
        assert_eq!(stranger.get(&format!("{link}0")).await.status(), 404);
    })
    .await;
}
