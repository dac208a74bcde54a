//! How long a shopper waits for the gateway.

use super::gateway::GatewayError;
use std::time::Duration;

/// How often one request of a shopper asks the gateway, and when it stops beginning anew.
const ASKS: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(8);

/// Asks, and asks again with the same key while the answer is not clear and the shopper waits.
pub(super) async fn retrying<T, F: Future<Output = Result<T, GatewayError>>>(
    ask: impl Fn() -> F,
) -> Result<T, GatewayError> {
    let begun = tokio::time::Instant::now();
    let mut asked = 1;
    loop {
        match ask().await {
            Err(e @ GatewayError::Unknown { .. }) if asked < ASKS && begun.elapsed() < TIMEOUT && !e.burns_key() => {
                tracing::warn!("asking the gateway again: {e}");
                tokio::time::sleep(Duration::from_millis(200 << asked)).await;
                asked += 1;
            }
            answer => return answer,
        }
    }
}
