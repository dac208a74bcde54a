//! How the stories of orders end, and how many end so.

/// How the story of an order ends, or how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Just placed, its stock held for as long as the settings say.
    Fresh,
    /// The shopper rang and will pay by transfer; held for some days.
    Promised,
    Paid,
    Processing,
    /// In preparation, to be paid at the counter.
    OnAccount,
    PartlyShipped,
    Shipped,
    Delivered,
    Completed,
    /// Completed after the card was declined once.
    SecondTry,
    /// Picked up in the shop.
    Collected,
    /// Paid by transfer.
    Transferred,
    /// Completed; one piece was paid back.
    PartlyRefunded,
    Expired,
    Failed,
    CalledOff,
    /// Refunded before anything left.
    Withdrawn,
    /// Refunded; the goods came back to the shelf.
    Returned,
    /// Refunded; the goods were broken.
    Broken,
}

/// How many orders end so, and how many hours ago the latest and the earliest of them were placed.
pub const ENDINGS: [(Ending, usize, (i64, i64)); 19] = [
    (Ending::Fresh, 2, (0, 0)),
    (Ending::Promised, 2, (4, 44)),
    (Ending::Paid, 5, (1, 40)),
    (Ending::Processing, 4, (26, 70)),
    (Ending::OnAccount, 1, (50, 60)),
    (Ending::PartlyShipped, 1, (60, 90)),
    (Ending::Shipped, 7, (50, 110)),
    (Ending::Delivered, 7, (125, 300)),
    (Ending::Completed, 13, (400, 2_140)),
    (Ending::SecondTry, 2, (450, 1_900)),
    (Ending::Collected, 3, (120, 1_700)),
    (Ending::Transferred, 1, (800, 900)),
    (Ending::PartlyRefunded, 2, (600, 2_000)),
    (Ending::Expired, 2, (60, 1_500)),
    (Ending::Failed, 2, (90, 1_800)),
    (Ending::CalledOff, 2, (100, 1_600)),
    (Ending::Withdrawn, 1, (300, 900)),
    (Ending::Returned, 2, (500, 1_400)),
    (Ending::Broken, 1, (450, 1_000)),
];

impl Ending {
    /// Goods are taken off the shelf or promised, and come back later: there must be some.
    pub fn comes_back(self) -> bool {
        use Ending::*;
        matches!(self, Expired | Failed | CalledOff | Withdrawn | Returned)
    }
}
