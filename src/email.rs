//! Mail: rendered from templates, text and HTML, and handed to a mailer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// How mail leaves the shop.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// Written to files, which `/dev/mail` shows.
    Folder(PathBuf),
    /// Kept, for tests to look at.
    Memory(Arc<Mutex<Vec<String>>>),
}

impl Mailer {
    pub fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }
}
