//! Whether a frame is worth an inference.
//!
//! ```text
//! Luma → luma (coarse cells) → background (which cells changed) → gate (run or save)
//! ```
//!
//! It takes a picture's luminance and gives a yes or no with its reason. It never says what moved: that is the detector's
//! work, and a false alarm here costs one inference and no event.

mod background;
mod gate;
mod luma;

pub use gate::{Gate, GateCounters, Wake};

/// What changed between the background and one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Enough of the picture changed.
    pub moving: bool,
    /// Share of the picture's cells that changed, 0–1.
    pub area: f32,
}
