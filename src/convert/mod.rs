//! A frame's bytes → the model's input tensor.
//!
//! ```text
//! Frame → Decoder::open → Picture → Mask::apply → Picture → Converter::write → tensor
//!                                                 └ luma → motion
//! ```
//!
//! Raw formats are read and masked in the frame's own memory; JPEG frames are decoded into buffers of the [`Decoder`], at
//! the smallest scale that the model still needs. Nothing here looks at what a picture shows, and nothing invents one: bytes
//! that cannot be read are a [`ConvertError`].

mod colour;
mod decode;
mod error;
mod letterbox;
pub mod mask;
mod mjpeg;
mod picture;
mod scale;
mod tensor;
#[cfg(test)]
mod tests;

pub use decode::Decoder;
pub use error::ConvertError;
pub use letterbox::{Align, Fit, InputSpec, Letterbox};
pub use picture::{Luma, Picture};
pub use tensor::Converter;
