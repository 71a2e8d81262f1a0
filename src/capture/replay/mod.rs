//! Frames from a clip: an MJPEG AVI file, or a folder of JPEGs.
//!
//! Takes a path, gives the clip's own pictures undecoded, one at a time, stamped as if a camera had taken them at the
//! clip's rate since it was opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::capture::offer::Interval;
use crate::capture::{CaptureError, FrameSource, SourceFormat};
use crate::clock::Clock;
use crate::types::{Frame, Monotonic, PixelFormat, Size};

pub mod avi;
mod film;
mod folder;
pub mod jpeg;

use film::Film;
use folder::Folder;

/// How a clip is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Begin again at the end.
    pub repeat: bool,
    /// As fast as frames are taken; stamps still advance at the clip's rate, and so run ahead of the clock.
    pub unpaced: bool,
}

/// A clip that is being played.
pub struct Replay {
    path: PathBuf,
    reel: Box<dyn Reel>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    began: Monotonic,
    /// Number of the next frame; goes on over repeats.
    next: u64,
    /// Whether this round through the clip has shown anything; one that has not would repeat forever.
    shown: bool,
}

/// Pictures in order.
trait Reel: Send {
    /// The next picture; `None` after the last. One without bytes means that the picture before stays.
    fn next_picture(&mut self) -> Result<Option<Picture>, CaptureError>;
    /// Goes back to the first picture.
    fn rewind(&mut self) -> Result<(), CaptureError>;
    /// Size of the first picture.
    fn size(&self) -> Size;
    /// Time between two pictures.
    fn interval(&self) -> Interval;
}

struct Picture {
    bytes: Vec<u8>,
    size: Size,
}

impl Replay {
    /// Opens the file or folder at `path`.
    pub fn open(path: &Path, pace: Pace, clock: Arc<dyn Clock>) -> Result<Self, CaptureError> {
        let reel: Box<dyn Reel> = if path.is_dir() {
            Box::new(Folder::open(path)?)
        } else {
            Box::new(Film::open(path)?)
        };
        let began = clock.monotonic();
        Ok(Self {
            path: path.to_owned(),
            reel,
            pace,
            clock,
            began,
            next: 0,
            shown: false,
        })
    }

    /// The next picture that there is, and its number. Pictures that stay are left out, but keep their numbers.
    fn next_picture(&mut self) -> Result<(u64, Picture), CaptureError> {
        loop {
            match self.reel.next_picture()? {
                None => self.turn_back()?,
                Some(picture) => {
                    let seq = self.next;
                    self.next += 1;
                    if !picture.bytes.is_empty() {
                        self.shown = true;
                        return Ok((seq, picture));
                    }
                }
            }
        }
    }

    fn turn_back(&mut self) -> Result<(), CaptureError> {
        if !self.shown {
            let problem = "the clip holds no pictures".to_owned();
            return Err(CaptureError::BadClip {
                path: self.path.clone(),
                problem,
            });
        }
        if !self.pace.repeat {
            return Err(CaptureError::Ended);
        }
        self.shown = false;
        self.reel.rewind()
    }

    fn captured_at(&self, seq: u64) -> Monotonic {
        const NANOS: u128 = 1_000_000_000;
        let interval = self.reel.interval();
        let nanos = u128::from(seq) * u128::from(interval.numerator()) * NANOS
            / u128::from(interval.denominator());
        self.began + Duration::new((nanos / NANOS) as u64, (nanos % NANOS) as u32)
    }

    /// Sleeps until the next frame is due, at most `patience`; whether it is due then.
    fn sleep_until_due(&self, patience: Duration) -> bool {
        let left = self.captured_at(self.next).since(self.clock.monotonic());
        std::thread::sleep(left.min(patience));
        left <= patience
    }
}

impl FrameSource for Replay {
    fn next_frame(&mut self, patience: Duration) -> Result<Frame, CaptureError> {
        if !self.pace.unpaced && !self.sleep_until_due(patience) {
            return Err(CaptureError::Stalled(patience));
        }
        let (seq, picture) = self.next_picture()?;
        let at = self.captured_at(seq);
        Ok(Frame::mjpeg(picture.bytes, picture.size, seq, at))
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            pixel: PixelFormat::Mjpeg,
            size: self.reel.size(),
            fps: Some(self.reel.interval().fps()),
            name: self
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
