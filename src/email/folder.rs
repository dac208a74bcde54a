//! Mail in a folder, for development: an `.eml` that any mail program opens, and beside it what `/dev/mail` shows.

use super::Mail;
use crate::{Error, Result};
use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::path::Path;
use tokio::fs;

/// A mail that was put into the folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredMail {
    /// For the address of its page.
    pub id: String,
    pub to: String,
    pub subject: String,
    pub date: DateTime<Utc>,
    pub text: String,
    pub html: String,
}

pub(super) async fn store(folder: &Path, mail: &Mail, raw: &[u8], now: DateTime<Utc>) -> anyhow::Result<()> {
    // the same message is the same file, however often it is stored
    let hash = hex::encode(&sha2::Sha256::digest(mail.key.as_bytes())[..6]);
    let id = format!("{}-{hash}", now.format("%Y%m%dT%H%M%S"));
    let stored = StoredMail {
        id: id.clone(),
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        date: now,
        text: mail.text.clone(),
        html: mail.html.clone(),
    };
    fs::create_dir_all(folder).await?;
    fs::write(folder.join(format!("{id}.eml")), raw).await.context("writing a mail")?;
    // renamed, so that a half-written one is never listed
    let (half, whole) = (folder.join(format!("{id}.new")), folder.join(format!("{id}.json")));
    fs::write(&half, serde_json::to_vec_pretty(&stored)?).await?;
    fs::rename(&half, &whole).await?;
    Ok(())
}

/// The mails in a folder, the latest first; at most two hundred.
pub async fn list_folder(folder: &Path) -> Result<Vec<StoredMail>> {
    let mut names = Vec::new();
    let mut entries = match fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::Internal(e.into())),
    };
    while let Some(entry) = entries.next_entry().await.map_err(|e| Error::Internal(e.into()))? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(id) = name.strip_suffix(".json") {
            names.push(id.to_owned());
        }
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.truncate(200);
    let mut mails = Vec::with_capacity(names.len());
    for id in names {
        match read_folder(folder, &id).await {
            Ok(mail) => mails.push(mail),
            Err(Error::NotFound) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(mails)
}

/// One mail of a folder.
pub async fn read_folder(folder: &Path, id: &str) -> Result<StoredMail> {
    // the id comes from an address: it must not lead out of the folder
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Error::NotFound);
    }
    let bytes = fs::read(folder.join(format!("{id}.json"))).await.map_err(|_| Error::NotFound)?;
    Ok(serde_json::from_slice(&bytes)?)
}
