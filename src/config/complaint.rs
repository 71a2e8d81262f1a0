//! What is wrong with a configuration: all of it at once, each with its key and where it stands.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The key, as in `camera[0].zone[1].points`.
    pub key: String,
    /// What was found and what would be accepted.
    pub message: String,
    /// File and line, or the environment variable, when the key stands somewhere.
    pub place: Option<String>,
}

/// Everything that is wrong with a configuration, in the order of the file. Never empty as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints(pub Vec<Complaint>);

impl Complaints {
    /// Adds one about `key`.
    pub fn add(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.0.push(Complaint {
            key: key.into(),
            message: message.into(),
            place: None,
        });
    }
}

impl std::error::Error for Complaints {}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, complaint) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            if let Some(place) = &complaint.place {
                write!(f, "{place}: ")?;
            }
            if !complaint.key.is_empty() {
                write!(f, "{}: ", complaint.key)?;
            }
            f.write_str(&complaint.message)?;
        }
        Ok(())
    }
}
