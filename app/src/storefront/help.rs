//! Delivery, returns, contact, privacy: one page, from the shop's own settings.

use super::seo::Seo;
use crate::storefront::frame::round;
use crate::ui::{breadcrumb, counted, page};
use crate::web::use_visit;
use leptos::prelude::*;
use shop::settings;

#[component]
pub fn Help() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let settings = settings::current(visit.shop()).await?;
        let seo = Seo {
            title: "Delivery and help".into(),
            description: "What delivery costs and how long it takes, how to bring something back, how to reach us."
                .into(),
            canonical: "/help".into(),
            ..Seo::default()
        };
        let methods = settings
            .shipping_methods
            .iter()
            .map(|m| {
                let price = if m.price.minor == 0 { "Free".to_owned() } else { m.price.to_string() };
                let free = m.free_from.map(|from| format!(", free from {}", round(from)));
                view! {
                    <div>
                        <dt>{m.name.clone()} " · " {price} {free}</dt>
                        <dd>{m.description.clone()}</dd>
                    </div>
                }
            })
            .collect_view();
        let mail = settings.contact_email.clone();
        let phone = settings.contact_phone.clone();
        let address = Some(settings.address_lines.join(", ")).filter(|lines| !lines.is_empty());
        let returns = match settings.return_days {
            0 => String::new(),
            days => format!("You have {} to send back anything that is unused. ", counted(days.into(), "day")),
        };
        Ok(view! {
            {seo.view(&visit)}
            <div class="container container--narrow">
                {breadcrumb(Vec::new(), "Delivery and help".into())} <header class="page-head">
                    <h1>"Delivery and help"</h1>
                </header> <div class="prose">
                    <h2 id="delivery">"Delivery"</h2>
                    <dl class="spec">{methods}</dl>
                    <p>"You see what delivery costs before you order. As soon as a parcel leaves us you get a mail with its number."</p>
                    <h2 id="returns">"Returns"</h2>
                    <p>
                        {returns} "Write to us first, with the number of your order, and we tell you where to send it. The money goes back the way it came."
                    </p>
                    <h2 id="order">"Find an order"</h2>
                    <p>
                        "The mail that confirmed your order holds a link to it that works without an account. Orders that you made while signed in are under "
                        <a href="/account/orders">"your orders"</a> "."
                    </p>
                    <h2 id="contact">"Contact"</h2>
                    <p>
                        "Write to " <a href=format!("mailto:{mail}")>{mail.clone()}</a>
                        {phone.map(|phone| format!(", or call {phone}"))} "."
                        {address.map(|address| format!(" Our address: {address}."))}
                    </p>
                    <h2 id="privacy">"Privacy and cookies"</h2>
                    <p>
                        "We keep what an order needs: your name, addresses, e-mail address, and what you bought. Cards are handled by Stripe on its own page; we never see their numbers. We set four cookies: one for your cart, one for your visit, one by which your browser is known when you sign in again, and, for an hour at most, one by which you find a form again that you sent after you were signed out. We set none for anybody else. Nothing here follows you around."
                    </p>
                </div>
            </div>
        })
    })
}
