//! Stored files. There is one kind so far, pictures: found by the hash of what was uploaded, never by a name that a
//! client made up, so that an address never changes its content and may be cached for ever.
//!
//! A picture is decoded, turned upright, stripped of everything but its pixels and kept as WebP in three sizes. The
//! files are written first and the row after: a row always has its files, and files without a row, or a row without an
//! owner, are cleared away by [`sweep()`].

mod bucket;
mod hash;
mod jpeg;
mod picture;
mod sweep;
mod upload;

pub use bucket::Bucket;
pub use hash::{PictureHash, PictureSize};
pub use picture::{MAX_BYTES, MAX_PIXELS, MAX_SIDE, too_large};
pub use sweep::{Swept, sweep};
pub(crate) use upload::uploaded;
pub use upload::{discard, find, upload};

use crate::actors::System;
use crate::id::FileId;
use crate::{Error, Result, Shop};
use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How long a picture waits for its turn.
const TURN: Duration = Duration::from_secs(20);

tokio::task_local! {
    static WAITED_FOR: CancellationToken;
}

/// Runs this work. Once `gone` is cancelled, pictures that still wait for their turn in it are given up; everything
/// else runs on.
pub async fn while_waited_for<T>(gone: CancellationToken, work: impl Future<Output = T>) -> T {
    WAITED_FOR.scope(gone, work).await
}

/// Where files are kept: a local folder by default.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The megabytes that pictures may take at once while they are worked on.
    workbench: Arc<Semaphore>,
}

impl Files {
    /// In a folder of this machine, made if it is not there. An error when it cannot be written.
    pub fn local(folder: &std::path::Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self::new(Arc::new(
            object_store::local::LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true),
        )))
    }

    /// In a bucket. Whether it lets us in, only [`Files::check`] can say.
    pub fn in_bucket(bucket: &Bucket) -> anyhow::Result<Self> {
        Ok(Self::new(Arc::new(bucket.open()?)))
    }

    /// For tests.
    pub fn in_memory() -> Self {
        Self::new(Arc::new(object_store::memory::InMemory::new()))
    }

    /// Whether a file can be written, read and removed: for `doctor`.
    pub async fn check(&self) -> anyhow::Result<()> {
        let (path, content) = (object_store::path::Path::from("doctor"), Bytes::from_static(b"well"));
        self.store.put(&path, content.clone().into()).await?;
        let read = self.store.get(&path).await?.bytes().await?;
        self.store.delete(&path).await?;
        anyhow::ensure!(read == content, "what was written is not what was read");
        Ok(())
    }

    /// A turn at the workbench, with room for so many bytes. Two small pictures are worked on at once, or one large
    /// one. No turn after a timeout, or when the client has hung up.
    async fn turn(&self, cost: u64) -> Result<OwnedSemaphorePermit> {
        let half = picture::MAX_UNPACKED >> 21;
        let megabytes = (cost >> 20).clamp(half, 2 * half) as u32;
        let free = Arc::clone(&self.workbench).acquire_many_owned(megabytes);
        let gone = WAITED_FOR.try_with(CancellationToken::clone).unwrap_or_default();
        tokio::select! {
            biased;
            () = gone.cancelled() => Err(Error::Unavailable(anyhow::anyhow!("nobody waits for this picture any more"))),
            turn = tokio::time::timeout(TURN, free) => match turn {
                Ok(turn) => turn.map_err(Error::internal),
                Err(_) => Err(Error::Unavailable(anyhow::anyhow!("too many pictures wait to be unpacked"))),
            },
        }
    }

    fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, workbench: Arc::new(Semaphore::new((picture::MAX_UNPACKED >> 20) as usize)) }
    }
}

/// A picture that is kept: the size is that of the upright original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub id: FileId,
    pub hash: PictureHash,
    pub width: i32,
    pub height: i32,
}

/// Keeps an uploaded picture: PNG, JPEG, WebP or GIF (its first frame), told by content. The same upload twice is one
/// file. Without an owner it is deleted after a day; see [`sweep()`].
pub async fn store_picture(shop: &Shop, original: impl Into<Bytes>) -> Result<StoredFile> {
    let original = original.into();
    picture::check_size(&original)?;
    let cost = {
        let original = original.clone();
        blocking(move || picture::measure(&original)).await?
    };
    keep(shop, original, cost, picture::decode).await
}

/// Draws an SVG and keeps it like an upload. Only for drawings that come with the shop: an SVG can name other files.
pub async fn render_svg_picture(shop: &Shop, svg: impl Into<Bytes>) -> Result<StoredFile> {
    keep(shop, svg.into(), 0, picture::draw).await
}

/// The WebP of a picture in one size. `NotFound` when there is none.
pub async fn open(shop: &Shop, hash: &PictureHash, size: PictureSize) -> Result<Bytes> {
    Ok(shop.files.store.get(&hash.key(size)).await?.bytes().await?)
}

/// `cost` is what it takes to work on it, in bytes.
async fn keep(
    shop: &Shop,
    original: Bytes,
    cost: u64,
    read: fn(&[u8]) -> Result<picture::Ready>,
) -> Result<StoredFile> {
    let byte_size = original.len() as i64;
    let hash = {
        let original = original.clone();
        blocking(move || Ok(PictureHash::of(&original))).await?
    };
    if let Some(known) = known(shop, &hash).await? {
        return Ok(known);
    }
    let bench = shop.files.turn(cost).await?;
    let ready = blocking(move || {
        let _bench = bench; // held until the work is done, even when nobody waits for it any more
        read(&original)
    })
    .await?;
    // a second round only when the sweep cleared away files of the same hash just in between
    for _ in 0..3 {
        for (size, webp) in &ready.sizes {
            shop.files.store.put(&hash.key(*size), PutPayload::from(webp.clone())).await?;
        }
        crash_point!("picture-stored");
        if let Some(stored) = record(shop, &hash, &ready, byte_size).await? {
            return Ok(stored);
        }
    }
    Err(Error::internal("a picture's files vanish while they are stored"))
}

/// The same picture from an earlier time, all of it; its day without an owner begins anew.
async fn known(shop: &Shop, hash: &PictureHash) -> Result<Option<StoredFile>> {
    let row = sqlx::query!(
        r#"update files set created_at = $2 where hash = $1 returning id as "id: FileId", width, height"#,
        hash.as_str(),
        shop.clock.now(),
    )
    .fetch_optional(&shop.db)
    .await?;
    match row {
        Some(row) if all_there(shop, hash).await? => {
            Ok(Some(StoredFile { id: row.id, hash: hash.clone(), width: row.width, height: row.height }))
        }
        _ => Ok(None),
    }
}

/// Writes the row, `None` when the files went missing since they were written. The lock keeps the sweep of the same
/// hash out meanwhile.
async fn record(shop: &Shop, hash: &PictureHash, ready: &picture::Ready, byte_size: i64) -> Result<Option<StoredFile>> {
    let (width, height) = (ready.width as i32, ready.height as i32);
    act!(shop, &System, "picture.store", |act| {
        lock(&mut act, hash).await?;
        let id = sqlx::query_scalar!(
            r#"insert into files (id, hash, content_type, byte_size, width, height, created_at)
               values ($1, $2, 'image/webp', $3, $4, $5, $6)
               on conflict (hash) do update set created_at = excluded.created_at
               returning id as "id: FileId""#,
            FileId::new() as _,
            hash.as_str(),
            byte_size,
            width,
            height,
            act.now,
        )
        .fetch_one(&mut *act)
        .await?;
        if !all_there(shop, hash).await? {
            return Ok(None);
        }
        act.commit(Some(StoredFile { id, hash: hash.clone(), width, height })).await
    })
}

async fn all_there(shop: &Shop, hash: &PictureHash) -> Result<bool> {
    for size in PictureSize::ALL {
        match shop.files.store.head(&hash.key(size)).await {
            Ok(_) => {}
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(true)
}

/// One at a time for each hash, until the end of the transaction.
async fn lock(conn: &mut PgConnection, hash: &PictureHash) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('picture ' || $1, 0))", hash.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // a decoder that gives up on a crafted picture must not look like a fault of the shop
        Err(e) if e.is_panic() => {
            tracing::error!(error = %e, "work on a picture panicked");
            Err(Error::invalid("picture", "cannot be read; perhaps it is damaged"))
        }
        Err(e) => Err(Error::internal(e)),
    }
}

impl From<object_store::Error> for Error {
    fn from(e: object_store::Error) -> Self {
        match e {
            object_store::Error::NotFound { .. } => Self::NotFound,
            e => Self::Unavailable(e.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    /// Fails when turns are not counted by what a picture takes.
    #[tokio::test]
    async fn two_small_pictures_are_worked_on_at_once_or_one_large_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::local(folder.path()).unwrap();
        let turn = |megabytes: u64| files.turn(megabytes << 20).now_or_never();
        let large = turn(190);
        assert!(large.is_some() && turn(1).is_none() && turn(190).is_none());
        drop(large);
        let small = (turn(1), turn(150));
        assert!(small.0.is_some() && small.1.is_some() && turn(1).is_none());
        drop(small);
        assert!(turn(300).is_some());
    }
}
