//! A frame made readable: planes of samples, each with its stride.

use crate::convert::ConvertError;
use crate::convert::colour::Encoding;
use crate::types::{Colour, Layout, PLANES_MAX, PixelFormat, Range, Rows, Size};

/// A frame made readable, in the planes that it came in. It borrows the frame or the decoder and copies nothing.
///
/// It has no `Debug` on purpose: pixels are never logged.
pub struct Picture<'a> {
    size: Size,
    colour: Colour,
    pub(super) planes: Planes<'a>,
}

/// The samples of a picture.
pub(super) enum Planes<'a> {
    /// Packed 4:2:2. The width is even.
    Packed { pairs: Plane<'a>, order: Order },
    /// Y, and interleaved U and V at half the width and height.
    SemiPlanar {
        y: Plane<'a>,
        uv: Plane<'a>,
        v_first: bool,
    },
    /// Y, U and V.
    Planar {
        y: Plane<'a>,
        u: Plane<'a>,
        v: Plane<'a>,
        chroma: Chroma,
    },
    /// Luminance.
    Grey(Plane<'a>),
    /// Luminance in the lower bits of 16, little endian.
    Deep { y: Plane<'a>, bits: u32 },
    /// Red, green and blue, or the other way round, 3 bytes a pixel.
    Rgb { pixels: Plane<'a>, blue_first: bool },
}

/// Which of the four bytes of a pair of packed pixels is which; the second luma sample lies two bytes behind the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) y: usize,
    pub(super) u: usize,
    pub(super) v: usize,
}

impl Order {
    pub(super) const YUYV: Self = Self { y: 0, u: 1, v: 3 };
    pub(super) const UYVY: Self = Self { y: 1, u: 0, v: 2 };
    pub(super) const YVYU: Self = Self { y: 0, u: 3, v: 1 };
}

/// How many luma samples share one chroma sample, across and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chroma {
    pub(super) across: u32,
    pub(super) down: u32,
}

impl Chroma {
    /// Size of a chroma plane of a picture of `size`.
    pub(super) const fn plane(self, size: Size) -> Size {
        Size::new(
            size.width.div_ceil(self.across),
            size.height.div_ceil(self.down),
        )
    }
}

/// Rows of bytes, `stride` apart. All of them lie within `bytes`: see [`Plane::new`].
pub(super) struct Plane<'a> {
    bytes: &'a mut [u8],
    stride: usize,
}

impl<'a> Plane<'a> {
    /// The first `rows` rows of `row` bytes in `bytes`, and what lies behind them.
    fn take(
        bytes: &'a mut [u8],
        stride: usize,
        row: usize,
        rows: u32,
    ) -> Result<(Self, &'a mut [u8]), ConvertError> {
        if stride < row {
            return Err(ConvertError::Stride { row, stride });
        }
        let len = stride * rows as usize;
        if bytes.len() < len {
            return Err(ConvertError::TooShort {
                size: Size::new(row as u32, rows),
                expected: len,
                found: bytes.len(),
            });
        }
        let (bytes, rest) = bytes.split_at_mut(len);
        Ok((Self { bytes, stride }, rest))
    }

    /// All rows, including what lies between them.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// Bytes between the starts of two rows.
    pub(super) const fn stride(&self) -> usize {
        self.stride
    }

    /// The row with this number, from the top.
    pub(super) fn row_mut(&mut self, row: u32) -> &mut [u8] {
        &mut self.bytes[row as usize * self.stride..][..self.stride]
    }
}

impl<'a> Picture<'a> {
    /// A picture in a raw `format`, whose planes lie in `areas` as `layout` says.
    pub(super) fn from_raw(
        format: PixelFormat,
        colour: Colour,
        size: Size,
        layout: Layout,
        areas: [&'a mut [u8]; PLANES_MAX],
    ) -> Result<Self, ConvertError> {
        use PixelFormat as P;
        let impossible = || ConvertError::Size { format, size };
        let packed = matches!(format, P::Yuyv | P::Uyvy | P::Yvyu);
        if size.area() == 0 || (packed && size.width % 2 == 1) {
            return Err(impossible());
        }
        let [first, second, third] = cut(format, size, layout, areas)?;
        let y = first.ok_or_else(impossible)?;
        let packed = |pairs, order| Planes::Packed { pairs, order };
        let planes = match (format, second, third) {
            (P::Yuyv, ..) => packed(y, Order::YUYV),
            (P::Uyvy, ..) => packed(y, Order::UYVY),
            (P::Yvyu, ..) => packed(y, Order::YVYU),
            (P::Nv12 | P::Nv21, Some(uv), _) => {
                let v_first = format == P::Nv21;
                Planes::SemiPlanar { y, uv, v_first }
            }
            (P::Yu12 | P::Yv12, Some(second), Some(third)) => {
                let (u, v) = match format {
                    P::Yv12 => (third, second),
                    _ => (second, third),
                };
                let chroma = Chroma { across: 2, down: 2 };
                Planes::Planar { y, u, v, chroma }
            }
            (P::Grey, ..) => Planes::Grey(y),
            (P::Y10, ..) => Planes::Deep { y, bits: 10 },
            (P::Y16, ..) => Planes::Deep { y, bits: 16 },
            (P::Rgb3 | P::Bgr3, ..) => Planes::Rgb {
                pixels: y,
                blue_first: format == P::Bgr3,
            },
            _ => return Err(impossible()),
        };
        Ok(Self {
            size,
            colour,
            planes,
        })
    }

    /// A still picture: red, green and blue, 3 bytes a pixel, rows without gaps.
    pub fn from_rgb(bytes: &'a mut [u8], size: Size) -> Result<Self, ConvertError> {
        let row = size.width as usize * 3;
        let found = bytes.len();
        let expected = row * size.height as usize;
        if expected == 0 || found != expected {
            return Err(ConvertError::TooShort {
                size,
                expected,
                found,
            });
        }
        let (plane, _) = Plane::take(bytes, row, row, size.height)?;
        Ok(Self {
            size,
            colour: Colour::JPEG,
            planes: Planes::Rgb {
                pixels: plane,
                blue_first: false,
            },
        })
    }

    /// Planes as the JPEG decoder writes them: one behind the other and without gaps, the luma plane grown to whole chroma
    /// samples; `None` for grey.
    pub(super) fn from_planar(
        bytes: &'a mut [u8],
        size: Size,
        chroma: Option<Chroma>,
    ) -> Result<Self, ConvertError> {
        let Some(chroma) = chroma else {
            let width = size.width as usize;
            let (y, _) = Plane::take(bytes, width, width, size.height)?;
            return Ok(Self {
                size,
                colour: Colour::JPEG,
                planes: Planes::Grey(y),
            });
        };
        let small = chroma.plane(size);
        let wide = (small.width * chroma.across) as usize;
        let (y, rest) = Plane::take(bytes, wide, wide, small.height * chroma.down)?;
        let width = small.width as usize;
        let (u, rest) = Plane::take(rest, width, width, small.height)?;
        let (v, _) = Plane::take(rest, width, width, small.height)?;
        let planes = Planes::Planar { y, u, v, chroma };
        Ok(Self {
            size,
            colour: Colour::JPEG,
            planes,
        })
    }

    /// Size in pixels; of a JPEG as it was decoded, which may be smaller than the frame.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// What the samples mean.
    pub(super) fn encoding(&self) -> Encoding {
        let colour = self.colour;
        match &self.planes {
            Planes::Rgb { .. } => Encoding::Rgb,
            Planes::Deep { bits, .. } => {
                let steps = (1u32 << bits) as f32;
                let white = 256.0 * (steps - 1.0) / steps;
                Encoding::Yuv { colour, white }
            }
            _ => Encoding::Yuv {
                colour,
                white: 255.0,
            },
        }
    }

    /// The smallest luma sample that a camera sends.
    pub(super) const fn black(&self) -> u8 {
        match self.colour.range {
            Range::Limited => 16,
            Range::Full => 0,
        }
    }

    /// The luminance, for motion. Of red, green and blue it is green, which makes up 59 to 71 % of luminance and costs no
    /// sums; motion asks what changed and not how bright it is.
    pub fn luma(&self) -> Luma<'_> {
        let (plane, samples) = match &self.planes {
            Planes::Packed { pairs, order } => (
                pairs,
                Samples::Every {
                    step: 2,
                    first: order.y,
                },
            ),
            Planes::SemiPlanar { y, .. } | Planes::Planar { y, .. } | Planes::Grey(y) => {
                (y, Samples::Every { step: 1, first: 0 })
            }
            Planes::Deep { y, bits } => (y, Samples::Deep { shift: bits - 8 }),
            Planes::Rgb { pixels, .. } => (pixels, Samples::Every { step: 3, first: 1 }),
        };
        Luma {
            bytes: plane.bytes,
            stride: plane.stride,
            samples,
            size: self.size,
        }
    }
}

/// The planes of a raw frame; `None` where the format has fewer.
fn cut<'a>(
    format: PixelFormat,
    size: Size,
    layout: Layout,
    areas: [&'a mut [u8]; PLANES_MAX],
) -> Result<[Option<Plane<'a>>; PLANES_MAX], ConvertError> {
    let mut planes = [None, None, None];
    match layout {
        Layout::Whole { stride } => {
            let (row, [mut rest, ..]) = (format.min_stride(size.width), areas);
            let halved = format.rows(1, size).is_some();
            if stride < row || (halved && stride % 2 == 1) {
                return Err(ConvertError::Stride { row, stride });
            }
            for (number, plane) in planes.iter_mut().enumerate() {
                if let Some(Rows { len, count }) = format.rows(number, size) {
                    let stride = format.plane_stride(number, stride);
                    let (taken, behind) = Plane::take(rest, stride, len, count as u32)?;
                    (*plane, rest) = (Some(taken), behind);
                }
            }
        }
        Layout::Apart { strides } => {
            for (number, (plane, area)) in planes.iter_mut().zip(areas).enumerate() {
                if let Some(Rows { len, count }) = format.rows(number, size) {
                    let (taken, _) = Plane::take(area, strides[number], len, count as u32)?;
                    *plane = Some(taken);
                }
            }
        }
    }
    Ok(planes)
}

/// The luminance of a picture: `size.height` rows `stride` bytes apart.
#[derive(Clone, Copy)]
pub struct Luma<'a> {
    bytes: &'a [u8],
    stride: usize,
    samples: Samples,
    size: Size,
}

/// Where the luminance of a pixel lies in its row.
#[derive(Clone, Copy, Debug)]
enum Samples {
    /// The byte `first` of every `step`.
    Every { step: usize, first: usize },
    /// 16 bits, little endian, which are 8 when shifted by this.
    Deep { shift: u32 },
}

impl<'a> Luma<'a> {
    /// The luminance in `bytes`, a byte a pixel; `None` when they do not hold all of it.
    pub fn new(bytes: &'a [u8], stride: usize, size: Size) -> Option<Self> {
        let whole = size.area() > 0
            && stride >= size.width as usize
            && bytes.len() >= stride * size.height as usize;
        whole.then_some(Self {
            bytes,
            stride,
            samples: Samples::Every { step: 1, first: 0 },
            size,
        })
    }

    /// Size in pixels.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Adds the samples of the row with this number, 0–255 each, to `sums`, one a pixel.
    pub fn add_row(&self, row: u32, sums: &mut [u16]) {
        let row = &self.bytes[row as usize * self.stride..][..self.stride];
        match self.samples {
            Samples::Every { step: 1, .. } => {
                for (sum, sample) in sums.iter_mut().zip(row) {
                    *sum += u16::from(*sample);
                }
            }
            Samples::Every { step: 2, first: 0 } => add_half::<0>(row, sums),
            Samples::Every { step: 2, .. } => add_half::<1>(row, sums),
            Samples::Every { .. } => {
                for (sum, pixel) in sums.iter_mut().zip(row.as_chunks::<3>().0) {
                    *sum += u16::from(pixel[1]);
                }
            }
            Samples::Deep { shift } => {
                for (sum, sample) in sums.iter_mut().zip(row.as_chunks().0) {
                    *sum += (u16::from_le_bytes(*sample) >> shift).min(255);
                }
            }
        }
    }
}

/// Adds one byte of every two. Cut out of a whole number: picked byte by byte it would not become vector code, and take three
/// times as long.
fn add_half<const WHICH: u32>(row: &[u8], sums: &mut [u16]) {
    for (sum, pair) in sums.iter_mut().zip(row.as_chunks().0) {
        *sum += u16::from_le_bytes(*pair) >> (8 * WHICH) & 0xff;
    }
}
