//! The pictures of a product. They have an order, and the first one is shown in lists; one may belong to a variant, or
//! to all variants of one value, such as the colour red.
//!
//! Pictures do not change the product's version: two people, one writing and one sorting pictures, do not get in each
//! other's way. Each change is in the audit log all the same.

mod download;
mod fetch;
mod fetch_list;
mod several;
mod with_product;

pub use fetch::{FetchRow, FetchStatus, fetch, fetches};
pub(crate) use fetch::{PictureRequest, request};
pub use fetch_list::{FetchLine, FetchList, FetchQuery, FetchSort, Retry, fetch_list, retry_fetches};

pub(in crate::catalog) use several::shown_by;
pub use with_product::NewPicture;
pub(in crate::catalog) use with_product::{attach_all, looked_up};

use super::{Picture, ProductPicture, ShownValue};
use crate::actors::{May, Permission};
use crate::events::{self, Event, PicturesEvent};
use crate::files::{self, PictureHash, StoredFile};
use crate::id::{ImageId, ProductId, VariantId};
use crate::input::Raw;
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, audit};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

/// Of one product.
pub const MAX_PICTURES: usize = 100;

/// What is said about a picture.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImageInput {
    /// For those who do not see it; may be empty, then the product's name stands in.
    pub alt: Raw,
    /// The variant that it shows; empty for all of them.
    pub variant_id: Raw,
    /// The same in words, or of several: the id or SKU of a variant, or a value of an option, such as `Colour: Red`.
    pub shows: Raw,
}

struct CheckedPicture {
    alt: String,
    shows: Shows,
    /// Where a fault of it is shown.
    field: &'static str,
}

/// What a picture is said to show.
#[derive(Debug, Clone, PartialEq)]
enum Shows {
    All,
    Variant(VariantId),
    Named(String),
}

impl ImageInput {
    fn check(&self) -> Result<CheckedPicture> {
        let mut faults = Invalid::default();
        let alt = self.alt.text("alt", 300, &mut faults);
        let variant = match self.variant_id.trimmed() {
            "" => None,
            id => faults.check("variantId", id.parse().map_err(|_| not_a_variant())),
        };
        let named = self.shows.optional("shows", 300, &mut faults);
        if !self.variant_id.is_empty() && named.is_some() {
            faults.add("shows", "is given instead of variantId, not beside it");
        }
        faults.into_result()?;
        let field = if self.shows.is_empty() { "variantId" } else { "shows" };
        let shows = named.map(|name| name.parse().map_or(Shows::Named(name), Shows::Variant));
        Ok(CheckedPicture { alt, shows: shows.or(variant.map(Shows::Variant)).unwrap_or(Shows::All), field })
    }
}

/// What a picture's row says that it shows: a variant, the value of an option, or neither.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Shown {
    pub variant: Option<VariantId>,
    pub value: Option<Uuid>,
}

fn not_a_variant() -> &'static str {
    "is not a variant of this product"
}

/// Where a picture goes by one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Earlier,
    Later,
}

/// The pictures of a product in their order, drafts' too.
pub async fn of(shop: &Shop, who: &dyn May, product: ProductId) -> Result<Vec<ProductPicture>> {
    who.may(Permission::CatalogRead)?;
    list(&mut *shop.db.acquire().await?, product).await
}

/// Keeps an uploaded picture and puts it behind the others. The same picture twice stays one.
pub async fn add(
    shop: &Shop,
    who: &dyn May,
    product: ProductId,
    bytes: impl Into<Bytes>,
    input: ImageInput,
) -> Result<ProductPicture> {
    who.may(Permission::CatalogWrite)?;
    let input = input.check()?;
    exists(&mut *shop.db.acquire().await?, product).await?;
    // before the transaction: decoding takes its time
    let file = files::store_picture(shop, bytes).await?;
    put_behind(shop, who, product, &file, input).await
}

/// The same with a picture that was uploaded on its own before; `NotFound` when there is none.
pub async fn add_uploaded(
    shop: &Shop,
    who: &dyn May,
    product: ProductId,
    hash: &PictureHash,
    input: ImageInput,
) -> Result<ProductPicture> {
    who.may(Permission::CatalogWrite)?;
    let input = input.check()?;
    exists(&mut *shop.db.acquire().await?, product).await?;
    let file = files::uploaded(shop, hash).await?;
    put_behind(shop, who, product, &file, input).await
}

async fn put_behind(
    shop: &Shop,
    who: &dyn May,
    product: ProductId,
    file: &StoredFile,
    input: CheckedPicture,
) -> Result<ProductPicture> {
    act!(shop, who, "product.picture_add", |act| {
        let before = lock(&mut act, product).await?;
        if let Some(there) = before.iter().find(|p| p.picture.hash == file.hash.as_str()) {
            return Ok(there.clone());
        }
        if before.len() >= MAX_PICTURES {
            return Err(Error::invalid("picture", format!("is one too many (at most {MAX_PICTURES})")));
        }
        let position = i32::try_from(before.len()).unwrap_or(i32::MAX).saturating_add(1);
        let shown = resolve(&mut act, product, &input).await?;
        let id = attach(&mut act, product, file, &input.alt, shown, position).await?;
        let after = settle(&mut act, product, None).await?;
        announce(&mut act, "product.picture_add", product, &before, &after)?;
        let added = after.into_iter().find(|p| p.id == id).ok_or(Error::NotFound)?;
        act.commit(added).await
    })
}

/// Changes the alternative text and what the picture shows.
pub async fn describe(shop: &Shop, who: &dyn May, product: ProductId, image: ImageId, input: ImageInput) -> Result<()> {
    change(shop, who, product, Change::Describe(image, input.check()?)).await
}

/// Moves a picture one place; at the end it stays where it is.
pub async fn shift(shop: &Shop, who: &dyn May, product: ProductId, image: ImageId, direction: Direction) -> Result<()> {
    change(shop, who, product, Change::Shift(image, direction)).await
}

/// Takes a picture away. Its file goes with the next sweep, unless another product shows it.
pub async fn remove(shop: &Shop, who: &dyn May, product: ProductId, image: ImageId) -> Result<()> {
    change(shop, who, product, Change::Remove(image)).await
}

enum Change {
    Describe(ImageId, CheckedPicture),
    Shift(ImageId, Direction),
    Remove(ImageId),
}

impl Change {
    fn action(&self) -> &'static str {
        match self {
            Self::Describe(..) => "product.picture_edit",
            Self::Shift(..) => "product.picture_order",
            Self::Remove(_) => "product.picture_remove",
        }
    }
}

/// One change of a product's pictures: locked, settled into places 1, 2, 3 …, written down if anything changed.
async fn change(shop: &Shop, who: &dyn May, product: ProductId, change: Change) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    let action = change.action();
    act!(shop, who, action, |act| {
        let before = lock(&mut act, product).await?;
        let order = match &change {
            Change::Describe(image, said) => {
                find(&before, *image)?;
                rewrite(&mut act, product, *image, said).await?;
                None
            }
            Change::Shift(image, direction) => Some(shifted(&before, *image, *direction)?),
            Change::Remove(image) => {
                find(&before, *image)?;
                sqlx::query!("delete from product_images where id = $1", *image as _).execute(&mut *act).await?;
                None
            }
        };
        let after = settle(&mut act, product, order.as_deref()).await?;
        if before != after {
            announce(&mut act, action, product, &before, &after)?;
        }
        act.commit(()).await
    })
}

fn shifted(pictures: &[ProductPicture], image: ImageId, direction: Direction) -> Result<Vec<ImageId>> {
    let at = find(pictures, image)?;
    let mut order: Vec<ImageId> = pictures.iter().map(|p| p.id).collect();
    let to = match direction {
        Direction::Earlier => at.saturating_sub(1),
        Direction::Later => (at + 1).min(order.len() - 1),
    };
    order.swap(at, to);
    Ok(order)
}

async fn rewrite(conn: &mut PgConnection, product: ProductId, image: ImageId, said: &CheckedPicture) -> Result<()> {
    let shown = resolve(conn, product, said).await?;
    sqlx::query!(
        "update product_images set alt = $2, variant_id = $3, option_value_id = $4 where id = $1",
        image as _,
        said.alt,
        shown.variant as _,
        shown.value,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn find(pictures: &[ProductPicture], image: ImageId) -> Result<usize> {
    pictures.iter().position(|p| p.id == image).ok_or(Error::NotFound)
}

async fn exists(conn: &mut PgConnection, product: ProductId) -> Result<()> {
    let found = sqlx::query_scalar!(r#"select true as "found!" from products where id = $1"#, product as _);
    found.fetch_optional(conn).await?.map(drop).ok_or(Error::NotFound)
}

/// Whoever changes the pictures of a product locks its row first.
async fn lock(conn: &mut PgConnection, product: ProductId) -> Result<Vec<ProductPicture>> {
    let found =
        sqlx::query_scalar!(r#"select true as "found!" from products where id = $1 for no key update"#, product as _,);
    found.fetch_optional(&mut *conn).await?.ok_or(Error::NotFound)?;
    list(conn, product).await
}

async fn list(conn: &mut PgConnection, product: ProductId) -> Result<Vec<ProductPicture>> {
    let rows = sqlx::query!(
        r#"select i.id as "id: ImageId", i.variant_id as "variant: VariantId", i.alt, f.hash, f.width, f.height,
                  o.name as "option?", c.value as "value?"
           from product_images i
           join files f on f.id = i.file_id
           left join product_option_values c on c.id = i.option_value_id
           left join product_options o on o.id = c.option_id
           where i.product_id = $1
           order by i.position, i.id"#,
        product as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ProductPicture {
            id: row.id,
            picture: Picture { hash: row.hash, width: row.width, height: row.height, alt: row.alt },
            variant: row.variant,
            value: row.option.zip(row.value).map(|(option, value)| ShownValue { option, value }),
        })
        .collect())
}

/// Finds what a picture is said to show among what the product has.
async fn resolve(conn: &mut PgConnection, product: ProductId, said: &CheckedPicture) -> Result<Shown> {
    let (id, name) = match &said.shows {
        Shows::All => return Ok(Shown::default()),
        Shows::Variant(id) => (Some(*id), ""),
        Shows::Named(name) => (None, name.as_str()),
    };
    let variant = sqlx::query_scalar!(
        r#"select id as "id: VariantId" from variants where product_id = $1 and (id = $2 or lower(sku) = lower($3))"#,
        product as _,
        id as _,
        name,
    );
    if let Some(variant) = variant.fetch_optional(&mut *conn).await? {
        return Ok(Shown { variant: Some(variant), value: None });
    }
    let value = sqlx::query_scalar!(
        "select c.id
         from product_option_values c
         join product_options o on o.id = c.option_id
         where o.product_id = $1 and lower(o.name || ': ' || c.value) = lower($2)
         order by o.position
         limit 1",
        product as _,
        name,
    );
    match (value.fetch_optional(conn).await?, &said.shows) {
        (Some(value), _) => Ok(Shown { variant: None, value: Some(value) }),
        (None, Shows::Named(_)) => {
            Err(Error::invalid(said.field, "is no variant of this product, nor a value of its options (Colour: Red)"))
        }
        (None, _) => Err(Error::invalid(said.field, not_a_variant())),
    }
}

async fn attach(
    act: &mut Act<'_>,
    product: ProductId,
    file: &StoredFile,
    alt: &str,
    shown: Shown,
    position: i32,
) -> Result<ImageId> {
    let id = ImageId::new();
    sqlx::query!(
        "insert into product_images (id, product_id, variant_id, option_value_id, file_id, alt, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id as _,
        product as _,
        shown.variant as _,
        shown.value,
        file.id as _,
        alt,
        position,
        act.now,
    )
    .execute(&mut **act)
    .await
    .on_constraint("product_images_file_id_fkey", || {
        Error::conflict("picture_gone", "The picture was taken away just now; please send it again")
    })?;
    Ok(id)
}

/// Gives the pictures the places 1, 2, 3 … in the given order, or in the one they have.
async fn settle(conn: &mut PgConnection, product: ProductId, order: Option<&[ImageId]>) -> Result<Vec<ProductPicture>> {
    let order: Vec<_> = order.unwrap_or_default().iter().map(|id| id.0).collect();
    sqlx::query!(
        "update product_images i
         set position = placed.place
         from (
            select id, row_number() over (order by array_position($2::uuid[], id), position, id)::int as place
            from product_images
            where product_id = $1
         ) placed
         where i.id = placed.id and i.position <> placed.place",
        product as _,
        &order,
    )
    .execute(&mut *conn)
    .await?;
    list(conn, product).await
}

fn announce(
    act: &mut Act<'_>,
    action: &str,
    product: ProductId,
    before: &[ProductPicture],
    after: &[ProductPicture],
) -> Result<()> {
    let entry = audit::Entry { action, entity_type: audit::Entity::Product, entity_id: product.to_string() };
    audit::record(act, entry, &before, &after)?;
    let changed = PicturesEvent { product_id: product, pictures: after.len() };
    events::record(act, &Event::ProductPicturesChanged(changed))
}
