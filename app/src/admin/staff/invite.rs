//! Inviting somebody.

use super::acts::Invite;
use super::show::{AccountKinds, RolesToTick};
use super::{HERE, crumbs};
use crate::ui::{Field, Form, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::accounts::roles;
use shop::accounts::staff::AccountKind;

#[component]
pub fn InviteStaff() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        staff.may(Permission::StaffWrite)?;
        let all = roles::list(visit.shop(), staff).await?;
        let choices = all.into_iter().map(|role| (staff.may_give_role(&role), role)).collect::<Vec<_>>();
        let is_admin = staff.is_admin();
        Ok(view! {
            <Title text="Invite somebody" />
            {crumbs("Invite".to_owned())}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Invite somebody"</h1>
                </div>
                <p class="admin-head__meta">
                    "They get a mail with a link, and choose a password themselves. The link works once, for seven days."
                </p>
            </header>
            <section class="panel" aria-label="Invite somebody">
                <Form action=Invite::url() class="panel__body form">
                    <Field name="email" label="E-mail address" kind="email" autocomplete="off" required=true />
                    <div class="form__row">
                        <Field name="firstName" label="First name" autocomplete="off" required=true maxlength=100 />
                        <Field name="lastName" label="Last name" autocomplete="off" optional=true maxlength=100 />
                    </div>
                    <AccountKinds now=AccountKind::Staff is_admin=is_admin is_new=true />
                    <RolesToTick choices=choices held=Vec::new() />
                    <div class="form__actions">
                        <button class="button">"Send the invitation"</button>
                        <a class="button button--quiet" href=HERE>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}
