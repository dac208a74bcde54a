//! A file as it arrives, kept part by part: never more of it in memory than one part.

use super::super::ImportInput;
use crate::actors::{May, Permission};
use crate::audit::{self, Entry};
use crate::id::ImportId;
use crate::idempotency::Key;
use crate::jobs::{self, Job};
use crate::{Error, OnConstraint, Result, Shop, token_hash};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use uuid::Uuid;

/// The largest file that is taken, in bytes. (Shopify itself takes 15 MB.)
pub const MAX_FILE: usize = 100 << 20;
const PART: usize = 1 << 20;

/// A file that is arriving.
pub struct Upload {
    id: ImportId,
    /// What the file does not say; it may be said before the file or after it.
    pub input: ImportInput,
    name: String,
    part: Vec<u8>,
    parts: i32,
    bytes: usize,
    hash: Sha256,
}

/// A file that is here and will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub id: ImportId,
    /// It was here before, under the same key, and is not read a second time.
    pub is_repeat: bool,
}

/// Begins to take a file. `file_name` is what the sender calls it: to be shown, never to be a path.
pub async fn begin(shop: &Shop, who: &dyn May, file_name: &str, input: &ImportInput) -> Result<Upload> {
    who.may(Permission::CatalogWrite)?;
    input.check()?;
    let now = shop.clock.now();
    // what was broken off on its way
    sqlx::query!("delete from imports where status = 'sending' and created_at < $1", now - TimeDelta::days(1))
        .execute(&shop.db)
        .await?;
    let (id, actor) = (ImportId::new(), who.actor());
    let name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    sqlx::query!(
        "insert into imports (id, file_name, options, actor_type, staff_id, staff_name, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id as _,
        name,
        Json(input) as _,
        actor.kind.word(),
        actor.id,
        actor.name,
        now,
    )
    .execute(&shop.db)
    .await?;
    let (part, hash) = (Vec::new(), Sha256::new());
    Ok(Upload { id, input: input.clone(), name, part, parts: 0, bytes: 0, hash })
}

/// The file is larger than is taken.
pub fn too_large() -> Error {
    Error::invalid("file", format!("is larger than {} MB; part it into several", MAX_FILE >> 20))
}

impl Upload {
    /// Nothing of it came.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Takes what came next. `Invalid` when the file is too large: nothing of it is kept then.
    pub async fn write(&mut self, shop: &Shop, mut piece: &[u8]) -> Result<()> {
        self.bytes += piece.len();
        if self.bytes > MAX_FILE {
            self.discard(shop).await?;
            return Err(too_large());
        }
        self.hash.update(piece);
        while !piece.is_empty() {
            let (now, later) = piece.split_at(piece.len().min(PART - self.part.len()));
            self.part.extend_from_slice(now);
            piece = later;
            if self.part.len() == PART {
                self.flush(shop).await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self, shop: &Shop) -> Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into import_parts (import_id, place, content) values ($1, $2, $3)",
            self.id as _,
            self.parts,
            self.part,
        )
        .execute(&shop.db)
        .await?;
        self.parts += 1;
        self.part.clear();
        Ok(())
    }

    /// Gives up: what was kept so far goes.
    pub async fn discard(&self, shop: &Shop) -> Result<()> {
        sqlx::query!("delete from imports where id = $1 and status = 'sending'", self.id as _)
            .execute(&shop.db)
            .await?;
        Ok(())
    }

    /// The file is here: a job reads it. Under a key it is read once, however often it is sent; `KeyReused` when the
    /// key came with another file, name or options.
    pub async fn finish(mut self, shop: &Shop, who: &dyn May, key: Option<&Key>) -> Result<Taken> {
        let taken = self.hand_over(shop, who, key).await;
        if !matches!(taken, Ok(Taken { is_repeat: false, .. })) {
            self.discard(shop).await?;
        }
        taken
    }

    async fn hand_over(&mut self, shop: &Shop, who: &dyn May, key: Option<&Key>) -> Result<Taken> {
        who.may(Permission::CatalogWrite)?;
        self.input.check()?;
        if self.is_empty() {
            return Err(Error::invalid("file", "must be chosen first; it has nothing in it"));
        }
        let sender = who.actor().id.ok_or(Error::Forbidden)?;
        let said = serde_json::to_vec(&(&self.name, &self.input))?;
        let digest = Sha256::new().chain_update(self.hash.clone().finalize()).chain_update(said).finalize().to_vec();
        let key = key.map(|key| token_hash(key.text()).to_vec());
        if let Some(before) = before(shop, sender, key.as_deref(), &digest).await? {
            return Ok(before);
        }
        self.flush(shop).await?;
        match self.enqueue(shop, who, key.as_deref(), &digest).await {
            // another request under this key was quicker
            Err(Error::Busy) => before(shop, sender, key.as_deref(), &digest).await?.ok_or(Error::Busy),
            done => done.map(|()| Taken { id: self.id, is_repeat: false }),
        }
    }

    async fn enqueue(&self, shop: &Shop, who: &dyn May, key: Option<&[u8]>, digest: &[u8]) -> Result<()> {
        act!(shop, who, "import.start", |act| {
            sqlx::query!(
                "update imports
                 set status = 'waiting', bytes = $2, options = $3, once_key = $4, digest = $5
                 where id = $1 and status = 'sending'
                 returning id",
                self.id as _,
                self.bytes as i64,
                Json(&self.input) as _,
                key,
                digest,
            )
            .fetch_one(&mut *act)
            .await
            .map_err(Error::from)
            .on_constraint("imports_once", || Error::Busy)?;
            let entry =
                Entry { action: "import.start", entity_type: audit::Entity::Import, entity_id: self.id.to_string() };
            let what = serde_json::json!({ "file": self.name, "bytes": self.bytes, "options": self.input });
            audit::record(&mut act, entry, &(), &what)?;
            jobs::enqueue(&mut act, &Job::RunImport { import: self.id })?;
            act.commit(()).await
        })
    }
}

/// The import that came under this key before.
async fn before(shop: &Shop, sender: Uuid, key: Option<&[u8]>, digest: &[u8]) -> Result<Option<Taken>> {
    let Some(key) = key else { return Ok(None) };
    let known = sqlx::query!(
        r#"select id as "id: ImportId", digest as "digest!" from imports where staff_id = $1 and once_key = $2"#,
        sender,
        key,
    );
    match known.fetch_optional(&shop.db).await? {
        Some(known) if known.digest != digest => Err(Error::KeyReused),
        known => Ok(known.map(|known| Taken { id: known.id, is_repeat: true })),
    }
}
