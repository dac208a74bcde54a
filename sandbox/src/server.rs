//! The doors of a sandbox.

use std::future::Future;

use tokio::net::TcpListener;

use crate::sandbox::Sandbox;
use crate::{api, control, elements, hosted};

impl Sandbox {
    /// The API, the hosted pages and the control routes.
    pub fn router(&self) -> axum::Router {
        api::router(self.shared.clone())
            .merge(hosted::router(self.shared.clone()))
            .merge(elements::router(self.shared.clone()))
            .merge(control::router(self.clone()))
    }

    /// Serves until `shutdown` ends.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }
}
