//! Payments: the gateway, what became of each payment, refunds.

/// How the shop reaches its payment provider.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    pub secret_key: String,
    /// Signing secrets of the webhook endpoint; two while one is being rotated out.
    pub webhook_secrets: Vec<String>,
    /// Stripe's own address unless set: the offline Stripe in development and tests.
    pub api_base: Option<url::Url>,
}

/// Stripe, or what answers in its place.
#[derive(Clone, Debug)]
pub struct Gateway {
    #[expect(unused, reason = "read by the client")]
    config: GatewayConfig,
}

impl Gateway {
    pub fn new(config: GatewayConfig) -> Self {
        Self { config }
    }
}
