//! An MJPEG AVI file as a clip.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::capture::CaptureError;
use crate::capture::offer::Interval;
use crate::capture::replay::avi::{Avi, AviError};
use crate::capture::replay::{Picture, Reel, jpeg};
use crate::types::Size;

/// The pictures of a file, read one by one.
pub(super) struct Film {
    path: PathBuf,
    avi: Avi<File>,
    size: Size,
}

impl Film {
    /// Opens the file and reads its header.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let file = File::open(path).map_err(|error| failed(path, error.into()))?;
        let mut avi = Avi::open(file).map_err(|error| failed(path, error))?;
        let size = size(&mut avi).map_err(|error| failed(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            avi,
            size,
        })
    }
}

/// What the first picture says, because decoders believe that; else what the header says.
fn size(avi: &mut Avi<File>) -> Result<Size, AviError> {
    let first = avi.next_picture()?.unwrap_or_default();
    avi.rewind()?;
    let size = jpeg::size(&first).unwrap_or(avi.header().size);
    if size.width == 0 || size.height == 0 {
        let problem = "neither the header nor the first picture names a size".to_owned();
        return Err(AviError::Malformed { offset: 0, problem });
    }
    Ok(size)
}

fn failed(path: &Path, error: AviError) -> CaptureError {
    let path = path.to_owned();
    match error {
        AviError::Io(source) => CaptureError::ClipIo { path, source },
        malformed => CaptureError::BadClip {
            path,
            problem: malformed.to_string(),
        },
    }
}

impl Reel for Film {
    fn next_picture(&mut self) -> Result<Option<Picture>, CaptureError> {
        let bytes = self
            .avi
            .next_picture()
            .map_err(|error| failed(&self.path, error))?;
        Ok(bytes.map(|bytes| Picture {
            bytes,
            size: self.size,
        }))
    }

    fn rewind(&mut self) -> Result<(), CaptureError> {
        self.avi.rewind().map_err(|error| failed(&self.path, error))
    }

    fn size(&self) -> Size {
        self.size
    }

    fn interval(&self) -> Interval {
        self.avi.header().interval
    }
}
