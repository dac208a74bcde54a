//! Roles: the list, and one with what it lets people do.

mod acts;
mod edit;

pub use edit::{EditRole, NewRole};

use crate::ui::{Empty, Head, Icon, Table, counted, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use shop::accounts::Permission;
use shop::accounts::roles::{self, Role};
use shop::id::RoleId;

const HERE: &str = "/admin/roles";

fn address(id: RoleId) -> String {
    format!("{HERE}/{id}")
}

#[component]
pub fn Roles() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let all = roles::list(visit.shop(), staff).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let rows = all.into_iter().map(row).collect_view();
        let list = match total {
            0 => view! {
                <Empty title="No roles yet">
                    <p>"A role says what those who have it may do. Admins need none."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Roles, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="Role" />
                        <Head label="May do" />
                        <Head label="People" number=true />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let new = staff.can(Permission::StaffWrite).then(|| {
            view! {
                <div class="admin-head__actions">
                    <a class="button button--small" href="/admin/roles/new">
                        <Icon name="plus" />
                        "New role"
                    </a>
                </div>
            }
        });
        Ok(view! {
            <Title text="Roles" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Roles"</h1>
                </div>
                <p class="admin-head__meta">{counted(total, "role")}</p>
                {new}
            </header>
            <section class="panel" aria-label="Roles">
                {list}
            </section>
        })
    })
}

fn row(role: Role) -> impl IntoView {
    let people = match role.members {
        0 => "0".into_any(),
        n => view! { <a href=format!("/admin/staff?role={}", role.id)>{n}</a> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(role.id)>
                    {role.name}
                </a>
                <span class="table__sub">{role.description}</span>
            </th>
            <td data-label="May do">{counted(i64::try_from(role.permissions.len()).unwrap_or(i64::MAX), "thing")}</td>
            <td class="num" data-label="People">
                {people}
            </td>
        </tr>
    }
}

fn crumbs(here: String) -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href=HERE>"Roles"</a>
                </li>
                <li aria-current="page">{here}</li>
            </ol>
        </nav>
    }
}
