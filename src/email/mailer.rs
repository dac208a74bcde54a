//! How mail leaves the shop: over SMTP, into a folder, or into memory.

use super::{Mail, folder};
use crate::address::Email;
use anyhow::Context;
use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How mail is to leave the shop.
#[derive(Debug, Clone)]
pub struct MailerConfig {
    /// `orders@example.com`, under the shop's own name; or `Anvil & Son <orders@example.com>` under this one.
    pub from: String,
    pub transport: MailTransport,
}

#[derive(Debug, Clone)]
pub enum MailTransport {
    /// `smtps://user:password@host:465`, or `smtp://…:587?tls=required`
    Smtp(SecretString),
    /// For development: files that `/dev/mail` shows.
    Folder(PathBuf),
}

/// What hands mail over. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// Within a tokio runtime, for the pool of connections.
    pub fn new(config: &MailerConfig) -> anyhow::Result<Self> {
        let from = config.from.parse().with_context(|| format!("{:?} is no sender of mail", config.from))?;
        let way = match &config.transport {
            MailTransport::Smtp(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    // the error would quote the address, and the password with it
                    .map_err(|_| anyhow::anyhow!("SMTP_URL is no address of a mail server"))?
                    .timeout(Some(Duration::from_secs(15)))
                    .pool_config(PoolConfig::new().max_size(4).idle_timeout(Duration::from_secs(30)))
                    .build(),
            ),
            MailTransport::Folder(path) => {
                std::fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
                Way::Folder(path.clone())
            }
        };
        Ok(Self { from, way })
    }

    /// Keeps mail for tests to look at.
    pub fn in_memory() -> Self {
        let from = Mailbox::new(None, Address::new_dangerous("orders", "localhost"));
        Self { from, way: Way::Memory(Arc::default()) }
    }

    /// What an in-memory mailer was given, in order.
    pub fn kept(&self) -> Vec<Mail> {
        match &self.way {
            Way::Memory(mails) => mails.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            _ => Vec::new(),
        }
    }

    /// The folder that mail goes to, when it goes to one.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.way {
            Way::Folder(path) => Some(path),
            _ => None,
        }
    }

    /// Whether the mail server lets us in: for `doctor`.
    pub async fn check(&self) -> anyhow::Result<()> {
        if let Way::Smtp(smtp) = &self.way {
            anyhow::ensure!(smtp.test_connection().await?, "the mail server does not answer as one");
        }
        Ok(())
    }

    /// `shop` is who writes, unless the sender has a name of its own.
    pub(super) async fn deliver(&self, mail: &Mail, shop: &str, id: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
        let message = self.message(mail, shop, id, now)?;
        match &self.way {
            Way::Smtp(smtp) => {
                smtp.send(message).await?;
            }
            Way::Folder(path) => folder::store(path, mail, &message.formatted(), now).await?,
            Way::Memory(mails) => mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone()),
        }
        Ok(())
    }

    fn message(&self, mail: &Mail, shop: &str, id: &str, now: DateTime<Utc>) -> anyhow::Result<Message> {
        // orders keep the address as it was typed when they were placed
        let to = Email::parse(&mail.to).context("an address that mail cannot be sent to")?;
        let address: Address = to.as_str().parse().context("an address that mail cannot be sent to")?;
        let name = (!mail.to_name.is_empty()).then(|| mail.to_name.clone());
        let mut message = Message::builder()
            .from(Mailbox::new(self.from.name.clone().or_else(|| Some(shop.to_owned())), self.from.email.clone()))
            .to(Mailbox::new(name, address))
            .subject(&mail.subject)
            .message_id(Some(id.to_owned()))
            .date(now.into())
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?;
        if let Some(address) = &mail.unsubscribe {
            let headers = message.headers_mut();
            // an address is ASCII without spaces, so it is neither encoded nor broken into lines
            for (name, value) in UNSUBSCRIBE {
                let (name, value) = (HeaderName::new_from_ascii_str(name), value.replace("{}", address.as_str()));
                headers.insert_raw(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
            }
        }
        Ok(message)
    }
}

/// <https://www.rfc-editor.org/rfc/rfc8058#section-3.1>
const UNSUBSCRIBE: [(&str, &str); 2] =
    [("List-Unsubscribe", "<{}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")];
