//! The chain of hashes over the audit log.
//!
//! Sealing is not part of the acts themselves, because each would then have to wait for the one before it to commit. So
//! rows are linked in the order in which the sealer sees them, which for concurrent acts may differ from that of time.

use crate::id::AuditId;
use crate::{Result, Shop};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

/// Shared by all who seal.
const LOCK: i64 = 0x41_55_44_49_54;
/// Rows of one transaction.
const BATCH: i64 = 500;

fn link(before: Option<&[u8]>, chain_no: i64, content: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before.unwrap_or_default());
    hash.update(chain_no.to_be_bytes());
    hash.update(content.as_bytes());
    hash.finalize().into()
}

/// Links all rows that are not yet sealed, the oldest first. Answers how many. Of two at the same time one does the
/// work, the other one leaves it to that.
pub async fn seal(shop: &Shop) -> Result<u64> {
    let mut sealed = 0;
    loop {
        let batch = seal_batch(shop).await?;
        sealed += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(sealed);
        }
    }
}

async fn seal_batch(shop: &Shop) -> Result<u64> {
    let mut tx = shop.db.begin().await?;
    let is_ours =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "got!""#, LOCK).fetch_one(&mut *tx).await?;
    if !is_ours {
        return Ok(0);
    }
    let head = sqlx::query!(
        r#"select chain_no as "chain_no!", hash as "hash!"
           from audit_logs
           where chain_no is not null
           order by chain_no desc
           limit 1"#,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let (mut chain_no, mut before) = match head {
        Some(head) => (head.chain_no, Some(head.hash)),
        None => (0, None),
    };
    let rows = sqlx::query!(
        r#"select id as "id: AuditId", audit_content(a) as "content!"
           from audit_logs a
           where chain_no is null
           order by id
           limit $1"#,
        BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    let (mut ids, mut numbers, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        chain_no += 1;
        let hash = link(before.as_deref(), chain_no, &row.content).to_vec();
        ids.push(row.id.0);
        numbers.push(chain_no);
        hashes.push(hash.clone());
        before = Some(hash);
    }
    sqlx::query!(
        "update audit_logs a
         set chain_no = sealed.chain_no, hash = sealed.hash
         from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as sealed (id, chain_no, hash)
         where a.id = sealed.id",
        &ids,
        &numbers,
        &hashes,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows.len() as u64)
}

/// A chain without a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub sealed: i64,
    /// Rows that wait for the next round.
    pub unsealed: i64,
    /// The hash of the last row. Kept elsewhere, it also proves that the end of the log was not cut off.
    pub head: Option<String>,
}

/// The first row that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The number at which the chain breaks.
    pub chain_no: i64,
    /// The row there; `None` when it is gone.
    pub id: Option<AuditId>,
}

/// Walks the whole chain. `Err` of the inner result names the first row that was changed or removed.
pub async fn verify(shop: &Shop) -> Result<Result<Verified, Broken>> {
    let mut sealed = 0;
    let mut before: Option<Vec<u8>> = None;
    loop {
        // in batches: a walk through years of log shall not hold up a statement's ten seconds, nor a connection
        let mut rows = sqlx::query!(
            r#"select id as "id: AuditId", chain_no as "chain_no!", hash as "hash!", audit_content(a) as "content!"
               from audit_logs a
               where chain_no > $1
               order by chain_no
               limit 2000"#,
            sealed,
        )
        .fetch(&shop.db);
        let from = sealed;
        while let Some(row) = rows.try_next().await? {
            if row.chain_no != sealed + 1 {
                return Ok(Err(Broken { chain_no: sealed + 1, id: None }));
            }
            if link(before.as_deref(), row.chain_no, &row.content)[..] != row.hash[..] {
                return Ok(Err(Broken { chain_no: row.chain_no, id: Some(row.id) }));
            }
            sealed = row.chain_no;
            before = Some(row.hash);
        }
        drop(rows);
        if sealed == from {
            break;
        }
    }
    let unsealed = sqlx::query_scalar!(r#"select count(*) as "n!" from audit_logs where chain_no is null"#)
        .fetch_one(&shop.db)
        .await?;
    Ok(Ok(Verified { sealed, unsealed, head: before.map(hex::encode) }))
}
