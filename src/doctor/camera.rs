//! Whether a camera opens and delivers a frame.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Finding;
use super::deadline::within;
use super::holder::holder;
use super::status::{DaemonStatus, delivers};
use crate::capture::negotiate::WantedSize;
use crate::capture::{self, CaptureError, list};
use crate::causes::chain;
use crate::clock::SystemClock;
use crate::config::{CameraConfig, SourceConfig};

/// Beyond the camera's own stall time-out: opening a USB camera takes a second or two.
const OPENING: Duration = Duration::from_secs(5);

/// Opens the camera and takes one frame. With a daemon that runs (`Some`, with its status if it is known), that is asked
/// instead: it has the camera.
pub fn check(
    camera: &CameraConfig,
    usual: WantedSize,
    daemon: Option<Option<&DaemonStatus>>,
) -> Finding {
    let name = format!("camera {}", camera.name);
    if let Some(status) = daemon {
        return match status.and_then(|status| status.camera(&camera.name)) {
            Some(finding) => finding,
            None => Finding::ok(
                name,
                "in use by the daemon, which runs; its own word is in its log and its `status`",
            ),
        };
    }
    if let Some(holder) = node(&camera.source).and_then(|node| holder(&node)) {
        let says = format!("{} has it open (process {})", holder.name, holder.pid);
        return Finding::error(
            name,
            says,
            "end that program, or give Watchpost another camera",
        );
    }
    let wanted = camera.clone();
    match within(camera.stall + OPENING, move || first_frame(&wanted, usual)) {
        Some(Ok((says, warnings))) => delivers(name, says, &warnings),
        Some(Err(error)) => Finding::error(name, chain(&error), remedy(&error)),
        None => Finding::error(
            name,
            "the driver does not answer",
            "unplug it and plug it in again; `dmesg` may say more",
        ),
    }
}

fn node(source: &SourceConfig) -> Option<PathBuf> {
    match source {
        SourceConfig::Device(path) => Some(path.clone()),
        SourceConfig::Named(name) => list::resolve(name).ok(),
        SourceConfig::Clip { .. } => None,
    }
}

/// What it delivers, and what is not as configured.
fn first_frame(
    camera: &CameraConfig,
    usual: WantedSize,
) -> Result<(String, Vec<String>), CaptureError> {
    let mut source = capture::open(camera, usual, Arc::new(SystemClock))?;
    let format = source.format();
    let (name, pixel, size) = (format.name.clone(), format.pixel, format.size);
    let begun = Instant::now();
    let frame = source.next_frame(camera.stall)?;
    let took_ms = begun.elapsed().as_millis();
    let bytes: usize = frame.bytes.planes().iter().map(|plane| plane.len()).sum();
    let says = format!(
        "{name} delivers {pixel} {size}; the first frame ({bytes} bytes) came after {took_ms} ms",
    );
    Ok((says, source.warnings().to_vec()))
}

fn remedy(error: &CaptureError) -> &'static str {
    match error {
        CaptureError::Unplugged { .. } | CaptureError::Absent { .. } => {
            "plug it in, or write into `source` what `watchpost cameras` shows"
        }
        CaptureError::Several { .. } | CaptureError::NotACamera { .. } => {
            "write into `source` what `watchpost cameras` shows"
        }
        CaptureError::Open { source, .. } | CaptureError::Driver { source, .. }
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            "run this as the service's user or as root; see `groups` above"
        }
        CaptureError::Open { source, .. } | CaptureError::Driver { source, .. }
            if source.kind() == std::io::ErrorKind::ResourceBusy =>
        {
            "end the program that uses it; as root this says which"
        }
        CaptureError::Stalled(_) => {
            "try another port or cable, without a hub; `dmesg` may say more"
        }
        CaptureError::ClipIo { .. } | CaptureError::BadClip { .. } | CaptureError::Ended => {
            "name an MJPEG AVI file or a folder of JPEGs: clip:PATH"
        }
        _ => {
            "see `watchpost cameras` for what it offers, and set `format`, `width` and `height` to that"
        }
    }
}
