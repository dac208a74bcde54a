//! The shop's own client, async-stripe, against the sandbox over a socket.

use std::collections::HashMap;
use std::time::Duration;

use stripe::{IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession, ListLineItemsCheckoutSession, ProductData,
    RetrieveCheckoutSession,
};
use stripe_core::payment_intent::{
    CancelPaymentIntent, CapturePaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent, RetrievePaymentIntent,
    SearchPaymentIntent,
};
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};
use stripe_shared::{
    CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus,
    PaymentIntentCaptureMethod, PaymentIntentStatus,
};
use stripe_types::Currency;
use stripe_webhook::{EventObject, Webhook};

use crate::support::{KEY, SECRET, config, receiver, serve};

fn hammers() -> CreateCheckoutSession {
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(Currency::USD);
    price.unit_amount = Some(1850);
    price.product_data = Some(ProductData::new("Claw hammer"));
    let mut line = CreateCheckoutSessionLineItems::new();
    line.price_data = Some(price);
    line.quantity = Some(2);
    let order = HashMap::from([("order_id".to_owned(), "17".to_owned())]);
    let mut data = CreateCheckoutSessionPaymentIntentData::new();
    data.metadata = Some(order.clone());
    CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items(vec![line])
        .client_reference_id("order_17")
        .metadata(order)
        .payment_intent_data(data)
        .customer_email("ada@example.com")
        .success_url("http://shop.test/orders/17?session={CHECKOUT_SESSION_ID}")
        .cancel_url("http://shop.test/checkout")
}

async fn create(client: &stripe::Client, key: &str) -> Result<CheckoutSession, StripeError> {
    let key = IdempotencyKey::new(key).unwrap();
    hammers().customize().request_strategy(RequestStrategy::Idempotent(key)).send(client).await
}

#[tokio::test]
async fn a_session_is_paid_and_the_webhook_is_believed() {
    let (receiver, url) = receiver().await;
    let mut config = config();
    config.webhook_url = Some(url);
    let (sandbox, client, base) = serve(config).await;

    let session = create(&client, "order-17").await.unwrap();
    assert_eq!(session.status, Some(CheckoutSessionStatus::Open));
    assert_eq!(session.payment_status, CheckoutSessionPaymentStatus::Unpaid);
    assert_eq!(session.amount_total, Some(3700));
    assert_eq!(session.url.as_deref(), Some(format!("{base}pay/{}", session.id).as_str()));

    let again = create(&client, "order-17").await.unwrap();
    assert_eq!(again.id, session.id);

    let items = ListLineItemsCheckoutSession::new(session.id.clone()).send(&client).await.unwrap();
    assert_eq!(items.data.len(), 1);
    assert_eq!(items.data[0].description.as_deref(), Some("Claw hammer"));
    assert_eq!(items.data[0].quantity, Some(2));

    sandbox.pay(session.id.as_str(), Way::Pay).unwrap();
    let paid = RetrieveCheckoutSession::new(session.id.clone())
        .expand(vec!["payment_intent.latest_charge".to_owned(), "line_items".to_owned()])
        .send(&client)
        .await
        .unwrap();
    assert_eq!(paid.status, Some(CheckoutSessionStatus::Complete));
    assert_eq!(paid.payment_status, CheckoutSessionPaymentStatus::Paid);
    assert_eq!(paid.line_items.unwrap().data.len(), 1);
    let intent = paid.payment_intent.unwrap().into_object().unwrap();
    assert_eq!(intent.status, PaymentIntentStatus::Succeeded);
    assert_eq!(intent.amount_received, 3700);
    assert_eq!(intent.metadata["order_id"], "17");
    assert!(intent.latest_charge.unwrap().into_object().unwrap().paid);

    let received = receiver.wait_for("checkout.session.completed").await;
    let event = Webhook::construct_event(&received.body, &received.signature, SECRET).unwrap();
    let EventObject::CheckoutSessionCompleted(completed) = event.data.object else {
        panic!("not a completed session: {}", received.body);
    };
    assert_eq!(completed.id, session.id);
    // the asynchronous capture may have ended, or not yet
    let mut kinds = receiver.kinds();
    kinds.retain(|kind| kind != "charge.updated");
    assert_eq!(
        kinds,
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    );
    // Every event is one the client can read, whole.
    for received in receiver.all() {
        assert!(received.believed(), "{}", received.body);
    }
}

#[tokio::test]
async fn an_open_session_can_be_expired() {
    let (_, client, _) = serve(config()).await;
    let session = create(&client, "order-18").await.unwrap();
    let expired = ExpireCheckoutSession::new(session.id).send(&client).await.unwrap();
    assert_eq!(expired.status, Some(CheckoutSessionStatus::Expired));
    assert_eq!(expired.url, None);
}

#[tokio::test]
async fn an_intent_is_confirmed_found_and_refunded_in_parts() {
    let (sandbox, client, _) = serve(config()).await;
    let intent = CreatePaymentIntent::new(2000, Currency::USD)
        .metadata(HashMap::from([("order_id".to_owned(), "it's 18".to_owned())]))
        .send(&client)
        .await
        .unwrap();
    assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);
    assert!(intent.client_secret.is_some());

    let confirmed = ConfirmPaymentIntent::new(intent.id.clone())
        .payment_method("pm_card_visa")
        .return_url("http://shop.test/back")
        .send(&client)
        .await
        .unwrap();
    assert_eq!(confirmed.status, PaymentIntentStatus::Succeeded);

    let found = SearchPaymentIntent::new("metadata['order_id']:'it\\'s 18' AND status:'succeeded'")
        .send(&client)
        .await
        .unwrap();
    assert_eq!(found.data.len(), 1);
    assert_eq!(found.data[0].id, intent.id);

    let refund = CreateRefund::new().payment_intent(intent.id.as_str()).amount(500).send(&client).await.unwrap();
    assert_eq!(refund.amount, 500);
    assert_eq!(refund.status.as_deref(), Some("succeeded"));
    let same = RetrieveRefund::new(refund.id.clone())
        .expand(vec!["charge".to_owned(), "payment_intent".to_owned()])
        .send(&client)
        .await
        .unwrap();
    assert_eq!(same.charge.unwrap().into_object().unwrap().amount_refunded, 500);

    let too_much = CreateRefund::new().payment_intent(intent.id.as_str()).amount(1501).send(&client).await.unwrap_err();
    let StripeError::Stripe(error, status) = too_much else { panic!("{too_much}") };
    assert_eq!(status, 400);
    assert_eq!(
        error.message.as_deref(),
        Some("Refund amount ($15.01) is greater than unrefunded amount on charge ($15.00)")
    );
    CreateRefund::new().payment_intent(intent.id.as_str()).send(&client).await.unwrap();
    let refunds = ListRefund::new().payment_intent(intent.id.as_str()).send(&client).await.unwrap();
    assert_eq!(refunds.data.iter().map(|refund| refund.amount).sum::<i64>(), 2000);
    assert_eq!(sandbox.statement().charges[0].amount_refunded, 2000);
}

#[tokio::test]
async fn a_declined_card_is_an_error_the_client_reads() {
    let (_, client, _) = serve(config()).await;
    let error = CreatePaymentIntent::new(2000, Currency::USD)
        .confirm(true)
        .payment_method("pm_card_visa_chargeDeclinedInsufficientFunds")
        .return_url("http://shop.test/back")
        .send(&client)
        .await
        .unwrap_err();
    let StripeError::Stripe(error, status) = error else { panic!("{error}") };
    assert_eq!(status, 402);
    assert_eq!(error.decline_code.as_deref(), Some("insufficient_funds"));
    let intent = error.payment_intent.unwrap();
    assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);
    let again = RetrievePaymentIntent::new(intent.id).send(&client).await.unwrap();
    assert!(again.last_payment_error.is_some());
}

#[tokio::test]
async fn an_authorisation_is_captured_in_part_or_released() {
    let (_, client, _) = serve(config()).await;
    let authorise = CreatePaymentIntent::new(2000, Currency::USD)
        .capture_method(PaymentIntentCaptureMethod::Manual)
        .confirm(true)
        .payment_method("pm_card_visa")
        .return_url("http://shop.test/back");
    let intent = authorise.send(&client).await.unwrap();
    assert_eq!(intent.status, PaymentIntentStatus::RequiresCapture);
    assert_eq!(intent.amount_capturable, 2000);
    let captured = CapturePaymentIntent::new(intent.id).amount_to_capture(1200).send(&client).await.unwrap();
    assert_eq!(captured.amount_received, 1200);

    let intent = authorise.send(&client).await.unwrap();
    let released = CancelPaymentIntent::new(intent.id).send(&client).await.unwrap();
    assert_eq!(released.status, PaymentIntentStatus::Canceled);
}

/// Both answers are unknown to the client though the sandbox acted; the same key finds out.
#[tokio::test]
async fn a_lost_answer_is_found_again_with_the_same_key() {
    for fault in [ApiFault::LoseAnswer, ApiFault::GarbledAnswer] {
        let (sandbox, client, _) = serve(config()).await;
        sandbox.set_faults(Faults { api: vec![ApiRule::new(fault).times(1)], ..Faults::default() });
        let lost = create(&client, "order-19").await.unwrap_err();
        assert!(!matches!(lost, StripeError::Stripe(..)), "{lost}");
        assert_eq!(sandbox.statement().sessions.len(), 1);
        let found = create(&client, "order-19").await.unwrap();
        assert_eq!(sandbox.statement().sessions.len(), 1);
        assert_eq!(sandbox.statement().sessions[0].id, found.id.as_str());
    }
}

#[tokio::test]
async fn a_request_that_hangs_is_done_though_the_client_gave_up() {
    let (sandbox, _, base) = serve(config()).await;
    let client = stripe::ClientBuilder::new(KEY).url(&base).timeout(Duration::from_millis(100)).build().unwrap();
    let rule = ApiRule::new(ApiFault::HangBefore).times(1).hold(Duration::from_millis(300));
    sandbox.set_faults(Faults { api: vec![rule], ..Faults::default() });
    let error = create(&client, "order-20").await.unwrap_err();
    assert!(matches!(error, StripeError::Timeout), "{error}");
    assert_eq!(sandbox.statement().sessions.len(), 0);
    // While the first is running the key is in use: <https://docs.stripe.com/api/idempotent_requests>.
    let error = create(&client, "order-20").await.unwrap_err();
    let StripeError::Stripe(_, status) = error else { panic!("{error}") };
    assert_eq!(status, 409);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(sandbox.statement().sessions.len(), 1);
    create(&client, "order-20").await.unwrap();
    assert_eq!(sandbox.statement().sessions.len(), 1);
}
