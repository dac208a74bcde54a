//! What stands beside every page of the account.

use crate::storefront::sign_in::Leave;
use crate::ui::{Form, Icon};
use crate::web::Visit;
use crate::words::Words;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;

fn pages() -> [(&'static str, Words, &'static str); 7] {
    [
        ("/account", t!("account-overview"), "user"),
        ("/account/orders", t!("account-orders"), "receipt"),
        ("/account/addresses", t!("account-addresses"), "home"),
        ("/account/cards", t!("account-cards"), "card"),
        ("/account/watches", t!("account-watches"), "mail"),
        ("/account/profile", t!("account-profile"), "edit"),
        ("/account/devices", t!("account-devices"), "device"),
    ]
}

/// Links to all pages of the account beside the content of one.
pub fn account(visit: &Visit, title: Words, content: impl IntoView + 'static) -> AnyView {
    let path = visit.path.clone();
    let here = move |href: &str| path == href || (href != "/account" && path.starts_with(&format!("{href}/")));
    let links = pages()
        .into_iter()
        .map(|(href, name, icon)| {
            let current = here(href).then_some("page");
            view! {
                <li>
                    <a class="side-nav__link" href=href aria-current=current>
                        <Icon name=icon />
                        {name}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Title text=title.into_owned() />
        <Meta name="robots" content="noindex" />
        <div class="container">
            <div class="columns columns--start">
                <nav class="side-nav" aria-label=t!("account-your-account")>
                    <ul class="side-nav__list">
                        {links} <li>
                            <Form action=Leave::url() anyones=true class="">
                                <button class="side-nav__link link">
                                    <Icon name="logout" />
                                    {t!("account-sign-out")}
                                </button>
                            </Form>
                        </li>
                    </ul>
                </nav>
                <div>{content}</div>
            </div>
        </div>
    }
    .into_any()
}
