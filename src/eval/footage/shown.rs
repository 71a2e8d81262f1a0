//! A still picture as a piece of video: the same frame over and over.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;

use super::STILL_FPS;
use crate::capture::replay::avi::PICTURE_LEN_MAX;
use crate::capture::replay::jpeg;
use crate::capture::{CaptureError, FrameSource, SourceFormat};
use crate::still::Still;
use crate::types::{Frame, Monotonic, PixelFormat, Size};

/// For pictures that are no JPEG: as good as lossless to a model.
const QUALITY: u8 = 95;

/// A picture that is shown for a while.
pub struct Shown {
    jpeg: Vec<u8>,
    size: Size,
    next: u64,
    frames: u64,
}

impl Shown {
    /// The picture at `path`, shown for `length`, but for one frame at least. A JPEG is shown as it is.
    pub fn open(path: &Path, length: Duration) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let len = fs::metadata(path)?.len();
        if len > u64::from(PICTURE_LEN_MAX) {
            return Err(format!("it has {len} bytes; {PICTURE_LEN_MAX} are the most").into());
        }
        let bytes = fs::read(path)?;
        let (jpeg, size) = match jpeg::size(&bytes) {
            Some(size) => (bytes, size),
            None => encoded(path)?,
        };
        let frames = (length.as_secs_f64() * f64::from(STILL_FPS)).round() as u64;
        Ok(Self {
            jpeg,
            size,
            next: 0,
            frames: frames.max(1),
        })
    }
}

fn encoded(path: &Path) -> Result<(Vec<u8>, Size), Box<dyn Error + Send + Sync>> {
    let still = Still::open(path, false)?;
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(still.pixels())?;
    Ok((jpeg, still.size()))
}

impl FrameSource for Shown {
    fn next_frame(&mut self, _: Duration) -> Result<Frame, CaptureError> {
        if self.next == self.frames {
            return Err(CaptureError::Ended);
        }
        let seq = self.next;
        self.next += 1;
        let at = Monotonic::from_millis(1000 * seq / u64::from(STILL_FPS));
        Ok(Frame::mjpeg(self.jpeg.clone(), self.size, seq, at))
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            pixel: PixelFormat::Mjpeg,
            size: self.size,
            fps: Some(STILL_FPS as f32),
            name: "still".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_is_shown_for_as_long_as_it_was_asked_for() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/stills/hall_empty.jpg");
        let mut shown = Shown::open(&path, Duration::from_secs(2)).expect("is committed");
        let mut stamps = Vec::new();
        while let Ok(frame) = shown.next_frame(Duration::ZERO) {
            assert_eq!(frame.size, Size::new(640, 360));
            stamps.push(frame.captured_at);
        }
        assert_eq!(stamps.len(), 10);
        assert_eq!(stamps[9], Monotonic::from_millis(1800));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(Shown::open(&path, Duration::from_secs(1)).is_err());
    }
}
