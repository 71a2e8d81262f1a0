//! Frames from cameras and clips, with a deadline on every wait.
//!
//! Takes a [`CameraConfig`], gives [`Frame`]s. Never decodes or changes a pixel, and never waits without a deadline.
//!
//! | module | idea |
//! |---|---|
//! | [`offer`] | what a camera offers: formats, sizes, rates |
//! | [`bandwidth`] | what the bus between camera and machine can carry |
//! | [`control`] | the knobs of a camera: what is set, in which order |
//! | [`negotiate`] | what is offered and what is wanted → what is asked for |
//! | [`stated`] | what a driver states about its samples → their colour |
//! | [`numbering`] | the driver's frame numbers and time-stamps → ones that can be trusted |
//! | [`v4l2`] | frames from a V4L2 node, in the driver's own buffers |
//! | [`replay`] | frames from an MJPEG AVI or a folder of JPEGs |
//! | [`latest`] | the one-slot hand-over to the pipeline |
//! | [`identity`] | which of the nodes is the camera that the configuration names |
//! | [`sysfs`] | what the kernel knows of the nodes |
//! | [`list`] | the cameras of this machine |

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::capture::negotiate::{WantedSize, Wish};
use crate::clock::Clock;
use crate::config::{CameraConfig, SourceConfig};
use crate::types::{Frame, PixelFormat, Size};

pub mod bandwidth;
pub mod control;
mod error;
pub mod identity;
pub mod latest;
pub mod list;
pub mod negotiate;
pub mod numbering;
pub mod offer;
pub mod replay;
pub mod stated;
pub mod sysfs;
pub mod v4l2;

pub use error::CaptureError;

/// Something that delivers frames. Dropping it closes it.
pub trait FrameSource: Send {
    /// The next frame, waiting for it at most `patience`.
    ///
    /// After an error other than [`CaptureError::Stalled`] the source is spent: drop it and open another.
    fn next_frame(&mut self, patience: Duration) -> Result<Frame, CaptureError>;

    /// What was negotiated.
    fn format(&self) -> SourceFormat;

    /// What is not as it was configured although frames come, a sentence each.
    fn warnings(&self) -> &[String] {
        &[]
    }

    /// What was lost since the source was opened.
    fn counters(&self) -> SourceCounters {
        SourceCounters::default()
    }
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

/// Frames that were taken but never delivered, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceCounters {
    /// The driver flagged them as broken.
    pub flagged: u64,
    /// They held fewer bytes than their format needs.
    pub short: u64,
    /// Their numbers were left out: lost between sensor and driver, or because no buffer was free. Broken frames that
    /// the driver numbered are among them.
    pub missing: u64,
}

/// What several openings of one source lost together.
impl std::ops::Add for SourceCounters {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            flagged: self.flagged + more.flagged,
            short: self.short + more.short,
            missing: self.missing + more.missing,
        }
    }
}

/// Opens what `camera.source` names, in the `usual` size where the configuration names none.
pub fn open(
    camera: &CameraConfig,
    usual: WantedSize,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn FrameSource>, CaptureError> {
    let wish = Wish {
        size: camera.size.map_or(usual, WantedSize::Size),
        fps: camera.fps,
        format: camera.node.format,
    };
    let opened = |path: &Path, clock| {
        Ok(Box::new(v4l2::Camera::open(
            path,
            wish,
            &camera.node.controls,
            clock,
        )?) as _)
    };
    match &camera.source {
        SourceConfig::Device(path) => opened(path, clock),
        // Looked for at every opening: it may have come back under another number.
        SourceConfig::Named(name) => opened(&list::resolve(name)?, clock),
        SourceConfig::Clip {
            path,
            repeat,
            unpaced,
        } => {
            let pace = replay::Pace {
                repeat: *repeat,
                unpaced: *unpaced,
            };
            Ok(Box::new(replay::Replay::open(path, pace, clock)?))
        }
    }
}
