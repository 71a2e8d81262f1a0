//! A frame made readable: planes of samples, each with its stride.

use crate::convert::ConvertError;
use crate::types::{PLANES_MAX, PixelFormat, Size};

/// A frame made readable, in the planes that it came in. It borrows the frame or the decoder and copies nothing.
///
/// It has no `Debug` on purpose: pixels are never logged.
pub struct Picture<'a> {
    size: Size,
    pub(super) planes: Planes<'a>,
}

/// The samples of a picture. Raw formats are limited-range BT.601, JPEG planes and grey are full-range.
pub(super) enum Planes<'a> {
    /// Packed 4:2:2, limited range. The width is even.
    Yuyv(Plane<'a>),
    /// Y and interleaved U V at half the width and height, limited range.
    Nv12 { y: Plane<'a>, uv: Plane<'a> },
    /// Full-range luminance.
    Grey(Plane<'a>),
    /// Full-range Y, U and V.
    Planar {
        y: Plane<'a>,
        u: Plane<'a>,
        v: Plane<'a>,
        chroma: Chroma,
    },
    /// Red, green and blue, 3 bytes a pixel.
    Rgb(Plane<'a>),
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
    /// A picture in a raw `format`.
    pub(super) fn from_raw(
        format: PixelFormat,
        size: Size,
        stride: usize,
        bytes: &'a mut [u8],
    ) -> Result<Self, ConvertError> {
        let odd = format == PixelFormat::Yuyv && size.width % 2 == 1;
        if size.area() == 0 || odd {
            return Err(ConvertError::Size { format, size });
        }
        let row = format.min_stride(size.width);
        let (first, rest) = Plane::take(bytes, stride, row, size.height)?;
        let planes = match format {
            PixelFormat::Yuyv => Planes::Yuyv(first),
            PixelFormat::Grey => Planes::Grey(first),
            PixelFormat::Nv12 => Planes::Nv12 {
                y: first,
                uv: interleaved(rest, stride, size)?,
            },
            PixelFormat::Mjpeg => return Err(ConvertError::Size { format, size }),
        };
        Ok(Self { size, planes })
    }

    /// A picture in a raw `format` whose planes lie apart.
    pub(super) fn from_planes(
        format: PixelFormat,
        size: Size,
        strides: [usize; PLANES_MAX],
        [first, second, _]: [&'a mut [u8]; PLANES_MAX],
    ) -> Result<Self, ConvertError> {
        if format != PixelFormat::Nv12 || size.area() == 0 {
            return Err(ConvertError::Size { format, size });
        }
        let row = format.min_stride(size.width);
        let (y, _) = Plane::take(first, strides[0], row, size.height)?;
        let uv = interleaved(second, strides[1], size)?;
        let planes = Planes::Nv12 { y, uv };
        Ok(Self { size, planes })
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
            planes: Planes::Rgb(plane),
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
        Ok(Self { size, planes })
    }

    /// Size in pixels; of a JPEG as it was decoded, which may be smaller than the frame.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The luminance, for motion; `None` for stills, which nobody watches for motion.
    pub fn luma(&self) -> Option<Luma<'_>> {
        let (plane, step) = match &self.planes {
            Planes::Yuyv(packed) => (packed, 2),
            Planes::Nv12 { y, .. } | Planes::Planar { y, .. } | Planes::Grey(y) => (y, 1),
            Planes::Rgb(_) => return None,
        };
        Some(Luma {
            bytes: plane.bytes,
            stride: plane.stride,
            step,
            size: self.size,
        })
    }
}

/// The U V plane of an NV12 picture. A row of it is one byte longer than one of Y where the width is odd.
fn interleaved(bytes: &mut [u8], stride: usize, size: Size) -> Result<Plane<'_>, ConvertError> {
    let row = size.width.next_multiple_of(2) as usize;
    if stride % 2 == 1 {
        return Err(ConvertError::Stride { row, stride });
    }
    Plane::take(bytes, stride, row, size.height.div_ceil(2)).map(|(plane, _)| plane)
}

/// The luminance of a picture: `size.height` rows `stride` bytes apart, their samples `step` bytes apart.
#[derive(Clone, Copy)]
pub struct Luma<'a> {
    bytes: &'a [u8],
    stride: usize,
    step: usize,
    size: Size,
}

impl<'a> Luma<'a> {
    /// The luminance in `bytes`; `None` when it does not hold all of it, or when `step` is neither 1 nor 2.
    pub fn new(bytes: &'a [u8], stride: usize, step: usize, size: Size) -> Option<Self> {
        let whole = matches!(step, 1 | 2)
            && size.area() > 0
            && stride >= size.width as usize * step
            && bytes.len() >= stride * size.height as usize;
        whole.then_some(Self {
            bytes,
            stride,
            step,
            size,
        })
    }

    /// Size in pixels.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Bytes between two samples of a row: 1, or 2 in packed formats.
    pub const fn step(&self) -> usize {
        self.step
    }

    /// The bytes of the row with this number; the samples are every [`Luma::step`]th of them.
    pub fn row(&self, row: u32) -> &'a [u8] {
        &self.bytes[row as usize * self.stride..][..self.size.width as usize * self.step]
    }
}
