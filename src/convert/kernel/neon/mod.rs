//! The loops for 64-bit ARM, all of which has NEON.
//!
//! The compiler makes good code of [`colour`] and [`pick`]; the others have instructions that it does not find.

mod colour;
mod mix;
mod narrow;

pub(super) use super::portable::{colour, pick};
pub(super) use colour::colour_bytes;
pub(super) use mix::{mix, mix_apart};
pub(super) use narrow::{narrow, narrow_two};
