//! Signing in and out over HTTP.

use crate::support::{Browser, TestApp, app, location};

const JOIN: &str = "/do/ironmonger/storefront/sign_in/join";
const ENTER: &str = "/do/ironmonger/storefront/sign_in/enter";
const LEAVE: &str = "/do/ironmonger/storefront/sign_in/leave";

/// Asks for an account, confirms it by the link in the mail, and signs in to it.
async fn join(app: &TestApp, browser: &Browser, email: &str) {
    let password = ("password", "four plain words here");
    let who = [("firstName", "Ada"), ("lastName", "Byron"), ("email", email), password];
    let response = browser.post("/register", JOIN, &who).await;
    assert_eq!(location(&response), "/login");
    shop::worker::run_pending(&app.shop).await.unwrap();
    let mail = app.shop.mailer.kept().pop().expect("a mail was sent");
    let (_, link) = mail.text.split_once("token=").expect("with a link");
    let token: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
    let verify = "/do/ironmonger/storefront/recovery/verify";
    assert_eq!(location(&browser.post("/verify-email", verify, &[("token", &token)]).await), "/login");
    assert_eq!(location(&browser.post("/login", ENTER, &[("email", email), password]).await), "/account");
}

/// Fails where the page says of an address that it has an account, or signs in to a new one.
#[tokio::test]
async fn registering_looks_the_same_whether_the_address_has_an_account() {
    app(async |app| {
        app.shop.customer("ada@example.org").await;
        let mut seen = Vec::new();
        for email in ["ada@example.org", "eve@example.org"] {
            let browser = app.browser();
            let who = [("firstName", "A"), ("lastName", "B"), ("email", email), ("password", "four plain words here")];
            let response = browser.post("/register?next=/cart", JOIN, &[&who[..], &[("next", "/cart")]].concat()).await;
            assert_eq!(location(&response), "/login?next=%2Fcart");
            let page = browser.page("/login?next=%2Fcart").await.replace(email, "…");
            assert!(page.contains("A mail is on its way to …"), "{page}");
            let nonce = page.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            seen.push(page.replace(nonce, ""));
        }
        assert_eq!(seen[0], seen[1]);
    })
    .await;
}

fn session(response: &reqwest::Response) -> Option<String> {
    let cookies = response.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
    let mut values = cookies.filter_map(|c| c.strip_prefix("session=")?.split(';').next().map(str::to_owned));
    values.next()
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_but_no_password() {
    app(async |app| {
        let browser = app.browser();
        let who = [("firstName", "Ada <b>"), ("lastName", ""), ("email", "nonsense"), ("password", "hunter2hunter2")];
        let response = browser.post("/register?next=/cart", JOIN, &who).await;
        assert_eq!(location(&response), "/register?next=/cart");
        let html = browser.page("/register?next=/cart").await;
        assert!(html.contains("Ada &lt;b"), "{html}");
        assert!(html.contains("value=\"nonsense\"") && html.contains("aria-invalid=\"true\""), "{html}");
        assert!(!html.contains("hunter2"), "{html}");
        // read once: the next look at the page is clean
        assert!(!browser.page("/register?next=/cart").await.contains("nonsense"));
    })
    .await;
}

/// Fails when `cycle_id` is removed from `web::sessions::sign_in`.
#[tokio::test]
async fn a_planted_session_never_becomes_signed_in() {
    app(async |app| {
        join(app, &app.browser(), "ada@example.org").await;
        // the attacker has a session with something in it, and plants its cookie in the victim's browser
        let attacker = app.browser();
        let planted = session(&attacker.post("/login", ENTER, &[("email", "x"), ("password", "y")]).await).unwrap();
        let victim = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let response = victim
            .post(format!("{}{ENTER}", app.root))
            .header("origin", &app.root)
            .header("cookie", format!("session={planted}"))
            .form(&[("email", "ada@example.org"), ("password", "four plain words here")])
            .send()
            .await
            .unwrap();
        assert_eq!(location(&response), "/account");
        assert_ne!(session(&response).unwrap(), planted);
        assert!(attacker.page("/login").await.find("You are signed in").is_none());
    })
    .await;
}

/// Fails when `sessions::save` is made an upsert.
#[tokio::test]
async fn signing_out_wins_against_a_request_under_way() {
    app(async |app| {
        let browser = app.browser();
        join(app, &browser, "ada@example.org").await;
        assert!(browser.page("/login").await.contains("You are signed in"));
        let copy = cookie_of(app, &browser).await;
        let (out, _) = tokio::join!(
            browser.post("/account", LEAVE, &[]),
            futures::future::join_all((0..20).map(|_| with_cookie(app, &copy, "/login")))
        );
        assert_eq!(location(&out), "/");
        for _ in 0..3 {
            assert!(!with_cookie(app, &copy, "/login").await.contains("You are signed in"));
        }
        let left: i64 = sqlx::query_scalar("select count(*) from sessions where user_id is not null")
            .fetch_one(&app.shop.db)
            .await
            .unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

#[tokio::test]
async fn a_deactivated_account_is_nobody_from_its_next_request_on() {
    app(async |app| {
        let browser = app.browser();
        join(app, &browser, "ada@example.org").await;
        sqlx::query("update users set is_active = false").execute(&app.shop.db).await.unwrap();
        assert!(!browser.page("/login").await.contains("You are signed in"));
    })
    .await;
}

/// Fails when the answer to a sign-in sets no cookie, or the visit does not read it.
#[tokio::test]
async fn a_browser_that_signed_in_before_is_not_kept_out_by_strangers() {
    app(async |app| {
        let (at_home, stranger) = (app.browser(), app.browser());
        app.customer("ada@example.org").await;
        let right = [("email", "ada@example.org"), ("password", shop::testing::PASSWORD)];
        let entered = at_home.post("/login", ENTER, &right).await;
        let cookies: Vec<_> = entered.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).collect();
        let device = cookies.into_iter().find(|cookie| cookie.starts_with("device=")).expect("it is known from now on");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/;", "Max-Age=34560000"] {
            assert!(device.contains(part), "{device}");
        }
        at_home.post("/account", LEAVE, &[]).await;
        for _ in 0..11 {
            stranger.post("/login", ENTER, &[("email", "ada@example.org"), ("password", "wrong password")]).await;
        }
        assert_eq!(location(&stranger.post("/login", ENTER, &right).await), "/login", "paused");
        assert_eq!(location(&at_home.post("/login", ENTER, &right).await), "/account");
    })
    .await;
}

/// Signs in again to learn the cookie, which reqwest's jar does not show.
async fn cookie_of(app: &TestApp, browser: &Browser) -> String {
    let response =
        browser.post("/login", ENTER, &[("email", "ada@example.org"), ("password", "four plain words here")]).await;
    assert_eq!(location(&response), "/account");
    let _ = app;
    session(&response).unwrap()
}

async fn with_cookie(app: &TestApp, cookie: &str, path: &str) -> String {
    let request = reqwest::Client::new().get(format!("{}{path}", app.root));
    request.header("cookie", format!("session={cookie}")).send().await.unwrap().text().await.unwrap()
}
