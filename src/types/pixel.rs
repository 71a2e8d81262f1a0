//! The pixel formats that cameras deliver and Watchpost reads.

use crate::types::Size;

/// How a frame's bytes are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Packed 4:2:2, Y0 U Y1 V, 2 bytes a pixel.
    Yuyv,
    /// Packed 4:2:2, U Y0 V Y1.
    Uyvy,
    /// Packed 4:2:2, Y0 V Y1 U.
    Yvyu,
    /// A plane of Y, then a plane of interleaved U V at half the width and height.
    Nv12,
    /// As [`Self::Nv12`] with V before U.
    Nv21,
    /// A plane of Y, then one of U and one of V at half the width and height (I420).
    Yu12,
    /// As [`Self::Yu12`] with the plane of V before that of U.
    Yv12,
    /// One byte of luminance a pixel.
    Grey,
    /// Luminance in the lower ten of 16 bits, little endian.
    Y10,
    /// Luminance in 16 bits, little endian.
    Y16,
    /// Red, green, blue, one byte each.
    Rgb3,
    /// Blue, green, red, one byte each.
    Bgr3,
    /// One JPEG picture, perhaps without Huffman tables.
    Mjpeg,
}

/// The rows of one plane, or of a whole packed picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Bytes of a row; the next may begin later.
    pub len: usize,
    /// How many there are.
    pub count: usize,
}

impl PixelFormat {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::Yuyv,
        Self::Uyvy,
        Self::Yvyu,
        Self::Nv12,
        Self::Nv21,
        Self::Yu12,
        Self::Yv12,
        Self::Grey,
        Self::Y10,
        Self::Y16,
        Self::Rgb3,
        Self::Bgr3,
        Self::Mjpeg,
    ];

    /// The name used in logs and in `watchpost cameras`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yuyv => "YUYV",
            Self::Uyvy => "UYVY",
            Self::Yvyu => "YVYU",
            Self::Nv12 => "NV12",
            Self::Nv21 => "NV21",
            Self::Yu12 => "YU12",
            Self::Yv12 => "YV12",
            Self::Grey => "GREY",
            Self::Y10 => "Y10",
            Self::Y16 => "Y16",
            Self::Rgb3 => "RGB3",
            Self::Bgr3 => "BGR3",
            Self::Mjpeg => "MJPEG",
        }
    }

    /// The rows of the plane with this number, from 0; `None` behind the last plane, and for MJPEG, which has no rows.
    pub const fn rows(self, plane: usize, size: Size) -> Option<Rows> {
        let (width, height) = (size.width as usize, size.height as usize);
        let (halves, pairs) = (height.div_ceil(2), width.div_ceil(2));
        let (len, count) = match (self, plane) {
            (Self::Yuyv | Self::Uyvy | Self::Yvyu | Self::Y10 | Self::Y16, 0) => {
                (width * 2, height)
            }
            (Self::Rgb3 | Self::Bgr3, 0) => (width * 3, height),
            (Self::Nv12 | Self::Nv21 | Self::Yu12 | Self::Yv12 | Self::Grey, 0) => (width, height),
            (Self::Nv12 | Self::Nv21, 1) => (pairs * 2, halves),
            (Self::Yu12 | Self::Yv12, 1 | 2) => (pairs, halves),
            _ => return None,
        };
        Some(Rows { len, count })
    }

    /// Bytes between two rows of the plane with this number, when the planes lie one behind the other and the rows of the
    /// first are `stride` apart (kernel documentation, "YUV formats", 4.11.2 and 4.11.3).
    pub const fn plane_stride(self, plane: usize, stride: usize) -> usize {
        match (self, plane) {
            (Self::Yu12 | Self::Yv12, 1 | 2) => stride / 2,
            _ => stride,
        }
    }

    /// Bytes of a whole frame whose rows are `stride` bytes apart and whose planes lie one behind the other; `None` for
    /// MJPEG, whose frames vary.
    pub const fn frame_len(self, size: Size, stride: usize) -> Option<usize> {
        let (mut len, mut plane) = (0, 0);
        while let Some(rows) = self.rows(plane, size) {
            len += self.plane_stride(plane, stride) * rows.count;
            plane += 1;
        }
        if plane == 0 { None } else { Some(len) }
    }

    /// The smallest distance in bytes between two rows of `width` pixels in a frame whose planes lie one behind the other;
    /// 0 for MJPEG. It is even where the chroma's rows follow from it. Planes that lie apart are as long as
    /// [`Self::rows`] says.
    pub const fn min_stride(self, width: u32) -> usize {
        match (self, self.rows(0, Size::new(width, 1))) {
            (Self::Nv12 | Self::Nv21 | Self::Yu12 | Self::Yv12, Some(rows)) => {
                rows.len.next_multiple_of(2)
            }
            (_, Some(rows)) => rows.len,
            (_, None) => 0,
        }
    }
}

impl std::fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_long_as_its_planes() {
        let check = |format: PixelFormat, (width, height), stride, expected| {
            let found = format.frame_len(Size::new(width, height), stride);
            assert_eq!(found, expected, "{format}");
        };
        check(PixelFormat::Uyvy, (6, 3), 16, Some(48));
        check(PixelFormat::Nv21, (6, 4), 8, Some(48));
        check(PixelFormat::Nv12, (5, 3), 6, Some(30));
        check(PixelFormat::Yu12, (6, 4), 8, Some(48));
        check(PixelFormat::Yv12, (5, 3), 6, Some(18 + 2 * 6));
        check(PixelFormat::Y10, (5, 3), 12, Some(36));
        check(PixelFormat::Bgr3, (5, 3), 15, Some(45));
        check(PixelFormat::Mjpeg, (5, 3), 0, None);
    }

    #[test]
    fn chroma_rows_fit_into_the_smallest_stride() {
        for format in PixelFormat::ALL {
            for width in 1..9 {
                let stride = format.min_stride(width);
                for plane in 0..3 {
                    if let Some(rows) = format.rows(plane, Size::new(width, 2)) {
                        assert!(
                            rows.len <= format.plane_stride(plane, stride),
                            "{format} {width}"
                        );
                    }
                }
            }
        }
    }
}
