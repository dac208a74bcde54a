//! Looking names up, and keeping the addresses that may be asked. The connection is made to these very addresses.

use super::reach::{Reach, not_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
#[cfg(feature = "testing")]
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
#[cfg(feature = "testing")]
use std::sync::{Arc, Mutex};

pub(super) struct Names {
    reach: Reach,
    book: Book,
}

#[derive(Clone)]
enum Book {
    System,
    #[cfg(feature = "testing")]
    Fixed(NamesForTests),
}

/// Names that lead where a test says, and may lead elsewhere the next time that they are looked up. Others are unknown.
#[cfg(feature = "testing")]
#[derive(Debug, Clone, Default)]
pub struct NamesForTests(Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>);

#[cfg(feature = "testing")]
impl NamesForTests {
    /// What a name leads to, the first time it is looked up, the second …; the last one for ever.
    pub fn lead(&self, name: &str, answers: &[&[IpAddr]]) {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(name.to_owned(), answers);
    }

    fn look_up(&self, name: &str) -> Option<Vec<IpAddr>> {
        let mut names = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let answers = names.get_mut(name)?;
        if answers.len() > 1 { Some(answers.remove(0)) } else { answers.first().cloned() }
    }
}

impl Names {
    pub(super) fn system(reach: Reach) -> Self {
        Self { reach, book: Book::System }
    }

    #[cfg(feature = "testing")]
    pub(super) fn fixed(reach: Reach, names: NamesForTests) -> Self {
        Self { reach, book: Book::Fixed(names) }
    }
}

impl Book {
    async fn look_up(&self, name: &str) -> Option<Vec<IpAddr>> {
        match self {
            Self::System => Some(tokio::net::lookup_host((name, 0)).await.ok()?.map(|at| at.ip()).collect()),
            #[cfg(feature = "testing")]
            Self::Fixed(names) => names.look_up(name),
        }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, book) = (self.reach, self.book.clone());
        Box::pin(async move {
            let found = book.look_up(name.as_str()).await.ok_or("no server of this name is found")?;
            let allowed: Vec<_> =
                found.into_iter().filter(|ip| reach.allows(*ip)).map(|ip| SocketAddr::new(ip, 0)).collect();
            match allowed.is_empty() {
                true => Err(not_public().into()),
                false => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
