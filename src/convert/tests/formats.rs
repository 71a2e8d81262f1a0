//! Raw formats and stills.

use proptest::prelude::*;

use super::{mean_error, plain, psnr, reference, scene};
use crate::convert::picture::Chroma;
use crate::convert::{Align, ConvertError, Converter, Decoder, Fit, InputSpec, Picture};
use crate::types::{Colour, Frame, Layout, Monotonic, PixelFormat, Size};

/// A frame of the scene and its pixels in red, green and blue.
struct Case {
    format: PixelFormat,
    size: Size,
    gap: usize,
}

impl Case {
    fn frame(&self) -> Frame {
        let Self { format, size, gap } = *self;
        let row = format.min_stride(size.width.next_multiple_of(2));
        let stride = row + gap;
        let bytes = match format {
            PixelFormat::Yuyv => scene::yuyv(size, stride),
            PixelFormat::Nv12 => scene::nv12(size, stride),
            _ => scene::grey(size, stride),
        };
        Frame {
            format,
            colour: Colour::default(),
            size,
            layout: Layout::Whole { stride },
            seq: 0,
            captured_at: Monotonic::default(),
            bytes: Box::new(bytes),
        }
    }

    fn rgb(&self, x: u32, y: u32) -> [f32; 3] {
        let size = self.size;
        let [luma, ..] = scene::pixel(x, y, size).map(f32::from);
        let chroma = |x, y| scene::pixel(x, y, size).map(f32::from);
        match self.format {
            PixelFormat::Yuyv => {
                let [_, u, v] = chroma(x / 2 * 2, y);
                reference::limited([luma, u, v])
            }
            PixelFormat::Nv12 => {
                let [_, u, v] = chroma(x / 2 * 2, y / 2 * 2);
                reference::limited([luma, u, v])
            }
            _ => [luma; 3],
        }
    }

    /// What the converter writes and what the reference says.
    fn tensors(&self, spec: &InputSpec) -> [Vec<f32>; 2] {
        let mut tensor = vec![f32::NAN; spec.size.area() * 3];
        let (mut decoder, mut frame) = (Decoder::new(spec.clone()), self.frame());
        let picture = decoder.open(&mut frame).expect("a whole frame");
        Converter::new(spec.clone())
            .write(&picture, &mut tensor)
            .expect("a tensor of this input");
        [
            tensor,
            reference::tensor(spec, self.size, |x, y| self.rgb(x, y)),
        ]
    }
}

const RAW: [PixelFormat; 3] = [PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Grey];

#[test]
fn each_raw_format_comes_out_as_the_reference_says() {
    let spec = plain(Size::new(208, 128));
    for format in RAW {
        let size = Size::new(640, 360);
        let [found, expected] = Case {
            format,
            size,
            gap: 0,
        }
        .tensors(&spec);
        let (error, psnr) = (mean_error(&found, &expected), psnr(&found, &expected));
        assert!(error < 0.5 && psnr > 50.0, "{format}: {error} {psnr} dB");
    }
}

#[test]
fn mean_and_deviation_are_those_of_the_tensors_own_channels() {
    let spec = InputSpec {
        bgr: true,
        mean: [103.53, 116.28, 123.675],
        std: [57.375, 57.12, 58.395],
        ..plain(Size::new(104, 64))
    };
    let size = Size::new(320, 180);
    let [found, expected] = Case {
        format: PixelFormat::Yuyv,
        size,
        gap: 0,
    }
    .tensors(&spec);
    assert!(mean_error(&found, &expected) < 0.75 / 57.0);
}

#[test]
fn a_still_comes_out_as_the_reference_says() {
    let (spec, size) = (plain(Size::new(100, 100)), Size::new(333, 217));
    let rgb = |x, y| scene::pixel(x, y, size);
    let pixels = (0..size.height).flat_map(|y| (0..size.width).flat_map(move |x| rgb(x, y)));
    let mut bytes: Vec<u8> = pixels.collect();
    let picture = Picture::from_rgb(&mut bytes, size).expect("three bytes a pixel");
    assert!(picture.luma().is_none());
    let mut found = vec![f32::NAN; spec.size.area() * 3];
    Converter::new(spec.clone())
        .write(&picture, &mut found)
        .expect("fits");
    let expected = reference::tensor(&spec, size, |x, y| rgb(x, y).map(f32::from));
    assert!(mean_error(&found, &expected) < 0.5);
}

#[test]
fn a_tensor_of_another_length_is_refused() {
    let spec = plain(Size::new(32, 32));
    let mut bytes = vec![0; 64 * 64 * 3];
    let picture = Picture::from_rgb(&mut bytes, Size::new(64, 64)).expect("three bytes a pixel");
    for len in [0, 32 * 32 * 3 - 1, 32 * 32 * 4] {
        let written = Converter::new(spec.clone()).write(&picture, &mut vec![0.0; len]);
        assert!(matches!(written, Err(ConvertError::Tensor { found, .. }) if found == len));
    }
}

#[test]
fn frames_that_cannot_be_are_refused() {
    let open = |format, (width, height), stride, len| {
        let mut bytes = vec![0; len];
        let size = Size::new(width, height);
        Picture::from_raw(format, size, stride, &mut bytes).err()
    };
    use ConvertError as E;
    use PixelFormat::{Grey, Nv12, Yuyv};
    assert!(matches!(open(Yuyv, (5, 2), 16, 99), Some(E::Size { .. })));
    assert!(matches!(open(Grey, (0, 2), 16, 99), Some(E::Size { .. })));
    assert!(matches!(
        open(Yuyv, (8, 2), 15, 99),
        Some(E::Stride {
            row: 16,
            stride: 15
        })
    ));
    assert!(matches!(
        open(Nv12, (5, 2), 5, 99),
        Some(E::Stride { row: 6, stride: 5 })
    ));
    assert!(matches!(
        open(Nv12, (4, 4), 4, 23),
        Some(E::TooShort {
            expected: 8,
            found: 7,
            ..
        })
    ));
    assert!(matches!(
        open(Grey, (4, 4), 4, 15),
        Some(E::TooShort { .. })
    ));
    assert!(open(Nv12, (4, 4), 4, 24).is_none());
}

#[test]
fn the_second_frame_needs_no_new_buffers() {
    let spec = plain(Size::new(208, 128));
    let mut converter = Converter::new(spec.clone());
    let mut tensor = vec![0.0; spec.size.area() * 3];
    for format in RAW {
        let (mut decoder, size) = (Decoder::new(spec.clone()), Size::new(640, 360));
        let mut frame = Case {
            format,
            size,
            gap: 0,
        }
        .frame();
        let mut buffers = [(); 2].map(|()| {
            let picture = decoder.open(&mut frame).expect("a whole frame");
            converter.write(&picture, &mut tensor).expect("fits");
            converter.buffers()
        });
        buffers.sort();
        assert_eq!(buffers[0], buffers[1], "{format}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_shape_comes_close_to_the_reference(
        format in prop::sample::select(RAW.to_vec()),
        (width, height) in (1u32..150, 1u32..150),
        (to_width, to_height) in (1u32..90, 1u32..90),
        pairs_between_rows in 0usize..8,
        fit in prop::sample::select(vec![
            Fit::Stretch,
            Fit::Letterbox(Align::Center, 114),
            Fit::Letterbox(Align::TopLeft, 0),
        ]),
    ) {
        let width = if format == PixelFormat::Yuyv { width.next_multiple_of(2) } else { width };
        let case = Case { format, size: Size::new(width, height), gap: pairs_between_rows * 2 };
        let spec = InputSpec { fit, ..plain(Size::new(to_width, to_height)) };
        let [found, expected] = case.tensors(&spec);
        // Scaling chroma smooths the steps that the reference keeps, and in a tiny picture every sample is a step.
        let bound = if width.min(height) < 32 { 8.0 } else { 2.0 };
        let error = mean_error(&found, &expected);
        prop_assert!(error < bound, "{format} {} in {}: {error}", case.size, spec.size);
    }

    #[test]
    fn planes_of_any_subsampling_are_accepted_at_any_size(
        (width, height) in (1u32..100, 1u32..100),
        (across, down) in prop::sample::select(vec![(1, 1), (2, 1), (2, 2), (1, 2), (4, 1)]),
    ) {
        let (size, chroma) = (Size::new(width, height), Chroma { across, down });
        let spec = plain(Size::new(64, 48));
        let mut bytes = scene::planar(size, chroma);
        let picture = Picture::from_planar(&mut bytes, size, Some(chroma)).expect("whole planes");
        let mut found = vec![f32::NAN; spec.size.area() * 3];
        Converter::new(spec.clone()).write(&picture, &mut found).expect("fits");
        let expected = reference::tensor(&spec, size, |x, y| {
            let [luma, ..] = scene::pixel(x, y, size);
            let [_, u, v] = scene::pixel(x / across * across, y / down * down, size);
            reference::full([luma, u, v].map(f32::from))
        });
        let bound = if width.min(height) < 32 { 8.0 } else { 2.0 };
        prop_assert!(mean_error(&found, &expected) < bound);
    }
}
