//! The cameras for people to read.

use super::rounded;
use crate::capture::control::Control;
use crate::capture::identity::Usb;
use crate::capture::list::{Listed, Listing};
use crate::capture::offer::{Extent, Offer, Rates, readable_names};

pub fn listing(listing: &Listing) -> String {
    let mut text = String::new();
    for camera in &listing.cameras {
        text += &self::camera(camera);
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

fn camera(camera: &Listed) -> String {
    let capability = &camera.capability;
    let mut text = format!("{}  {}\n", camera.path.display(), capability.card);
    let mut line = |label: &str, value: String| text += &format!("  {label:<8}{value}\n");
    line("source", camera.source());
    for link in camera.by_id.iter().chain(&camera.by_path) {
        line("link", link.display().to_string());
    }
    line(
        "driver",
        format!("{} on {}", capability.driver, capability.bus),
    );
    if let Some(usb) = &camera.identity.usb {
        line("usb", self::usb(usb));
    }
    if let Some(refusal) = capability.refusal() {
        line("unusable", format!("it is {refusal}"));
    } else if let Some(choice) = &camera.choice {
        line("chosen", choice.to_string());
    } else {
        line(
            "unusable",
            format!(
                "it offers no format that watchpost reads: {}",
                readable_names()
            ),
        );
    }
    for offer in &camera.offers {
        text += &self::offer(offer);
    }
    if !camera.controls.is_empty() {
        text += "  controls\n";
    }
    for control in &camera.controls {
        text += &self::control(control);
    }
    text
}

fn usb(usb: &Usb) -> String {
    let serial = match &usb.serial {
        Some(serial) => format!("serial number {serial}"),
        None => "no serial number".to_owned(),
    };
    let speed = usb.speed_mbit.map(|mbit| format!(" at {mbit} Mbit/s"));
    let (vendor, product, port) = (usb.vendor, usb.product, &usb.port);
    format!(
        "{vendor:04x}:{product:04x}, {serial}, port {port}{}",
        speed.unwrap_or_default()
    )
}

fn offer(offer: &Offer) -> String {
    let remark = match offer.fourcc.pixel_format() {
        Some(_) => "",
        None => "  (not read by watchpost)",
    };
    let mut text = format!("  {}  {}{remark}\n", offer.fourcc, offer.description);
    for mode in &offer.modes {
        text += &format!("    {:<24}{}\n", extent(mode.extent), rates(&mode.rates));
    }
    text
}

fn control(control: &Control) -> String {
    let value = control.value.map(|value| control.shown(value).to_string());
    let mut text = format!(
        "    {} = {}  ({}",
        control.name,
        value.as_deref().unwrap_or("?"),
        control.kind
    );
    if let Some(lock) = control.locked {
        text += &format!("; {lock}");
    }
    text + ")\n"
}

fn extent(extent: Extent) -> String {
    match extent {
        Extent::Fixed(size) => size.to_string(),
        Extent::Stepwise { min, max, .. } => format!("{min} to {max}"),
    }
}

fn rates(rates: &Rates) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cameras::testing;

    #[test]
    fn a_camera_is_shown_with_its_names_what_is_chosen_and_what_it_offers() {
        let expected = "\
/dev/video0  HD \"Webcam\"
  source  usb:046d:0825:A1
  link    /dev/v4l/by-id/usb-046d_0825_A1-video-index0
  driver  uvcvideo on usb-0000:00:14.0-1
  usb     046d:0825, serial number A1, port 1-1 at 480 Mbit/s
  chosen  MJPG 1280×720 at 29.97 fps: the wanted size; 30 fps
  MJPG  Motion-JPEG
    1280×720                29.97, 12.5 fps
  controls
    auto_exposure = \"aperture_priority_mode\"  (\"manual_mode\" (1), \"aperture_priority_mode\" (3))
    gain = 64  (0 to 255; it is inactive: another control has taken it over; switch its automatic off)
";
        assert_eq!(camera(&testing::camera()), expected);
    }

    #[test]
    fn a_machine_without_cameras_is_told_what_to_look_for() {
        assert!(listing(&Listing::default()).starts_with("no cameras found"));
    }
}
