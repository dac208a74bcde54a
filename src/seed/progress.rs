//! How far it is, and how much is drawn.

use crate::say;
use crate::words::Locale;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// What is being done, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub step: Phase,
    pub done: usize,
    pub total: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Pictures,
    Catalogue,
    Orders,
    MadeUp,
}

impl Phase {
    /// For people.
    pub fn said(self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::Pictures => say!(locale, "seed-pictures"),
            Self::Catalogue => say!(locale, "seed-catalogue"),
            Self::Orders => say!(locale, "seed-orders"),
            Self::MadeUp => say!(locale, "seed-made-up"),
        }
    }
}

/// Told about every step.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// How the pictures of the sample are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pictures {
    /// Every drawing in every colour it is sold in; takes a while.
    #[default]
    Drawn,
    /// A tiny swatch of colour in place of each drawing, for tests.
    Swatches,
}

/// Counts one step, for several who work at it.
pub(super) struct Count<'a> {
    step: Phase,
    total: usize,
    done: Mutex<(usize, OnProgress<'a>)>,
}

impl<'a> Count<'a> {
    pub fn of(step: Phase, total: usize, progress: OnProgress<'a>) -> Self {
        progress(Progress { step, done: 0, total });
        Self { step, total, done: Mutex::new((0, progress)) }
    }

    pub fn add_one(&self) {
        let mut told = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, progress) = &mut *told;
        *done += 1;
        progress(Progress { step: self.step, done: *done, total: self.total });
    }
}
