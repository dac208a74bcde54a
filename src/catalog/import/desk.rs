//! Imports from the admin and the API: a file is sent, a job reads it, and what it did can be looked at for ever after.

mod list;
mod run;
mod upload;

pub use list::{ImportLine, ImportQuery, Imported, get, list};
pub use run::run;
pub use upload::{MAX_FILE, Taken, Upload, begin, too_large};

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ImportStatus {
    /// The file is still arriving; it is in no list.
    Sending,
    Waiting,
    Running,
    Done,
    /// The file could not be read at all, or nothing of it came in.
    Failed,
}

impl ImportStatus {
    /// Those that a list shows.
    pub const LISTED: [Self; 4] = [Self::Waiting, Self::Running, Self::Done, Self::Failed];

    /// As in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::LISTED.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more will happen to it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}
