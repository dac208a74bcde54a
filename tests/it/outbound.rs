//! Requests to addresses that people typed lead out into the public internet, or nowhere.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use shop::outbound::{BodyFault, Client, NamesForTests, Reach};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

const WITHIN: Duration = Duration::from_secs(5);

/// Listens on every address of this machine and counts who connects.
async fn canary() -> (u16, Arc<AtomicUsize>) {
    let v6 = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await;
    let listener = match v6 {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap(),
    };
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 2048]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecret").await;
        }
    });
    (port, connections)
}

/// Networks that are not public, one address of each: a URL of it, and what it is when a name leads there.
const INWARD: &[&str] = &[
    "127.0.0.1",
    "127.0.0.2",
    "127.1.2.3",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.254",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.254",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.1",
    "172.16.0.1",
    "172.17.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.254",
    "198.18.0.1",
    "198.19.255.254",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2001:10::1",
    "2001:20::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
];

/// Other ways of writing such an address, which the reader of URLs knows too.
const DISGUISED: &[&str] = &[
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0177.1",
    "127.1",
    "127.0.1",
    "0x7F.0x0.0x0.0x1",
    "127.0.0.1.",
    "0",
    "0x0",
    "00000000000",
    "167772161",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.0xfe.169.254",
    "0xa9.254.0251.254",
    "3232235521",
    "0xc0a80001",
    "192.168.1",
    "%31%32%37.0.0.1",
    "1２7.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127%2e0%2e0%2e1",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::ffff:a9fe:a9fe]",
];

/// Fails when one of them is asked.
#[tokio::test]
async fn what_does_not_lead_out_is_not_asked() {
    let (port, connections) = canary().await;
    let names = NamesForTests::default();
    let client = Client::for_tests(Reach::Public, names.clone()).unwrap();
    let mut targets: Vec<String> = Vec::new();
    for (n, address) in INWARD.iter().enumerate() {
        let ip: IpAddr = address.parse().unwrap();
        let host = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
        targets.push(format!("http://{host}:{port}/"));
        // the same by a name
        names.lead(&format!("inward-{n}.example"), &[&[ip]]);
        targets.push(format!("http://inward-{n}.example:{port}/"));
    }
    targets.extend(DISGUISED.iter().map(|host| format!("http://{host}:{port}/")));
    let others = [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:6379/_INFO",
        "data:text/plain,secret",
        "unix:///var/run/docker.sock",
        "http://user@1.1.1.1/",
        "http://user:password@1.1.1.1/",
        "http://1.1.1.1:22/",
        "http://1.1.1.1:25/",
        "http://1.1.1.1:0/",
        "https://1.1.1.1:587/",
        "http://unknown.example/",
        "http://localhost:1/",
    ];
    targets.extend(others.map(str::to_owned));
    assert!(targets.len() >= 150, "{}", targets.len());
    for target in &targets {
        // what is no address at all cannot be typed into a form
        let Ok(url) = Url::parse(target) else { continue };
        let answer = client.get(&url, WITHIN).await;
        assert!(answer.is_err(), "{target} was asked");
        let answer = client.post(&url, HeaderMap::new(), Bytes::from_static(b"{}"), WITHIN).await;
        assert!(answer.is_err(), "{target} was asked");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0, "somebody connected");
}

/// What a name leads to is looked at when the connection is made.
#[tokio::test]
async fn a_name_that_leads_inward_is_refused() {
    let (port, connections) = canary().await;
    let names = NamesForTests::default();
    let inward: IpAddr = Ipv4Addr::LOCALHOST.into();
    let client = Client::for_tests(Reach::Public, names.clone()).unwrap();
    let url = Url::parse(&format!("http://rebinds.example:{port}/")).unwrap();
    names.lead("rebinds.example", &[&[inward]]);
    assert_eq!(client.get(&url, WITHIN).await.unwrap_err(), "the address does not lead to a public server");
    assert_eq!(connections.load(Ordering::SeqCst), 0, "somebody connected");
    // where this machine may be asked, the very same is; fails when the test above proves nothing
    let here = Client::for_tests(Reach::Local, names.clone()).unwrap();
    names.lead("rebinds.example", &[&[inward]]);
    let answer = here.get(&url, WITHIN).await.unwrap();
    assert_eq!(answer.body(100).await.unwrap(), "secret");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// Answers each request with what is wanted, once.
async fn server(answer: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
            if answer.is_empty() {
                // hangs
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        }
    });
    url
}

#[tokio::test]
async fn redirects_are_answers() {
    let (port, connections) = canary().await;
    let answer = format!("HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:{port}/\r\ncontent-length: 0\r\n\r\n");
    let url = server(answer.leak().as_bytes()).await;
    let client = Client::new(Reach::Local).unwrap();
    assert_eq!(client.get(&url, WITHIN).await.unwrap().status(), 307);
    let posted = client.post(&url, HeaderMap::new(), Bytes::from_static(b"{}"), WITHIN).await.unwrap();
    assert_eq!(posted.status(), 307);
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn waits_and_reads_only_so_long() {
    let client = Client::new(Reach::Local).unwrap();
    let silent = server(b"").await;
    let why = client.get(&silent, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(why, "no answer within 1 seconds");
    let long = server(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n0123456789").await;
    assert_eq!(client.get(&long, WITHIN).await.unwrap().body(9).await.unwrap_err(), BodyFault::TooLong);
    let (beginning, is_whole) = client.get(&long, WITHIN).await.unwrap().beginning(4).await.unwrap();
    assert_eq!((&beginning[..], is_whole), (&b"0123"[..], false));
    let (beginning, is_whole) = client.get(&long, WITHIN).await.unwrap().beginning(10).await.unwrap();
    assert_eq!((&beginning[..], is_whole), (&b"0123456789"[..], true));
}

#[test]
fn only_this_machine_may_be_told_without_encryption() {
    let url = |text: &str| Url::parse(text).unwrap();
    let (public, local) = (Client::new(Reach::Public).unwrap(), Client::new(Reach::Local).unwrap());
    for client in [&public, &local] {
        assert_eq!(client.check_encrypted(&url("https://hooks.example/in")), Ok(()));
        assert_eq!(
            client.check_encrypted(&url("http://hooks.example/in")),
            Err("the address must begin with https://".into())
        );
    }
    for here in ["http://localhost:3000/in", "http://127.0.0.1:3000/in", "http://[::1]:3000/in"] {
        assert_eq!(local.check_encrypted(&url(here)), Ok(()), "{here}");
        assert!(public.check_encrypted(&url(here)).is_err(), "{here}");
    }
}
