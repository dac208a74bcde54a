//! Time and randomness come in through here, so that tests are exact.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// What time it is. Moves with the world, or stands where a test or the sample puts it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    standing: Option<Arc<AtomicI64>>,
    /// The real time, of a clock that stands back.
    present: Option<DateTime<Utc>>,
}

impl Clock {
    /// The system's clock.
    pub fn real() -> Self {
        Self::default()
    }

    /// Stands still until `advance` is called.
    pub fn standing_at(time: DateTime<Utc>) -> Self {
        Self { standing: Some(Arc::new(AtomicI64::new(time.timestamp_micros()))), present: None }
    }

    /// Stands back at `time` for what is lived through afterwards, and knows the `present`: see
    /// [`is_over`](Self::is_over).
    pub(crate) fn standing_back(time: DateTime<Utc>, present: DateTime<Utc>) -> Self {
        Self { present: Some(present), ..Self::standing_at(time) }
    }

    /// Whether it stands back, and what was to happen at this moment is over by the present.
    pub(crate) fn is_over(&self, moment: DateTime<Utc>) -> bool {
        self.present.is_some_and(|present| moment <= present)
    }

    /// Now, in microseconds, which is what PostgreSQL keeps.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    pub fn now(&self) -> DateTime<Utc> {
        let real = || Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap_or_else(|_| Utc::now());
        match &self.standing {
            None => real(),
            Some(at) => DateTime::from_timestamp_micros(at.load(Ordering::SeqCst)).unwrap_or_else(real),
        }
    }

    /// Moves a standing clock on. The real one cannot be moved.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(at) = &self.standing {
            at.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}

/// 256 random bits as 64 hexadecimal digits: session ids, links in mails, cart tokens.
pub fn secret_token() -> String {
    hex::encode(random_bytes::<32>())
}

#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// What is kept of a secret token.
pub fn token_hash(token: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(token.as_bytes()).into()
}
