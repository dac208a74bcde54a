//! What staff are told of: the page that the bell leads to.

mod acts;
mod preferences;

pub use preferences::PreferencesPage;

use self::acts::{PREFERENCES, Read, ReadAll};
use crate::ui::{Empty, Form, Head, Hidden, Icon, Pagination, Select, Table, counted, page, thousands, time};
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::Paging;
use shop::notifications::{self, MOST_COUNTED, Notification, NotificationKind, NotificationQuery};

pub const HERE: &str = "/admin/notifications";

/// How many are unread, as the bell says it.
pub fn unread_word(unread: i64) -> String {
    if unread < MOST_COUNTED { thousands(unread) } else { format!("{}+", MOST_COUNTED - 1) }
}

#[component]
pub fn Notifications() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let query = NotificationQuery {
            kind: visit.param("kind").and_then(|word| NotificationKind::parse(&word)),
            only_unread: visit.param("show").as_deref() == Some("unread"),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let found = notifications::list(shop, staff, &query).await?;
        let unread = notifications::unread_count(&shop.db, staff).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        // all up to the newest that is shown here: what comes meanwhile stays unread
        let newest = found.items.first().map(|one| one.cursor.to_string());
        let read_all = newest.filter(|_| unread > 0 && shown == 1 && query.kind.is_none()).map(read_all);
        let rows = found.items.iter().map(row).collect_view();
        let list = match total {
            0 if query.kind.is_some() || query.only_unread => view! {
                <Empty title="Nothing to show">
                    <p>"Try another kind, or all of them."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="Nothing happened yet">
                    <p>"New orders, stock that runs low and whatever needs a look stand here."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Notifications, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="What" />
                        <Head label="When" />
                        <Head label="Actions" unseen=true />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let turn = visit.clone();
        Ok(view! {
            <Title text="Notifications" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Notifications"</h1>
                </div>
                <p class="admin-head__meta">{unread_word(unread)} " unread"</p>
                <div class="admin-head__actions">
                    {read_all} <a class="button button--secondary button--small" href=PREFERENCES>
                        <Icon name="gear" />
                        "Choose what you are told"
                    </a>
                </div>
            </header>
            {tabs(&visit, query.only_unread)}
            <section class="panel" aria-label="Notifications">
                {toolbar(&query, NotificationKind::of(staff))}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn read_all(up_to: String) -> impl IntoView {
    view! {
        <Form action=ReadAll::url() class="">
            <Hidden name="upTo" value=up_to />
            <button class="button button--small">"Mark all as read"</button>
        </Form>
    }
}

fn tabs(visit: &Visit, only_unread: bool) -> impl IntoView + use<> {
    let tab = |label: &'static str, unread: bool| {
        let href = links::with(visit, &[("show", if unread { "unread" } else { "" })]);
        view! {
            <a class="tabs__link" href=href aria-current=(only_unread == unread).then_some("page")>
                {label}
            </a>
        }
    };
    view! {
        <nav class="tabs" aria-label="Read or not">
            {tab("All", false)}
            {tab("Unread", true)}
        </nav>
    }
}

fn toolbar(query: &NotificationQuery, kinds: Vec<NotificationKind>) -> impl IntoView + use<> {
    let mut options = vec![(String::new(), "Any".to_owned())];
    options.extend(kinds.into_iter().map(|kind| (kind.word().to_owned(), kind.to_string())));
    let filtered = query.kind.is_some();
    let clear = if query.only_unread { format!("{HERE}?show=unread") } else { HERE.to_owned() };
    view! {
        <form class="toolbar" role="search">
            <Select
                name="kind"
                label="Kind"
                options=options
                value=query.kind.map(NotificationKind::word).unwrap_or_default()
                submit=true
            />
            {query.only_unread.then(|| view! { <Hidden name="show" value="unread" /> })}
            <button class="button button--secondary">"Filter"</button>
            {filtered
                .then(|| {
                    view! {
                        <a class="button button--quiet" href=clear>
                            "Clear"
                        </a>
                    }
                })}
        </form>
    }
}

fn row(one: &Notification) -> impl IntoView + use<> {
    let (id, text) = (one.id.to_string(), one.what.message().to_string());
    let same = text.clone();
    let unread = (!one.is_read).then(|| {
        view! {
            " "
            <span class="badge badge--info">"New"</span>
        }
    });
    let read = (!one.is_read).then(|| {
        view! {
            <Form action=Read::url() which=id.clone() class="table__actions">
                <Hidden name="id" value=id />
                <button class="button button--quiet button--small">
                    "Mark as read" <span class="visually-hidden">": " {same}</span>
                </button>
            </Form>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=one.what.path()>
                    {text}
                </a>
                {unread}
                <span class="table__sub">{one.what.kind().to_string()}</span>
            </th>
            <td data-label="When" class="nowrap">
                {time(one.at)}
            </td>
            <td>{read}</td>
        </tr>
    }
}

/// For the bell, as a screen reader says it.
pub fn unread_said(unread: i64) -> String {
    match unread {
        0 => "Notifications".to_owned(),
        n if n < MOST_COUNTED => counted(n, "unread notification"),
        _ => format!("More than {} unread notifications", MOST_COUNTED - 1),
    }
}
