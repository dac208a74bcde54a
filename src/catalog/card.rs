//! Cards: what lists show of a product.

use super::category::picture;
use super::product::{Availability, Fragment, ProductCard};
use crate::cache::{self, DependsOn};
use crate::id::{ProductId, VariantId};
use crate::{Money, Result, Shop};

/// The cards of these products, in the same order. With a full-text query (as text), its words are marked.
pub(super) async fn cards(shop: &Shop, ids: &[ProductId], query: Option<&str>) -> Result<Vec<ProductCard>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select p.id as "id!: ProductId", p.slug as "slug!", p.name as "name!", p.summary as "summary!", p.brand as "brand!",
                  p.created_at as "created_at!", p.updated_at as "updated_at!",
                  s.price_min as "price_min!", s.price_max as "price_max!", s.discount > 0 as "on_offer!",
                  cheapest.compare_at_price as "compare_at?",
                  case when s.variants = 1 then cheapest.id end as "only_variant: VariantId",
                  stock.best as "best!", stock.total as "total!",
                  shot.alt as "alt?", shot.hash as "hash?", shot.width as "width?", shot.height as "height?",
                  case when $2 <> '' then ts_headline('shop_english', translate(p.name, e'\x02\x03', ''), $2::text::tsquery,
                      e'HighlightAll=true, StartSel=\x02, StopSel=\x03') end as marked_name,
                  case when $2 <> '' then ts_headline('shop_english', translate(p.summary, e'\x02\x03', ''), $2::text::tsquery,
                      e'HighlightAll=true, StartSel=\x02, StopSel=\x03') end as marked_summary
           from unnest($1::uuid[]) with ordinality as wanted (id, n)
           join products p on p.id = wanted.id
           join product_index s on s.product_id = p.id
           left join lateral (
               select v.id, v.compare_at_price
               from variants v
               where v.product_id = p.id and v.is_active
               order by v.price, v.position
               limit 1
           ) cheapest on true
           cross join lateral (
               select coalesce(max(available), 0)::int as best, coalesce(sum(available), 0)::int as total
               from (
                   select l.available
                   from sellable_stock l
                   join variants v on v.id = l.variant_id
                   where l.product_id = p.id and l.on_hand > l.reserved and v.is_active
               ) each
           ) stock
           left join lateral (
               select i.alt, f.hash, f.width, f.height
               from product_images i
               join files f on f.id = i.file_id
               where i.product_id = p.id
               order by i.position, i.id
               limit 1
           ) shot on true
           where s.shown
           order by wanted.n"#,
        ids as _,
        query.unwrap_or_default(),
    )
    .fetch_all(&shop.db)
    .await?;
    let money = |minor| Money::new(minor, shop.currency);
    let cards = rows.into_iter().map(|row| {
        let availability = availability(row.best, row.total);
        let alt = row.alt.filter(|alt| !alt.is_empty()).unwrap_or_else(|| row.name.clone());
        ProductCard {
            id: row.id,
            picture: picture(row.hash, row.width, row.height, &alt),
            slug: row.slug,
            name: row.name,
            summary: row.summary,
            brand: row.brand,
            currency: shop.currency,
            price: money(row.price_min),
            price_to: money(row.price_max),
            compare_at: row.compare_at.map(money),
            on_offer: row.on_offer,
            in_stock: availability.can_buy(),
            availability,
            only_variant: row.only_variant,
            created_at: row.created_at,
            updated_at: row.updated_at,
            marked_name: row.marked_name.map(|text| fragments(&text)).unwrap_or_default(),
            marked_summary: row.marked_summary.map(|text| fragments(&text)).unwrap_or_default(),
        }
    });
    Ok(cards.collect())
}

/// Of a product: as good as its best variant.
pub(super) fn availability(best: i32, total: i32) -> Availability {
    match Availability::of(best) {
        Availability::Low(_) => Availability::Low(total),
        word => word,
    }
}

/// Parts text at the two characters that stand around hits.
fn fragments(marked: &str) -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = Vec::new();
    let mut push = |hit, text: &str| {
        if !text.is_empty() {
            fragments.push(Fragment { hit, text: text.to_owned() });
        }
    };
    let mut parts = marked.split('\x02');
    push(false, parts.next().unwrap_or_default());
    for part in parts {
        let (hit, rest) = part.split_once('\x03').unwrap_or((part, ""));
        push(true, hit);
        push(false, rest);
    }
    fragments
}

cache::key!(CardOf(ProductId) => ProductCard, at most 20_000);

impl DependsOn for ProductCard {
    fn cards(&self) -> impl Iterator<Item = ProductId> {
        std::iter::once(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_marked_text() {
        let parts = |text| fragments(text).into_iter().map(|s| (s.hit, s.text)).collect::<Vec<_>>();
        let s = str::to_owned;
        assert_eq!(
            parts("A \x02claw\x03 <b>\x02hammer\x03"),
            [(false, s("A ")), (true, s("claw")), (false, s(" <b>")), (true, s("hammer"))]
        );
        assert_eq!(parts("\x02claw"), [(true, s("claw"))]);
        assert_eq!(parts(""), []);
    }
}
