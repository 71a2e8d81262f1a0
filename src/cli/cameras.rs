//! `watchpost cameras`: the cameras of this machine, and what they offer.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::capture::list::{self, Listed, Listing};
use crate::capture::offer::{Extent, Mode, Offer, Rates, readable_names};
use crate::types::Size;

/// Lists the cameras of this machine: formats, sizes, rates.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Print JSON for scripts.
    #[arg(long)]
    json: bool,
}

/// Lists the cameras.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let listing = list::cameras();
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", as_json(&listing))?;
    } else {
        write!(out, "{}", as_text(&listing))?;
    }
    Ok(())
}

fn as_text(listing: &Listing) -> String {
    let mut text = String::new();
    for camera in &listing.cameras {
        text += &camera_as_text(camera);
    }
    for error in &listing.refused {
        text += &format!("{error}\n");
    }
    if listing.cameras.is_empty() && listing.refused.is_empty() {
        text += "no cameras found: there is no capture node among /dev/video*. Is the camera plugged in, and its driver \
                 loaded? For a raw sensor on a ribbon cable, start watchpost under `libcamerify`\n";
    }
    text
}

fn camera_as_text(camera: &Listed) -> String {
    let Listed {
        path,
        by_id,
        capability,
        offers,
    } = camera;
    let mut text = format!("{}  {}\n", path.display(), capability.card);
    if let Some(by_id) = by_id {
        text += &format!("  link    {}\n", by_id.display());
    }
    text += &format!("  driver  {} on {}\n", capability.driver, capability.bus);
    if let Some(refusal) = capability.refusal() {
        text += &format!("  cannot be used: it is {refusal}\n");
    }
    for offer in offers {
        text += &offer_as_text(offer);
    }
    if offers
        .iter()
        .all(|offer| offer.fourcc.pixel_format().is_none())
    {
        text += &format!("  watchpost reads {}\n", readable_names());
    }
    text
}

fn offer_as_text(offer: &Offer) -> String {
    let remark = match offer.fourcc.pixel_format() {
        Some(_) => "",
        None => "  (not read by watchpost)",
    };
    let mut text = format!("  {}  {}{remark}\n", offer.fourcc, offer.description);
    for Mode { extent, rates } in &offer.modes {
        text += &format!(
            "    {:<24}{}\n",
            extent_as_text(*extent),
            rates_as_text(rates)
        );
    }
    text
}

fn extent_as_text(extent: Extent) -> String {
    match extent {
        Extent::Fixed(size) => size.to_string(),
        Extent::Stepwise { min, max, .. } => format!("{min} to {max}"),
    }
}

fn rates_as_text(rates: &Rates) -> String {
    match rates {
        Rates::Unknown => String::new(),
        Rates::Listed(intervals) => {
            let rates: Vec<_> = intervals
                .iter()
                .map(|i| rounded(i.fps()).to_string())
                .collect();
            format!("{} fps", rates.join(", "))
        }
        Rates::Between { shortest, longest } => {
            format!(
                "{} to {} fps",
                rounded(longest.fps()),
                rounded(shortest.fps())
            )
        }
    }
}

fn as_json(listing: &Listing) -> Value {
    let refused: Vec<_> = listing.refused.iter().map(ToString::to_string).collect();
    let cameras: Vec<_> = listing.cameras.iter().map(camera_as_json).collect();
    json!({ "cameras": cameras, "refused": refused })
}

fn camera_as_json(camera: &Listed) -> Value {
    let Listed {
        path,
        by_id,
        capability,
        offers,
    } = camera;
    json!({
        "path": path,
        "by_id": by_id,
        "card": capability.card,
        "driver": capability.driver,
        "bus": capability.bus,
        "unusable": capability.refusal(),
        "formats": offers.iter().map(offer_as_json).collect::<Vec<_>>(),
    })
}

fn offer_as_json(offer: &Offer) -> Value {
    json!({
        "fourcc": offer.fourcc.to_string(),
        "description": offer.description,
        "readable": offer.fourcc.pixel_format().is_some(),
        "modes": offer.modes.iter().map(mode_as_json).collect::<Vec<_>>(),
    })
}

fn mode_as_json(mode: &Mode) -> Value {
    let (min, max, step) = match mode.extent {
        Extent::Fixed(size) => (size, size, None),
        Extent::Stepwise { min, max, step } => (min, max, Some(step)),
    };
    let pair = |size: Size| [size.width, size.height];
    let (fps, fps_range) = match &mode.rates {
        Rates::Unknown => (None, None),
        Rates::Listed(intervals) => (
            Some(
                intervals
                    .iter()
                    .map(|i| rounded(i.fps()))
                    .collect::<Vec<_>>(),
            ),
            None,
        ),
        Rates::Between { shortest, longest } => (
            None,
            Some([rounded(longest.fps()), rounded(shortest.fps())]),
        ),
    };
    json!({
        "size_min": pair(min),
        "size_max": pair(max),
        "size_step": step.map(pair),
        "fps": fps,
        "fps_range": fps_range,
    })
}

/// To two places: 29.97, 12.5, 30.
fn rounded(fps: f32) -> f64 {
    (f64::from(fps) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::offer::{FourCc, Interval};

    fn offer() -> Offer {
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

    #[test]
    fn a_format_is_a_line_with_its_sizes_below() {
        let expected = "  MJPG  Motion-JPEG\n    1280×720                29.97, 12.5 fps\n";
        assert_eq!(offer_as_text(&offer()), expected);
    }

    #[test]
    fn a_script_gets_numbers() {
        let mode = &offer_as_json(&offer())["modes"][0];
        assert_eq!(mode["size_max"], json!([1280, 720]));
        assert_eq!(mode["fps"], json!([29.97, 12.5]));
        assert_eq!(mode["size_step"], Value::Null);
    }

    #[test]
    fn a_machine_without_cameras_is_told_what_to_look_for() {
        assert!(as_text(&Listing::default()).starts_with("no cameras found"));
    }
}
