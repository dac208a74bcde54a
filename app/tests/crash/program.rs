//! The program, which dies and is started again.

use shop::testing::free_port;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// For what takes a second where nothing else runs.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// In a folder of its own, at an address of its own, which stay when it dies.
pub struct Program {
    pub root: String,
    pub folder: PathBuf,
    variables: Vec<(&'static str, String)>,
    running: Option<Child>,
    /// How it ended last.
    end: Option<ExitStatus>,
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            let _ = running.kill();
            let _ = running.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Program {
    /// Not started yet.
    pub fn new() -> Self {
        let port = free_port();
        let root = format!("http://127.0.0.1:{port}");
        let folder = std::env::temp_dir().join(format!("ironmonger-crash-{}-{port}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut program = Self { root, folder, variables: Vec::new(), running: None, end: None };
        program.set("PORT", port.to_string());
        program.set("PUBLIC_URL", program.root.clone());
        program.set("DATA_DIR", program.folder.display().to_string());
        program
    }

    pub fn set(&mut self, name: &'static str, value: String) {
        self.variables.push((name, value));
    }

    /// Starts with no variables but these, and waits until it is ready. Armed with a point, unless that is empty.
    pub async fn start(&mut self, point: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        let kept = ["PATH", "HOME", "TMPDIR"].map(|name| (name, std::env::var_os(name)));
        command.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if !point.is_empty() {
            command.env("FAILPOINTS", format!("{point}=return"));
        }
        let said = File::options().create(true).append(true).open(self.log()).unwrap();
        // no .env of the tree
        command.arg("serve").current_dir(&self.folder).stdin(Stdio::null());
        self.running = Some(command.stdout(said.try_clone().unwrap()).stderr(said).spawn().unwrap());
        let end = Instant::now() + TIMEOUT;
        loop {
            if reqwest::get(format!("{}/health/ready", self.root)).await.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            assert!(!self.is_dead() && Instant::now() < end, "it does not start: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// At once, in whatever it is doing.
    pub fn kill(&mut self) {
        let mut running = self.running.take().expect("runs");
        running.kill().unwrap();
        self.end = Some(running.wait().unwrap());
    }

    pub fn is_dead(&mut self) -> bool {
        if let Some(running) = &mut self.running
            && let Some(end) = running.try_wait().unwrap()
        {
            (self.end, self.running) = (Some(end), None);
        }
        self.running.is_none()
    }

    /// Waits for its death.
    pub async fn dies(&mut self) {
        let end = Instant::now() + TIMEOUT;
        while !self.is_dead() {
            assert!(Instant::now() < end, "it does not die: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// It aborted, and at this point.
    pub fn died_at(&self, point: &str) {
        let signal = self.end.expect("it died").signal();
        assert_eq!(signal, Some(6), "{}", self.said());
        assert!(self.said().contains(&format!("crash point {point}\n")), "{}", self.said());
    }

    fn log(&self) -> PathBuf {
        self.folder.join("program.log")
    }

    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}
