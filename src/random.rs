//! The one place that makes randomness; pure code takes it as an argument. Good for jitter and names, not for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

use ulid::Ulid;

use crate::types::Wall;

/// 64 bits that differ each time.
pub fn bits() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A name that no other call gives; names sort by the time at which they were made.
pub fn ulid(now: Wall) -> Ulid {
    let ms = u64::try_from(now.unix_micros() / 1000).unwrap_or(0);
    Ulid::from_parts(ms, u128::from(bits()) << 64 | u128::from(bits()))
}
