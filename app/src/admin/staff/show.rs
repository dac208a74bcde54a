//! One member of staff.

use super::acts::{InviteAgain, Save, SignOut, Withdraw};
use super::{address, crumbs, may_do};
use crate::admin::audit::history;
use crate::ui::{
    Choice, Choices, Empty, Form, Head, Hidden, Icon, Notice, StatusBadge, Table, TickBox, fault_note, form_state,
    id_of, page, time,
};
use crate::web::flash::Tone;
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::devices::Device;
use shop::accounts::roles::{self, Role};
use shop::accounts::staff::{self, AccountKind, Member, MemberState};
use shop::accounts::{Permission, Staff};
use shop::audit::Entity;
use shop::id::{RoleId, UserId};

#[component]
pub fn MemberPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("member"));
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let id: UserId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let member = staff::get(shop, staff, id).await?;
        let all = roles::list(shop, staff).await?;
        let devices = staff::devices(shop, staff, id).await?;
        // what could not be changed is shown as it stands, without a form that would be refused
        let above = member.account_kind == AccountKind::Admin && !staff.is_admin()
            || all.iter().any(|role| member.roles.iter().any(|held| held.id == role.id) && !staff.may_give_role(role));
        let may_write = staff.can(Permission::StaffWrite) && !above;
        let log = history(&visit, Entity::User, &id.to_string()).await;
        let (name, is_self) = (member.name(), staff.id() == id);
        let invited = matches!(member.state, MemberState::Invited | MemberState::Expired);
        let rights = match may_write {
            true => rights_form(&member, staff, all).into_any(),
            false => rights(&member, &all, above && staff.can(Permission::StaffWrite)).into_any(),
        };
        Ok(view! {
            <Title text=name.clone() />
            {crumbs(name.clone())}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{name}</h1>
                    <StatusBadge status=member.state />
                    {is_self.then(|| view! { <span class="badge">"You"</span> })}
                </div>
                <p class="admin-head__meta">{member.email.clone()}</p>
            </header>
            {invited.then(|| invitation(&member, may_write))}
            <div class="edit">
                <div class="edit__main">{rights} {signed_in(id, devices, may_write)}</div>
                <div class="edit__side">{facts(&member)} {log}</div>
            </div>
        })
    })
}

fn invitation(member: &Member, may_write: bool) -> impl IntoView + use<> {
    let id = member.id;
    let until = member.invited_until.map(time);
    let (tone, title) = match member.state {
        MemberState::Expired => (Tone::Warning, "The invitation has expired"),
        _ => (Tone::Info, "Invited"),
    };
    let text = match member.state {
        MemberState::Expired => {
            view! { <p>"Its link stopped working " {until} ". Send a new one, or withdraw it."</p> }.into_any()
        }
        _ => {
            view! { <p>"No password has been chosen yet. The link in the mail works until " {until} "."</p> }.into_any()
        }
    };
    let acts = may_write.then(|| {
        view! {
            <div class="notice__actions cluster">
                <Form action=InviteAgain::url() class="">
                    <Hidden name="member" value=id.to_string() />
                    <button class="button button--secondary button--small">"Send it again"</button>
                </Form>
                <Form action=Withdraw::url() class="">
                    <Hidden name="member" value=id.to_string() />
                    <button class="button button--danger button--small">"Withdraw"</button>
                </Form>
            </div>
        }
    });
    view! {
        <Notice tone=tone title=title>
            {text}
            {acts}
        </Notice>
    }
}

fn rights_form(member: &Member, staff: &Staff, all: Vec<Role>) -> impl IntoView + use<> {
    let held: Vec<RoleId> = member.roles.iter().map(|role| role.id).collect();
    let choices = all.into_iter().map(|role| (staff.may_give_role(&role), role)).collect::<Vec<_>>();
    let (id, is_active, kind) = (member.id, member.is_active, member.account_kind);
    let is_admin = staff.is_admin();
    view! {
        <section class="panel" aria-labelledby="rights">
            <div class="panel__head">
                <h2 class="panel__title" id="rights">
                    "What they may do"
                </h2>
            </div>
            <Form action=Save::url() class="panel__body form">
                <Hidden name="member" value=id.to_string() />
                <AccountKinds now=kind is_admin=is_admin is_new=false />
                <RolesToTick choices=choices held=held />
                <TickBox
                    name="isActive"
                    label="The account is open. Closed, it is signed out everywhere at once"
                    ticked=is_active
                />
                <div class="form__actions">
                    <button class="button">"Save"</button>
                    <a class="button button--quiet" href=address(id)>
                        "Undo"
                    </a>
                </div>
            </Form>
        </section>
    }
}

fn rights(member: &Member, all: &[Role], above: bool) -> impl IntoView + use<> {
    let list = all
        .iter()
        .filter(|role| member.roles.iter().any(|held| held.id == role.id))
        .map(|role| {
            let description = role.description.clone();
            view! {
                <li>
                    <a href=format!("/admin/roles/{}", role.id)>{role.name.clone()}</a>
                    " "
                    <span class="muted">{description}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="rights">
            <div class="panel__head">
                <h2 class="panel__title" id="rights">
                    "What they may do"
                </h2>
            </div>
            <div class="panel__body stack stack--tight">
                <p>{may_do(member)}</p>
                <ul class="stack stack--tight">{list}</ul>
                {above
                    .then(|| {
                        view! { <p class="muted">"They may do more than you, so you cannot change this account."</p> }
                    })}
            </div>
        </section>
    }
}

fn facts(member: &Member) -> impl IntoView + use<> {
    let never = || "Never".into_any();
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel__head">
                <h2 class="panel__title" id="facts">
                    "The account"
                </h2>
            </div>
            <div class="panel__body">
                <dl class="facts">
                    <dt>"State"</dt>
                    <dd>{member.state.to_string()}</dd>
                    <dt>"Since"</dt>
                    <dd>{time(member.created_at)}</dd>
                    <dt>"Signed in"</dt>
                    <dd>{member.last_login_at.map_or_else(never, |at| time(at).into_any())}</dd>
                    <dt>"Last seen"</dt>
                    <dd>{member.last_seen_at.map_or_else(never, |at| time(at).into_any())}</dd>
                </dl>
            </div>
        </section>
    }
}

fn signed_in(id: UserId, devices: Vec<Device>, may_write: bool) -> impl IntoView {
    let any = !devices.is_empty();
    let rows = devices
        .into_iter()
        .map(|device| {
            view! {
                <tr>
                    <th scope="row">
                        {device.device.to_string()}
                        {device
                            .is_current
                            .then(|| {
                                view! {
                                    " "
                                    <span class="badge">"This one"</span>
                                }
                            })}
                    </th>
                    <td data-label="Address" class="mono">
                        {device.ip.unwrap_or_default()}
                    </td>
                    <td data-label="Signed in" class="nowrap">
                        {time(device.created_at)}
                    </td>
                    <td data-label="Last seen" class="nowrap">
                        {time(device.last_seen_at)}
                    </td>
                </tr>
            }
        })
        .collect_view();
    let list = match any {
        false => view! { <Empty title="Signed in nowhere" /> }.into_any(),
        true => view! {
            <Table
                label="Devices, scrolls sideways"
                class="table table--cards"
                head=view! {
                    <Head label="Device" />
                    <Head label="Address" />
                    <Head label="Signed in" />
                    <Head label="Last seen" />
                }
            >
                {rows}
            </Table>
        }
        .into_any(),
    };
    let out = (any && may_write).then(|| {
        view! {
            <Form action=SignOut::url() class="">
                <Hidden name="member" value=id.to_string() />
                <button class="button button--secondary button--small">
                    <Icon name="logout" />
                    "Sign out everywhere"
                </button>
            </Form>
        }
    });
    view! {
        <section class="panel" aria-labelledby="devices">
            <div class="panel__head">
                <h2 class="panel__title" id="devices">
                    "Devices"
                </h2>
                {out}
            </div>
            {list}
        </section>
    }
}

/// The kind of an account. Only an admin makes an admin; whoever is invited is to work here.
#[component]
pub(super) fn AccountKinds(now: AccountKind, is_admin: bool, is_new: bool) -> impl IntoView {
    let state = form_state();
    let chosen = state.value("role", now.word());
    let mut kinds = vec![(AccountKind::Staff, "Works here", "May do what the roles below say")];
    if is_admin {
        kinds.push((AccountKind::Admin, "Admin", "May do everything"));
    }
    if !is_new {
        kinds.push((AccountKind::Customer, "Does not work here", "Keeps the account as a customer, without roles"));
    }
    let choices = kinds
        .into_iter()
        .map(|(kind, label, note)| {
            view! { <Choice name="role" value=kind.word() label=label note=note checked=chosen == kind.word() /> }
        })
        .collect_view();
    view! {
        <Choices name="role" legend="Position">
            {choices}
        </Choices>
    }
}

const NAME: &str = "roles[]";

/// Roles as boxes; those that this person may not give are shown and cannot be ticked.
#[component]
pub(super) fn RolesToTick(choices: Vec<(bool, Role)>, held: Vec<RoleId>) -> impl IntoView {
    let state = form_state();
    let typed = state.all(NAME);
    let none = choices.is_empty();
    let boxes = choices
        .into_iter()
        .map(|(given, role)| {
            let id = role.id.to_string();
            let ticked = match &typed {
                Some(typed) => typed.contains(&id),
                None => held.contains(&role.id),
            };
            let note = if given { role.description } else { "Can do more than you may give".to_owned() };
            view! {
                <label class="check">
                    <input type="checkbox" name=NAME value=id checked=ticked disabled=!given />
                    <span>{role.name} <span class="check__hint muted">{note}</span></span>
                </label>
            }
        })
        .collect_view();
    let (id, label) = (id_of("roles"), "Roles");
    let fault = state.fault("roles", label, &id);
    view! {
        <fieldset class="choices" id=id.clone() aria-describedby=fault.is_some().then(|| format!("{id}-error"))>
            <legend class="choices__legend">{label}</legend>
            <div class="scopes">{boxes}</div>
            {none
                .then(|| {
                    view! { <p class="muted">"There are no roles yet. " <a href="/admin/roles/new">"Make one"</a></p> }
                })}
            {fault_note(&id, fault.clone())}
        </fieldset>
    }
}
