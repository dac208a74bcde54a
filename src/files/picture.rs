//! From what was uploaded to three WebP files: pure work on bytes, no store and no database.

use super::PictureSize;
use crate::{Error, Result};
use bytes::Bytes;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use moxcms::{ColorProfile, Layout, TransformOptions};
use resvg::{tiny_skia, usvg};
use std::io::Cursor;

/// Of an upload.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Of a picture once decoded: a bomb is a small file that unpacks to more.
pub const MAX_PIXELS: u64 = 50_000_000;
/// Of either side; WebP itself ends at 16,383.
pub const MAX_SIDE: u32 = 16_000;

/// libwebp's scale of 0 to 100: above this, files grow and nobody sees it.
const QUALITY: f32 = 82.0;

/// A decoded, upright picture, four bytes (red, green, blue, alpha) a pixel.
struct Pixels {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    /// The ICC profile that says which colours the numbers mean; sRGB without one.
    profile: Option<Vec<u8>>,
}

/// A picture ready to be stored.
pub struct Ready {
    pub width: u32,
    pub height: u32,
    pub sizes: Vec<(PictureSize, Bytes)>,
}

pub fn check_size(original: &[u8]) -> Result<()> {
    match original.len() {
        0 => Err(refused("is empty")),
        n if n > MAX_BYTES => Err(too_large()),
        _ => Ok(()),
    }
}

/// What is said of more than [`MAX_BYTES`].
pub fn too_large() -> Error {
    refused(format!("is too large (at most {} MB)", MAX_BYTES >> 20))
}

/// Reads an upload and makes its three sizes. The type is told by its content; its dimensions are checked before any
/// pixel is unpacked.
pub fn decode(original: &[u8]) -> Result<Ready> {
    let mut reader = ImageReader::new(Cursor::new(original)).with_guessed_format().map_err(Error::internal)?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif) => {}
        _ => return Err(refused("must be a PNG, JPEG, WebP or GIF picture")),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_PIXELS * 8); // sixteen bits a channel, four channels
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width.max(height) > MAX_SIDE {
        return Err(too_many_pixels());
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    // a profile that cannot be read is as good as none
    let profile = decoder.icc_profile().ok().flatten();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    let pixels = Pixels::new(picture.width(), picture.height(), picture.into_rgba8().into_raw())?;
    Pixels { profile, ..pixels }.develop()
}

/// Draws an SVG in the size that it was drawn for, within reason, and anew in each smaller one.
pub fn draw(svg: &[u8]) -> Result<Ready> {
    let tree = usvg::Tree::from_data(svg, &usvg::Options::default())
        .map_err(|e| refused(format!("is not a drawing that can be read: {e}")))?;
    let (own_width, own_height) = (tree.size().width(), tree.size().height());
    let longer = own_width.max(own_height);
    let scale = longer.clamp(PictureSize::Medium.pixels() as f32, PictureSize::Large.pixels() as f32) / longer;
    let (width, height) = ((own_width * scale).round() as u32, (own_height * scale).round() as u32);
    let mut sizes = Vec::new();
    for size in PictureSize::ALL {
        let (width, height) = size.fit(width, height);
        let mut canvas = tiny_skia::Pixmap::new(width, height).ok_or_else(|| refused("is empty"))?;
        let scale = tiny_skia::Transform::from_scale(width as f32 / own_width, height as f32 / own_height);
        resvg::render(&tree, scale, &mut canvas.as_mut());
        let drawn = Pixels::new(width, height, canvas.take_demultiplied())?;
        // there are hundreds of drawings: method 4 takes twice as long for files that are a twentieth smaller, and in the
        // large size the edges are crisp enough as they are
        sizes.push((size, drawn.webp(2, size != PictureSize::Large)?));
    }
    Ok(Ready { width, height, sizes })
}

impl Pixels {
    fn new(width: u32, height: u32, rgba: Vec<u8>) -> Result<Self> {
        match width > 0 && height > 0 && rgba.len() as u64 == u64::from(width) * u64::from(height) * 4 {
            true => Ok(Self { width, height, rgba, profile: None }),
            false => Err(refused("is empty")),
        }
    }

    /// Makes all sizes, the smaller ones from the larger.
    fn develop(self) -> Result<Ready> {
        let (width, height) = (self.width, self.height);
        let mut sizes: Vec<(PictureSize, Bytes)> = Vec::new();
        let mut from = self;
        let mut last = (0, 0);
        for size in [PictureSize::Large, PictureSize::Medium, PictureSize::Small] {
            let fit = size.fit(width, height);
            let webp = match sizes.last() {
                Some((_, webp)) if fit == last => webp.clone(),
                _ => {
                    from = from.resized(fit)?.in_srgb();
                    from.webp(4, true)?
                }
            };
            last = fit;
            sizes.push((size, webp));
        }
        Ok(Ready { width, height, sizes })
    }

    fn resized(self, (width, height): (u32, u32)) -> Result<Self> {
        if (width, height) == (self.width, self.height) {
            return Ok(self);
        }
        let from = ImageRef::new(self.width, self.height, &self.rgba, PixelType::U8x4).map_err(Error::internal)?;
        let mut to = Image::new(width, height, PixelType::U8x4);
        // Lanczos; colours weighted by their opacity, so that transparent edges keep no halo
        Resizer::new().resize(&from, &mut to, &ResizeOptions::new()).map_err(Error::internal)?;
        Ok(Self { width, height, rgba: to.into_vec(), profile: self.profile })
    }

    /// The profile goes with all other metadata, so the colours of a telephone's wide gamut are told in sRGB first.
    fn in_srgb(mut self) -> Self {
        let Some(profile) = self.profile.take() else { return self };
        let converted = ColorProfile::new_from_slice(&profile).and_then(|profile| {
            let srgb = ColorProfile::new_srgb();
            let options = TransformOptions::default();
            let transform = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, options)?;
            let mut rgba = vec![0; self.rgba.len()];
            transform.transform(&self.rgba, &mut rgba)?;
            Ok(rgba)
        });
        // a profile of greys or inks does not fit the decoded colours: they stay as they are
        self.rgba = converted.unwrap_or(self.rgba);
        self
    }

    /// `method` is how long libwebp searches, 0 to 6. `crisp` keeps the edge of red on green and the like, for as much time
    /// again as all the rest takes.
    fn webp(&self, method: i32, crisp: bool) -> Result<Bytes> {
        let mut config = webp::WebPConfig::new().map_err(|()| Error::internal("libwebp knows no configuration"))?;
        config.quality = QUALITY;
        config.method = method;
        config.use_sharp_yuv = i32::from(crisp);
        // libwebp keeps no transparency where there is none
        let encoded = webp::Encoder::from_rgba(&self.rgba, self.width, self.height).encode_advanced(&config);
        match encoded {
            Ok(webp) => Ok(Bytes::copy_from_slice(&webp)),
            Err(e) => Err(Error::internal(format!("encoding WebP: {e:?}"))),
        }
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::invalid("picture", why)
}

fn too_many_pixels() -> Error {
    refused(format!("has too many pixels (at most {} million, {MAX_SIDE} a side)", MAX_PIXELS / 1_000_000))
}

fn unreadable(e: ImageError) -> Error {
    match e {
        ImageError::Limits(_) => too_many_pixels(),
        _ => refused("cannot be read; perhaps it is damaged"),
    }
}
