//! The one error of the shop. Doors translate it: a page, a JSON body, an exit code.

use crate::message::Message;
use crate::said;
use std::borrow::Cow;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// Not there, or not for the eyes of whoever asked: the two are never told apart.
    NotFound,
    /// It was there and is no more: a link that works once, an offer that ended.
    Gone(Message),
    /// The input is wrong; each fault names its field.
    Invalid(Invalid),
    /// The input is fine, the state of the shop is not: sold out, already shipped, edited by somebody else.
    Conflict {
        /// A stable word for programs, such as `sold_out`.
        code: &'static str,
        message: Message,
        /// Field-like details: which line, which status.
        details: Vec<FieldError>,
    },
    /// The same idempotency key came with another request.
    KeyReused,
    Forbidden,
    Unauthenticated,
    TooMany {
        retry_after: std::time::Duration,
    },
    /// Something that we need does not answer in time. Nothing was done, or it may safely be repeated.
    Unavailable(anyhow::Error),
    /// Another transaction was in the way (deadlock, serialisation failure); `act!` tries again.
    Busy,
    /// A fault of ours. The text goes to the log, never to a visitor.
    Internal(anyhow::Error),
}

/// In English, for programs and the log.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) => Some(&**cause),
            _ => None,
        }
    }
}

/// What is wrong with a field; or, with a conflict, one of its details.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldError {
    pub field: Cow<'static, str>,
    pub message: Message,
}

impl FieldError {
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Message>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Faults gathered while checking an input, so that all of them are shown at once; and the codes of those that are none
/// of the input, but that it belongs to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invalid(pub Vec<FieldError>, Vec<&'static str>);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validation failed")?;
        for e in &self.0 {
            write!(f, "; {}: {}", e.field, e.message)?;
        }
        Ok(())
    }
}

impl From<Vec<FieldError>> for Invalid {
    fn from(faults: Vec<FieldError>) -> Self {
        Self(faults, Vec::new())
    }
}

impl Invalid {
    /// Notes a fault. What shoppers can meet is [`said!`](crate::said). English text is for staff and programs alone:
    /// it goes on from the field's label ("is required"), or is a sentence of its own, and then begins with a capital
    /// letter.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<Message>) {
        self.0.push(FieldError::new(field, message));
    }

    /// Notes a value that belongs to another already. `code` is for programs, such as `sku_taken`.
    pub fn taken(&mut self, code: &'static str, field: impl Into<Cow<'static, str>>, message: impl Into<Message>) {
        self.add(field, message);
        self.1.push(code);
    }

    /// The first code, when nothing else is wrong than that values belong to others.
    pub fn only_taken(&self) -> Option<&'static str> {
        self.1.first().copied().filter(|_| self.1.len() == self.0.len())
    }

    /// Keeps the value of a check that passed; notes the message of one that failed.
    pub fn check<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        result: Result<T, impl Into<Message>>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(e) => {
                self.add(field, e);
                None
            }
        }
    }

    /// `Err` if anything was noted.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl Error {
    /// One faulty field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<Message>) -> Self {
        let mut faults = Invalid::default();
        faults.add(field, message);
        Self::Invalid(faults)
    }

    /// One field whose value belongs to another already. `code` is for programs, such as `email_taken`.
    pub fn taken(code: &'static str, field: impl Into<Cow<'static, str>>, message: impl Into<Message>) -> Self {
        let mut faults = Invalid::default();
        faults.taken(code, field, message);
        Self::Invalid(faults)
    }

    /// What is asked does not go with how things stand. `code` is for programs, `message` for people: English text only
    /// where no shopper meets it.
    pub fn conflict(code: &'static str, message: impl Into<Message>) -> Self {
        Self::Conflict { code, message: message.into(), details: Vec::new() }
    }

    /// A conflict that says all of its details.
    pub fn conflict_of(code: &'static str, details: Vec<FieldError>) -> Self {
        let message = Message::All(details.iter().map(|detail| detail.message.clone()).collect());
        Self::Conflict { code, message, details }
    }

    /// A fault of ours: logged in full, shown to nobody.
    pub fn internal(message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::Internal(anyhow::Error::msg(message))
    }

    /// What people are told. Of an input that is wrong, what programs are told, in English: a page says its faults one
    /// by one, each with the label of its field.
    pub fn message(&self) -> Message {
        match self {
            Self::NotFound => said!("refusal-not-found"),
            Self::Gone(message) | Self::Conflict { message, .. } => message.clone(),
            Self::Invalid(faults) => faults.to_string().into(),
            Self::KeyReused => said!("refusal-key-reused"),
            Self::Forbidden => said!("refusal-forbidden"),
            Self::Unauthenticated => said!("refusal-sign-in"),
            Self::TooMany { retry_after } => {
                let seconds = i64::try_from(retry_after.as_secs()).unwrap_or(i64::MAX);
                said!("refusal-too-many", seconds = seconds)
            }
            Self::Unavailable(_) | Self::Busy => said!("refusal-busy"),
            Self::Internal(_) => said!("refusal-internal"),
        }
    }

    /// What led to it, the nearest first; for those who run the shop, never for visitors.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) => cause.chain().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// The code of a conflict, for callers that answer one kind in a special way.
    pub fn conflict_code(&self) -> Option<&'static str> {
        match self {
            Self::Conflict { code, .. } => Some(code),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(e: sqlx::Error) -> Self {
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        let state = e.as_database_error().and_then(|e| e.code()).map(|c| c.into_owned());
        match (&e, state.as_deref()) {
            (sqlx::Error::RowNotFound, _) => Self::NotFound,
            (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_), _) => {
                Self::Unavailable(e.into())
            }
            (_, Some("40001" | "40P01")) => Self::Busy,
            // lock or statement timeout, too many connections, the server is starting or going down
            (_, Some("55P03" | "57014" | "53300" | "57P01" | "57P02" | "57P03")) => Self::Unavailable(e.into()),
            // text with a NUL byte, a number out of range: input that a boundary let through
            (_, Some("22021" | "22003" | "22P05")) => Self::invalid("input", said!("fault-cannot-be-stored")),
            _ => Self::Internal(e.into()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(e: serde_json::Error) -> Self {
        Self::Internal(e.into())
    }
}

/// Turns a violated database constraint into the error that a person understands.
pub trait OnConstraint<T> {
    fn on_constraint(self, constraint: &str, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T, E: Into<Error> + ConstraintName> OnConstraint<T> for Result<T, E> {
    fn on_constraint(self, constraint: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|e| if e.constraint_name() == Some(constraint) { error() } else { e.into() })
    }
}

pub trait ConstraintName {
    fn constraint_name(&self) -> Option<&str>;
}

impl ConstraintName for sqlx::Error {
    fn constraint_name(&self) -> Option<&str> {
        self.as_database_error()?.constraint()
    }
}

impl ConstraintName for Error {
    fn constraint_name(&self) -> Option<&str> {
        match self {
            Self::Internal(e) => e.downcast_ref::<sqlx::Error>()?.constraint_name(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn says_itself_in_english_and_names_its_cause() {
        let wait = |seconds| Error::TooMany { retry_after: Duration::from_secs(seconds) }.to_string();
        assert_eq!(wait(1), "Too many attempts; please try again in 1 second");
        assert_eq!(wait(30), "Too many attempts; please try again in 30 seconds");
        assert_eq!(Error::conflict("sold_out", said!("refusal-cart-empty")).to_string(), "Your cart is empty");
        assert_eq!(Error::invalid("city", said!("fault-required")).to_string(), "Validation failed; city: is required");
        let broken = Error::internal("the disk is full");
        let cause = std::error::Error::source(&broken).map(ToString::to_string);
        assert_eq!(
            (broken.to_string().as_str(), cause.as_deref()),
            ("Something went wrong on our side", Some("the disk is full"))
        );
    }
}
