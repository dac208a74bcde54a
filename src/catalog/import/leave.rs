//! What of a product is not read, since it turned out wrong.

use std::collections::HashSet;

/// What turned out wrong when it was tried: rows, and single cells of rows or of the product (no line).
#[derive(Default)]
pub struct Leave {
    pub rows: HashSet<u64>,
    pub cells: HashSet<(Option<u64>, String)>,
}

impl Leave {
    pub fn cell(&self, line: Option<u64>, field: &str) -> bool {
        self.cells.iter().any(|(at, of)| *at == line && of == field)
    }
}
