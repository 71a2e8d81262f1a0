//! A labelled set on disk: a folder of pictures, and who is on them.

use std::path::{Path, PathBuf};

use super::labels::{LabelError, LabelledImage, Labels};
use crate::still::{Still, StillError};
use crate::types::Size;

/// Pictures with labels.
#[derive(Clone, Debug)]
pub struct LabelledSet {
    /// Where the pictures are.
    pub folder: PathBuf,
    /// Who is on them.
    pub labels: Labels,
}

/// Why a labelled picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It cannot be read.
    #[error(transparent)]
    Still(#[from] StillError),
    /// The boxes count in other pixels.
    #[error("{} is {found}, its labels are for {expected}", path.display())]
    OtherSize {
        /// The picture.
        path: PathBuf,
        /// Its size.
        found: Size,
        /// The size in the annotation file.
        expected: Size,
    },
}

impl LabelledSet {
    /// The set whose pictures are in `folder` and whose labels are in the file `annotations`.
    pub fn read(folder: &Path, annotations: &Path) -> Result<Self, LabelError> {
        Ok(Self {
            folder: folder.to_owned(),
            labels: Labels::read(annotations)?,
        })
    }

    /// Where `image` is.
    pub fn path(&self, image: &LabelledImage) -> PathBuf {
        self.folder.join(&image.file_name)
    }

    /// The pixels of `image`, as stored: that is what the boxes of a labelled set count in.
    pub fn open(&self, image: &LabelledImage) -> Result<Still, PictureError> {
        let path = self.path(image);
        let still = Still::open(&path, false)?;
        let (found, expected) = (still.size(), image.size);
        match found == expected {
            true => Ok(still),
            false => Err(PictureError::OtherSize {
                path,
                found,
                expected,
            }),
        }
    }
}
