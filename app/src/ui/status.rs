//! Statuses as badges. Each says its own words, and has its colours here: the compiler asks for those of a new one.

use crate::words::locale;
use leptos::prelude::*;
use shop::accounts::api_keys::KeyState;
use shop::accounts::customers::AccountState;
use shop::accounts::staff::MemberState;
use shop::catalog::ProductStatus;
use shop::catalog::images::FetchStatus;
use shop::catalog::import::desk::ImportStatus;
use shop::jobs::JobState;
use shop::orders::{Fulfilment, PaymentWord};
use shop::payments::{EntryState, PaymentState};
use shop::watches::WatchStatus;
use shop::webhooks::{DeliveryStatus, EndpointState};
use std::borrow::Cow;
use std::fmt::Display;

/// Which colours a badge has.
#[derive(Clone, Copy)]
pub enum Look {
    Plain,
    Info,
    Success,
    Warning,
    Danger,
    /// Over, without having come to anything.
    Off,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "badge",
            Self::Info => "badge badge--info",
            Self::Success => "badge badge--success",
            Self::Warning => "badge badge--warning",
            Self::Danger => "badge badge--danger",
            Self::Off => "badge badge--off",
        }
    }
}

/// What stands in a badge.
pub trait Status: Copy + Display + 'static {
    fn look(self) -> Look;

    /// For whoever reads the page; in English where only staff do.
    fn words(self) -> Cow<'static, str> {
        self.to_string().into()
    }
}

/// A status as a badge.
#[component]
pub fn StatusBadge<S: Status>(status: S) -> impl IntoView {
    view! { <span class=status.look().class()>{status.words()}</span> }
}

impl Status for PaymentWord {
    fn look(self) -> Look {
        match self {
            Self::Awaiting => Look::Warning,
            Self::Paid => Look::Success,
            Self::Failed => Look::Danger,
            Self::PartlyRefunded | Self::Refunded => Look::Plain,
            Self::NotPaid => Look::Off,
        }
    }

    fn words(self) -> Cow<'static, str> {
        self.say(locale())
    }
}

impl Status for Fulfilment {
    fn look(self) -> Look {
        match self {
            Self::Unfulfilled => Look::Plain,
            Self::InPreparation | Self::PartiallyShipped | Self::Shipped => Look::Info,
            Self::Delivered | Self::Completed => Look::Success,
            Self::Cancelled => Look::Off,
        }
    }

    fn words(self) -> Cow<'static, str> {
        self.say(locale())
    }
}

impl Status for WatchStatus {
    fn look(self) -> Look {
        match self {
            Self::Pending => Look::Warning,
            Self::Active => Look::Info,
            Self::Told => Look::Success,
            Self::Ended => Look::Off,
        }
    }

    fn words(self) -> Cow<'static, str> {
        self.say(locale())
    }
}

impl Status for PaymentState {
    fn look(self) -> Look {
        match self {
            Self::Created => Look::Plain,
            Self::Pending | Self::Expired => Look::Warning,
            Self::Processing => Look::Info,
            Self::Succeeded => Look::Success,
            Self::Failed => Look::Danger,
            Self::Cancelled => Look::Off,
        }
    }
}

impl Status for EntryState {
    fn look(self) -> Look {
        match self {
            Self::Open | Self::Created | Self::Missing => Look::Plain,
            Self::Pending | Self::Expired => Look::Warning,
            Self::Processing => Look::Info,
            Self::Succeeded => Look::Success,
            Self::Failed => Look::Danger,
            Self::Cancelled => Look::Off,
        }
    }
}

impl Status for ProductStatus {
    fn look(self) -> Look {
        match self {
            Self::Draft => Look::Warning,
            Self::Published => Look::Success,
            Self::Archived => Look::Off,
        }
    }
}

impl Status for FetchStatus {
    fn look(self) -> Look {
        match self {
            Self::Pending => Look::Plain,
            Self::Done => Look::Success,
            Self::Failed => Look::Danger,
        }
    }
}

impl Status for ImportStatus {
    fn look(self) -> Look {
        match self {
            Self::Sending | Self::Waiting => Look::Plain,
            Self::Running => Look::Info,
            Self::Done => Look::Success,
            Self::Failed => Look::Danger,
        }
    }
}

impl Status for EndpointState {
    fn look(self) -> Look {
        match self {
            Self::Active => Look::Success,
            Self::Failing => Look::Danger,
            Self::Paused => Look::Warning,
        }
    }
}

impl Status for DeliveryStatus {
    fn look(self) -> Look {
        match self {
            Self::Pending => Look::Info,
            Self::Delivered => Look::Success,
            Self::Dead => Look::Danger,
        }
    }
}

impl Status for JobState {
    fn look(self) -> Look {
        match self {
            Self::Waiting => Look::Plain,
            Self::Running => Look::Info,
            Self::Retrying => Look::Warning,
            Self::Dead => Look::Danger,
        }
    }
}

impl Status for AccountState {
    fn look(self) -> Look {
        match self {
            Self::Active => Look::Success,
            Self::Inactive => Look::Off,
        }
    }
}

impl Status for MemberState {
    fn look(self) -> Look {
        match self {
            Self::Active => Look::Success,
            Self::Invited => Look::Info,
            Self::Expired => Look::Warning,
            Self::Inactive => Look::Off,
        }
    }
}

impl Status for KeyState {
    fn look(self) -> Look {
        match self {
            Self::Good => Look::Success,
            Self::Expired | Self::Stopped => Look::Warning,
            Self::Revoked => Look::Off,
        }
    }
}
