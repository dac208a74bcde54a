//! What must never happen, as queries that must each return no row: every test ends with them, a nightly job runs them,
//! `doctor` shows them.

use crate::{Error, Result, Shop};
use sqlx::Executor;
use std::fmt;

const QUERIES: &str = include_str!("invariants.sql");

/// Something that must never happen, and did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// The name of the rule.
    pub name: &'static str,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.what)
    }
}

/// Runs all queries at one moment of the database. Of each rule, at most a hundred violations are told.
pub async fn check(shop: &Shop) -> Result<Vec<Violation>> {
    let mut tx = shop.db.begin().await?;
    // it reads all there is, so it may take its time
    tx.execute("set transaction isolation level repeatable read, read only; set local statement_timeout = '5min'")
        .await?;
    let mut violations = Vec::new();
    for (name, sql) in queries() {
        let rows: Vec<String> = match sql.contains("$1") {
            true => sqlx::query_scalar(sql).bind(shop.clock.now()).fetch_all(&mut *tx).await?,
            false => sqlx::query_scalar(sql).fetch_all(&mut *tx).await?,
        };
        violations.extend(rows.into_iter().take(100).map(|what| Violation { name, what }));
    }
    tx.commit().await?;
    Ok(violations)
}

/// As [`check`], but what is wrong is an error.
pub async fn require(shop: &Shop) -> Result<()> {
    let violations = check(shop).await?;
    if violations.is_empty() {
        return Ok(());
    }
    let all: Vec<_> = violations.iter().map(Violation::to_string).collect();
    Err(Error::internal(format!("what must never happen did: {}", all.join("; "))))
}

/// The names of the rules, for a report.
pub fn names() -> impl Iterator<Item = &'static str> {
    queries().map(|(name, _)| name)
}

fn queries() -> impl Iterator<Item = (&'static str, &'static str)> {
    QUERIES.split("-- name: ").skip(1).filter_map(|part| {
        let (name, rest) = part.split_once('\n')?;
        let (sql, _) = rest.split_once(';')?;
        Some((name.trim(), sql))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::OrderStatus;

    #[test]
    fn every_rule_has_a_name_and_a_query() {
        assert_eq!(names().count(), QUERIES.matches("-- name: ").count());
        assert!(queries().all(|(name, sql)| !name.is_empty() && sql.trim_start().starts_with("select")));
    }

    /// The query on histories knows the same moves as the program.
    #[test]
    fn the_moves_are_the_programs() {
        let (_, sql) = queries().find(|(name, _)| name.contains("backward step")).unwrap();
        for from in OrderStatus::ALL {
            for to in OrderStatus::ALL {
                let pair = format!("('{}', '{}')", from.word(), to.word());
                assert_eq!(sql.contains(&pair), from.can_become(to), "{pair}");
            }
        }
    }
}
