//! What one person is told of, and how.

use super::acts::Choose;
use crate::ui::{Empty, Form, Head, Hidden, Table, form_state, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::notifications::{self, Mailing, Preference};
use shop::settings;

#[component]
pub fn PreferencesPage() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let all = notifications::preferences(shop, staff).await?;
        let settings = settings::current(shop).await?;
        let (hour, zone) = (settings.digest_hour, settings.time_zone);
        let form = match all.is_empty() {
            true => view! {
                <Empty title="Nothing to choose">
                    <p>"You are told of what you may see. Ask whoever looks after roles."</p>
                </Empty>
            }
            .into_any(),
            false => view! {
                <Form action=Choose::url() class="panel__body form">
                    {rows(all)}
                    <div class="form__actions">
                        <button class="button">"Save"</button>
                    </div>
                </Form>
            }
            .into_any(),
        };
        Ok(view! {
            <Title text="What you are told" />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=super::HERE>"Notifications"</a>
                    </li>
                    <li aria-current="page">"What you are told"</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"What you are told"</h1>
                </div>
                <p class="admin-head__meta">
                    {format!("Mail goes to {}; the daily one from {hour}:00 on ({zone}).", staff.email())}
                </p>
            </header>
            <section class="panel" aria-label="What you are told">
                {form}
            </section>
        })
    })
}

fn rows(all: Vec<Preference>) -> impl IntoView {
    let rows = move || all.iter().enumerate().map(|(n, one)| row(n, one)).collect_view();
    view! {
        <Table
            label="Kinds, scrolls sideways"
            class="table table--cards"
            head=view! {
                <Head label="What happened" />
                <Head label="In the bell" />
                <Head label="Mail" />
            }
        >
            {rows()}
        </Table>
    }
}

fn row(n: usize, one: &Preference) -> impl IntoView + use<> {
    let state = form_state();
    let (kind, name) = (one.kind.to_string(), |field: &str| format!("preferences[{n}][{field}]"));
    let in_bell = state.ticked(&name("inBell"), one.in_bell);
    let mail = state.value(&name("mail"), one.mail.word());
    let options = Mailing::ALL.map(|mailing| {
        view! {
            <option value=mailing.word() selected=mail == mailing.word()>
                {mailing.to_string()}
            </option>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <Hidden name=name("kind") value=one.kind.word() />
                {kind.clone()}
            </th>
            <td data-label="In the bell">
                <input
                    type="checkbox"
                    name=name("inBell")
                    value="true"
                    checked=in_bell
                    aria-label=format!("{kind} in the bell")
                />
            </td>
            <td data-label="Mail">
                <select class="select" name=name("mail") aria-label=format!("Mail about {kind}")>
                    {options.collect_view()}
                </select>
            </td>
        </tr>
    }
}
