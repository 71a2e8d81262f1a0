//! JPEG frames → planes, with libjpeg-turbo.
//!
//! It decodes to planar YUV and not to RGB: the planes are scaled to the model's size first, so fewer pixels are converted.
//! Frames without Huffman tables, which most USB cameras send, get the standard ones from libjpeg-turbo itself.

use turbojpeg::{
    Colorspace, DecompressHeader, Decompressor, ScalingFactor, Subsamp, YuvImage, yuv_pixels_len,
};

use crate::convert::picture::Chroma;
use crate::convert::{ConvertError, InputSpec, Letterbox, Picture};
use crate::types::Size;

/// Longest side of a JPEG.
const SIDE_MAX: u32 = 8192;
/// Most pixels of a JPEG: bounds the memory of one that claims to be progressive to 100 MB.
const AREA_MAX: usize = 1 << 24;
/// Most scans of a progressive JPEG; encoders write about ten, and each costs a pass over the whole picture.
const SCANS_MAX: u32 = 50;
/// Bytes in front of the end marker that belong to nothing; see [`harmless`].
const STRAY_BYTES_MAX: u32 = 64;
/// Reduced scales in eighths, smallest first: those whose inverse transform has vector code, and 3/8, which is small enough
/// to win without. 5/8 and up have none and cost more than they save.
const EIGHTHS: [usize; 4] = [1, 2, 3, 4];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// A decoder and the buffers it writes to.
pub(super) struct Mjpeg {
    /// Made for the first JPEG: cameras with raw formats need none.
    turbo: Option<Decompressor>,
    planes: Vec<u8>,
    completed: Vec<u8>,
}

impl Mjpeg {
    pub(super) const fn new() -> Self {
        Self {
            turbo: None,
            planes: Vec::new(),
            completed: Vec::new(),
        }
    }

    /// The picture in `jpeg`, at the smallest scale that covers the place it takes in the model's input.
    ///
    /// Whatever libjpeg-turbo warns of makes the frame [`ConvertError::Broken`], because behind most warnings it fills in
    /// grey. Two habits of cameras are let through: a missing end marker, and a few stray bytes in front of it.
    pub(super) fn decode(
        &mut self,
        jpeg: &[u8],
        spec: &InputSpec,
    ) -> Result<Picture<'_>, ConvertError> {
        let turbo = match &mut self.turbo {
            Some(turbo) => turbo,
            none => none.insert(decompressor().map_err(ConvertError::Setup)?),
        };
        let jpeg = with_end(jpeg, &mut self.completed);
        let header = turbo.read_header(jpeg).map_err(ConvertError::Broken)?;
        let size = checked_size(&header)?;
        let chroma = chroma(header.subsamp)?;
        let factor = scale_for(size, Letterbox::new(size, spec).inner);
        let header = header.scaled(factor);
        let len = yuv_pixels_len(header.width, 1, header.height, header.subsamp)
            .map_err(ConvertError::Broken)?;
        self.planes.resize(len, 0);
        turbo
            .set_scaling_factor(factor)
            .map_err(ConvertError::Setup)?;
        let output = YuvImage {
            pixels: &mut self.planes[..],
            width: header.width,
            align: 1,
            height: header.height,
            subsamp: header.subsamp,
        };
        match turbo.decompress_to_yuv(jpeg, output) {
            Err(error) if !harmless(&error) => return Err(ConvertError::Broken(error)),
            _ => {}
        }
        let size = Size::new(header.width as u32, header.height as u32);
        Picture::from_planar(&mut self.planes, size, chroma)
    }
}

fn decompressor() -> turbojpeg::Result<Decompressor> {
    let mut turbo = Decompressor::new()?;
    turbo.set_scan_limit(SCANS_MAX)?;
    Ok(turbo)
}

/// `jpeg`, or a copy with an end marker when it has none.
///
/// A camera that leaves the marker out would otherwise look like a frame that was cut off: libjpeg-turbo warns of the end of
/// the data in both cases. With the marker in place it warns only where picture data is missing.
fn with_end<'a>(jpeg: &'a [u8], copy: &'a mut Vec<u8>) -> &'a [u8] {
    let filled = jpeg
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |i| i + 1);
    if jpeg[..filled].ends_with(&END_OF_IMAGE) {
        return jpeg;
    }
    copy.clear();
    copy.extend_from_slice(jpeg);
    copy.extend_from_slice(&END_OF_IMAGE);
    copy
}

/// The size in the header, once it and the colours are known to be usable.
fn checked_size(header: &DecompressHeader) -> Result<Size, ConvertError> {
    if !matches!(header.colorspace, Colorspace::YCbCr | Colorspace::Gray) {
        return Err(ConvertError::Colours(header.colorspace));
    }
    // JPEG's own limit is 65,535, so neither cast can lose anything.
    let found = Size::new(header.width as u32, header.height as u32);
    if found.width.max(found.height) > SIDE_MAX || found.area() > AREA_MAX {
        return Err(ConvertError::TooLarge {
            found,
            side_max: SIDE_MAX,
            area_max: AREA_MAX,
        });
    }
    Ok(found)
}

/// The smallest scale at which a picture of `size` still covers `inner`.
fn scale_for(size: Size, inner: Size) -> ScalingFactor {
    let covers = |factor: &ScalingFactor| {
        factor.scale(size.width as usize) >= inner.width as usize
            && factor.scale(size.height as usize) >= inner.height as usize
    };
    EIGHTHS
        .map(|eighths| ScalingFactor::new(eighths, 8))
        .into_iter()
        .find(covers)
        .unwrap_or(ScalingFactor::ONE)
}

/// Whether the picture is whole in spite of this warning.
///
/// Many USB cameras leave a few bytes between the picture's last bit and the end marker. libjpeg-turbo then has the whole
/// picture, and reports its *first* warning only, so nothing worse came before. Many bytes mean that it lost its place.
fn harmless(error: &turbojpeg::Error) -> bool {
    let turbojpeg::Error::TurboJpegError(text) = error else {
        return false;
    };
    text.strip_prefix("Corrupt JPEG data: ")
        .and_then(|rest| rest.strip_suffix(" extraneous bytes before marker 0xd9"))
        .and_then(|count| count.parse().ok())
        .is_some_and(|count: u32| count <= STRAY_BYTES_MAX)
}

/// How the chroma planes are subsampled; `None` for grey.
fn chroma(subsamp: Subsamp) -> Result<Option<Chroma>, ConvertError> {
    let (across, down) = match subsamp {
        Subsamp::Gray => return Ok(None),
        Subsamp::None => (1, 1),
        Subsamp::Sub2x1 => (2, 1),
        Subsamp::Sub2x2 => (2, 2),
        Subsamp::Sub1x2 => (1, 2),
        Subsamp::Sub4x1 => (4, 1),
        other => {
            let unknown = turbojpeg::Error::BadSubsamp(other as i32);
            return Err(ConvertError::Broken(unknown));
        }
    };
    Ok(Some(Chroma { across, down }))
}
