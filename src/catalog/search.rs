//! Search: what was typed becomes a full-text query, and words that nobody knows become the ones they look like.
//!
//! Words are looked for in names, brands, categories, tags, option values and SKUs; only when that finds little, in
//! descriptions too. The last word may be unfinished. A whole SKU or barcode leads straight to its product, a beginning
//! or a part of one finds it, with other separators than it has or none: `NOR.07-07` begins `NOR.0707-60`. What is
//! written as it was typed comes first. What a word is, and how scripts without spaces are searched, `search_term` says
//! in the schema: one function for what is searched and one for what is searched for, both on top of `fold`.

use crate::id::{CategoryId, ProductId};
use crate::{Result, Shop};

/// How a search is answered: the conditions for the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// What is searched for: as typed, or corrected.
    pub words: String,
    /// A tsquery as text; empty when there are no words in what was typed.
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

/// What was typed, term by term, for `search_query` in the schema. As on other sites, quotes keep words together, a
/// hyphen before a word says that it is not wanted, and `or` stands between alternatives.
#[derive(Debug, Default, PartialEq, Eq)]
struct ParsedQuery {
    terms: Vec<String>,
    kinds: Vec<&'static str>,
}

impl ParsedQuery {
    fn push(&mut self, kind: &'static str, term: &str) {
        self.terms.push(term.to_owned());
        self.kinds.push(kind);
    }

    /// Only what is not wanted: nearly everything would be found. The hyphen belongs to a part of some code then
    /// (`-DRE`).
    fn wants_nothing(&self) -> bool {
        !self.kinds.iter().any(|kind| matches!(*kind, "word" | "begins" | "phrase"))
    }
}

fn asked(words: &str) -> ParsedQuery {
    let mut asked = ParsedQuery::default();
    let mut rest = words.trim();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (phrase, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            asked.push("phrase", phrase);
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after.trim_start();
        let wanted = word.strip_prefix('-').filter(|word| word.starts_with(char::is_alphanumeric));
        match (word, wanted) {
            (_, Some(unwanted)) => asked.push("not", unwanted),
            (or, _) if or.eq_ignore_ascii_case("or") => asked.push("or", ""),
            // a unit belongs to the number before it: see `folded_words` in the schema
            (unit, _) if is_unit(unit) && asked.terms.last().is_some_and(|term| term.ends_with(char::is_numeric)) => {
                if let Some(number) = asked.terms.last_mut() {
                    number.push_str(unit);
                }
            }
            (word, _) => asked.push("word", word),
        }
    }
    if asked.wants_nothing() {
        asked.kinds.iter_mut().filter(|kind| **kind == "not").for_each(|kind| *kind = "word");
    }
    // what is still being typed
    let is_last = words.ends_with(|c: char| c.is_alphanumeric());
    if let (true, Some(kind), Some(term)) = (is_last, asked.kinds.last_mut(), asked.terms.last())
        && *kind == "word"
        && term.chars().nth(1).is_some()
    {
        *kind = "begins";
    }
    asked
}

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
    let ParsedQuery { terms, kinds } = asked(words);
    let kinds: Vec<String> = kinds.into_iter().map(str::to_owned).collect();
    let found = sqlx::query!(
        r#"with asked as (select search_query($1, $2) as query)
           select query::text as "query!",
                  array(
                      select v.product_id
                      from variants v
                      join product_index s on s.product_id = v.product_id
                      where (lower(v.sku) = lower($3) or lower(v.sku) = fold($3) or v.barcode = $3) and v.is_active
                        and s.shown and (s.category_id is null or s.category_id <> all($4))
                      limit 10
                  ) as "exact!: Vec<ProductId>",
                  (select count(*) from (
                      select from product_index s
                      where s.shown and s.words @@ query and (s.category_id is null or s.category_id <> all($4))
                      limit $5
                  ) named) as "named!"
           from asked"#,
        &terms,
        &kinds,
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
                       join product_index s on s.product_id = p.id
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
    let said: Vec<&str> = words_of(words).take(12).collect();
    let known = known_words(shop, &said, hidden).await?;
    let mut changed = false;
    let better: Vec<&str> = said
        .iter()
        .map(|word| match known.iter().find(|known| known.typed == *word) {
            Some(KnownWord { found: false, says_nothing: false, alike, .. }) => match alike.first() {
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

/// Whether a code may be meant: letters and digits with a sign between that is no space.
pub(super) fn is_parted(words: &str) -> bool {
    let mut letters = words.trim().chars().map(char::is_alphanumeric).skip_while(|is| !is).skip_while(|is| *is);
    !words.trim().contains(char::is_whitespace) && letters.any(|is| is)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

struct KnownWord {
    typed: String,
    /// As products have it.
    word: String,
    /// Some product answers to it.
    found: bool,
    /// It is left out among others ("the"), so it is no slip.
    says_nothing: bool,
    /// Words that look like it, the nearest first.
    alike: Vec<String>,
}

/// Of words of three letters or more, in whatever script. A script that is written without spaces has no words to
/// compare: nothing is alike there, and nothing is changed.
async fn known_words(shop: &Shop, said: &[&str], hidden: &[CategoryId]) -> Result<Vec<KnownWord>> {
    let said: Vec<String> = said.iter().filter(|word| word.chars().count() >= 3).map(|word| word.to_string()).collect();
    let rows = sqlx::query!(
        r#"select said.typed as "typed!", folded.word as "word!",
                  exists(
                      select from product_index s
                      where s.shown and s.words @@ search_query(array[said.typed], array['begins'])
                        and (s.category_id is null or s.category_id <> all($2))
                  ) as "found!",
                  numnode(search_term(said.typed, true)) = 0 as "says_nothing!",
                  array(
                      select w.word
                      from search_words w
                      where (w.word % folded.word or w.word between left(folded.word, 2) and left(folded.word, 2) || chr(1114111))
                        and exists(
                            select from product_index s
                            where s.shown and s.words @@ plainto_tsquery('shop_english', w.word)
                              and (s.category_id is null or s.category_id <> all($2))
                        )
                      order by similarity(w.word, folded.word) desc, w.word
                      limit 10
                  ) as "alike!: Vec<String>"
           from unnest($1::text[]) with ordinality as said (typed, n)
           cross join lateral (select search_text(said.typed) as word) folded
           where length(folded.word) >= 3
           order by said.n"#,
        &said,
        hidden as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let known = rows.into_iter().map(|row| {
        let mut near: Vec<(usize, String)> =
            row.alike.into_iter().map(|alike| (distance(&row.word, &alike), alike)).collect();
        // One slip in three letters is a slip; more is another word, and so is one that begins otherwise and has
        // another slip besides: who wants a wrench has no use for a bench.
        let first = row.word.chars().next();
        near.retain(|(distance, alike)| {
            *distance <= row.word.chars().count().div_ceil(3) && (*distance <= 1 || alike.chars().next() == first)
        });
        near.sort_by_key(|(distance, _)| *distance);
        let alike = near.into_iter().map(|(_, word)| word).collect();
        KnownWord { typed: row.typed, word: row.word, found: row.found, says_nothing: row.says_nothing, alike }
    });
    Ok(known.collect())
}

/// For a search that found nothing: words that would find something.
pub(super) async fn suggestions(shop: &Shop, words: &str, hidden: &[CategoryId]) -> Result<Vec<String>> {
    let said: Vec<&str> = words_of(words).filter(|word| word.chars().count() >= 3).take(6).collect();
    let whole = words.trim().to_lowercase();
    let mut suggestions = Vec::new();
    for known in known_words(shop, &said, hidden).await? {
        let itself = known.found.then_some(known.word);
        for word in itself.into_iter().chain(known.alike.into_iter().take(3)) {
            if !suggestions.contains(&word) && word != whole {
                suggestions.push(word);
            }
        }
    }
    suggestions.truncate(6);
    Ok(suggestions)
}

/// How many slips lie between two words: a letter too many, too few, another one, or two swapped (Damerau and
/// Levenshtein, with each pair swapped at most once).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
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
    fn terms_are_told_apart() {
        let terms = |words: &str| {
            let ParsedQuery { terms, kinds } = asked(words);
            kinds.into_iter().zip(terms).map(|(kind, term)| format!("{kind} {term}")).collect::<Vec<_>>()
        };
        for (words, expected) in [
            ("claw ham", vec!["word claw", "begins ham"]),
            ("KT-INS114", vec!["begins KT-INS114"]),
            ("16 oz hammer", vec!["word 16oz", "begins hammer"]),
            ("a", vec!["word a"]),
            ("½", vec!["word ½"]),
            ("claw \"tenon saw", vec!["word claw", "phrase tenon saw"]),
            ("\"sledge hammer\" big", vec!["phrase sledge hammer", "begins big"]),
            ("3/4\" socket", vec!["word 3/4\"", "begins socket"]),
            ("claw -ham", vec!["word claw", "not ham"]),
            ("claw or saw", vec!["word claw", "or ", "begins saw"]),
            // nothing else is wanted: a part of a code
            ("-DRE", vec!["begins DRE"]),
            ("-a -b", vec!["word a", "word b"]),
            ("- --", vec!["word -", "word --"]),
            ("", vec![]),
        ] {
            assert_eq!(terms(words), expected, "{words}");
        }
    }

    #[test]
    fn codes_are_told_by_their_separators() {
        for code in ["NOR.07-07", "a-1", "1/2", ".a-b"] {
            assert!(is_parted(code), "{code}");
        }
        for other in ["", "nor", "nor.", "-dre", "claw hammer", "KT-1 kettle"] {
            assert!(!is_parted(other), "{other}");
        }
    }

    #[test]
    fn counts_slips() {
        assert_eq!(distance("hamer", "hammer"), 1);
        assert_eq!(distance("hamemr", "hammer"), 1);
        assert_eq!(distance("screwdirver", "screwdriver"), 1);
        assert_eq!(distance("saw", "nail"), 3);
        assert_eq!(distance("", "nail"), 4);
        assert_eq!(distance("малоток", "молоток"), 1);
    }
}
