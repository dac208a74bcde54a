//! Pages of a list.

/// Which page of a list is asked for. Always within bounds: whatever is asked, `Paging` is what can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Paging {
    page: u32,
    limit: u32,
}

impl Paging {
    pub const MAX_LIMIT: u32 = 100;
    /// Nobody reads further, and a deep OFFSET is a way to keep a database busy.
    pub const MAX_PAGE: u32 = 10_000;

    /// `page` from 1, `limit` a page; both are brought within bounds.
    pub fn new(page: u32, limit: u32) -> Self {
        Self { page: page.clamp(1, Self::MAX_PAGE), limit: limit.clamp(1, Self::MAX_LIMIT) }
    }

    /// From 1.
    pub fn page(self) -> u32 {
        self.page
    }

    /// How many stand on a page.
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// How many come before this page.
    pub fn offset(self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.limit)
    }
}

/// One page of a list, and how much there is in all.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub total: i64,
    pub page: u32,
    pub limit: u32,
}

impl<T> Page<T> {
    /// `total` counts the whole list, not this page.
    pub fn new(items: Vec<T>, total: i64, paging: Paging) -> Self {
        Self { items, total, page: paging.page, limit: paging.limit }
    }

    /// At least 1: an empty list has one empty page.
    pub fn total_pages(&self) -> u32 {
        let pages = (self.total.max(0) as u64).div_ceil(u64::from(self.limit));
        u32::try_from(pages).unwrap_or(u32::MAX).max(1)
    }

    /// The same page, as something else that is told of each.
    pub fn of<U>(&self, f: impl FnMut(&T) -> U) -> Page<U> {
        Page { items: self.items.iter().map(f).collect(), total: self.total, page: self.page, limit: self.limit }
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), total: self.total, page: self.page, limit: self.limit }
    }
}
