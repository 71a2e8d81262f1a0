//! The loops for 64-bit ARM, all of which has NEON.
//!
//! The compiler makes good code of [`colour`]; the others have instructions that it does not find.

mod colour;
mod mix;
mod narrow;
mod pick;

pub(super) use super::portable::colour;
pub(super) use colour::colour_bytes;
pub(super) use mix::mix;
pub(super) use narrow::{narrow, narrow_two};
pub(super) use pick::pick;
