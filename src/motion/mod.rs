//! Whether a frame is worth an inference.
