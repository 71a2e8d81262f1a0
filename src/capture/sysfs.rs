//! What sysfs knows of the video nodes; it is there without udev and inside containers too.

use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::identity::{Identity, Usb};

/// The class of video nodes.
pub const CLASS: &str = "/sys/class/video4linux";

/// What `class` says of the node at `path`, which may be a link; little when it does not know it.
pub fn identity(class: &Path, path: &Path) -> Identity {
    let node = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = class.join(node.file_name().unwrap_or_default());
    Identity {
        cards: text(&folder, "name").into_iter().collect(),
        usb: fs::canonicalize(folder.join("device")).ok().and_then(usb),
        node,
    }
}

/// The device among the folders above an interface that has a maker and a product.
fn usb(interface: PathBuf) -> Option<Usb> {
    let device = interface
        .ancestors()
        .find(|folder| folder.join("idVendor").is_file())?;
    let id = |name| u16::from_str_radix(&text(device, name)?, 16).ok();
    Some(Usb {
        vendor: id("idVendor")?,
        product: id("idProduct")?,
        serial: text(device, "serial"),
        port: device.file_name()?.to_string_lossy().into_owned(),
        // USB 1's low speed is 1.5.
        speed_mbit: text(device, "speed").and_then(|speed| Some(speed.parse::<f32>().ok()? as u32)),
    })
}

/// The trimmed content of a file; `None` when there is none.
fn text(folder: &Path, name: &str) -> Option<String> {
    let bytes = fs::read(folder.join(name)).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The files of a webcam as the kernel lays them out.
    fn webcam() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        let device = root.path().join("devices/pci0000:00/usb1/1-1");
        let node = device.join("1-1:1.0/video4linux/video2");
        let class = root.path().join("class/video4linux");
        for folder in [&node, &class] {
            fs::create_dir_all(folder).expect("the folder is made");
        }
        let files = [
            (&device, "idVendor", "046d\n"),
            (&device, "idProduct", "0825\n"),
            (&device, "serial", "5EDCF2B0\n"),
            (&device, "speed", "480\n"),
            (&node, "name", "UVC Camera (046d:0825)\n"),
        ];
        for (folder, name, text) in files {
            fs::write(folder.join(name), text).expect("the file is written");
        }
        symlink(&node, class.join("video2")).expect("the link is made");
        symlink(device.join("1-1:1.0"), node.join("device")).expect("the link is made");
        root
    }

    #[test]
    fn a_webcam_is_known_by_maker_product_serial_number_and_port() {
        let root = webcam();
        let identity = identity(
            &root.path().join("class/video4linux"),
            Path::new("/dev/video2"),
        );
        let expected = Usb {
            vendor: 0x046d,
            product: 0x0825,
            serial: Some("5EDCF2B0".into()),
            port: "1-1".into(),
            speed_mbit: Some(480),
        };
        assert_eq!(identity.usb, Some(expected));
        assert_eq!(identity.cards, ["UVC Camera (046d:0825)"]);
    }

    #[test]
    fn a_node_that_sysfs_does_not_know_is_still_a_node() {
        let identity = identity(Path::new("/does/not/exist"), Path::new("/dev/video7"));
        let expected = Identity {
            node: "/dev/video7".into(),
            ..Identity::default()
        };
        assert_eq!(identity, expected);
    }
}
