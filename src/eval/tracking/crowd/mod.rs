//! People who never were, walking before a camera: the truth that a tracker is tried on, and what a faulty detector sees of
//! it. The same seed gives the same film.
//!
//! | file | idea |
//! |---|---|
//! | `walk` | a way with stops and turns → where somebody is at any time |
//! | `film` | who is in view in each frame, and how much of them shows |
//! | `faults` | misses, jitter, false boxes: what a detector makes of it |

mod faults;
mod film;
mod walk;

pub use faults::Faults;
pub use film::{Moment, Shown};

/// What people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// They walk across, in front of and behind one another.
    Cross,
    /// They walk behind a wide piece of furniture for two or three seconds; some turn back behind it.
    Hide,
    /// Two or three walk side by side.
    Group,
    /// They stop for a while, or turn back.
    Stop,
    /// All of it at once.
    All,
}

/// A film that can be made.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What it is called.
    pub name: &'static str,
    /// What people do.
    pub habit: Habit,
    /// People in view at a time, about.
    pub people: u32,
    /// Frames a second.
    pub fps: u32,
    /// How long it is.
    pub seconds: u32,
    /// Whether frames are left out: up to three seconds at a time while everybody stands still, as behind the motion gate, and up to
    /// 0.7 s at any time, as on a busy machine.
    pub gated: bool,
    /// What else it depends on.
    pub seed: u64,
}

/// The films of the benchmark, each a minute long.
pub fn plans() -> Vec<Plan> {
    let kinds = [
        ("cross_5fps", Habit::Cross, 6, 5, false),
        ("cross_10fps", Habit::Cross, 6, 10, false),
        ("cross_15fps", Habit::Cross, 6, 15, false),
        ("hide_10fps", Habit::Hide, 4, 10, false),
        ("group_10fps", Habit::Group, 6, 10, false),
        ("stop_10fps", Habit::Stop, 6, 10, false),
        ("gated_10fps", Habit::Stop, 4, 10, true),
        ("crowd_5fps", Habit::All, 12, 5, false),
        ("crowd_15fps", Habit::All, 12, 15, false),
    ];
    let plan = |(name, habit, people, fps, gated)| Plan {
        name,
        habit,
        people,
        fps,
        seconds: 60,
        gated,
        seed: 1,
    };
    kinds.map(plan).into()
}
