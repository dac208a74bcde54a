//! The program itself: how it starts, how it ends, and what it leaves behind.

use reqwest::StatusCode;
use shop::testing::{TestShop, free_port};
use sqlx::ConnectOptions;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// The first start makes a database; a busy machine takes its time.
pub const TIMEOUT: Duration = Duration::from_secs(90);

/// A place for one shop: a folder of its own, removed in the end, and two free ports.
pub struct Place {
    folder: PathBuf,
    port: u16,
    sandbox: u16,
}

impl Place {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ironmonger-process-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { folder, port: free_port(), sandbox: free_port() }
    }

    /// The program with no variables but these and what finds PostgreSQL.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        program.args(arguments);
        self.holding(program)
    }

    /// Any program with these variables, in this place.
    fn holding(&self, mut program: Command) -> Command {
        let kept = ["PATH", "HOME", "PG_BIN", "TMPDIR"].map(|name| (name, std::env::var_os(name)));
        program.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
        program.env("DATA_DIR", &self.folder).env("PORT", self.port.to_string());
        program.env("STRIPE_SANDBOX_PORT", self.sandbox.to_string());
        // no .env of the tree
        program.current_dir(&self.folder).stdin(Stdio::null());
        program
    }

    fn start(&self) -> Running {
        Running::of(self.program(&["serve"]), self)
    }

    /// Nothing of the database server is left: each of its processes holds the lock on this file while it lives.
    fn is_quiet(&self) -> bool {
        let server = self.folder.join("postgres");
        File::open(server.join("postgres.log")).unwrap().try_lock().is_ok()
            && !server.join("data/postmaster.pid").exists()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A program that runs; killed when the test ends before it does.
pub struct Running {
    child: Child,
    pub root: String,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub fn of(mut program: Command, place: &Place) -> Self {
        let log = place.folder.join("program.log");
        let said = File::create(&log).unwrap();
        let child = program.stdout(said.try_clone().unwrap()).stderr(said).spawn().unwrap();
        Self { child, root: format!("http://127.0.0.1:{}", place.port), log }
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until the shop says that it is ready.
    async fn ready(&mut self) {
        let end = Instant::now() + TIMEOUT;
        loop {
            if let Ok(answer) = reqwest::get(format!("{}/health/ready", self.root)).await
                && answer.status() == StatusCode::OK
            {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "not ready: {ended:?}\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn page(&self, path: &str) -> String {
        let answer = reqwest::get(format!("{}{path}", self.root)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}\n{}", self.said());
        answer.text().await.unwrap()
    }

    /// Sends a signal and waits for the end.
    pub fn signal(&mut self, name: &str) -> ExitStatus {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let end = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it does not end\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Runs a command of the program to its end, with a line on its standard input.
fn command(mut program: Command, line: &str) -> Output {
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
    child.wait_with_output().unwrap()
}

pub fn with_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[tokio::test]
async fn either_signal_ends_it_with_success_and_nothing_is_left() {
    with_tls();
    let place = Place::new("signals");
    // the second start finds the database of the first one
    for signal in ["TERM", "INT"] {
        let mut shop = place.start();
        shop.ready().await;
        assert!(!place.is_quiet(), "it has a server of its own");
        assert!(shop.page("/").await.contains("<title>My shop</title>"));
        let status = shop.signal(signal);
        assert!(status.success(), "{signal}: {status}\n{}", shop.said());
        assert!(place.is_quiet(), "{signal}");
    }
}

/// Also: a command attaches to the server that runs already.
#[tokio::test]
async fn killed_it_starts_again_at_once_and_has_lost_nothing() {
    with_tls();
    let place = Place::new("killed");
    let mut shop = place.start();
    shop.ready().await;
    for (round, name) in ["ada", "grace"].into_iter().enumerate() {
        let email = format!("{name}@example.org");
        let arguments = ["staff", "create", "--role", "admin", "--name", "Somebody", "--email", &email];
        let made = command(place.program(&arguments), PASSWORD);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        shop.child.kill().unwrap();
        shop.child.wait().unwrap();
        shop = place.start();
        shop.ready().await;
        assert!(shop.page("/").await.contains("<title>My shop</title>"));
        assert_eq!(sign_in(&shop, &email).await, "/admin", "after {} kills", round + 1);
    }
    assert!(shop.signal("TERM").success());
    assert!(place.is_quiet());
}

const PASSWORD: &str = "anvil teapot lantern";

/// Where signing in leads.
async fn sign_in(shop: &Running, email: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = client.post(format!("{}/do/ironmonger/admin/sign_in/enter", shop.root));
    let form = form.header("origin", &shop.root).form(&[("email", email), ("password", PASSWORD)]);
    let answer = form.send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// Each connection is an open file. Fails without the call of `setrlimit`: 300 stay 300.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_opens_as_many_files_as_it_may() {
    with_tls();
    let place = Place::new("files");
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -Sn 300 && exec "$0" serve"#, env!("CARGO_BIN_EXE_ironmonger")]);
    let mut shop = Running::of(place.holding(shell), &place);
    shop.ready().await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", shop.child.id())).unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let mut numbers = files.split_whitespace();
    let (soft, hard) = (numbers.next().unwrap(), numbers.next().unwrap());
    assert_eq!(soft, hard, "{files}");
    assert_ne!(soft, "300");
    assert!(shop.signal("TERM").success(), "{}", shop.said());
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let place = Place::new("taken");
    let held = TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let refused = place.program(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(said.contains(&format!("127.0.0.1:{} is taken", place.port)) && said.contains("PORT"), "{said}");
    drop(held);

    let held = TcpListener::bind(("127.0.0.1", place.sandbox)).unwrap();
    let refused = place.program(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    let taken = format!("127.0.0.1:{} is taken", place.sandbox);
    assert!(said.contains(&taken) && said.contains("STRIPE_SANDBOX_PORT"), "{said}");
    drop(held);
    assert!(!place.folder.join("postgres").exists(), "it looks before it starts a database");
}

#[tokio::test]
async fn a_database_that_is_named_is_used_and_none_started() {
    with_tls();
    let theirs = TestShop::open().await;
    let hammer = theirs.product("Claw hammer").await;
    let place = Place::new("named");
    let mut program = place.program(&["serve"]);
    program.env("DATABASE_URL", theirs.options().await.to_url_lossy().as_str());
    let mut shop = Running::of(program, &place);
    shop.ready().await;
    assert!(shop.page(&format!("/products/{}", hammer.slug)).await.contains("Claw hammer"));
    assert!(!Path::exists(&place.folder.join("postgres")));
    assert!(shop.signal("TERM").success(), "{}", shop.said());
    theirs.finish().await;
}

#[test]
fn production_names_all_that_is_missing_and_starts_nothing() {
    let place = Place::new("production");
    let mut child = place
        .program(&["serve"])
        .env("APP_ENV", "production")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!child.wait().unwrap().success());
    for name in
        ["DATABASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "JWT_SECRET", "ENCRYPTION_KEY", "PUBLIC_URL"]
    {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert_eq!(fs::read_dir(&place.folder).unwrap().count(), 0);
}
