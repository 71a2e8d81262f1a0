//! Names for visits: ULIDs, which sort by the time at which they were made.

use std::sync::Arc;

use ulid::Ulid;

use crate::clock::Clock;
use crate::random;
use crate::types::VisitId;

/// Makes ids that never repeat.
pub struct Ids(Arc<dyn Clock>);

impl Ids {
    /// Ids stamped with this clock's civil time.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }

    /// A new id.
    pub fn next(&self) -> VisitId {
        let ms = self.0.wall().unix_micros().max(0) as u64 / 1000;
        let noise = u128::from(random::bits()) << 64 | u128::from(random::bits());
        VisitId(Ulid::from_parts(ms, noise).0)
    }
}
