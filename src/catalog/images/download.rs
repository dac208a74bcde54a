//! Fetching a picture from an address that a stranger's file named. The address must lead out into the public internet:
//! a server that fetches whatever it is told to would otherwise be a door into the network that it stands in.

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Once};
use std::time::Duration;
use url::{Host, Url};

/// For all of it: names, connection, redirects, body.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;

/// How far a download may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only.
    Public,
    /// For tests, whose servers stand on this machine.
    #[cfg(feature = "testing")]
    Anywhere,
}

impl Reach {
    fn allows(self, ip: IpAddr) -> bool {
        match self {
            Self::Public => is_public(ip),
            #[cfg(feature = "testing")]
            Self::Anywhere => true,
        }
    }
}

/// What was at the address, at most `max` bytes of it; otherwise why there is nothing, in words for staff.
pub async fn download(url: &str, max: usize, reach: Reach) -> Result<Bytes, String> {
    let url = Url::parse(url).map_err(|_| "the address is not a valid one".to_owned())?;
    check(&url, reach)?;
    let client = client(reach).map_err(|e| format!("no connection can be made: {e}"))?;
    let mut answer = client.get(url).send().await.map_err(in_words)?;
    if !answer.status().is_success() {
        return Err(format!("the server answered {}", answer.status()));
    }
    let too_large = || format!("the picture is too large (at most {} MB)", max / 1024 / 1024);
    if answer.content_length().is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(in_words)? {
        if body.len() + chunk.len() > max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn client(reach: Reach) -> reqwest::Result<reqwest::Client> {
    // reqwest brings no cryptography of its own; somebody else may have chosen one already
    static CRYPTO: Once = Once::new();
    CRYPTO.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let follow = redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > MAX_REDIRECTS {
            return attempt.error("too many redirects");
        }
        match check(attempt.url(), reach) {
            Ok(()) => attempt.follow(),
            Err(why) => attempt.error(why),
        }
    });
    reqwest::Client::builder()
        .user_agent("Ironmonger")
        .timeout(TIMEOUT)
        .redirect(follow)
        .referer(false)
        // a proxy would look names up itself, past the resolver below
        .no_proxy()
        .dns_resolver(Arc::new(Names(reach)))
        .build()
}

/// Scheme and, where the host is written as a number, its address. Names are checked when they are looked up.
fn check(url: &Url, reach: Reach) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https addresses are fetched".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("addresses with a password are not fetched".into());
    }
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err("the address names no server".into()),
    };
    if reach.allows(ip) { Ok(()) } else { Err(not_public()) }
}

fn not_public() -> String {
    "the address does not lead to a public server".into()
}

/// Looks names up and keeps the public addresses only. The connection is made to these very addresses, so a name cannot
/// mean one thing when it is checked and another when it is used.
struct Names(Reach);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| "no server of this name is found")?;
            let allowed: Vec<SocketAddr> = found.filter(|at| reach.allows(at.ip())).collect();
            match allowed.is_empty() {
                true => Err(not_public().into()),
                false => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// The innermost reason is the one that says something.
fn in_words(e: reqwest::Error) -> String {
    if e.is_timeout() {
        return format!("no answer within {} seconds", TIMEOUT.as_secs());
    }
    let mut reason: &dyn std::error::Error = &e;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}

/// The registries of special addresses: <https://www.iana.org/assignments/iana-ipv4-special-registry> and
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b)) // carriers' own networks
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // old 6to4 relays
        || (a == 198 && (18..20).contains(&b)) // benchmarks
        || a >= 224) // multicast, reserved, broadcast
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    // NAT64: the last 32 bits are the address that is meant
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [.., a, b, c, d] = ip.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // global unicast, without documentation, Teredo and other assignments of 2001::/23, and 6to4
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
        && s[0] != 0x2002
        && !(s[0] == 0x3fff && s[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_public_addresses_from_others() {
        for public in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        let private = [
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ];
        for private in private {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn refuses_to_look_inward() {
        // the url crate reads the old ways of writing an address too
        let inward = [
            "http://127.0.0.1/a.png",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://[::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://169.254.169.254/latest/meta-data",
            "http://localhost:1/",
        ];
        for url in inward {
            assert_eq!(download(url, 9, Reach::Public).await.unwrap_err(), not_public(), "{url}");
        }
        for url in ["file:///etc/passwd", "ftp://example.org/a", "gopher://x", "data:image/png;base64,AA"] {
            let why = download(url, 9, Reach::Public).await.unwrap_err();
            assert_eq!(why, "only http and https addresses are fetched", "{url}");
        }
        assert!(download("http://a:b@example.org/", 9, Reach::Public).await.unwrap_err().contains("password"));
        assert!(download("nonsense", 9, Reach::Public).await.unwrap_err().contains("valid"));
    }
}
