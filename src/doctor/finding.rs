//! One line of the report. Pure.

use serde::{Serialize, Serializer};

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, and something should be done all the same.
    Warning,
    /// It does not work.
    Error,
}

impl Level {
    /// As it is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `clock`, `camera porch`.
    pub check: String,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub says: String,
    /// The one thing to do about it; absent when it is as it should be.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether the configuration is at fault, which has an exit code of its own.
    #[serde(skip)]
    pub of_configuration: bool,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            level: Level::Ok,
            says: says.into(),
            remedy: None,
            of_configuration: false,
        }
    }

    /// It works, and something should be done all the same.
    pub fn warning(
        check: impl Into<String>,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warning,
            remedy: Some(remedy.into()),
            ..Self::ok(check, says)
        }
    }

    /// It does not work.
    pub fn error(
        check: impl Into<String>,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            ..Self::warning(check, says, remedy)
        }
    }

    /// The same, with the configuration at fault.
    pub fn because_of_the_configuration(self) -> Self {
        Self {
            of_configuration: true,
            ..self
        }
    }
}
