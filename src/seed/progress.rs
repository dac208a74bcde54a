//! How far it is, and how much is drawn.

use crate::say;
use crate::words::Locale;
use std::borrow::Cow;

/// What is being done, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    pub done: usize,
    pub total: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Pictures,
    Catalogue,
    Orders,
    MadeUp,
}

impl Step {
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
