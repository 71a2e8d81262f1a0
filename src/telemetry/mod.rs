//! What the machine tells about itself: power, temperature, throttling, memory, processor time. Only reads, and never makes
//! anything up: what cannot be measured is a [`NotMeasurable`] that says why.
//!
//! | file | idea |
//! |---|---|
//! | `board` | where the facts are read from: this machine, or a made-up tree in a test |
//! | `sysfs`, `command` | files and programs, with their errors and deadlines |
//! | `powercap` | energy counters of Intel and AMD processors |
//! | `hwmon` | power meters on the board: INA3221, INA226 and their kind, a Jetson's rails |
//! | `pmic` | the rails of a Raspberry Pi 5 |
//! | `meter` | which of the three is taken |
//! | `recorder` | reads a meter ten times a second while something else runs |
//! | `energy` | readings → joules, and joules a frame with and without what the idle machine draws; pure |
//! | `thermal` | how hot the processor is |
//! | `throttle` | whether something slowed it down |
//! | `process` | memory and processor time of this process |
//! | `machine` | which machine this is |
//! | `facts` | what can change of all that, at one moment |

mod board;
pub mod command;
pub mod energy;
mod facts;
mod hwmon;
mod machine;
#[cfg(test)]
pub(crate) mod made_up;
mod meter;
mod pmic;
mod powercap;
pub mod process;
mod recorder;
mod sysfs;
pub mod thermal;
pub mod throttle;

use std::path::PathBuf;

pub use board::Board;
pub use command::CommandError;
pub use facts::{Facts, Watch};
pub use machine::Machine;
pub use meter::{Meter, MeterInfo};
pub use recorder::{Recorder, Recording};

/// Why something cannot be measured on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMeasurable {
    /// The machine, or this kernel, has no such thing.
    #[error("{0}")]
    Absent(String),
    /// It is there and cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        why: String,
    },
    /// It can be read and is not what it should be.
    #[error("{} holds {found:?}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Its content.
        found: String,
    },
    /// The firmware's tool did not answer.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The firmware's tool answered something else.
    #[error("`{command}` answered {answer:?}")]
    Answer {
        /// What was asked.
        command: String,
        /// The beginning of what it said.
        answer: String,
    },
}
