//! Where frames come from, as `source` names it.

use std::fmt;
use std::path::PathBuf;

/// Where frames come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceConfig {
    /// A V4L2 node, or a link to one.
    Device(PathBuf),
    /// A camera by what it is, wherever it is plugged in.
    Named(CameraName),
    /// An MJPEG AVI file or a folder of JPEGs.
    Clip {
        /// The file or folder.
        path: PathBuf,
        /// Begin again at the end; otherwise the camera ends there.
        repeat: bool,
        /// As fast as they are taken, instead of at the clip's own rate. The hand-over then waits and drops nothing.
        unpaced: bool,
    },
}

impl SourceConfig {
    /// Whether frames come from a camera, however it is named, and not from a clip.
    pub const fn is_camera(&self) -> bool {
        match self {
            Self::Device(_) | Self::Named(_) => true,
            Self::Clip { .. } => false,
        }
    }
}

/// A camera by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraName {
    /// `usb:VENDOR:PRODUCT` or `usb:VENDOR:PRODUCT:SERIAL`.
    UsbProduct {
        /// Maker, as `lsusb` shows it in hexadecimal.
        vendor: u16,
        /// Product, likewise.
        product: u16,
        /// Serial number.
        serial: Option<String>,
    },
    /// `usb:SERIAL`.
    UsbSerial(String),
    /// `card:NAME`, the name that the driver gives.
    Card(String),
}

impl CameraName {
    /// The name in `source`; `None` when it is a path.
    ///
    /// # Errors
    ///
    /// The name is empty; the error says what would be accepted.
    pub fn parse(source: &str) -> Option<Result<Self, &'static str>> {
        if let Some(card) = source.strip_prefix("card:") {
            return Some(match card.trim() {
                "" => Err("expected card:NAME, the name that `watchpost cameras` shows"),
                card => Ok(Self::Card(card.to_owned())),
            });
        }
        let usb = source.strip_prefix("usb:")?.trim();
        if usb.is_empty() {
            return Some(Err(
                "expected usb:SERIAL, usb:VENDOR:PRODUCT or usb:VENDOR:PRODUCT:SERIAL",
            ));
        }
        Some(Ok(
            usb_product(usb).unwrap_or_else(|| Self::UsbSerial(usb.to_owned()))
        ))
    }
}

/// Two hexadecimal numbers of four digits, and perhaps a serial number, in which anything may be.
fn usb_product(text: &str) -> Option<CameraName> {
    let (vendor, rest) = text.split_once(':')?;
    let (product, serial) = match rest.split_once(':') {
        Some((product, serial)) => (product, Some(serial)),
        None => (rest, None),
    };
    let id = |text: &str| match text.len() {
        4 => u16::from_str_radix(text, 16).ok(),
        _ => None,
    };
    Some(CameraName::UsbProduct {
        vendor: id(vendor)?,
        product: id(product)?,
        serial: serial
            .filter(|serial| !serial.is_empty())
            .map(str::to_owned),
    })
}

/// As it is written in the configuration.
impl fmt::Display for CameraName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UsbProduct {
                vendor,
                product,
                serial,
            } => {
                write!(f, "usb:{vendor:04x}:{product:04x}")?;
                serial.iter().try_for_each(|serial| write!(f, ":{serial}"))
            }
            Self::UsbSerial(serial) => write!(f, "usb:{serial}"),
            Self::Card(card) => write!(f, "card:{card}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_a_camera_or_is_a_path() {
        let product = |serial: Option<&str>| CameraName::UsbProduct {
            vendor: 0x046d,
            product: 0x0825,
            serial: serial.map(str::to_owned),
        };
        let check = |source, expected| assert_eq!(CameraName::parse(source), expected, "{source}");
        check("usb:046d:0825", Some(Ok(product(None))));
        check("usb:046D:0825:A:1", Some(Ok(product(Some("A:1")))));
        check("usb:046d:0825:", Some(Ok(product(None))));
        check(
            "usb:5EDCF2B0",
            Some(Ok(CameraName::UsbSerial("5EDCF2B0".into()))),
        );
        check(
            "usb:00:11:22",
            Some(Ok(CameraName::UsbSerial("00:11:22".into()))),
        );
        check(
            "card:HD Webcam",
            Some(Ok(CameraName::Card("HD Webcam".into()))),
        );
        check("/dev/video0", None);
        assert!(matches!(CameraName::parse("usb:"), Some(Err(_))));
        assert!(matches!(CameraName::parse("card: "), Some(Err(_))));
    }

    #[test]
    fn a_name_is_shown_as_it_is_written() {
        for name in [
            "usb:046d:0825",
            "usb:046d:0825:5EDC",
            "usb:5EDC",
            "card:HD Webcam",
        ] {
            let parsed = CameraName::parse(name)
                .expect("is a name")
                .expect("is valid");
            assert_eq!(parsed.to_string(), name);
        }
    }
}
