//! A bar on standard error, when that is a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How many frames are done.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for `frames`.
    pub fn new(frames: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} frames, {eta} left  {msg}");
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(frames as u64), target);
        Self(bar.with_style(style.expect("the template is right")))
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
