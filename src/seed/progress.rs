//! How far it is, and how much is drawn.

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

/// For people.
impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pictures => "Drawing pictures",
            Self::Catalogue => "Filling the shelves",
            Self::Orders => "Taking orders",
            Self::MadeUp => "Making up products",
        })
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
