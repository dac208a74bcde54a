//! What Stripe promises of its API, each with the page that says so, held against the sandbox.

mod support;

use std::time::Duration;

use stripe_sandbox::{Access, ApiFault, ApiRule, Faults, RestrictedKey, Sandbox, Way};
use support::{HAMMERS, ask, config, get, hammers, pay_intent, post_form};

const INTENT: &[(&str, &str)] = &[("amount", "2000"), ("currency", "usd")];

fn key(key: &str) -> [(&str, &str); 1] {
    [("idempotency-key", key)]
}

mod errors {
    use super::*;

    /// <https://docs.stripe.com/api/errors>
    #[tokio::test]
    async fn an_error_has_type_code_param_message_and_a_page() {
        let sandbox = Sandbox::new(config());
        let answer = post_form(&sandbox, "/v1/payment_intents", &[("currency", "usd")]).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.error("type"), "invalid_request_error");
        assert_eq!(answer.error("code"), "parameter_missing");
        assert_eq!(answer.error("param"), "amount");
        assert_eq!(answer.error("message"), "Missing required param: amount.");
        assert_eq!(answer.error("doc_url"), "https://stripe.com/docs/error-codes/parameter-missing");
        // <https://docs.stripe.com/api/request_ids>
        assert!(answer.header("request-id").unwrap().starts_with("req_"));
    }

    /// <https://docs.stripe.com/error-codes#parameter-unknown>
    #[tokio::test]
    async fn unknown_parameters_are_refused_at_every_depth() {
        let sandbox = Sandbox::new(config());
        for unknown in [
            "colour",
            "line_items[0][colour]",
            "line_items[0][price_data][product_data][colour]",
            "payment_intent_data[colour]",
        ] {
            let mut form = HAMMERS.to_vec();
            form.push((unknown, "red"));
            let answer = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
            assert_eq!(answer.status, 400, "{unknown}");
            assert_eq!(answer.error("code"), "parameter_unknown");
            assert_eq!(answer.error("param"), unknown);
            assert_eq!(answer.error("message"), format!("Received unknown parameter: {unknown}"));
        }
        assert!(sandbox.ledger().sessions.is_empty());
        let answer = get(&sandbox, "/v1/refunds?colour=red").await;
        assert_eq!(answer.error("code"), "parameter_unknown");
    }

    /// <https://docs.stripe.com/error-codes#resource-missing>
    #[tokio::test]
    async fn what_is_not_there_is_a_404() {
        let sandbox = Sandbox::new(config());
        for path in ["payment_intents/pi_1", "charges/ch_1", "refunds/re_1", "customers/cus_1"] {
            let answer = get(&sandbox, &format!("/v1/{path}")).await;
            assert_eq!((answer.status, answer.error("code")), (404, "resource_missing"), "{path}");
        }
        let answer = get(&sandbox, "/v1/hammers").await;
        assert_eq!(answer.status, 404);
        assert!(answer.error("message").starts_with("Unrecognized request URL (GET: /v1/hammers)"));
    }

    /// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
    #[tokio::test]
    async fn amounts_have_a_floor_and_a_ceiling() {
        let sandbox = Sandbox::new(config());
        for (amount, currency, code) in [
            ("49", "usd", "amount_too_small"),
            ("29", "gbp", "amount_too_small"),
            ("100000000", "usd", "amount_too_large"),
            ("0", "usd", "parameter_invalid_integer"),
            ("12.50", "usd", "parameter_invalid_integer"),
        ] {
            let form = [("amount", amount), ("currency", currency)];
            let answer = post_form(&sandbox, "/v1/payment_intents", &form).await;
            assert_eq!((answer.status, answer.error("code")), (400, code), "{amount} {currency}");
        }
        // <https://docs.stripe.com/currencies#three-decimal>
        let form = [("amount", "12345"), ("currency", "kwd")];
        assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 400);
        let form = [("amount", "12340"), ("currency", "kwd")];
        assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 200);
    }

    /// <https://docs.stripe.com/api/metadata>
    #[tokio::test]
    async fn metadata_has_limits_and_is_merged() {
        let sandbox = Sandbox::new(config());
        let long = "k".repeat(41);
        let value = "v".repeat(501);
        for (name, value) in [(format!("metadata[{long}]"), "v"), ("metadata[k]".into(), &value)] {
            let mut form = INTENT.to_vec();
            form.push((&name, value));
            assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 400);
        }
        let mut form = INTENT.to_vec();
        form.extend([("metadata[a]", "1"), ("metadata[b]", "2")]);
        let intent = post_form(&sandbox, "/v1/payment_intents", &form).await;
        let path = format!("/v1/payment_intents/{}", intent.id());
        let form = [("metadata[a]", ""), ("metadata[c]", "3")];
        let intent = post_form(&sandbox, &path, &form).await;
        assert_eq!(intent.body["metadata"], serde_json::json!({ "b": "2", "c": "3" }));
        let intent = post_form(&sandbox, &path, &[("metadata", "")]).await;
        assert_eq!(intent.body["metadata"], serde_json::json!({}));
    }
}

mod authentication {
    use super::*;

    /// <https://docs.stripe.com/api/authentication>
    #[tokio::test]
    async fn a_missing_or_wrong_key_is_a_401() {
        let sandbox = Sandbox::new(config());
        for given in ["", "Bearer ", "Bearer sk_test_other", "Bearer sk_live_other", "Basic abc"] {
            let headers = [("authorization", given)];
            let answer = ask(&sandbox, "GET", "/v1/charges", &[], &headers).await;
            assert_eq!(answer.status, 401, "{given}");
            assert_eq!(answer.error("type"), "invalid_request_error");
            assert!(!answer.text.contains("test_other"), "{}", answer.text);
        }
    }

    /// <https://docs.stripe.com/keys/restricted-api-keys>
    #[tokio::test]
    async fn a_restricted_key_does_only_what_it_may() {
        let mut config = config();
        config
            .restricted_keys
            .push(RestrictedKey { key: "rk_test_refunds".into(), allows: vec![("refunds".into(), Access::Read)] });
        let sandbox = Sandbox::new(config);
        let headers = [("authorization", "Bearer rk_test_refunds")];
        assert_eq!(ask(&sandbox, "GET", "/v1/refunds", &[], &headers).await.status, 200);
        assert_eq!(ask(&sandbox, "POST", "/v1/refunds", &[], &headers).await.status, 403);
        assert_eq!(ask(&sandbox, "GET", "/v1/charges", &[], &headers).await.status, 403);
    }

    /// <https://docs.stripe.com/api/payment_intents/retrieve#retrieve_payment_intent-client_secret>
    #[tokio::test]
    async fn a_publishable_key_needs_the_client_secret() {
        let mut config = config();
        config.publishable_key = Some("pk_test_ironmonger".into());
        let sandbox = Sandbox::new(config);
        let intent = post_form(&sandbox, "/v1/payment_intents", INTENT).await;
        let secret = intent.body["client_secret"].as_str().unwrap();
        let path = format!("/v1/payment_intents/{}", intent.id());
        let headers = [("authorization", "Bearer pk_test_ironmonger")];
        assert_eq!(ask(&sandbox, "GET", &path, &[], &headers).await.status, 400);
        let wrong = [("client_secret", "pi_secret")];
        assert_eq!(ask(&sandbox, "GET", &path, &wrong, &headers).await.status, 404);
        let right = [("client_secret", secret)];
        assert_eq!(ask(&sandbox, "GET", &path, &right, &headers).await.status, 200);
        let answer = ask(&sandbox, "GET", "/v1/charges", &[], &headers).await;
        assert_eq!((answer.status, answer.error("code")), (401, "secret_key_required"));
    }
}

/// <https://docs.stripe.com/api/idempotent_requests>
mod idempotency {
    use super::*;

    #[tokio::test]
    async fn the_same_request_is_answered_the_same() {
        let sandbox = Sandbox::new(config());
        let first = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        let again = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        assert_eq!(first.text, again.text);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("original-request"), first.header("request-id"));
        assert_eq!(first.header("idempotent-replayed"), None);
        assert_eq!(sandbox.ledger().intents.len(), 1);
    }

    #[tokio::test]
    async fn other_parameters_or_another_endpoint_are_refused() {
        let sandbox = Sandbox::new(config());
        ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        let other = [("amount", "2001"), ("currency", "usd")];
        let answer = ask(&sandbox, "POST", "/v1/payment_intents", &other, &key("k")).await;
        assert_eq!((answer.status, answer.error("type")), (400, "idempotency_error"));
        let answer = ask(&sandbox, "POST", "/v1/customers", &[], &key("k")).await;
        assert_eq!((answer.status, answer.error("type")), (400, "idempotency_error"));
        assert_eq!(sandbox.ledger().intents.len(), 1);
    }

    #[tokio::test]
    async fn failures_are_kept_500s_too() {
        let sandbox = Sandbox::new(config());
        let form = [
            ("amount", "2000"),
            ("currency", "usd"),
            ("payment_method_types[]", "card"),
            ("confirm", "true"),
            ("payment_method", "pm_card_chargeDeclined"),
        ];
        let declined = ask(&sandbox, "POST", "/v1/payment_intents", &form, &key("a")).await;
        assert_eq!(declined.status, 402);
        let again = ask(&sandbox, "POST", "/v1/payment_intents", &form, &key("a")).await;
        assert_eq!(declined.text, again.text);
        assert_eq!(sandbox.ledger().charges.len(), 1);

        for (fault, made) in [(ApiFault::ErrorBefore, 1), (ApiFault::ErrorAfter, 2)] {
            let api = vec![ApiRule::new(fault).times(1)];
            sandbox.set_faults(Faults { api, ..Faults::default() });
            let name = format!("{fault:?}");
            for _ in 0..2 {
                let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key(&name)).await;
                assert_eq!((answer.status, answer.error("type")), (500, "api_error"));
            }
            assert_eq!(sandbox.ledger().intents.len(), made);
        }
    }

    #[tokio::test]
    async fn what_never_began_to_act_is_not_kept() {
        let sandbox = Sandbox::new(config());
        let wrong = [("amount", "x"), ("currency", "usd")];
        let answer = ask(&sandbox, "POST", "/v1/payment_intents", &wrong, &key("k")).await;
        assert_eq!(answer.status, 400);
        let api = vec![ApiRule::new(ApiFault::RateLimit).times(1)];
        sandbox.set_faults(Faults { api, ..Faults::default() });
        let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        assert_eq!((answer.status, answer.error("code")), (429, "rate_limit"));
        let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("idempotent-replayed"), None);
    }

    #[tokio::test]
    async fn keys_are_forgotten_after_a_day_and_have_at_most_255_characters() {
        let sandbox = Sandbox::new(config());
        let first = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        sandbox.advance(Duration::from_secs(25 * 60 * 60));
        let second = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
        assert_ne!(first.id(), second.id());
        let long = "k".repeat(256);
        let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key(&long)).await;
        assert_eq!(answer.status, 400);
    }
}

mod lists {
    use super::*;

    /// <https://docs.stripe.com/api/pagination>
    #[tokio::test]
    async fn pages_follow_their_cursors_newest_first() {
        let sandbox = Sandbox::new(config());
        let mut made = Vec::new();
        for _ in 0..5 {
            let intent = post_form(&sandbox, "/v1/payment_intents", INTENT).await;
            made.push(intent.id().to_owned());
        }
        made.reverse();
        let mut seen = Vec::new();
        let mut path = "/v1/payment_intents?limit=2".to_owned();
        loop {
            let page = get(&sandbox, &path).await;
            assert_eq!(page.body["object"], "list");
            for intent in page.body["data"].as_array().unwrap() {
                seen.push(intent["id"].as_str().unwrap().to_owned());
            }
            if page.body["has_more"] == false {
                break;
            }
            path = format!("/v1/payment_intents?limit=2&starting_after={}", seen.last().unwrap());
        }
        assert_eq!(seen, made);
        let before = format!("/v1/payment_intents?limit=2&ending_before={}", made[3]);
        let page = get(&sandbox, &before).await;
        assert_eq!(page.body["data"][0]["id"], made[1].as_str());
        assert_eq!(get(&sandbox, "/v1/payment_intents?limit=101").await.status, 400);
    }

    /// <https://docs.stripe.com/api/expanding_objects>
    #[tokio::test]
    async fn fields_are_expanded_or_refused_before_anything_is_done() {
        let sandbox = Sandbox::new(config());
        let intent = pay_intent(&sandbox, "pm_card_visa", &[("expand[]", "latest_charge")]).await;
        assert_eq!(intent.body["latest_charge"]["object"], "charge");
        let list = get(&sandbox, "/v1/charges?expand[]=data.payment_intent").await;
        assert_eq!(list.body["data"][0]["payment_intent"]["object"], "payment_intent");
        let answer = pay_intent(&sandbox, "pm_card_visa", &[("expand[]", "colour")]).await;
        assert_eq!(answer.error("message"), "This property cannot be expanded (colour).");
        assert_eq!(sandbox.ledger().charges.len(), 1);
    }

    /// <https://docs.stripe.com/search#search-query-language>
    #[tokio::test]
    async fn intents_are_searched_by_metadata_and_status() {
        let sandbox = Sandbox::new(config());
        for order in ["17", "18"] {
            pay_intent(&sandbox, "pm_card_visa", &[("metadata[order_id]", order)]).await;
        }
        for (query, count) in [
            ("metadata['order_id']:'17'", 1),
            ("metadata['order_id']:'17' AND status:'succeeded'", 1),
            ("metadata['order_id']:'17' OR metadata['order_id']:'18'", 2),
            ("-metadata['order_id']:'17'", 1),
            ("amount>1999 AND currency:'usd'", 2),
            ("status:'canceled'", 0),
        ] {
            let form = [("query", query)];
            let found = ask(&sandbox, "GET", "/v1/payment_intents/search", &form, &[]).await;
            assert_eq!(found.body["object"], "search_result", "{}", found.text);
            assert_eq!(found.body["data"].as_array().unwrap().len(), count, "{query}");
        }
        let form = [("query", "colour:'red'")];
        let answer = ask(&sandbox, "GET", "/v1/payment_intents/search", &form, &[]).await;
        assert_eq!(answer.status, 400);
    }
}

mod sessions {
    use super::*;

    /// <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at>
    #[tokio::test]
    async fn a_session_lives_between_half_an_hour_and_a_day() {
        let sandbox = Sandbox::new(config());
        let id = hammers(&sandbox).await;
        let session = get(&sandbox, &format!("/v1/checkout/sessions/{id}")).await;
        let created = session.body["created"].as_i64().unwrap();
        assert_eq!(session.body["expires_at"].as_i64().unwrap() - created, 24 * 60 * 60);
        for (seconds, status) in [(29 * 60, 400), (31 * 60, 200), (25 * 60 * 60, 400)] {
            let at = (created + seconds).to_string();
            let mut form = HAMMERS.to_vec();
            form.push(("expires_at", &at));
            let answer = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
            assert_eq!(answer.status, status, "{seconds}");
        }
    }

    /// <https://docs.stripe.com/api/checkout/sessions/expire>
    #[tokio::test]
    async fn only_an_open_session_is_expired_and_time_expires_it_too() {
        let sandbox = Sandbox::new(config());
        let paid = hammers(&sandbox).await;
        sandbox.pay(&paid, Way::Pay).unwrap();
        let answer = post_form(&sandbox, &format!("/v1/checkout/sessions/{paid}/expire"), &[]).await;
        assert_eq!(answer.status, 400);
        let left = hammers(&sandbox).await;
        sandbox.advance(Duration::from_secs(24 * 60 * 60 + 1));
        let session = get(&sandbox, &format!("/v1/checkout/sessions/{left}")).await;
        assert_eq!(session.body["status"], "expired");
        assert!(sandbox.pay(&left, Way::Pay).is_err());
        let events = get(&sandbox, "/v1/events?type=checkout.session.expired").await;
        assert_eq!(events.body["data"].as_array().unwrap().len(), 1);
    }

    /// <https://docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification>
    #[tokio::test]
    async fn a_delayed_payment_completes_first_and_is_paid_later() {
        for (way, succeeds, kind, status) in [
            (Way::PayLater, true, "checkout.session.async_payment_succeeded", "paid"),
            (Way::FailLater, false, "checkout.session.async_payment_failed", "unpaid"),
        ] {
            let sandbox = Sandbox::new(config());
            let id = hammers(&sandbox).await;
            sandbox.pay(&id, way).unwrap();
            let path = format!("/v1/checkout/sessions/{id}?expand[]=payment_intent");
            let session = get(&sandbox, &path).await;
            assert_eq!(session.body["status"], "complete");
            assert_eq!(session.body["payment_status"], "unpaid");
            assert_eq!(session.body["payment_intent"]["status"], "processing");
            sandbox.settle(&id, succeeds).unwrap();
            assert_eq!(get(&sandbox, &path).await.body["payment_status"], status);
            let events = get(&sandbox, &format!("/v1/events?type={kind}")).await;
            assert_eq!(events.body["data"].as_array().unwrap().len(), 1);
        }
    }

    /// <https://docs.stripe.com/payments/checkout/fulfill-orders#create-payment-event-handler>: by
    /// itself, after the time that the sandbox is set to.
    #[tokio::test]
    async fn a_delayed_payment_arrives_by_itself() {
        let sandbox = Sandbox::new(config());
        let id = hammers(&sandbox).await;
        sandbox.pay(&id, Way::PayLater).unwrap();
        sandbox.advance(Duration::from_secs(60));
        assert_eq!(sandbox.ledger().sessions[0].payment_status, "paid");
    }

    /// <https://docs.stripe.com/api/payment_intents/cancel>
    #[tokio::test]
    async fn the_intent_of_an_open_session_is_not_cancelled_by_itself() {
        let sandbox = Sandbox::new(config());
        let id = hammers(&sandbox).await;
        sandbox.pay(&id, Way::Decline).unwrap_err();
        let intent = sandbox.ledger().intents[0].id.clone();
        let answer = post_form(&sandbox, &format!("/v1/payment_intents/{intent}/cancel"), &[]).await;
        assert_eq!(answer.status, 400);
        sandbox.expire(&id).unwrap();
        assert_eq!(sandbox.ledger().intents[0].status, "canceled");
    }

    /// <https://docs.stripe.com/api/checkout/sessions/line_items>
    #[tokio::test]
    async fn line_items_are_listed_apart() {
        let sandbox = Sandbox::new(config());
        let id = hammers(&sandbox).await;
        let items = get(&sandbox, &format!("/v1/checkout/sessions/{id}/line_items")).await;
        assert_eq!(items.body["data"][0]["amount_total"], 3700);
        assert_eq!(items.body["data"][0]["price"]["unit_amount"], 1850);
    }
}

mod intents {
    use super::*;

    /// <https://docs.stripe.com/testing#declined-payments> and <https://docs.stripe.com/declines/codes>
    #[tokio::test]
    async fn declined_cards_say_why() {
        let sandbox = Sandbox::new(config());
        for (method, code, decline) in [
            ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
            ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", ""),
            ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", ""),
            ("pm_card_chargeDeclinedProcessingError", "processing_error", ""),
        ] {
            let answer = pay_intent(&sandbox, method, &[]).await;
            assert_eq!((answer.status, answer.error("type")), (402, "card_error"), "{method}");
            assert_eq!((answer.error("code"), answer.error("decline_code")), (code, decline));
            let error = &answer.body["error"];
            assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
            assert_eq!(error["payment_intent"]["last_payment_error"]["code"], code);
            assert!(error["charge"].as_str().unwrap().starts_with("ch_"));
        }
        assert!(sandbox.ledger().charges.iter().all(|charge| charge.status == "failed"));
    }

    /// <https://docs.stripe.com/payments/paymentintents/lifecycle>
    #[tokio::test]
    async fn a_declined_intent_is_confirmed_again_and_pays_once() {
        let sandbox = Sandbox::new(config());
        let declined = pay_intent(&sandbox, "pm_card_chargeDeclined", &[]).await;
        let id = declined.body["error"]["payment_intent"]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/payment_intents/{id}/confirm");
        let form = [("payment_method", "pm_card_visa")];
        assert_eq!(post_form(&sandbox, &path, &form).await.body["status"], "succeeded");
        let answer = post_form(&sandbox, &path, &form).await;
        assert_eq!(answer.error("code"), "payment_intent_unexpected_state");
        let paid = sandbox.ledger().charges.iter().filter(|c| c.status == "succeeded").count();
        assert_eq!(paid, 1);
    }

    /// <https://docs.stripe.com/payments/3d-secure/authentication-flow>
    #[tokio::test]
    async fn authentication_sends_the_shopper_away_and_back() {
        let sandbox = Sandbox::new(config());
        for (answer, status, redirect) in
            [("complete", "succeeded", "succeeded"), ("fail", "requires_payment_method", "failed")]
        {
            let more = [("return_url", "http://shop.test/back?order=17")];
            let intent = pay_intent(&sandbox, "pm_card_threeDSecure2Required", &more).await;
            assert_eq!(intent.body["status"], "requires_action");
            let url = intent.body["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
            let path = url.strip_prefix("http://sandbox.test").unwrap();
            let back = post_form(&sandbox, path, &[("answer", answer)]).await;
            assert_eq!(back.status, 303);
            let location = back.header("location").unwrap();
            assert!(location.starts_with("http://shop.test/back?order=17&payment_intent=pi_"));
            assert!(location.ends_with(&format!("redirect_status={redirect}")), "{location}");
            let intent = get(&sandbox, &format!("/v1/payment_intents/{}", intent.id())).await;
            assert_eq!(intent.body["status"], status);
        }
    }

    /// <https://docs.stripe.com/payments/save-during-payment#charge-saved-payment-method>
    #[tokio::test]
    async fn off_session_a_card_that_wants_authentication_is_declined() {
        let sandbox = Sandbox::new(config());
        let more = [("off_session", "true")];
        let answer = pay_intent(&sandbox, "pm_card_authenticationRequired", &more).await;
        assert_eq!((answer.status, answer.error("code")), (402, "authentication_required"));
    }

    /// <https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>
    #[tokio::test]
    async fn a_hold_is_captured_once_and_never_for_more() {
        let sandbox = Sandbox::new(config());
        let hold = pay_intent(&sandbox, "pm_card_visa", &[("capture_method", "manual")]).await;
        assert_eq!(hold.body["status"], "requires_capture");
        assert_eq!(hold.body["amount_received"], 0);
        let path = format!("/v1/payment_intents/{}/capture", hold.id());
        let more = post_form(&sandbox, &path, &[("amount_to_capture", "2001")]).await;
        assert_eq!(more.status, 400);
        let part = post_form(&sandbox, &path, &[("amount_to_capture", "1500")]).await;
        assert_eq!(part.body["amount_received"], 1500);
        assert_eq!(post_form(&sandbox, &path, &[]).await.status, 400);
        let charge = sandbox.ledger().charges[0].id.clone();
        let answer = post_form(&sandbox, "/v1/refunds", &[("charge", &charge), ("amount", "1501")]).await;
        assert_eq!(answer.status, 400);
    }

    /// <https://docs.stripe.com/api/payment_intents/cancel>
    #[tokio::test]
    async fn a_finished_intent_cannot_be_cancelled() {
        let sandbox = Sandbox::new(config());
        let paid = pay_intent(&sandbox, "pm_card_visa", &[]).await;
        let answer = post_form(&sandbox, &format!("/v1/payment_intents/{}/cancel", paid.id()), &[]).await;
        assert_eq!(answer.error("code"), "payment_intent_unexpected_state");
    }

    /// <https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-return_url>
    #[tokio::test]
    async fn methods_that_may_redirect_need_a_return_url() {
        let sandbox = Sandbox::new(config());
        let mut form = INTENT.to_vec();
        form.extend([("confirm", "true"), ("payment_method", "pm_card_visa")]);
        let answer = post_form(&sandbox, "/v1/payment_intents", &form).await;
        assert_eq!(answer.status, 400);
        assert!(answer.error("message").contains("`return_url`"));
        form.extend([
            ("automatic_payment_methods[enabled]", "true"),
            ("automatic_payment_methods[allow_redirects]", "never"),
        ]);
        assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 200);
    }
}

mod refunds {
    use super::*;

    /// <https://docs.stripe.com/api/refunds/create>
    #[tokio::test]
    async fn refunds_never_exceed_the_charge() {
        let sandbox = Sandbox::new(config());
        let intent = pay_intent(&sandbox, "pm_card_visa", &[]).await;
        let refund = |amount: &'static str| {
            let sandbox = sandbox.clone();
            let id = intent.id().to_owned();
            async move {
                let form = [("payment_intent", id.as_str()), ("amount", amount)];
                post_form(&sandbox, "/v1/refunds", &form).await
            }
        };
        assert_eq!(refund("1200").await.status, 200);
        assert_eq!(refund("801").await.status, 400);
        assert_eq!(refund("800").await.status, 200);
        let answer = refund("1").await;
        assert_eq!(answer.error("code"), "charge_already_refunded");
        assert_eq!(sandbox.ledger().charges[0].amount_refunded, 2000);
    }

    /// <https://docs.stripe.com/testing#refunds>
    #[tokio::test]
    async fn a_refund_may_be_pending_or_fail_afterwards() {
        let sandbox = Sandbox::new(config());
        for (method, at_once, later, kind) in [
            ("pm_card_pendingRefund", "pending", "succeeded", "refund.updated"),
            ("pm_card_refundFail", "succeeded", "failed", "refund.failed"),
        ] {
            let intent = pay_intent(&sandbox, method, &[]).await;
            let form = [("payment_intent", intent.id())];
            let refund = post_form(&sandbox, "/v1/refunds", &form).await;
            assert_eq!(refund.body["status"], at_once);
            sandbox.advance(Duration::from_secs(30));
            let refund = get(&sandbox, &format!("/v1/refunds/{}", refund.id())).await;
            assert_eq!(refund.body["status"], later);
            let events = get(&sandbox, &format!("/v1/events?type={kind}")).await;
            assert_eq!(events.body["data"][0]["data"]["object"]["id"], refund.id());
        }
        // The money of the failed one is the merchant's again.
        assert_eq!(sandbox.ledger().charges[1].amount_refunded, 0);
    }

    /// <https://docs.stripe.com/error-codes#charge-disputed> and <https://docs.stripe.com/testing#disputes>
    #[tokio::test]
    async fn a_disputed_charge_is_not_refunded() {
        let sandbox = Sandbox::new(config());
        let intent = pay_intent(&sandbox, "pm_card_createDispute", &[]).await;
        let answer = post_form(&sandbox, "/v1/refunds", &[("payment_intent", intent.id())]).await;
        assert_eq!(answer.error("code"), "charge_disputed");
        let disputes = get(&sandbox, "/v1/disputes").await;
        let dispute = disputes.body["data"][0]["id"].as_str().unwrap();
        let form = [("evidence[uncategorized_text]", "winning_evidence")];
        let won = post_form(&sandbox, &format!("/v1/disputes/{dispute}"), &form).await;
        assert_eq!(won.body["status"], "won");
        let answer = post_form(&sandbox, &format!("/v1/disputes/{dispute}/close"), &[]).await;
        assert_eq!(answer.status, 400);
    }
}

mod saved_cards {
    use super::*;

    /// <https://docs.stripe.com/payments/save-and-reuse>
    #[tokio::test]
    async fn a_card_is_set_up_kept_and_charged_later() {
        let sandbox = Sandbox::new(config());
        let form = [("email", "ada@example.com")];
        let customer = post_form(&sandbox, "/v1/customers", &form).await;
        let form = [
            ("customer", customer.id()),
            ("payment_method", "pm_card_authenticationRequiredOnSetup"),
            ("confirm", "true"),
            ("return_url", "http://shop.test/cards"),
        ];
        let setup = post_form(&sandbox, "/v1/setup_intents", &form).await;
        assert_eq!(setup.body["status"], "requires_action", "{}", setup.text);
        let path = format!("/authenticate/{}", setup.id());
        assert_eq!(get(&sandbox, &path).await.status, 200);
        let back = post_form(&sandbox, &path, &[("answer", "complete")]).await;
        assert!(back.header("location").unwrap().contains("setup_intent="));
        let path = format!("/v1/customers/{}/payment_methods", customer.id());
        let kept = get(&sandbox, &path).await;
        let method = kept.body["data"][0]["id"].as_str().unwrap().to_owned();
        let more = [("customer", customer.id()), ("off_session", "true")];
        let paid = pay_intent(&sandbox, &method, &more).await;
        assert_eq!(paid.body["status"], "succeeded", "{}", paid.text);
        // Another customer, or none, cannot pay with it.
        assert_eq!(pay_intent(&sandbox, &method, &[]).await.status, 400);
        // <https://docs.stripe.com/api/payment_methods/detach>
        post_form(&sandbox, &format!("/v1/payment_methods/{method}/detach"), &[]).await;
        assert_eq!(pay_intent(&sandbox, &method, &more).await.status, 400);
    }

    /// <https://docs.stripe.com/testing#declined-payments>
    #[tokio::test]
    async fn a_declined_card_cannot_be_kept() {
        let sandbox = Sandbox::new(config());
        let customer = post_form(&sandbox, "/v1/customers", &[]).await;
        let form = [("customer", customer.id())];
        let path = "/v1/payment_methods/pm_card_chargeDeclined/attach";
        assert_eq!(post_form(&sandbox, path, &form).await.status, 402);
        let path = "/v1/payment_methods/pm_card_chargeCustomerFail/attach";
        let kept = post_form(&sandbox, path, &form).await;
        assert_eq!(kept.status, 200);
        let more = [("customer", customer.id())];
        assert_eq!(pay_intent(&sandbox, kept.id(), &more).await.status, 402);
    }

    /// <https://docs.stripe.com/api/customer_sessions/create>
    #[tokio::test]
    async fn a_mobile_app_gets_a_short_lived_right_to_a_customer() {
        let sandbox = Sandbox::new(config());
        let customer = post_form(&sandbox, "/v1/customers", &[]).await;
        let form = [
            ("customer", customer.id()),
            ("components[mobile_payment_element][enabled]", "true"),
            ("components[mobile_payment_element][features][payment_method_save]", "enabled"),
        ];
        let session = post_form(&sandbox, "/v1/customer_sessions", &form).await;
        assert!(session.body["client_secret"].as_str().unwrap().starts_with("cuss_secret_"));
    }
}
