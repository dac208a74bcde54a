//! What time alone brings about.

use std::time::Duration;

use crate::state::{Due, Later, State};

impl State {
    /// Moves the sandbox's clock forward.
    pub fn advance(&mut self, by: Duration) {
        self.clock_ahead += by;
        self.tick();
    }

    /// Lets happen what time alone brings about.
    pub fn tick(&mut self) {
        let now = self.now_ms();
        let mut ripe: Vec<Due> = self.due.extract_if(.., |due| due.at_ms <= now).collect();
        ripe.sort_by_key(|due| due.at_ms);
        for due in ripe {
            match due.what {
                Later::SettleIntent { intent, succeeds } => self.settle_intent(&intent, succeeds),
                Later::SettleRefund { refund, succeeds } => self.settle_refund(&refund, succeeds),
                Later::EnterCharge { charge } => self.enter_charge_late(&charge),
                Later::ExpireAuthorization { intent, charge } => self.expire_authorization(&intent, &charge),
            }
        }
        self.expire_sessions();
        self.answers.prune(now);
    }
}
