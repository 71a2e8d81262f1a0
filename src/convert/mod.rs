//! A frame's bytes → the model's input tensor.

mod letterbox;

pub use letterbox::{Align, Fit, InputSpec, Letterbox};
