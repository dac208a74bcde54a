//! What tests and their Stripe know of each other.

pub const SECRET_KEY: &str = "sk_test_tests";
pub const WEBHOOK_SECRET: &str = "whsec_tests";
