//! Addresses of e-mail that were kept before their domains were written in ASCII.

use crate::Result;
use crate::address::Email;
use crate::db::Db;

/// Writes the addresses of accounts as they are kept today, so that accounts made earlier are found by them. Where two
/// accounts were made with two spellings of one address, the one that has the ASCII form already keeps it.
pub(crate) async fn keep_in_ascii(db: &Db) -> Result<()> {
    let accounts = sqlx::query!(r#"select id, email::text as "email!" from users where email::text ~ '[^ -~]'"#)
        .fetch_all(db)
        .await?;
    for account in accounts {
        let Ok(email) = Email::parse(&account.email) else { continue };
        if email.as_str() == account.email {
            continue;
        }
        sqlx::query!(
            "update users
             set email = $2::text::citext
             where id = $1 and not exists (select from users where email = $2::text::citext)",
            account.id,
            email.as_str(),
        )
        .execute(db)
        .await?;
    }
    Ok(())
}
