//! Rows in the order they came, found by id.

use std::collections::HashMap;

/// What has an id and a moment at which it was made.
pub(crate) trait Record {
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

pub(crate) struct Table<T> {
    rows: Vec<T>,
    by_id: HashMap<String, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_id: HashMap::new() }
    }
}

impl<T: Record> Table<T> {
    pub fn insert(&mut self, row: T) {
        match self.by_id.get(row.id()) {
            Some(&at) => self.rows[at] = row,
            None => {
                self.by_id.insert(row.id().to_owned(), self.rows.len());
                self.rows.push(row);
            }
        }
    }

    pub fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id).map(|&at| &self.rows[at])
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get(id).map(|&at| &mut self.rows[at])
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter()
    }
}
