//! What waits to be taken by one who follows. Of each topic only the newest: who is slow misses nothing that is still
//! so, and a mailbox never holds more than its owner follows.

use super::update::Update;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Why somebody is told nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// They are signed out.
    SignedOut,
    /// This process stops; another one goes on.
    Closing,
}

#[derive(Default)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Arc<Update>>,
    end: Option<End>,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn put(&self, update: &Arc<Update>) {
        let mut state = self.state();
        match state.waiting.iter_mut().find(|waiting| waiting.topic == update.topic) {
            Some(waiting) => *waiting = update.clone(),
            None => state.waiting.push_back(update.clone()),
        }
        drop(state);
        self.wake.notify_one();
    }

    pub fn end(&self, why: End) {
        self.state().end.get_or_insert(why);
        self.wake.notify_one();
    }

    pub async fn take(&self) -> Result<Arc<Update>, End> {
        loop {
            {
                let mut state = self.state();
                if let Some(end) = state.end {
                    return Err(end);
                }
                if let Some(update) = state.waiting.pop_front() {
                    // what was not needed any more is given back
                    if state.waiting.is_empty() {
                        state.waiting.shrink_to_fit();
                    }
                    return Ok(update);
                }
            }
            self.wake.notified().await;
        }
    }
}
