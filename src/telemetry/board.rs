//! Where a machine's facts are read from, so that a test can bring a made-up machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::command::{self, CommandError};

/// The Raspberry Pi firmware's tool, found in `PATH`.
const FIRMWARE_TOOL: &str = "vcgencmd";
/// A healthy firmware answers within 20 ms.
const FIRMWARE_DEADLINE: Duration = Duration::from_millis(500);

/// Asks the firmware one thing.
type Ask = dyn Fn(&str) -> Result<String, CommandError> + Send + Sync;

/// A machine whose facts can be read.
#[derive(Clone)]
pub struct Board {
    root: PathBuf,
    ask: Arc<Ask>,
}

impl Board {
    /// The machine that this process runs on.
    pub fn here() -> Self {
        Self::new(Path::new("/"), |what| {
            command::output(Command::new(FIRMWARE_TOOL).arg(what), FIRMWARE_DEADLINE)
        })
    }

    /// A machine whose /proc and /sys lie below `root`, and whose firmware is `ask`.
    pub fn new(
        root: &Path,
        ask: impl Fn(&str) -> Result<String, CommandError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            root: root.to_owned(),
            ask: Arc::new(ask),
        }
    }

    /// Where `below` (without a leading slash) lies.
    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// What the firmware says.
    pub(super) fn firmware(&self, what: &str) -> Result<String, CommandError> {
        (self.ask)(what)
    }
}
