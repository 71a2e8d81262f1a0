//! A task in a process of its own: this program again, which answers in lines of JSON on its standard output.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::bench::{Run, Task};

/// This program, even when its file has been replaced since it was started.
const OURSELVES: &str = "/proc/self/exe";
/// A child that says nothing for so long is stuck. Compiling a model for an NVIDIA GPU takes minutes.
const SILENCE_MAX: Duration = Duration::from_secs(900);
/// A child that has said its last line has so long to end; some providers' libraries hang there.
const END_MAX: Duration = Duration::from_secs(10);
/// A child tells its progress this often.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// Of what a child writes to standard error, so much is read.
const LAST_WORDS_MAX: u64 = 64 << 10;

/// A line of a child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    /// So many frames are done.
    Frames(usize),
    /// The task is done.
    Done(Box<Run>),
    /// The task cannot be done.
    Failed(String),
}

/// Does the task that `text` holds; the child's side.
pub fn answer(text: &str) -> anyhow::Result<()> {
    let task = super::task(text)?;
    let mut told = Instant::now();
    let done = super::measure(&task, &mut |frames| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            // Nobody listens any more; the last line will say so.
            let _ = say(&Said::Frames(frames));
        }
    });
    match done {
        Ok(run) => say(&Said::Done(Box::new(run))),
        Err(error) => {
            let failure = error.downcast_ref::<crate::cli::Failure>().copied();
            let causes = error.chain().skip(usize::from(failure.is_some()));
            let causes: Vec<_> = causes.map(ToString::to_string).collect();
            say(&Said::Failed(one_sentence(causes)))?;
            Err(error)
        }
    }
}

/// The causes in a row; an error that only hands on another's words is not repeated.
fn one_sentence(mut causes: Vec<String>) -> String {
    causes.dedup();
    causes.join(": ")
}

fn say(what: &Said) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, what)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// How a child ended without a run.
#[derive(Debug)]
pub struct Failed {
    /// What it said, or how it died.
    pub reason: String,
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
}

/// Has a child do `task` and calls `tick` with the frames that it has done; the parent's side.
pub fn run(task: &Task, tick: &mut dyn FnMut(usize)) -> anyhow::Result<Result<Run, Failed>> {
    let mut child = Command::new(OURSELVES)
        .arg0("watchpost")
        .args(["bench", "--variant", &serde_json::to_string(task)?])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start this program again")?;
    let lines = lines(child.stdout.take().expect("it is piped"));
    let words = last_words(child.stderr.take().expect("it is piped"));
    let last = listen(&lines, tick);
    let status = end(&mut child).context("cannot wait for a process of ours")?;
    let words = words.recv().unwrap_or_default();
    Ok(match last {
        Ok(Said::Done(run)) => Ok(*run),
        Ok(Said::Failed(reason)) => Err(Failed {
            reason,
            code: status.code(),
        }),
        Ok(Said::Frames(_)) | Err(RecvTimeoutError::Disconnected) => Err(Failed {
            reason: format!("its process ended with {status}{words}"),
            code: status.code(),
        }),
        Err(RecvTimeoutError::Timeout) => Err(Failed {
            reason: format!(
                "its process said nothing for {} s{words}",
                SILENCE_MAX.as_secs()
            ),
            code: None,
        }),
    })
}

/// Waits until the child has ended, and ends it when it does not.
fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < END_MAX {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // It may have ended by itself in this moment.
    let _ = child.kill();
    child.wait()
}

/// The child's last line, unless it ended or fell silent before that.
fn listen(
    lines: &mpsc::Receiver<String>,
    tick: &mut dyn FnMut(usize),
) -> Result<Said, RecvTimeoutError> {
    loop {
        let line = lines.recv_timeout(SILENCE_MAX)?;
        match serde_json::from_str(&line) {
            Ok(Said::Frames(frames)) => tick(frames),
            Ok(last) => return Ok(last),
            // A library that prints to standard output.
            Err(_) => {}
        }
    }
}

fn lines(out: ChildStdout) -> mpsc::Receiver<String> {
    let (line, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let read = BufReader::new(out).lines().map_while(Result::ok);
        // An error means that the listener has heard enough.
        let _ = read.map(|text| line.send(text)).find(Result::is_err);
    });
    lines
}

/// What the child wrote to standard error last, read while it runs so that it never waits for us.
fn last_words(err: ChildStderr) -> mpsc::Receiver<String> {
    let (word, words) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut err = err;
        let read = err.by_ref().take(LAST_WORDS_MAX).read_to_end(&mut bytes);
        // The rest is thrown away; both results change nothing about the measurement.
        let _ = read.and_then(|_| std::io::copy(&mut err, &mut std::io::sink()));
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        let _ = word.send(last.map_or_else(String::new, |line| format!(": {line}")));
    });
    words
}
