//! Frames from a V4L2 node, in the driver's own buffers.
//!
//! Crate `v4l` opens the node and has V4L2's structs; what asks and waits is our own, because that crate's lists end only where the
//! driver says so, and its stream waits without a deadline and panics when it is closed after an error.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, info, warn};

use crate::capture::bandwidth::Bus;
use crate::capture::control::ControlProblem;
use crate::capture::negotiate::{self, Choice, Wish};
use crate::capture::numbering::{Numbering, captured_at};
use crate::capture::offer::{Interval, Offer};
use crate::capture::{CaptureError, FrameSource, SourceCounters, SourceFormat};
use crate::clock::Clock;
use crate::config::ControlSetting;
use crate::types::{Frame, FrameBytes, Monotonic, PLANES_MAX};

mod controls;
mod ioctl;
mod mapping;
mod modes;
mod node;
mod queue;

pub use node::{Capability, Granted, Node};
use queue::{Filled, Lease, Queue};

/// A rate below this share of what was asked for is worth a word.
const RATE_SHARE_MIN: f32 = 0.9;
/// Most controls that are told of, and the longest that is said of one.
const CONTROLS_TOLD_MAX: usize = 8;
const WARNING_CHARS_MAX: usize = 600;
/// As many short frames in a row are no accident.
const SHORT_MAX: u32 = 30;

/// A streaming camera.
pub struct Camera {
    path: PathBuf,
    name: String,
    granted: Granted,
    interval: Option<Interval>,
    warnings: Vec<String>,
    clock: Arc<dyn Clock>,
    began: Monotonic,
    queue: Arc<Queue>,
    numbering: Numbering,
    flagged: u64,
    short: u64,
    /// How many of them came one after the other.
    short_in_a_row: u32,
}

impl Camera {
    /// Opens the node at `path`, sets what comes nearest to `wish` and the controls, and starts streaming.
    ///
    /// A control that cannot be set is [told](FrameSource::warnings) and keeps nothing back: a camera with the wrong gain still
    /// sees people.
    pub fn open(
        path: &Path,
        wish: Wish,
        controls: &[ControlSetting],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CaptureError> {
        let node = Node::open(path)?;
        let capability = node.capability()?;
        if let Some(found) = capability.refusal() {
            return Err(CaptureError::NotACamera {
                path: path.to_owned(),
                found,
            });
        }
        let bus = node.bus(&capability);
        let choice = choose(path, &node.offers(&wish.size), wish, bus)?;
        Self::start(&node, &choice, controls, clock)
    }

    /// Sets what was chosen and starts streaming.
    pub fn start(
        node: &Node,
        choice: &Choice,
        controls: &[ControlSetting],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CaptureError> {
        let granted = node.set_format(choice)?;
        let interval = node.set_interval(choice.interval);
        // After the format, which resets them on some cameras, and before the first picture.
        let problems = node.set_controls(controls);
        for problem in &problems {
            warn!(path = %node.path().display(), %problem, "a control is not as configured");
        }
        let mut camera = Self {
            path: node.path().to_owned(),
            name: node.capability()?.card,
            granted,
            interval,
            warnings: Vec::new(),
            began: clock.monotonic(),
            clock,
            queue: Queue::start(node)?,
            numbering: Numbering::default(),
            flagged: 0,
            short: 0,
            short_in_a_row: 0,
        };
        camera.warnings = camera.differences(choice);
        camera.log(choice);
        // The log has all of them, each whole; what is told over MQTT has bounds.
        let told = problems.iter().take(CONTROLS_TOLD_MAX);
        camera.warnings.extend(told.map(not_set));
        Ok(camera)
    }

    /// What the driver made of the choice, and the choice of the wish, where that is something else.
    fn differences(&self, choice: &Choice) -> Vec<String> {
        let Granted { pixel, size, .. } = self.granted;
        let mut all = Vec::new();
        if choice.against_wish {
            all.push(format!(
                "the configured format is not offered; used is {choice}"
            ));
        }
        if (pixel, size) != (choice.pixel, choice.size) {
            let asked = format!("{} {}", choice.fourcc, choice.size);
            all.push(format!(
                "the driver set another format, {pixel} {size} for {asked}"
            ));
        }
        let asked = choice.interval.fps();
        if let Some(set) = self.interval.map(Interval::fps)
            && set < asked * RATE_SHARE_MIN
        {
            all.push(format!(
                "the driver set a lower rate, {set} fps for {asked}"
            ));
        }
        all
    }

    fn log(&self, choice: &Choice) {
        let Granted {
            pixel,
            size,
            layout,
            colour,
        } = self.granted;
        let path = self.path.display();
        for warning in &self.warnings {
            warn!(%path, "{warning}");
        }
        let fps = self.interval.map(Interval::fps);
        info!(%path, name = %self.name, %pixel, %size, ?layout, ?colour, fps, reason = %choice.reason, "camera opened");
    }

    /// The next frame that is already there; `None` when there is none, or when it was dropped.
    fn next_filled(&mut self) -> Result<Option<Frame>, CaptureError> {
        match self.queue.dequeue()? {
            Some(filled) => self.accept(filled),
            None => Ok(None),
        }
    }

    /// Drops and counts what cannot be used. A flagged buffer's number and stamp are not to be trusted either.
    fn accept(&mut self, filled: Filled) -> Result<Option<Frame>, CaptureError> {
        if filled.flagged {
            self.flagged += 1;
            debug!(path = %self.path.display(), "dropped a frame that the driver flagged");
            return Ok(None);
        }
        let seq = self.numbering.next(filled.sequence);
        let lens = filled.lease.planes().map(<[u8]>::len);
        let needed = self.lens_min();
        if lens.iter().zip(&needed).any(|(len, needed)| len < needed) {
            debug!(path = %self.path.display(), seq, ?lens, ?needed, "dropped a short frame");
            self.count_short(lens)?;
            return Ok(None);
        }
        self.short_in_a_row = 0;
        Ok(Some(Frame {
            format: self.granted.pixel,
            colour: self.granted.colour,
            size: self.granted.size,
            layout: self.granted.layout,
            seq,
            captured_at: captured_at(filled.stamp, self.began, self.clock.monotonic()),
            bytes: self.lend(filled.lease),
        }))
    }

    /// One short frame is an accident of the cable. A camera that sends nothing else delivers another format than its
    /// driver says, and that has to be told.
    fn count_short(&mut self, lens: [usize; PLANES_MAX]) -> Result<(), CaptureError> {
        self.short += 1;
        self.short_in_a_row += 1;
        if self.short_in_a_row < SHORT_MAX {
            return Ok(());
        }
        Err(CaptureError::ShortFrames {
            path: self.path.clone(),
            set: format!("{} {}", self.granted.pixel, self.granted.size),
            needed: self.lens_min().iter().sum(),
            found: lens.iter().sum(),
        })
    }

    /// Bytes that each area of a frame holds at least; a JPEG at least something.
    fn lens_min(&self) -> [usize; PLANES_MAX] {
        let Granted { pixel, size, .. } = self.granted;
        let lens = self.granted.layout.area_lens(pixel, size);
        lens.unwrap_or([1, 0, 0])
    }

    fn lend(&self, lease: Lease) -> Box<dyn FrameBytes> {
        if self.queue.may_lend() {
            Box::new(lease)
        } else {
            Box::new(Copied(lease.planes().map(<[u8]>::to_vec)))
        }
    }
}

/// Cut off where it is too long to be told: it may list all that the camera has.
fn not_set(problem: &ControlProblem) -> String {
    let text = format!("a control is not as configured: {problem}");
    match text.char_indices().nth(WARNING_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A frame in memory of our own, its planes as the driver had them.
struct Copied([Vec<u8>; PLANES_MAX]);

impl FrameBytes for Copied {
    fn planes(&self) -> [&[u8]; PLANES_MAX] {
        self.0.each_ref().map(Vec::as_slice)
    }

    fn planes_mut(&mut self) -> [&mut [u8]; PLANES_MAX] {
        self.0.each_mut().map(Vec::as_mut_slice)
    }
}

fn choose(path: &Path, offers: &[Offer], wish: Wish, bus: Bus) -> Result<Choice, CaptureError> {
    negotiate::choose(offers, wish, bus).ok_or_else(|| {
        let names: Vec<_> = offers
            .iter()
            .map(|offer| offer.fourcc.to_string())
            .collect();
        let offered = match names.as_slice() {
            [] => "no format".to_owned(),
            names => names.join(", "),
        };
        CaptureError::NoReadableFormat {
            path: path.to_owned(),
            offered,
        }
    })
}

impl FrameSource for Camera {
    fn next_frame(&mut self, patience: Duration) -> Result<Frame, CaptureError> {
        let deadline = self.clock.monotonic() + patience;
        loop {
            if let Some(frame) = self.next_filled()? {
                return Ok(frame);
            }
            let left = deadline.since(self.clock.monotonic());
            if left.is_zero() {
                return Err(CaptureError::Stalled(patience));
            }
            self.queue.wait(left)?;
        }
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            pixel: self.granted.pixel,
            size: self.granted.size,
            fps: self.interval.map(Interval::fps),
            name: self.name.clone(),
        }
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn counters(&self) -> SourceCounters {
        SourceCounters {
            flagged: self.flagged,
            short: self.short,
            missing: self.numbering.missing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::negotiate::WantedSize;
    use crate::capture::offer::FourCc;
    use crate::types::Size;

    #[test]
    fn a_raw_sensor_is_refused_with_what_it_offers_and_what_to_do() {
        let offer = |name: &[u8; 4]| Offer {
            fourcc: FourCc::new(*name),
            description: String::new(),
            modes: Vec::new(),
        };
        let wish = Wish {
            size: WantedSize::Size(Size::new(640, 480)),
            fps: 10,
            format: None,
        };
        let sensor = [offer(b"pRAA"), offer(b"BG10")];
        let error = choose(Path::new("/dev/video0"), &sensor, wish, Bus::Local)
            .expect_err("Bayer is not read");
        assert_eq!(
            error.to_string(),
            "/dev/video0 offers pRAA, BG10; needed: one of YUYV, UYVY, YVYU, NV12, NM12, NV21, NM21, YU12, YM12, YV12, \
             YM21, RGB3, BGR3, GREY, Y10, Y16, MJPG, JPEG. A raw sensor (Bayer formats) is read through libcamera's \
             V4L2 compatibility layer: start watchpost under `libcamerify`"
        );
    }
}
