//! The embedded default: a private PostgreSQL that the program starts as its own child, from binaries on the machine.
//! No port, no password, one directory. Unix only, no unsafe.
//!
//! - `sh` forks a detached watcher that reads our pipe and then *becomes* postgres: our child is the postmaster, and
//!   any death of this program, `kill -9` too, closes the pipe and asks for a fast shutdown. No orphan.
//! - The server's log file is the lock: `flock` is inherited with the open file, so it is held until the last backend
//!   or initdb is gone. A second start attaches to the first one's server.
//! - initdb works in `data.new`, which is then renamed: a killed initdb leaves nothing half made.
//! - The socket lies in a private directory; the application's role is no superuser, as in production.

mod binaries;

use anyhow::{Context, Result, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const ROLE: &str = "ironmonger";

/// The shell turns itself into postgres; a detached watcher holds the read end of our pipe.
const RUN: &str = r#"exec 3<&0; ( ( read -r _ <&3; kill -INT $$ ) & ); exec "$@" </dev/null 3<&-"#;

/// Where one of PostgreSQL's programs is on this machine.
#[cfg(feature = "testing")]
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    Ok(binaries::find(None)?.join(name))
}

/// A running server; stops when dropped, if it was this process that started it.
pub struct Embedded {
    /// `None`: another process of ours owns the server, we only use it.
    child: Option<Child>,
    options: PgConnectOptions,
}

#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Embedded {
    /// Starts the server of `dir`, or attaches to the one that runs there, and makes sure that `database` exists.
    /// `durable: false` is for tests: quick, and what was written may be lost when the machine (not the program) dies.
    pub async fn start(dir: &Path, database: &str, durable: bool) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
        let dir = fs::canonicalize(dir)?;
        let user = unprivileged_user()?;
        own(&dir, user)?;
        let enter = Command::new("sh").args(["-c", r#"cd "$1""#, "sh"]).arg(&dir).run_as(user)?;
        ensure!(
            enter.status.success(),
            "running as root, and the unprivileged user that PostgreSQL needs cannot enter {}: set DATA_DIR to a directory \
             outside a private home, such as /var/lib/ironmonger, or do not run as root",
            dir.display()
        );
        let socket = socket_dir(&dir, user)?;
        let admin = options(&socket, "postgres", "postgres");
        let mut server = Self { child: None, options: options(&socket, ROLE, database) };

        let log_path = dir.join("postgres.log");
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(&log_path)
            .with_context(|| log_path.display().to_string())?;
        if server.attached(&log, &log_path, &admin, database).await? {
            return Ok(server);
        }

        log.set_len(0)?;
        own(&log_path, user)?;
        let data = dir.join("data");
        let bin = binaries::find(data_version(&data))?;
        if !data.exists() {
            create_cluster(&dir, &data, &bin, &log, user)?;
        }
        let mut child = spawn(&bin, &data, &socket, &log, durable, user)?;
        let mut conn = first_answer(&admin, &mut child, &log_path).await?;
        server.child = Some(child);
        prepare_database(&mut conn, database).await?;
        conn.close().await?;
        Ok(server)
    }

    /// How to connect, as a role that may create databases but is no superuser.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Takes the lock (and answers `false`), or waits until the process that holds it has started the server.
    async fn attached(&self, log: &File, path: &Path, admin: &PgConnectOptions, database: &str) -> Result<bool> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            match log.try_lock() {
                Ok(()) => return Ok(false),
                Err(TryLockError::Error(e)) => return Err(e).context("locking the server's log"),
                Err(TryLockError::WouldBlock) => {
                    if let Ok(mut conn) = PgConnection::connect_with(admin).await {
                        prepare_database(&mut conn, database).await?;
                        conn.close().await?;
                        return Ok(true);
                    }
                    ensure!(Instant::now() < end, "{} is locked, but no server answers", path.display());
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.wait(); // closes the pipe first
        }
    }
}

fn options(socket: &Path, role: &str, database: &str) -> PgConnectOptions {
    // sqlx starts from PGHOST, PGUSER, … of the environment: set every one that matters
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        .port(5432)
        .username(role)
        .password("")
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

fn create_cluster(dir: &Path, data: &Path, bin: &Path, log: &File, user: Option<User>) -> Result<()> {
    let fresh = dir.join("data.new");
    let mut errors = String::new();
    // never plain C: lower(), ILIKE, stemming and trigrams would work for ASCII only
    for ctype in ["C.UTF-8", "en_US.UTF-8"] {
        let _ = fs::remove_dir_all(&fresh);
        fs::DirBuilder::new().mode(0o700).create(&fresh)?;
        own(&fresh, user)?;
        // its output goes to the locked log: an initdb that outlives us holds the lock, too
        let output = Command::new(bin.join("initdb"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])
            .arg(format!("--lc-ctype={ctype}"))
            .arg("-D")
            .arg(&fresh)
            .stdout(log.try_clone()?)
            .run_as(user)?;
        if output.status.success() {
            fs::rename(&fresh, data)?;
            return Ok(());
        }
        errors += &String::from_utf8_lossy(&output.stderr);
    }
    bail!("initdb failed: {errors}")
}

fn spawn(bin: &Path, data: &Path, socket: &Path, log: &File, durable: bool, user: Option<User>) -> Result<Child> {
    // We hold the lock, so no server of ours lives and a pid file is stale. In a container its number may belong to
    // another of our processes by now, and postgres would take that for a server.
    let _ = fs::remove_file(data.join("postmaster.pid"));
    let _ = fs::remove_file(socket.join(".s.PGSQL.5432.lock"));

    let mut cmd = Command::new("sh");
    cmd.args(["-c", RUN, "ironmonger-postgres"]).arg(bin.join("postgres")).arg("-D").arg(data);
    let mut set = |setting: &str| {
        cmd.args(["-c", setting]);
    };
    set("listen_addresses=");
    set("port=5432");
    set("unix_socket_permissions=0700");
    set(&format!("unix_socket_directories=\"{}\"", socket.display()));
    // many tests at once have a pool each
    set(if durable { "max_connections=100" } else { "max_connections=400" });
    set("ssl=off");
    set("logging_collector=off");
    set("log_destination=stderr");
    // containers give 64 MB of /dev/shm: no parallel workers
    set("max_parallel_workers_per_gather=0");
    set("max_parallel_maintenance_workers=0");
    // a new shop's tables grow from nothing: what is known of them, and the plans made of it, must keep up
    set("autovacuum_naptime=15s");
    if !durable {
        set("fsync=off");
        set("full_page_writes=off");
        // databases that live for a second: nothing to clean up, and nobody reads their log
        set("autovacuum=off");
        set("wal_level=minimal");
        set("max_wal_senders=0");
    }
    // a process group of its own: our Ctrl-C is not its Ctrl-C
    cmd.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log.try_clone()?).process_group(0);
    prepare(&mut cmd, user);
    cmd.spawn().context("starting PostgreSQL")
}

async fn first_answer(admin: &PgConnectOptions, child: &mut Child, log_path: &Path) -> Result<PgConnection> {
    let end = Instant::now() + Duration::from_secs(120); // crash recovery may take a while
    loop {
        match PgConnection::connect_with(admin).await {
            Ok(conn) => return Ok(conn),
            Err(e) => {
                if let Some(status) = child.try_wait()? {
                    bail!("PostgreSQL ended ({status}):\n{}", fs::read_to_string(log_path).unwrap_or_default());
                }
                if Instant::now() > end {
                    return Err(e).context("PostgreSQL does not answer");
                }
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        }
    }
}

async fn prepare_database(conn: &mut PgConnection, database: &str) -> Result<()> {
    // two programs may come here at once
    sqlx::query("select pg_advisory_lock(hashtext('prepare database'))").execute(&mut *conn).await?;
    let role: bool = sqlx::query_scalar("select exists(select from pg_roles where rolname = $1)")
        .bind(ROLE)
        .fetch_one(&mut *conn)
        .await?;
    let base: bool = sqlx::query_scalar("select exists(select from pg_database where datname = $1)")
        .bind(database)
        .fetch_one(&mut *conn)
        .await?;
    if !role {
        let make = format!("create role {ROLE} login createdb");
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut *conn).await?;
    }
    if !base {
        let make = format!("create database \"{}\" owner {ROLE}", database.replace('"', "\"\""));
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut *conn).await?;
    }
    sqlx::query("select pg_advisory_unlock_all()").execute(conn).await?;
    Ok(())
}

fn data_version(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// As root: who to run the server as, for PostgreSQL refuses to run as root.
fn unprivileged_user() -> Result<Option<User>> {
    if String::from_utf8_lossy(&Command::new("id").arg("-u").output()?.stdout).trim() != "0" {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let mut fields = passwd.lines().find(|l| l.starts_with(&format!("{name}:")))?.split(':').skip(2);
        Some(User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    let user = ["postgres", "_postgres", "nobody"].into_iter().find_map(find);
    user.map(Some)
        .context("running as root, and there is neither a 'postgres' nor a 'nobody' user to run PostgreSQL as")
}

fn own(path: &Path, user: Option<User>) -> Result<()> {
    match user {
        Some(u) => chown(path, Some(u.uid), Some(u.gid)).with_context(|| format!("chown {}", path.display())),
        None => Ok(()),
    }
}

fn prepare(cmd: &mut Command, user: Option<User>) {
    for (key, _) in std::env::vars_os().filter(|(k, _)| k.to_string_lossy().starts_with("PG")) {
        cmd.env_remove(key);
    }
    cmd.env("LC_ALL", "C").current_dir("/"); // macOS: without LC_ALL "postmaster became multithreaded"
    if let Some(u) = user {
        cmd.uid(u.uid).gid(u.gid); // std drops the supplementary groups too
    }
}

trait RunAs {
    fn run_as(&mut self, user: Option<User>) -> Result<Output>;
}

impl RunAs for Command {
    fn run_as(&mut self, user: Option<User>) -> Result<Output> {
        prepare(self, user);
        self.stdin(Stdio::null()).output().with_context(|| format!("{self:?}"))
    }
}

/// A socket path holds 107 bytes (103 on macOS), and some bind mounts hold no sockets at all: keep it out of the data
/// directory, under a name that is this directory's own.
fn socket_dir(dir: &Path, user: Option<User>) -> Result<PathBuf> {
    let hash = dir
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf29ce484222325u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100000001b3)); // FNV-1a
    let uid = user.map_or(fs::metadata(dir)?.uid(), |u| u.uid);
    let socket = PathBuf::from(format!("/tmp/ironmonger-pg-{uid}-{hash:016x}"));
    match fs::DirBuilder::new().mode(0o700).create(&socket) {
        Ok(()) => own(&socket, user)?,
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            let m = fs::symlink_metadata(&socket)?;
            ensure!(m.is_dir() && m.uid() == uid && m.mode() & 0o77 == 0, "{} is not private to us", socket.display());
        }
        Err(e) => return Err(e).context("creating the socket's directory"),
    }
    Ok(socket)
}
