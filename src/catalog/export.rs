//! The catalogue as a file: the product CSV of Shopify, which [`super::import`] reads. What Shopify has no column for
//! has one of our own, so that nothing that is said of a product is lost on the way to another shop. Variants that are
//! not sold stay out.

use super::description::{description_html, is_html};
use super::import::columns::{Column, TEXTS};
use super::products::snapshot::{Hold, Snapshot, load};
use super::products::{ProductInput, VariantInput};
use super::{Picture, ProductStatus};
use crate::actors::{May, Permission};
use crate::csv::CsvWriter;
use crate::files::PictureSize;
use crate::id::{ProductId, VariantId};
use crate::{Error, Result, Shop};
use std::collections::HashMap;

const OPTIONS: [(Column, Column); 3] = [
    (Column::Option1Name, Column::Option1Value),
    (Column::Option2Name, Column::Option2Value),
    (Column::Option3Name, Column::Option3Value),
];

/// The columns beside those of [`TEXTS`] and the options, in order.
const BEFORE: [Column; 7] = [
    Column::Handle,
    Column::Title,
    Column::Type,
    Column::Tags,
    Column::Specification,
    Column::Published,
    Column::Status,
];
const BEHIND: [Column; 12] = [
    Column::Sku,
    Column::Grams,
    Column::Quantity,
    Column::Price,
    Column::CompareAt,
    Column::Barcode,
    Column::Cost,
    Column::LowStockAt,
    Column::ImageSrc,
    Column::ImagePosition,
    Column::ImageAlt,
    Column::VariantImage,
];

fn columns() -> impl Iterator<Item = Column> {
    let texts = TEXTS.iter().map(|text| text.column);
    let options = OPTIONS.into_iter().flat_map(|(name, value)| [name, value]);
    BEFORE.into_iter().chain(texts).chain(options).chain(BEHIND)
}

/// The file's first row.
pub fn heads() -> Vec<&'static str> {
    columns().map(Column::title).collect()
}

/// Writes the products behind this one, `most` of them. Where to go on, unless they were the last.
pub async fn write(
    shop: &Shop,
    who: &dyn May,
    after: Option<ProductId>,
    most: i64,
    csv: &mut CsvWriter,
) -> Result<Option<ProductId>> {
    who.may(Permission::CatalogRead)?;
    let products = sqlx::query!(
        r#"select p.id as "id: ProductId", h.handle as "handle?", c.name as "category?"
           from products p
           left join product_handles h on h.product_id = p.id
           left join categories c on c.id = p.category_id
           where $1::uuid is null or p.id > $1
           order by p.id
           limit $2"#,
        after as _,
        most,
    )
    .fetch_all(&shop.db)
    .await?;
    for product in &products {
        let stored = load(&mut *shop.db.acquire().await?, product.id, Hold::No).await;
        let snapshot = match stored {
            Ok(stored) => stored.snapshot,
            // deleted this moment
            Err(Error::NotFound) => continue,
            Err(e) => return Err(e),
        };
        let exported = Exported {
            handle: product.handle.clone().unwrap_or_else(|| snapshot.slug.clone()),
            category: product.category.clone().unwrap_or_default(),
            stock: stock(shop, product.id).await?,
            pictures: pictures(shop, product.id).await?,
            input: snapshot.input(shop.currency),
            snapshot,
        };
        for row in exported.rows(shop)? {
            let cells: Vec<&str> = columns().map(|column| row.get(&column).map_or("", String::as_str)).collect();
            csv.row(&cells)?;
        }
    }
    let is_full = i64::try_from(products.len()).is_ok_and(|n| n == most);
    Ok(products.last().filter(|_| is_full).map(|product| product.id))
}

type ExportRow = HashMap<Column, String>;

struct Exported {
    handle: String,
    category: String,
    snapshot: Snapshot,
    input: ProductInput,
    /// Of the variants that are counted.
    stock: HashMap<VariantId, i32>,
    pictures: Vec<Shown>,
}

struct Shown {
    picture: Picture,
    variant: Option<VariantId>,
    /// The place of an option, from 1, and the value of it that is shown.
    value: Option<(i32, String)>,
}

impl Exported {
    fn rows(&self, shop: &Shop) -> Result<Vec<ExportRow>> {
        let sold = self.snapshot.variants.iter().filter(|v| self.snapshot.fits(v) && v.active);
        // of a product without options there is one, whatever is left from earlier days
        let most = if self.snapshot.options.is_empty() { 1 } else { usize::MAX };
        let sold: Vec<_> = sold.take(most).map(|v| (v.id, v.input(shop.currency))).collect();
        let addresses = self.pictures.iter().map(|shown| {
            shop.public_url.join(&shown.picture.path(PictureSize::Large)).map(String::from).map_err(Error::internal)
        });
        let addresses: Vec<String> = addresses.collect::<Result<_>>()?;
        let mut rows = vec![self.head()];
        rows.resize_with(sold.len().max(addresses.len()).max(1), ExportRow::new);
        for (row, (id, variant)) in rows.iter_mut().zip(&sold) {
            self.put_variant(row, *id, variant, &addresses);
        }
        for (n, (row, shown)) in rows.iter_mut().zip(&self.pictures).enumerate() {
            row.insert(Column::ImageSrc, addresses[n].clone());
            row.insert(Column::ImagePosition, (n + 1).to_string());
            row.insert(Column::ImageAlt, shown.picture.alt.clone());
        }
        for row in &mut rows {
            row.insert(Column::Handle, self.handle.clone());
        }
        Ok(rows)
    }

    /// What is said of the product itself.
    fn head(&self) -> ExportRow {
        let mut input = self.input.clone();
        let status = match self.snapshot.status {
            ProductStatus::Draft => "draft",
            ProductStatus::Published => "active",
            ProductStatus::Archived => "archived",
        };
        let is_shown = self.snapshot.status == ProductStatus::Published;
        let mut row = ExportRow::from([
            (Column::Title, input.name.0.clone()),
            (Column::Type, self.category.clone()),
            (Column::Tags, self.snapshot.texts.tags.join(", ")),
            (Column::Specification, input.specifications.text()),
            (Column::Published, if is_shown { "TRUE" } else { "FALSE" }.to_owned()),
            (Column::Status, status.to_owned()),
        ]);
        for text in TEXTS {
            row.insert(text.column, (text.of)(&mut input).0.clone());
        }
        // the import takes a column for HTML where it holds this sign
        let description = &self.snapshot.texts.description;
        if description.contains('&') && !is_html(description) {
            row.insert(Column::Body, description_html(description));
        }
        for ((name, _), option) in OPTIONS.into_iter().zip(&self.snapshot.options) {
            row.insert(name, option.name.clone());
        }
        row
    }

    fn put_variant(&self, row: &mut ExportRow, id: VariantId, variant: &VariantInput, addresses: &[String]) {
        for ((_, column), value) in OPTIONS.into_iter().zip(&variant.option_values) {
            row.insert(column, value.0.clone());
        }
        let cells = [
            (Column::Sku, &variant.sku),
            (Column::Grams, &variant.weight_grams),
            (Column::Price, &variant.price),
            (Column::CompareAt, &variant.compare_at_price),
            (Column::Barcode, &variant.barcode),
            (Column::Cost, &variant.cost),
            (Column::LowStockAt, &variant.low_stock_at),
        ];
        row.extend(cells.map(|(column, typed)| (column, typed.0.clone())));
        if let Some(on_hand) = self.stock.get(&id) {
            row.insert(Column::Quantity, on_hand.to_string());
        }
        let shows = |shown: &Shown| match &shown.value {
            Some((place, value)) => {
                let place = usize::try_from(place - 1).unwrap_or_default();
                variant.option_values.get(place).is_some_and(|v| v.0 == *value)
            }
            None => shown.variant == Some(id),
        };
        if let Some(at) = self.pictures.iter().position(shows) {
            row.insert(Column::VariantImage, addresses[at].clone());
        }
    }
}

async fn stock(shop: &Shop, product: ProductId) -> Result<HashMap<VariantId, i32>> {
    let levels = sqlx::query!(
        r#"select variant_id as "variant!: VariantId", on_hand as "on_hand!" from sellable_stock where product_id = $1"#,
        product as _,
    );
    Ok(levels.fetch_all(&shop.db).await?.into_iter().map(|level| (level.variant, level.on_hand)).collect())
}

async fn pictures(shop: &Shop, product: ProductId) -> Result<Vec<Shown>> {
    let pictures = sqlx::query!(
        r#"select f.hash, f.width, f.height, i.alt, i.variant_id as "variant: VariantId", o.position as "place?",
                  c.value as "value?"
           from product_images i
           join files f on f.id = i.file_id
           left join product_option_values c on c.id = i.option_value_id
           left join product_options o on o.id = c.option_id
           where i.product_id = $1
           order by i.position, i.id"#,
        product as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let shown = pictures.into_iter().map(|i| Shown {
        picture: Picture { hash: i.hash, width: i.width, height: i.height, alt: i.alt },
        variant: i.variant,
        value: i.place.zip(i.value),
    });
    Ok(shown.collect())
}
