//! Work in the background: what waits, what failed and why, what happens by the clock.

mod acts;

use self::acts::{Delete, Retry, RetryAll};
use crate::ui::{
    Empty, Field, Form, Head, Hidden, Icon, Live, Pagination, StatusBadge, Table, counted, date_time, page, thousands,
};
use crate::web::live::follows_one;
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::Paging;
use shop::accounts::Permission;
use shop::jobs::{self, Counts, JobQuery, JobState, Queued};
use shop::live::LiveTopic;
use shop::worker;

const HERE: &str = "/admin/jobs";

#[component]
pub fn Jobs() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let follows = follows_one(&visit, LiveTopic::AdminJobs).await?;
        let query = JobQuery {
            state: visit.param("state").and_then(|word| JobState::parse(&word)),
            search: visit.param("q").unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let (found, counts) = jobs::list(shop, staff, &query).await?;
        let rounds = worker::rounds(shop, staff).await?;
        let may_write = staff.can(Permission::JobsWrite);
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.into_iter().map(|job| row(job, may_write)).collect_view();
        let filtered = !query.search.trim().is_empty();
        let dead = counts[3];
        let list = match total {
            0 if filtered => view! {
                <Empty title="No job fits">
                    <p>"Try fewer words, or another tab."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="Nothing here">
                    <p>"Work appears here while it waits, and stays when it fails."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Jobs, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="Job" />
                        <Head label="State" />
                        <Head label="Tries" number=true />
                        <Head label="Due" />
                        <Head label="Reason" />
                        <Head label="Actions" unseen=true />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let retry_all = (may_write && dead > 0).then(|| {
            view! {
                <div class="admin-head__actions">
                    <Form action=RetryAll::url() class="">
                        <button class="button button--small">{format!("Retry all {}", thousands(dead))}</button>
                    </Form>
                </div>
            }
        });
        let turn = visit.clone();
        Ok(view! {
            <Title text="Jobs" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Jobs"</h1>
                </div>
                <p class="admin-head__meta">{counted(counts.iter().sum(), "job")} " in the queue"</p>
                {retry_all}
            </header>
            {tabs(&visit, query.state, counts)}
            <section class="panel" aria-label="Jobs">
                <form class="toolbar" role="search">
                    <Field
                        name="q"
                        label="Search"
                        kind="search"
                        value=query.search.clone()
                        placeholder="Kind, id, reason"
                        class="toolbar__search"
                    />
                    {query.state.map(|state| view! { <Hidden name="state" value=state.word() /> })}
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
                <Live id="jobs" follows=follows>
                    {list}
                </Live>
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
            {clock(rounds)}
        })
    })
}

fn tabs(visit: &Visit, now: Option<JobState>, counts: Counts) -> impl IntoView + use<> {
    let tab = |state: Option<JobState>, label: &str, n: i64| {
        let href = links::with(visit, &[("state", state.map(JobState::word).unwrap_or_default())]);
        let label = format!("{label} ");
        view! {
            <a class="tabs__link" href=href aria-current=(now == state).then_some("page")>
                {label}
                <span class="tabs__count">{thousands(n)}</span>
            </a>
        }
    };
    let some = JobState::ALL.into_iter().zip(counts).map(|(state, n)| tab(Some(state), &state.to_string(), n));
    let some = some.collect_view();
    view! {
        <nav class="tabs" aria-label="State">
            {tab(None, "All", counts.iter().sum())}
            {some}
        </nav>
    }
}

/// `send_order_confirmation` as people read it.
fn named(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn row(job: Queued, may_write: bool) -> impl IntoView {
    let of: Vec<String> = job.payload.as_object().map_or_else(Vec::new, |fields| {
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        fields.iter().map(|(name, value)| format!("{name} {}", text(value))).collect()
    });
    let acts = (may_write && job.state != JobState::Running).then(|| {
        let (id, same) = (job.id.to_string(), job.id.to_string());
        let failed = matches!(job.state, JobState::Retrying | JobState::Dead);
        view! {
            <div class="cluster">
                <Form action=Retry::url() class="">
                    <Hidden name="job" value=id />
                    <button class="button button--secondary button--small">
                        {if job.state == JobState::Waiting { "Run now" } else { "Retry" }}
                    </button>
                </Form>
                // what waits for its time was promised to somebody; what failed may be given up
                {failed
                    .then(|| {
                        view! {
                            <Form action=Delete::url() class="">
                                <Hidden name="job" value=same />
                                <button class="button button--quiet button--small">
                                    <Icon name="trash" />
                                    "Delete"
                                </button>
                            </Form>
                        }
                    })}
            </div>
        }
    });
    view! {
        <tr>
            <th scope="row">{named(&job.kind)} <span class="table__sub mono">{of.join(", ")}</span></th>
            <td data-label="State">
                <StatusBadge status=job.state />
            </td>
            <td class="num" data-label="Tries">
                {job.attempts}
                " of "
                {job.max_attempts}
            </td>
            <td data-label="Due" class="nowrap">
                {date_time(job.run_at)}
            </td>
            <td data-label="Reason">
                {job.last_error.map(|reason| view! { <span class="diff small">{reason}</span> })}
            </td>
            <td>{acts}</td>
        </tr>
    }
}

fn clock(rounds: Vec<worker::Round>) -> impl IntoView {
    let rows = rounds
        .into_iter()
        .map(|round| {
            let at =
                |at: Option<chrono::DateTime<chrono::Utc>>, never: &str| at.map_or_else(|| never.to_owned(), date_time);
            view! {
                <tr>
                    <th scope="row">{named(&round.kind)}</th>
                    <td data-label="When (UTC)" class="mono">
                        {round.when}
                    </td>
                    <td data-label="Last" class="nowrap">
                        {at(round.last, "Never")}
                    </td>
                    <td data-label="Next" class="nowrap">
                        {at(round.next, "Never")}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="clock">
            <div class="panel__head">
                <h2 class="panel__title" id="clock">
                    "By the clock"
                </h2>
            </div>
            <Table
                label="Schedules, scrolls sideways"
                class="table table--cards"
                head=view! {
                    <Head label="Job" />
                    <Head label="When (UTC)" />
                    <Head label="Last" />
                    <Head label="Next" />
                }
            >
                {rows}
            </Table>
        </section>
    }
}
