//! The state behind its lock, for all who serve it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::deliveries::Dispatch;
use crate::state::State;

/// What a running sandbox is: its state, and the queue of what it has to deliver.
pub(crate) struct Shared {
    state: Mutex<State>,
    deliveries: mpsc::UnboundedSender<Dispatch>,
}

impl Shared {
    /// With the end of the queue from which deliveries are taken.
    pub fn new(state: State) -> (Arc<Self>, mpsc::UnboundedReceiver<Dispatch>) {
        let (deliveries, queue) = mpsc::unbounded_channel();
        (Arc::new(Self { state: Mutex::new(state), deliveries }), queue)
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        // No act leaves the state half changed in a way that later ones could not bear.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something under the lock, then hands on the webhooks it caused. Each receiver is told
    /// when the first attempt at its webhook was made.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> (T, Vec<oneshot::Receiver<()>>) {
        let mut state = self.lock();
        let result = change(&mut state);
        let dispatches = std::mem::take(&mut state.outbox);
        // Queued while the lock is held, so that deliveries are queued in the events' order.
        let mut attempted = Vec::new();
        for mut dispatch in dispatches {
            let (tell, told) = oneshot::channel();
            dispatch.attempted = Some(tell);
            attempted.push(told);
            // The queue is gone only when the runtime is.
            self.deliveries.send(dispatch).ok();
        }
        (result, attempted)
    }
}
