//! The command line: one file a subcommand.

mod bench;
mod cameras;
mod check;
mod demo;
mod detect;
mod detector_args;
mod doctor;
mod draw;
mod eval;
mod exit;
mod init;
mod labelled;
mod model;
mod progress;
mod run;
mod surroundings;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use exit::Failure;

/// Finds people in the pictures of a camera, on the device, and tells over MQTT. Never uploads video.
#[derive(Debug, Parser)]
#[command(name = "watchpost", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch the configured cameras and publish events.
    Run(run::Args),
    /// Write a first configuration for the cameras that are found.
    Init(init::Args),
    /// Say everything that is wrong with the configuration.
    Check(check::Args),
    /// Say what is right and wrong with cameras, model, broker and machine, and what to do about it.
    Doctor(doctor::Args),
    /// Play the built-in clip through the whole chain.
    Demo(demo::Args),
    /// List cameras with their formats, sizes and rates.
    Cameras(cameras::Args),
    /// Find people in pictures.
    Detect(detect::Args),
    /// Measure how long each stage takes on this machine and what a frame costs; compare models and engines.
    Bench(bench::Args),
    /// Measure how accurate a model is, in bad weather too, and how often it raises a false alarm.
    Eval(Box<eval::Args>),
    /// List, install, choose and check models.
    Model(model::Args),
}

/// Runs the subcommand that the command line names.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    crate::service::log::init();
    let done = match &arguments.command {
        Command::Run(args) => run::run(args),
        Command::Init(args) => init::run(args),
        Command::Check(args) => check::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Cameras(args) => cameras::run(args),
        Command::Detect(args) => detect::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Model(args) => model::run(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// The command line as clap knows it, for man pages and completions.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Help and version are no failures; clap prints all three.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be said if even this cannot be printed.
    let _ = error.print();
    if error.use_stderr() {
        Failure::Usage.code()
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints the chain of causes once, and ends with the code of the first [`Failure`] in it.
fn failed(error: &anyhow::Error) -> ExitCode {
    use std::io::Write;
    let mut causes: Vec<String> = Vec::new();
    for cause in error
        .chain()
        .filter(|cause| cause.downcast_ref::<Failure>().is_none())
    {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
    }
    let _ = writeln!(std::io::stderr(), "watchpost: {}", causes.join(": "));
    error
        .downcast_ref::<Failure>()
        .copied()
        .unwrap_or(Failure::Software)
        .code()
}
