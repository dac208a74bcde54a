//! The shop's keys for the sealed channel of live updates (`crate::live::channel`): one signs, and those before it are
//! still published for a while, so that apps which pinned one hear of its successor.

use crate::actors::AsActor;
use crate::audit::{self, Entity, Entry};
use crate::keys::Place;
use crate::sealed_column::SealedColumn;
use crate::{Error, Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use uuid::Uuid;

const COLUMN: &str = "channel_keys.sealed";

/// What of it is sealed.
pub(crate) const SEALED: [SealedColumn; 1] = [SealedColumn::new(COLUMN, "id")];

/// A retired key is published for so long.
fn published_for() -> TimeDelta {
    TimeDelta::days(90)
}

/// The key that signs handshakes.
pub struct ChannelKey {
    /// By which clients know it.
    pub kid: String,
    pub(crate) pair: EcdsaKeyPair,
    pub(crate) random: SystemRandom,
}

/// A key as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub kid: String,
    /// A point of P-256, uncompressed (SEC 1, 2.3.3): 65 bytes.
    pub point: Vec<u8>,
    pub created_at: DateTime<Utc>,
    /// Since when another one signs.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The key that signs now; made the first time that somebody asks.
///
/// # Errors
/// When it cannot be read, or `ENCRYPTION_KEY` does not open it.
pub async fn signing(shop: &Shop) -> Result<ChannelKey> {
    for _ in 0..2 {
        let row = sqlx::query!("select id, sealed from channel_keys where retired_at is null");
        if let Some(row) = row.fetch_optional(&shop.db).await? {
            let pkcs8 = shop.encryption_keys.open(Place { column: COLUMN, row: row.id }, &row.sealed)?;
            return Ok(ChannelKey { kid: row.id.to_string(), pair: pair(&pkcs8)?, random: SystemRandom::new() });
        }
        let made = Made::new(shop)?;
        sqlx::query!(
            "insert into channel_keys (id, sealed, public, created_at) values ($1, $2, $3, $4) on conflict do nothing",
            made.id,
            made.sealed,
            made.public,
            shop.clock.now(),
        )
        .execute(&shop.db)
        .await?;
    }
    Err(Error::internal("the key of the sealed channel is neither there nor can it be made"))
}

/// Another key signs from now on. Clients that pinned the former one find both published for 90 days.
///
/// # Errors
/// When it cannot be kept.
pub async fn rotate(shop: &Shop, who: &dyn AsActor) -> Result<String> {
    act!(shop, who, "channel_key.rotate", |act| {
        let made = Made::new(shop)?;
        let now = act.now;
        sqlx::query!("update channel_keys set retired_at = $1 where retired_at is null", now)
            .execute(&mut *act)
            .await?;
        sqlx::query!("delete from channel_keys where retired_at < $1", now - published_for())
            .execute(&mut *act)
            .await?;
        sqlx::query!(
            "insert into channel_keys (id, sealed, public, created_at) values ($1, $2, $3, $4)",
            made.id,
            made.sealed,
            made.public,
            now,
        )
        .execute(&mut *act)
        .await?;
        let kid = made.id.to_string();
        let entry = Entry { action: "channel_key.rotate", entity_type: Entity::Shop, entity_id: kid.clone() };
        audit::record(&mut act, entry, &(), &())?;
        act.commit(kid).await
    })
}

/// The keys that clients may meet, the one that signs first.
///
/// # Errors
/// When they cannot be read.
pub async fn published(shop: &Shop) -> Result<Vec<PublicKey>> {
    signing(shop).await?;
    let rows = sqlx::query!(
        r#"select id, public, created_at, retired_at
           from channel_keys
           where retired_at is null or retired_at > $1
           order by retired_at desc nulls first"#,
        shop.clock.now() - published_for(),
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PublicKey {
            kid: row.id.to_string(),
            point: row.public,
            created_at: row.created_at,
            retired_at: row.retired_at,
        })
        .collect())
}

struct Made {
    id: Uuid,
    sealed: Vec<u8>,
    public: Vec<u8>,
}

impl Made {
    fn new(shop: &Shop) -> Result<Self> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(Error::internal)?;
        let public = pair(pkcs8.as_ref())?.public_key().as_ref().to_vec();
        let id = Uuid::now_v7();
        let sealed = shop.encryption_keys.seal(Place { column: COLUMN, row: id }, pkcs8.as_ref())?;
        Ok(Self { id, sealed, public })
    }
}

fn pair(pkcs8: &[u8]) -> Result<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
        .map_err(|e| Error::internal(e.to_string()))
}
