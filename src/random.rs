//! The one place that makes randomness; pure code takes it as an argument.

use std::hash::{BuildHasher, Hasher, RandomState};

/// 64 random bits: good for jitter and ids, not for secrets.
pub fn bits() -> u64 {
    RandomState::new().build_hasher().finish()
}
