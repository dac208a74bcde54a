//! Which products a list is about, and what of that a facet leaves out of account.

use super::search::Plan;
use super::{Filter, Tree};
use crate::id::{CategoryId, ProductId};
use sqlx::{Postgres, QueryBuilder};

/// Which products a list is about, as conditions on `product_index s`.
pub(super) struct Scope<'a> {
    pub filter: &'a Filter,
    pub category: Option<CategoryId>,
    pub plan: Option<&'a Plan>,
    pub hidden: Vec<CategoryId>,
    pub branch: Vec<CategoryId>,
}

/// One thing that a shopper may have chosen. What a facet counts leaves its own choice out of account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Category,
    Brand,
    Price,
    Stock,
    Offer,
    Option(String),
    /// One variant has the chosen value of every option.
    Together,
}

impl<'a> Scope<'a> {
    pub fn new(filter: &'a Filter, tree: &Tree, category: Option<CategoryId>, plan: Option<&'a Plan>) -> Self {
        let branch = category.map(|id| tree.branch(id).iter().map(|c| c.id).collect()).unwrap_or_default();
        Self { filter, category, plan, hidden: tree.hidden(), branch }
    }

    /// What was chosen, as conditions that a facet may leave out. Without a search the category is not among them:
    /// nobody asks how much there is in all the others, and it would mean to count the whole shop for each page.
    pub fn choices(&self) -> Vec<Choice> {
        let filter = self.filter;
        let mut choices = Vec::new();
        let mut when = |chosen: bool, choice| {
            if chosen {
                choices.push(choice)
            }
        };
        when(self.category.is_some() && self.plan.is_some(), Choice::Category);
        when(!filter.brands.is_empty(), Choice::Brand);
        when(filter.min_price.is_some() || filter.max_price.is_some(), Choice::Price);
        when(filter.in_stock, Choice::Stock);
        when(filter.on_offer, Choice::Offer);
        when(filter.options.len() > 1, Choice::Together);
        choices.extend(filter.options.keys().cloned().map(Choice::Option));
        choices
    }

    /// What no facet leaves out.
    pub fn push_base(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("s.shown");
        if !self.hidden.is_empty() {
            sql.push(" and (s.category_id is null or s.category_id <> all(").push_bind(self.hidden.clone()).push("))");
        }
        if self.category.is_some() && self.plan.is_none() {
            sql.push(" and ");
            self.push(&Choice::Category, sql);
        }
        if let Some(plan) = self.plan {
            sql.push(" and (s.words @@ ").push_bind(plan.query.clone()).push("::tsquery");
            if !(plan.exact.is_empty() && plan.described.is_empty()) {
                let ids: Vec<ProductId> = plan.exact.iter().chain(&plan.described).copied().collect();
                sql.push(" or s.product_id = any(").push_bind(ids).push(")");
            }
            sql.push(")");
        }
        if !self.filter.tags.is_empty() {
            let tags: Vec<String> = self.filter.tags.iter().cloned().collect();
            sql.push(" and s.tags && ").push_bind(tags);
        }
    }

    /// The base and every choice: what the list holds.
    pub fn push_all(&self, sql: &mut QueryBuilder<Postgres>) {
        self.push_base(sql);
        for choice in self.choices() {
            sql.push(" and ");
            self.push(&choice, sql);
        }
    }

    pub fn push(&self, choice: &Choice, sql: &mut QueryBuilder<Postgres>) {
        let filter = self.filter;
        match choice {
            Choice::Category => {
                sql.push("s.category_id = any(").push_bind(self.branch.clone()).push(")");
            }
            Choice::Brand => {
                let brands: Vec<String> = filter.brands.iter().cloned().collect();
                sql.push("s.brand = any(").push_bind(brands).push(")");
            }
            Choice::Price => {
                sql.push("s.price_min between ").push_bind(filter.min_price.unwrap_or(0));
                sql.push(" and ").push_bind(filter.max_price.unwrap_or(i64::MAX));
            }
            Choice::Stock => {
                sql.push("s.stock > 0");
            }
            Choice::Offer => {
                sql.push("s.discount > 0");
            }
            Choice::Option(name) => {
                sql.push("s.options && ").push_bind(option_keys(filter, name));
            }
            Choice::Together => {
                let keys: Vec<String> = filter.options.keys().flat_map(|name| option_keys(filter, name)).collect();
                sql.push(
                    "exists (
                        select from variants v
                        where v.product_id = s.product_id and v.is_active and (
                            select count(*)
                            from product_options o
                            where o.product_id = v.product_id
                              and o.name || chr(31) || case o.position when 1 then v.option1 when 2 then v.option2 else v.option3 end
                                  = any(",
                );
                sql.push_bind(keys).push(")) = ").push_bind(filter.options.len() as i64).push(")");
            }
        }
    }
}

/// As `product_index.options` holds them.
fn option_keys(filter: &Filter, name: &str) -> Vec<String> {
    filter.options.get(name).into_iter().flatten().map(|value| format!("{name}\u{1f}{value}")).collect()
}

/// Products that are alike: of one category, of one brand, or of one price range, stock and offer.
#[derive(sqlx::FromRow)]
pub(super) struct Alike {
    pub category_id: Option<CategoryId>,
    pub brand: Option<String>,
    /// `4 × price range + 2 × in stock + on offer`.
    pub sold: Option<i32>,
    pub fails: i32,
    pub count: i64,
    pub cheapest: Option<i64>,
    pub dearest: Option<i64>,
}

/// The bit of each choice.
pub(super) struct Bits(pub Vec<Choice>);

impl Bits {
    pub fn of_all(scope: &Scope<'_>) -> Self {
        Self(scope.choices())
    }

    pub fn of(&self, choice: &Choice) -> i32 {
        self.0.iter().position(|c| c == choice).map_or(0, |i| 1 << i)
    }

    /// Whether a row counts for the facet of this choice.
    pub fn counts_for(&self, choice: &Choice, fails: i32) -> bool {
        let forgiven = match choice {
            // without one option's choice, which variants have all the others is another question
            Choice::Option(_) => self.of(choice) | self.of(&Choice::Together),
            _ => self.of(choice),
        };
        fails & !forgiven == 0
    }

    /// What a row may fail and still matter to some facet.
    pub fn that_matter(&self) -> Vec<i32> {
        let one = self.0.iter().map(|choice| self.of(choice));
        let with_together = self.0.iter().filter(|choice| matches!(choice, Choice::Option(_)));
        let two = with_together.map(|choice| self.of(choice) | self.of(&Choice::Together));
        std::iter::once(0).chain(one).chain(two).collect()
    }

    pub fn push(&self, scope: &Scope<'_>, sql: &mut QueryBuilder<Postgres>) {
        sql.push("0");
        for choice in &self.0 {
            sql.push(" + case when ");
            scope.push(choice, sql);
            sql.push(format!(" then 0 else {} end", self.of(choice)));
        }
    }
}
