//! The cameras for scripts.

use serde_json::{Value, json};

use super::rounded;
use crate::capture::control::{Control, ControlKind};
use crate::capture::identity::Usb;
use crate::capture::list::{Listed, Listing};
use crate::capture::negotiate::Choice;
use crate::capture::offer::{Extent, Mode, Offer, Rates};
use crate::types::Size;

pub fn listing(listing: &Listing) -> Value {
    let refused: Vec<_> = listing.refused.iter().map(ToString::to_string).collect();
    let cameras: Vec<_> = listing.cameras.iter().map(camera).collect();
    json!({ "cameras": cameras, "refused": refused })
}

fn camera(camera: &Listed) -> Value {
    let capability = &camera.capability;
    json!({
        "path": camera.path,
        "source": camera.source(),
        "by_id": camera.by_id,
        "by_path": camera.by_path,
        "card": capability.card,
        "driver": capability.driver,
        "bus": capability.bus,
        "usb": camera.identity.usb.as_ref().map(usb),
        "unusable": capability.refusal(),
        "chosen": camera.choice.as_ref().map(choice),
        "controls": camera.controls.iter().map(control).collect::<Vec<_>>(),
        "formats": camera.offers.iter().map(offer).collect::<Vec<_>>(),
    })
}

fn usb(usb: &Usb) -> Value {
    json!({
        "vendor": format!("{:04x}", usb.vendor),
        "product": format!("{:04x}", usb.product),
        "serial": usb.serial,
        "port": usb.port,
        "speed_mbit": usb.speed_mbit,
    })
}

fn choice(choice: &Choice) -> Value {
    json!({
        "fourcc": choice.fourcc.to_string(),
        "size": [choice.size.width, choice.size.height],
        "fps": rounded(choice.interval.fps()),
        "reason": choice.reason,
    })
}

fn control(control: &Control) -> Value {
    let (min, max, step, menu) = match &control.kind {
        ControlKind::Number { min, max, step } => (*min, *max, *step, None),
        ControlKind::Switch => (0, 1, 1, None),
        ControlKind::Menu(entries) => {
            let numbers = || entries.iter().map(|(number, _)| *number);
            let ends = numbers().min().zip(numbers().max()).unwrap_or_default();
            let entry = |(number, name): &(i64, String)| json!({ "value": number, "name": name });
            let menu: Vec<_> = entries.iter().map(entry).collect();
            (ends.0, ends.1, 1, Some(menu))
        }
    };
    json!({
        "name": control.name,
        "value": control.value,
        "default": control.default,
        "min": min,
        "max": max,
        "step": step,
        "menu": menu,
        "locked": control.locked.map(|lock| lock.to_string()),
    })
}

fn offer(offer: &Offer) -> Value {
    json!({
        "fourcc": offer.fourcc.to_string(),
        "description": offer.description,
        "readable": offer.fourcc.pixel_format().is_some(),
        "modes": offer.modes.iter().map(mode).collect::<Vec<_>>(),
    })
}

fn mode(mode: &Mode) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cameras::testing;

    #[test]
    fn a_script_gets_numbers() {
        let mode = &offer(&testing::offer())["modes"][0];
        assert_eq!(mode["size_max"], json!([1280, 720]));
        assert_eq!(mode["fps"], json!([29.97, 12.5]));
        assert_eq!(mode["size_step"], Value::Null);
    }

    #[test]
    fn a_script_gets_the_name_to_configure_and_what_would_be_chosen() {
        let camera = camera(&testing::camera());
        assert_eq!(camera["source"], "usb:046d:0825:A1");
        assert_eq!(camera["usb"]["speed_mbit"], 480);
        assert_eq!(camera["controls"][0]["menu"][1]["value"], 3);
        assert_eq!(camera["chosen"]["size"], json!([1280, 720]));
    }
}
