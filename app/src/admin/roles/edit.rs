//! A role: its name and what it lets people do.

use super::acts::{Create, Delete, Edit};
use super::{HERE, crumbs};
use crate::admin::audit::history;
use crate::ui::{Field, Form, Hidden, Select, TextArea, fault_note, form_state, id_of, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::roles::{self, Role};
use shop::accounts::{Permission, Staff};
use shop::audit::Entity;
use shop::id::RoleId;

#[component]
pub fn NewRole() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        staff.may(Permission::StaffWrite)?;
        let given = given(staff);
        Ok(view! {
            <Title text="New role" />
            {crumbs("New".to_owned())}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"New role"</h1>
                </div>
                <p class="admin-head__meta">"It can hold no more than you may do yourself."</p>
            </header>
            <section class="panel" aria-label="New role">
                <Form action=Create::url() class="panel__body form">
                    <Texts name=String::new() description=String::new() />
                    <Permissions given=given held=Vec::new() />
                    <div class="form__actions">
                        <button class="button">"Make the role"</button>
                        <a class="button button--quiet" href=HERE>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}

#[component]
pub fn EditRole() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("role"));
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let id: RoleId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let all = roles::list(shop, staff).await?;
        let role = all.iter().find(|role| role.id == id).cloned().ok_or(Error::NotFound)?;
        let above = !staff.may_give_role(&role);
        let may_write = staff.can(Permission::StaffWrite) && !above;
        let others: Vec<_> = all.iter().filter(|other| other.id != id && staff.may_give_role(other)).cloned().collect();
        // what the role holds already is shown even if it could not be given
        let given = Permission::ALL.iter().copied().filter(|p| staff.can(*p) || role.permissions.contains(p)).collect();
        let log = history(&visit, Entity::Role, &id.to_string()).await;
        let too_much = above && staff.can(Permission::StaffWrite);
        let deletion = may_write.then(|| deletion(&role, others));
        let (text, held, people) = (role.description.clone(), role.permissions.clone(), counted_people(role.members));
        let own_name = role.name.clone();
        let name = role.name.clone();
        Ok(view! {
            <Title text=name.clone() />
            {crumbs(name.clone())}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{name}</h1>
                </div>
                <p class="admin-head__meta">
                    <a href=format!("/admin/staff?role={id}")>{people}</a>
                </p>
            </header>
            <div class="edit">
                <section class="panel" aria-labelledby="edit-title">
                    <div class="panel__head">
                        <h2 class="panel__title" id="edit-title">
                            "The role"
                        </h2>
                    </div>
                    <Form action=Edit::url() class="panel__body">
                        <fieldset class="form" disabled=!may_write>
                            <Hidden name="role" value=id.to_string() />
                            <Texts name=own_name description=text />
                            <Permissions given=given held=held />
                            {too_much
                                .then(|| {
                                    view! {
                                        <p class="muted">"It can do more than you may, so you cannot change it."</p>
                                    }
                                })}
                            {may_write
                                .then(|| {
                                    view! {
                                        <div class="form__actions">
                                            <button class="button">"Save"</button>
                                        </div>
                                    }
                                })}
                        </fieldset>
                    </Form>
                </section>
                <div class="edit__side">{deletion} {log}</div>
            </div>
        })
    })
}

fn counted_people(n: i64) -> String {
    if n == 1 { "1 person has it".to_owned() } else { format!("{n} people have it") }
}

fn given(staff: &Staff) -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|permission| staff.can(*permission)).collect()
}

#[component]
fn Texts(name: String, description: String) -> impl IntoView {
    view! {
        <Field name="name" label="Name" value=name required=true maxlength=60 />
        <TextArea
            name="description"
            label="Description"
            value=description
            hint="For whoever gives the role to somebody"
            rows=2
            optional=true
            maxlength=500
        />
    }
}

const NAME: &str = "permissions[]";

/// Permissions as boxes, in groups by what they are about.
#[component]
fn Permissions(given: Vec<Permission>, held: Vec<Permission>) -> impl IntoView {
    let state = form_state();
    let typed = state.all(NAME);
    let is_ticked = |permission: Permission| match &typed {
        Some(typed) => typed.iter().any(|word| word == permission.word()),
        None => held.contains(&permission),
    };
    let mut groups: Vec<(&'static str, Vec<Permission>)> = Vec::new();
    for permission in given {
        match groups.last_mut().filter(|(group, _)| *group == permission.group()) {
            Some((_, members)) => members.push(permission),
            None => groups.push((permission.group(), vec![permission])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(group, members)| {
            let boxes = members
                .into_iter()
                .map(|permission| {
                    view! {
                        <label class="check">
                            <input type="checkbox" name=NAME value=permission.word() checked=is_ticked(permission) />
                            <span>{permission.to_string()} <code class="check__hint">{permission.word()}</code></span>
                        </label>
                    }
                })
                .collect_view();
            view! {
                <fieldset class="choices">
                    <legend class="choices__legend">{group}</legend>
                    <div class="scopes">{boxes}</div>
                </fieldset>
            }
        })
        .collect_view();
    let id = id_of("permissions");
    let fault = state.fault("permissions", "What it allows", &id);
    view! {
        <div class="stack" id=id.clone()>
            {groups}
            {fault_note(&id, fault)}
        </div>
    }
}

fn deletion(role: &Role, others: Vec<Role>) -> impl IntoView + use<> {
    let id = role.id.to_string();
    let instead = (role.members > 0).then(|| {
        let none = (String::new(), "Choose one".to_owned());
        let options = std::iter::once(none).chain(others.into_iter().map(|r| (r.id.to_string(), r.name))).collect();
        let text = format!("{}. Give them another role in its place.", counted_people(role.members));
        view! {
            <p>{text}</p>
            <Select name="instead" label="Another role" options=options required=true />
        }
    });
    view! {
        <section class="panel" aria-labelledby="delete-title">
            <div class="panel__head">
                <h2 class="panel__title" id="delete-title">
                    "Delete this role"
                </h2>
            </div>
            <Form action=Delete::url() class="panel__body stack">
                <Hidden name="role" value=id />
                {instead}
                <div>
                    <button class="button button--danger button--small">"Delete the role"</button>
                </div>
            </Form>
        </section>
    }
}
