//! Which messages make which kept value stale.

use crate::catalog::admin_list::StatusCounts;
use crate::catalog::cube::Cube;
use crate::catalog::facets::Counted;
use crate::catalog::related::Neighbour;
use crate::catalog::{AdminListing, Home, Listing, ProductCard, ProductPage, Tree};
use crate::id::{CategoryId, ProductId};
use crate::settings::Settings;
use std::collections::HashMap;
use std::sync::Arc;

/// What a kept value shows, and so which messages make it stale.
pub(in crate::catalog) trait Shows {
    /// Lists are stale when some product sells out or comes in again: their members and counts may change.
    const LISTS: bool = false;
    /// Products whose number of the last few is shown.
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        std::iter::empty()
    }
    /// Products whose whole stock is shown.
    fn stocks(&self) -> impl Iterator<Item = ProductId> {
        std::iter::empty()
    }
    /// Whether it may change with the stock of any product, few or many.
    fn any_stock(&self) -> bool {
        false
    }
}

impl Shows for Tree {}
impl Shows for Settings {}
impl Shows for HashMap<CategoryId, i64> {}
impl Shows for Option<Arc<ProductPage>> {
    fn stocks(&self) -> impl Iterator<Item = ProductId> {
        self.iter().map(|page| page.id)
    }
}
impl Shows for ProductCard {
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        std::iter::once(self.id)
    }
}
impl Shows for Vec<Arc<ProductCard>> {
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        self.iter().map(|card| card.id)
    }
}
impl Shows for Vec<Neighbour> {
    const LISTS: bool = true;
}
impl Shows for Listing {
    const LISTS: bool = true;
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        self.page.items.iter().map(|card| card.id)
    }
}
impl Shows for Counted {
    const LISTS: bool = true;
}
impl Shows for Cube {
    const LISTS: bool = true;
}
impl Shows for Home {
    const LISTS: bool = true;
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        self.featured.iter().chain(&self.fresh).chain(&self.on_offer).map(|card| card.id)
    }
}
impl Shows for AdminListing {
    fn stocks(&self) -> impl Iterator<Item = ProductId> {
        self.page.items.iter().map(|line| line.id)
    }
    fn any_stock(&self) -> bool {
        self.is_by_stock
    }
}
impl Shows for StatusCounts {
    fn any_stock(&self) -> bool {
        self.is_by_stock
    }
}
