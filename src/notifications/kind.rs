//! What staff may be told of.

use crate::actors::{May, Permission};

words! {
    /// What a notification is about.
    pub enum NotificationKind {
        /// An order counts: it is paid, or was accepted to be paid offline.
        NewOrder = "new_order" => say "notification-new-order",
        /// A bank refused a payment.
        PaymentFailed = "payment_failed" => say "notification-payment-failed",
        PaymentDisputed = "payment_disputed" => say "notification-payment-disputed",
        /// Stripe's statement and our books differ.
        DifferenceFound = "difference_found" => say "notification-difference-found",
        /// No more is left of a variant than its threshold.
        LowStock = "low_stock" => say "notification-low-stock",
        SoldOut = "sold_out" => say "notification-sold-out",
        ImportFinished = "import_finished" => say "notification-import-finished",
        /// The shop stopped posting to a webhook, or somebody stopped it.
        WebhookPaused = "webhook_paused" => say "notification-webhook-paused",
        /// A job failed too often and was given up.
        JobDead = "job_dead" => say "notification-job-dead",
    }
}

words! {
    /// When mail comes about what happened.
    #[schema(as = NotificationMail)]
    pub enum Mailing {
        /// Within about a minute; what happened together comes together.
        AtOnce = "at_once" => "At once",
        /// Once a day, with all that happened since.
        Daily = "daily" => "Once a day",
        Never = "never" => "Never",
    }
}

impl NotificationKind {
    /// Whoever may do this now is told.
    pub fn permission(self) -> Permission {
        match self {
            Self::NewOrder => Permission::OrdersRead,
            Self::PaymentFailed | Self::PaymentDisputed | Self::DifferenceFound => Permission::PaymentsRead,
            Self::LowStock | Self::SoldOut => Permission::InventoryRead,
            // who may import sees what came of it
            Self::ImportFinished => Permission::CatalogWrite,
            Self::WebhookPaused => Permission::WebhooksRead,
            Self::JobDead => Permission::JobsRead,
        }
    }

    /// Until somebody chooses otherwise. At once comes what costs money when it waits.
    pub fn mail_at_first(self) -> Mailing {
        match self {
            Self::PaymentDisputed | Self::DifferenceFound | Self::JobDead => Mailing::AtOnce,
            Self::NewOrder | Self::LowStock | Self::SoldOut => Mailing::Daily,
            // shoppers try again by themselves; who imports waits for it; a webhook's maker has a mail of its own
            Self::PaymentFailed | Self::ImportFinished | Self::WebhookPaused => Mailing::Never,
        }
    }

    /// Those that somebody is told of.
    pub fn of(who: &dyn May) -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| who.can(kind.permission())).collect()
    }

    pub(super) fn words_of(who: &dyn May) -> Vec<String> {
        Self::of(who).into_iter().map(|kind| kind.word().to_owned()).collect()
    }
}

/// What a mail is about: one kind, at once; or all that come daily.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    AtOnce(NotificationKind),
    Daily,
}

const DAILY: &str = "digest";

impl MailKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AtOnce(kind) => kind.word(),
            Self::Daily => DAILY,
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            DAILY => Some(Self::Daily),
            word => NotificationKind::parse(word).map(Self::AtOnce),
        }
    }
}
