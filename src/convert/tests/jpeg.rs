//! JPEG frames: whole ones, odd ones and broken ones.

use proptest::prelude::*;
use turbojpeg::{Colorspace, Compressor, Image, Subsamp, YuvImage};

use super::{mean_error, plain, psnr, reference, scene};
use crate::convert::picture::Chroma;
use crate::convert::{ConvertError, Converter, Decoder, TensorMut};
use crate::types::{Colour, Frame, Monotonic, Size};

const SIZE: Size = Size::new(320, 176);

fn jpeg(size: Size, subsamp: Subsamp) -> Vec<u8> {
    encoded(&scene::planar(size, chroma(subsamp)), size, subsamp)
}

/// Planes of Y, U and V one behind the other as a JPEG.
pub(super) fn encoded(pixels: &[u8], size: Size, subsamp: Subsamp) -> Vec<u8> {
    let image = YuvImage {
        pixels,
        width: size.width as usize,
        align: 1,
        height: size.height as usize,
        subsamp,
    };
    turbojpeg::compress_yuv(image, 92)
        .expect("encodes")
        .to_vec()
}

const fn chroma(subsamp: Subsamp) -> Chroma {
    let (across, down) = match subsamp {
        Subsamp::Sub2x1 => (2, 1),
        Subsamp::Sub2x2 => (2, 2),
        Subsamp::Sub1x2 => (1, 2),
        Subsamp::Sub4x1 => (4, 1),
        _ => (1, 1),
    };
    Chroma { across, down }
}

/// The tensor of a JPEG, for a model input of this size, and the size that it was decoded to.
fn tensor(jpeg: &[u8], input: Size) -> Result<(Vec<f32>, Size), ConvertError> {
    let spec = plain(input);
    // Another size than the JPEG's own: cameras are not always what they negotiated.
    let negotiated = Size::new(320, 240);
    let mut frame = Frame::mjpeg(jpeg.to_vec(), negotiated, 0, Monotonic::default());
    let mut decoder = Decoder::new(spec);
    let picture = decoder.open(&mut frame)?;
    let mut tensor = vec![f32::NAN; input.area() * 3];
    Converter::new(spec).write(&picture, TensorMut::Float(&mut tensor))?;
    Ok((tensor, picture.size()))
}

fn whole(jpeg: &[u8]) -> Vec<f32> {
    tensor(jpeg, Size::new(104, 64)).expect("decodes").0
}

fn is_broken(jpeg: &[u8]) -> bool {
    matches!(
        tensor(jpeg, Size::new(208, 128)),
        Err(ConvertError::Broken(_))
    )
}

/// A JPEG's segments up to the picture data, without those with this marker.
fn without(jpeg: &[u8], marker: u8) -> Vec<u8> {
    let (mut out, mut rest) = (jpeg[..2].to_vec(), &jpeg[2..]);
    while rest[1] != 0xda {
        let (segment, after) = rest.split_at(2 + usize::from(rest[2]) * 256 + usize::from(rest[3]));
        if segment[1] != marker {
            out.extend_from_slice(segment);
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

#[test]
fn every_subsampling_comes_out_as_the_reference_says_at_every_scale() {
    use Subsamp::{Gray, Sub1x2, Sub2x1, Sub2x2, Sub4x1};
    for subsamp in [Sub2x2, Sub2x1, Subsamp::None, Sub1x2, Sub4x1, Gray] {
        let jpeg = jpeg(SIZE, subsamp);
        for (input, eighths) in [
            ((20, 20), 1),
            ((80, 48), 2),
            ((104, 64), 3),
            ((150, 100), 4),
            ((208, 128), 8),
        ] {
            let input = Size::new(input.0, input.1);
            let (found, decoded) = tensor(&jpeg, input).expect("decodes");
            let eighth = |side: u32| side * eighths / 8;
            assert_eq!(decoded, Size::new(eighth(SIZE.width), eighth(SIZE.height)));
            let Chroma { across, down } = chroma(subsamp);
            let expected = reference::tensor(&plain(input), SIZE, |x, y| {
                let [luma, ..] = scene::pixel(x, y, SIZE).map(f32::from);
                let [_, u, v] =
                    scene::pixel(x / across * across, y / down * down, SIZE).map(f32::from);
                if subsamp == Gray {
                    [luma; 3]
                } else {
                    reference::rgb(Colour::JPEG, [luma, u, v])
                }
            });
            let (error, psnr) = (mean_error(&found, &expected), psnr(&found, &expected));
            assert!(
                error < 1.0 && psnr > 43.0,
                "{subsamp:?} {eighths}/8: {error} {psnr} dB"
            );
        }
    }
}

#[test]
fn a_jpeg_without_huffman_tables_is_read_with_the_standard_ones() {
    let jpeg = jpeg(SIZE, Subsamp::Sub2x1);
    let bare = without(&jpeg, 0xc4);
    assert!(bare.len() < jpeg.len() - 400);
    assert_eq!(whole(&bare), whole(&jpeg));
}

#[test]
fn a_missing_end_marker_and_what_cameras_put_around_it_do_no_harm() {
    let jpeg = jpeg(SIZE, Subsamp::Sub2x2);
    let body = &jpeg[..jpeg.len() - 2];
    let expected = whole(&jpeg);
    for tail in [
        &[][..],
        &[0xff, 0xd9, 0, 0, 0, 0],
        &[0xff, 0xd9, 1, 2, 3],
        &[7; 5],
        &[7, 7, 0xff, 0xd9],
    ] {
        assert_eq!(whole(&[body, tail].concat()), expected, "{tail:?}");
    }
}

#[test]
fn a_jpeg_that_was_cut_off_is_broken_wherever_the_cut_is() {
    let jpeg = jpeg(SIZE, Subsamp::Sub2x1);
    for len in (0..jpeg.len() - 16).step_by(jpeg.len() / 97) {
        assert!(is_broken(&jpeg[..len]), "{len} of {}", jpeg.len());
        let ended = [&jpeg[..len], &[0xff, 0xd9]].concat();
        assert!(
            is_broken(&ended),
            "{len} of {} and an end marker",
            jpeg.len()
        );
    }
}

#[test]
fn a_jpeg_with_much_left_over_is_broken() {
    let jpeg = jpeg(SIZE, Subsamp::Sub2x1);
    let body = &jpeg[..jpeg.len() - 2];
    assert!(is_broken(&[body, &[7; 400], &[0xff, 0xd9]].concat()));
}

#[test]
fn a_jpeg_larger_than_any_camera_sends_is_refused_before_memory_is_taken() {
    let jpeg = jpeg(SIZE, Subsamp::Sub2x1);
    let frame_header = jpeg
        .windows(2)
        .position(|w| w == [0xff, 0xc0])
        .expect("baseline");
    for (side, offset) in [(8193u16, 5), (30_000, 7)] {
        let mut huge = jpeg.clone();
        huge[frame_header + offset..][..2].copy_from_slice(&side.to_be_bytes());
        assert!(matches!(
            tensor(&huge, Size::new(208, 128)),
            Err(ConvertError::TooLarge { .. })
        ));
    }
}

#[test]
fn a_jpeg_in_other_colours_is_refused() {
    let pixels = vec![90; 64 * 64 * 3];
    let image = Image {
        pixels: &pixels[..],
        width: 64,
        pitch: 64 * 3,
        height: 64,
        format: turbojpeg::PixelFormat::RGB,
    };
    let mut compressor = Compressor::new().expect("a compressor");
    compressor
        .set_subsamp(Subsamp::None)
        .expect("no subsampling");
    compressor.set_colorspace(Colorspace::RGB).expect("rgb");
    let jpeg = compressor.compress_to_vec(image).expect("encodes");
    assert!(matches!(
        tensor(&jpeg, Size::new(32, 32)),
        Err(ConvertError::Colours(Colorspace::RGB))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_size_decodes(
        (width, height) in (1u32..200, 1u32..200),
        subsamp in prop::sample::select(vec![
            Subsamp::None, Subsamp::Sub2x1, Subsamp::Sub2x2, Subsamp::Sub1x2, Subsamp::Gray,
        ]),
    ) {
        let jpeg = jpeg(Size::new(width, height), subsamp);
        prop_assert!(tensor(&jpeg, Size::new(32, 24)).is_ok());
    }

    /// Damage may go unnoticed, but it never panics.
    #[test]
    fn damage_is_an_error_or_a_picture(
        hits in prop::collection::vec((0usize..20_000, any::<u8>()), 1..20),
    ) {
        let mut jpeg = jpeg(Size::new(160, 90), Subsamp::Sub2x2);
        let len = jpeg.len();
        for (at, byte) in hits {
            jpeg[at % len] = byte;
        }
        let _ = tensor(&jpeg, Size::new(104, 64));
    }
}
