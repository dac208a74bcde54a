//! Search: what was typed becomes a full-text query, and words that nobody knows become the ones they look like.
//!
//! Words are looked for in names, brands, categories, tags, option values and SKUs; only when that finds little, in
//! descriptions too. The last word may be unfinished. A whole SKU or barcode leads straight to its product.

use crate::id::{CategoryId, ProductId};
use crate::{Result, Shop};

/// How a search is answered: the conditions for the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// What is searched for: as typed, or corrected.
    pub words: String,
    /// A tsquery as text; empty when the words say nothing ("the").
    pub query: String,
    /// Whose SKU or barcode was typed.
    pub exact: Vec<ProductId>,
    /// Found in their descriptions only, the best first.
    pub described: Vec<ProductId>,
    pub finds_something: bool,
}

/// So many names found are enough not to look into descriptions.
const ENOUGH: i64 = 50;
/// A word of every second description leads nowhere: some of them, ranked, will do.
const DESCRIBED_AT_MOST: i64 = 500;

/// What PostgreSQL is asked: a text in the syntax of `websearch_to_tsquery`, which takes anything, and the beginning of a
/// last word. <https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-PARSING-QUERIES>
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    whole: String,
    /// Letters and digits only.
    beginning: String,
}

fn asked(words: &str) -> Asked {
    let all = || Asked { whole: words.to_owned(), beginning: String::new() };
    let (before, last) = words.rsplit_once(' ').unwrap_or(("", words));
    let within_quotes = words.matches('"').count() % 2 == 1;
    let after_or = before.rsplit(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("or"));
    let plain = last.chars().count() >= 2 && last.chars().all(char::is_alphanumeric);
    if !plain || within_quotes || after_or || last.eq_ignore_ascii_case("or") || is_unit(last) {
        return all();
    }
    Asked { whole: before.to_owned(), beginning: last.to_owned() }
}

/// A unit belongs to the number before it: see `search_text` in the schema.
fn is_unit(word: &str) -> bool {
    ["mm", "cm", "oz", "kg", "lb", "ml"].iter().any(|unit| word.eq_ignore_ascii_case(unit))
}

/// Decides how a search is answered. Words that find nothing are corrected when others look like them.
pub(super) async fn plan(shop: &Shop, words: &str, hidden: &[CategoryId]) -> Result<Plan> {
    let plan = plan_as_typed(shop, words, hidden).await?;
    if plan.finds_something {
        return Ok(plan);
    }
    match corrected(shop, words, hidden).await? {
        Some(better) => {
            let second = plan_as_typed(shop, &better, hidden).await?;
            Ok(if second.finds_something { second } else { plan })
        }
        None => Ok(plan),
    }
}

async fn plan_as_typed(shop: &Shop, words: &str, hidden: &[CategoryId]) -> Result<Plan> {
    let Asked { whole, beginning } = asked(words);
    let found = sqlx::query!(
        r#"with asked as (
               select websearch_to_tsquery('shop_english', search_text($1))
                      && case when $2 = '' then ''::tsquery else to_tsquery('shop_english', $2 || ':*') end as query
           )
           select query::text as "query!",
                  array(
                      select v.product_id
                      from variants v
                      join product_shelf s on s.product_id = v.product_id
                      where (lower(v.sku) = lower($3) or v.barcode = $3) and v.is_active
                        and s.shown and (s.category_id is null or s.category_id <> all($4))
                      limit 10
                  ) as "exact!: Vec<ProductId>",
                  (select count(*) from (
                      select from product_shelf s
                      where s.shown and s.words @@ query and (s.category_id is null or s.category_id <> all($4))
                      limit $5
                  ) named) as "named!"
           from asked"#,
        whole,
        beginning,
        words,
        hidden as _,
        ENOUGH,
    )
    .fetch_one(&shop.db)
    .await?;
    let described = match found.named < ENOUGH && !found.query.is_empty() {
        true => {
            sqlx::query_scalar!(
                r#"select taken.id as "id: ProductId"
                   from (
                       select p.id, p.search
                       from products p
                       join product_shelf s on s.product_id = p.id
                       where s.shown and p.search @@ $1::text::tsquery and not s.words @@ $1::text::tsquery
                         and (s.category_id is null or s.category_id <> all($2))
                       limit $3
                   ) taken
                   order by ts_rank_cd(taken.search, $1::text::tsquery) desc, taken.id"#,
                found.query,
                hidden as _,
                DESCRIBED_AT_MOST,
            )
            .fetch_all(&shop.db)
            .await?
        }
        false => Vec::new(),
    };
    Ok(Plan {
        words: words.to_owned(),
        query: found.query,
        finds_something: found.named > 0 || !found.exact.is_empty() || !described.is_empty(),
        exact: found.exact,
        described,
    })
}

/// The same words with each unknown one replaced by the known one it looks most like; `None` when there is nothing to
/// replace, or nothing to replace it with.
async fn corrected(shop: &Shop, words: &str, hidden: &[CategoryId]) -> Result<Option<String>> {
    let plain = deunicode::deunicode(words).to_lowercase();
    let said: Vec<&str> =
        plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(12).collect();
    let known = known_words(shop, &said, hidden).await?;
    let mut changed = false;
    let better: Vec<&str> = said
        .iter()
        .map(|word| match known.iter().find(|known| known.word == *word) {
            Some(Known { found: false, alike, .. }) => match alike.first() {
                Some(alike) => {
                    changed = true;
                    alike.as_str()
                }
                None => word,
            },
            _ => word,
        })
        .collect();
    Ok(changed.then(|| better.join(" ")))
}

struct Known {
    word: String,
    /// Some product answers to it.
    found: bool,
    /// Words that look like it, the nearest first.
    alike: Vec<String>,
}

async fn known_words(shop: &Shop, said: &[&str], hidden: &[CategoryId]) -> Result<Vec<Known>> {
    let said: Vec<String> = said.iter().filter(|word| word.len() >= 3).map(|word| word.to_string()).collect();
    let rows = sqlx::query!(
        r#"select said.word as "word!",
                  exists(
                      select from product_shelf s
                      where s.shown and s.words @@ to_tsquery('shop_english', said.word || ':*')
                        and (s.category_id is null or s.category_id <> all($2))
                  ) as "found!",
                  array(
                      select w.word
                      from search_words w
                      where (w.word % said.word or w.word between left(said.word, 2) and left(said.word, 2) || '~')
                        and exists(
                            select from product_shelf s
                            where s.shown and s.words @@ to_tsquery('shop_english', w.word)
                              and (s.category_id is null or s.category_id <> all($2))
                        )
                      order by similarity(w.word, said.word) desc, w.word
                      limit 10
                  ) as "alike!: Vec<String>"
           from unnest($1::text[]) as said (word)"#,
        &said,
        hidden as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let known = rows.into_iter().map(|row| {
        let mut near: Vec<(usize, String)> =
            row.alike.into_iter().map(|alike| (distance(&row.word, &alike), alike)).collect();
        // one slip in three letters is a slip; more is another word
        near.retain(|(distance, _)| *distance <= row.word.len().div_ceil(3));
        near.sort_by_key(|(distance, _)| *distance);
        Known { word: row.word, found: row.found, alike: near.into_iter().map(|(_, word)| word).collect() }
    });
    Ok(known.collect())
}

/// For a search that found nothing: words that would find something.
pub(super) async fn suggestions(shop: &Shop, words: &str, hidden: &[CategoryId]) -> Result<Vec<String>> {
    let plain = deunicode::deunicode(words).to_lowercase();
    let mut said: Vec<&str> = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() >= 3).collect();
    said.truncate(6);
    let mut suggestions = Vec::new();
    for known in known_words(shop, &said, hidden).await? {
        let itself = known.found.then_some(known.word);
        for word in itself.into_iter().chain(known.alike.into_iter().take(3)) {
            if !suggestions.contains(&word) && word != plain {
                suggestions.push(word);
            }
        }
    }
    suggestions.truncate(6);
    Ok(suggestions)
}

/// How many slips lie between two words: a letter too many, too few, another one, or two swapped (Damerau and Levenshtein,
/// with each pair swapped at most once).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let other = usize::from(a[i - 1] != b[j - 1]);
                    let plain = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + other);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    if swapped { plain.min(rows[i - 2][j - 2] + 1) } else { plain }
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_last_word_may_be_unfinished() {
        let whole_and_beginning = |words| {
            let Asked { whole, beginning } = asked(words);
            (whole, beginning)
        };
        let expect = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(whole_and_beginning("claw ham"), expect("claw", "ham"));
        assert_eq!(whole_and_beginning("ham"), expect("", "ham"));
        for whole in ["claw \"ham", "claw -ham", "claw or ham", "ham'", "a", "8 mm", "x & y:*", "claw or"] {
            assert_eq!(whole_and_beginning(whole), expect(whole, ""), "{whole}");
        }
    }

    #[test]
    fn counts_slips() {
        assert_eq!(distance("hamer", "hammer"), 1);
        assert_eq!(distance("hamemr", "hammer"), 1);
        assert_eq!(distance("screwdirver", "screwdriver"), 1);
        assert_eq!(distance("saw", "nail"), 3);
        assert_eq!(distance("", "nail"), 4);
    }
}
