//! Which of the nodes that are there is the camera that the configuration names.
//!
//! Takes what is known of every node and a name, gives the one that it fits, or says why there is none. A camera keeps its
//! name when it comes back under another node number.

use std::path::{Path, PathBuf};

use crate::config::CameraName;

/// What is known of a video node without a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The node, `/dev/videoN`.
    pub node: PathBuf,
    /// The names that the driver gives to the node and to the product.
    pub cards: Vec<String>,
    /// What it is on USB.
    pub usb: Option<Usb>,
}

/// A device on USB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usb {
    /// Maker.
    pub vendor: u16,
    /// Product.
    pub product: u16,
    /// Serial number; many cheap cameras have none, or all the same.
    pub serial: Option<String>,
    /// Bus and ports, such as `1-1.4`: where it is plugged in.
    pub port: String,
    /// Speed in Mbit/s.
    pub speed_mbit: Option<u32>,
}

/// Why no node was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// None fits; holds what is there.
    Absent(String),
    /// Several fit; holds them.
    Several(String),
}

/// The node that `name` fits.
pub fn find<'a>(name: &CameraName, there: &'a [Identity]) -> Result<&'a Path, NotFound> {
    let fitting: Vec<_> = there.iter().filter(|node| node.fits(name)).collect();
    match fitting.as_slice() {
        [one] => Ok(&one.node),
        [] => Err(NotFound::Absent(list(there.iter()))),
        several => Err(NotFound::Several(list(several.iter().copied()))),
    }
}

fn list<'a>(nodes: impl Iterator<Item = &'a Identity>) -> String {
    let nodes: Vec<_> = nodes.map(Identity::describe).collect();
    match nodes.as_slice() {
        [] => "no camera at all".to_owned(),
        nodes => nodes.join(", "),
    }
}

impl Identity {
    fn fits(&self, name: &CameraName) -> bool {
        match (name, &self.usb) {
            (CameraName::Card(card), _) => self.cards.contains(card),
            (
                CameraName::UsbProduct {
                    vendor,
                    product,
                    serial,
                },
                Some(usb),
            ) => {
                let same_serial = serial.is_none() || *serial == usb.serial;
                (*vendor, *product) == (usb.vendor, usb.product) && same_serial
            }
            (CameraName::UsbSerial(serial), Some(usb)) => usb.serial.as_ref() == Some(serial),
            (_, None) => false,
        }
    }

    /// Everything by which it could be named.
    fn describe(&self) -> String {
        let node = self.node.display();
        let mut names: Vec<String> = self
            .cards
            .iter()
            .map(|card| format!("card:{card}"))
            .collect();
        if let Some(usb) = &self.usb {
            names.push(format!("{} at port {}", usb.name(), usb.port));
        }
        match names.as_slice() {
            [] => node.to_string(),
            names => format!("{node} ({})", names.join(", ")),
        }
    }

    /// The name that fits this node and no other of `there`, if it has one that survives another port.
    pub fn own_name(&self, there: &[Self]) -> Option<CameraName> {
        let name = self.usb.as_ref()?.name();
        find(&name, there).is_ok().then_some(name)
    }
}

impl Usb {
    /// The most exact name.
    pub fn name(&self) -> CameraName {
        CameraName::UsbProduct {
            vendor: self.vendor,
            product: self.product,
            serial: self.serial.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u32, card: &str, usb: Option<(u16, Option<&str>, &str)>) -> Identity {
        Identity {
            node: format!("/dev/video{number}").into(),
            cards: vec![card.to_owned()],
            usb: usb.map(|(product, serial, port)| Usb {
                vendor: 0x046d,
                product,
                serial: serial.map(str::to_owned),
                port: port.to_owned(),
                speed_mbit: Some(480),
            }),
        }
    }

    fn there() -> [Identity; 4] {
        [
            node(0, "unicam-image", None),
            node(2, "HD Webcam", Some((0x0825, Some("A1"), "1-1"))),
            node(4, "HD Webcam", Some((0x0825, Some("A2"), "1-2"))),
            node(6, "Cheap", Some((0x0001, None, "1-3"))),
        ]
    }

    fn found(name: &str) -> Result<PathBuf, NotFound> {
        let name = CameraName::parse(name)
            .expect("is a name")
            .expect("is valid");
        find(&name, &there()).map(Path::to_owned)
    }

    #[test]
    fn a_camera_is_found_by_what_it_is() {
        let check = |name, expected: &str| assert_eq!(found(name), Ok(expected.into()), "{name}");
        check("usb:A1", "/dev/video2");
        check("usb:046d:0825:A2", "/dev/video4");
        check("usb:046d:0001", "/dev/video6");
        check("card:unicam-image", "/dev/video0");
    }

    #[test]
    fn several_that_fit_are_listed_with_what_tells_them_apart() {
        let expected = "/dev/video2 (card:HD Webcam, usb:046d:0825:A1 at port 1-1), \
                        /dev/video4 (card:HD Webcam, usb:046d:0825:A2 at port 1-2)";
        assert_eq!(
            found("usb:046d:0825"),
            Err(NotFound::Several(expected.into()))
        );
        assert_eq!(
            found("card:HD Webcam"),
            Err(NotFound::Several(expected.into()))
        );
    }

    #[test]
    fn none_that_fits_lists_what_is_there() {
        let Err(NotFound::Absent(there)) = found("usb:046d:0825:A3") else {
            panic!("no camera has that serial number");
        };
        assert!(
            there.starts_with("/dev/video0 (card:unicam-image), /dev/video2"),
            "{there}"
        );
        let name = CameraName::UsbSerial("A1".into());
        assert_eq!(
            find(&name, &[]),
            Err(NotFound::Absent("no camera at all".into()))
        );
    }

    #[test]
    fn a_name_is_a_cameras_own_only_when_no_other_has_it() {
        let mut there = there().to_vec();
        let name =
            |node: &Identity, there: &[Identity]| node.own_name(there).map(|n| n.to_string());
        assert_eq!(name(&there[1], &there).as_deref(), Some("usb:046d:0825:A1"));
        assert_eq!(name(&there[3], &there).as_deref(), Some("usb:046d:0001"));
        assert_eq!(name(&there[0], &there), None);
        there.push(node(8, "Cheap", Some((0x0001, None, "1-4"))));
        assert_eq!(name(&there[3], &there), None);
    }
}
