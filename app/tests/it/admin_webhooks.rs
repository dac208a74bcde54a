//! The staff's pages of webhooks, over HTTP.

use crate::support::desk::{send, signed_in};
use crate::support::{app, location};
use shop::accounts::{Permission, System};
use shop::testing::receiver::{Receiver, Reply};
use shop::webhooks::{self, EndpointInput};

const LIST: &str = "/admin/webhooks";
const NEW: &str = "/admin/webhooks/new";
const KEEPER: &[Permission] = &[Permission::WebhooksWrite, Permission::WebhooksReadPayload];

fn act(name: &str) -> String {
    format!("/do/ironmonger/admin/webhooks/acts/{name}")
}

fn secret_in(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once(r#"<code class="secret">whsec_"#)?;
    rest.split('<').next()
}

/// From the first form to the log of what was sent.
#[tokio::test]
async fn a_webhook_is_made_tested_and_looked_into() {
    app(async |app| {
        let receiver = Receiver::answering(|_| Reply::With(500, Vec::new(), "<b>no</b>".into())).await;
        let keeper = signed_in(app, KEEPER).await;
        assert!(keeper.page(LIST).await.contains("No webhooks yet"));
        let form = keeper.page(NEW).await;
        assert!(form.contains(r#"value="order.paid""#) && form.contains("A sample of its data"), "{form}");
        let fields = [("name", "Accounting"), ("url", receiver.url.as_str()), ("topics[]", "order.paid")];
        let created = keeper.post(NEW, &act("create"), &fields).await;
        let page = location(&created).to_owned();
        let html = keeper.page(&page).await;
        assert!(secret_in(&html).is_some_and(|secret| secret.len() == 44), "{html}");
        assert!(html.contains("whpk_") && html.contains("Nothing sent yet"));
        assert_eq!(secret_in(&keeper.page(&page).await), None, "this once");

        let id = page.rsplit('/').next().unwrap();
        let (_, html) = send(&keeper, &page, &act("test"), &[("webhook", id)]).await;
        assert!(html.contains("The test is on its way"), "{html}");
        webhooks::send_due(app).await.unwrap();
        let html = keeper.page(&page).await;
        assert!(html.contains("the receiver answered 500") && html.contains("Nothing arrives there"), "{html}");
        assert!(keeper.page("/admin").await.contains("Webhooks at which nothing arrives"));
        assert!(keeper.page(&format!("{page}?status=dead")).await.contains("No message fits"));
        let delivery = html.split("/admin/webhook-deliveries/").nth(1).unwrap().split('"').next().unwrap();
        let message = keeper.page(&format!("/admin/webhook-deliveries/{delivery}")).await;
        assert!(message.contains("webhook-signature") && message.contains("&lt;b&gt;no"), "{message}");
        let at = format!("/admin/webhook-deliveries/{delivery}");
        let (_, html) = send(&keeper, &at, &act("redeliver"), &[("delivery", delivery)]).await;
        assert!(html.contains("It is being sent again"), "{html}");

        let (_, html) = send(&keeper, &page, &act("pause"), &[("webhook", id)]).await;
        assert!(html.contains("Paused by hand") && html.contains("Resume"), "{html}");
        assert!(keeper.page("/admin/webhooks?state=paused&q=account").await.contains("Accounting"));
        let (_, html) = send(&keeper, &page, &act("resume"), &[("webhook", id)]).await;
        assert!(html.contains("Resumed."), "{html}");
        let rotated =
            keeper.post(&page, &act("rotate"), &[("webhook", id), ("kind", "v1"), ("overlapHours", "24")]).await;
        assert!(secret_in(&keeper.page(location(&rotated)).await).is_some());
        let replay = format!("{page}/replay");
        let (_, html) = send(&keeper, &replay, &act("replay"), &[("webhook", id), ("from", "yesterday")]).await;
        assert!(html.contains("must be a moment") && html.contains(r#"value="yesterday""#), "{html}");
        let question = keeper.page(&format!("{page}/delete")).await;
        assert!(question.contains("Delete Accounting?") && question.contains("1 message waits"), "{question}");
        let (next, _) = send(&keeper, &page, &act("delete"), &[("webhook", id)]).await;
        assert_eq!(next, LIST);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_what_was_typed() {
    app(async |app| {
        let keeper = signed_in(app, KEEPER).await;
        let typed =
            [("name", "Accounting"), ("url", "http://10.0.0.1/in"), ("topics[]", "order.paid"), ("isOrdered", "on")];
        let (next, html) = send(&keeper, NEW, &act("create"), &typed).await;
        assert_eq!(next, NEW);
        assert!(
            html.contains("does not lead to a public server") && html.contains(r#"value="http://10.0.0.1/in""#),
            "{html}"
        );
        assert!(html.contains(r#"value="order.paid" checked"#), "{html}");
        let (_, html) = send(&keeper, NEW, &act("create"), &[("name", ""), ("url", "https://a.example/")]).await;
        assert!(html.contains("must name one topic at least") && html.contains("is required"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn keys_of_the_receiver_are_added_and_used() {
    app(async |app| {
        let input = EndpointInput {
            name: "Accounting".into(),
            url: "https://hooks.example/in".into(),
            topics: vec!["*".into()],
            ..EndpointInput::default()
        };
        let id = webhooks::create(app, &System, input).await.unwrap().id.to_string();
        let page = format!("{LIST}/{id}");
        let keeper = signed_in(app, KEEPER).await;
        let (_, html) = send(&keeper, &page, &act("add_key"), &[("webhook", &id), ("jwk", "{}")]).await;
        assert!(html.contains("must be of kty EC with crv P-256") && html.contains("{}</textarea>"), "{html}");
        assert!(html.contains("<details open"), "what is wrong is seen: {html}");
        let jwk = r#"{"kty":"OKP","crv":"X25519","kid":"bob","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}"#;
        let (_, html) = send(&keeper, &page, &act("add_key"), &[("webhook", &id), ("jwk", jwk)]).await;
        assert!(html.contains("bob") && html.contains("Encrypt with it"), "{html}");
        let key: String = sqlx::query_scalar("select id::text from webhook_keys").fetch_one(&app.db).await.unwrap();
        for (name, said) in [
            ("activate_key", "Messages are encrypted with it"),
            ("deactivate_key", "Not in use"),
            ("remove_key", "None: messages are signed"),
        ] {
            let (_, html) = send(&keeper, &page, &act(name), &[("key", &key)]).await;
            assert!(html.contains(said), "{name}: {html}");
        }
    })
    .await;
}
