//! What the shop tells people.

use super::icon::Icon;
use crate::web::error_page::EMPTY_SHELF;
use crate::web::errors::{CAUSES, Words};
use crate::web::flash::{FaultLine, Tone};
use crate::web::path::is_preview;
use crate::web::sentence::{label_of, with_full_stop};
use crate::web::use_visit;
use crate::words::locale;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// A message in a box.
#[component]
pub fn Notice(tone: Tone, #[prop(optional, into)] title: String, children: Children) -> impl IntoView {
    let icon = if tone == Tone::Danger { "error" } else { tone.word() };
    let role = if tone == Tone::Danger { "alert" } else { "status" };
    view! {
        <div class=format!("notice notice--{}", tone.word()) role=role>
            <Icon name=icon />
            <div class="notice__body">
                {(!title.is_empty()).then(|| view! { <p class="notice__title">{title}</p> })} {children()}
            </div>
        </div>
    }
}

/// What the last request left to say, and what is wrong with a refused form: above the content of a page, and rendered
/// after it, for the fields know their labels.
pub fn messages() -> AnyView {
    let visit = use_visit();
    let flash = &visit.flash;
    let said = flash
        .messages
        .iter()
        .map(|m| {
            let text = with_full_stop(&m.text);
            view! {
                <Notice tone=m.tone>
                    <p>{text}</p>
                </Notice>
            }
        })
        .collect_view();
    let faults = flash.fault_lines();
    let homeless = visit.kept.homeless.as_deref().map(homeless);
    if flash.messages.is_empty() && faults.is_empty() && homeless.is_none() {
        return ().into_any();
    }
    let content = view! {
        {said}
        {homeless}
        {fault_summary(faults)}
    };
    let in_the_margins = visit.path.starts_with("/admin") && !is_preview(&visit.path);
    match in_the_margins {
        true => content.into_any(),
        false => view! { <div class="container messages">{content}</div> }.into_any(),
    }
}

/// What was typed into a form that is gone by now: nothing of it is lost, though there is no field for it.
fn homeless(values: &[(String, String)]) -> impl IntoView + use<> {
    let is_told = |name: &str, value: &str| {
        let carried = ["form", "act", "version", "idempotencyKey", "expectedTotal"].contains(&name);
        !carried && !value.trim().is_empty() && uuid::Uuid::parse_str(value).is_err()
    };
    let told = values.iter().filter(|(name, value)| is_told(name, value));
    let rows = told
        .map(|(name, value)| {
            view! {
                <dt>{label_of(locale(), name).into_owned()}</dt>
                <dd class="pre-line">{value.clone()}</dd>
            }
        })
        .collect::<Vec<_>>();
    let list = (!rows.is_empty()).then(|| {
        view! {
            <p>{t!("message-had-typed")}</p>
            <dl class="facts facts--stacked">{rows}</dl>
        }
    });
    view! {
        <Notice tone=Tone::Warning title=t!("message-signed-out")>
            <p>{t!("message-signed-out-text")}</p>
            {list}
        </Notice>
    }
}

/// What is wrong with a form, a line for each field, with a link to it.
pub fn fault_summary(faults: Vec<FaultLine>) -> Option<impl IntoView + use<>> {
    (!faults.is_empty()).then(|| {
        let title = t!("message-faults", count = faults.len());
        let list = faults
            .into_iter()
            .map(|FaultLine { sentence, id }| match id {
                Some(id) => view! {
                    <li>
                        <a href=format!("#{id}")>{sentence}</a>
                    </li>
                }
                .into_any(),
                None => view! { <li>{sentence}</li> }.into_any(),
            })
            .collect_view();
        view! {
            <Notice tone=Tone::Danger title=title>
                <ul>{list}</ul>
            </Notice>
        }
    })
}

/// What stands below a field that is wrong.
pub fn fault_note(id: &str, fault: Option<String>) -> Option<impl IntoView + use<>> {
    let id = format!("{id}-error");
    fault.map(|fault| {
        view! {
            <p class="field__error" id=id>
                <Icon name="error" />
                {fault}
            </p>
        }
    })
}

/// Nothing here yet.
#[component]
pub fn Empty(#[prop(into)] title: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty__title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// The error page's content, within the site's frame.
#[component]
pub fn ErrorView(words: Words, #[prop(optional)] causes: Vec<String>) -> impl IntoView {
    let (home, way_on) = if use_visit().path.starts_with("/admin") {
        ("/admin", t!("error-to-the-dashboard"))
    } else {
        ("/", t!("error-to-the-shop"))
    };
    view! {
        <Title text=words.title.to_string() />
        <Meta name="robots" content="noindex" />
        <div class="container error-page">
            <div>
                <p class="error-page__code">{words.status.as_u16()}</p>
                <h1 class="error-page__title">{words.title}</h1>
                <p>{words.text}</p>
                <p class="cluster">
                    <a class="button" href=home>
                        {way_on}
                    </a>
                </p>
                {(!causes.is_empty())
                    .then(|| {
                        view! {
                            <div class="error-page__causes">
                                <p>{CAUSES}</p>
                                <ol>{causes.into_iter().map(|cause| view! { <li>{cause}</li> }).collect_view()}</ol>
                            </div>
                        }
                    })}
            </div>
            <div inner_html=EMPTY_SHELF></div>
        </div>
    }
}
