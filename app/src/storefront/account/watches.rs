//! What the customer wants to be told of.

use super::frame::account;
use crate::storefront::paths::variant_path;
use crate::ui::{Form, Head, Hidden, Icon, Pagination, StatusBadge, Table, date, page};
use crate::web::{Done, Next, form, use_visit};
use crate::words::locale;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::input::Raw;
use shop::watches::{self, Watch};
use shop::{Error, Paging};

const HERE: &str = "/account/watches";
const ON_A_PAGE: u32 = 20;

#[server]
pub async fn end(id: Raw) -> Done {
    form(|visit| async move {
        let id = id.trimmed().parse().map_err(|_| Error::NotFound)?;
        watches::end_mine(visit.shop(), visit.customer()?, id).await?;
        Ok(Next::to(HERE).say(t!("account-watch-ended")))
    })
    .await
}

#[component]
pub fn Watches() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let number = visit.param("page").and_then(|n| n.parse().ok()).unwrap_or(1);
        let watches = watches::mine(visit.shop(), visit.customer()?, Paging::new(number, ON_A_PAGE)).await?;
        let (here, pages) = (watches.page, watches.total_pages());
        let list = match watches.items.is_empty() {
            true if here > 1 => view! {
                <p>
                    {rich!(
                        "account-nothing-on-this-page", link = view! {
                        <a href=HERE>{t!("account-to-latest-watches")}</a>
                    }
                    )}
                </p>
            }
            .into_any(),
            true => none().into_any(),
            false => table(&watches.items).into_any(),
        };
        let content = view! {
            <header class="page-head">
                <h1>{t!("account-watches")}</h1>
                <p class="page-head__lead">{t!("account-watches-text")}</p>
            </header>
            {list}
            <Pagination page=here pages=pages href=|n| format!("{HERE}?page={n}") />
        };
        Ok(account(&visit, t!("account-watches"), content))
    })
}

fn none() -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name="mail" large=true />
            <p class="empty__title">{t!("account-no-watches")}</p>
            <p>{t!("account-no-watches-text")}</p>
            <a class="button" href="/">
                {t!("account-look-around")}
            </a>
        </div>
    }
}

fn table(watches: &[Watch]) -> impl IntoView + use<> {
    let rows = watches.iter().map(row).collect_view();
    view! {
        <Table
            label=t!("account-watches")
            class="table table--cards"
            head=view! {
                <Head label=t!("account-watch-product") />
                <Head label=t!("account-watch-of") />
                <Head label=t!("account-watch-state") />
                <Head label=t!("account-watch-since") />
                <Head label=t!("account-actions") unseen=true />
            }
        >
            {rows}
        </Table>
    }
}

fn row(watch: &Watch) -> impl IntoView + use<> {
    let (id, name) = (watch.id.to_string(), watch.name.clone());
    let product = match watch.is_for_sale {
        true => view! {
            <a class="table__main" href=variant_path(&watch.slug, &watch.sku)>
                {name.clone()}
            </a>
        }
        .into_any(),
        false => view! { <strong>{name.clone()}</strong> }.into_any(),
    };
    let about = match watch.is_for_sale {
        true => t!("account-watch-price", price = watch.price, seen = watch.price_seen),
        false => t!("account-watch-not-for-sale"),
    };
    let variant = (!watch.variant_name.is_empty())
        .then(|| view! { <span class="table__sub">{watch.variant_name.clone()}</span> });
    view! {
        <tr>
            <th scope="row">{product} {variant} <span class="table__sub">{about}</span></th>
            <td data-label=t!("account-watch-of")>{watch.kind.say(locale())}</td>
            <td data-label=t!("account-watch-state")>
                <StatusBadge status=watch.status />
            </td>
            <td data-label=t!("account-watch-since")>{date(watch.created_at)}</td>
            <td>
                <Form action=End::url() which=id.clone() class="table__actions">
                    <Hidden name="id" value=id />
                    <button class="link link--danger">
                        {t!("account-watch-end")}
                        <span class="visually-hidden">" " {t!("account-watch-of-what", name = name)}</span>
                    </button>
                </Form>
            </td>
        </tr>
    }
}
