//! The link at the foot of a mail, and in its header: whoever has it switches such mail off, without signing in. It is
//! signed, and holds for as long as the person works here.

use super::preferences::{chosen, effective, write};
use super::readers::readers;
use super::{MailKind, Mailing, NotificationKind};
use crate::actors::{Actor, ActorKind};
use crate::id::UserId;
use crate::{Error, Result, Shop, token_hash};
use url::Url;
use uuid::Uuid;

/// Where the link leads, below the root of the shop.
const PATH: &str = "/notifications/unsubscribe";

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscription {
    pub mail: MailKind,
    /// Such mail is off already.
    pub is_off: bool,
}

/// The address for one person and one kind of mail.
pub(super) fn address(shop: &Shop, user: UserId, mail: MailKind) -> Result<Url> {
    let signature = signatures(shop, user, mail).next().transpose()?;
    let signature = hex::encode(signature.ok_or_else(|| Error::internal("no key to sign links with"))?);
    let mut address = shop.public_url.clone();
    address.set_path(PATH);
    let key = format!("{}.{}.{signature}", user.0.simple(), mail.word());
    address.query_pairs_mut().clear().append_pair("key", &key);
    Ok(address)
}

/// What each of our keys signs it with.
fn signatures(shop: &Shop, user: UserId, mail: MailKind) -> impl Iterator<Item = Result<[u8; 32]>> {
    let (user, word) = (user.0.into_bytes(), mail.word());
    let parts: Vec<_> = shop.token_keys.derived("notifications.unsubscribe", &[&user, word.as_bytes()]).collect();
    parts.into_iter()
}

/// What a key says, if we signed it. Hashes are compared, so that the time it takes tells nothing of the signature.
fn read(shop: &Shop, key: &str) -> Result<(UserId, MailKind)> {
    let parts: Vec<&str> = key.split('.').collect();
    let [user, word, signature] = parts[..] else { return Err(Error::NotFound) };
    let user = Uuid::try_parse(user).map(UserId).map_err(|_| Error::NotFound)?;
    let mail = MailKind::parse(word).ok_or(Error::NotFound)?;
    let given = token_hash(signature);
    for ours in signatures(shop, user, mail) {
        if token_hash(&hex::encode(ours?)) == given {
            return Ok((user, mail));
        }
    }
    Err(Error::NotFound)
}

/// What a link is about; `NotFound` when it is not ours, or leads to nobody who works here.
pub async fn unsubscription(shop: &Shop, key: &str) -> Result<Unsubscription> {
    let (user, mail) = read(shop, key)?;
    readers(&shop.db, Some(user)).await?.pop().ok_or(Error::NotFound)?;
    let chosen = chosen(&shop.db, user).await?;
    let is_off = match mail {
        MailKind::AtOnce(kind) => effective(&chosen, kind).mail == Mailing::Never,
        MailKind::Daily => NotificationKind::ALL.iter().all(|kind| effective(&chosen, *kind).mail != Mailing::Daily),
    };
    Ok(Unsubscription { mail, is_off })
}

/// Switches such mail off for the person whose link it is: a kind altogether, or all kinds that come daily. Twice is as
/// good as once. `NotFound` as for [`unsubscription`].
pub async fn unsubscribe(shop: &Shop, key: &str) -> Result<MailKind> {
    let (user, mail) = read(shop, key)?;
    let reader = readers(&shop.db, Some(user)).await?.pop().ok_or(Error::NotFound)?;
    let who = Actor::remembered(ActorKind::Staff, Some(user.0), reader.staff.name().to_owned());
    act!(shop, &who, "notification.unsubscribe", |act| {
        let before = chosen(&mut *act, user).await?;
        let is_meant = |kind: NotificationKind| match mail {
            MailKind::AtOnce(one) => kind == one,
            MailKind::Daily => effective(&before, kind).mail == Mailing::Daily,
        };
        let off = NotificationKind::ALL.into_iter().filter(|kind| is_meant(*kind));
        let off = off.map(|kind| super::Preference { mail: Mailing::Never, ..effective(&before, kind) });
        let off: Vec<_> = off.collect();
        write(&mut act, user, &before, &off).await?;
        act.commit(mail).await
    })
}
