//! What lists are counted by, of the whole shop: how many products there are of each category, brand, price, stock and
//! offer. Read once after a change; every list that is not a search is then counted from memory, whatever a stranger
//! chooses. 100,000 products are some ten thousand cells.

use super::scope::{Alike, Bits, Choice, Scope};
use crate::cache::{self, DependsOn};
use crate::id::CategoryId;
use crate::{Result, Shop};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Cube {
    cells: Vec<Cell>,
    brands: Vec<String>,
}

/// Products that no list tells apart.
#[derive(Debug)]
struct Cell {
    category: Option<CategoryId>,
    /// Its place in `brands`.
    brand: usize,
    price: i64,
    in_stock: bool,
    on_offer: bool,
    count: i64,
}

/// The cube of all products that are shown.
pub(super) async fn cube(shop: &Shop) -> Result<Arc<Cube>> {
    // boxed, as what recalls something is: stacks are small
    Box::pin(shop.cache.get_or_read(TheCube, || read(shop))).await
}

async fn read(shop: &Shop) -> Result<Cube> {
    let rows = sqlx::query!(
        r#"select category_id as "category: CategoryId", brand, price_min as "price!", stock > 0 as "in_stock!",
                  discount > 0 as "on_offer!", count(*) as "count!"
           from product_index
           where shown
           group by category_id, brand, price_min, stock > 0, discount > 0"#
    )
    .fetch_all(&shop.db)
    .await?;
    let (mut brands, mut known) = (Vec::new(), HashMap::new());
    let cells = rows.into_iter().map(|row| Cell {
        category: row.category,
        brand: *known.entry(row.brand).or_insert_with_key(|brand: &String| {
            brands.push(brand.clone());
            brands.len() - 1
        }),
        price: row.price,
        in_stock: row.in_stock,
        on_offer: row.on_offer,
        count: row.count,
    });
    Ok(Cube { cells: cells.collect(), brands })
}

impl Cube {
    /// Whether a list can be counted here: tags, options and words are not among what cells know.
    pub fn knows(scope: &Scope<'_>) -> bool {
        scope.plan.is_none() && scope.filter.tags.is_empty() && scope.filter.options.is_empty()
    }

    /// How many products a list has.
    pub fn total(&self, scope: &Scope<'_>) -> i64 {
        let bits = Bits::of_all(scope);
        self.within(scope).filter(|cell| self.fails(cell, scope, &bits) == 0).map(|cell| cell.count).sum()
    }

    /// The same rows that the database would count.
    pub fn alike(&self, scope: &Scope<'_>, bits: &Bits, edges: &[i64]) -> Vec<Alike> {
        let matter = bits.that_matter();
        let mut categories: HashMap<(CategoryId, i32), i64> = HashMap::new();
        let mut brands: HashMap<(usize, i32), i64> = HashMap::new();
        let mut sold: HashMap<(i32, i32), (i64, i64, i64)> = HashMap::new();
        for cell in self.within(scope) {
            let fails = self.fails(cell, scope, bits);
            if !matter.contains(&fails) {
                continue;
            }
            if let Some(category) = cell.category {
                *categories.entry((category, fails)).or_default() += cell.count;
            }
            *brands.entry((cell.brand, fails)).or_default() += cell.count;
            let range = edges.iter().filter(|edge| **edge <= cell.price).count() as i32;
            let way = 4 * range + 2 * i32::from(cell.in_stock) + i32::from(cell.on_offer);
            let (count, cheapest, dearest) = sold.entry((way, fails)).or_insert((0, i64::MAX, i64::MIN));
            *count += cell.count;
            (*cheapest, *dearest) = ((*cheapest).min(cell.price), (*dearest).max(cell.price));
        }
        let none = |fails, count| Alike {
            category_id: None,
            brand: None,
            sold: None,
            fails,
            count,
            cheapest: None,
            dearest: None,
        };
        let categories = categories
            .into_iter()
            .map(|((category, fails), count)| Alike { category_id: Some(category), ..none(fails, count) });
        let brands = brands
            .into_iter()
            .map(|((brand, fails), count)| Alike { brand: self.brands.get(brand).cloned(), ..none(fails, count) });
        let sold = sold.into_iter().map(|((way, fails), (count, cheapest, dearest))| Alike {
            sold: Some(way),
            cheapest: Some(cheapest),
            dearest: Some(dearest),
            ..none(fails, count)
        });
        categories.chain(brands).chain(sold).collect()
    }

    /// What no facet leaves out, as `Scope::push_base` says it.
    fn within<'a>(&'a self, scope: &'a Scope<'_>) -> impl Iterator<Item = &'a Cell> {
        let is_hidden = |category: &CategoryId| scope.hidden.contains(category);
        let is_asked = |cell: &Cell| match scope.category {
            Some(_) => cell.category.is_some_and(|category| scope.branch.contains(&category)),
            None => true,
        };
        self.cells.iter().filter(move |cell| !cell.category.as_ref().is_some_and(is_hidden) && is_asked(cell))
    }

    /// The bits of the choices that a cell does not meet.
    fn fails(&self, cell: &Cell, scope: &Scope<'_>, bits: &Bits) -> i32 {
        let filter = scope.filter;
        let meets = |choice: &Choice| match choice {
            Choice::Brand => self.brands.get(cell.brand).is_some_and(|brand| filter.brands.contains(brand)),
            Choice::Price => {
                filter.min_price.unwrap_or(0) <= cell.price && cell.price <= filter.max_price.unwrap_or(i64::MAX)
            }
            Choice::Stock => cell.in_stock,
            Choice::Offer => cell.on_offer,
            Choice::Category | Choice::Option(_) | Choice::Together => true,
        };
        bits.0.iter().filter(|choice| !meets(choice)).map(|choice| bits.of(choice)).sum()
    }
}

cache::key!(TheCube => Cube, at most 2);

impl DependsOn for Cube {
    const LISTS: bool = true;
}
