//! Mail that went into the folder, for development. Elsewhere these addresses are not there.

use crate::ui::{Head, Icon, Table, date_time, page};
use crate::web::{Visit, error_page, use_visit};
use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use shop::Error;
use shop::email::{StoredMail, list_folder, read_folder};

fn folder(visit: &Visit) -> shop::Result<&std::path::Path> {
    let folder = visit.app.shop.mailer.folder().filter(|_| visit.is_development());
    folder.ok_or(Error::NotFound)
}

#[component]
pub fn Mails() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let mails = list_folder(folder(&visit)?).await?;
        let list = match mails.is_empty() {
            true => view! {
                <div class="empty">
                    <Icon name="mail" large=true />
                    <p class="empty__title">"No mail yet"</p>
                    <p>"What the shop sends in development lands here instead of leaving."</p>
                </div>
            }
            .into_any(),
            false => table(&mails).into_any(),
        };
        Ok(view! {
            <Title text="Mail" />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <header class="page-head">
                    <h1>"Mail"</h1>
                </header>
                {list}
            </div>
        })
    })
}

fn table(mails: &[StoredMail]) -> impl IntoView + use<> {
    let rows = mails
        .iter()
        .map(|mail| {
            view! {
                <tr>
                    <th scope="row">
                        <a class="table__main" href=format!("/dev/mail/{}", mail.id)>
                            {mail.subject.clone()}
                        </a>
                    </th>
                    <td data-label="To">{mail.to.clone()}</td>
                    <td data-label="Time" class="nowrap">
                        {date_time(mail.date)}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table
            label="Mail"
            class="table table--cards"
            head=view! {
                <Head label="Subject" />
                <Head label="To" />
                <Head label="Time" />
            }
        >
            {rows}
        </Table>
    }
}

#[component]
pub fn Mail() -> impl IntoView {
    let (visit, params) = (use_visit(), use_params_map());
    let id = params.with_untracked(|p| p.get("id")).unwrap_or_default();
    page(async move {
        let mail = read_folder(folder(&visit)?, &id).await?;
        Ok(view! {
            <Title text=mail.subject.clone() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <header class="page-head">
                    <p>
                        <a href="/dev/mail">"All mail"</a>
                    </p>
                    <h1>{mail.subject}</h1>
                    <p class="page-head__lead">{format!("To {}, {}", mail.to, date_time(mail.date))}</p>
                </header>
                <div class="stack">
                    <p>
                        <a class="button button--secondary" href=format!("/dev/mail/{}/html", mail.id)>
                            "As a mail program shows it"
                        </a>
                    </p>
                    <pre class="mail-text">{linked(&mail.text)}</pre>
                </div>
            </div>
        })
    })
}

/// Addresses in the text become links.
fn linked(text: &str) -> impl IntoView + use<> {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let address = word.trim_end();
            match address.starts_with("http://") || address.starts_with("https://") {
                true => {
                    let after = word.get(address.len()..).unwrap_or_default().to_owned();
                    view! {
                        <a href=address.to_owned()>{address.to_owned()}</a>
                        {after}
                    }
                    .into_any()
                }
                false => word.to_owned().into_any(),
            }
        })
        .collect_view()
}

/// The mail's own HTML, which may style itself and do nothing else.
pub async fn html(Extension(visit): Extension<Visit>, Path(id): Path<String>) -> Response {
    let mail = match folder(&visit) {
        Ok(folder) => read_folder(folder, &id).await,
        Err(e) => Err(e),
    };
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'";
    match mail {
        Ok(mail) => {
            let headers: [(HeaderName, &str); 1] = [(header::CONTENT_SECURITY_POLICY, POLICY)];
            (headers, Html(mail.html)).into_response()
        }
        Err(e) => error_page::of(&e, Some(&visit)),
    }
}
