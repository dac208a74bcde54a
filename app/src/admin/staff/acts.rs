//! What staff do with staff.

use super::{HERE, address, counted_devices};
use crate::web::flash::Tone;
use crate::web::{Done, Next, cookies, form};
use leptos::prelude::*;
use shop::Error;
use shop::accounts::staff::invitations::{self, Join as Choice};
use shop::accounts::staff::{self, ChangeStaff, InviteStaff};
use shop::id::UserId;
use shop::input::Raw;

fn named(member: &Raw) -> shop::Result<UserId> {
    member.trimmed().parse().map_err(|_| Error::NotFound)
}

/// Invites somebody. If they have an account already, their page is shown, to give them roles.
#[server]
pub async fn invite(#[server(flatten)] input: InviteStaff) -> Done {
    form(|visit| async move {
        let (shop, who) = (visit.shop(), visit.staff()?);
        if let Some(known) = staff::find(shop, who, input.email.trimmed()).await? {
            let text = "This address has an account already. Choose here what it may do.";
            return Ok(Next::to(address(known)).tell(Tone::Info, text));
        }
        let (email, id) = (input.email.trimmed().to_owned(), staff::create(shop, who, input).await?);
        Ok(Next::to(address(id)).say(format!("The invitation to {email} is on its way.")))
    })
    .await
}

#[server]
pub async fn invite_again(member: Raw) -> Done {
    form(|visit| async move {
        invitations::send_again(visit.shop(), visit.staff()?, named(&member)?).await?;
        Ok(Next::back().say("A new invitation is on its way. The link from before works no more."))
    })
    .await
}

#[server]
pub async fn withdraw(member: Raw) -> Done {
    form(|visit| async move {
        invitations::withdraw(visit.shop(), visit.staff()?, named(&member)?).await?;
        Ok(Next::to(HERE).say("The invitation is withdrawn."))
    })
    .await
}

#[server]
pub async fn save(member: Raw, #[server(flatten)] change: ChangeStaff) -> Done {
    form(|visit| async move {
        staff::edit(visit.shop(), visit.staff()?, named(&member)?, change).await?;
        Ok(Next::back().say("Saved. It counts from their next request on."))
    })
    .await
}

#[server]
pub async fn sign_out(member: Raw) -> Done {
    form(|visit| async move {
        let ended = staff::sign_out(visit.shop(), visit.staff()?, named(&member)?).await?;
        Ok(Next::back().say(format!("{} signed out.", counted_devices(ended))))
    })
    .await
}

/// Follows an invitation: its link is the proof, a password is chosen.
#[server]
pub async fn join(#[server(flatten)] choice: Choice) -> Done {
    form(|visit| async move {
        let joined = invitations::join(visit.shop(), &visit.visitor, choice).await?;
        let known = cookies::device_cookie(&visit.app.config, &joined.device_token);
        Ok(Next::to("/admin/login").cookie(Some(known)).say("Your password is set. Please sign in with it."))
    })
    .await
}
