//! Raw formats and stills.

use proptest::prelude::*;

use super::{mean_error, plain, psnr, reference, scene};
use crate::convert::kernel::Kernel;
use crate::convert::picture::Chroma;
use crate::convert::{Align, ConvertError, Converter, Decoder, Fit, InputSpec, Picture, TensorMut};
use crate::types::{
    Colour, Frame, FrameBytes, Layout, Matrix, Monotonic, PLANES_MAX, PixelFormat, Range, Size,
};

/// A frame of the scene and its pixels in red, green and blue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) format: PixelFormat,
    pub(super) colour: Colour,
    pub(super) size: Size,
    /// Bytes between two rows that belong to neither.
    pub(super) gap: usize,
    /// Each plane in memory of its own.
    pub(super) apart: bool,
}

/// Planes in memory of their own.
pub(super) struct Areas(pub(super) [Vec<u8>; PLANES_MAX]);

impl FrameBytes for Areas {
    fn planes(&self) -> [&[u8]; PLANES_MAX] {
        self.0.each_ref().map(Vec::as_slice)
    }

    fn planes_mut(&mut self) -> [&mut [u8]; PLANES_MAX] {
        self.0.each_mut().map(Vec::as_mut_slice)
    }
}

impl Case {
    pub(super) const fn new(format: PixelFormat, size: Size) -> Self {
        Self {
            format,
            colour: Colour {
                matrix: Matrix::Bt601,
                range: Range::Limited,
            },
            size,
            gap: 0,
            apart: false,
        }
    }

    /// Bytes between two rows of a plane.
    pub(super) fn stride(&self, plane: usize) -> usize {
        match self.layout() {
            Layout::Whole { stride } => self.format.plane_stride(plane, stride),
            Layout::Apart { strides } => strides[plane],
        }
    }

    pub(super) fn layout(&self) -> Layout {
        let Self {
            format, size, gap, ..
        } = *self;
        if self.apart {
            let row = |plane| format.rows(plane, size).map_or(0, |rows| rows.len + gap);
            let strides = [0, 1, 2].map(row);
            return Layout::Apart { strides };
        }
        let stride = format.min_stride(size.width) + gap;
        Layout::Whole { stride }
    }

    pub(super) fn frame(&self) -> Frame {
        let areas = scene::areas(self.format, self.size, self.layout());
        let lens = self.layout().area_lens(self.format, self.size);
        assert_eq!(Some(areas.each_ref().map(Vec::len)), lens);
        Frame {
            format: self.format,
            colour: self.colour,
            size: self.size,
            layout: self.layout(),
            seq: 0,
            captured_at: Monotonic::default(),
            bytes: Box::new(Areas(areas)),
        }
    }

    fn rgb(&self, x: u32, y: u32) -> [f32; 3] {
        use PixelFormat as P;
        let size = self.size;
        let pixel = |x, y| scene::pixel(x, y, size).map(f32::from);
        let [luma, ..] = pixel(x, y);
        let deep = || f32::from(scene::deep(self.format, x, y, size));
        let yuv = match (self.format, self.colour.range) {
            (P::Rgb3 | P::Bgr3, _) => return pixel(x, y),
            (P::Grey, _) => [luma, 128.0, 128.0],
            (P::Y10, Range::Limited) => [deep() / 4.0, 128.0, 128.0],
            (P::Y10, Range::Full) => [deep() * 255.0 / 1023.0, 128.0, 128.0],
            (P::Y16, Range::Limited) => [deep() / 256.0, 128.0, 128.0],
            (P::Y16, Range::Full) => [deep() * 255.0 / 65535.0, 128.0, 128.0],
            (P::Yuyv | P::Uyvy | P::Yvyu, _) => {
                let [_, u, v] = pixel(x / 2 * 2, y);
                [luma, u, v]
            }
            _ => {
                let [_, u, v] = pixel(x / 2 * 2, y / 2 * 2);
                [luma, u, v]
            }
        };
        reference::rgb(self.colour, yuv)
    }

    /// What the converter writes and what the reference says.
    fn tensors(&self, spec: &InputSpec) -> [Vec<f32>; 2] {
        let mut tensor = vec![f32::NAN; spec.size.area() * 3];
        let (mut decoder, mut frame) = (Decoder::new(*spec), self.frame());
        let picture = decoder.open(&mut frame).expect("a whole frame");
        Converter::new(*spec)
            .write(&picture, TensorMut::Float(&mut tensor))
            .expect("a tensor of this input");
        [
            tensor,
            reference::tensor(spec, self.size, |x, y| self.rgb(x, y)),
        ]
    }
}

pub(super) fn raw() -> impl Iterator<Item = PixelFormat> {
    let raw = PixelFormat::ALL.into_iter();
    raw.filter(|format| *format != PixelFormat::Mjpeg)
}

fn colours() -> impl Iterator<Item = Colour> {
    let matrices = [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020];
    let with = |matrix| [Range::Limited, Range::Full].map(|range| Colour { matrix, range });
    matrices.into_iter().flat_map(with)
}

#[test]
fn each_raw_format_comes_out_as_the_reference_says_with_every_matrix_and_range() {
    let spec = plain(Size::new(104, 64));
    for format in raw() {
        for colour in colours() {
            let case = Case {
                colour,
                ..Case::new(format, Size::new(320, 180))
            };
            let [found, expected] = case.tensors(&spec);
            let (error, psnr) = (mean_error(&found, &expected), psnr(&found, &expected));
            assert!(error < 0.5 && psnr > 50.0, "{case:?}: {error} {psnr} dB");
        }
    }
}

#[test]
fn bytes_are_the_floats_rounded() {
    let spec = plain(Size::new(104, 64));
    for format in raw() {
        let case = Case::new(format, Size::new(320, 180));
        let mut bytes = vec![1_u8; spec.size.area() * 3];
        let (mut decoder, mut frame) = (Decoder::new(spec), case.frame());
        let picture = decoder.open(&mut frame).expect("a whole frame");
        let mut converter = Converter::new(spec);
        converter
            .write(&picture, TensorMut::Byte(&mut bytes))
            .expect("a tensor of this input");
        let [floats, _] = case.tensors(&spec);
        let rounded: Vec<_> = floats
            .iter()
            .map(|value| value.round_ties_even() as u8)
            .collect();
        assert!(bytes == rounded, "{format}");
    }
}

#[test]
fn a_processor_without_vector_code_comes_to_the_same_tensor() {
    let spec = plain(Size::new(52, 32));
    for format in raw() {
        let (case, mut found) = (
            Case::new(format, Size::new(160, 90)),
            vec![f32::NAN; 52 * 32 * 3],
        );
        let (mut decoder, mut frame) = (Decoder::new(spec), case.frame());
        let picture = decoder.open(&mut frame).expect("a whole frame");
        Converter::with(Kernel::portable(), spec)
            .write(&picture, TensorMut::Float(&mut found))
            .expect("fits");
        let error = mean_error(&found, &case.tensors(&spec)[0]);
        assert!(error < 0.5, "{format}: {error}");
    }
}

#[test]
fn planes_apart_give_the_same_tensor_as_planes_in_one_piece() {
    let spec = plain(Size::new(104, 64));
    for format in raw() {
        let whole = Case::new(format, Size::new(322, 181));
        let apart = Case {
            apart: true,
            gap: 3,
            ..whole
        };
        assert!(
            whole.tensors(&spec)[0] == apart.tensors(&spec)[0],
            "{format}"
        );
    }
}

#[test]
fn motion_sees_the_luminance_of_every_format() {
    for format in raw() {
        let case = Case {
            gap: 4,
            ..Case::new(format, Size::new(34, 17))
        };
        let (mut decoder, mut frame) = (Decoder::new(plain(Size::new(64, 64))), case.frame());
        let picture = decoder.open(&mut frame).expect("a whole frame");
        for y in 0..17 {
            let mut sums = vec![1000; 34];
            picture.luma().add_row(y, &mut sums);
            let green = matches!(format, PixelFormat::Rgb3 | PixelFormat::Bgr3);
            for (x, sum) in sums.into_iter().enumerate() {
                let expected = scene::pixel(x as u32, y, case.size)[usize::from(green)];
                assert_eq!(sum, 1000 + u16::from(expected), "{format} {x},{y}");
            }
        }
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
    let [found, expected] = Case::new(PixelFormat::Yuyv, size).tensors(&spec);
    assert!(mean_error(&found, &expected) < 0.75 / 57.0);
}

#[test]
fn a_still_comes_out_as_the_reference_says() {
    let (spec, size) = (plain(Size::new(100, 100)), Size::new(333, 217));
    let rgb = |x, y| scene::pixel(x, y, size);
    let pixels = (0..size.height).flat_map(|y| (0..size.width).flat_map(move |x| rgb(x, y)));
    let mut bytes: Vec<u8> = pixels.collect();
    let picture = Picture::from_rgb(&mut bytes, size).expect("three bytes a pixel");
    let mut found = vec![f32::NAN; spec.size.area() * 3];
    Converter::new(spec)
        .write(&picture, TensorMut::Float(&mut found))
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
        let written = Converter::new(spec).write(&picture, TensorMut::Float(&mut vec![0.0; len]));
        assert!(matches!(written, Err(ConvertError::Tensor { found, .. }) if found == len));
    }
}

#[test]
fn frames_that_cannot_be_are_refused() {
    let open = |format, (width, height), stride, len| {
        let mut bytes = vec![0; len];
        let (size, layout) = (Size::new(width, height), Layout::Whole { stride });
        let areas = [&mut bytes[..], &mut [], &mut []];
        Picture::from_raw(format, Colour::default(), size, layout, areas).err()
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
    let mut converter = Converter::new(spec);
    let mut tensor = vec![0.0; spec.size.area() * 3];
    for format in raw() {
        let mut decoder = Decoder::new(spec);
        let mut frame = Case::new(format, Size::new(640, 360)).frame();
        let mut buffers = [(); 2].map(|()| {
            let picture = decoder.open(&mut frame).expect("a whole frame");
            converter
                .write(&picture, TensorMut::Float(&mut tensor))
                .expect("fits");
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
        format in prop::sample::select(raw().collect::<Vec<_>>()),
        (width, height) in (1u32..150, 1u32..150),
        (to_width, to_height) in (1u32..90, 1u32..90),
        colour in prop::sample::select(colours().collect::<Vec<_>>()),
        (pairs_between_rows, apart) in (0usize..8, any::<bool>()),
        fit in prop::sample::select(vec![
            Fit::Stretch,
            Fit::Letterbox(Align::Center, 114),
            Fit::Letterbox(Align::TopLeft, 0),
        ]),
    ) {
        let packed = matches!(format, PixelFormat::Yuyv | PixelFormat::Uyvy | PixelFormat::Yvyu);
        let width = if packed { width.next_multiple_of(2) } else { width };
        let size = Size::new(width, height);
        let case = Case { colour, gap: pairs_between_rows * 2, apart, ..Case::new(format, size) };
        let spec = InputSpec { fit, ..plain(Size::new(to_width, to_height)) };
        let [found, expected] = case.tensors(&spec);
        // Scaling chroma smooths the steps that the reference keeps, and in a tiny picture every sample is a step.
        let bound = if width.min(height) < 32 { 8.0 } else { 2.0 };
        let error = mean_error(&found, &expected);
        prop_assert!(error < bound, "{case:?} in {}: {error}", spec.size);
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
        Converter::new(spec).write(&picture, TensorMut::Float(&mut found)).expect("fits");
        let expected = reference::tensor(&spec, size, |x, y| {
            let [luma, ..] = scene::pixel(x, y, size);
            let [_, u, v] = scene::pixel(x / across * across, y / down * down, size);
            reference::rgb(Colour::JPEG, [luma, u, v].map(f32::from))
        });
        let bound = if width.min(height) < 32 { 8.0 } else { 2.0 };
        prop_assert!(mean_error(&found, &expected) < bound);
    }
}
