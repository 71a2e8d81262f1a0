//! A person followed over several frames.

use crate::types::{BBox, Monotonic, Score};

/// Names a track; never used twice while the daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(pub u64);

/// How much a track is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackState {
    /// Seen too few times to tell anybody.
    Tentative,
    /// Seen often enough, and in the latest inference.
    Confirmed,
    /// Confirmed before, but missed by the latest inference; its box is a prediction.
    Lost,
}

/// A person followed over several frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    /// Names the track.
    pub id: TrackId,
    /// How much it is believed.
    pub state: TrackState,
    /// Where the person is now, by the filter's estimate.
    pub bbox: BBox,
    /// Score of the latest matched detection.
    pub score: Score,
    /// Best score so far.
    pub top_score: Score,
    /// Capture time of the first matched detection.
    pub first_seen: Monotonic,
    /// Capture time of the latest matched detection.
    pub last_seen: Monotonic,
}
