//! Stored files: pictures, found by their hash, never by a name that a client made up.

use object_store::ObjectStore;
use std::sync::Arc;

/// Where files are kept: a local folder by default.
#[derive(Clone, Debug)]
pub struct Files(Arc<dyn ObjectStore>);

impl Files {
    pub fn local(folder: &std::path::Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self(Arc::new(object_store::local::LocalFileSystem::new_with_prefix(folder)?)))
    }

    /// For tests.
    pub fn in_memory() -> Self {
        Self(Arc::new(object_store::memory::InMemory::new()))
    }

    #[expect(unused, reason = "the picture pipeline reads and writes through it")]
    pub(crate) fn store(&self) -> &dyn ObjectStore {
        &*self.0
    }
}
