//! A V4L2 device node: what it is, what it offers, and how it is set up.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use v4l::Device;
use v4l::device::Handle;
use v4l::v4l_sys::{
    V4L2_CAP_DEVICE_CAPS, V4L2_CAP_META_CAPTURE, V4L2_CAP_STREAMING, V4L2_CAP_VIDEO_CAPTURE,
    V4L2_CAP_VIDEO_CAPTURE_MPLANE, V4L2_CAP_VIDEO_M2M, V4L2_CAP_VIDEO_M2M_MPLANE,
    V4L2_CAP_VIDEO_OUTPUT, v4l2_capability,
};

use crate::capture::bandwidth::Bus;
use crate::capture::negotiate::{Choice, SIDE_MAX, WantedSize};
use crate::capture::offer::{FourCc, Interval, Offer};
use crate::capture::v4l2::ioctl::{self, Api, PictureFormat};
use crate::capture::v4l2::modes::modes;
use crate::capture::{CaptureError, sysfs};
use crate::types::{Colour, Layout, PLANES_MAX, PixelFormat, Rows, Size};

/// No camera lists so many; a driver whose list has no end must not keep us.
const FORMATS_MAX: u32 = 256;

/// Longer rows are taken for a driver's mistake. A frame's length then fits into 32 bits.
const STRIDE_MAX: usize = 8 * SIDE_MAX as usize;

/// An open device node.
pub struct Node {
    path: PathBuf,
    device: Device,
    api: Api,
}

/// What a device is.
#[derive(Clone, Debug)]
pub struct Capability {
    /// Name of the driver.
    pub driver: String,
    /// Name of the product.
    pub card: String,
    /// Where it is plugged in.
    pub bus: String,
    flags: u32,
}

/// What the driver set.
#[derive(Clone, Copy, Debug)]
pub struct Granted {
    /// Layout of the bytes.
    pub pixel: PixelFormat,
    /// Picture size; never empty.
    pub size: Size,
    /// How its planes lie in memory.
    pub layout: Layout,
    /// What its samples mean.
    pub colour: Colour,
}

impl Node {
    /// Opens the node for reading without blocking.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        if path.as_os_str().as_bytes().contains(&0) {
            // Crate `v4l` would panic on it.
            return Err(CaptureError::open(path, io::ErrorKind::InvalidInput.into()));
        }
        let device = Device::with_path(path).map_err(|error| CaptureError::open(path, error))?;
        // Where it cannot be asked, the same question is asked again, and answered, in `capability`.
        let capability = ioctl::query_capability(&device.handle());
        let api = capability.map_or(Api::Single, |raw| Capability::new(&raw).api());
        Ok(Self {
            path: path.to_owned(),
            device,
            api,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks what the device is.
    pub fn capability(&self) -> Result<Capability, CaptureError> {
        match ioctl::query_capability(&self.handle()) {
            Ok(capability) => Ok(Capability::new(&capability)),
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOTTY | libc::EINVAL)) => {
                let found = "not a V4L2 device";
                Err(CaptureError::NotACamera {
                    path: self.path.clone(),
                    found,
                })
            }
            Err(error) => Err(self.failed("query", error)),
        }
    }

    /// The bus that it is on, of which `capability` tells the kind and sysfs the speed.
    pub fn bus(&self, capability: &Capability) -> Bus {
        let usb = sysfs::identity(Path::new(sysfs::CLASS), &self.path).usb;
        Bus::new(&capability.bus, usb.and_then(|usb| usb.speed_mbit))
    }

    /// What the camera offers. Of modes with a range of sizes, the rates are those of the size that would be asked for.
    pub fn offers(&self, wanted: &WantedSize) -> Vec<Offer> {
        let handle = self.handle();
        (0..FORMATS_MAX)
            .map_while(|index| ioctl::enum_format(&handle, self.api, index).ok())
            .map(|format| {
                let fourcc = FourCc::from_code(format.pixelformat);
                Offer {
                    fourcc,
                    description: text(&format.description),
                    modes: modes(&handle, fourcc, wanted),
                }
            })
            .collect()
    }

    /// Sets format and size, and checks what the driver made of them.
    pub fn set_format(&self, choice: &Choice) -> Result<Granted, CaptureError> {
        let fourcc = choice.fourcc.code();
        let found = ioctl::set_format(&self.handle(), self.api, fourcc, choice.size)
            .map_err(|error| self.failed("set the format of", error))?;
        granted(found).ok_or_else(|| CaptureError::WrongFormat {
            path: self.path.clone(),
            asked: format!("{} {}", choice.fourcc, choice.size),
            found: format!(
                "{} {} with {:?} bytes a row in {} areas",
                FourCc::from_code(found.fourcc),
                Size::new(found.width, found.height),
                found.strides,
                found.areas
            ),
        })
    }

    /// Sets the time between frames; gives what the driver made of it, `None` when it leaves no choice.
    pub fn set_interval(&self, interval: Interval) -> Option<Interval> {
        let wanted = (interval.numerator(), interval.denominator());
        let set = ioctl::set_interval(&self.handle(), self.api, wanted);
        set.ok().and_then(|(n, d)| Interval::new(n, d))
    }

    /// How it hands pictures over.
    pub(super) const fn api(&self) -> Api {
        self.api
    }

    /// The open file.
    pub(super) fn handle(&self) -> Arc<Handle> {
        self.device.handle()
    }

    fn failed(&self, step: &'static str, error: io::Error) -> CaptureError {
        CaptureError::driver(step, &self.path, error)
    }
}

/// What the driver set, if frames like that can be.
fn granted(found: PictureFormat) -> Option<Granted> {
    let fourcc = FourCc::from_code(found.fourcc);
    let pixel = fourcc.pixel_format()?;
    let size = Size::new(found.width, found.height);
    let side = 1..=SIDE_MAX;
    if !side.contains(&size.width) || !side.contains(&size.height) {
        return None;
    }
    let strides = found.strides.map(|stride| stride as usize);
    let layout = if fourcc.apart() {
        apart(pixel, size, found.areas, strides)?
    } else {
        whole(pixel, size, found.areas, strides[0])?
    };
    Some(Granted {
        pixel,
        size,
        layout,
        colour: found.stated.colour(pixel),
    })
}

fn whole(pixel: PixelFormat, size: Size, areas: usize, stride: usize) -> Option<Layout> {
    let stride = match pixel {
        PixelFormat::Mjpeg => 0,
        _ => stride,
    };
    let possible = areas == 1 && (pixel.min_stride(size.width)..=STRIDE_MAX).contains(&stride);
    possible.then_some(Layout::Whole { stride })
}

/// One area for each plane, and rows that fit.
fn apart(
    pixel: PixelFormat,
    size: Size,
    areas: usize,
    strides: [usize; PLANES_MAX],
) -> Option<Layout> {
    let rows: Vec<_> = (0..PLANES_MAX)
        .map_while(|plane| pixel.rows(plane, size))
        .collect();
    let fits = |(rows, stride): (&Rows, usize)| (rows.len..=STRIDE_MAX).contains(&stride);
    let possible = areas == rows.len() && rows.iter().zip(strides).all(fits);
    possible.then_some(Layout::Apart { strides })
}

impl Capability {
    /// Why no frames can be read from it; `None` when they can.
    pub const fn refusal(&self) -> Option<&'static str> {
        if self.captures() {
            return if self.has(V4L2_CAP_STREAMING) {
                None
            } else {
                Some("a capture node that does not stream")
            };
        }
        Some(if self.has(V4L2_CAP_META_CAPTURE) {
            "a metadata node (the pictures are on another node of the same camera)"
        } else if self.has(V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE) {
            "a codec or converter"
        } else if self.has(V4L2_CAP_VIDEO_OUTPUT) {
            "an output node"
        } else {
            "not a capture node"
        })
    }

    /// How it hands pictures over; the simpler way where it knows both.
    const fn api(&self) -> Api {
        if self.has(V4L2_CAP_VIDEO_CAPTURE) {
            Api::Single
        } else if self.has(V4L2_CAP_VIDEO_CAPTURE_MPLANE) {
            Api::Multi
        } else {
            Api::Single
        }
    }

    /// Whether it captures pictures at all.
    pub const fn captures(&self) -> bool {
        self.has(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)
    }

    fn new(raw: &v4l2_capability) -> Self {
        // `capabilities` is about the whole device, `device_caps` about this node, where the driver knows the
        // difference.
        let per_node = raw.capabilities & V4L2_CAP_DEVICE_CAPS != 0;
        Self {
            driver: text(&raw.driver),
            card: text(&raw.card),
            bus: text(&raw.bus_info),
            flags: if per_node {
                raw.device_caps
            } else {
                raw.capabilities
            },
        }
    }

    /// A streaming camera, for tests.
    #[cfg(test)]
    pub fn camera(driver: &str, card: &str, bus: &str) -> Self {
        Self {
            driver: driver.to_owned(),
            card: card.to_owned(),
            bus: bus.to_owned(),
            flags: V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
        }
    }

    const fn has(&self, any_of: u32) -> bool {
        self.flags & any_of != 0
    }
}

/// Text that the kernel cut to fit, perhaps inside a character.
pub(super) fn text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..end]);
    text.trim_end_matches(char::REPLACEMENT_CHARACTER)
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_name_cut_inside_a_character_is_still_a_name() {
        assert_eq!(text("网络摄像头".as_bytes().split_at(14).0), "网络摄像");
        assert_eq!(text(b"HD Webcam\0\0leftover"), "HD Webcam");
        assert_eq!(text(b"\xffHD\xff"), "\u{fffd}HD");
    }

    fn check_kind(flags: u32, expected: Option<&str>) {
        let empty = String::new();
        let capability = Capability {
            driver: empty.clone(),
            card: empty.clone(),
            bus: empty,
            flags,
        };
        let refusal = capability.refusal();
        assert_eq!(refusal.is_some(), expected.is_some(), "{refusal:?}");
        assert!(
            refusal.unwrap_or("").contains(expected.unwrap_or("")),
            "{refusal:?}"
        );
    }

    #[test]
    fn only_streaming_capture_nodes_are_cameras() {
        check_kind(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING, None);
        check_kind(V4L2_CAP_VIDEO_CAPTURE, Some("does not stream"));
        check_kind(V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING, Some("metadata"));
        check_kind(V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING, None);
        check_kind(
            V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING,
            Some("codec"),
        );
        check_kind(V4L2_CAP_VIDEO_OUTPUT, Some("output"));
        check_kind(0, Some("not a capture node"));
    }

    #[test]
    fn a_format_that_cannot_be_is_not_granted() {
        let format = |name: &[u8; 4], width, height, stride| PictureFormat {
            fourcc: FourCc::new(*name).code(),
            width,
            height,
            areas: 1,
            strides: [stride, 0, 0],
            ..PictureFormat::default()
        };
        let stride = |found| match granted(found)?.layout {
            Layout::Whole { stride } => Some(stride),
            Layout::Apart { .. } => None,
        };
        assert_eq!(stride(format(b"YUYV", 640, 480, 1280)), Some(1280));
        assert_eq!(stride(format(b"NV12", 640, 480, 704)), Some(704));
        assert_eq!(stride(format(b"MJPG", 640, 480, 1280)), Some(0));
        assert_eq!(
            stride(format(b"YUYV", 640, 480, 640)),
            None,
            "rows would overlap"
        );
        assert_eq!(
            stride(format(b"YUYV", 0, 480, 1280)),
            None,
            "nothing to see"
        );
        assert_eq!(
            stride(format(b"MJPG", 1 << 31, 1 << 31, 0)),
            None,
            "too large"
        );
        assert_eq!(
            stride(format(b"BG10", 640, 480, 1280)),
            None,
            "nothing we read"
        );
    }

    #[test]
    fn planes_that_lie_apart_need_an_area_each_and_rows_that_fit() {
        let format = |name: &[u8; 4], areas, strides| PictureFormat {
            fourcc: FourCc::new(*name).code(),
            width: 640,
            height: 480,
            areas,
            strides,
            ..PictureFormat::default()
        };
        let layout = |name, areas, strides| {
            let granted = granted(format(name, areas, strides));
            granted.map(|granted| granted.layout)
        };
        let apart = |strides| Some(Layout::Apart { strides });
        assert_eq!(layout(b"NM12", 2, [640, 704, 0]), apart([640, 704, 0]));
        assert_eq!(layout(b"YM12", 3, [640, 320, 320]), apart([640, 320, 320]));
        assert_eq!(
            layout(b"NM12", 1, [640, 640, 0]),
            None,
            "a plane is missing"
        );
        assert_eq!(
            layout(b"YM12", 3, [640, 320, 160]),
            None,
            "rows would overlap"
        );
        assert_eq!(
            layout(b"NV12", 2, [640, 640, 0]),
            None,
            "NV12 lies in one area"
        );
    }

    #[test]
    fn a_file_that_is_no_device_is_refused() {
        let error = Node::open(Path::new("/dev/null")).and_then(|node| node.capability());
        let text = error.expect_err("null is no camera").to_string();
        assert!(text.starts_with("/dev/null is not a V4L2 device"), "{text}");
        assert!(matches!(
            Node::open(Path::new("/dev/\0")),
            Err(CaptureError::Open { .. })
        ));
        let absent = Node::open(Path::new("/dev/video-that-is-not-there"));
        assert!(matches!(absent, Err(CaptureError::Unplugged { .. })));
    }
}
