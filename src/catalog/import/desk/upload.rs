//! A file as it arrives, kept part by part: never more of it in memory than one part.

use super::super::ImportInput;
use crate::accounts::{Permission, Staff};
use crate::audit::{self, Entry};
use crate::id::ImportId;
use crate::jobs::{self, Job};
use crate::{Error, Result, Shop};
use chrono::TimeDelta;
use sqlx::types::Json;

/// The largest file that is taken, in bytes. (Shopify itself takes 15 MB.)
pub const MAX_FILE: usize = 100 << 20;
const PART: usize = 1 << 20;

/// A file that is arriving.
pub struct Upload {
    id: ImportId,
    part: Vec<u8>,
    parts: i32,
    bytes: usize,
}

/// Begins to take a file. `file_name` is what the sender calls it: to be shown, never to be a path.
pub async fn begin(shop: &Shop, staff: &Staff, file_name: &str, input: &ImportInput) -> Result<Upload> {
    staff.may(Permission::CatalogWrite)?;
    input.check()?;
    let now = shop.clock.now();
    // what was broken off on its way
    sqlx::query!("delete from imports where status = 'sending' and created_at < $1", now - TimeDelta::days(1))
        .execute(&shop.db)
        .await?;
    let id = ImportId::new();
    let name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    sqlx::query!(
        "insert into imports (id, file_name, options, staff_id, staff_name, created_at) values ($1, $2, $3, $4, $5, $6)",
        id as _,
        name,
        Json(input) as _,
        staff.id() as _,
        staff.name(),
        now,
    )
    .execute(&shop.db)
    .await?;
    Ok(Upload { id, part: Vec::new(), parts: 0, bytes: 0 })
}

/// The file is larger than is taken.
pub fn too_large() -> Error {
    Error::invalid("file", format!("is larger than {} MB; part it into several", MAX_FILE >> 20))
}

impl Upload {
    /// Takes what came next. `Invalid` when the file is too large: nothing of it is kept then.
    pub async fn write(&mut self, shop: &Shop, mut piece: &[u8]) -> Result<()> {
        self.bytes += piece.len();
        if self.bytes > MAX_FILE {
            self.discard(shop).await?;
            return Err(too_large());
        }
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

    /// The file is here: a job reads it.
    pub async fn finish(mut self, shop: &Shop, staff: &Staff) -> Result<ImportId> {
        staff.may(Permission::CatalogWrite)?;
        if self.bytes == 0 {
            self.discard(shop).await?;
            return Err(Error::invalid("file", "must be chosen first; it has nothing in it"));
        }
        self.flush(shop).await?;
        let mut tx = shop.db.begin().await?;
        let sent = sqlx::query!(
            r#"update imports set status = 'waiting', bytes = $2
               where id = $1 and status = 'sending'
               returning file_name, options as "options: Json<ImportInput>""#,
            self.id as _,
            self.bytes as i64,
        )
        .fetch_one(&mut *tx)
        .await?;
        let entry = Entry { action: "import.start", entity_type: "import", entity_id: self.id.to_string() };
        let what = serde_json::json!({ "file": sent.file_name, "bytes": self.bytes, "options": sent.options.0 });
        audit::record(&mut tx, &shop.clock, staff, entry, &(), &what).await?;
        jobs::enqueue(&mut tx, &Job::RunImport { import: self.id }).await?;
        tx.commit().await?;
        Ok(self.id)
    }
}
