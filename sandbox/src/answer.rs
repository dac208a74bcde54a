//! What every endpoint has in common: the call it is given, lists, and expansion.

use serde_json::{Value, json};

use crate::errors::ApiError;
use crate::params::Params;
use crate::state::State;
use crate::table::Record;

pub(crate) type Outcome = Result<Value, ApiError>;

/// One endpoint of the API.
pub(crate) type Handler = fn(&mut State, &mut Call) -> Outcome;

/// One request to the API, past its door.
#[derive(Debug)]
pub(crate) struct Call {
    /// What stands in the place of `{id}` in the path.
    pub ids: Vec<String>,
    pub path: String,
    pub params: Params,
    /// Where a browser finds the hosted pages.
    pub public_url: String,
    /// Asked with a publishable key: only with an object's client secret.
    pub publishable: bool,
    /// The request itself named the version of the API that it speaks.
    pub names_version: bool,
}

impl Call {
    pub fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }
}

/// Pagination: <https://docs.stripe.com/api/pagination>.
#[derive(Debug)]
pub(crate) struct Page {
    url: String,
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    created: Created,
}

/// The filter `created`: a moment, or an interval.
#[derive(Debug, Default)]
struct Created {
    exactly: Option<i64>,
    gt: Option<i64>,
    gte: Option<i64>,
    lt: Option<i64>,
    lte: Option<i64>,
}

impl Created {
    fn admits(&self, created: i64) -> bool {
        self.exactly.is_none_or(|at| created == at)
            && self.gt.is_none_or(|bound| created > bound)
            && self.gte.is_none_or(|bound| created >= bound)
            && self.lt.is_none_or(|bound| created < bound)
            && self.lte.is_none_or(|bound| created <= bound)
    }
}

impl Page {
    pub fn read(call: &mut Call) -> Result<Self, ApiError> {
        let params = &mut call.params;
        let limit = params.integer("limit")?.unwrap_or(10);
        if !(1..=100).contains(&limit) {
            let (bound, word) = if limit < 1 { (1, "greater") } else { (100, "less") };
            return Err(params.refuse(
                "limit",
                format!("This value must be {word} than or equal to {bound} (it currently is '{limit}')."),
            ));
        }
        let starting_after = params.text("starting_after")?;
        let ending_before = params.text("ending_before")?;
        if starting_after.is_some() && ending_before.is_some() {
            return Err(params.refuse("starting_after", "You can't supply both `starting_after` and `ending_before`."));
        }
        let created = if params.is_object("created") {
            params
                .object("created", |created| {
                    Ok(Created {
                        exactly: None,
                        gt: created.integer("gt")?,
                        gte: created.integer("gte")?,
                        lt: created.integer("lt")?,
                        lte: created.integer("lte")?,
                    })
                })?
                .unwrap_or_default()
        } else {
            Created { exactly: params.integer("created")?, ..Created::default() }
        };
        Ok(Self {
            url: call.path.clone(),
            limit: usize::try_from(limit).unwrap_or(10),
            starting_after,
            ending_before,
            created,
        })
    }

    /// The rows that are wanted, newest first.
    pub fn of<'a, T: Record + 'a>(
        self,
        rows: impl DoubleEndedIterator<Item = &'a T>,
        render: impl Fn(&T) -> Value,
        wanted: impl Fn(&T) -> bool,
    ) -> Outcome {
        let found: Vec<&T> = rows.rev().filter(|row| self.created.admits(row.created()) && wanted(row)).collect();
        let ids: Vec<&str> = found.iter().map(|row| row.id()).collect();
        let (range, more) = self.range(&ids)?;
        let data: Vec<Value> = found[range].iter().map(|row| render(row)).collect();
        Ok(list(&self.url, data, more))
    }

    /// Entries that have no table of their own, in the order given.
    pub fn of_values(self, values: &[Value]) -> Outcome {
        let ids: Vec<&str> = values.iter().map(|value| value["id"].as_str().unwrap_or_default()).collect();
        let (range, more) = self.range(&ids)?;
        Ok(list(&self.url, values[range].to_vec(), more))
    }

    fn range(&self, ids: &[&str]) -> Result<(std::ops::Range<usize>, bool), ApiError> {
        let find = |cursor: &str, param: &str| {
            ids.iter().position(|id| *id == cursor).ok_or_else(|| ApiError::no_such_param("object", cursor, param))
        };
        if let Some(cursor) = &self.ending_before {
            let end = find(cursor, "ending_before")?;
            let start = end.saturating_sub(self.limit);
            return Ok((start..end, start > 0));
        }
        let start = match &self.starting_after {
            Some(cursor) => find(cursor, "starting_after")? + 1,
            None => 0,
        };
        let end = ids.len().min(start + self.limit);
        Ok((start..end, end < ids.len()))
    }
}

pub(crate) fn list(url: &str, data: Vec<Value>, has_more: bool) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": url })
}

/// The objects a field leads to. <https://docs.stripe.com/api/expanding_objects>
fn leads_to(kind: &str, field: &str) -> Option<&'static str> {
    Some(match (kind, field) {
        ("checkout.session", "payment_intent") => "payment_intent",
        ("checkout.session", "setup_intent") => "setup_intent",
        ("checkout.session", "customer") => "customer",
        ("checkout.session", "line_items") => "[item]",
        ("payment_intent" | "setup_intent", "payment_method") => "payment_method",
        ("payment_intent", "latest_charge") => "charge",
        ("payment_intent" | "setup_intent" | "charge" | "payment_method", "customer") => "customer",
        ("charge" | "refund" | "dispute", "payment_intent") => "payment_intent",
        ("charge", "refunds") => "[refund]",
        ("charge" | "refund", "balance_transaction") => "balance_transaction",
        ("balance_transaction", "source") => "source",
        ("refund" | "dispute", "charge") => "charge",
        ("[checkout.session]", "data") => "checkout.session",
        ("[payment_intent]", "data") => "payment_intent",
        ("[setup_intent]", "data") => "setup_intent",
        ("[charge]", "data") => "charge",
        ("[refund]", "data") => "refund",
        ("[balance_transaction]", "data") => "balance_transaction",
        ("[dispute]", "data") => "dispute",
        ("[payment_method]", "data") => "payment_method",
        _ => return None,
    })
}

/// Refuses, before anything is done, an expansion that the answer will not have.
pub(crate) fn check_expansions(kind: &str, paths: &[String]) -> Result<(), ApiError> {
    for path in paths {
        let refuse = |message: String| Err(ApiError::invalid(message).param("expand").unsaved());
        // Four levels: <https://docs.stripe.com/api/expanding_objects>.
        let levels = path.split('.').filter(|level| *level != "data").count();
        if levels > 4 {
            return refuse(format!("You cannot expand more than 4 levels of a property ({path})."));
        }
        let mut kind = kind;
        for field in path.split('.') {
            match leads_to(kind, field) {
                Some(next) => kind = next,
                None => return refuse(format!("This property cannot be expanded ({field}).")),
            }
        }
    }
    Ok(())
}

/// Puts objects in the place of their ids.
pub(crate) fn expand(state: &State, value: &mut Value, path: &str) {
    let (field, rest) = path.split_once('.').unwrap_or((path, ""));
    if value.get(field).is_none()
        && let Some(included) = state.included(value, field)
    {
        value[field] = included;
    }
    let Some(inner) = value.get_mut(field) else {
        return;
    };
    if let Some(object) = inner.as_str().and_then(|id| state.render(id)) {
        *inner = object;
    }
    if rest.is_empty() {
        return;
    }
    match inner {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| expand(state, entry, rest)),
        inner => expand(state, inner, rest),
    }
}

impl State {
    /// Lists that an object shows only when asked to.
    fn included(&self, value: &Value, field: &str) -> Option<Value> {
        let id = value["id"].as_str()?;
        match (value["object"].as_str()?, field) {
            ("checkout.session", "line_items") => {
                let items = self.sessions.get(id)?.line_items();
                let more = items.len() > 10;
                let first = items.into_iter().take(10).collect();
                Some(list(&format!("/v1/checkout/sessions/{id}/line_items"), first, more))
            }
            ("charge", "refunds") => {
                let of_charge = self.refunds.iter().rev().filter(|refund| refund.charge == id);
                let refunds: Vec<Value> = of_charge.map(|refund| refund.render()).collect();
                Some(list(&format!("/v1/charges/{id}/refunds"), refunds, false))
            }
            _ => None,
        }
    }
}
