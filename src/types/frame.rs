//! One picture from a camera, still in the camera's own format.

use crate::types::{Colour, Monotonic, PixelFormat, Size};

/// Most areas of memory that one frame lies in.
pub const PLANES_MAX: usize = 3;

/// Where a frame's bytes live: memory of our own, or buffers lent by the driver that go back when this is dropped.
pub trait FrameBytes: Send {
    /// The bytes that the camera wrote: all of them in the first slice, or one plane a slice, as [`Layout`] says. Slices
    /// that are not used are empty.
    fn planes(&self) -> [&[u8]; PLANES_MAX];
    /// The same bytes, writable: privacy masks are blanked in place.
    fn planes_mut(&mut self) -> [&mut [u8]; PLANES_MAX];
}

impl FrameBytes for Vec<u8> {
    fn planes(&self) -> [&[u8]; PLANES_MAX] {
        [self, &[], &[]]
    }

    fn planes_mut(&mut self) -> [&mut [u8]; PLANES_MAX] {
        [self, &mut [], &mut []]
    }
}

/// How a frame's planes lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One behind the other in one area.
    Whole {
        /// Bytes between the starts of two rows of the first plane, from which those of the others follow; 0 for MJPEG.
        stride: usize,
    },
    /// Each in an area of its own, as V4L2's multi-planar formats (NM12, YM12) have it.
    Apart {
        /// Bytes between the starts of two rows, for each plane.
        strides: [usize; PLANES_MAX],
    },
}

impl Layout {
    /// How many bytes each area of memory must hold, at least, for a frame of this `format`; areas that are not used hold
    /// none. `None` for MJPEG, whose frames vary.
    pub fn area_lens(self, format: PixelFormat, size: Size) -> Option<[usize; PLANES_MAX]> {
        match self {
            Self::Whole { stride } => Some([format.frame_len(size, stride)?, 0, 0]),
            Self::Apart { strides } => {
                format.rows(0, size)?;
                let len = |plane| {
                    format
                        .rows(plane, size)
                        .map_or(0, |rows| strides[plane] * rows.count)
                };
                Some([0, 1, 2].map(len))
            }
        }
    }
}

/// One picture from a camera.
///
/// Whoever makes one guarantees that raw formats hold at least [`Layout::area_lens`] bytes.
pub struct Frame {
    /// Layout of the bytes.
    pub format: PixelFormat,
    /// What the samples mean; a JPEG says it itself.
    pub colour: Colour,
    /// Picture size in pixels.
    pub size: Size,
    /// Where the planes lie in `bytes`.
    pub layout: Layout,
    /// The driver's frame number since streaming began; gaps are frames that never reached us.
    pub seq: u64,
    /// When the kernel took the picture.
    pub captured_at: Monotonic,
    /// The picture.
    pub bytes: Box<dyn FrameBytes>,
}

impl Frame {
    /// A JPEG picture.
    pub fn mjpeg(jpeg: Vec<u8>, size: Size, seq: u64, captured_at: Monotonic) -> Self {
        Self {
            format: PixelFormat::Mjpeg,
            colour: Colour::JPEG,
            size,
            layout: Layout::Whole { stride: 0 },
            seq,
            captured_at,
            bytes: Box::new(jpeg),
        }
    }
}

/// Says everything about the frame but its pixels, so that it can be logged.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("format", &self.format)
            .field("size", &self.size)
            .field("seq", &self.seq)
            .field("captured_at", &self.captured_at)
            .finish_non_exhaustive()
    }
}
