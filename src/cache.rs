//! What is kept in memory between requests, dropped the moment a change commits.
//!
//! The schema's triggers write each change into `catalog_changes`, and every process looks there (`listen`). Whatever
//! is kept knows how many changes had been heard of *before* it was read, so a value read before a change can never be
//! served after it, not even one that was still being read when the change was heard of. While nobody listens, nothing
//! is kept.
//!
//! Each kind of value has a [`Key`] in the slice that reads it; the key's value says what makes it stale
//! ([`DependsOn`]).

mod listen;

pub use listen::listen;
pub(crate) use listen::sweep;

use crate::id::ProductId;
use crate::{Error, Result};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::broadcast;

/// By what a kind of value is found.
pub(crate) trait Key: Hash + Eq + Clone + Send + Sync + 'static {
    type Value: DependsOn + Send + Sync + 'static;
    /// How many values are kept at most.
    const AT_MOST: u64;
    /// Whether the value that was read last is held whatever came since, for [`Cache::last`].
    const HOLDS_LAST: bool = false;
}

/// A key that is a name, or a name and what tells the values apart.
macro_rules! key {
    ($(#[$about:meta])* $key:ident $(($of:ty))? => $value:ty, at most $most:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub(super) struct $key $((pub $of))?;

        impl $crate::cache::Key for $key {
            type Value = $value;
            const AT_MOST: u64 = $most;
        }
    };
}
pub(crate) use key;

/// Which changes make a kept value stale. All are by a change of the catalogue or the settings; these by stock, too.
pub(crate) trait DependsOn {
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

/// Cheap to clone; all clones share what is kept.
#[derive(Clone, Default)]
pub struct Cache(Arc<State>);

#[derive(Default)]
struct State {
    listening: AtomicBool,
    /// Changes heard of so far. Counts on even while nobody listens.
    generation: AtomicU64,
    /// The change after which everything is stale, and the one after which lists are.
    everything: AtomicU64,
    lists: AtomicU64,
    /// The last one about the stock of any product.
    any_stock: AtomicU64,
    /// The last change of the stock of one product, for its page and for lists that show it.
    stock: RwLock<HashMap<ProductId, Touched>>,
    told: Told,
    stores: RwLock<HashMap<TypeId, KindStore>>,
}

/// Tells of each change that was heard of, once nothing is served from before it.
struct Told(broadcast::Sender<Change>);

impl Default for Told {
    fn default() -> Self {
        Self(broadcast::channel(1_024).0)
    }
}

/// A change of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Of the stock of one product; `is_shown` where shoppers see it: a variant is sold out, is there again, or is
    /// among the last few, whose number they are told.
    Stock { product: ProductId, is_shown: bool },
    /// Of anything.
    Everything,
}

#[derive(Debug, Clone, Copy, Default)]
struct Touched {
    card: u64,
    whole: u64,
}

/// How `notify_stock` calls a change of a number that no shopper is told: there are many before and after it.
const MORE: &str = "more";
/// Past so many products with stock in motion it is cheaper to start afresh.
const TOUCHED_AT_MOST: usize = 20_000;
/// How often something is read for one who asks while changes come in all the time.
const READS_AT_MOST: u32 = 4;
/// What nobody asked for so long is dropped.
const IDLE: Duration = Duration::from_secs(600);

/// The values of one kind. Keys carry the epoch in which the value was read.
struct Store<K: Key> {
    values: moka::future::Cache<(u64, K), Arc<Entry<K::Value>>>,
    /// The newest epoch in which a read began.
    newest: AtomicU64,
    /// Whatever came since.
    last: RwLock<Option<Arc<K::Value>>>,
}

#[derive(Debug)]
struct Entry<V> {
    /// Changes heard of before the value was read.
    read_at: u64,
    value: Arc<V>,
}

#[derive(Clone)]
struct KindStore {
    is_of_lists: bool,
    store: Arc<dyn Any + Send + Sync>,
    clear: fn(&(dyn Any + Send + Sync)),
}

fn clear<K: Key>(store: &(dyn Any + Send + Sync)) {
    if let Some(store) = store.downcast_ref::<Store<K>>() {
        store.values.invalidate_all();
    }
}

impl Cache {
    /// The kept value if nothing was heard since that touches it; otherwise it is read, once for all who ask meanwhile.
    pub(crate) async fn get_or_read<K: Key, F: Future<Output = Result<K::Value>>>(
        &self,
        key: K,
        read: impl Fn() -> F,
    ) -> Result<Arc<K::Value>> {
        let store = self.store::<K>();
        let mut tries = 1;
        let value = loop {
            let epoch = self.epoch::<K::Value>();
            let value = self.cached_or_read(&store, (epoch, key.clone()), &read).await?;
            // A change was heard of meanwhile, and somebody began to read after it. What was read here may be newer
            // than that all the same; who saw it must not see that afterwards.
            if store.newest.load(Ordering::SeqCst) <= epoch || tries == READS_AT_MOST {
                break value;
            }
            tries += 1;
        };
        if K::HOLDS_LAST {
            store.hold(&value);
        }
        Ok(value)
    }

    async fn cached_or_read<K: Key, F: Future<Output = Result<K::Value>>>(
        &self,
        store: &Store<K>,
        key: (u64, K),
        read: impl Fn() -> F,
    ) -> Result<Arc<K::Value>> {
        if !self.is_listening() {
            return read().await.map(Arc::new);
        }
        // Taken before the read starts, as the epoch in the key was: that ties the value to the state in which it was
        // read.
        let read_at = self.0.generation.load(Ordering::SeqCst);
        if let Some(entry) = store.values.get(&key).await {
            if self.is_fresh(&entry) {
                return Ok(entry.value.clone());
            }
            store.values.invalidate(&key).await;
        }
        // boxed: what is read may read from the cache itself, and stacks are small
        let reading = Box::pin(store.values.try_get_with(key.clone(), async {
            store.newest.fetch_max(key.0, Ordering::SeqCst);
            let value = Arc::new(read().await?);
            Ok::<_, Error>(Arc::new(Entry { read_at, value }))
        }));
        let entry = reading.await.map_err(shared)?;
        // Stock moved during the read: the answer is as old as the question, but the next one must not get it.
        if !self.is_fresh(&entry) {
            store.values.invalidate(&key).await;
        }
        Ok(entry.value.clone())
    }

    /// The values of these keys, in the same order; those that are not kept are read together, and what is not found is
    /// left out.
    pub(crate) async fn get_or_read_many<K: Key>(
        &self,
        keys: &[K],
        key_of: impl Fn(&K::Value) -> K,
        read: impl AsyncFnOnce(&[K]) -> Result<Vec<K::Value>>,
    ) -> Result<Vec<Arc<K::Value>>> {
        let store = self.store::<K>();
        let read_at = self.0.generation.load(Ordering::SeqCst);
        let epoch = self.epoch::<K::Value>();
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for key in keys {
            let kept = store.values.get(&(epoch, key.clone())).await;
            match kept.filter(|entry| self.is_listening() && self.is_fresh(entry)) {
                Some(entry) => {
                    found.insert(key.clone(), entry.value.clone());
                }
                None => missing.push(key.clone()),
            }
        }
        if !missing.is_empty() {
            for value in read(&missing).await? {
                let (key, value) = (key_of(&value), Arc::new(value));
                let entry = Arc::new(Entry { read_at, value: value.clone() });
                if self.is_listening() && self.is_fresh(&entry) {
                    store.values.insert((epoch, key.clone()), entry).await;
                }
                found.insert(key, value);
            }
        }
        Ok(keys.iter().filter_map(|key| found.get(key).cloned()).collect())
    }

    /// The value of this kind that was read last, which may be long ago: for what must be said when nothing can be
    /// read.
    pub(crate) fn last<K: Key>(&self) -> Option<Arc<K::Value>> {
        self.store::<K>().last.read().ok()?.clone()
    }

    /// Drops all of it at once. Staff must see on the next page what they wrote, though the database's message may
    /// still be on its way.
    pub fn forget(&self) {
        if self.is_listening() {
            self.everything_changed();
        }
    }

    /// Keeps what is read although no change will be heard of: for tests of what happens before one is.
    #[cfg(feature = "testing")]
    pub fn listen_to_nobody(&self) {
        self.start_listening();
    }

    /// The changes that are heard of from here on.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.told.0.subscribe()
    }

    /// Whether changes are being listened to, so that values are kept at all.
    pub fn is_listening(&self) -> bool {
        self.0.listening.load(Ordering::SeqCst)
    }

    fn store<K: Key>(&self) -> Arc<Store<K>> {
        let kept = self.0.stores.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<K>()).cloned();
        if let Some(store) = kept.and_then(|kept| kept.store.downcast::<Store<K>>().ok()) {
            return store;
        }
        let store = Arc::new(Store::<K>::new());
        let mut stores = self.0.stores.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = || KindStore { is_of_lists: K::Value::LISTS, store: store.clone(), clear: clear::<K> };
        // somebody else may have made it meanwhile
        let kept = stores.entry(TypeId::of::<K>()).or_insert_with(fresh).store.clone();
        kept.downcast().unwrap_or(store)
    }

    /// After a change that makes this kind of value stale, the epoch is another one and so are all keys.
    fn epoch<V: DependsOn>(&self) -> u64 {
        let everything = self.0.everything.load(Ordering::SeqCst);
        if V::LISTS { everything.max(self.0.lists.load(Ordering::SeqCst)) } else { everything }
    }

    fn is_fresh<V: DependsOn>(&self, entry: &Entry<V>) -> bool {
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

    /// A change from `catalog_changes`, written by the triggers `notify_catalog`, `notify_stock` and
    /// `shelve_new_stock`.
    pub(crate) fn on_change(&self, change: &str) {
        let (what, product) = change.split_once(' ').unwrap_or_default();
        let change = match product.parse() {
            Ok(product) => {
                let is_shown = what != MORE;
                self.stock_moved(what, product);
                Change::Stock { product, is_shown }
            }
            Err(_) => {
                self.everything_changed();
                Change::Everything
            }
        };
        // perhaps nobody wants to know
        let _ = self.0.told.0.send(change);
    }

    fn everything_changed(&self) {
        let now = self.0.generation.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.everything.fetch_max(now, Ordering::SeqCst);
        self.give_room_back(|_| true);
        if let Ok(mut stock) = self.0.stock.write() {
            stock.clear();
        }
    }

    fn stock_moved(&self, what: &str, product: ProductId) {
        let now = self.0.generation.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.any_stock.fetch_max(now, Ordering::SeqCst);
        let crowded = match self.0.stock.write() {
            Ok(mut stock) => {
                let touched = stock.entry(product).or_default();
                touched.whole = now;
                if what != MORE {
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
            self.give_room_back(|kept| kept.is_of_lists);
        }
    }

    /// Their keys of before are not asked for again.
    fn give_room_back(&self, of: impl Fn(&KindStore) -> bool) {
        let stores = self.0.stores.read().unwrap_or_else(PoisonError::into_inner);
        for kept in stores.values().filter(|kept| of(kept)) {
            (kept.clear)(&*kept.store);
        }
    }

    pub(crate) fn start_listening(&self) {
        // what was missed while nobody listened
        self.everything_changed();
        let _ = self.0.told.0.send(Change::Everything);
        self.0.listening.store(true, Ordering::SeqCst);
    }

    pub(crate) fn stop_listening(&self) {
        self.0.listening.store(false, Ordering::SeqCst);
        self.everything_changed();
    }
}

impl<K: Key> Store<K> {
    fn new() -> Self {
        let values = moka::future::Cache::builder().max_capacity(K::AT_MOST).time_to_idle(IDLE).build();
        Self { values, newest: AtomicU64::new(0), last: RwLock::default() }
    }

    fn hold(&self, value: &Arc<K::Value>) {
        let is_known = self.last.read().is_ok_and(|last| last.as_ref().is_some_and(|last| Arc::ptr_eq(last, value)));
        if !is_known && let Ok(mut last) = self.last.write() {
            *last = Some(value.clone());
        }
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
