//! Who did what, for those who may know.

use super::answer::{Answer, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::Query;
use super::fault::Result;
use super::query::{day, paging, word};
use crate::web::App;
use axum::extract::State;
use serde::Deserialize;
use shop::Invalid;
use shop::audit_log::{self, AuditEntry, AuditFilter};
use shop::input::Raw;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which entries; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListEntries {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    /// The id of whoever did it, or part of the name.
    #[param(value_type = Option<String>, max_length = 200)]
    actor: Raw,
    /// `product.publish`, or all that begins with `product.`.
    #[param(value_type = Option<String>, max_length = 100)]
    action: Raw,
    #[param(value_type = Option<String>, max_length = 100, example = "product")]
    entity_type: Raw,
    #[param(value_type = Option<String>, max_length = 100)]
    entity_id: Raw,
    /// Part of who, what, of which thing, or of what it was and became; in the last 90 days unless `from` says more.
    #[param(value_type = Option<String>, max_length = 200)]
    search: Raw,
    /// Done on this day (of the shop's time zone) or later.
    #[param(value_type = Option<NaiveDate>)]
    from: Raw,
    /// Done on this day (of the shop's time zone) or earlier.
    #[param(value_type = Option<NaiveDate>)]
    until: Raw,
}

impl ListEntries {
    fn check(&self) -> shop::Result<AuditFilter> {
        let mut faults = Invalid::default();
        let f = &mut faults;
        let paging = paging(&self.page, &self.limit, f);
        let mut date = |raw: &Raw, field| word(raw, field, day, f).map(|day| day.to_string());
        let (from, to) = (date(&self.from, "from"), date(&self.until, "until"));
        let filter = AuditFilter {
            actor: self.actor.optional("actor", 200, f),
            action: self.action.optional("action", 100, f),
            entity_type: self.entity_type.optional("entityType", 100, f),
            entity_id: self.entity_id.optional("entityId", 100, f),
            search: self.search.optional("search", 200, f),
            from,
            to,
            page: paging.page().to_string().into(),
            limit: paging.limit().to_string().into(),
        };
        faults.into_result()?;
        Ok(filter)
    }
}

/// The audit log, the newest first
#[utoipa::path(
    get, path = "/audit-logs", tag = "Audit log",
    params(ListEntries),
    responses((status = 200, body = ListEnvelope<AuditEntry>), Faults),
    security(("token" = []), ("key" = ["audit:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListEntries>,
) -> Result<Answer<Vec<AuditEntry>>> {
    let who = caller.operator()?;
    Ok(Answer::page(audit_log::list(&app.shop, who, &query.check()?).await?))
}
