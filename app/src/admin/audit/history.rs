//! The last entries of one thing, for the page on which it is looked after.

use super::{address, all_of, in_words};
use crate::ui::time;
use crate::web::Visit;
use crate::web::errors::log;
use leptos::prelude::*;
use shop::accounts::Permission;
use shop::audit::Entity;
use shop::audit_log::{self, AuditFilter};

/// A panel with the last changes of a thing, for those who may read the log; nothing for others. `id` is as the
/// log writes it. Read with the page it stands on, which is shown even when the log cannot be read.
pub async fn history(visit: &Visit, kind: Entity, id: &str) -> Option<AnyView> {
    let staff = visit.staff().ok().filter(|staff| staff.can(Permission::AuditRead))?;
    let filter = AuditFilter {
        entity_type: Some(kind.word().to_owned()),
        entity_id: Some(id.to_owned()),
        limit: "5".into(),
        ..AuditFilter::default()
    };
    let found = audit_log::list(visit.shop(), staff, &filter).await.inspect_err(log).ok()?;
    let more = found.total > i64::try_from(found.items.len()).unwrap_or(i64::MAX);
    let list = match found.items.is_empty() {
        true => view! { <p class="muted">"Nothing has been changed yet."</p> }.into_any(),
        false => {
            let lines = found.items.into_iter().map(|entry| {
                view! {
                    <li>
                        <a href=address(entry.id)>{in_words(&entry.action)}</a>
                        <br />
                        <span class="muted small">{entry.actor_name} ", " {time(entry.created_at)}</span>
                    </li>
                }
            });
            view! { <ul class="stack stack--tight">{lines.collect_view()}</ul> }.into_any()
        }
    };
    let all = more.then(|| {
        view! {
            <p>
                <a href=all_of(kind, id)>"All of its history"</a>
            </p>
        }
    });
    let panel = view! {
        <section class="panel" aria-labelledby="log-title">
            <div class="panel__head">
                <h2 class="panel__title" id="log-title">
                    "Change history"
                </h2>
            </div>
            <div class="panel__body stack">{list} {all}</div>
        </section>
    };
    Some(panel.into_any())
}
