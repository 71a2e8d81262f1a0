//! A folder of JPEGs as a clip, in the order of their names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::capture::CaptureError;
use crate::capture::offer::Interval;
use crate::capture::replay::avi::PICTURE_LEN_MAX;
use crate::capture::replay::{Picture, Reel, jpeg};
use crate::types::Size;

/// A folder has no rate of its own.
const FPS: u32 = 10;

/// The pictures of a folder, read one by one.
pub(super) struct Folder {
    pictures: Vec<PathBuf>,
    size: Size,
    next: usize,
}

impl Folder {
    /// Lists the folder and looks at its first picture.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let pictures = list(path).map_err(|source| CaptureError::ClipIo {
            path: path.to_owned(),
            source,
        })?;
        let first = pictures.first().ok_or_else(|| CaptureError::BadClip {
            path: path.to_owned(),
            problem: "no .jpg or .jpeg file in it".to_owned(),
        })?;
        let size = read(first)?.size;
        Ok(Self {
            pictures,
            size,
            next: 0,
        })
    }
}

impl Reel for Folder {
    fn next_picture(&mut self) -> Result<Option<Picture>, CaptureError> {
        let Some(path) = self.pictures.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        read(path).map(Some)
    }

    fn rewind(&mut self) -> Result<(), CaptureError> {
        self.next = 0;
        Ok(())
    }

    fn size(&self) -> Size {
        self.size
    }

    fn interval(&self) -> Interval {
        Interval::new(1, FPS).expect("both are above zero")
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if extension == "jpg" || extension == "jpeg" {
            pictures.push(path);
        }
    }
    pictures.sort();
    Ok(pictures)
}

fn read(path: &Path) -> Result<Picture, CaptureError> {
    let io_error = |source| CaptureError::ClipIo {
        path: path.to_owned(),
        source,
    };
    let bad = |problem: String| CaptureError::BadClip {
        path: path.to_owned(),
        problem,
    };
    let len = fs::metadata(path).map_err(io_error)?.len();
    if len > u64::from(PICTURE_LEN_MAX) {
        return Err(bad(format!(
            "a picture of {len} bytes; {PICTURE_LEN_MAX} are the most"
        )));
    }
    let bytes = fs::read(path).map_err(io_error)?;
    let size = jpeg::size(&bytes).ok_or_else(|| bad("this is no JPEG picture".to_owned()))?;
    Ok(Picture { bytes, size })
}
