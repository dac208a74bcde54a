//! From what was uploaded to three WebP files: pure work on bytes, no store and no database.

use super::{PictureSize, jpeg};
use crate::{Error, Message, Result};
use bytes::Bytes;
use fast_image_resize::images::Image;
use fast_image_resize::{MulDiv, PixelType, ResizeOptions, Resizer};
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage};
use moxcms::{ColorProfile, Layout, TransformOptions};
use resvg::{tiny_skia, usvg};
use std::io::Cursor;

/// Of an upload.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Of a picture once decoded: a bomb is a small file that unpacks to more.
pub const MAX_PIXELS: u64 = 50_000_000;
/// Of either side; WebP itself ends at 16,383.
pub const MAX_SIDE: u32 = 16_000;

/// Of memory, to unpack a picture: the pixels, and what the decoder works with.
pub const MAX_UNPACKED: u64 = 300 << 20;
/// Of what stands in a PNG beside its pixels, unpacked. Colour profiles of cameras and presses have up to 4 MB.
const MAX_BESIDES: u64 = 8 << 20;

/// libwebp's scale of 0 to 100: above this, files grow and nobody sees it.
const QUALITY: f32 = 82.0;

/// A decoded picture, a byte each for red, green, blue and, where there is transparency, alpha.
struct Pixels {
    width: u32,
    height: u32,
    kind: PixelType,
    bytes: Vec<u8>,
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

/// Looks at an upload before any pixel is unpacked: its type, told by its content, its dimensions, and whether it is
/// whole. How many bytes it takes to work on it: to unpack it, to shrink it, and what was sent.
pub fn measure(original: &[u8]) -> Result<u64> {
    let (decoder, unpacked) = open(original)?;
    let (width, height) = decoder.dimensions();
    // the resizer shrinks one side after the other
    let half_shrunk = u64::from(width.max(height)) * u64::from(PictureSize::Large.pixels()) * 4;
    Ok(unpacked + half_shrunk + original.len() as u64)
}

/// Makes the three sizes of an upload.
pub fn decode(original: &[u8]) -> Result<Ready> {
    let (mut decoder, _) = open(original)?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().map_err(unreadable)?;
    // a profile that cannot be read is as good as none
    let profile = decoder.icc_profile().ok().flatten();
    let pixels = Pixels::of(DynamicImage::from_decoder(decoder).map_err(unreadable)?)?;
    // turned once it is small: turning needs a second copy
    let pixels = pixels.resized(PictureSize::Large.fit(width, height))?.turned(orientation)?;
    let (width, height) = match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    };
    Pixels { profile, ..pixels }.develop(width, height)
}

fn open(original: &[u8]) -> Result<(Box<dyn ImageDecoder + '_>, u64)> {
    let mut reader = ImageReader::new(Cursor::new(original)).with_guessed_format().map_err(Error::internal)?;
    let Some(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif)) = reader.format()
    else {
        return Err(refused("must be a PNG, JPEG, WebP or GIF picture"));
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_UNPACKED);
    let decoder: Box<dyn ImageDecoder + '_> = match format {
        // opening a PNG unpacks its colour profile, which may be a bomb of its own; one that is too large is left aside
        ImageFormat::Png => {
            limits.max_alloc = Some(MAX_BESIDES);
            Box::new(PngDecoder::with_limits(Cursor::new(original), limits).map_err(unreadable)?)
        }
        _ => {
            reader.limits(limits);
            Box::new(reader.into_decoder().map_err(unreadable)?)
        }
    };
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || width.max(height) > MAX_SIDE {
        return Err(too_many_pixels());
    }
    let working = match format {
        ImageFormat::Jpeg => jpeg::look(original).map_err(refused)?.coefficients,
        ImageFormat::WebP => pixels * 4,
        _ => 0,
    };
    // eight bits a channel, three or four channels: what is not so already becomes so
    let told = match decoder.color_type() {
        ColorType::Rgb8 | ColorType::Rgba8 => 0,
        other => pixels * if other.has_alpha() { 4 } else { 3 },
    };
    let cost = decoder.total_bytes() + working.max(told);
    match cost > MAX_UNPACKED {
        true => Err(refused(format!(
            "takes too much memory to unpack ({} MB; at most {} MB): fewer pixels or 8 bits a channel would do",
            cost >> 20,
            MAX_UNPACKED >> 20
        ))),
        false => Ok((decoder, cost)),
    }
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
        let drawn = Pixels::new(width, height, PixelType::U8x4, canvas.take_demultiplied())?;
        // there are hundreds of drawings: method 4 takes twice as long for files that are a twentieth smaller, and in
        // the large size the edges are crisp enough as they are
        sizes.push((size, drawn.webp(2, size != PictureSize::Large)?));
    }
    Ok(Ready { width, height, sizes })
}

impl Pixels {
    fn new(width: u32, height: u32, kind: PixelType, bytes: Vec<u8>) -> Result<Self> {
        let whole = u64::from(width) * u64::from(height) * kind.size() as u64;
        match width > 0 && height > 0 && bytes.len() as u64 == whole {
            true => Ok(Self { width, height, kind, bytes, profile: None }),
            false => Err(refused("is empty")),
        }
    }

    fn of(picture: DynamicImage) -> Result<Self> {
        let (width, height) = (picture.width(), picture.height());
        match picture.color().has_alpha() {
            true => Self::new(width, height, PixelType::U8x4, picture.into_rgba8().into_raw()),
            false => Self::new(width, height, PixelType::U8x3, picture.into_rgb8().into_raw()),
        }
    }

    fn has_alpha(&self) -> bool {
        self.kind == PixelType::U8x4
    }

    /// Makes all sizes, the smaller ones from the larger. The original was of this width and height.
    fn develop(self, width: u32, height: u32) -> Result<Ready> {
        let mut sizes: Vec<(PictureSize, Bytes)> = Vec::new();
        let mut from = self.in_srgb();
        let mut last = (0, 0);
        for size in [PictureSize::Large, PictureSize::Medium, PictureSize::Small] {
            let fit = size.fit(width, height);
            let webp = match sizes.last() {
                Some((_, webp)) if fit == last => webp.clone(),
                _ => {
                    from = from.resized(fit)?;
                    from.webp(4, true)?
                }
            };
            last = fit;
            sizes.push((size, webp));
        }
        Ok(Ready { width, height, sizes })
    }

    /// Lanczos. Colours are weighted by their opacity, so that transparent edges keep no halo; in place, since the
    /// resizer would make a second copy.
    fn resized(mut self, (width, height): (u32, u32)) -> Result<Self> {
        if (width, height) == (self.width, self.height) {
            return Ok(self);
        }
        let alpha = MulDiv::new();
        let mut from =
            Image::from_slice_u8(self.width, self.height, &mut self.bytes, self.kind).map_err(Error::internal)?;
        let mut to = Image::new(width, height, self.kind);
        let weighted = self.kind == PixelType::U8x4;
        if weighted {
            alpha.multiply_alpha_inplace(&mut from).map_err(Error::internal)?;
        }
        Resizer::new().resize(&from, &mut to, &ResizeOptions::new().use_alpha(false)).map_err(Error::internal)?;
        if weighted {
            alpha.divide_alpha_inplace(&mut to).map_err(Error::internal)?;
        }
        Ok(Self { width, height, kind: self.kind, bytes: to.into_vec(), profile: self.profile })
    }

    /// As the camera was held.
    fn turned(self, orientation: Orientation) -> Result<Self> {
        let whole = || Error::internal("a picture of another size than its pixels");
        let (width, height) = (self.width, self.height);
        let mut picture = match self.has_alpha() {
            true => RgbaImage::from_raw(width, height, self.bytes).map(DynamicImage::ImageRgba8),
            false => RgbImage::from_raw(width, height, self.bytes).map(DynamicImage::ImageRgb8),
        }
        .ok_or_else(whole)?;
        picture.apply_orientation(orientation);
        Ok(Self { profile: self.profile, ..Self::of(picture)? })
    }

    /// The profile goes with all other metadata, so the colours of a telephone's wide gamut are told in sRGB first.
    fn in_srgb(mut self) -> Self {
        let Some(profile) = self.profile.take() else { return self };
        let layout = if self.has_alpha() { Layout::Rgba } else { Layout::Rgb };
        let converted = ColorProfile::new_from_slice(&profile).and_then(|profile| {
            let srgb = ColorProfile::new_srgb();
            let options = TransformOptions::default();
            let transform = profile.create_transform_8bit(layout, &srgb, layout, options)?;
            let mut bytes = vec![0; self.bytes.len()];
            transform.transform(&self.bytes, &mut bytes)?;
            Ok(bytes)
        });
        // a profile of greys or inks does not fit the decoded colours: they stay as they are
        self.bytes = converted.unwrap_or(self.bytes);
        self
    }

    /// `method` is how long libwebp searches, 0 to 6. `crisp` keeps the edge of red on green and the like, for as much
    /// time again as all the rest takes.
    fn webp(&self, method: i32, crisp: bool) -> Result<Bytes> {
        let mut config = webp::WebPConfig::new().map_err(|()| Error::internal("libwebp knows no configuration"))?;
        config.quality = QUALITY;
        config.method = method;
        config.use_sharp_yuv = i32::from(crisp);
        // libwebp keeps no transparency where there is none
        let encoder = match self.has_alpha() {
            true => webp::Encoder::from_rgba(&self.bytes, self.width, self.height),
            false => webp::Encoder::from_rgb(&self.bytes, self.width, self.height),
        };
        let encoded = encoder.encode_advanced(&config);
        match encoded {
            Ok(webp) => Ok(Bytes::copy_from_slice(&webp)),
            Err(e) => Err(Error::internal(format!("encoding WebP: {e:?}"))),
        }
    }
}

fn refused(why: impl Into<Message>) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::png::PngEncoder;
    use image::{ExtendedColorType, ImageEncoder};

    /// Opened with the limit that the pixels have, this file of 65 kB and one pixel takes 64 MB.
    #[test]
    fn a_colour_profile_that_is_a_bomb_is_not_unpacked() {
        let with_profile = |bytes: usize| {
            let mut png = Vec::new();
            let mut encoder = PngEncoder::new(&mut png);
            encoder.set_icc_profile(vec![0; bytes]).unwrap();
            encoder.write_image(&[1, 2, 3], 1, 1, ExtendedColorType::Rgb8).unwrap();
            png
        };
        let unpacked = |png: &[u8]| open(png).unwrap().0.icc_profile().unwrap().map(|profile| profile.len());
        assert_eq!(unpacked(&with_profile(1 << 20)), Some(1 << 20));
        let bomb = with_profile(64 << 20);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(unpacked(&bomb), None);
        assert!(decode(&bomb).is_ok());
    }

    /// Counted by its pixels alone (140 MB), two of these would be worked on at once, and take 400 MB.
    #[test]
    fn the_largest_pictures_take_more_than_half_of_the_room() {
        let mut png = Vec::new();
        let pixels = vec![0; 3 * 7000 * 7000];
        PngEncoder::new(&mut png).write_image(&pixels, 7000, 7000, ExtendedColorType::Rgb8).unwrap();
        let cost = measure(&png).unwrap();
        assert!(cost > MAX_UNPACKED / 2 && cost < MAX_UNPACKED, "{cost}");
    }
}
