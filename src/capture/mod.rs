//! Frames from cameras and clips, with a deadline on every wait.
//!
//! Takes a [`CameraConfig`](crate::config::CameraConfig), gives [`Frame`]s. Never decodes or changes a pixel, and never
//! waits without a deadline.

use std::time::Duration;

use crate::types::{Frame, PixelFormat, Size};

pub mod latest;

/// Something that delivers frames. Dropping it closes it.
pub trait FrameSource: Send {
    /// The next frame, waiting for it at most `patience`.
    fn next_frame(&mut self, patience: Duration) -> Result<Frame, CaptureError>;

    /// What was negotiated.
    fn format(&self) -> SourceFormat;
}

/// What a source delivers, once negotiated.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFormat {
    /// Layout of the bytes.
    pub pixel: PixelFormat,
    /// Picture size.
    pub size: Size,
    /// Frames a second, when the source says.
    pub fps: Option<f32>,
    /// What the device calls itself, for logs and status.
    pub name: String,
}

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Nothing came in time.
    #[error("no frame for {0:?}")]
    Stalled(Duration),
    /// The clip is over and does not repeat.
    #[error("the clip is over")]
    Ended,
}
