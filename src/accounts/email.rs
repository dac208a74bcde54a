//! E-mail addresses.

use lettre::Address;
use std::fmt;

/// An address that mail can be sent to. Kept as typed but for the domain, whose case means nothing; compared without
/// regard to case by the database (`citext`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Email(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEmail {
    #[error("is required")]
    Empty,
    #[error("is too long (at most 254 characters)")]
    TooLong,
    #[error("is not an e-mail address")]
    Malformed,
}

impl Email {
    /// Stricter than RFC 5321 where nobody means it: no quoted local parts, no bare hosts, no address literals.
    pub fn parse(typed: &str) -> Result<Self, NotAnEmail> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(NotAnEmail::Empty);
        }
        // RFC 5321, 4.5.3.1: 256 octets for a path with its angle brackets
        if typed.len() > 254 {
            return Err(NotAnEmail::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(NotAnEmail::Malformed)?;
        let domain = domain.to_lowercase();
        let is_host = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        let is_plain = !local.contains(['"', '(', ')']) && !typed.chars().any(|c| c.is_control() || c.is_whitespace());
        if !is_host || !is_plain || domain.starts_with('[') || Address::new(local, domain.as_str()).is_err() {
            return Err(NotAnEmail::Malformed);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One spelling for all spellings of an address, where the database does not compare.
    pub(crate) fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Email, NotAnEmail};

    #[test]
    fn takes_what_people_have() {
        for (typed, kept) in [
            ("ada@example.org", "ada@example.org"),
            (" Ada.Lovelace+shop@Example.ORG ", "Ada.Lovelace+shop@example.org"),
            ("o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk"),
        ] {
            assert_eq!(Email::parse(typed).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn refuses_the_rest() {
        assert_eq!(Email::parse("  "), Err(NotAnEmail::Empty));
        assert_eq!(Email::parse(&format!("{}@example.org", "a".repeat(250))), Err(NotAnEmail::TooLong));
        let malformed = [
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@[127.0.0.1]",
            "a b@example.org",
            "a\0b@example.org",
            "ada@example..org",
            "ada@example.org\r\nBcc: x@example.org",
            "\"a\"@example.org",
            "a@b@example.org",
        ];
        for typed in malformed {
            assert_eq!(Email::parse(typed), Err(NotAnEmail::Malformed), "{typed:?}");
        }
    }
}
