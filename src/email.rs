//! Mail: rendered from templates, text and HTML, and handed to a mailer.
//!
//! Jobs send mail, and jobs run at least once. So each message has a key, such as `order_confirmation:<order>`, and a
//! row that says whether it has left: one that ran before is found, and two at the same time are one. What cannot be
//! known (we died between handing it over and writing that down) is sent again, under the same Message-ID.

mod accounts;
mod folder;
mod late_payment;
mod mailer;
mod markup;
mod notifications;
mod orders;
mod sent;
mod view;
mod watches;
mod webhooks;

pub use accounts::{
    already_registered, confirm_account, email_changed, password_changed, password_reset, staff_invitation,
    token_reused, verify_email,
};
pub use folder::{StoredMail, list_folder, read_folder};
pub use late_payment::late_payment;
pub use mailer::{MailTransport, Mailer, MailerConfig};
pub use notifications::notifications;
pub use orders::{order_cancelled, order_confirmation, order_shipped, refund_notice};
pub use sent::send;
pub use watches::{WatchLetter, back_in_stock, confirm_back_in_stock, confirm_price_drop, price_drop};
pub use webhooks::{webhook_failing, webhook_paused};

use url::Url;

/// A message, ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What this message is, once and for all: a second one with the same key is not sent.
    pub key: String,
    pub to_name: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where whoever gets it stops more of its kind, without signing in; `None` for what answers something they did.
    /// A POST there does it, a GET only asks: mail programs post to it at the press of a button (RFC 8058), and
    /// whatever looks at links beforehand changes nothing.
    pub unsubscribe: Option<Url>,
}
