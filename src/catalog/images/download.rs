//! Fetching a picture from an address that a stranger's file named.

use crate::outbound::{Answer, BodyFault, Client};
use bytes::Bytes;
use reqwest::header::LOCATION;
use std::time::Duration;
use url::Url;

/// For all of it: names, connections, redirects, body.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;

/// What was at the address, at most `max` bytes of it; otherwise why there is nothing, in words for staff.
pub(super) async fn download(client: &Client, url: &str, max: usize) -> Result<Bytes, String> {
    let url = Url::parse(url).map_err(|_| "the address is not a valid one".to_owned())?;
    let work = async {
        let answer = follow(client, url).await?;
        if !answer.status().is_success() {
            return Err(format!("the server answered {}", answer.status()));
        }
        answer.body(max).await.map_err(|fault| match fault {
            BodyFault::TooLong => format!("the picture is too large (at most {} MB)", max / 1024 / 1024),
            BodyFault::Broken(why) => why,
        })
    };
    let late = |_| format!("no answer within {} seconds", TIMEOUT.as_secs());
    tokio::time::timeout(TIMEOUT, work).await.map_err(late)?
}

/// Shops' pictures often lie behind redirects. Each of them is an address like the first one, and checked as that was.
async fn follow(client: &Client, mut url: Url) -> Result<Answer, String> {
    for _ in 0..=MAX_REDIRECTS {
        let answer = client.get(&url, TIMEOUT).await?;
        let next = answer.headers().get(LOCATION).filter(|_| answer.status().is_redirection());
        let Some(next) = next.map(|next| next.to_str().map(|next| url.join(next))) else { return Ok(answer) };
        url = next.ok().and_then(Result::ok).ok_or("the server leads to an address that is not valid")?;
    }
    Err("too many redirects".into())
}
