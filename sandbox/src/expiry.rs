//! Checkout Sessions whose time is over. <https://docs.stripe.com/api/checkout/sessions/expire>

use crate::objects::{Session, SessionStatus};
use crate::state::State;

impl State {
    pub fn open_session(&mut self, session: Session) {
        self.next_expiry = self.next_expiry.min(session.expires_at);
        self.sessions.insert(session);
    }

    pub fn expire_session(&mut self, id: &str) {
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        session.status = SessionStatus::Expired;
        let (intent, setup) = (session.intent.clone(), session.setup.clone());
        // What was begun and not paid cannot be paid any more.
        if let Some(intent) = intent {
            self.cancel_intent(&intent, Some("automatic"));
        }
        if let Some(setup) = setup {
            self.cancel_setup(&setup, Some("abandoned"));
        }
        self.emit_for("checkout.session.expired", id);
    }

    /// Ends the sessions whose time is over.
    pub fn expire_sessions(&mut self) {
        let now = self.now();
        // each request comes by here, and there may be many sessions
        if now < self.next_expiry {
            return;
        }
        let over: Vec<String> = self
            .sessions
            .iter()
            .filter(|session| session.is_open() && session.expires_at <= now)
            .map(|session| session.id.clone())
            .collect();
        for id in over {
            self.expire_session(&id);
        }
        let open = self.sessions.iter().filter(|session| session.is_open());
        self.next_expiry = open.map(|session| session.expires_at).min().unwrap_or(i64::MAX);
    }
}
