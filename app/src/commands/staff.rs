//! Staff accounts from the terminal: how the first admin comes to be.

use crate::commands::open::Opened;
use anyhow::{Context, Result};
use shop::accounts::System;
use shop::accounts::staff::{InviteStaff, create_at_terminal};
use std::io::IsTerminal;

#[derive(clap::Args)]
pub struct Create {
    /// The e-mail address to sign in with
    #[arg(long)]
    email: String,
    /// First and last name
    #[arg(long)]
    name: String,
    /// admin may do everything; staff may do what their roles allow
    #[arg(long, value_parser = ["admin", "staff"], default_value = "staff")]
    role: String,
    /// Roles of staff, separated by commas, such as Manager,Support
    #[arg(long, value_delimiter = ',')]
    roles: Vec<String>,
    /// Mail an invitation with a link to choose a password, instead of asking for one here
    #[arg(long)]
    mail_link: bool,
}

pub async fn create(opened: &Opened, who: Create) -> Result<()> {
    let password = match who.mail_link {
        true => String::new(),
        false => ask_password()?,
    };
    let (first, last) = who.name.trim().rsplit_once(' ').unwrap_or((who.name.trim(), ""));
    let input = InviteStaff {
        email: who.email.as_str().into(),
        first_name: first.into(),
        last_name: last.into(),
        role: who.role.as_str().into(),
        roles: who.roles.iter().map(|role| role.as_str().into()).collect(),
        password: password.into(),
    };
    create_at_terminal(&opened.app.shop, System, input).await?;
    match who.mail_link {
        true => println!("{} may sign in at /admin once the link that is mailed was followed.", who.email),
        false => println!("{} may sign in at /admin.", who.email),
    }
    Ok(())
}

/// Asks twice at a terminal; reads a line from a pipe.
fn ask_password() -> Result<String> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("reading the password from standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let password = rpassword::prompt_password("Password: ")?;
    let again = rpassword::prompt_password("Once more: ")?;
    anyhow::ensure!(password == again, "the two passwords differ");
    Ok(password)
}
