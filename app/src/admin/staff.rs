//! Those who work here: the list, inviting somebody, and one with what they may do.

mod acts;
mod invite;
mod join;
mod show;

pub use invite::InviteStaff;
pub use join::JoinPage;
pub use show::MemberPage;

use crate::ui::{
    Empty, Field, Head, Hidden, Icon, Pagination, Select, SortHead, StatusBadge, Table, counted, date_time, page,
};
use crate::web::{links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use shop::Paging;
use shop::accounts::Permission;
use shop::accounts::roles::{self, Role};
use shop::accounts::staff::{self, AccountKind, Member, MemberQuery, MemberSort, MemberState};
use shop::id::UserId;

const HERE: &str = "/admin/staff";

fn address(id: UserId) -> String {
    format!("{HERE}/{id}")
}

#[component]
pub fn StaffList() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let query = MemberQuery {
            search: visit.param("q").unwrap_or_default(),
            state: visit.param("state").and_then(|word| MemberState::parse(&word)),
            role: visit.param("role").and_then(|id| id.parse().ok()),
            sort: visit.param("sort").and_then(|word| MemberSort::parse(&word)).unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let found = staff::list(shop, staff, &query).await?;
        let all_roles = roles::list(shop, staff).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.into_iter().map(row).collect_view();
        let sort = query.sort.word();
        let filtered = !query.search.trim().is_empty() || query.state.is_some() || query.role.is_some();
        let list = match total {
            0 => view! {
                <Empty title="Nobody fits">
                    <p>"Try fewer words, or another filter."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Staff, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <SortHead label="Name" up="name:asc" down="name:desc" now=sort />
                        <Head label="State" />
                        <Head label="Roles" />
                        <SortHead label="Last seen" up="seen:asc" down="seen:desc" now=sort />
                        <SortHead label="Since" up="created:asc" down="created:desc" now=sort />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let invite = staff.can(Permission::StaffWrite).then(|| {
            view! {
                <div class="admin-head__actions">
                    <a class="button button--small" href="/admin/staff/invite">
                        <Icon name="plus" />
                        "Invite somebody"
                    </a>
                </div>
            }
        });
        let turn = visit.clone();
        Ok(view! {
            <Title text="Staff" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Staff"</h1>
                </div>
                <p class="admin-head__meta">
                    {if total == 1 { "1 person".to_owned() } else { format!("{total} people") }}
                </p>
                {invite}
            </header>
            <section class="panel" aria-label="Staff">
                {toolbar(&query, &all_roles, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn toolbar(query: &MemberQuery, roles: &[Role], filtered: bool) -> impl IntoView + use<> {
    let any = || (String::new(), "Any".to_owned());
    let states = MemberState::ALL.map(|state| (state.word().to_owned(), state.to_string()));
    let states = std::iter::once(any()).chain(states).collect();
    let roles = roles.iter().map(|role| (role.id.to_string(), role.name.clone()));
    let roles = std::iter::once(any()).chain(roles).collect();
    let sort = query.sort;
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="Name, e-mail"
                class="toolbar__search"
            />
            <Select
                name="state"
                label="State"
                options=states
                value=query.state.map(MemberState::word).unwrap_or_default()
            />
            <Select
                name="role"
                label="Role"
                options=roles
                value=query.role.map(|id| id.to_string()).unwrap_or_default()
            />
            {(sort != MemberSort::default()).then(|| view! { <Hidden name="sort" value=sort.word() /> })}
            <button class="button button--secondary">"Filter"</button>
            {filtered
                .then(|| {
                    view! {
                        <a class="button button--quiet" href=HERE>
                            "Clear"
                        </a>
                    }
                })}
        </form>
    }
}

fn row(member: Member) -> impl IntoView {
    let seen = member.last_seen_at.map_or_else(|| "Never".to_owned(), date_time);
    let name = member.name();
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(member.id)>
                    {name}
                </a>
                <span class="table__sub">{member.email.clone()}</span>
            </th>
            <td data-label="State">
                <StatusBadge status=member.state />
            </td>
            <td data-label="Roles">{may_do(&member)}</td>
            <td data-label="Last seen" class="nowrap">
                {seen}
            </td>
            <td data-label="Since" class="nowrap">
                {date_time(member.created_at)}
            </td>
        </tr>
    }
}

/// What somebody may do, in short.
fn may_do(member: &Member) -> String {
    match member.account_kind {
        AccountKind::Admin => "Admin: everything".to_owned(),
        AccountKind::Customer => "Does not work here".to_owned(),
        AccountKind::Staff if member.roles.is_empty() => "No role".to_owned(),
        AccountKind::Staff => member.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

fn crumbs(here: String) -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href=HERE>"Staff"</a>
                </li>
                <li aria-current="page">{here}</li>
            </ol>
        </nav>
    }
}

fn counted_devices(n: u64) -> String {
    counted(i64::try_from(n).unwrap_or(i64::MAX), "device")
}
