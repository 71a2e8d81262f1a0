//! What can be wrong with a frame or with the tensor it goes to.

use thiserror::Error;

use crate::types::{PixelFormat, Size};

/// Why a frame could not be read or brought into a tensor.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// No picture, or one that its format cannot express: packed 4:2:2 pixels come in pairs.
    #[error("a {format} picture cannot be {size} pixels")]
    Size {
        /// Format of the frame.
        format: PixelFormat,
        /// Size that the frame claims.
        size: Size,
    },
    /// The rows are closer together than they are long, or an odd distance apart where that of the chroma follows from it.
    #[error("rows of {row} bytes cannot be {stride} bytes apart")]
    Stride {
        /// Bytes of a row.
        row: usize,
        /// Distance between two rows.
        stride: usize,
    },
    /// The picture has fewer bytes than its size asks for.
    #[error("a picture of {size} pixels needs {expected} bytes and has {found}")]
    TooShort {
        /// Size of the picture.
        size: Size,
        /// Bytes it needs.
        expected: usize,
        /// Bytes it has.
        found: usize,
    },
    /// A JPEG larger than any camera here sends.
    #[error("a jpeg of {found} pixels is larger than {side_max} a side or {area_max} in all")]
    TooLarge {
        /// Size in the JPEG's header.
        found: Size,
        /// Longest side accepted.
        side_max: u32,
        /// Most pixels accepted.
        area_max: usize,
    },
    /// A JPEG that stores neither YCbCr nor grey.
    #[error("jpeg with colours as {0:?} instead of ycbcr or grey")]
    Colours(turbojpeg::Colorspace),
    /// A JPEG that is cut off or damaged.
    #[error("broken jpeg")]
    Broken(#[source] turbojpeg::Error),
    /// The decoder itself could not be set up.
    #[error("cannot set up the jpeg decoder")]
    Setup(#[source] turbojpeg::Error),
    /// The tensor does not belong to the model input.
    #[error("a tensor for {size} pixels in three planes holds {expected} numbers, not {found}")]
    Tensor {
        /// Size of the model input.
        size: Size,
        /// Numbers it needs.
        expected: usize,
        /// Numbers it has.
        found: usize,
    },
}
