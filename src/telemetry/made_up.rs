//! Machines that do not exist, for tests: a tree of files below a temporary folder, and a firmware that is a function.

use std::fs;

use tempfile::TempDir;

use super::{Board, CommandError};

/// A machine that has these files, by path and content, and no firmware tool.
pub fn machine(files: &[(&str, &str)]) -> (TempDir, Board) {
    with_firmware(files, |_| {
        Err(CommandError::Absent {
            program: "vcgencmd".to_owned(),
        })
    })
}

/// The same with a firmware.
pub fn with_firmware(
    files: &[(&str, &str)],
    ask: impl Fn(&str) -> Result<String, CommandError> + Send + Sync + 'static,
) -> (TempDir, Board) {
    let root = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("is made");
        // The kernel ends every value with a line break.
        fs::write(path, format!("{content}\n")).expect("is written");
    }
    let board = Board::new(root.path(), ask);
    (root, board)
}
