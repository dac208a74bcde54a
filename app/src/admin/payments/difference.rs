//! One difference: what either side knows of it, and what can be done.

use super::acts::Dismiss;
use super::differences::{button, outcome};
use crate::ui::{Form, Hidden, StatusBadge, TextArea, fulfilment_badge, page, payment_badge, time};
use crate::web::use_visit;
use crate::words::locale;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::Permission;
use shop::id::DifferenceId;
use shop::orders::{Fulfilment, PaymentWord};
use shop::payments::{self, Difference, DifferenceKind, DifferenceStatus, Repair};

#[component]
pub fn DifferencePage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("difference"));
    page(async move {
        let staff = visit.staff()?;
        let id: DifferenceId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let one = payments::difference(visit.shop(), staff, id).await?;
        let acts = staff.can(Permission::OrdersRefund) && one.status == DifferenceStatus::Open;
        let title = one.kind.to_string();
        let (opened, resolved) = (time(one.opened_at), one.resolved_at.map(time));
        Ok(view! {
            <Title text=title.clone() />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href="/admin/payments">"Payments"</a>
                    </li>
                    <li>
                        <a href="/admin/payments/differences">"Differences from Stripe"</a>
                    </li>
                    <li aria-current="page">{one.number.clone().unwrap_or_else(|| "No order".to_owned())}</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{title}</h1>
                </div>
                <p class="admin-head__meta">
                    "Found " {opened} " · " {outcome(&one)}
                    {resolved
                        .map(|at| {
                            view! {
                                " · "
                                {at}
                            }
                        })}
                </p>
            </header>
            <p class="prose">{explanation(one.kind)}</p>
            <div class="grid--2">{theirs(&one)} {ours(&one)}</div>
            {acts.then(|| to_do(&one))}
        })
    })
}

fn explanation(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::UnbookedPayment => {
            "Stripe took this money for this shop, and our books do not have it as paid. Usually a message was lost."
        }
        DifferenceKind::ForeignPayment => {
            "Stripe took this money without this shop’s marks on it: another program shares the account. It is not ours to move; \
             it is listed so that nothing is overlooked, and counted nowhere."
        }
        DifferenceKind::PaymentNotAtStripe => {
            "Our books count this payment as paid, and Stripe does not have it, or not as paid. Check first that the shop uses \
             the key of the right account."
        }
        DifferenceKind::OrderWithoutPayment => {
            "This order counts as paid, and there is no payment for it on either side."
        }
        DifferenceKind::CapturedDiffers => "Stripe took another amount for this payment than our books say.",
        DifferenceKind::OrderTotalDiffers => {
            "Stripe took another amount than the order comes to, and our books say so too. The order was not moved."
        }
        DifferenceKind::UnbookedRefund => {
            "Money of this payment was given back at Stripe, such as in its dashboard, and our books do not have that."
        }
        DifferenceKind::RefundNotAtStripe => {
            "Our books say that this money was given back, and at Stripe it was not: the customer does not have it."
        }
        DifferenceKind::RefundDiffers => "This refund is another one at Stripe than in our books.",
    }
}

fn theirs(one: &Difference) -> impl IntoView + use<> {
    let status = one.their_status;
    view! {
        <section class="panel" aria-labelledby="theirs">
            <div class="panel__head">
                <h2 class="panel__title" id="theirs">
                    "At Stripe"
                </h2>
                {status.map(|status| view! { <StatusBadge status=status /> })}
            </div>
            <div class="panel__body">
                <dl class="facts">
                    <dt>"Amount"</dt>
                    <dd>{one.their_amount().unwrap_or_else(|| "Nothing".to_owned())}</dd>
                    {one
                        .intent
                        .clone()
                        .map(|id| {
                            view! {
                                <dt>"Payment"</dt>
                                <dd class="mono reference">{id}</dd>
                            }
                        })}
                    {one
                        .provider_refund
                        .clone()
                        .map(|id| {
                            view! {
                                <dt>"Refund"</dt>
                                <dd class="mono reference">{id}</dd>
                            }
                        })}
                </dl>
            </div>
        </section>
    }
}

fn ours(one: &Difference) -> impl IntoView + use<> {
    let order = one.number.clone().map(|number| {
        let standing = one.standing().map(|(payment, fulfilment)| {
            view! {
                <dt>{PaymentWord::about(locale())}</dt>
                <dd>{payment_badge(payment)}</dd>
                <dt>{Fulfilment::about(locale())}</dt>
                <dd>{fulfilment_badge(fulfilment)}</dd>
            }
        });
        view! {
            <dt>"Order"</dt>
            <dd>
                <a href=format!("/admin/orders/{number}")>{number.clone()}</a>
            </dd>
            {standing}
        }
    });
    let no_order = one.number.is_none().then(|| {
        view! {
            <dt>"Order"</dt>
            <dd>"None"</dd>
        }
    });
    let status = one.our_status;
    view! {
        <section class="panel" aria-labelledby="ours">
            <div class="panel__head">
                <h2 class="panel__title" id="ours">
                    "In our books"
                </h2>
                {status.map(|status| view! { <StatusBadge status=status /> })}
            </div>
            <div class="panel__body">
                <dl class="facts">
                    <dt>"Amount"</dt>
                    <dd>{one.our_amount().unwrap_or_else(|| "Nothing".to_owned())}</dd>
                    {order}
                    {no_order}
                </dl>
            </div>
        </section>
    }
}

/// What a button does, in a sentence.
fn hint(kind: DifferenceKind, how: Repair) -> &'static str {
    match (how, kind) {
        (Repair::Settle, _) => "Asks Stripe once more; the order follows.",
        (Repair::Take, _) => {
            "Writes the payment down for its order. If the order does not want it any more, the money goes back."
        }
        (Repair::GiveBack, _) => "Sends the customer all of it back.",
        (Repair::Adopt, DifferenceKind::RefundNotAtStripe) => {
            "The refund counts as failed in our books, and the money as still here."
        }
        (Repair::Adopt, _) => "Our books follow Stripe’s.",
        (Repair::SendAgain, _) => "Asks Stripe to give the money back, unless it did already.",
        (Repair::WriteOff, _) => {
            "No money came: takes the payment out of our books and cancels the order, unless goods have left. \
             The customer gets a mail."
        }
    }
}

fn to_do(one: &Difference) -> impl IntoView + use<> {
    let repairs = one
        .repairs()
        .iter()
        .enumerate()
        .map(|(i, how)| {
            let class = match (how.is_final(), i) {
                (true, _) => "button button--danger",
                (false, 0) => "button",
                (false, _) => "button button--secondary",
            };
            view! {
                <div class="stack">
                    <p>{hint(one.kind, *how)}</p>
                    {button(one, *how, class)}
                </div>
            }
        })
        .collect_view();
    let id = one.id.to_string();
    let repair = (!one.repairs().is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="repair">
                <div class="panel__head">
                    <h2 class="panel__title" id="repair">
                        "Repair"
                    </h2>
                </div>
                <div class="panel__body stack">{repairs}</div>
            </section>
        }
    });
    view! {
        <div class="grid--2">
            {repair} <section class="panel" aria-labelledby="dismiss">
                <div class="panel__head">
                    <h2 class="panel__title" id="dismiss">
                        "Leave it as it is"
                    </h2>
                </div>
                <Form action=Dismiss::url() class="panel__body form">
                    <Hidden name="difference" value=id />
                    <TextArea
                        name="reason"
                        label="Reason"
                        hint="Kept in the audit log"
                        rows=3
                        required=true
                        maxlength=500
                    />
                    <div class="form__actions">
                        <button class="button button--secondary">"Dismiss"</button>
                    </div>
                </Form>
            </section>
        </div>
    }
}
