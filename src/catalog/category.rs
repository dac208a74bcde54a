//! The category tree. It is small and read on every page, so it is read whole.
//!
//! A category that is switched off hides itself and all below it from shoppers, with the products in them.

mod commands;
mod own_picture;

pub use commands::{
    CategoryForEdit, CategoryInput, MoveCategory, category_as_it_stands, category_for_edit, create_category,
    delete_category, delete_category_if_unchanged, edit_category, edit_category_if_unchanged, move_category,
    set_category_active,
};
pub(super) use commands::{create_in, free_slug};
pub use own_picture::{remove_category_picture, set_category_picture};

use super::{Crumb, Picture};
use crate::actors::{May, Permission};
use crate::cache::{self, DependsOn};
use crate::id::CategoryId;
use crate::{Error, Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Category {
    pub id: CategoryId,
    pub parent: Option<CategoryId>,
    pub name: String,
    pub slug: String,
    pub description: String,
    pub position: i32,
    pub is_active: bool,
    /// Active, with all above it: shoppers see it.
    pub shown: bool,
    /// 0 at the root.
    pub depth: usize,
    pub picture: Option<Picture>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// All categories, parents before children, siblings in their order.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    categories: Vec<Category>,
    by_id: HashMap<CategoryId, usize>,
    by_slug: HashMap<String, usize>,
}

impl Tree {
    fn new(mut rows: Vec<Category>) -> Self {
        rows.sort_by(|a, b| (a.position, &a.name).cmp(&(b.position, &b.name)));
        let mut children: HashMap<Option<CategoryId>, Vec<Category>> = HashMap::new();
        for row in rows {
            children.entry(row.parent).or_default().push(row);
        }
        let mut tree = Self::default();
        tree.add(None, 0, &mut children);
        tree
    }

    fn add(
        &mut self,
        parent: Option<CategoryId>,
        depth: usize,
        children: &mut HashMap<Option<CategoryId>, Vec<Category>>,
    ) {
        for mut category in children.remove(&parent).unwrap_or_default() {
            category.depth = depth;
            let id = category.id;
            self.by_id.insert(id, self.categories.len());
            self.by_slug.insert(category.slug.clone(), self.categories.len());
            self.categories.push(category);
            self.add(Some(id), depth + 1, children);
        }
    }

    /// In the order of the tree.
    pub fn all(&self) -> &[Category] {
        &self.categories
    }

    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.by_id.get(&id).and_then(|&i| self.categories.get(i))
    }

    pub fn by_slug(&self, slug: &str) -> Option<&Category> {
        self.by_slug.get(slug).and_then(|&i| self.categories.get(i))
    }

    /// Directly below, or the roots.
    pub fn children(&self, parent: Option<CategoryId>) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(move |c| c.parent == parent)
    }

    /// The category itself and all below it, in the order of the tree.
    pub fn branch(&self, id: CategoryId) -> &[Category] {
        let Some(&start) = self.by_id.get(&id) else { return &[] };
        let depth = self.categories[start].depth;
        let below = self.categories[start + 1..].iter().take_while(|c| c.depth > depth).count();
        &self.categories[start..=start + below]
    }

    /// From the root down to the category itself.
    pub fn breadcrumb(&self, id: CategoryId) -> Vec<Crumb> {
        let mut way = Vec::new();
        let mut next = self.get(id);
        while let Some(category) = next {
            way.push(Crumb { id: category.id, name: category.name.clone(), slug: category.slug.clone() });
            next = category.parent.and_then(|id| self.get(id));
        }
        way.reverse();
        way
    }

    /// The categories whose products shoppers do not see.
    pub(super) fn hidden(&self) -> Vec<CategoryId> {
        self.categories.iter().filter(|c| !c.shown).map(|c| c.id).collect()
    }

    pub(super) fn is_hidden(&self, id: Option<CategoryId>) -> bool {
        id.and_then(|id| self.get(id)).is_some_and(|c| !c.shown)
    }

    /// Sums up what lies directly in each category over all below it, as shoppers count.
    fn totals(&self, direct: &HashMap<CategoryId, i64>) -> HashMap<CategoryId, i64> {
        let mut totals = direct.clone();
        for category in self.categories.iter().rev().filter(|c| c.shown) {
            if let (Some(parent), Some(&count)) = (category.parent, totals.get(&category.id)) {
                *totals.entry(parent).or_default() += count;
            }
        }
        totals
    }
}

/// The whole tree, hidden categories too.
pub async fn tree(shop: &Shop) -> Result<Arc<Tree>> {
    let read = || async {
        let rows = sqlx::query!(
            r#"select c.id as "id!: CategoryId", c.parent_id as "parent: CategoryId", c.name as "name!", c.slug as "slug!",
                      c.description as "description!", c.position as "position!", c.is_active as "is_active!",
                      c.created_at as "created_at!", c.updated_at as "updated_at!", c.is_shown as "shown!",
                      f.hash as "hash?", f.width as "width?", f.height as "height?"
               from categories c
               left join files f on f.id = c.file_id"#
        )
        .fetch_all(&shop.db)
        .await?;
        let categories = rows.into_iter().map(|c| Category {
            picture: picture(c.hash, c.width, c.height, &c.name),
            id: c.id,
            parent: c.parent,
            name: c.name,
            slug: c.slug,
            description: c.description,
            position: c.position,
            is_active: c.is_active,
            shown: c.shown,
            depth: 0,
            created_at: c.created_at,
            updated_at: c.updated_at,
        });
        Ok(Tree::new(categories.collect()))
    };
    shop.cache.get_or_read(TheTree, read).await
}

pub(super) fn picture(hash: Option<String>, width: Option<i32>, height: Option<i32>, alt: &str) -> Option<Picture> {
    Some(Picture { hash: hash?, width: width?, height: height?, alt: alt.to_owned() })
}

/// How many products shoppers find in each category, with those in the categories below it.
pub async fn category_counts(shop: &Shop) -> Result<Arc<HashMap<CategoryId, i64>>> {
    let tree = tree(shop).await?;
    let read = || async {
        let rows = sqlx::query!(
            r#"select category_id as "id!: CategoryId", count(*) as "count!"
               from product_index
               where shown and category_id is not null
               group by category_id"#
        )
        .fetch_all(&shop.db)
        .await?;
        Ok(tree.totals(&rows.into_iter().map(|row| (row.id, row.count)).collect()))
    };
    shop.cache.get_or_read(CategoryCounts, read).await
}

/// A category as shoppers see it, with what lies below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CategoryNode {
    #[serde(flatten)]
    pub category: Category,
    pub product_count: i64,
    pub children: Vec<CategoryNode>,
}

/// The tree that shoppers see.
pub async fn category_tree(shop: &Shop) -> Result<Vec<CategoryNode>> {
    let (tree, counts) = (tree(shop).await?, category_counts(shop).await?);
    Ok(nodes(&tree, &counts, None))
}

fn nodes(tree: &Tree, counts: &HashMap<CategoryId, i64>, parent: Option<CategoryId>) -> Vec<CategoryNode> {
    let node = |category: &Category| CategoryNode {
        category: category.clone(),
        product_count: counts.get(&category.id).copied().unwrap_or(0),
        children: nodes(tree, counts, Some(category.id)),
    };
    tree.children(parent).filter(|c| c.shown).map(node).collect()
}

/// The head of a category's page. Its products are a [`Listing`](super::Listing).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CategoryPage {
    #[serde(flatten)]
    pub node: CategoryNode,
    /// From the root down to the category itself.
    pub breadcrumb: Vec<Crumb>,
}

/// A category that shoppers see, by its slug or id.
pub async fn category(shop: &Shop, slug_or_id: &str) -> Result<CategoryPage> {
    let tree = tree(shop).await?;
    let by_id = || slug_or_id.parse().ok().and_then(|id| tree.get(id));
    let category = tree.by_slug(slug_or_id).or_else(by_id).filter(|c| c.shown).ok_or(Error::NotFound)?;
    let counts = category_counts(shop).await?;
    Ok(CategoryPage {
        breadcrumb: tree.breadcrumb(category.id),
        node: CategoryNode {
            category: category.clone(),
            product_count: counts.get(&category.id).copied().unwrap_or(0),
            children: nodes(&tree, &counts, Some(category.id)),
        },
    })
}

/// A line of the staff's list of categories, in the order of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminCategory {
    #[serde(flatten)]
    pub category: Category,
    /// Directly in it, of any status.
    pub products: i64,
    pub has_children: bool,
}

/// All categories for staff, hidden ones too.
pub async fn admin_categories(shop: &Shop, who: &dyn May) -> Result<Vec<AdminCategory>> {
    who.may(Permission::CatalogRead)?;
    let tree = tree(shop).await?;
    let rows = sqlx::query!(
        r#"select category_id as "id!: CategoryId", count(*) as "count!"
           from product_index
           where category_id is not null
           group by category_id"#
    )
    .fetch_all(&shop.db)
    .await?;
    let counts: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row.count)).collect();
    let parents: HashSet<_> = tree.all().iter().filter_map(|c| c.parent).collect();
    let line = |category: &Category| AdminCategory {
        products: counts.get(&category.id).copied().unwrap_or(0),
        has_children: parents.contains(&category.id),
        category: category.clone(),
    };
    Ok(tree.all().iter().map(line).collect())
}

/// One category for staff, hidden or not.
pub async fn admin_category(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<Category> {
    who.may(Permission::CatalogRead)?;
    tree(shop).await?.get(id).cloned().ok_or(Error::NotFound)
}

cache::key!(TheTree => Tree, at most 2);

impl DependsOn for Tree {}

cache::key!(CategoryCounts => HashMap<CategoryId, i64>, at most 2);

impl DependsOn for HashMap<CategoryId, i64> {}
