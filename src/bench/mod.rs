//! How fast, large and hungry a model is on this machine: pictures of a clip through the very flow that the daemon runs.
//!
//! [`Stand::measure`] runs an open detector on frames and gives raw figures, [`Task::run`] opens one first, [`Figures::of`]
//! turns the raw figures of one or more rounds into what people read, and [`recommend()`] says which of several to take. None
//! of them prints.
//!
//! | file | idea |
//! |---|---|
//! | `variant` | models × engines × providers × threads |
//! | `frames` | the pictures, in the layout of a camera |
//! | `stand` | an open detector → times, processor time, memory, energy |
//! | `task` | a configuration → the same, with what opening costs |
//! | `spread` | times → percentiles; pure |
//! | `figures` | rounds → figures; pure |
//! | `recommend` | figures of several → which to take, and why; pure |

mod figures;
mod frames;
mod recommend;
mod spread;
mod stand;
mod task;
mod variant;

use serde::{Deserialize, Serialize};

pub use figures::{EnergyFigures, Figures, MemoryFigures, Ratio, Stage, ratio};
pub use frames::{Frames, FramesError, Layout};
pub use recommend::{Candidate, Choice, recommend};
pub use spread::Spread;
pub use stand::{Energy, Laps, Measured, Stand, Times};
pub use task::{AccuracyFacts, ModelFacts, Run, RunMemory, Task, TaskError};
pub use variant::{Engine, Variant, combinations};

/// A figure, or every reason why this machine does not have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// The figure.
    Measured(T),
    /// The reasons.
    NotMeasurable(Vec<String>),
}

impl<T> Known<T> {
    /// The figure, if there is one.
    pub fn measured(&self) -> Option<&T> {
        match self {
            Self::Measured(figure) => Some(figure),
            Self::NotMeasurable(_) => None,
        }
    }
}

impl<T, E: ToString> From<Result<T, E>> for Known<T> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(figure) => Self::Measured(figure),
            Err(reason) => Self::NotMeasurable(vec![reason.to_string()]),
        }
    }
}
