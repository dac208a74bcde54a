//! Short-lived rights to the cards of one customer, for a page and for an app.

/// For half an hour, the right to see and use one customer's cards.
#[derive(Debug, Clone)]
pub(crate) struct CustomerSession {
    pub secret: String,
    pub customer: String,
    pub expires: i64,
}

/// A key with which an app may see and keep the cards of one customer, for an hour.
#[derive(Debug, Clone)]
pub(crate) struct EphemeralKey {
    pub id: String,
    pub secret: String,
    pub customer: String,
    pub expires: i64,
}
