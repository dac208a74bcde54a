//! The offline Stripe by itself, on port 12111: `cargo run -p stripe-sandbox --example serve`.

use stripe_sandbox::{Config, Sandbox};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let sandbox = Sandbox::new(Config::new("sk_test_sandbox", "whsec_sandbox"));
    let listener = TcpListener::bind("127.0.0.1:12111").await?;
    println!("the offline Stripe listens on http://{}", listener.local_addr()?);
    sandbox.serve(listener, std::future::pending()).await
}
