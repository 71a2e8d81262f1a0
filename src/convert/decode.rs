//! Makes a frame readable.

use crate::convert::mjpeg::Mjpeg;
use crate::convert::{ConvertError, InputSpec, Picture};
use crate::types::{Frame, PixelFormat};

/// Makes frames readable. Keeps the buffers that JPEG frames are decoded into, so one decoder serves one camera.
pub struct Decoder {
    spec: InputSpec,
    mjpeg: Mjpeg,
}

impl Decoder {
    /// A decoder of pictures for a model with this input: JPEG frames need not become larger than it.
    pub const fn new(spec: InputSpec) -> Self {
        Self {
            spec,
            mjpeg: Mjpeg::new(),
        }
    }

    /// Makes `frame` readable, and writable for masks.
    ///
    /// Raw pictures lie in the frame itself. A JPEG is decoded into the decoder, at a reduced scale where the model wants
    /// less; its own size counts, not the one negotiated with the camera. Masks blank the decoded picture and never the
    /// JPEG, so whoever passes a picture on must pass this one and not the frame.
    pub fn open<'a>(&'a mut self, frame: &'a mut Frame) -> Result<Picture<'a>, ConvertError> {
        let (format, colour, size) = (frame.format, frame.colour, frame.size);
        let planes = frame.bytes.planes_mut();
        match format {
            PixelFormat::Mjpeg => self.mjpeg.decode(planes[0], &self.spec),
            _ => Picture::from_raw(format, colour, size, frame.layout, planes),
        }
    }
}
