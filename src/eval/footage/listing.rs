//! The still pictures below a folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

const EXTENSIONS: [&str; 3] = ["jpg", "jpeg", "png"];

/// The JPEG and PNG files in `folder` and the folders in it, by path. Links to folders are not followed: they may lead in
/// circles.
pub fn stills(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if is_still(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_still(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_at_any_depth_and_nothing_else_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("b")).expect("is made");
        for name in ["c.PNG", "b/d.jpeg", "a.jpg", "notes.txt"] {
            fs::write(folder.path().join(name), b"").expect("is written");
        }
        let found = stills(folder.path()).expect("can be listed");
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(folder.path()).expect("is below it"))
            .collect();
        assert_eq!(names, ["a.jpg", "b/d.jpeg", "c.PNG"].map(Path::new));
    }
}
