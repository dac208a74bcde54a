//! Stripe's search query language. <https://docs.stripe.com/search#search-query-language>
//!
//! `status:'succeeded' AND metadata['order_id']:'17'`, with `OR` instead of `AND` but never both,
//! `-` to negate, `~` for a part of a text, and `> < >= <=` for numbers. Stripe's own search lags
//! behind writes by up to a minute; this one does only if told to: `Faults::search_lag_ms`.

use serde_json::{Value, json};

use crate::answer::{Call, Outcome};
use crate::errors::ApiError;
use crate::state::State;
use crate::table::Record;

/// What a clause asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    Named(&'a str),
    Metadata(&'a str),
}

#[derive(Debug)]
pub(crate) struct Query {
    url: String,
    limit: usize,
    offset: usize,
    clauses: Vec<Clause>,
    any: bool,
    /// Later than this, nothing is found yet.
    seen_until: i64,
}

#[derive(Debug)]
struct Clause {
    negated: bool,
    name: String,
    metadata: Option<String>,
    operator: &'static str,
    value: String,
}

impl Query {
    pub fn read(state: &State, call: &mut Call) -> Result<Self, ApiError> {
        let params = &mut call.params;
        let query = params.required("query")?;
        let limit = params.integer("limit")?.unwrap_or(10);
        if !(1..=100).contains(&limit) {
            return Err(params.refuse("limit", "This value must be between 1 and 100."));
        }
        // A page is only ever one that the sandbox named itself.
        let offset = match params.text("page")? {
            Some(page) => page.parse().map_err(|_| params.refuse("page", format!("Invalid page: {page}")))?,
            None => 0,
        };
        params.finish()?;
        let (clauses, any) = parse(&query).map_err(|problem| {
            ApiError::invalid(format!(
                "We were unable to parse your search query: {problem}. For more information on the \
                 query language, see https://stripe.com/docs/search#search-query-language."
            ))
            .param("query")
            .unsaved()
        })?;
        let lag = i64::try_from(state.faults.search_lag_ms).unwrap_or(i64::MAX);
        let seen_until = state.now_ms().saturating_sub(lag) / 1000;
        Ok(Self {
            url: call.path.clone(),
            limit: usize::try_from(limit).unwrap_or(10),
            offset,
            clauses,
            any,
            seen_until,
        })
    }

    pub fn run<'a, T: Record + 'a>(
        self,
        rows: impl DoubleEndedIterator<Item = &'a T>,
        render: impl Fn(&T) -> Value,
        read: impl Fn(&T, Field<'_>) -> Option<String>,
        fields: &[&str],
    ) -> Outcome {
        for clause in &self.clauses {
            if clause.metadata.is_none() && !fields.contains(&clause.name.as_str()) {
                return Err(ApiError::invalid(format!(
                    "Field `{}` is an unsupported search field for this resource.",
                    clause.name
                ))
                .param("query")
                .unsaved());
            }
        }
        let holds = |row: &T, clause: &Clause| {
            let field = match &clause.metadata {
                Some(key) => Field::Metadata(key),
                None => Field::Named(&clause.name),
            };
            clause.holds(read(row, field).as_deref())
        };
        let found: Vec<&T> = rows
            .rev()
            .filter(|row| row.created() <= self.seen_until)
            .filter(|row| {
                if self.any {
                    self.clauses.iter().any(|clause| holds(row, clause))
                } else {
                    self.clauses.iter().all(|clause| holds(row, clause))
                }
            })
            .collect();
        let start = self.offset.min(found.len());
        let end = found.len().min(start + self.limit);
        let more = end < found.len();
        Ok(json!({
            "object": "search_result",
            "url": self.url,
            "has_more": more,
            "next_page": more.then(|| end.to_string()),
            "data": found[start..end].iter().map(|row| render(row)).collect::<Vec<_>>(),
        }))
    }
}

impl Clause {
    fn holds(&self, actual: Option<&str>) -> bool {
        let holds = match (self.operator, actual) {
            // `field:null` finds what is not set.
            (":", None) => self.value == "null",
            (_, None) => false,
            (":", Some(actual)) => actual.eq_ignore_ascii_case(&self.value),
            ("~", Some(actual)) => actual.to_lowercase().contains(&self.value.to_lowercase()),
            (operator, Some(actual)) => match (actual.parse::<i64>(), self.value.parse::<i64>()) {
                (Ok(actual), Ok(bound)) => match operator {
                    ">" => actual > bound,
                    "<" => actual < bound,
                    ">=" => actual >= bound,
                    _ => actual <= bound,
                },
                _ => false,
            },
        };
        holds != self.negated
    }
}

fn parse(query: &str) -> Result<(Vec<Clause>, bool), String> {
    let mut rest = query.trim();
    let mut clauses = Vec::new();
    let mut joiner: Option<bool> = None;
    loop {
        let (clause, after) = parse_clause(rest)?;
        clauses.push(clause);
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let or = match word {
            "AND" | "and" => false,
            "OR" | "or" => true,
            // Clauses without a word between them are joined by AND.
            _ => {
                joiner.get_or_insert(false);
                continue;
            }
        };
        if joiner.is_some_and(|earlier| earlier != or) {
            return Err("you cannot combine AND and OR".into());
        }
        joiner = Some(or);
        rest = after.trim_start();
    }
    if clauses.len() > 10 {
        return Err("at most 10 clauses are allowed".into());
    }
    Ok((clauses, joiner.unwrap_or(false)))
}

fn parse_clause(text: &str) -> Result<(Clause, &str), String> {
    let (negated, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let end = text
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '.')
        .ok_or_else(|| format!("`{text}` has no operator"))?;
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() {
        return Err(format!("a field name is missing at `{rest}`"));
    }
    let mut metadata = None;
    if let Some(inner) = rest.strip_prefix('[') {
        let (key, after) = quoted(inner)?;
        rest = after.strip_prefix(']').ok_or("a `]` is missing")?;
        metadata = Some(key);
    }
    if (name == "metadata") != metadata.is_some() {
        return Err(format!("`{name}` is not used rightly"));
    }
    let operator = [">=", "<=", ":", "~", ">", "<"]
        .into_iter()
        .find(|operator| rest.starts_with(operator))
        .ok_or_else(|| format!("an operator is missing after `{name}`"))?;
    let rest = rest[operator.len()..].trim_start();
    let (value, rest) = if rest.starts_with(['\'', '"']) {
        quoted(rest)?
    } else {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (value, rest) = rest.split_at(end);
        // Words are quoted; only numbers and null stand bare.
        if value != "null" && value.parse::<i64>().is_err() {
            return Err(format!("`{value}` must be quoted"));
        }
        (value.to_owned(), rest)
    };
    Ok((Clause { negated, name: name.to_owned(), metadata, operator, value }, rest))
}

/// A text in single or double quotes, with `\` before a quote that belongs to it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut letters = text.char_indices();
    let Some((_, quote @ ('\'' | '"'))) = letters.next() else {
        return Err(format!("a quote is missing at `{text}`"));
    };
    let mut value = String::new();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            letter if letter == quote => return Ok((value, &text[at + 1..])),
            letter => value.push(letter),
        }
    }
    Err("a closing quote is missing".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_are_read_as_documented() {
        let (clauses, any) =
            parse(r#"status:'succeeded' AND metadata["order_id"]:"it's 17" AND -amount>=500"#).unwrap();
        assert!(!any);
        assert_eq!(clauses[0].value, "succeeded");
        assert_eq!(clauses[1].metadata.as_deref(), Some("order_id"));
        assert_eq!(clauses[1].value, "it's 17");
        assert!(clauses[2].negated);
        assert!(!clauses[2].holds(Some("500")));
        assert!(clauses[2].holds(Some("499")));
    }

    #[test]
    fn a_query_of_and_and_or_is_refused() {
        assert!(parse("amount>1 AND amount<3 OR amount:7").is_err());
        assert!(parse("status:succeeded").is_err());
        assert!(parse("").is_err());
    }
}
