//! Kept cards: who they belong to, taking them away, and the page at Stripe where one is added.
//! <https://docs.stripe.com/api/payment_methods> and <https://docs.stripe.com/payments/checkout/save-and-reuse>

use super::{Gateway, GatewayError, under};
use stripe::StripeRequest;
use stripe_checkout::CheckoutSessionMode;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes, CreateCheckoutSessionPaymentMethodData,
    CreateCheckoutSessionPaymentMethodDataAllowRedisplay as Redisplay,
};
use stripe_client_core::{RequestBuilder, StripeMethod};
use stripe_core::customer::{
    ListPaymentMethodsCustomer, ListPaymentMethodsCustomerType, RetrievePaymentMethodCustomer,
};
use stripe_shared::PaymentMethod;

/// A kept card, as far as anybody may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub id: String,
    /// `visa`, `mastercard` …
    pub brand: String,
    pub last4: String,
    pub exp_month: i64,
    pub exp_year: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct NewKeeping {
    pub key: String,
    pub customer: String,
    pub success_url: String,
    pub cancel_url: String,
}

impl Gateway {
    /// The cards of a customer, the newest first. The first hundred.
    pub(crate) async fn cards_of(&self, customer: &str) -> Result<Vec<Card>, GatewayError> {
        let request = ListPaymentMethodsCustomer::new(customer).type_(ListPaymentMethodsCustomerType::Card).limit(100);
        let list = request.send(self.client()).await?;
        Ok(list.data.into_iter().filter_map(card).collect())
    }

    /// One card, if it is this customer's; otherwise it is missing.
    pub(crate) async fn card_of(&self, customer: &str, card: &str) -> Result<(), GatewayError> {
        RetrievePaymentMethodCustomer::new(customer, card).send(self.client()).await?;
        Ok(())
    }

    /// Detaches a card from its customer, for ever. <https://docs.stripe.com/api/payment_methods/detach>
    pub(crate) async fn detach_card(&self, card: &str) -> Result<(), GatewayError> {
        // The client has this request in a package of its own; it is not worth another.
        let request = RequestBuilder::new(StripeMethod::Post, format!("/payment_methods/{card}/detach"));
        request.customize::<PaymentMethod>().send(self.client()).await?;
        Ok(())
    }

    /// A page on which this customer adds a card; its address.
    pub(crate) async fn create_keeping(&self, new: &NewKeeping) -> Result<String, GatewayError> {
        let mut data = CreateCheckoutSessionPaymentMethodData::new();
        // The customer adds it to see it again, so checkout may show it.
        data.allow_redisplay = Some(Redisplay::Always);
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Setup)
            .allowed_payment_method_types(vec![CreateCheckoutSessionAllowedPaymentMethodTypes::Card])
            .payment_method_data(data)
            .customer(&new.customer)
            .success_url(&new.success_url)
            .cancel_url(&new.cancel_url);
        let session = request.customize().request_strategy(under(&new.key)?).send(self.client()).await?;
        Ok(session.url.unwrap_or_default())
    }
}

fn card(method: PaymentMethod) -> Option<Card> {
    let card = method.card?;
    Some(Card {
        id: method.id.to_string(),
        brand: card.brand,
        last4: card.last4,
        exp_month: card.exp_month,
        exp_year: card.exp_year,
    })
}
