//! `watchpost cameras`: the cameras of this machine, what they offer, and what to write into the configuration.

use std::io::{self, Write};

use super::surroundings;
use crate::capture::list;

pub(super) mod block;
mod json;
mod text;

/// Lists the cameras of this machine: names, formats, sizes, rates, and what would be used.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Print JSON for scripts.
    #[arg(long, conflicts_with = "toml")]
    json: bool,
    /// Print a [[camera]] block for each, ready for the configuration.
    #[arg(long)]
    toml: bool,
}

/// Lists the cameras.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let listing = list::cameras(surroundings::usual_size());
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json::listing(&listing))?;
    } else if args.toml {
        write!(out, "{}", block::listing(&listing))?;
    } else {
        write!(out, "{}", text::listing(&listing))?;
    }
    Ok(())
}

/// To two places: 29.97, 12.5, 30.
fn rounded(fps: f32) -> f64 {
    (f64::from(fps) * 100.0).round() / 100.0
}

/// A camera that is not there, for the tests of the three ways to print one.
#[cfg(test)]
pub(super) mod testing {
    use crate::capture::control::{Control, ControlKind, Lock};
    use crate::capture::identity::{Identity, Usb};
    use crate::capture::list::Listed;
    use crate::capture::negotiate::{self, Wish};
    use crate::capture::offer::{Extent, FourCc, Interval, Mode, Offer, Rates};
    use crate::capture::v4l2::Capability;
    use crate::types::Size;

    pub fn offer() -> Offer {
        let interval = |n, d| Interval::new(n, d).expect("above zero");
        let rates = Rates::Listed(vec![interval(1001, 30_000), interval(2, 25)]);
        Offer {
            fourcc: FourCc::new(*b"MJPG"),
            description: "Motion-JPEG".to_owned(),
            modes: vec![Mode {
                extent: Extent::Fixed(Size::new(1280, 720)),
                rates,
            }],
        }
    }

    pub fn controls() -> Vec<Control> {
        let control = |id, name: &str, kind, value, locked| Control {
            id,
            name: name.to_owned(),
            kind,
            default: 0,
            value: Some(value),
            locked,
        };
        let entries = [(1, "Manual Mode"), (3, "Aperture Priority Mode")];
        let menu = ControlKind::Menu(entries.map(|(n, name)| (n, name.to_owned())).to_vec());
        let range = ControlKind::Number {
            min: 0,
            max: 255,
            step: 1,
        };
        vec![
            control(1, "auto_exposure", menu, 3, None),
            control(2, "gain", range, 64, Some(Lock::Inactive)),
        ]
    }

    pub fn camera() -> Listed {
        let capability = Capability::camera("uvcvideo", "HD \"Webcam\"", "usb-0000:00:14.0-1");
        let usb = Usb {
            vendor: 0x046d,
            product: 0x0825,
            serial: Some("A1".to_owned()),
            port: "1-1".to_owned(),
            speed_mbit: Some(480),
        };
        let identity = Identity {
            node: "/dev/video0".into(),
            cards: vec![capability.card.clone()],
            usb: Some(usb),
        };
        let offers = vec![offer()];
        Listed {
            path: "/dev/video0".into(),
            own_name: identity.own_name(std::slice::from_ref(&identity)),
            identity,
            by_id: Some("/dev/v4l/by-id/usb-046d_0825_A1-video-index0".into()),
            by_path: None,
            capability,
            choice: negotiate::choose(
                &offers,
                Wish::default(),
                crate::capture::bandwidth::Bus::Local,
            ),
            offers,
            controls: controls(),
        }
    }
}
