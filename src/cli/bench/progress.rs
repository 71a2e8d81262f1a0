//! A bar on standard error, when that is a terminal.

use indicatif::ProgressBar;

use crate::cli::progress;

/// How many frames are done.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for `frames`.
    pub fn new(frames: usize) -> Self {
        Self(progress::measured_frames(frames as u64))
    }

    /// So many are done.
    pub fn at(&self, frames: usize) {
        self.0.set_position(frames as u64);
    }

    /// What is being measured.
    pub fn tell(&self, what: String) {
        self.0.set_message(what);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
