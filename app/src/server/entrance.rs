//! Where requests go: to the notice while the shop is being prepared, and then into the shop.

use axum::Router;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::SetOnce;
use tokio::time::{Instant, timeout_at};

/// A start with nothing to prepare takes less. Whoever comes meanwhile waits, and is not turned away for so little.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Says for each request which router answers it, so that a connection that was shown the notice goes on into the shop.
#[derive(Clone)]
pub struct Entrance(Arc<Inner>);

struct Inner {
    notice: Router,
    /// From when on the notice is shown.
    notice_at: Instant,
    shop: SetOnce<Router>,
}

impl Entrance {
    /// Closed, with a notice on it.
    pub fn closed(notice: Router) -> Self {
        Self(Arc::new(Inner { notice, notice_at: Instant::now() + A_MOMENT, shop: SetOnce::new() }))
    }

    /// Everybody goes into the shop from now on. It opens once.
    pub fn open(&self, shop: Router) {
        let _ = self.0.shop.set(shop);
    }

    /// The router that answers now.
    pub async fn router(&self) -> Router {
        let Inner { notice, notice_at, shop } = &*self.0;
        if let Some(shop) = shop.get() {
            return shop.clone();
        }
        timeout_at(*notice_at, shop.wait()).await.unwrap_or(notice).clone()
    }
}

/// Open from the beginning.
impl From<Router> for Entrance {
    fn from(shop: Router) -> Self {
        Self(Arc::new(Inner { notice: Router::new(), notice_at: Instant::now(), shop: SetOnce::new_with(Some(shop)) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use tower::ServiceExt;

    async fn says(router: Router) -> String {
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        String::from_utf8(to_bytes(answer.into_body(), 100).await.unwrap().to_vec()).unwrap()
    }

    fn closed() -> Entrance {
        Entrance::closed(Router::new().fallback(async || "notice"))
    }

    fn shop() -> Router {
        Router::new().fallback(async || "shop")
    }

    /// Fails without the moment: a restart would turn shoppers away who were only early.
    #[tokio::test(start_paused = true)]
    async fn whoever_comes_in_the_first_moment_waits_for_the_shop() {
        let entrance = closed();
        let early = tokio::spawn({
            let entrance = entrance.clone();
            async move { says(entrance.router().await).await }
        });
        tokio::time::sleep(A_MOMENT / 2).await;
        assert!(!early.is_finished());
        entrance.open(shop());
        assert_eq!(early.await.unwrap(), "shop");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_later_sees_the_notice_until_it_opens() {
        let entrance = closed();
        assert_eq!(says(entrance.router().await).await, "notice");
        let begun = Instant::now();
        assert_eq!(says(entrance.router().await).await, "notice");
        assert_eq!(begun.elapsed(), Duration::ZERO, "and at once");
        entrance.open(shop());
        assert_eq!(says(entrance.router().await).await, "shop");
    }
}
