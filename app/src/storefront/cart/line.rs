//! A line of the cart, with what may keep it from being bought.

use super::{Accept, Remove, Set};
use crate::storefront::paths::{product_path, variant_path};
use crate::ui::{Form, Hidden, Notice, Quantity, money, no_picture, thumbnail};
use crate::web::flash::Tone;
use crate::words::locale;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::cart::{CartLine, Problem};

/// `10 mm / Zinc` as pages write it.
pub fn options(variant_name: &str) -> String {
    variant_name.replace(" / ", " · ")
}

pub fn line(line: &CartLine) -> impl IntoView + use<> {
    let href = match line.variant_name.is_empty() {
        true => product_path(&line.slug),
        false => variant_path(&line.slug, &line.sku),
    };
    let (id, name) = (line.id.to_string(), line.full_name());
    let gone = matches!(line.problem, Some(Problem::NoLongerSold));
    let picture = match &line.picture {
        Some(picture) => thumbnail(picture, String::new()).into_any(),
        None => no_picture().into_any(),
    };
    let title = match gone {
        true => line.name.clone().into_any(),
        false => view! { <a href=href>{line.name.clone()}</a> }.into_any(),
    };
    let sum = match line.can_be_bought() {
        false => "–".into_any(),
        true => {
            let each = (line.quantity > 1).then(|| view! { <small>{t!("cart-each", price = line.unit_price)}</small> });
            view! {
                {money(line.line_total)}
                {each}
            }
            .into_any()
        }
    };
    view! {
        <li class=if gone { "cart-line cart-line--gone" } else { "cart-line" }>
            <div class="cart-line__picture">{picture}</div>
            <div class="cart-line__body">
                <h2 class="cart-line__title">{title}</h2>
                {(!line.variant_name.is_empty())
                    .then(|| view! { <p class="cart-line__options">{options(&line.variant_name)}</p> })}
            </div>
            <p class="cart-line__sum">{sum}</p>
            <div class="cart-line__controls">
                {(!gone).then(|| quantity(line))} <Form action=Remove::url() which=id.clone() class="">
                    <Hidden name="line" value=id />
                    <button class="link">{t!("cart-remove")} <span class="visually-hidden">" " {name}</span></button>
                </Form>
            </div>
            {line.problem.map(|problem| view! { <div class="cart-line__notice">{notice(line, problem)}</div> })}
        </li>
    }
}

fn quantity(line: &CartLine) -> impl IntoView + use<> {
    let (id, quantity, most) = (line.id.to_string(), line.quantity, line.available.max(line.quantity));
    let name = line.full_name();
    view! {
        <Form action=Set::url() which=id.clone() class="">
            <Hidden name="line" value=id.clone() />
            <Quantity value=quantity min=0 max=most id=format!("quantity-{id}") hide_label=true />
            <button class="button button--quiet button--small">
                {t!("cart-update")} <span class="visually-hidden">" " {name}</span>
            </button>
        </Form>
    }
}

/// What is wrong, and the ways out.
fn notice(line: &CartLine, problem: Problem) -> impl IntoView + use<> {
    let id = line.id.to_string();
    let remove = {
        let id = id.clone();
        move || {
            view! {
                <Form action=Remove::url() which=format!("notice-{id}") class="">
                    <Hidden name="line" value=id.clone() />
                    <button class="button button--secondary button--small">{t!("cart-remove-it")}</button>
                </Form>
            }
        }
    };
    match problem {
        Problem::NoLongerSold => view! {
            <Notice tone=Tone::Danger title=problem.say(locale())>
                <p>{t!("cart-no-longer-sold-text")}</p>
                <div class="notice__actions">{remove()}</div>
            </Notice>
        }
        .into_any(),
        Problem::SoldOut => view! {
            <Notice tone=Tone::Danger title=problem.say(locale())>
                <p>{t!("cart-sold-out-text")}</p>
                <div class="notice__actions">{remove()}</div>
            </Notice>
        }
        .into_any(),
        Problem::OnlyLeft { left } => {
            let wanted = line.quantity;
            view! {
                <Notice tone=Tone::Warning title=problem.say(locale())>
                    <p>{t!("cart-no-more-than", wanted = wanted, left = left)}</p>
                    <div class="notice__actions">
                        <Form action=Set::url() which=format!("notice-{id}") class="">
                            <Hidden name="line" value=id.clone() />
                            <Hidden name="quantity" value=left.to_string() />
                            <button class="button button--small">{t!("cart-take", count = left)}</button>
                        </Form>
                        {remove()}
                    </div>
                </Notice>
            }
            .into_any()
        }
        Problem::PriceChanged { old, new } => view! {
            <Notice tone=Tone::Warning title=t!("cart-the-price-changed")>
                <p>{t!("cart-price-was", old = old, new = new)}</p>
                <div class="notice__actions">
                    <Form action=Accept::url() which=id.clone() class="">
                        <Hidden name="line" value=id.clone() />
                        <Hidden name="price" value=new.decimal() />
                        <button class="button button--small">{t!("cart-accept", price = new)}</button>
                    </Form>
                    {remove()}
                </div>
            </Notice>
        }
        .into_any(),
    }
}
