//! What somebody may ask of the daemon over MQTT, by name.

/// The name of a command: a topic level below `cmd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandName {
    /// Close a camera, or open it again.
    Pause,
    /// Open a paused camera again.
    Resume,
    /// Change the score from which a detection is a person.
    Threshold,
    /// Read the configuration again.
    Reload,
    /// Tell how the daemon is.
    Stats,
    /// Begin to count lines at zero.
    ResetTotals,
}

impl CommandName {
    /// Every command.
    pub const ALL: [Self; 6] = [
        Self::Pause,
        Self::Resume,
        Self::Threshold,
        Self::Reload,
        Self::Stats,
        Self::ResetTotals,
    ];

    /// As it is written in topics and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Threshold => "threshold",
            Self::Reload => "reload",
            Self::Stats => "stats",
            Self::ResetTotals => "reset_totals",
        }
    }

    /// The command of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Every name, for messages to people.
    pub fn known() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}
