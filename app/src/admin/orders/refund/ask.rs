//! What is to be given back, and why.

use crate::ui::{
    AskForm, Choice, Choices, Field, Hidden, Select, TextArea, TickBox, fault_summary, no_picture, thumbnail,
};
use crate::web::flash::FormState;
use leptos::prelude::*;
use shop::orders::RefundCause;
use shop::orders::{OrderItem, OrderView};
use shop::payments::Split;

pub fn form(order: &OrderView, left: Split, key: String, state: FormState) -> shop::Result<impl IntoView + use<>> {
    let (total, delivery) = (left.total()?, left.delivery()?);
    let of_fields = state.clone();
    // what the address does not say yet
    let what = state.typed("what").filter(|what| !what.is_empty()).unwrap_or_else(|| "all".to_owned());
    let choice = move |value: &'static str, label: &'static str, note: String| {
        view! { <Choice name="what" value=value label=label note=note checked=what == value /> }
    };
    let causes = [(String::new(), "Choose, if you like".to_owned())];
    let causes =
        causes.into_iter().chain(RefundCause::ALL.map(|cause| (cause.word().to_owned(), cause.to_string()))).collect();
    let action = format!("/admin/orders/{}/refund", order.number);
    let parts_note = match delivery.is_zero() {
        true => "Pieces of it, at what was paid for them.".to_owned(),
        false => format!("Pieces at what was paid for them; of the delivery, {delivery} is left."),
    };
    let order = order.clone();
    let back = format!("/admin/orders/{}", order.number);
    let form = view! {
        <AskForm action=action state=state class="panel refund__form">
            <Hidden name="key" value=key />
            <div class="panel__body form">
                <Choices name="what" legend="What goes back">
                    {choice("all", "Everything that is left", total.to_string())}
                    {choice("parts", "Some products, or the delivery", parts_note)}
                    {choice("amount", "An amount", "For a scratch, or as goodwill.".to_owned())}
                </Choices>
                <div class="form" data-for="all">
                    <TickBox name="restock" label="All the goods go back on the shelf" />
                </div>
                <div class="form" data-for="parts">
                    // in here, so that the fields find what was typed
                    <ul class="refund__lines">
                        {order.items.iter().enumerate().map(|(n, item)| line(&order, n, item)).collect_view()}
                    </ul>
                    {(!delivery.is_zero())
                        .then(|| {
                            view! {
                                <Field
                                    name="delivery"
                                    label="Delivery"
                                    hint=format!("Up to {delivery}. It can go back by itself.")
                                    inputmode="decimal"
                                    class="field--short"
                                />
                            }
                        })}
                </div>
                <div class="form" data-for="amount">
                    <Field
                        name="amount"
                        label="Amount"
                        hint=format!(
                            "Up to {total}. It is taken off the goods, and off the delivery when they are used up.",
                        )
                        inputmode="decimal"
                        class="field--short"
                    />
                </div>
                <Select name="cause" label="Why" options=causes hint="The customer reads this and the words below." />
                <TextArea name="reason" label="In words" rows=2 optional=true maxlength=500 />
                <div class="form__actions">
                    <button class="button" name="review" value="1">
                        "Review"
                    </button>
                    <a class="button button--quiet" href=back>
                        "Back to the order"
                    </a>
                </div>
            </div>
        </AskForm>
    };
    // its fields have said what is wrong with them
    Ok(view! {
        {fault_summary(of_fields.fault_lines())}
        {form}
    })
}

fn line(order: &OrderView, n: usize, item: &OrderItem) -> impl IntoView + use<> {
    let left = item.quantity - order.paid_back(item.id);
    let picture = match &item.picture {
        Some(picture) => thumbnail(picture, String::new()).into_any(),
        None => no_picture().into_any(),
    };
    let each = format!("{} each", item.unit_price);
    let name = item.name.clone();
    let about = [item.variant_name.as_str(), &item.sku, &each].map(str::to_owned).into_iter().filter(|t| !t.is_empty());
    let about = about.collect::<Vec<_>>().join(" · ");
    let fields = match left {
        ..=0 => view! { <p class="muted">"All of it was paid back."</p> }.into_any(),
        left => view! {
            <Hidden name=format!("lines[{n}][item]") value=item.id.to_string() />
            <Field
                name=format!("lines[{n}][quantity]")
                label=format!("Pieces, of {left}")
                inputmode="numeric"
                class="field--short"
            />
            <TickBox name=format!("lines[{n}][restock]") label="Back on the shelf" />
        }
        .into_any(),
    };
    view! {
        <li class="refund__line">
            {picture} <div class="refund__what">
                <p class="table__main">{name}</p>
                <p class="table__sub">{about}</p>
            </div> <div class="refund__fields">{fields}</div>
        </li>
    }
}
