//! One picture from a camera, still in the camera's own format.

use crate::types::{Monotonic, PixelFormat, Size};

/// Where a frame's bytes live: memory of our own, or a buffer lent by the driver that goes back when this is dropped.
pub trait FrameBytes: Send {
    /// The bytes that the camera wrote.
    fn as_slice(&self) -> &[u8];
    /// The same bytes, writable: privacy masks are blanked in place.
    fn as_mut_slice(&mut self) -> &mut [u8];
}

impl FrameBytes for Vec<u8> {
    fn as_slice(&self) -> &[u8] {
        self
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        self
    }
}

/// One picture from a camera.
///
/// Whoever makes one guarantees that raw formats hold at least [`PixelFormat::frame_len`] bytes.
pub struct Frame {
    /// Layout of the bytes.
    pub format: PixelFormat,
    /// Picture size in pixels.
    pub size: Size,
    /// Bytes between the starts of two rows; 0 for MJPEG.
    pub stride: usize,
    /// The driver's frame number since streaming began; gaps are frames that never reached us.
    pub seq: u64,
    /// When the kernel took the picture.
    pub captured_at: Monotonic,
    /// The picture.
    pub bytes: Box<dyn FrameBytes>,
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
