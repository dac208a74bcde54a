//! Delivery, returns, contact, privacy: one page, from the shop's own settings.

use super::seo::Seo;
use crate::ui::{breadcrumb, free_or, page, round_money};
use crate::web::use_visit;
use leptos::prelude::*;
use shop::settings;

#[component]
pub fn Help() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let settings = settings::current(visit.shop()).await?;
        let seo = Seo {
            title: t!("help-delivery-and-help").into_owned(),
            description: t!("help-about").into_owned(),
            canonical: "/help".into(),
            ..Seo::default()
        };
        let methods = settings
            .shipping_methods
            .iter()
            .map(|m| {
                let price = free_or(m.price);
                let price = match m.free_from {
                    Some(from) => t!("help-free-from", price = price, from = round_money(from)).into_owned(),
                    None => price,
                };
                view! {
                    <div>
                        <dt>{m.name.clone()} " · " {price}</dt>
                        <dd>{m.description.clone()}</dd>
                    </div>
                }
            })
            .collect_view();
        let mail = settings.contact_email.clone();
        let write = move || view! { <a href=format!("mailto:{mail}")>{mail.clone()}</a> };
        let phone = settings.contact_phone.clone();
        let address = Some(settings.address_lines.join(", ")).filter(|lines| !lines.is_empty());
        let returns = match settings.return_days {
            0 => None,
            days => Some(t!("help-days-to-send-back", count = days)),
        };
        Ok(view! {
            {seo.view(&visit)}
            <div class="container container--narrow">
                {breadcrumb(Vec::new(), t!("help-delivery-and-help").into_owned())} <header class="page-head">
                    <h1>{t!("help-delivery-and-help")}</h1>
                </header> <div class="prose">
                    <h2 id="delivery">{t!("help-delivery")}</h2>
                    <dl class="spec">{methods}</dl>
                    <p>{t!("help-delivery-text")}</p>
                    <h2 id="returns">{t!("help-returns")}</h2>
                    <p>
                        {returns
                            .map(|returns| {
                                view! {
                                    {returns}
                                    " "
                                }
                            })} {t!("help-returns-text")}
                    </p>
                    <h2 id="order">{t!("help-find-an-order")}</h2>
                    <p>
                        {rich!(
                            "help-where-orders-are", link = view! {
                            <a href="/account/orders">{t!("help-your-orders")}</a>
                        }
                        )}
                    </p>
                    <h2 id="contact">{t!("help-contact")}</h2>
                    <p>
                        {match phone {
                            Some(phone) => rich!("help-write-or-call", [phone = phone], mail = write()).into_any(),
                            None => rich!("help-write", mail = write()).into_any(),
                        }}
                        {address
                            .map(|address| {
                                view! {
                                    " "
                                    {t!("help-our-address", address = address)}
                                }
                            })}
                    </p>
                    <h2 id="privacy">{t!("help-privacy-and-cookies")}</h2>
                    <p>{t!("help-privacy-text")}</p>
                </div>
            </div>
        })
    })
}
