//! Several variants by turns.

use std::path::Path;

use super::args::Args;
use super::child;
use super::progress::Progress;
use crate::bench::{Run, Task, Variant};
use crate::cli::{Failure, surroundings};
use crate::config::find_manifest;

/// A variant, and what it takes to measure it.
pub struct Entry {
    /// What is measured.
    pub variant: Variant,
    /// How, or why it cannot be.
    pub task: Result<Task, String>,
}

/// What became of a variant.
pub struct Attempt {
    /// Its rounds; empty when there was none that worked.
    pub runs: Vec<Run>,
    /// Why it was not measured, or not to the end.
    pub failed: Option<Reason>,
}

/// Why a variant was not measured.
#[derive(Clone, Debug)]
pub struct Reason {
    text: String,
    failure: Failure,
}

impl Attempt {
    /// One run that worked.
    pub fn of(run: Run) -> Self {
        Self {
            runs: vec![run],
            failed: None,
        }
    }

    fn failed(text: &str, failure: Failure) -> Self {
        let text = text.to_owned();
        Self {
            runs: Vec::new(),
            failed: Some(Reason { text, failure }),
        }
    }

    /// Why it was not measured.
    pub fn reason(&self) -> Option<&str> {
        self.failed.as_ref().map(|reason| reason.text.as_str())
    }
}

/// Every variant that was asked for.
pub fn entries(args: &Args, clip: &Path) -> Vec<Entry> {
    let variants = args.variants();
    let frames = args.frames_a_round(variants.len());
    let dirs = surroundings::here().model_dirs;
    let task = |variant: &Variant| {
        let manifest = find_manifest(&variant.model, &dirs).map_err(|error| error.to_string())?;
        Ok(Task {
            manifest,
            backend: variant.backend,
            library: args.library.clone(),
            providers: variant.providers.clone(),
            options: args.options_for(&variant.providers),
            threads: variant.threads,
            clip: clip.to_owned(),
            layout: args.layout(),
            width: args.width,
            height: args.height,
            frames,
            times: args.times(),
        })
    };
    let entry = |variant: Variant| Entry {
        task: task(&variant),
        variant,
    };
    variants.into_iter().map(entry).collect()
}

/// Measures each entry once a round, in their order. One that fails is not tried again.
pub fn rounds(entries: &[Entry], rounds: usize) -> anyhow::Result<Vec<Attempt>> {
    let mut attempts: Vec<Attempt> = entries.iter().map(begin).collect();
    let frames: usize = entries
        .iter()
        .flat_map(|one| &one.task)
        .map(|t| t.frames)
        .sum();
    let progress = Progress::new(frames * rounds);
    let mut done = 0;
    for round in 1..=rounds {
        for (entry, attempt) in entries.iter().zip(&mut attempts) {
            let Ok(task) = &entry.task else { continue };
            if attempt.failed.is_none() {
                progress.tell(format!("round {round}: {}", entry.variant.model));
                let ended = child::run(task, &mut |frames| progress.at(done + frames))?;
                attempt.add(ended);
            }
            done += task.frames;
            progress.at(done);
        }
    }
    progress.finish();
    Ok(attempts)
}

fn begin(entry: &Entry) -> Attempt {
    match &entry.task {
        Ok(_) => Attempt {
            runs: Vec::new(),
            failed: None,
        },
        Err(reason) => Attempt::failed(reason, Failure::NoInput),
    }
}

impl Attempt {
    fn add(&mut self, ended: Result<Run, child::Failed>) {
        match ended {
            Ok(run) => self.runs.push(run),
            Err(child::Failed { reason, code }) => *self = Self::failed(&reason, failure(code)),
        }
    }
}

/// What a child's exit code means.
fn failure(code: Option<i32>) -> Failure {
    match code {
        Some(65) => Failure::Data,
        Some(66) => Failure::NoInput,
        _ => Failure::Unavailable,
    }
}

/// An error when nothing at all could be measured.
pub fn need_one(attempts: &[Attempt]) -> anyhow::Result<()> {
    let first = attempts.iter().find_map(|attempt| attempt.failed.as_ref());
    match first {
        Some(reason) if attempts.iter().all(|attempt| attempt.runs.is_empty()) => {
            let reasons: Vec<_> = attempts.iter().filter_map(Attempt::reason).collect();
            Err(
                anyhow::anyhow!("nothing can be measured: {}", reasons.join("; "))
                    .context(reason.failure),
            )
        }
        _ => Ok(()),
    }
}
