//! Writes what the package has for people at a terminal: a man page for each subcommand, and completions for three shells.
//!
//! ```text
//! cargo run --example pages -- FOLDER      makes FOLDER/man/*.1 and FOLDER/completions/*
//! ```
//!
//! An example, so that neither clap's generators nor what they write is part of the daemon.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use watchpost::cli;

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1);
    let folder = folder.map_or_else(usage, |folder| Ok(PathBuf::from(folder)))?;
    man_pages(&folder.join("man"))?;
    completions(&folder.join("completions"))
}

fn usage() -> Result<PathBuf, Box<dyn Error>> {
    Err("name the folder that the pages are written to".into())
}

fn man_pages(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(cli::command(), folder)?;
    Ok(())
}

fn completions(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut cli::command(), "watchpost", folder)?;
    }
    Ok(())
}
