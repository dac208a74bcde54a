//! What people are told, before it is known in which language: the key of a message of `words/en.ftl` and the values
//! that stand in it. Whoever shows it says it, in the language of the visit (`words`); programs and the log get
//! English.
//!
//! `said!("refusal-sold-out", name = &name)` makes one; `tests/it/words.rs` holds its key and arguments against the
//! file.

use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// Words of people and of other programs, and English that only staff and machines read. The same in all languages.
    Text(String),
    Said {
        key: Cow<'static, str>,
        args: Vec<(Cow<'static, str>, Value)>,
    },
    /// One after the other.
    All(Vec<Message>),
}

/// What stands in a message for one of its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    Text(String),
    /// Chooses the plural form.
    Number(i64),
    /// In the smallest unit of the currency with these letters.
    Money(i64, String),
    /// A message within the message, such as the name of a country.
    Message(Message),
}

impl Message {
    /// A message without arguments, whose key is not written down where it is made.
    pub(crate) fn of_key(key: &'static str) -> Self {
        Self::Said { key: key.into(), args: Vec::new() }
    }

    /// Of a fault of a field, a stable word for programs: `fault-too-long` is `too_long`.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Said { key, .. } => key.strip_prefix("fault-").map(|word| word.replace('-', "_")),
            Self::Text(_) | Self::All(_) => None,
        }
    }
}

/// For `serde`: a message of an answer to programs, in English.
pub fn in_english<S: Serializer>(message: &Message, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(message)
}

/// A message to be said later: `said!("refusal-cart-full", most = 100)`. A fault of a field is given its label when it
/// is said: its message has an argument `$label` more.
#[macro_export]
macro_rules! said {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::message::Message::Said {
            key: ::std::borrow::Cow::Borrowed($key),
            args: vec![$((::std::borrow::Cow::Borrowed(stringify!($name)), $crate::message::Value::from($value))),*],
        }
    };
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Number(n)
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Self::Number(n.into())
    }
}

impl From<u32> for Value {
    fn from(n: u32) -> Self {
        Self::Number(n.into())
    }
}

impl From<usize> for Value {
    fn from(n: usize) -> Self {
        Self::Number(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_and_read_again() {
        for message in [
            Message::from("Ada’s own words"),
            said!("fault-required"),
            said!("refusal-line", name = "Rasp", problem = said!("cart-problem-only-left", left = 2)),
            Message::All(vec![said!("refusal-nowhere"), "x".into()]),
            said!("refusal-price-changed", price = Value::Money(5_00, "GBP".into())),
        ] {
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message, "{text}");
        }
    }

    #[test]
    fn faults_have_a_code() {
        assert_eq!(said!("fault-too-long", max = 5).code().as_deref(), Some("too_long"));
        assert_eq!((said!("refusal-nowhere").code(), Message::from("is no fault").code()), (None, None));
    }
}
