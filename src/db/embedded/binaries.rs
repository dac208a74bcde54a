//! Finds PostgreSQL's programs on this machine.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const OLDEST: u32 = 15;

/// Where distributions put them: a parent directory and what lies below each versioned entry.
const PLACES: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"),
    ("/usr/lib", "bin"),
    ("/usr/libexec", ""),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "bin"),
    ("/opt/local/lib", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ("/Library/PostgreSQL", "bin"),
];

/// `$PG_BIN`, else the newest server on this machine, or the one of the major version that made the data.
pub(super) fn find(wanted: Option<u32>) -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = candidates().into_iter().filter_map(usable).collect();
    found.sort_by_key(|f| std::cmp::Reverse(f.0));
    if let Some((_, dir)) = found.iter().find(|f| wanted.is_none_or(|w| w == f.0)) {
        return Ok(dir.clone());
    }
    let missing = match wanted {
        Some(w) => format!("the data directory needs PostgreSQL {w}"),
        None => format!("there is no PostgreSQL {OLDEST} or newer on this machine"),
    };
    let others: Vec<String> = found.iter().map(|(v, d)| format!("{v} in {}", d.display())).collect();
    bail!(
        "{missing} (found: {}). Install it with its contrib modules (Debian: apt-get install postgresql; Fedora: dnf install \
         postgresql-server postgresql-contrib; macOS: brew install postgresql@17), name its bin directory in PG_BIN, or set \
         DATABASE_URL",
        if others.is_empty() { "none".to_owned() } else { others.join(", ") }
    )
}

fn candidates() -> Vec<PathBuf> {
    if let Some(dir) = std::env::var_os("PG_BIN").filter(|d| !d.is_empty()) {
        return vec![dir.into()];
    }
    let mut dirs = Vec::new();
    for (parent, tail) in PLACES {
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let versioned = name.starts_with("pgsql-") || name.starts_with("postgresql");
            if versioned || name.starts_with(|c: char| c.is_ascii_digit()) {
                dirs.push(entry.path().join(tail));
            }
        }
    }
    dirs.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    dirs
}

fn usable(dir: PathBuf) -> Option<(u32, PathBuf)> {
    let dir = std::fs::canonicalize(dir.join("postgres")).ok()?.parent()?.to_owned();
    if !dir.join("initdb").exists() {
        return None;
    }
    let output = Command::new(dir.join("postgres")).arg("-V").output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .find_map(|word| word.split(['.', 'd', 'b', 'r']).next()?.parse().ok())?;
    (version >= OLDEST && has_contrib(&dir, version)).then_some((version, dir))
}

/// Fedora keeps pg_trgm in a package of its own: a server without it is none for us.
fn has_contrib(bin: &Path, version: u32) -> bool {
    let up = bin.parent().unwrap_or(bin);
    [
        up.join("share/postgresql"),
        up.join("share"),
        up.join(format!("share/postgresql@{version}")),
        up.join(format!("share/postgresql{version}")),
        "/usr/share/pgsql".into(),
        format!("/usr/share/postgresql/{version}").into(),
        "/usr/share/postgresql".into(),
        format!("/usr/share/postgresql{version}").into(),
    ]
    .iter()
    .any(|share| share.join("extension/pg_trgm.control").exists())
}
