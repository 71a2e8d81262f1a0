//! A frame's bytes → the model's input tensor.
//!
//! ```text
//! Frame → Decoder::open → Picture → Mask::apply → Picture → Converter::write → tensor
//!                                                 └ luma → motion
//! ```
//!
//! What is read: packed 4:2:2 (YUYV, UYVY, YVYU), 4:2:0 (NV12, NV21, YU12, YV12, in one area of memory or a plane an area), grey of
//! 8, 10 and 16 bits, RGB and BGR of 24 bits, and JPEG with any usual subsampling. YUV and grey are taken with the matrix
//! and the range of [`Frame::colour`](crate::types::Frame::colour), RGB as it is, a JPEG as BT.601 in full range.
//!
//! Raw formats are read and masked in the frame's own memory; JPEG frames are decoded into buffers of the [`Decoder`], at
//! the smallest scale that the model still needs. Nothing here looks at what a picture shows, and nothing invents one: bytes
//! that cannot be read are a [`ConvertError`].

mod colour;
mod decode;
mod error;
mod fitted;
mod kernel;
mod letterbox;
pub mod mask;
mod mjpeg;
mod picture;
mod planewise;
mod scale;
mod taps;
mod tensor;
#[cfg(test)]
pub(crate) mod tests;
mod tint;

pub use decode::Decoder;
pub use error::ConvertError;
pub use letterbox::{Align, Fit, InputSpec, Letterbox};
pub use picture::{Luma, Picture};
pub use tensor::{Converter, TensorMut};
