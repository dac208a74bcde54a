//! What is kept in memory of the catalogue, dropped the moment a change commits.
//!
//! The database tells every process of each commit (`pg_notify('catalog', …)` in the schema's triggers). Whatever is kept
//! knows how many messages had been heard *before* it was read, so a value read before a change can never be served after
//! it, not even one that was still being read when the message came. While nobody listens, nothing is kept.

mod follow;
mod shows;

pub use follow::follow;

use super::admin_list::StatusCounts;
use super::cube::Cube;
use super::facets::Counted;
use super::related::Neighbour;
use super::{AdminFilter, AdminListing, Filter, Home, Listing, ProductCard, ProductPage, Tree};
use crate::id::{CategoryId, ProductId};
use crate::settings::Settings;
use crate::{Error, Result};
use moka::future::Cache;
use shows::Shows;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Cheap to clone; all clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Shelves>);

#[derive(Debug)]
struct Shelves {
    following: AtomicBool,
    /// Messages heard so far. Counts on even while nobody listens.
    heard: AtomicU64,
    /// The message after which everything is stale, and the one after which lists are.
    everything: AtomicU64,
    lists: AtomicU64,
    /// The last one about the stock of any product.
    any_stock: AtomicU64,
    /// The last message about the stock of one product, for its page and for lists that show it.
    stock: RwLock<HashMap<ProductId, Touched>>,
    trees: Kept<(), Tree>,
    counts: Kept<(), HashMap<CategoryId, i64>>,
    pages: Kept<ProductKey, Option<Arc<ProductPage>>>,
    listings: Kept<Filter, Listing>,
    plain_listings: Kept<Filter, Listing>,
    counted: Kept<Filter, Counted>,
    cubes: Kept<(), Cube>,
    homes: Kept<(), Home>,
    cards: Kept<ProductId, ProductCard>,
    related: Kept<ProductId, Vec<Arc<ProductCard>>>,
    neighbours: Kept<CategoryId, Vec<Neighbour>>,
    staff_lists: Kept<AdminFilter, AdminListing>,
    status_counts: Kept<AdminFilter, StatusCounts>,
    settings: Kept<(), Settings>,
    /// Whatever came since: what can be said of the shop when nothing can be read.
    last_settings: RwLock<Option<Arc<Settings>>>,
    first_sights: Semaphore,
}

#[derive(Debug, Clone, Copy, Default)]
struct Touched {
    card: u64,
    whole: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ProductKey {
    Id(ProductId),
    Slug(String),
}

/// Each takes a core of the database's for some ten milliseconds.
const FIRST_SIGHTS_AT_ONCE: usize = 4;
/// Past so many products with stock in motion it is cheaper to start afresh.
const TOUCHED_AT_MOST: usize = 20_000;

impl Default for Shelves {
    fn default() -> Self {
        Self {
            following: AtomicBool::new(false),
            heard: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            lists: AtomicU64::new(0),
            any_stock: AtomicU64::new(0),
            stock: RwLock::default(),
            trees: Kept::at_most(2),
            counts: Kept::at_most(2),
            pages: Kept::at_most(10_000),
            listings: Kept::at_most(2_000),
            plain_listings: Kept::at_most(2_000),
            counted: Kept::at_most(1_000),
            cubes: Kept::at_most(2),
            first_sights: Semaphore::new(FIRST_SIGHTS_AT_ONCE),
            homes: Kept::at_most(2),
            cards: Kept::at_most(20_000),
            related: Kept::at_most(10_000),
            neighbours: Kept::at_most(200),
            staff_lists: Kept::at_most(2_000),
            status_counts: Kept::at_most(2_000),
            settings: Kept::at_most(2),
            last_settings: RwLock::default(),
        }
    }
}

/// A cache whose keys carry the state of affairs in which the value was read.
#[derive(Debug)]
pub(super) struct Kept<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static>(Cache<(u64, K), Arc<Entry<V>>>);

#[derive(Debug)]
struct Entry<V> {
    /// Messages heard before the value was read.
    read_at: u64,
    value: Arc<V>,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Shows + Send + Sync + 'static> Kept<K, V> {
    fn at_most(entries: u64) -> Self {
        Self(Cache::builder().max_capacity(entries).time_to_idle(Duration::from_secs(600)).build())
    }
}

impl Memory {
    pub(super) async fn tree(&self, read: impl Future<Output = Result<Tree>>) -> Result<Arc<Tree>> {
        self.recall(&self.0.trees, (), read).await
    }

    pub(super) async fn counts(
        &self,
        read: impl Future<Output = Result<HashMap<CategoryId, i64>>>,
    ) -> Result<Arc<HashMap<CategoryId, i64>>> {
        self.recall(&self.0.counts, (), read).await
    }

    /// Remembers too that there is none.
    pub(super) async fn product(
        &self,
        key: ProductKey,
        read: impl Future<Output = Result<Option<Arc<ProductPage>>>>,
    ) -> Result<Option<Arc<ProductPage>>> {
        Ok((*self.recall(&self.0.pages, key, read).await?).clone())
    }

    pub(super) async fn listing(
        &self,
        filter: &Filter,
        read: impl Future<Output = Result<Listing>>,
    ) -> Result<Arc<Listing>> {
        self.recall(&self.0.listings, filter.clone(), read).await
    }

    /// A list that was read without its facets.
    pub(super) async fn plain_listing(
        &self,
        filter: &Filter,
        read: impl Future<Output = Result<Listing>>,
    ) -> Result<Arc<Listing>> {
        self.recall(&self.0.plain_listings, filter.clone(), read).await
    }

    pub(super) async fn cube(&self, read: impl Future<Output = Result<Cube>>) -> Result<Arc<Cube>> {
        self.recall(&self.0.cubes, (), read).await
    }

    /// The turns of lists that are read for the first time.
    pub(super) fn first_sights(&self) -> &Semaphore {
        &self.0.first_sights
    }

    /// What was counted of a list, whatever its order and page.
    pub(super) async fn counted(
        &self,
        filter: &Filter,
        read: impl Future<Output = Result<Counted>>,
    ) -> Result<Arc<Counted>> {
        let members = Filter { sort: None, then: Vec::new(), page: None, limit: None, ..filter.clone() };
        self.recall(&self.0.counted, members, read).await
    }

    pub(super) async fn home(&self, read: impl Future<Output = Result<Home>>) -> Result<Arc<Home>> {
        self.recall(&self.0.homes, (), read).await
    }

    pub(super) async fn related(
        &self,
        product: ProductId,
        read: impl Future<Output = Result<Vec<Arc<ProductCard>>>>,
    ) -> Result<Arc<Vec<Arc<ProductCard>>>> {
        self.recall(&self.0.related, product, read).await
    }

    /// The cards of these products, in the same order; those that are not kept are read together.
    pub(super) async fn cards(
        &self,
        ids: &[ProductId],
        read: impl AsyncFnOnce(&[ProductId]) -> Result<Vec<ProductCard>>,
    ) -> Result<Vec<Arc<ProductCard>>> {
        let read_at = self.0.heard.load(Ordering::SeqCst);
        let epoch = self.epoch::<ProductCard>();
        let (mut cards, mut missing) = (HashMap::new(), Vec::new());
        for &id in ids {
            match self.0.cards.0.get(&(epoch, id)).await.filter(|entry| self.is_following() && self.is_fresh(entry)) {
                Some(entry) => {
                    cards.insert(id, entry.value.clone());
                }
                None => missing.push(id),
            }
        }
        if !missing.is_empty() {
            for card in read(&missing).await? {
                let (id, value) = (card.id, Arc::new(card));
                let entry = Arc::new(Entry { read_at, value: value.clone() });
                if self.is_following() && self.is_fresh(&entry) {
                    self.0.cards.0.insert((epoch, id), entry).await;
                }
                cards.insert(id, value);
            }
        }
        Ok(ids.iter().filter_map(|id| cards.get(id).cloned()).collect())
    }

    pub(super) async fn neighbours(
        &self,
        category: CategoryId,
        read: impl Future<Output = Result<Vec<Neighbour>>>,
    ) -> Result<Arc<Vec<Neighbour>>> {
        self.recall(&self.0.neighbours, category, read).await
    }

    pub(super) async fn staff_list(
        &self,
        filter: &AdminFilter,
        read: impl Future<Output = Result<AdminListing>>,
    ) -> Result<Arc<AdminListing>> {
        self.recall(&self.0.staff_lists, filter.clone(), read).await
    }

    pub(super) async fn status_counts(
        &self,
        filter: AdminFilter,
        read: impl Future<Output = Result<StatusCounts>>,
    ) -> Result<Arc<StatusCounts>> {
        self.recall(&self.0.status_counts, filter, read).await
    }

    pub(crate) async fn settings(&self, read: impl Future<Output = Result<Settings>>) -> Result<Arc<Settings>> {
        let settings = self.recall(&self.0.settings, (), read).await?;
        if !self.last_settings().is_some_and(|last| Arc::ptr_eq(&last, &settings))
            && let Ok(mut last) = self.0.last_settings.write()
        {
            *last = Some(settings.clone());
        }
        Ok(settings)
    }

    /// As they were read last, which may be long ago.
    pub(crate) fn last_settings(&self) -> Option<Arc<Settings>> {
        self.0.last_settings.read().ok()?.clone()
    }

    /// Drops all of it at once: for whoever wrote something and must see it on the next page, though the database's message
    /// may still be on its way.
    pub fn forget(&self) {
        if self.is_following() {
            self.everything_changed();
        }
    }

    /// Keeps what is read although no message will come: for tests of what happens before one comes.
    #[cfg(feature = "testing")]
    pub fn follow_nobody(&self) {
        self.start_following();
    }

    /// Whether changes are being listened to, so that values are kept at all.
    pub fn is_following(&self) -> bool {
        self.0.following.load(Ordering::SeqCst)
    }

    /// The kept value if nothing was heard since that touches it; otherwise it is read, once for all who ask meanwhile.
    async fn recall<K, V>(&self, kept: &Kept<K, V>, key: K, read: impl Future<Output = Result<V>>) -> Result<Arc<V>>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Shows + Send + Sync + 'static,
    {
        if !self.is_following() {
            return read.await.map(Arc::new);
        }
        // Both are taken before the read starts: that is what ties the value to the state in which it was read.
        let read_at = self.0.heard.load(Ordering::SeqCst);
        let key = (self.epoch::<V>(), key);
        if let Some(entry) = kept.0.get(&key).await {
            if self.is_fresh(&entry) {
                return Ok(entry.value.clone());
            }
            kept.0.invalidate(&key).await;
        }
        // boxed: what is read may recall something itself, and stacks are small
        let reading = Box::pin(kept.0.try_get_with(key.clone(), async {
            let value = Arc::new(read.await?);
            Ok::<_, Error>(Arc::new(Entry { read_at, value }))
        }));
        let entry = reading.await.map_err(shared)?;
        // Stock moved during the read: the answer is as old as the question, but the next one must not get it.
        if !self.is_fresh(&entry) {
            kept.0.invalidate(&key).await;
        }
        Ok(entry.value.clone())
    }

    /// After a message that makes this kind of value stale, the epoch is another one and so are all keys.
    fn epoch<V: Shows>(&self) -> u64 {
        let everything = self.0.everything.load(Ordering::SeqCst);
        if V::LISTS { everything.max(self.0.lists.load(Ordering::SeqCst)) } else { everything }
    }

    fn is_fresh<V: Shows>(&self, entry: &Entry<V>) -> bool {
        if entry.value.any_stock() && self.0.any_stock.load(Ordering::SeqCst) > entry.read_at {
            return false;
        }
        let Ok(stock) = self.0.stock.read() else { return false };
        if stock.is_empty() {
            return true;
        }
        let touched = |id: ProductId| stock.get(&id).copied().unwrap_or_default();
        entry.value.stocks().all(|id| touched(id).whole <= entry.read_at)
            && entry.value.cards().all(|id| touched(id).card <= entry.read_at)
    }

    /// A message of the database: see `notify_catalog` and `notify_stock` in the schema.
    fn heard(&self, message: &str) {
        let (what, product) = message.split_once(' ').unwrap_or_default();
        match product.parse() {
            Ok(product) => self.stock_moved(what, product),
            Err(_) => self.everything_changed(),
        }
    }

    fn everything_changed(&self) {
        let now = self.0.heard.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.everything.fetch_max(now, Ordering::SeqCst);
        // No key of before is asked for again; this only gives the room back.
        self.0.trees.0.invalidate_all();
        self.0.counts.0.invalidate_all();
        self.0.pages.0.invalidate_all();
        self.0.listings.0.invalidate_all();
        self.0.plain_listings.0.invalidate_all();
        self.0.counted.0.invalidate_all();
        self.0.cubes.0.invalidate_all();
        self.0.homes.0.invalidate_all();
        self.0.cards.0.invalidate_all();
        self.0.related.0.invalidate_all();
        self.0.neighbours.0.invalidate_all();
        self.0.staff_lists.0.invalidate_all();
        self.0.status_counts.0.invalidate_all();
        self.0.settings.0.invalidate_all();
        if let Ok(mut stock) = self.0.stock.write() {
            stock.clear();
        }
    }

    fn stock_moved(&self, what: &str, product: ProductId) {
        let now = self.0.heard.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.any_stock.fetch_max(now, Ordering::SeqCst);
        let crowded = match self.0.stock.write() {
            Ok(mut stock) => {
                let touched = stock.entry(product).or_default();
                touched.whole = now;
                if what != "more" {
                    touched.card = now;
                }
                stock.len() > TOUCHED_AT_MOST
            }
            Err(_) => true,
        };
        if crowded {
            return self.everything_changed();
        }
        if what == "word" {
            self.0.lists.fetch_max(now, Ordering::SeqCst);
            self.0.listings.0.invalidate_all();
            self.0.plain_listings.0.invalidate_all();
            self.0.counted.0.invalidate_all();
            self.0.cubes.0.invalidate_all();
            self.0.homes.0.invalidate_all();
            self.0.neighbours.0.invalidate_all();
        }
    }

    fn start_following(&self) {
        // what was missed while nobody listened
        self.everything_changed();
        self.0.following.store(true, Ordering::SeqCst);
    }

    fn stop_following(&self) {
        self.0.following.store(false, Ordering::SeqCst);
        self.everything_changed();
    }
}

/// Several may wait for one read that fails; each gets an error of the same kind.
fn shared(error: Arc<Error>) -> Error {
    Arc::try_unwrap(error).unwrap_or_else(|error| match &*error {
        Error::NotFound => Error::NotFound,
        Error::Busy => Error::Busy,
        Error::Unavailable(_) => Error::Unavailable(anyhow::Error::new(error)),
        _ => Error::Internal(anyhow::Error::new(error)),
    })
}

#[cfg(test)]
mod tests;
