//! A picture that a file gives to several variants, one by one, mostly shows what they have in common: a colour.

use super::Shown;
use crate::Result;
use crate::id::{ProductId, VariantId};
use sqlx::PgConnection;

/// A variant with its values.
pub(in crate::catalog) type Values<'a> = (VariantId, &'a [String]);

/// What the picture of these variants shows: the only one, or a value that they have in common, or else the product.
/// `taken` are those that another picture shows.
pub(in crate::catalog) async fn shown_by(
    conn: &mut PgConnection,
    product: ProductId,
    all: &[Values<'_>],
    these: &[Vec<String>],
    taken: &[Vec<String>],
) -> Result<Shown> {
    if let Some(only) = these.first().filter(|first| these.iter().all(|other| other == *first)) {
        let found = all.iter().find(|(_, values)| values == only);
        return Ok(Shown { variant: found.map(|(id, _)| *id), value: None });
    }
    let Some((place, value)) = in_common(all, these, taken) else { return Ok(Shown::default()) };
    let value = sqlx::query_scalar!(
        "select c.id
         from product_option_values c
         join product_options o on o.id = c.option_id
         where o.product_id = $1 and o.position = $2 and c.value = $3",
        product as _,
        i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1),
        value,
    );
    Ok(Shown { variant: None, value: value.fetch_optional(conn).await? })
}

/// The first option of which all these have one value that others have not, or only such as no other picture shows.
fn in_common<'a>(all: &[Values<'_>], these: &'a [Vec<String>], taken: &[Vec<String>]) -> Option<(usize, &'a String)> {
    these.first()?.iter().enumerate().find(|(place, value)| {
        let has = |values: &[String]| values.get(*place) == Some(value);
        let tells = all.iter().any(|(_, values)| !has(values));
        let others = taken.iter().any(|values| has(values) && !these.contains(values));
        these.iter().all(|values| has(values)) && tells && !others
    })
}
