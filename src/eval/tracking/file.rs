//! Reads files in MOTChallenge's format: the truth, a tracker's answer, a detector's boxes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::line::{LineError, MotBox};

/// A file of more bytes is none of boxes: the longest of the MOTChallenge has a hundredth of this.
const BYTES_MAX: u64 = 1 << 30;

/// Why a file of boxes cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MotFileError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is too large.
    #[error("{} has {bytes} bytes; at most {BYTES_MAX} are read", path.display())]
    Large {
        /// The file.
        path: PathBuf,
        /// How many.
        bytes: u64,
    },
    /// A line of it is wrong.
    #[error("{}, line {line}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        source: LineError,
    },
}

/// The truth: every id once a frame.
pub fn read_truth(path: &Path) -> Result<Vec<MotBox>, MotFileError> {
    read(path, true)
}

/// A tracker's answer: every id once a frame.
pub fn read_results(path: &Path) -> Result<Vec<MotBox>, MotFileError> {
    read(path, true)
}

/// A detector's boxes, whose ids say nothing.
pub fn read_boxes(path: &Path) -> Result<Vec<MotBox>, MotFileError> {
    read(path, false)
}

fn read(path: &Path, named: bool) -> Result<Vec<MotBox>, MotFileError> {
    let read = |source| MotFileError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(read)?.len();
    if bytes > BYTES_MAX {
        let path = path.to_owned();
        return Err(MotFileError::Large { path, bytes });
    }
    let text = std::fs::read_to_string(path).map_err(read)?;
    parse(&text, named).map_err(|(line, source)| MotFileError::Line {
        path: path.to_owned(),
        line,
        source,
    })
}

/// All lines but empty ones, or the number of the first wrong one and what is wrong with it.
fn parse(text: &str, named: bool) -> Result<Vec<MotBox>, (usize, LineError)> {
    let mut seen = HashSet::new();
    let mut boxes = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let found = MotBox::parse(line).map_err(|error| (index + 1, error))?;
        let MotBox { frame, id, .. } = found;
        if named && !seen.insert((frame, id)) {
            return Err((index + 1, LineError::Twice { id, frame }));
        }
        boxes.push(found);
    }
    Ok(boxes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_in_a_frame_once_where_ids_mean_anything() {
        let text = "1,-1,0,0,9,9\n\n1,-1,5,5,9,9\n";
        assert_eq!(parse(text, false).expect("boxes of a detector").len(), 2);
        let twice = LineError::Twice { id: -1, frame: 1 };
        assert_eq!(parse(text, true), Err((3, twice)));
    }

    #[test]
    fn a_wrong_line_is_named_by_file_and_number() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("gt.txt");
        std::fs::write(&path, "1,1,0,0,9,9\n1,2,0\n").expect("is written");
        let error = read_truth(&path).expect_err("it is too short");
        assert!(error.to_string().ends_with("gt.txt, line 2"), "{error}");
        let error = read_truth(&dir.path().join("none.txt")).expect_err("there is none");
        assert!(error.to_string().starts_with("cannot read"), "{error}");
    }
}
