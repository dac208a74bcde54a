//! The pictures of the sample: each drawing in each palette once, through the same pipeline as an upload.

use super::chance::stable;
use super::data::{Data, PictureOf};
use super::progress::{OnProgress, Phase, Pictures, Progress};
use crate::files::{self, StoredFile};
use crate::{Error, Result, Shop};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// The stored file of every picture that is wanted.
pub struct Drawn(BTreeMap<PictureOf, StoredFile>);

impl Drawn {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn file(&self, picture: &PictureOf) -> Result<&StoredFile> {
        self.0.get(picture).ok_or_else(|| Error::internal(format!("{picture:?} was not drawn")))
    }
}

/// What a category shows: its drawing in the colours of the first product that is drawn so.
pub fn of_category(data: &Data, drawing: &str) -> PictureOf {
    let like = data.products.iter().map(|p| &p.picture).find(|p| p.drawing == drawing);
    like.cloned().unwrap_or_else(|| PictureOf { drawing: drawing.into(), palette: "steel".into() })
}

/// Draws and stores all pictures. The pipeline works on as many at once as it thinks right; a picture that is stored
/// already is not drawn again.
pub async fn draw(shop: &Shop, data: &Data, how: Pictures, progress: OnProgress<'_>) -> Result<Drawn> {
    let products = data.products.iter().map(|p| p.picture.clone());
    let variants = data.products.iter().flat_map(|p| p.variants.iter().filter_map(|v| p.picture_of(v)));
    let categories = data.categories.iter().map(|c| of_category(data, &c.drawing));
    let wanted: BTreeSet<PictureOf> = products.chain(variants).chain(categories).collect();

    let total = wanted.len();
    let mut drawn = BTreeMap::new();
    // one more than there are hands, so that none waits for a file to be written
    let mut stored = futures::stream::iter(wanted)
        .map(async |picture| {
            let file = store(shop, data, how, &picture).await?;
            Ok::<_, Error>((picture, file))
        })
        .buffer_unordered(3);
    while let Some(done) = stored.next().await {
        let (picture, file) = done?;
        drawn.insert(picture, file);
        progress(Progress { step: Phase::Pictures, done: drawn.len(), total });
    }
    drop(stored);
    Ok(Drawn(drawn))
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
