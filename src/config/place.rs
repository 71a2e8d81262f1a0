//! Finds the line on which a key stands, for complaints.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::ConfigError;

/// The parsed files, with the position of everything in them.
pub struct Places<'a>(Vec<Parsed<'a>>);

struct Parsed<'a> {
    path: &'a Path,
    text: &'a str,
    table: toml::Spanned<DeTable<'a>>,
}

impl<'a> Places<'a> {
    /// Parses every file; a syntax error is an error that names file and line.
    pub fn parse(files: &'a [(PathBuf, String)]) -> Result<Self, ConfigError> {
        let parse = |(path, text): &'a (PathBuf, String)| match DeTable::parse(text) {
            Ok(table) => Ok(Parsed { path, text, table }),
            Err(error) => Err(ConfigError::Syntax {
                path: path.clone(),
                line: line_of(text, error.span().map_or(0, |span| span.start)),
                message: error.message().to_owned(),
            }),
        };
        files.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// `file:line` of `key`, or of the nearest table above it; the last file that has it wins, as it does in the merge.
    pub fn find(&self, key: &str) -> Option<String> {
        let steps: Vec<&str> = key.split('.').collect();
        (1..=steps.len()).rev().find_map(|depth| {
            self.0.iter().rev().find_map(|file| {
                let start = position(file.table.get_ref(), &steps[..depth])?;
                Some(format!(
                    "{}:{}",
                    file.path.display(),
                    line_of(file.text, start)
                ))
            })
        })
    }
}

/// Byte position of the key that `steps` lead to; a step is `name` or `name[index]`.
fn position(table: &DeTable<'_>, steps: &[&str]) -> Option<usize> {
    let (step, rest) = steps.split_first()?;
    let (name, index) = match step.split_once('[') {
        Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
        None => (*step, None),
    };
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    let value = match index {
        Some(index) => value.get_ref().as_array()?.get(index)?,
        None if rest.is_empty() => return Some(key.span().start),
        None => value,
    };
    match value.get_ref() {
        _ if rest.is_empty() => Some(value.span().start),
        DeValue::Table(inner) => position(inner, rest),
        _ => None,
    }
}

fn line_of(text: &str, position: usize) -> usize {
    text.as_bytes()[..position.min(text.len())]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}
