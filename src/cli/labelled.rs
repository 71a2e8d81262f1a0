//! A labelled set that the command line names, and its measuring with a bar for whoever sits at the terminal.

use std::path::Path;

use anyhow::{Context, anyhow};

use super::{Failure, progress};
use crate::clock::SystemClock;
use crate::detect::Detector;
use crate::eval::{LabelError, LabelledSet, Measured, Plan, measure};

/// The set of the pictures in `images` and the labels in `annotations`.
pub fn read(images: &Path, annotations: &Path) -> anyhow::Result<LabelledSet> {
    folder(images, "the folder of the labelled pictures is needed")?;
    LabelledSet::read(images, annotations).map_err(|error| {
        let failure = match error {
            LabelError::Read { .. } => Failure::NoInput,
            _ => Failure::Data,
        };
        anyhow::Error::from(error).context(failure)
    })
}

/// Refuses what is no folder.
pub fn folder(path: &Path, needed: &str) -> anyhow::Result<()> {
    let there = path.is_dir();
    let problem = || anyhow!("{} is no folder; {needed}", path.display());
    there
        .then_some(())
        .ok_or_else(problem)
        .context(Failure::NoInput)
}

/// Measures `detector` on `set`.
pub fn measured(
    detector: &mut Detector,
    set: &LabelledSet,
    plan: &Plan,
) -> anyhow::Result<Measured> {
    let bar = progress::inferences((set.labels.images.len() * plan.inferences()) as u64);
    let measured = measure(detector, set, plan, &SystemClock, &mut || bar.inc(1));
    bar.finish_and_clear();
    measured.context(Failure::Data)
}
