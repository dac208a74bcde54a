//! The staff's pages of staff and roles, over HTTP: invited, given roles, closed; and who may not.

use crate::support::desk::{send, signed_in};
use crate::support::{Browser, TestApp, app, location};
use shop::accounts::Permission::{self, CatalogRead, OrdersRead, StaffRead, StaffWrite};
use shop::testing::PASSWORD;

const LIST: &str = "/admin/staff";
const ROLES: &str = "/admin/roles";
const INVITE: &str = "/do/ironmonger/admin/staff/acts/invite";
const AGAIN: &str = "/do/ironmonger/admin/staff/acts/invite_again";
const WITHDRAW: &str = "/do/ironmonger/admin/staff/acts/withdraw";
const SAVE: &str = "/do/ironmonger/admin/staff/acts/save";
const SIGN_OUT: &str = "/do/ironmonger/admin/staff/acts/sign_out";
const JOIN: &str = "/do/ironmonger/admin/staff/acts/join";
const ENTER: &str = "/do/ironmonger/admin/sign_in/enter";
const CREATE: &str = "/do/ironmonger/admin/roles/acts/create";
const EDIT: &str = "/do/ironmonger/admin/roles/acts/edit";
const DELETE: &str = "/do/ironmonger/admin/roles/acts/delete";

async fn owner(app: &TestApp) -> Browser {
    let (admin, browser) = (app.admin().await, app.browser());
    let response = browser.post("/admin/login", ENTER, &[("email", admin.email()), ("password", PASSWORD)]).await;
    assert_eq!(location(&response), "/admin");
    browser
}

/// The way into the shop from the link of the last mail.
async fn invited(app: &TestApp) -> String {
    shop::worker::run_pending(app).await.unwrap();
    let mail = app.mailer.kept().pop().expect("a mail was sent");
    let (_, rest) = mail.text.split_once("/admin/join?token=").expect("with a link");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

async fn role_id(app: &TestApp, name: &str) -> String {
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from roles where name = $1").bind(name).fetch_one(&app.db).await.unwrap();
    id.to_string()
}

#[tokio::test]
async fn somebody_is_invited_and_comes_in() {
    app(async |app| {
        let owner = owner(app).await;
        let support = role_id(app, "Support").await;
        let form = owner.page("/admin/staff/invite").await;
        assert!(form.contains(&format!(r#"value="{support}""#)) && !form.contains(r#"type="password""#), "{form}");
        let wrong = [("email", "nonsense"), ("firstName", "Grace"), ("role", "staff"), ("roles[]", support.as_str())];
        let (next, html) = send(&owner, "/admin/staff/invite", INVITE, &wrong).await;
        assert_eq!(next, "/admin/staff/invite");
        assert!(html.contains(r#"value="nonsense""#) && html.contains("aria-invalid"), "{html}");
        assert!(html.contains(&format!(r#"value="{support}" checked"#)), "what was ticked is kept: {html}");

        let right = [
            ("email", "grace@example.org"),
            ("firstName", "Grace"),
            ("lastName", "Hopper"),
            ("role", "staff"),
            ("roles[]", &support),
        ];
        let (member, html) = send(&owner, "/admin/staff/invite", INVITE, &right).await;
        assert!(member.starts_with("/admin/staff/") && html.contains("The invitation to grace@example.org"), "{html}");
        let id = member.rsplit('/').next().unwrap().to_owned();
        invited(app).await;
        // sent again, the first link works no more
        let (_, html) = send(&owner, &member, AGAIN, &[("member", &id)]).await;
        assert!(html.contains("A new invitation is on its way"), "{html}");
        let token = invited(app).await;
        let guest = app.browser();
        let page = format!("/admin/join?token={token}");
        assert!(guest.page(&page).await.contains("grace@example.org"));
        let (next, html) = send(&guest, &page, JOIN, &[("token", &token), ("password", "password1")]).await;
        assert_eq!(next, page);
        assert!(html.contains("many people use"), "{html}");
        let (next, _) = send(&guest, &page, JOIN, &[("token", &token), ("password", "lantern kettle spade")]).await;
        assert_eq!(next, "/admin/login");
        let who = [("email", "grace@example.org"), ("password", "lantern kettle spade")];
        assert_eq!(location(&guest.post("/admin/login", ENTER, &who).await), "/admin");
        assert_eq!(guest.get("/admin/orders").await.status(), 200);
        assert_eq!(guest.get(LIST).await.status(), 403);
        assert_eq!(app.browser().get(&page).await.status(), 410, "used");

        // closed, the next request is nobody's
        let closed = [("member", id.as_str()), ("role", "staff"), ("roles[]", &support)];
        send(&owner, &member, SAVE, &closed).await;
        assert_eq!(location(&guest.get("/admin/orders").await), "/admin/login?next=%2Fadmin%2Forders");
        assert!(owner.page(LIST).await.contains("Disabled"));
        let (_, html) = send(&owner, &member, SAVE, &[("member", &id), ("role", "staff"), ("isActive", "true")]).await;
        assert!(html.contains("Saved.") && html.contains("Staff: edit"), "with its history: {html}");
        assert_eq!(location(&guest.post("/admin/login", ENTER, &who).await), "/admin");
        assert_eq!(guest.get("/admin/orders").await.status(), 403, "without the role");
        let (_, html) = send(&owner, &member, SIGN_OUT, &[("member", &id)]).await;
        assert!(html.contains("1 device signed out"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_withdrawn_and_a_customer_is_found() {
    app(async |app| {
        let owner = owner(app).await;
        let ada = app.customer("ada@example.org").await;
        let invite = |email: &'static str| [("email", email), ("firstName", "Ada"), ("role", "staff")];
        let (next, html) = send(&owner, "/admin/staff/invite", INVITE, &invite("ADA@example.org")).await;
        assert_eq!(next, format!("{LIST}/{}", ada.id()));
        assert!(html.contains("has an account already"), "{html}");
        let (member, _) = send(&owner, "/admin/staff/invite", INVITE, &invite("new@example.org")).await;
        let id = member.rsplit('/').next().unwrap();
        let (next, html) = send(&owner, &member, WITHDRAW, &[("member", id)]).await;
        assert_eq!(next, LIST);
        assert!(!html.contains("new@example.org"), "{html}");
        assert_eq!(owner.get(&member).await.status(), 404);
    })
    .await;
}

#[tokio::test]
async fn roles_are_made_edited_and_deleted() {
    app(async |app| {
        let owner = owner(app).await;
        let (next, html) =
            send(&owner, "/admin/roles/new", CREATE, &[("name", ""), ("permissions[]", "orders:read")]).await;
        assert_eq!(next, "/admin/roles/new");
        assert!(html.contains("is required") && html.contains(r#"value="orders:read" checked"#), "{html}");
        let fields = [("name", "Night shift"), ("permissions[]", "orders:read"), ("permissions[]", "catalog:read")];
        let (page, html) = send(&owner, "/admin/roles/new", CREATE, &fields).await;
        assert!(html.contains("Night shift") && html.contains("Role: create"), "{html}");
        let id = page.rsplit('/').next().unwrap();
        let clerk = app.staff(&[]).await;
        let member = format!("{LIST}/{}", clerk.id());
        let give = [
            ("member", clerk.id().to_string()),
            ("role", "staff".into()),
            ("roles[]", id.into()),
            ("isActive", "true".into()),
        ];
        let give: Vec<(&str, &str)> = give.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(&owner, &member, SAVE, &give).await;
        assert!(owner.page(&format!("{LIST}?role={id}")).await.contains(clerk.email()));
        let edit = [("role", id), ("name", "Night shift"), ("permissions[]", "orders:read")];
        send(&owner, &page, EDIT, &edit).await;
        let (next, html) = send(&owner, &page, DELETE, &[("role", id)]).await;
        assert_eq!(next, page);
        assert!(html.contains("Somebody has this role"), "{html}");
        let instead = role_id(app, "Support").await;
        let (next, _) = send(&owner, &page, DELETE, &[("role", id), ("instead", &instead)]).await;
        assert_eq!(next, ROLES);
        assert!(owner.page(&member).await.contains(&format!(r#"value="{instead}" checked"#)));
    })
    .await;
}

/// Whoever lacks a permission is refused by page and act alike; whoever has it reaches nothing above.
#[tokio::test]
async fn who_may_not_is_refused_everywhere() {
    app(async |app| {
        let admin = app.admin().await;
        let member = format!("{LIST}/{}", admin.id());
        let role = format!("{ROLES}/{}", role_id(app, "Manager").await);
        let id = admin.id().to_string();
        let acts = [
            (INVITE, vec![("email", "x@example.org"), ("firstName", "X"), ("role", "staff")]),
            (SAVE, vec![("member", id.as_str()), ("role", "customer")]),
            (SIGN_OUT, vec![("member", id.as_str())]),
            (WITHDRAW, vec![("member", id.as_str())]),
            (AGAIN, vec![("member", id.as_str())]),
            (CREATE, vec![("name", "Mine"), ("permissions[]", "settings:write")]),
        ];
        let others: Vec<_> = Permission::ALL.iter().copied().filter(|p| ![StaffRead, StaffWrite].contains(p)).collect();
        let clerk = signed_in(app, &others).await;
        for page in [LIST, "/admin/staff/invite", &member, ROLES, "/admin/roles/new", &role] {
            assert_eq!(clerk.get(page).await.status(), 403, "{page}");
        }
        assert!(!clerk.page("/admin").await.contains("/admin/staff"));
        let reader = signed_in(app, &[StaffRead]).await;
        let html = reader.page(&member).await + &reader.page(&role).await;
        assert!(!html.contains(SAVE) && !html.contains(SIGN_OUT) && html.contains("disabled"), "{html}");
        for page in ["/admin/staff/invite", "/admin/roles/new"] {
            assert_eq!(reader.get(page).await.status(), 403, "{page}");
        }
        let keeper = signed_in(app, &[StaffWrite, CatalogRead]).await;
        let html = keeper.page(&member).await;
        assert!(!html.contains(SAVE) && html.contains("may do more than you"), "{html}");
        assert!(!keeper.page("/admin/roles/new").await.contains(OrdersRead.word()));
        for (who, acts) in [(&clerk, &acts[..]), (&reader, &acts[..]), (&keeper, &acts[1..])] {
            for (act, fields) in acts {
                assert_eq!(who.post(LIST, act, fields).await.status(), 403, "{act}");
            }
        }
        assert_eq!(keeper.get("/admin/staff/nonsense").await.status(), 404);
        assert!(keeper.page("/admin/staff?q=nobody-here").await.contains("Nobody fits"));
    })
    .await;
}
