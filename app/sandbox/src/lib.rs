//! Offline Stripe.
