//! People in single frames → people over time.
//!
//! Takes the detections of one inference and when its frame was captured; gives the tracks that are now followed. Never
//! reads a clock, never sees a pixel, and counts in seconds, not in frames: frames get dropped, and the motion gate skips
//! some.
//!
//! The method is ByteTrack's (arXiv:2110.06864): strong detections are matched first, then weak ones may keep a person in
//! view whom the model doubts, as it does when somebody is half hidden. A weak detection never begins a track. Strong ones
//! that are left then look for those who were lost, in reach of where they may have gone. Those who are just coming in are
//! matched more easily, for their box is anything until all of them is there. People come and go through the
//! frame's edge, so there they are believed and given up sooner than in the middle, where somebody who vanishes is hidden.

mod associate;
mod edge;
mod followed;
mod kalman;
mod lifecycle;

use std::time::Duration;

use crate::config::TrackConfig;
use crate::types::{BBox, Detection, Monotonic, Score, Track, TrackId};
use associate::{fitting, fitting_weakly, overlapping, pair, within_reach};
use followed::Followed;
use kalman::Motion;
use lifecycle::Life;

/// Detections of a lower score are of no use to the tracker.
pub const FLOOR: f32 = 0.1;

/// Most tracks at a time. When there are as many, nobody new is followed until one of them has left.
pub const TRACKS_MAX: usize = 64;

/// A weak detection brings nobody back who was out of sight for longer.
const WEAK_PATIENCE: Duration = Duration::from_millis(250);

/// A strong detection that shares this much of the smaller box with somebody just seen is the same person found twice: a
/// trunk inside a figure, a loose box around a tight one, the last shoulder of somebody on their way out. Whoever really stands
/// in front of somebody else is followed from the moment on at which the two boxes part.
const TWICE_NESTING: f32 = 0.8;

/// Follows the people in view of one camera.
#[derive(Clone, Debug)]
pub struct Tracker {
    rules: TrackConfig,
    threshold: Score,
    followed: Vec<Followed>,
    tracks: Vec<Track>,
    updated_at: Monotonic,
    next_id: u64,
}

impl Tracker {
    /// Follows nobody yet. Detections of `threshold` and above are strong.
    pub fn new(rules: TrackConfig, threshold: Score) -> Self {
        Self {
            rules,
            threshold,
            followed: Vec::new(),
            tracks: Vec::new(),
            updated_at: Monotonic::default(),
            next_id: 1,
        }
    }

    /// Takes the detections of one inference, of [`FLOOR`] and above, in any order; gives every track, oldest first.
    ///
    /// `at` is when the frame was captured, later than in the call before; how much later does not matter.
    pub fn update(&mut self, at: Monotonic, detections: &[Detection]) -> &[Track] {
        let elapsed = at.since(self.updated_at);
        self.updated_at = self.updated_at.max(at);
        for followed in &mut self.followed {
            followed.motion.predict(elapsed);
        }
        let (mut strong, mut weak) = self.split(detections);
        self.join(at, &mut strong, fitting, |_| true);
        self.join(at, &mut strong, overlapping, Followed::is_newcomer);
        self.join(at, &mut weak, fitting_weakly, lately_confirmed);
        // Whoever is beyond the edge is not looked for in the middle: it is the next one who comes in there.
        self.join(at, &mut strong, within_reach, |f| !f.leaving());
        self.age(at);
        self.begin(at, strong);
        self.tracks.clear();
        self.tracks
            .extend(self.followed.iter().map(Followed::track));
        &self.tracks
    }

    /// From now on detections of `threshold` and above are strong.
    pub const fn set_threshold(&mut self, threshold: Score) {
        self.threshold = threshold;
    }

    /// From now on people count as there or gone by these rules.
    pub const fn set_rules(&mut self, rules: TrackConfig) {
        self.rules = rules;
    }

    /// Whether anybody is followed, believed or not yet: inference must go on then.
    pub fn alive(&self) -> bool {
        !self.followed.is_empty()
    }

    /// Forgets everybody, as after a camera was away; ids go on where they were.
    pub fn clear(&mut self) {
        self.followed.clear();
        self.tracks.clear();
    }

    /// The strong detections and the weak ones.
    fn split(&self, detections: &[Detection]) -> (Vec<Detection>, Vec<Detection>) {
        let useful = detections.iter().filter(|d| d.score.get() >= FLOOR);
        useful.partition(|d| d.score >= self.threshold)
    }

    /// Matches what is left of `detections` with the tracks that this inference has not shown yet and that may `join`,
    /// and takes the matched ones out.
    fn join(
        &mut self,
        at: Monotonic,
        detections: &mut Vec<Detection>,
        similarity: fn(&Motion, BBox) -> f32,
        may: fn(&Followed) -> bool,
    ) {
        let followed = self.followed.iter_mut();
        let mut open: Vec<&mut Followed> = followed.filter(|f| !f.seen_at(at) && may(f)).collect();
        let pairs = pair(open.len(), detections.len(), |track, detection| {
            similarity(&open[track].motion, detections[detection].bbox)
        });
        for &(track, detection) in &pairs {
            open[track].see(at, detections[detection]);
        }
        let mut index = 0..;
        detections.retain(|_| {
            let this = index.next();
            pairs.iter().all(|&(_, matched)| Some(matched) != this)
        });
    }

    /// Lets every track live on or go, by whether this inference showed it.
    fn age(&mut self, at: Monotonic) {
        let rules = self.rules;
        self.followed
            .retain_mut(|followed| followed.age(at, &rules));
    }

    /// Begins to follow the strong detections that belong to nobody, the strongest first.
    fn begin(&mut self, at: Monotonic, mut strangers: Vec<Detection>) {
        strangers.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
        for stranger in strangers {
            let found_twice = |known: &Followed| {
                (known.seen_at(at) || known.leaving())
                    && known.motion.bbox().nesting(stranger.bbox) >= TWICE_NESTING
            };
            if self.followed.len() == TRACKS_MAX || self.followed.iter().any(found_twice) {
                continue;
            }
            let id = TrackId(self.next_id);
            self.next_id += 1;
            self.followed
                .push(Followed::new(id, at, stranger, &self.rules));
        }
    }
}

/// Whether a weak detection may be this person: believed, and not out of sight for longer than a blink.
fn lately_confirmed(followed: &Followed) -> bool {
    match followed.life {
        Life::Tentative { .. } => false,
        Life::Confirmed => true,
        Life::Lost => followed.motion.unseen() <= WEAK_PATIENCE,
    }
}

#[cfg(test)]
mod tests;
