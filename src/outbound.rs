//! Requests to addresses that people typed: where events are posted to, where a picture lies. Such an address must lead
//! out into the public internet: a server that asks whatever it is told to would otherwise be a door into the network
//! that it stands in (server-side request forgery).
//!
//! Everything that asks such an address does it by this [`Client`]. It looks at an address that is written as a number
//! itself, and at what a name leads to when the connection is made, so that a name cannot mean one thing when it is
//! checked and another when it is used. It follows no redirects, uses no proxy, and waits and reads only so long.
//! <https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html>

mod names;
mod public;
mod reach;

#[cfg(feature = "testing")]
pub use names::NamesForTests;
pub use reach::Reach;

use bytes::{Bytes, BytesMut};
use names::Names;
use reach::not_public;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode, redirect};
use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::Duration;
use url::{Host, Url};

/// For looking the name up and connecting.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections that are kept open to one server for later requests.
const IDLE_PER_HOST: usize = 4;

/// Asks addresses that people typed. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    reach: Reach,
    /// Nobody is waited for longer, whatever is asked.
    longest: Duration,
}

/// What a server answered; its body is not read yet.
#[derive(Debug)]
pub struct Answer {
    response: reqwest::Response,
    within: Duration,
}

/// The body is longer than it may be, or did not come: why, in words for staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyFault {
    TooLong,
    Broken(String),
}

impl Client {
    /// # Errors
    /// When the machine has no certificates to check servers by.
    pub fn new(reach: Reach) -> anyhow::Result<Self> {
        Self::with_names(reach, Names::system(reach))
    }

    /// With names that lead where a test says.
    #[cfg(feature = "testing")]
    pub fn for_tests(reach: Reach, names: NamesForTests) -> anyhow::Result<Self> {
        Self::with_names(reach, Names::fixed(reach, names))
    }

    /// The same, waiting for nobody longer than this.
    #[cfg(feature = "testing")]
    pub fn waiting_at_most(&self, longest: Duration) -> Self {
        Self { longest, ..self.clone() }
    }

    fn with_names(reach: Reach, names: Names) -> anyhow::Result<Self> {
        // reqwest brings no cryptography of its own; somebody else may have chosen one already
        static CRYPTO: Once = Once::new();
        CRYPTO.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let http = reqwest::Client::builder()
            .user_agent("Ironmonger")
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .referer(false)
            // a proxy would look names up itself, past ours
            .no_proxy()
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .dns_resolver(Arc::new(names))
            .build()?;
        Ok(Self { http, reach, longest: Duration::MAX })
    }

    /// Whether an address may be asked: its scheme, port and, where the host is written as a number, the number. Names
    /// are looked at when they are looked up.
    ///
    /// # Errors
    /// Why not, in words for staff.
    pub fn check(&self, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("only http and https addresses are asked".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("addresses with a password are not asked".into());
        }
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            // nor is the name looked up
            Some(Host::Domain(name)) if self.reach == Reach::Loopback && name != "localhost" => {
                return Err("only this machine is asked".into());
            }
            Some(Host::Domain(_)) => None,
            None => return Err("the address names no server".into()),
        };
        if ip.is_some_and(|ip| !self.reach.allows(ip)) {
            return Err(not_public());
        }
        match url.port_or_known_default() {
            Some(80 | 443 | 1024..) => Ok(()),
            _ => Err("ports below 1024 are not asked, but for 80 and 443".into()),
        }
    }

    /// Whether what is posted to an address cannot be read on its way: `https`, or this machine where it may be
    /// reached.
    ///
    /// # Errors
    /// Why not, in words for staff.
    pub fn check_encrypted(&self, url: &Url) -> Result<(), String> {
        self.check(url)?;
        let is_here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        match url.scheme() == "https" || (self.reach != Reach::Public && is_here) {
            true => Ok(()),
            false => Err("the address must begin with https://".into()),
        }
    }

    /// Asks for what is at an address. `within` is for all of it: names, connection, answer and body.
    ///
    /// # Errors
    /// Why there is no answer, in words for staff.
    pub async fn get(&self, url: &Url, within: Duration) -> Result<Answer, String> {
        self.ask(url, self.http.get(url.clone()), within).await
    }

    /// Sends something to an address, in the same way.
    ///
    /// # Errors
    /// Why there is no answer, in words for staff.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: Bytes, within: Duration) -> Result<Answer, String> {
        self.ask(url, self.http.post(url.clone()).headers(headers).body(body), within).await
    }

    async fn ask(&self, url: &Url, request: RequestBuilder, within: Duration) -> Result<Answer, String> {
        self.check(url)?;
        let within = within.min(self.longest);
        let response = request.timeout(within).send().await.map_err(|e| in_words(&e, within))?;
        Ok(Answer { response, within })
    }
}

impl Answer {
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// All of the body.
    ///
    /// # Errors
    /// `TooLong` when there is more than `max` bytes of it.
    pub async fn body(mut self, max: usize) -> Result<Bytes, BodyFault> {
        if self.response.content_length().is_some_and(|length| length > max as u64) {
            return Err(BodyFault::TooLong);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await.map_err(BodyFault::Broken)? {
            if body.len() + chunk.len() > max {
                return Err(BodyFault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// The beginning of the body, and whether it came whole or was cut at `max` bytes.
    ///
    /// # Errors
    /// Why the rest did not come, in words for staff.
    pub async fn beginning(mut self, max: usize) -> Result<(Bytes, bool), String> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            let room = max - body.len();
            if chunk.len() > room {
                body.extend_from_slice(&chunk[..room]);
                return Ok((body.freeze(), false));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body.freeze(), true))
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        self.response.chunk().await.map_err(|e| in_words(&e, self.within))
    }
}

/// The innermost reason is the one that says something.
fn in_words(e: &reqwest::Error, within: Duration) -> String {
    if e.is_timeout() && e.is_connect() {
        return format!("no connection within {} seconds", CONNECT.min(within).as_secs());
    }
    if e.is_timeout() {
        return format!("no answer within {} seconds", within.as_secs());
    }
    let mut reason: &dyn std::error::Error = e;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}
