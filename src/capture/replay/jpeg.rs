//! The size of a JPEG picture, read from its header.

use crate::types::Size;

/// The size that the frame header (`SOF`) says; `None` when there is none before the picture's data, or it is empty.
///
/// Markers: ITU-T T.81, table B.1.
pub fn size(bytes: &[u8]) -> Option<Size> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (&marker, after) = skip_fill(rest)?.split_first()?;
        rest = match marker {
            // Markers that stand alone.
            0x01 | 0xd0..=0xd7 => after,
            // Frame headers; DHT, JPG and DAC have numbers among them.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return frame_size(after),
            // The picture's data or its end.
            0xda | 0xd9 => return None,
            _ => after.get(number(after, 0)?.into()..)?,
        };
    }
}

/// What follows the 0xff, or the several of them, that a marker begins with.
fn skip_fill(bytes: &[u8]) -> Option<&[u8]> {
    let marker = bytes.iter().position(|&byte| byte != 0xff)?;
    (marker > 0).then(|| &bytes[marker..])
}

fn frame_size(header: &[u8]) -> Option<Size> {
    let [height, width] = [number(header, 3)?, number(header, 5)?];
    (width > 0 && height > 0).then(|| Size::new(width.into(), height.into()))
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// The smallest header that says a size: for tests.
#[cfg(test)]
pub fn header(size: Size) -> Vec<u8> {
    let [height, width] = [size.height as u16, size.width as u16].map(u16::to_be_bytes);
    let mut bytes = vec![
        0xff, 0xd8, 0xff, 0xe0, 0, 4, b'a', b'b', 0xff, 0xff, 0xc0, 0, 17, 8,
    ];
    bytes.extend([height, width].concat());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HD: Size = Size::new(1280, 720);

    #[test]
    fn the_size_is_found_behind_other_segments_and_fill_bytes() {
        assert_eq!(size(&header(HD)), Some(HD));
    }

    #[test]
    fn a_picture_without_a_size_has_none() {
        let whole = header(HD);
        assert_eq!(size(&whole[..whole.len() - 1]), None, "cut off");
        assert_eq!(size(&header(Size::new(0, 720))), None, "empty");
        assert_eq!(size(b"no picture"), None);
        assert_eq!(size(&[0xff, 0xd8, 0xff, 0xda]), None, "data first");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_spin(noise in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = size(&[&[0xff, 0xd8], noise.as_slice()].concat());
        }
    }
}
