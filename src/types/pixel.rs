//! The pixel formats that cameras deliver and Watchpost reads.

use crate::types::Size;

/// How a frame's bytes are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Packed 4:2:2, Y0 U Y1 V, 2 bytes a pixel.
    Yuyv,
    /// A plane of Y, then a plane of interleaved U V at half the width and height.
    Nv12,
    /// One byte of luminance a pixel.
    Grey,
    /// One JPEG picture, perhaps without Huffman tables.
    Mjpeg,
}

impl PixelFormat {
    /// The name used in logs and in `watchpost cameras`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Grey => "GREY",
            Self::Mjpeg => "MJPEG",
        }
    }

    /// Bytes of a whole frame whose rows are `stride` bytes apart; `None` for MJPEG, whose frames vary.
    pub const fn frame_len(self, size: Size, stride: usize) -> Option<usize> {
        let height = size.height as usize;
        match self {
            Self::Yuyv | Self::Grey => Some(stride * height),
            Self::Nv12 => Some(stride * height + stride * height.div_ceil(2)),
            Self::Mjpeg => None,
        }
    }

    /// The smallest distance in bytes between two rows of `width` pixels; 0 for MJPEG.
    pub const fn min_stride(self, width: u32) -> usize {
        match self {
            Self::Yuyv => width as usize * 2,
            Self::Nv12 | Self::Grey => width as usize,
            Self::Mjpeg => 0,
        }
    }
}

impl std::fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
