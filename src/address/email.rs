//! E-mail addresses.

use crate::input::plain;
use crate::{Message, said};
use lettre::Address;
use std::fmt;

/// An address of e-mail. The domain is kept in its ASCII form (`xn--…`, UTS 46), in which every mail server knows it,
/// so that one mailbox is one account however its domain is typed; what is before the @ is kept as typed, but for what
/// nobody can see. Compared without regard to case by the database (`citext`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Email(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnEmail {
    Empty,
    TooLong,
    Malformed,
    /// Mail cannot be sent to the letters before the @.
    OutOfReach,
}

impl From<NotAnEmail> for Message {
    fn from(e: NotAnEmail) -> Self {
        match e {
            NotAnEmail::Empty => said!("fault-required"),
            NotAnEmail::TooLong => said!("fault-too-long", max = 254),
            NotAnEmail::Malformed => said!("fault-email"),
            NotAnEmail::OutOfReach => said!("fault-email-out-of-reach"),
        }
    }
}

impl fmt::Display for NotAnEmail {
    /// Goes on from the field's label.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Message::from(*self).fmt(f)
    }
}

impl std::error::Error for NotAnEmail {}

impl Email {
    /// Stricter than RFC 5321 where nobody means it: no quoted local parts, no bare hosts, no address literals.
    pub fn parse(typed: &str) -> Result<Self, NotAnEmail> {
        // before anything is folded, which takes time with the length
        if typed.len() > 2000 {
            return Err(NotAnEmail::TooLong);
        }
        let typed = plain(typed);
        if typed.is_empty() {
            return Err(NotAnEmail::Empty);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(NotAnEmail::Malformed)?;
        // RFC 5321, 4.5.3.1: 256 octets for a path with its angle brackets
        if local.len() + domain.len() >= 254 {
            return Err(NotAnEmail::TooLong);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnEmail::Malformed)?;
        if local.len() + domain.len() >= 254 {
            return Err(NotAnEmail::TooLong);
        }
        let is_host = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        let is_plain = !local.contains(['"', '(', ')']) && !typed.chars().any(|c| c.is_control() || c.is_whitespace());
        if !is_host || !is_plain || domain.starts_with('[') || Address::new(local, domain.as_str()).is_err() {
            return Err(NotAnEmail::Malformed);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// One that mail can be sent to through any mail server, for whoever gives us an address to write to: letters
    /// outside ASCII before the @ would need SMTPUTF8 (RFC 6531) of every server on the way.
    pub fn to_write_to(typed: &str) -> Result<Self, NotAnEmail> {
        let email = Self::parse(typed)?;
        if email.0.is_ascii() { Ok(email) } else { Err(NotAnEmail::OutOfReach) }
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
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
            ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("用户@例子.公司", "用户@xn--fsqu00a.xn--55qx5d"),
            ("ada@例子。公司", "ada@xn--fsqu00a.xn--55qx5d"),
            ("ada@example.org\u{200b}", "ada@example.org"),
            ("\u{202a}ada@ex\u{ad}ample.org\u{202c}", "ada@example.org"),
            ("ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org"),
            ("jean\u{2011}luc@example.org", "jean-luc@example.org"),
        ] {
            assert_eq!(Email::parse(typed).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn says_whom_our_mail_cannot_reach() {
        assert_eq!(Email::to_write_to("ada@bücher.example").unwrap().as_str(), "ada@xn--bcher-kva.example");
        for typed in ["münchen@example.org", "用户@例子.公司"] {
            assert!(Email::parse(typed).is_ok(), "whoever has an account still signs in");
            assert_eq!(Email::to_write_to(typed), Err(NotAnEmail::OutOfReach), "{typed}");
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
            "ada@xn--a.example",
            "ada@-example.org",
            "ada@ex／ample.org",
            "ada@\u{200b}",
        ];
        for typed in malformed {
            assert_eq!(Email::parse(typed), Err(NotAnEmail::Malformed), "{typed:?}");
        }
    }
}
