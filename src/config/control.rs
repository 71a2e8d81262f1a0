//! `[camera.controls]`: what a camera's knobs are set to.

use std::fmt;

/// A control's name and the value that it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSetting {
    /// V4L2's name in lower case with underscores: `power_line_frequency`.
    pub name: String,
    /// The value, as it was written.
    pub value: ControlValue,
}

/// A value as it was written; only the camera knows which ones it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlValue {
    /// A number, or that of a menu's entry.
    Number(i64),
    /// On or off.
    Switch(bool),
    /// The name of a menu's entry.
    Text(String),
}

/// As it is written in TOML.
impl fmt::Display for ControlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Switch(on) => write!(f, "{on}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}
