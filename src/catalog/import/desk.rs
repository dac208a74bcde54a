//! Imports from the admin and the API: a file is sent, a job reads it, and what it did can be looked at for ever after.

mod list;
mod run;
mod upload;

pub use list::{ImportLine, ImportQuery, Imported, get, list};
pub use run::run;
pub use upload::{MAX_FILE, Taken, Upload, begin, too_large};

words! {
    /// How far an import is.
    pub enum ImportStatus {
        /// The file is still arriving; it is in no list.
        Sending = "sending" => "Arriving",
        Waiting = "waiting" => "Waiting",
        Running = "running" => "Running",
        Done = "done" => "Done",
        /// The file could not be read at all, or nothing of it came in.
        Failed = "failed" => "Failed",
    }
}

impl ImportStatus {
    /// Those that a list shows.
    pub const LISTED: [Self; 4] = [Self::Waiting, Self::Running, Self::Done, Self::Failed];

    /// One of those.
    pub fn listed(word: &str) -> Option<Self> {
        Self::LISTED.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more will happen to it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}
