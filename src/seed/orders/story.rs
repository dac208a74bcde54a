//! The story of one order: what is done with it, one deed after the other.

use super::endings::Ending;
use crate::id::{ProductId, VariantId};
use crate::seed::chance::Chance;
use crate::seed::people::{Home, Person};
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};

/// An order that somebody places, and what becomes of it.
pub struct Story {
    pub key: String,
    pub buyer: &'static Person,
    /// Buys with the account; a guest otherwise.
    pub is_customer: bool,
    pub home: &'static Home,
    pub lines: Vec<Line>,
    pub shipping_method: String,
    pub note: &'static str,
    pub ending: Ending,
    pub deeds: Vec<TimedDeed>,
}

pub struct Line {
    pub product: ProductId,
    pub variant: VariantId,
    pub quantity: i32,
}

/// A deed and its moment. Each but the last of a moment leaves nothing that must not be done twice.
#[derive(Debug, Clone)]
pub struct TimedDeed {
    pub at: DateTime<Utc>,
    pub deed: Deed,
}

#[derive(Debug, Clone)]
pub enum Deed {
    Place,
    /// The shopper rang: the goods are held until then, though the money is not there.
    Hold(DateTime<Utc>),
    /// A note that only staff see.
    Remark(&'static str),
    /// The card is declined; the page stays open.
    Decline,
    /// The money comes through the gateway.
    Pay,
    /// Nobody paid in time.
    Lapse,
    /// The gateway gives the attempt up.
    Fail,
    AcceptOffline(&'static str),
    PayOffline,
    Process,
    /// The first line leaves, the rest waits for a delivery.
    ShipFirstLine(Parcel),
    /// All that waits leaves.
    Ship(Parcel),
    Deliver,
    /// Nothing is left to do. What was not shipped was picked up.
    Complete(&'static str),
    /// Staff cancel the paid order.
    CallOff(&'static str),
    RefundAll {
        reason: &'static str,
        restock: bool,
    },
    /// One piece of the first line is paid back; it was not worth sending back.
    RefundOne(&'static str),
    /// The gateway has given the money back.
    GiveBack,
}

#[derive(Debug, Clone)]
pub struct Parcel {
    pub carrier: &'static str,
    pub tracking: String,
}

/// When stories are told, and what the settings say.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub now: DateTime<Utc>,
    /// For how long a placed order holds its goods.
    pub hold: TimeDelta,
}

/// All that is done with an order that was placed then and ends so. A story that would go on into the future is a
/// mistake.
pub fn deeds(frame: Frame, ending: Ending, placed_at: DateTime<Utc>, chance: Chance) -> Result<Vec<TimedDeed>> {
    let mut plot = Plot { at: placed_at, chance, deeds: Vec::new() };
    plot.then(Deed::Place);
    plot.tell(frame, ending);
    if plot.at > frame.now {
        return Err(Error::internal(format!("the story of an order ends in the future: {ending:?}")));
    }
    Ok(plot.deeds)
}

/// A story that is being thought up. Time passes by [`wait`](Self::wait).
struct Plot {
    at: DateTime<Utc>,
    chance: Chance,
    deeds: Vec<TimedDeed>,
}

impl Plot {
    /// Some minutes pass.
    fn wait(&mut self, least: i64, most: i64) {
        self.at += TimeDelta::seconds(self.chance.between(least * 60, most * 60));
    }

    fn then(&mut self, deed: Deed) {
        self.deeds.push(TimedDeed { at: self.at, deed });
    }

    fn parcel(&mut self) -> Parcel {
        Parcel {
            carrier: self.chance.pick::<&str>(&["Royal Mail", "Parcelforce", "Pennine Carriers"]),
            tracking: format!("IM{:09}GB", self.chance.between(1, 999_999_999)),
        }
    }

    /// The gateway needs a moment to give money back.
    fn give_back(&mut self) {
        self.at += TimeDelta::seconds(20);
        self.then(Deed::GiveBack);
    }

    fn refund_all(&mut self, reason: &'static str, restock: bool) {
        self.then(Deed::RefundAll { reason, restock });
        self.give_back();
    }

    fn tell(&mut self, frame: Frame, ending: Ending) {
        use Ending::*;
        match ending {
            Fresh => return,
            Promised => {
                self.wait(6, 30);
                self.then(Deed::Hold(frame.now + TimeDelta::days(4)));
                let words = "Rang: the card does not work, will transfer the money. Held for some days.";
                self.then(Deed::Remark(words));
                return;
            }
            Expired => {
                self.at += frame.hold;
                self.wait(0, 2);
                self.then(Deed::Lapse);
                return;
            }
            Failed => {
                self.wait(2, 6);
                self.then(Deed::Decline);
                self.wait(22, 28);
                self.then(Deed::Fail);
                return;
            }
            OnAccount | Transferred => {
                self.wait(6, 30);
                self.then(Deed::AcceptOffline("Will be paid by transfer"));
                if ending == OnAccount {
                    return;
                }
                self.wait(1_500, 2_500);
                self.then(Deed::PayOffline);
            }
            SecondTry => {
                self.wait(2, 5);
                self.then(Deed::Decline);
                self.wait(1, 4);
                self.then(Deed::Pay);
            }
            _ => {
                self.wait(1, 9);
                self.then(Deed::Pay);
            }
        }
        self.prepare(ending);
    }

    /// It is paid, or will be.
    fn prepare(&mut self, ending: Ending) {
        use Ending::*;
        match ending {
            Paid => return,
            Withdrawn => {
                self.wait(60, 600);
                return self.refund_all("Bought at another shop meanwhile", false);
            }
            CalledOff => {
                self.wait(60, 1_200);
                self.then(Deed::CallOff("Ordered twice by mistake"));
                return self.give_back();
            }
            Transferred => {}
            _ => {
                self.wait(40, 1_200);
                self.then(Deed::Process);
            }
        }
        match ending {
            Processing => return,
            Collected => {
                self.wait(120, 2_800);
                return self.then(Deed::Complete("Picked up at the counter"));
            }
            PartlyShipped => {
                self.wait(60, 600);
                let parcel = self.parcel();
                return self.then(Deed::ShipFirstLine(parcel));
            }
            _ => {
                self.wait(90, 1_400);
                let parcel = self.parcel();
                self.then(Deed::Ship(parcel));
            }
        }
        if ending != Shipped {
            self.arrive(ending);
        }
    }

    /// It is on its way.
    fn arrive(&mut self, ending: Ending) {
        use Ending::*;
        self.wait(1_200, 3_200);
        self.then(Deed::Deliver);
        match ending {
            Delivered => return,
            Returned => {
                self.wait(4_000, 9_000);
                return self.refund_all("Sent back: the wrong size", true);
            }
            Broken => {
                self.wait(600, 2_000);
                return self.refund_all("Arrived broken", false);
            }
            _ => {}
        }
        self.wait(4_000, 12_000);
        self.then(Deed::Complete(""));
        if ending == PartlyRefunded {
            self.wait(100, 4_000);
            self.then(Deed::RefundOne("One piece had a flaw; a part of the price back"));
            self.give_back();
        }
    }
}
