//! The category that the rows of a product ask for.

use super::cells::tidy;
use super::columns::Column;
use super::csv_rows::CsvRow;
use super::report::Notes;
use crate::actors::AsActor;
use crate::catalog::category::{CategoryInput, create_in, free_slug};
use crate::id::CategoryId;
use crate::input::Raw;
use crate::{Result, Shop};

/// Where published products without a type go: a shopper reaches a product through its category.
pub const OTHER: &str = "Other goods";
const MAX_NAME: usize = 120;

/// What kind of thing a product is, as a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The shop's own word, of the columns for types.
    Own(String),
    /// The last step of the way through Shopify's taxonomy. It does not move a product that has a category.
    Taxonomy(String),
    Unsaid,
}

impl Kind {
    pub fn of(rows: &[CsvRow], notes: &mut Notes) -> Self {
        let first = |column| rows.iter().find(|row| !row.get(column).is_empty());
        if let Some((row, column)) =
            [Column::Type, Column::CustomType].into_iter().find_map(|column| Some((first(column)?, column)))
        {
            return Self::Own(name(row.get(column), row.line, notes));
        }
        let step =
            first(Column::Taxonomy).map(|row| (row, row.get(Column::Taxonomy).rsplit('>').next().unwrap_or_default()));
        match step {
            Some((_, step)) if step.trim().eq_ignore_ascii_case("uncategorized") => Self::Unsaid,
            // an id of the taxonomy names nothing
            Some((_, step)) if step.trim().bytes().all(|b| b.is_ascii_digit()) || step.contains("gid://") => {
                Self::Unsaid
            }
            Some((row, step)) => Self::Taxonomy(name(step, row.line, notes)),
            None => Self::Unsaid,
        }
    }
}

fn name(text: &str, line: u64, notes: &mut Notes) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = tidy(&text);
    if text.chars().count() <= MAX_NAME {
        return text;
    }
    notes.add(line, format!("the type is longer than {MAX_NAME} characters: the rest of it is cut"));
    text.chars().take(MAX_NAME).collect::<String>().trim_end().to_owned()
}

/// The category of this name, made when there is none. Names that differ in capitals alone are the same.
pub async fn named(shop: &Shop, who: &dyn AsActor, name: &str) -> Result<CategoryId> {
    let key = name.to_lowercase();
    act!(shop, who, "category.create", |act| {
        // two imports at once make one category
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended('category ' || $1, 0))", key)
            .execute(&mut *act)
            .await?;
        let found = sqlx::query_scalar!(
            r#"select id as "id: CategoryId" from categories where lower(name) = $1 order by created_at, id limit 1"#,
            key,
        )
        .fetch_optional(&mut *act)
        .await?;
        if let Some(id) = found {
            return Ok(id);
        }
        let slug = free_slug(&mut act, name, None).await?;
        let input = CategoryInput {
            name: Raw::from(name),
            slug: Raw(slug),
            is_active: Raw::from("on"),
            ..CategoryInput::default()
        };
        let id = create_in(&mut act, &input).await?;
        act.commit(id).await
    })
}
