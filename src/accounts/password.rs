//! Passwords: which are taken, how they are kept and compared.

use crate::{Error, Invalid, Message, Result, said};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

/// A password as typed. Never printed, never repeated in an answer: it serialises as nothing.
#[derive(Clone, Default, utoipa::ToSchema)]
#[schema(value_type = String, format = Password)]
pub struct Secret(String);

impl Secret {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For the command line, which shows a password that it made once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(typed: T) -> Self {
        Self(typed.into())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(Option::<String>::deserialize(d)?.unwrap_or_default()))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str("")
    }
}

const SHORTEST: usize = 8;
/// Long enough for any sentence, short enough not to keep a core busy.
const LONGEST: usize = 128;

/// The three thousand commonest passwords of eight characters and more, in lower case. Their source and licence stand
/// beside the file.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().filter(|line| !line.is_empty()).collect());

/// On the list, or a word of the list with digits and signs after it: `password2026!`.
fn is_common(folded: &str) -> bool {
    let word = folded.trim_end_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(folded) || COMMON.contains(word)
}

/// A password that may be set: 8 to 128 characters of any kind, none of the commonest, not the person's own words
/// (NIST SP 800-63B, 3.1.1.2: length and a list of refused ones, no rules of composition).
fn acceptable(typed: &Secret, own_words: &[&str]) -> Result<(), Message> {
    let length = typed.0.chars().count();
    if length == 0 {
        return Err(said!("fault-required"));
    }
    if length < SHORTEST {
        return Err(said!("fault-too-short", least = SHORTEST));
    }
    if length > LONGEST {
        return Err(said!("fault-too-long", max = LONGEST));
    }
    let folded = normal(&typed.0).to_lowercase();
    let is_own =
        own_words.iter().any(|word| folded == word.to_lowercase() || Some(folded.as_str()) == local_part(word));
    let is_one_character = folded.chars().all(|c| folded.starts_with(c));
    if is_own {
        return Err(said!("fault-password-own"));
    }
    if is_one_character {
        return Err(said!("fault-password-one-character"));
    }
    if is_common(&folded) {
        return Err(said!("fault-password-common"));
    }
    Ok(())
}

/// Notes what is wrong with a new password beside its field.
pub(crate) fn note(typed: &Secret, field: &'static str, own_words: &[&str], faults: &mut Invalid) {
    if let Err(message) = acceptable(typed, own_words) {
        faults.add(field, message);
    }
}

fn local_part(address: &str) -> Option<&str> {
    address.split_once('@').map(|(local, _)| local)
}

/// Argon2id as OWASP advises: 19 MiB, two passes, one lane.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>
fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// Compared with when there is no such account, so that an unknown address takes as long as a wrong password.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody's password").ok());

fn hash_now(password: &str) -> Result<String> {
    let salt = crate::random_bytes::<16>();
    let hash = argon2id().hash_password_with_salt(normal(password).as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|e| Error::internal(format!("hashing a password: {e}")))
}

/// The same password from every keyboard: composed and decomposed letters are one.
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// Whether a password was the right one.
pub(crate) struct Verdict {
    pub is_right: bool,
    /// A hash with today's parameters, when the one compared with was made with older ones.
    pub fresh_hash: Option<String>,
}

/// Hashes a password, on a thread that may be kept busy.
pub(crate) async fn hash(password: &Secret) -> Result<String> {
    let password = password.clone();
    busy(move || hash_now(&password.0)).await
}

/// Compares a password with the hash of an account; `None` when there is no account.
pub(crate) async fn verify(password: &Secret, hash: Option<String>) -> Result<Verdict> {
    let password = password.clone();
    busy(move || verify_now(&password.0, hash.as_deref())).await
}

fn verify_now(password: &str, hash: Option<&str>) -> Result<Verdict> {
    let wrong = Verdict { is_right: false, fresh_hash: None };
    // what cannot be anybody's password is not worth the work
    if password.chars().count() > LONGEST {
        return Ok(wrong);
    }
    let known = hash.or(NOBODY.as_deref()).unwrap_or_default();
    let parsed = PasswordHash::new(known).map_err(|e| Error::internal(format!("a stored password hash: {e}")))?;
    let matches = argon2id().verify_password(normal(password).as_bytes(), &parsed).is_ok();
    if !matches || hash.is_none() {
        return Ok(wrong);
    }
    let is_old = parsed.algorithm.as_str() != "argon2id"
        || parsed.version != Some(Version::V0x13.into())
        || Params::try_from(&parsed).ok().as_ref().is_none_or(|p| {
            let today = Params::default();
            (p.m_cost(), p.t_cost(), p.p_cost()) != (today.m_cost(), today.t_cost(), today.p_cost())
        });
    let fresh_hash = if is_old { Some(hash_now(password)?) } else { None };
    Ok(Verdict { is_right: true, fresh_hash })
}

/// Two at a time: each takes a core and 19 MiB. The permit goes along with the work, which goes on when the request
/// that asked for it is gone.
async fn busy<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    static SLOTS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));
    let unavailable = |e: &'static str| Error::Unavailable(anyhow::Error::msg(e));
    let permit: OwnedSemaphorePermit = tokio::time::timeout(Duration::from_secs(10), SLOTS.clone().acquire_owned())
        .await
        .map_err(|_| unavailable("too many passwords wait to be hashed"))?
        .map_err(|_| unavailable("no more passwords are hashed"))?;
    let work = move || {
        let answer = work();
        drop(permit);
        answer
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(anyhow::Error::new(e)))?
}

/// A hash as an older version of the shop might have made it: 64 KiB, one pass.
#[cfg(feature = "testing")]
#[expect(clippy::expect_used, reason = "for tests")]
pub(crate) fn weak_hash(password: &str) -> String {
    let params = Params::new(64, 1, 1, None).expect("are parameters");
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    weak.hash_password_with_salt(password.as_bytes(), b"0123456789abcdef").expect("hashes").to_string()
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    #[test]
    fn long_ones_are_taken_and_common_ones_are_not() {
        let ok = |typed: &str| acceptable(&typed.into(), &["ada.lovelace@example.org", "Ada"]).is_ok();
        assert!(ok("anvil teapot lantern") && ok("ключ от склада") && ok(&"ab".repeat(64)));
        let refused = [
            "",
            "short",
            "password",
            "PASSWORD123",
            "12345678",
            "aaaaaaaaaa",
            "Ada.Lovelace",
            "ada.lovelace@example.org",
        ];
        for typed in refused {
            assert!(!ok(typed), "{typed:?}");
        }
        assert!(!ok(&"a1".repeat(65)));
    }

    #[test]
    fn three_thousand_common_ones_are_refused_and_told_why() {
        let verdict = |typed: &str| acceptable(&typed.into(), &[]);
        let listed: Vec<_> = include_str!("common_passwords.txt").lines().collect();
        assert!(listed.len() >= 3_000, "{}", listed.len());
        for typed in listed {
            assert!(verdict(typed).is_err() && verdict(&typed.to_uppercase()).is_err(), "{typed}");
        }
        // the same word dressed up, in full-width letters too
        for typed in ["Password2026!", "sunshine#1", "Football!!!!", "\u{ff50}assword", "trustno1"] {
            assert!(verdict(typed).is_err_and(|why| why.to_string().contains("many people use")), "{typed}");
        }
        for typed in ["sunshine over hills", "my football club", "2026 lanterns"] {
            assert!(verdict(typed).is_ok(), "{typed}");
        }
        assert!(
            acceptable(&"ada.byron".into(), &["ada.byron@example.org"])
                .is_err_and(|why| why.to_string().contains("your own"))
        );
    }

    #[test]
    fn compares_and_renews() {
        let hash = hash_now("anvil teapot lantern").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = verify_now("anvil teapot lantern", Some(&hash)).unwrap();
        assert!(right.is_right && right.fresh_hash.is_none());
        assert!(!verify_now("anvil teapot", Some(&hash)).unwrap().is_right);
        assert!(!verify_now("nobody's password", None).unwrap().is_right);

        let old = weak_hash("anvil teapot lantern");
        let verdict = verify_now("anvil teapot lantern", Some(&old)).unwrap();
        assert!(verdict.fresh_hash.is_some_and(|fresh| fresh.contains("m=19456")));
    }

    #[test]
    fn composed_and_decomposed_letters_are_one() {
        let hash = hash_now("caf\u{e9} hammer").unwrap();
        assert!(verify_now("cafe\u{301} hammer", Some(&hash)).unwrap().is_right);
    }

    #[test]
    fn is_never_repeated() {
        let secret = Secret::from("anvil teapot");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"\"");
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(serde_json::from_str::<Secret>("\"anvil teapot\"").unwrap().expose(), "anvil teapot");
    }
}
