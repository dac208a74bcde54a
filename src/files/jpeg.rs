//! What the decoder does not tell of a JPEG: it fills with grey what is missing, and does not say how much it will
//! need. The markers are those of ITU-T T.81, annex B. <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>

/// What a walk along the markers finds.
#[derive(Debug, PartialEq, Eq)]
pub struct Look {
    /// Bytes that a progressive picture takes beside its pixels: all scans add to the same coefficients, two bytes
    /// each.
    pub coefficients: u64,
}

const CUT_OFF: &str = "is cut off: the end of the file is missing";
const DAMAGED: &str = "cannot be read; perhaps it is damaged";

/// Walks from the first marker to the end of the picture.
pub fn look(bytes: &[u8]) -> Result<Look, &'static str> {
    let (mut at, mut coefficients, mut scans) = (2, 0, 0);
    loop {
        // any number of fill bytes may stand before a marker
        while bytes.get(at).ok_or(CUT_OFF)? == &0xff && bytes.get(at + 1).ok_or(CUT_OFF)? == &0xff {
            at += 1;
        }
        let [0xff, marker] = *bytes.get(at..at + 2).ok_or(CUT_OFF)? else { return Err(DAMAGED) };
        at += 2;
        match marker {
            0xd9 if scans > 0 => return Ok(Look { coefficients }),
            0xd9 => return Err(DAMAGED),
            // restart markers and the like stand alone
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = bytes.get(at..at + 2).ok_or(CUT_OFF)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let segment = bytes.get(at + 2..at + length.max(2)).ok_or(CUT_OFF)?;
        at += length.max(2);
        if marker == 0xc2 {
            coefficients = coefficients_of(segment).ok_or(DAMAGED)?;
        }
        if marker == 0xda {
            scans += 1;
            at = end_of_scan(bytes, at).ok_or(CUT_OFF)?;
        }
    }
}

/// Where the next marker stands that is no restart; a zero after 0xff means the byte itself.
fn end_of_scan(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))?;
    Some(from + found)
}

/// Of a frame's header: precision, height, width, and for each component its share of the pixels.
fn coefficients_of(frame: &[u8]) -> Option<u64> {
    let [_, h1, h0, w1, w0, count, components @ ..] = frame else { return None };
    let pixels = u64::from(u16::from_be_bytes([*h1, *h0])) * u64::from(u16::from_be_bytes([*w1, *w0]));
    let shares: Vec<u64> = components
        .chunks_exact(3)
        .take(usize::from(*count))
        .map(|component| u64::from(component[1] >> 4) * u64::from(component[1] & 15))
        .collect();
    let most = *shares.iter().max().filter(|most| **most > 0)?;
    Some(2 * pixels * shares.iter().sum::<u64>() / most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
    use std::io::Cursor;

    fn jpeg() -> Vec<u8> {
        let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_whole_picture_ends_and_a_cut_one_does_not() {
        let whole = jpeg();
        assert_eq!(look(&whole), Ok(Look { coefficients: 0 }));
        for cut in 2..whole.len() {
            assert_eq!(look(&whole[..cut]), Err(CUT_OFF), "{cut} of {}", whole.len());
        }
        // what cameras put behind the end does not matter
        assert!(look(&[whole, b"trailer".to_vec()].concat()).is_ok());
    }

    #[test]
    fn a_progressive_picture_says_what_it_takes() {
        // 8 bits, 100 high, 200 wide, three components, the first one with four samples to one of the others
        let frame = [8, 0, 100, 0, 200, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        assert_eq!(coefficients_of(&frame), Some(2 * 100 * 200 * 6 / 4));
        assert_eq!(coefficients_of(&[8, 0, 1, 0, 1, 1, 1, 0, 0]), None);
    }
}
