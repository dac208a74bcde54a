//! One import: how far it is, and what it did.

use super::{HERE, address, named};
use crate::ui::{Empty, Head, Live, Notice, StatusBadge, Table, counted, date_time, page, thousands};
use crate::web::flash::Tone;
use crate::web::live::follows_one;
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use shop::Error;
use shop::accounts::Permission;
use shop::catalog::import::desk::{self, Imported};
use shop::catalog::import::{Failure, Report};
use shop::id::ImportId;
use shop::live::LiveTopic;

#[component]
pub fn ImportPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("import"));
    page(async move {
        let staff = visit.staff()?;
        staff.may(Permission::CatalogWrite)?;
        let id: ImportId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let follows = follows_one(&visit, LiveTopic::Import(id)).await?;
        let import = desk::get(visit.shop(), staff, id).await?;
        let status = import.status;
        let title = named(&import.file_name);
        let body = match import.status.is_over() {
            true => ended(&import).into_any(),
            false => running(&import).into_any(),
        };
        let sent = view! {
            "Sent by "
            {import.staff_name.clone()}
            ", "
            {date_time(import.created_at)}
        };
        Ok(view! {
            <Title text=format!("Import of {title}") />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=HERE>"Import"</a>
                    </li>
                    <li aria-current="page">{title.clone()}</li>
                </ol>
            </nav>
            <Live id="import" follows=follows>
                <header class="admin-head">
                    <div class="admin-head__title">
                        <h1>{title}</h1>
                        <StatusBadge status=status />
                    </div>
                    <p class="admin-head__meta">{sent}</p>
                </header>
                {body}
            </Live>
        })
    })
}

/// Without scripts the page loads itself anew until the import is over; without that, there is a link.
fn running(import: &Imported) -> impl IntoView + use<> {
    let (done, all) = (import.bytes_read.min(import.bytes), import.bytes.max(1));
    let far = format!("{} %", done * 100 / all);
    let read =
        format!("{} read, {} looked at.", counted(import.rows_read, "row"), counted(import.products_read, "product"));
    let words = match import.started_at {
        None => "it waits for its turn.".to_owned(),
        Some(_) => read,
    };
    view! {
        <noscript>
            <meta http-equiv="refresh" content="2" />
        </noscript>
        <section class="panel" aria-labelledby="progress">
            <div class="panel__head">
                <h2 class="panel__title" id="progress">
                    "Progress"
                </h2>
            </div>
            <div class="panel__body stack">
                <progress
                    class="progress"
                    max=all.to_string()
                    value=done.to_string()
                    aria-label="How much of the file is read"
                >
                    {far.clone()}
                </progress>
                <p role="status">{far} ": " {words}</p>
                <p>
                    "It goes on in the background: you may leave this page, and find it again under Import. "
                    <a href=address(import.id)>"Look again"</a>
                </p>
            </div>
        </section>
    }
}

fn ended(import: &Imported) -> impl IntoView + use<> {
    let problem = import.problem.clone().map(|why| {
        view! {
            <Notice tone=Tone::Danger title="The import failed">
                <p>{why}</p>
            </Notice>
        }
    });
    let report = import.report.clone().map(|report| report_table(import, report));
    view! {
        {problem}
        {report}
    }
}

fn report_table(import: &Imported, report: Report) -> impl IntoView + use<> {
    let figure = |label: &'static str, n: u64| {
        view! {
            <dt>{label}</dt>
            <dd>{thousands(i64::try_from(n).unwrap_or(i64::MAX))}</dd>
        }
    };
    let stock = import.options.untracked_stock.trimmed().to_owned();
    let uncounted = (report.uncounted > 0).then(|| {
        let text = format!(
            "The file does not count the stock of {}: they are sold out here until stock is received. Send the file again \
             with a number for such stock, and each gets that many.",
            counted(i64::try_from(report.uncounted).unwrap_or(i64::MAX), "variant"),
        );
        view! {
            <Notice tone=Tone::Warning>
                <p>{text}</p>
            </Notice>
        }
    });
    let pictures = (report.pictures_queued > 0).then(|| {
        let n = counted(i64::try_from(report.pictures_queued).unwrap_or(i64::MAX), "picture");
        view! { <p>{n} " to be fetched in the background: " <a href="/admin/products/pictures">"Pictures by address"</a></p> }
    });
    let finished = import.finished_at.map(|at| view! { <p>"Finished " {date_time(at)}</p> });
    view! {
        {uncounted}
        <section class="panel" aria-labelledby="outcome">
            <div class="panel__head">
                <h2 class="panel__title" id="outcome">
                    "What it did"
                </h2>
            </div>
            <div class="panel__body stack">
                <dl class="facts">
                    {figure("Created", report.created)} {figure("Updated", report.updated)}
                    {figure("Unchanged", report.unchanged)} {figure("Rows left out", report.failures)}
                    {figure("Kept otherwise", report.notes)}
                </dl>
                {(!stock.is_empty()).then(|| view! { <p>"Stock of what the file does not count: " {stock}</p> })}
                {pictures}
                {finished}
                <p>
                    <a href="/admin/products">"To the products"</a>
                </p>
            </div>
        </section>
        {lines("left-out", "Left out", "Every row of the file is in the shop.", report.failed, report.failures)}
        {lines("otherwise", "Kept otherwise than in the file", "All is as the file says.", report.noted, report.notes)}
    }
}

/// Rows with what is to be said of them.
fn lines(id: &'static str, title: &'static str, none: &'static str, lines: Vec<Failure>, all: u64) -> impl IntoView {
    let more = all.saturating_sub(lines.len() as u64);
    let more = (more > 0).then(|| {
        let n = thousands(i64::try_from(more).unwrap_or(i64::MAX));
        view! { <p class="panel__body muted">"… and " {n} " more."</p> }
    });
    let list = match lines.is_empty() {
        true => view! { <Empty title=none /> }.into_any(),
        false => {
            let rows = lines
                .into_iter()
                .map(|line| {
                    view! {
                        <tr>
                            <th scope="row" class="num">
                                {line.line}
                            </th>
                            <td data-label="What">{line.reason}</td>
                        </tr>
                    }
                })
                .collect_view();
            let head = view! {
                <Head label="Line" number=true />
                <Head label="What" />
            };
            view! {
                <Table label=title class="table" head=head>
                    {rows}
                </Table>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel__head">
                <h2 class="panel__title" id=id>
                    {title}
                </h2>
            </div>
            {list}
            {more}
        </section>
    }
}
