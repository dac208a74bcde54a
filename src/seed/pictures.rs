//! The pictures of the sample: each drawing in each palette once, through the same pipeline as an upload.

use super::chance::stable;
use super::data::{Data, PictureOf, Product};
use super::progress::Pictures;
use crate::files::{self, StoredFile};
use crate::{Error, Result, Shop};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// The stored files of pictures.
#[derive(Default)]
pub struct Drawn(BTreeMap<PictureOf, StoredFile>);

impl Drawn {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The file of a picture that was drawn.
    pub fn find(&self, picture: &PictureOf) -> Option<&StoredFile> {
        self.0.get(picture)
    }

    /// The same, of one that must be there.
    pub fn file(&self, picture: &PictureOf) -> Result<&StoredFile> {
        self.find(picture).ok_or_else(|| Error::internal(format!("{picture:?} was not drawn")))
    }

    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

/// What a category shows: its drawing in the colours of the first product that is drawn so.
pub fn of_category(data: &Data, drawing: &str) -> PictureOf {
    let like = data.products.iter().map(|p| &p.picture).find(|p| p.drawing == drawing);
    like.cloned().unwrap_or_else(|| PictureOf { drawing: drawing.into(), palette: "steel".into() })
}

/// Everything that these products show.
pub fn of_products<'a>(products: impl IntoIterator<Item = &'a Product>) -> BTreeSet<PictureOf> {
    let of_product = |p: &'a Product| p.variants.iter().filter_map(|v| p.picture_of(v)).chain([p.picture.clone()]);
    products.into_iter().flat_map(of_product).collect()
}

/// Everything that the categories show.
pub fn of_categories(data: &Data) -> BTreeSet<PictureOf> {
    data.categories.iter().map(|c| of_category(data, &c.drawing)).collect()
}

/// Draws and stores these pictures, and tells of each. The pipeline works on as many at once as it thinks right; a
/// picture that is stored already is not drawn again.
pub async fn draw(
    shop: &Shop,
    data: &Data,
    how: Pictures,
    wanted: BTreeSet<PictureOf>,
    mut on_picture: impl FnMut(),
) -> Result<Drawn> {
    let mut drawn = Drawn::default();
    // one more than there are hands, so that none waits for a file to be written
    let mut stored = futures::stream::iter(wanted)
        .map(async |picture| {
            let file = store(shop, data, how, &picture).await?;
            Ok::<_, Error>((picture, file))
        })
        .buffer_unordered(3);
    while let Some(done) = stored.next().await {
        let (picture, file) = done?;
        drawn.0.insert(picture, file);
        on_picture();
    }
    drop(stored);
    Ok(drawn)
}

async fn store(shop: &Shop, data: &Data, how: Pictures, picture: &PictureOf) -> Result<StoredFile> {
    match how {
        Pictures::Drawn => files::render_svg_picture(shop, data.svg(picture)?).await,
        Pictures::Swatches => files::store_picture(shop, swatch(picture)?).await,
    }
}

/// Four by four pixels of a colour that only this picture has.
fn swatch(picture: &PictureOf) -> Result<Vec<u8>> {
    let id = stable("picture", &format!("{} {}", picture.drawing, picture.palette));
    let [r, g, b, ..] = *id.as_bytes();
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(4, 4, image::Rgb([r, g, b]))
        .write_to(&mut png, image::ImageFormat::Png)
        .map_err(Error::internal)?;
    Ok(png.into_inner())
}
