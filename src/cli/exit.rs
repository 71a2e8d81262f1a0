//! Exit codes after sysexits(3), so that service managers and scripts can tell failures apart.

use std::fmt;
use std::process::ExitCode;

/// Why a subcommand failed, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The command line is wrong (64).
    Usage,
    /// Input data is wrong (65): a picture, a model, an annotation file.
    Data,
    /// Input cannot be found or read (66).
    NoInput,
    /// A service, device or engine is not available (69).
    Unavailable,
    /// A bug (70).
    Software,
    /// Reading or writing failed (74).
    Io,
    /// The configuration is wrong (78).
    Config,
}

impl Failure {
    /// The number that the process ends with.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage => 64,
            Self::Data => 65,
            Self::NoInput => 66,
            Self::Unavailable => 69,
            Self::Software => 70,
            Self::Io => 74,
            Self::Config => 78,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usage => "wrong usage",
            Self::Data => "bad input data",
            Self::NoInput => "no input",
            Self::Unavailable => "not available",
            Self::Software => "internal error",
            Self::Io => "input or output failed",
            Self::Config => "the configuration is not valid",
        })
    }
}

impl std::error::Error for Failure {}
