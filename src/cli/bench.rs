//! `watchpost bench`: how long each stage of the flow takes on this machine, and what it costs; for one model, or for every
//! combination of several models, engines, providers and thread counts.
//!
//! One variant is measured in this process. Of several, each round of each runs in a process of its own: one process could
//! not tell apart whose peak memory it sees, holds one library of ONNX Runtime only, and would end with the first engine that
//! crashes. Rounds alternate (A B C A B C …), so that what else the machine does hits all alike.

mod args;
mod child;
mod compare;
mod progress;
mod report;
mod table;

use std::io::Write;

use anyhow::Context;

use super::{Failure, surroundings};
use crate::bench::{Run, Task, TaskError};
use crate::telemetry::thermal::{self, Temperature};
use crate::telemetry::{Board, Machine};
use compare::{Attempt, Entry};
use progress::Progress;
use report::Report;

pub use args::Args;

/// Measures, and prints a table or JSON.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(task) = &args.task {
        return child::answer(task);
    }
    let clip = args
        .clip
        .clone()
        .map_or_else(surroundings::built_in_clip, Ok)?;
    let entries = compare::entries(args, &clip);
    let before = Surroundings::now();
    let attempts = match &entries[..] {
        [only] => vec![Attempt::of(here(only)?)],
        several => {
            let attempts = compare::rounds(several, args.rounds())?;
            compare::need_one(&attempts)?;
            attempts
        }
    };
    let report = Report::new(args, &entries, &attempts, before, &Surroundings::now());
    let mut out = std::io::stdout().lock();
    match args.json {
        true => {
            serde_json::to_writer_pretty(&mut out, &report)?;
            writeln!(out)?;
        }
        false => write!(out, "{}", table::Table(&report))?,
    }
    Ok(())
}

/// The machine and how hot it is.
struct Surroundings {
    machine: Machine,
    temperature: Option<Temperature>,
}

impl Surroundings {
    fn now() -> Self {
        let board = Board::here();
        Self {
            machine: Machine::read(&board),
            temperature: thermal::hottest(&board).ok(),
        }
    }
}

/// Measures the only variant in this process, where a profiler can see it.
fn here(entry: &Entry) -> anyhow::Result<Run> {
    let task = entry.task.as_ref();
    let task = task.map_err(|reason| anyhow::anyhow!("{reason}").context(Failure::NoInput))?;
    measured(task)
}

/// Does `task` in this process, with a bar for whoever sits at the terminal.
pub fn measured(task: &Task) -> anyhow::Result<Run> {
    let progress = Progress::new(task.frames);
    let done = measure(task, &mut |frames| progress.at(frames));
    progress.finish();
    done
}

fn measure(task: &Task, tick: &mut dyn FnMut(usize)) -> anyhow::Result<Run> {
    task.run(tick).map_err(|error| {
        let failure = match error {
            TaskError::Frames(_) => Failure::NoInput,
            TaskError::Open(_) | TaskError::Flow(_) => Failure::Data,
        };
        anyhow::Error::from(error).context(failure)
    })
}

/// The words of a list with commas.
fn words(list: &str) -> Vec<String> {
    list.split(',')
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A task from its JSON.
fn task(text: &str) -> anyhow::Result<Task> {
    serde_json::from_str(text)
        .context("not a task")
        .context(Failure::Usage)
}
