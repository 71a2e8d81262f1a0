//! What the bus between camera and machine can carry.
//!
//! Webcams list raw modes by what their sensor can do, not by what the cable carries: such a mode is accepted, and then
//! either refused when streaming starts or delivered with holes.

use std::fmt;

/// USB high speed: three transactions of 1024 bytes in each of 8000 microframes a second is the most that an isochronous
/// endpoint may ask for (USB 2.0, section 5.6.3).
const HIGH_SPEED: u64 = 3 * 1024 * 8000;
/// USB full speed: one packet of 1023 bytes a millisecond (ibid.).
const FULL_SPEED: u64 = 1023 * 1000;
/// USB SuperSpeed: three bursts of 16 packets of 1024 bytes a microframe (USB 3.2, section 8.12.6).
const SUPER_SPEED: u64 = 3 * 16 * 1024 * 8000;

/// The bus that a camera is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// A bus whose limit is not the camera's trouble: a ribbon cable, a card, a virtual camera.
    Local,
    /// USB, by the bytes a second that it carries for one camera.
    Usb {
        /// Bytes a second.
        carries: u64,
    },
}

impl Bus {
    /// The bus that V4L2 calls `info`, at the speed in Mbit/s that sysfs tells; USB whose speed is not known is taken for
    /// USB 2.
    pub fn new(info: &str, speed_mbit: Option<u32>) -> Self {
        if !info.starts_with("usb-") {
            return Self::Local;
        }
        let carries = match speed_mbit {
            Some(..480) => FULL_SPEED,
            None | Some(480..5000) => HIGH_SPEED,
            Some(5000..) => SUPER_SPEED,
        };
        Self::Usb { carries }
    }

    /// Bytes a second; `None` without a limit worth asking about.
    pub const fn carries(self) -> Option<u64> {
        match self {
            Self::Local => None,
            Self::Usb { carries } => Some(carries),
        }
    }

    /// The most frames of `bytes` a second.
    pub fn fps_max(self, bytes: u64) -> f32 {
        self.carries().map_or(f32::INFINITY, |carries| {
            carries as f32 / bytes.max(1) as f32
        })
    }
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "the bus",
            Self::Usb {
                carries: FULL_SPEED,
            } => "USB 1",
            Self::Usb {
                carries: HIGH_SPEED,
            } => "USB 2",
            Self::Usb { .. } => "USB 3",
        })
    }
}

/// Bytes a second as people read it.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB/s", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usb_is_told_by_its_bus_and_limited_by_its_speed() {
        let check = |info, mbit, expected: Option<&str>| {
            let bus = Bus::new(info, mbit);
            assert_eq!(bus.carries().map(megabytes).as_deref(), expected, "{info}");
        };
        check("usb-0000:00:14.0-1", Some(480), Some("24.6 MB/s"));
        check("usb-0000:00:14.0-1", None, Some("24.6 MB/s"));
        check("usb-0000:00:14.0-1", Some(5000), Some("393.2 MB/s"));
        check("usb-fd500000.usb-1.2", Some(12), Some("1.0 MB/s"));
        check("platform:vivid-000", None, None);
    }
}
