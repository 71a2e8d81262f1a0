//! Input tensor → people, through the backend that this machine has.

mod manifest;

pub use manifest::{Accuracy, Activation, Complaint, Family, Manifest, ManifestError, OutputSpec};
