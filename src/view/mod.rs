//! What a picture tells about the camera itself: whether it still sees anything.
//!
//! ```text
//! luma cells → look (what one moment shows) → judge (what is wrong with it) → View (for long enough to be told)
//! ```
//!
//! It takes the coarse luminance that the motion gate makes anyway, and gives an [`Obstruction`] or its end. It never looks
//! at more than a few pictures a second, never reads a clock, and never decides about people. What is usual for a camera
//! is learned while it runs and forgotten when the daemon stops.

mod judge;
mod look;
mod night;

use std::time::Duration;

use crate::patience::Patience;
use crate::types::{Monotonic, Obstruction, Size};
use judge::Usual;
use look::Looker;

pub use night::Night;

/// Pictures are looked at no more often than this.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// After a longer gap nothing is known of the picture.
const GAP_MAX: Duration = Duration::from_secs(3);
/// It must see well for so long before that is told, and longer after many troubles.
const CLEAR_FOR: Duration = Duration::from_secs(5);

/// Coarse luminance: the means of cells, 0–255, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// The means.
    pub values: &'a [f32],
    /// How many there are, across and down.
    pub grid: Size,
}

/// What is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The camera sees nothing any more.
    Obscured(Obstruction),
    /// It sees again.
    Cleared,
}

impl Change {
    /// Why it sees nothing, if so.
    pub const fn why(self) -> Option<Obstruction> {
        match self {
            Self::Obscured(why) => Some(why),
            Self::Cleared => None,
        }
    }
}

/// Judges the view of one camera.
#[derive(Clone, Debug)]
pub struct View {
    looker: Looker,
    usual: Usual,
    /// A picture that never changes is a trouble: not for a clip.
    alive: bool,
    looked_at: Option<Monotonic>,
    /// What seems to be wrong, and since when.
    suspected: Option<(Obstruction, Monotonic)>,
    /// Since when nothing seems to be.
    clear_since: Option<Monotonic>,
    told: Option<(Obstruction, Monotonic)>,
    patience: Patience,
}

impl View {
    /// Knows nothing of the camera yet. A sensor is `alive`: no two of its pictures are the same.
    pub fn new(alive: bool) -> Self {
        Self {
            looker: Looker::default(),
            usual: Usual::default(),
            alive,
            looked_at: None,
            suspected: None,
            clear_since: None,
            told: None,
            patience: Patience::new(CLEAR_FOR),
        }
    }

    /// Takes the picture taken `at`; expects those of one camera, in order. Most are not looked at.
    pub fn observe(&mut self, cells: Cells<'_>, at: Monotonic) -> Option<Change> {
        let gap = self.looked_at.map(|before| at.since(before));
        if gap.is_some_and(|gap| gap < LOOK_EVERY) {
            return None;
        }
        self.looked_at = Some(at);
        let gap = gap.filter(|gap| *gap <= GAP_MAX);
        if gap.is_none() {
            (self.suspected, self.clear_since) = (None, None);
        }
        let look = self.looker.look(cells, gap)?;
        let wrong = self.usual.judge(&look);
        let wrong = wrong.filter(|wrong| self.alive || *wrong != Obstruction::Frozen);
        if wrong.is_none() && self.told.is_none() {
            self.usual.learn(&look, gap.unwrap_or_default());
        }
        self.note(wrong, at)
    }

    /// What is told to be wrong, and since when.
    pub const fn told(&self) -> Option<(Obstruction, Monotonic)> {
        self.told
    }

    fn note(&mut self, wrong: Option<Obstruction>, at: Monotonic) -> Option<Change> {
        let Some(wrong) = wrong else {
            self.suspected = None;
            let since = *self.clear_since.get_or_insert(at);
            let clear = self.told.is_some() && at.since(since) >= self.patience.wait(at);
            return clear.then(|| {
                self.told = None;
                Change::Cleared
            });
        };
        self.clear_since = None;
        let since = match self.suspected {
            Some((suspected, since)) if suspected == wrong => since,
            _ => at,
        };
        self.suspected = Some((wrong, since));
        if at.since(since) < told_after(wrong) {
            return None;
        }
        if let Some((told, _)) = &mut self.told {
            // Another thing may be wrong with it now. That is a state, but no event.
            *told = wrong;
            return None;
        }
        self.told = Some((wrong, at));
        self.patience.trouble(at);
        Some(Change::Obscured(wrong))
    }
}

/// How long something must be wrong before it is told: longer than somebody walks past right before the lens, a filter
/// switches to infra-red, or, for what needs no hand, a lamp is off between two people.
const fn told_after(wrong: Obstruction) -> Duration {
    Duration::from_secs(match wrong {
        Obstruction::Covered | Obstruction::Blinded => 10,
        Obstruction::Defocused | Obstruction::Frozen => 30,
        Obstruction::Dark => 60,
    })
}

#[cfg(test)]
mod tests;
