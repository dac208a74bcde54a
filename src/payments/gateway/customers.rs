//! Customers over there, who own the kept cards. <https://docs.stripe.com/api/customers>

use super::{Gateway, GatewayError, under};
use std::collections::HashMap;
use stripe::StripeRequest;
use stripe_core::customer::{CreateCustomer, UpdateCustomer};
use stripe_core::customer_session::{
    CreateCustomerSession, CreateCustomerSessionComponents, CreateCustomerSessionComponentsMobilePaymentElement as App,
    CreateCustomerSessionComponentsMobilePaymentElementFeatures as AppFeatures,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodAllowRedisplayFilters as AppFilter,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodRedisplay as AppRedisplay,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodRemove as AppRemove,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodSave as AppSave,
    CreateCustomerSessionComponentsPaymentElement as Page,
    CreateCustomerSessionComponentsPaymentElementFeatures as PageFeatures,
    CreateCustomerSessionComponentsPaymentElementFeaturesPaymentMethodAllowRedisplayFilters as PageFilter,
    CreateCustomerSessionComponentsPaymentElementFeaturesPaymentMethodRedisplay as PageRedisplay,
    CreateCustomerSessionComponentsPaymentElementFeaturesPaymentMethodSave as PageSave,
    CreateCustomerSessionComponentsPaymentElementFeaturesPaymentMethodSaveUsage as PageUsage,
};

#[derive(Debug, Clone)]
pub(crate) struct NewCustomer {
    pub key: String,
    pub user_id: String,
    pub email: String,
    pub name: String,
}

/// Where the form to pay with is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownIn {
    /// The payment sheet of a mobile app.
    App,
    /// In place, on a page of ours.
    Browser,
}

impl Gateway {
    /// Answers the new customer's id.
    pub(crate) async fn create_customer(&self, new: &NewCustomer) -> Result<String, GatewayError> {
        let metadata = HashMap::from([("user_id".to_owned(), new.user_id.clone())]);
        let request = CreateCustomer::new().email(&new.email).name(&new.name).metadata(metadata);
        let made = request.customize().request_strategy(under(&new.key)?).send(self.client()).await?;
        Ok(made.id.to_string())
    }

    pub(crate) async fn update_customer(&self, id: &str, email: &str, name: &str) -> Result<(), GatewayError> {
        UpdateCustomer::new(id).email(email).name(name).send(self.client()).await?;
        Ok(())
    }

    /// A right to see and use this customer's kept cards, for half an hour and one form: its secret.
    /// Stripe recommends it over ephemeral keys for new integrations, which are bound to the API version of the app's
    /// library. <https://docs.stripe.com/changelog/clover/2025-10-29/customer-sessions-mpe-customer-sheet>
    pub(crate) async fn open_to(&self, customer: &str, shown: ShownIn, keeps: bool) -> Result<String, GatewayError> {
        let mut components = CreateCustomerSessionComponents::new();
        match shown {
            ShownIn::App => {
                let mut features = AppFeatures::new();
                features.payment_method_redisplay = Some(AppRedisplay::Enabled);
                features.payment_method_allow_redisplay_filters = Some(vec![AppFilter::Always, AppFilter::Limited]);
                features.payment_method_remove = Some(AppRemove::Enabled);
                // an intent that keeps its card in any case needs no box to tick
                features.payment_method_save = Some(if keeps { AppSave::Disabled } else { AppSave::Enabled });
                let mut sheet = App::new(true);
                sheet.features = Some(features);
                components.mobile_payment_element = Some(sheet);
            }
            ShownIn::Browser => {
                let mut features = PageFeatures::new();
                features.payment_method_redisplay = Some(PageRedisplay::Enabled);
                features.payment_method_allow_redisplay_filters = Some(vec![PageFilter::Always, PageFilter::Limited]);
                features.payment_method_save = Some(if keeps { PageSave::Disabled } else { PageSave::Enabled });
                features.payment_method_save_usage = (!keeps).then_some(PageUsage::OnSession);
                let mut element = Page::new(true);
                element.features = Some(features);
                components.payment_element = Some(element);
            }
        }
        let session = CreateCustomerSession::new(components).customer(customer).send(self.client()).await?;
        Ok(session.client_secret)
    }
}
