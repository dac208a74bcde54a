//! Those who follow in this process: what they follow, how many they may be, and telling them.

use super::editing;
use super::mailbox::{End, Mailbox};
use super::product;
use super::standing::{self, Standing};
use super::update::{Parts, Update};
use super::versions::{Version, versions};
use crate::actors::Staff;
use crate::announce::Heard;
use crate::cache::Change;
use crate::catalog;
use crate::id::ProductId;
use crate::live_topic::LiveTopic;
use crate::{Error, Result, Shop};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// So often everything that is followed is looked at, whatever was heard.
const LOOK_AT_ALL_EVERY: Duration = Duration::from_secs(30);
/// So often what nobody tells of is looked at: work in the background.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// So often it is asked who is still signed in.
const ASK_EVERY: Duration = Duration::from_secs(3);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Carts and orders that are read with one question.
const TOGETHER: usize = 500;

/// How many may follow at once.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// In this process.
    pub all: usize,
    /// From one network.
    pub per_network: Option<usize>,
    /// Of one visitor.
    pub per_visitor: usize,
    /// Topics of one connection.
    pub topics: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { all: 3_000, per_network: Some(200), per_visitor: 8, topics: 64 }
    }
}

/// Somebody who wants to follow.
#[derive(Debug, Clone, Default)]
pub struct Viewer {
    /// What tells this visitor from others: an account, a cart. `None` for those of whom nothing is known.
    pub visitor: Option<String>,
    /// See [`crate::actors::Origin::network`].
    pub network: Option<String>,
    /// What ends it when it ends.
    pub standing: Option<Standing>,
    /// For telling colleagues who edits a product.
    pub staff: Option<Staff>,
}

/// Why somebody cannot follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    #[error("too many follow something")]
    Full,
    #[error("too many connections of one network")]
    Network,
    #[error("too many connections of one visitor")]
    Visitor,
    #[error("too many topics")]
    Topics,
    #[error("the shop is closing")]
    Closing,
}

/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    shop: Arc<Shop>,
    bounds: Bounds,
    state: Mutex<State>,
    /// Somebody follows what nobody followed before; and the same of products.
    wanted: Notify,
    product_wanted: Notify,
    closing: CancellationToken,
    /// What is to be finished before the process ends.
    tasks: TaskTracker,
}

#[derive(Default)]
struct State {
    feeds: HashMap<LiveTopic, Feed>,
    connections: HashMap<Uuid, Open>,
    by_network: HashMap<String, usize>,
    by_visitor: HashMap<String, usize>,
    /// Followed, and not read yet.
    unread: BTreeSet<LiveTopic>,
}

#[derive(Default)]
struct Feed {
    followers: Vec<(Uuid, Arc<Mailbox>)>,
    last: Option<Arc<Update>>,
    /// When one of these changes, it may be another one, too.
    products: Vec<ProductId>,
}

struct Open {
    mailbox: Arc<Mailbox>,
    standing: Option<Standing>,
    /// What it says is being edited.
    edits: BTreeSet<ProductId>,
}

/// Whether it is looked at every two seconds: what nobody tells of, and the log, which shows a row only once all that
/// began before it is over.
fn is_looked_at(topic: &LiveTopic) -> bool {
    matches!(topic, LiveTopic::AdminJobs | LiveTopic::AdminNotifications)
}

impl Hub {
    pub fn new(shop: Arc<Shop>, bounds: Bounds) -> Self {
        let (wanted, product_wanted) = (Notify::new(), Notify::new());
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        Self(Arc::new(Inner { shop, bounds, state: Mutex::default(), wanted, product_wanted, closing, tasks }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many follow something.
    pub fn connections(&self) -> usize {
        self.state().connections.len()
    }

    /// Lets somebody follow.
    ///
    /// # Errors
    /// When there is no place for one more.
    pub fn connect(&self, viewer: &Viewer) -> Result<Connection, NoPlace> {
        if self.0.closing.is_cancelled() {
            return Err(NoPlace::Closing);
        }
        let (id, mailbox, bounds) = (Uuid::now_v7(), Arc::<Mailbox>::default(), self.0.bounds);
        let mut state = self.state();
        if state.connections.len() >= bounds.all {
            return Err(NoPlace::Full);
        }
        let of = |counts: &HashMap<String, usize>, name: &Option<String>| {
            name.as_ref().and_then(|name| counts.get(name)).copied().unwrap_or_default()
        };
        if bounds.per_network.is_some_and(|most| of(&state.by_network, &viewer.network) >= most) {
            return Err(NoPlace::Network);
        }
        if of(&state.by_visitor, &viewer.visitor) >= bounds.per_visitor {
            return Err(NoPlace::Visitor);
        }
        if let Some(network) = &viewer.network {
            *state.by_network.entry(network.clone()).or_default() += 1;
        }
        if let Some(visitor) = &viewer.visitor {
            *state.by_visitor.entry(visitor.clone()).or_default() += 1;
        }
        let open = Open { mailbox: mailbox.clone(), standing: viewer.standing, edits: BTreeSet::new() };
        state.connections.insert(id, open);
        drop(state);
        Ok(Connection {
            hub: self.clone(),
            id,
            mailbox,
            follows: BTreeSet::new(),
            network: viewer.network.clone(),
            visitor: viewer.visitor.clone(),
            staff: viewer.staff.clone(),
        })
    }

    /// Tells those who follow until `shutdown` is done, and then that this process closes. One for each process that
    /// serves.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let close = async {
            shutdown.await;
            self.close().await;
        };
        tokio::select! {
            () = close => {}
            ((), (), ()) = async { tokio::join!(self.follow(), self.follow_products(), self.watch()) } => {}
        }
    }

    /// Something that is finished before this process ends, for a moment: saying to clients that it does.
    pub fn track<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        self.0.tasks.track_future(work)
    }

    /// Ends all connections, and waits until what they have to do with the database is done.
    pub async fn close(&self) {
        self.0.closing.cancel();
        let open: Vec<_> = self.state().connections.values().map(|open| open.mailbox.clone()).collect();
        open.iter().for_each(|mailbox| mailbox.end(End::Closing));
        self.0.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.0.tasks.wait()).await;
    }

    /// What is followed, but products.
    async fn follow(&self) {
        let mut last = 0;
        loop {
            let Err(error) = self.follow_the_bus().await;
            // once for each time that it is lost
            last += 1;
            tracing::warn!(%error, times = last, "not hearing what changed; live updates come late meanwhile");
            // what is followed is looked at all the same
            let all = self.followed(|topic| !matches!(topic, LiveTopic::Product(_)));
            if let Err(error) = self.look(all).await {
                tracing::debug!(%error, "what is followed cannot be read");
            }
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
        }
    }

    async fn follow_the_bus(&self) -> Result<std::convert::Infallible> {
        let is_ours = |topic: &LiveTopic| !matches!(topic, LiveTopic::Product(_));
        let mut listening = self.0.shop.bus.listen().await?;
        let mut catalog = self.0.shop.cache.changes();
        // what was missed
        self.look(self.followed(is_ours)).await?;
        let (mut all, mut untold) = (interval(LOOK_AT_ALL_EVERY), interval(LOOK_EVERY));
        for ticks in [&mut all, &mut untold] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.reset();
        }
        loop {
            let topics = tokio::select! {
                heard = listening.heard() => match heard? {
                    Heard::Everything => self.followed(is_ours),
                    Heard::Topics(topics) => topics,
                },
                change = catalog.recv() => match change {
                    Ok(Change::Stock { product, .. }) => self.that_depend_on(Some(product)),
                    // so much was heard that some of it was not
                    Ok(Change::Everything) | Err(broadcast::error::RecvError::Lagged(_)) => self.that_depend_on(None),
                    Err(broadcast::error::RecvError::Closed) => {
                        return Err(Error::Unavailable(anyhow::anyhow!("nobody tells of the catalogue")));
                    }
                },
                () = self.0.wanted.notified() => self.state().unread.iter().copied().filter(is_ours).collect(),
                _ = untold.tick() => self.followed(is_looked_at),
                _ = all.tick() => self.followed(is_ours),
            };
            self.look(topics).await?;
        }
    }

    /// Products are read as their pages are, one after the other: what a page reads is kept for all of them.
    async fn follow_products(&self) {
        let mut catalog = self.0.shop.cache.changes();
        let mut all = interval(LOOK_AT_ALL_EVERY);
        all.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let followed = || self.followed(|topic| matches!(topic, LiveTopic::Product(_)));
        loop {
            let topics = tokio::select! {
                change = catalog.recv() => match change {
                    Ok(Change::Stock { is_shown: false, .. }) => continue,
                    Ok(Change::Stock { product, .. }) => vec![LiveTopic::Product(product)],
                    _ => followed(),
                },
                () = self.0.product_wanted.notified() => {
                    self.state().unread.iter().copied().filter(|topic| matches!(topic, LiveTopic::Product(_))).collect()
                }
                _ = all.tick() => followed(),
            };
            for topic in topics {
                if let LiveTopic::Product(id) = topic
                    && self.is_followed(topic)
                    && let Err(error) = self.look_at_product(id).await
                {
                    tracing::debug!(%error, "a product that is followed cannot be read");
                    tokio::time::sleep(TRY_AGAIN_AFTER).await;
                }
            }
        }
    }

    async fn look_at_product(&self, id: ProductId) -> Result<()> {
        let topic = LiveTopic::Product(id);
        match catalog::product_by_id(&self.0.shop, id).await {
            Ok(page) => {
                let parts = product::parts(&page, self.0.shop.locale);
                self.tell(topic, Version { text: product::version(&page), products: Vec::new() }, &parts);
            }
            // not for sale any more
            Err(Error::NotFound) => self.tell(topic, Version::default(), &Parts::new()),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Who is not signed in any more is told nothing, and who edits something is still there.
    async fn watch(&self) {
        let (mut ask, mut say) = (interval(ASK_EVERY), interval(editing::SAY_EVERY));
        loop {
            let done = tokio::select! {
                _ = ask.tick() => self.let_go().await,
                _ = say.tick() => self.say_who_edits().await,
            };
            if let Err(error) = done {
                tracing::debug!(%error, "who follows cannot be looked at");
            }
        }
    }

    async fn let_go(&self) -> Result<()> {
        let standings: HashSet<_> = self.state().connections.values().filter_map(|open| open.standing).collect();
        if standings.is_empty() {
            return Ok(());
        }
        let ended = standing::ended(&self.0.shop, &standings).await?;
        for open in self.state().connections.values() {
            if open.standing.is_some_and(|standing| ended.contains(&standing)) {
                open.mailbox.end(End::SignedOut);
            }
        }
        Ok(())
    }

    async fn say_who_edits(&self) -> Result<()> {
        let edits = |(id, open): (&Uuid, &Open)| open.edits.iter().map(|_| *id).next();
        let connections: Vec<_> = self.state().connections.iter().filter_map(edits).collect();
        match connections.is_empty() {
            true => Ok(()),
            false => editing::go_on(&self.0.shop, &connections).await,
        }
    }

    fn followed(&self, of: impl Fn(&LiveTopic) -> bool) -> Vec<LiveTopic> {
        self.state().feeds.keys().copied().filter(of).collect()
    }

    fn is_followed(&self, topic: LiveTopic) -> bool {
        self.state().feeds.contains_key(&topic)
    }

    /// Carts in which a product lies; all of them when nobody says which product.
    fn that_depend_on(&self, product: Option<ProductId>) -> Vec<LiveTopic> {
        let state = self.state();
        let depends = |feed: &Feed| match product {
            Some(product) => feed.products.contains(&product),
            None => !feed.products.is_empty(),
        };
        state.feeds.iter().filter(|(_, feed)| depends(feed)).map(|(topic, _)| *topic).collect()
    }

    /// Reads the versions of those that are followed here, and tells of those that are others.
    async fn look(&self, topics: Vec<LiveTopic>) -> Result<()> {
        let mut topics: Vec<_> = {
            let state = self.state();
            topics.into_iter().filter(|topic| state.feeds.contains_key(topic)).collect()
        };
        topics.sort_unstable();
        topics.dedup();
        for some in topics.chunks(TOGETHER) {
            let mut found = versions(&self.0.shop, some).await?;
            for topic in some {
                // what there is not any more is told of, too
                self.tell(*topic, found.remove(topic).unwrap_or_default(), &Parts::new());
            }
        }
        Ok(())
    }

    fn tell(&self, topic: LiveTopic, version: Version, parts: &Parts) {
        let mut state = self.state();
        state.unread.remove(&topic);
        let Some(feed) = state.feeds.get_mut(&topic) else { return };
        feed.products = version.products;
        if feed.last.as_ref().is_some_and(|last| last.version == version.text) {
            return;
        }
        let update = Arc::new(Update::new(topic, version.text, parts, feed.followers.len()));
        feed.last = Some(update.clone());
        // put into the mailboxes while nobody can begin to follow: whoever does later finds it
        feed.followers.iter().for_each(|(_, mailbox)| mailbox.put(&update));
    }
}

/// Somebody who follows. What they follow ends when it is dropped.
pub struct Connection {
    hub: Hub,
    id: Uuid,
    mailbox: Arc<Mailbox>,
    follows: BTreeSet<LiveTopic>,
    network: Option<String>,
    visitor: Option<String>,
    staff: Option<Staff>,
}

impl Connection {
    /// Follows a topic. Its version of now comes first. Whether this connection may see it is for the caller to know.
    ///
    /// # Errors
    /// When it follows too many already.
    pub fn follow(&mut self, topic: LiveTopic) -> Result<(), NoPlace> {
        if self.follows.len() >= self.hub.0.bounds.topics && !self.follows.contains(&topic) {
            return Err(NoPlace::Topics);
        }
        if !self.follows.insert(topic) {
            return Ok(());
        }
        let mut state = self.hub.state();
        let feed = state.feeds.entry(topic).or_default();
        feed.followers.push((self.id, self.mailbox.clone()));
        match &feed.last {
            Some(last) => self.mailbox.put(last),
            None => {
                state.unread.insert(topic);
                match topic {
                    LiveTopic::Product(_) => self.hub.0.product_wanted.notify_one(),
                    _ => self.hub.0.wanted.notify_one(),
                }
            }
        }
        if let (LiveTopic::Editing(product), Some(staff)) = (topic, &self.staff) {
            if let Some(open) = state.connections.get_mut(&self.id) {
                open.edits.insert(product);
            }
            let (hub, staff, id) = (self.hub.clone(), staff.clone(), self.id);
            self.hub.0.tasks.spawn(async move {
                if let Err(error) = editing::begin(&hub.0.shop, &staff, product, id).await {
                    tracing::debug!(%error, "colleagues are not told who edits a product");
                }
            });
        }
        Ok(())
    }

    pub fn unfollow(&mut self, topic: LiveTopic) {
        if self.follows.remove(&topic) {
            self.leave(&mut self.hub.state(), topic);
        }
    }

    /// The next thing that is not as it was.
    ///
    /// # Errors
    /// Why there will be nothing more.
    pub async fn next(&self) -> Result<Arc<Update>, End> {
        self.mailbox.take().await
    }

    fn leave(&self, state: &mut State, topic: LiveTopic) {
        if let Some(feed) = state.feeds.get_mut(&topic) {
            feed.followers.retain(|(id, _)| *id != self.id);
            if feed.followers.is_empty() {
                state.feeds.remove(&topic);
                state.unread.remove(&topic);
            }
        }
        if let (LiveTopic::Editing(product), Some(_)) = (topic, &self.staff) {
            if let Some(open) = state.connections.get_mut(&self.id) {
                open.edits.remove(&product);
            }
            let (hub, id) = (self.hub.clone(), self.id);
            self.hub.0.tasks.spawn(async move {
                if let Err(error) = editing::end(&hub.0.shop, product, id).await {
                    tracing::debug!(%error, "colleagues are not told that a product is not edited any more");
                }
            });
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let hub = self.hub.clone();
        let mut state = hub.state();
        for topic in std::mem::take(&mut self.follows) {
            self.leave(&mut state, topic);
        }
        state.connections.remove(&self.id);
        let State { by_network, by_visitor, .. } = &mut *state;
        for (counts, name) in [(by_network, &self.network), (by_visitor, &self.visitor)] {
            if let Some(name) = name
                && let Some(count) = counts.get_mut(name)
            {
                *count -= 1;
                if *count == 0 {
                    counts.remove(name);
                }
            }
        }
    }
}
