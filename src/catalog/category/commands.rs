//! What staff do to the category tree.

use crate::actors::{May, Permission};
use crate::audit::{self, Entry};
use crate::catalog::products::naming::numbered;
use crate::events::{self, CategoryDetails, CategoryEvent, Event};
use crate::id::{CategoryId, FileId};
use crate::input::{Raw, slugify};
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// A category as typed.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "name": "Shirts", "parentId": "0190b5a0-7c1e-7000-8000-000000000001", "position": 1 }))]
pub struct CategoryInput {
    #[schema(max_length = 120)]
    pub name: Raw,
    /// Made of the name when empty, with a number behind it where another category has it.
    #[schema(max_length = 140)]
    pub slug: Raw,
    #[schema(max_length = 10_000)]
    pub description: Raw,
    /// Id of the category above; empty is the root.
    #[schema(value_type = Option<CategoryId>)]
    #[serde(rename = "parentId")]
    pub parent: Raw,
    /// From 1, among its siblings; past the end is the end. Empty, a new one is the last, and one that is edited stays.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100_000)]
    pub position: Raw,
    /// `on` or `true`; a form without the box ticked says nothing, which is off.
    #[schema(value_type = bool)]
    pub is_active: Raw,
    /// Id of a stored picture. Empty, a category that is edited keeps the one that it has.
    #[serde(rename = "fileId")]
    #[schema(value_type = Option<FileId>)]
    pub file: Raw,
}

/// Where a category is put: below another one, at a place among its siblings.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MoveCategory {
    #[serde(rename = "parentId")]
    pub parent: Raw,
    /// From 1; past the end is the end. Empty is the end.
    pub position: Raw,
}

/// What is written down of a category in the audit log and in events.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CategorySnapshot {
    id: CategoryId,
    parent: Option<CategoryId>,
    name: String,
    slug: String,
    description: String,
    position: i32,
    is_active: bool,
    pub file: Option<FileId>,
    /// As it was read.
    #[serde(skip)]
    updated_at: DateTime<Utc>,
}

struct CheckedCategory {
    position: Option<i32>,
    name: String,
    /// `None`: to be made of the name.
    slug: Option<String>,
    description: String,
    parent: Option<CategoryId>,
    is_active: bool,
    file: Option<FileId>,
}

impl CategoryInput {
    fn check(&self) -> Result<CheckedCategory> {
        let mut faults = Invalid::default();
        let name = self.name.required("name", 120, &mut faults);
        let wanted = if self.slug.is_empty() { &name } else { &self.slug.text("slug", 140, &mut faults) };
        let slug = slugify(wanted);
        if slug.is_empty() && !name.is_empty() {
            faults.add("slug", "needs at least one letter or digit");
        }
        let checked = CheckedCategory {
            position: place(&self.position, &mut faults),
            description: self.description.text("description", 10_000, &mut faults),
            parent: optional_id(&self.parent, "parentId", &mut faults),
            is_active: self.is_active.is_on(),
            file: optional_id(&self.file, "fileId", &mut faults),
            slug: (!self.slug.is_empty()).then_some(slug),
            name,
        };
        faults.into_result()?;
        Ok(checked)
    }
}

fn place(raw: &Raw, faults: &mut Invalid) -> Option<i32> {
    if raw.is_empty() { None } else { raw.whole("position", 1..=100_000, faults) }
}

fn optional_id<T: std::str::FromStr>(raw: &Raw, field: &'static str, faults: &mut Invalid) -> Option<T> {
    if raw.is_empty() {
        return None;
    }
    faults.check(field, raw.trimmed().parse().map_err(|_| "is not known"))
}

/// The faults that the database finds, beside the field that caused them.
trait Refused<T> {
    fn refused(self) -> Result<T>;
}

impl<T> Refused<T> for Result<T, sqlx::Error> {
    fn refused(self) -> Result<T> {
        self.on_constraint("categories_slug_key", || {
            Error::taken("slug_taken", "slug", "is already the address of another category")
        })
        .on_constraint("categories_parent_id_fkey", || Error::invalid("parentId", "is not known"))
        .on_constraint("categories_file_id_fkey", || Error::invalid("fileId", "is not known"))
        .on_constraint("categories_check", || Error::invalid("parentId", "cannot be the category itself"))
        .on_constraint("categories_no_cycle", || Error::invalid("parentId", "lies below the category itself"))
    }
}

/// Adds a category, at the end of its siblings unless it says where.
pub async fn create_category(shop: &Shop, who: &dyn May, input: CategoryInput) -> Result<CategoryId> {
    who.may(Permission::CatalogWrite)?;
    let new = input.check()?;
    act!(shop, who, "category.create", |act| {
        let id = insert(&mut act, &new).await?;
        act.commit(id).await
    })
}

/// Adds a category as part of an act.
pub(in crate::catalog) async fn create_in(act: &mut Act<'_>, input: &CategoryInput) -> Result<CategoryId> {
    insert(act, &input.check()?).await
}

async fn insert(act: &mut Act<'_>, new: &CheckedCategory) -> Result<CategoryId> {
    if new.position.is_some() {
        lock_tree(act).await?;
    }
    let id = CategoryId::new();
    let slug = address(act, new, id).await?;
    let last = sqlx::query_scalar!(
        "insert into categories (id, parent_id, name, slug, description, position, is_active, file_id, created_at, updated_at)
         select $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1, $6, $7, $8, $8
         from categories
         where parent_id is not distinct from $2
         returning position",
        id as _,
        new.parent as _,
        new.name,
        slug,
        new.description,
        new.is_active,
        new.file as _,
        act.now,
    )
    .fetch_one(&mut **act)
    .await
    .refused()?;
    let position = match new.position {
        Some(_) => put(act, id, new.parent, new.position).await?,
        None => last,
    };
    let after = CategorySnapshot {
        id,
        parent: new.parent,
        name: new.name.clone(),
        slug,
        description: new.description.clone(),
        position,
        is_active: new.is_active,
        file: new.file,
        updated_at: act.now,
    };
    written_down(act, "category.create", Event::CategoryCreated, None, Some(&after))?;
    Ok(id)
}

/// The address that was typed; or one made of the name, as other categories leave it free. Of two that would be called
/// the same in one place, the second is taken for a slip, unless it says its own address.
async fn address(conn: &mut PgConnection, new: &CheckedCategory, id: CategoryId) -> Result<String> {
    if let Some(slug) = &new.slug {
        return Ok(slug.clone());
    }
    let twin = sqlx::query_scalar!(
        r#"select exists(
               select from categories
               where lower(name) = lower($1) and parent_id is not distinct from $2 and id <> $3
           ) as "is!""#,
        new.name,
        new.parent as _,
        id as _,
    );
    if twin.fetch_one(&mut *conn).await? {
        return Err(Error::invalid(
            "slug",
            "would be that of the category of the same name beside it; give one of its own",
        ));
    }
    free_slug(conn, &new.name, Some(id)).await
}

/// An address that no other category has: made of the name, or with a number behind it. The one that a category has
/// stays, if it could have been made so.
pub(in crate::catalog) async fn free_slug(
    conn: &mut PgConnection,
    name: &str,
    own: Option<CategoryId>,
) -> Result<String> {
    let base = match slugify(name) {
        slug if slug.is_empty() => "category".to_owned(),
        slug => slug,
    };
    // of several at once each finds what the one before it took
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('category slug ' || $1, 0))", base)
        .execute(&mut *conn)
        .await?;
    let candidates = numbered(&base, 50);
    let taken = sqlx::query!(
        r#"select slug, id is not distinct from $2 as "own!" from categories where slug = any($1)"#,
        &candidates,
        own as _,
    );
    let taken = taken.fetch_all(conn).await?;
    if let Some(mine) = taken.iter().find(|row| row.own) {
        return Ok(mine.slug.clone());
    }
    let free = candidates.into_iter().find(|slug| !taken.iter().any(|row| row.slug == *slug));
    Ok(free.unwrap_or_else(|| format!("{base}-{}", hex::encode(crate::random_bytes::<4>()))))
}

/// A category as it stands.
#[derive(Debug, Clone)]
pub struct CategoryForEdit {
    pub input: CategoryInput,
    pub updated_at: DateTime<Utc>,
}

/// The category as it stands, in the shape of the input. Its picture is changed on its own.
pub async fn category_for_edit(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<CategoryInput> {
    Ok(category_as_it_stands(shop, who, id).await?.input)
}

/// The same, with when it was changed last.
pub async fn category_as_it_stands(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<CategoryForEdit> {
    who.may(Permission::CatalogRead)?;
    let row = sqlx::query!(
        r#"select name, slug, description, parent_id as "parent: CategoryId", is_active, updated_at
           from categories
           where id = $1"#,
        id as _,
    )
    .fetch_one(&shop.db)
    .await?;
    let input = CategoryInput {
        name: Raw(row.name),
        slug: Raw(row.slug),
        description: Raw(row.description),
        position: Raw::default(),
        parent: Raw(row.parent.map(|id| id.to_string()).unwrap_or_default()),
        is_active: Raw::from(if row.is_active { "on" } else { "" }),
        file: Raw::default(),
    };
    Ok(CategoryForEdit { input, updated_at: row.updated_at })
}

/// Changes a category. Its place among its siblings stays, unless it gets another parent: then it is the last one
/// there.
pub async fn edit_category(shop: &Shop, who: &dyn May, id: CategoryId, input: CategoryInput) -> Result<()> {
    edit_category_if_unchanged(shop, who, id, None, input).await
}

/// The same for an editor who saw the category as it was changed last at `seen`: a conflict `edited_meanwhile` if that
/// is no longer so.
pub async fn edit_category_if_unchanged(
    shop: &Shop,
    who: &dyn May,
    id: CategoryId,
    seen: Option<DateTime<Utc>>,
    input: CategoryInput,
) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    let new = input.check()?;
    act!(shop, who, "category.edit", |act| {
        let before = held(&mut act, id, seen).await?;
        let slug = address(&mut act, &new, id).await?;
        let kept = sqlx::query!(
            r#"update categories
               set name = $2, slug = $3, description = $4, parent_id = $5, is_active = $6,
                   file_id = coalesce($7, file_id), updated_at = $8,
                   position = case
                       when parent_id is not distinct from $5 then position
                       else (select coalesce(max(position), 0) + 1 from categories where parent_id is not distinct from $5)
                   end
               where id = $1
               returning position, file_id as "file: FileId""#,
            id as _,
            new.name,
            slug,
            new.description,
            new.parent as _,
            new.is_active,
            new.file as _,
            act.now,
        )
        .fetch_one(&mut *act)
        .await
        .refused()?;
        let position = match new.position {
            Some(_) => put(&mut act, id, new.parent, new.position).await?,
            None => kept.position,
        };
        let after = CategorySnapshot {
            id,
            parent: new.parent,
            name: new.name.clone(),
            slug,
            description: new.description.clone(),
            position,
            is_active: new.is_active,
            file: kept.file,
            updated_at: act.now,
        };
        written_down(&mut act, "category.edit", Event::CategoryUpdated, Some(&before), Some(&after))?;
        act.commit(()).await
    })
}

/// Puts a category below another one, or elsewhere among its siblings.
pub async fn move_category(shop: &Shop, who: &dyn May, id: CategoryId, to: MoveCategory) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    let mut faults = Invalid::default();
    let parent: Option<CategoryId> = optional_id(&to.parent, "parentId", &mut faults);
    let position = place(&to.position, &mut faults);
    faults.into_result()?;
    act!(shop, who, "category.move", |act| {
        lock_tree(&mut act).await?;
        let before = snapshot(&mut act, id).await?;
        let now = act.now;
        sqlx::query!("update categories set parent_id = $2, updated_at = $3 where id = $1", id as _, parent as _, now)
            .execute(&mut *act)
            .await
            .refused()?;
        let position = put(&mut act, id, parent, position).await?;
        let after = CategorySnapshot { parent, position, ..before.clone() };
        written_down(&mut act, "category.move", Event::CategoryMoved, Some(&before), Some(&after))?;
        act.commit(()).await
    })
}

/// Two who reorder at once would number the siblings crosswise.
async fn lock_tree(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('categories tree'))").execute(conn).await?;
    Ok(())
}

/// Puts a category at a place among those below the same parent, from 1; without one, at the end. Answers the place.
async fn put(
    conn: &mut PgConnection,
    id: CategoryId,
    parent: Option<CategoryId>,
    position: Option<i32>,
) -> Result<i32> {
    let mut siblings = sqlx::query_scalar!(
        r#"select id as "id: CategoryId"
           from categories
           where parent_id is not distinct from $1 and id <> $2
           order by position, name"#,
        parent as _,
        id as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let place = position.and_then(|p| usize::try_from(p - 1).ok()).unwrap_or(siblings.len()).min(siblings.len());
    siblings.insert(place, id);
    sqlx::query!(
        "update categories c
         set position = place.n
         from unnest($1::uuid[]) with ordinality as place (id, n)
         where c.id = place.id and c.position <> place.n",
        siblings as _,
    )
    .execute(conn)
    .await?;
    Ok(i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1))
}

/// Shows a category to shoppers, or hides it with all below it and the products in them.
pub async fn set_category_active(shop: &Shop, who: &dyn May, id: CategoryId, active: bool) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    let action = if active { "category.activate" } else { "category.deactivate" };
    act!(shop, who, action, |act| {
        let before = snapshot(&mut act, id).await?;
        if before.is_active == active {
            return Ok(());
        }
        let now = act.now;
        sqlx::query!("update categories set is_active = $2, updated_at = $3 where id = $1", id as _, active, now)
            .execute(&mut *act)
            .await?;
        let after = CategorySnapshot { is_active: active, ..before.clone() };
        written_down(&mut act, action, Event::CategoryUpdated, Some(&before), Some(&after))?;
        act.commit(()).await
    })
}

/// Removes a category that has neither products (of any status) nor categories below it.
pub async fn delete_category(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<()> {
    delete_category_if_unchanged(shop, who, id, None).await
}

/// The same for somebody who saw the category as it was changed last at `seen`.
pub async fn delete_category_if_unchanged(
    shop: &Shop,
    who: &dyn May,
    id: CategoryId,
    seen: Option<DateTime<Utc>>,
) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    act!(shop, who, "category.delete", |act| {
        let before = held(&mut act, id, seen).await?;
        sqlx::query!("delete from categories where id = $1", id as _)
            .execute(&mut *act)
            .await
            .on_constraint("products_category_id_fkey", || {
                Error::conflict("category_has_products", "There are products in this category; move them first")
            })
            .on_constraint("categories_parent_id_fkey", || {
                let message = "There are categories below this one; move or delete them first";
                Error::conflict("category_has_children", message)
            })?;
        written_down(&mut act, "category.delete", Event::CategoryDeleted, Some(&before), None)?;
        act.commit(()).await
    })
}

/// The category as it is now, if nobody changed it since it was `seen`.
async fn held(conn: &mut PgConnection, id: CategoryId, seen: Option<DateTime<Utc>>) -> Result<CategorySnapshot> {
    lock_tree(conn).await?;
    let before = snapshot(conn, id).await?;
    if seen.is_some_and(|seen| seen != before.updated_at) {
        return Err(Error::conflict("edited_meanwhile", "This category was edited meanwhile"));
    }
    Ok(before)
}

/// The category as it is now, held until the transaction ends.
pub(super) async fn snapshot(conn: &mut PgConnection, id: CategoryId) -> Result<CategorySnapshot> {
    Ok(sqlx::query_as!(
        CategorySnapshot,
        r#"select id as "id: CategoryId", parent_id as "parent: CategoryId", name, slug, description, position, is_active,
                  file_id as "file: FileId", updated_at
           from categories
           where id = $1
           for update"#,
        id as _,
    )
    .fetch_one(conn)
    .await?)
}

/// The audit row and the event of a change. One of both sides is there at least.
pub(super) fn written_down(
    act: &mut Act<'_>,
    action: &str,
    event: fn(CategoryEvent) -> Event,
    before: Option<&CategorySnapshot>,
    after: Option<&CategorySnapshot>,
) -> Result<()> {
    let Some(category) = after.or(before) else { return Ok(()) };
    let entry = Entry { action, entity_type: audit::Entity::Category, entity_id: category.id.to_string() };
    audit::record(act, entry, &before, &after)?;
    events::record(act, &event(CategoryEvent { category_id: category.id, category: category.told() }))
}

impl CategorySnapshot {
    fn told(&self) -> CategoryDetails {
        CategoryDetails {
            parent_id: self.parent,
            name: self.name.clone(),
            slug: self.slug.clone(),
            description: self.description.clone(),
            position: self.position,
            is_active: self.is_active,
            file_id: self.file,
        }
    }
}
