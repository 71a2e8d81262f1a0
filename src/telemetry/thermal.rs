//! How hot the processor is: thermal zones, else the sensors of PC processors in hwmon.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Board, NotMeasurable, sysfs};

/// Parts of the names of zones that belong to a processor: Raspberry Pi and most boards, Jetson, PCs.
const PROCESSOR_ZONES: [&str; 5] = ["cpu", "soc", "x86_pkg_temp", "core", "tj"];
/// Processors whose temperature is in hwmon alone.
const PROCESSOR_CHIPS: [&str; 2] = ["k10temp", "coretemp"];
/// Below or above is no processor but a sensor that is switched off.
const PLAUSIBLE_CELSIUS: std::ops::RangeInclusive<f64> = -40.0..=150.0;

/// A temperature and where it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Temperature {
    /// The zone's or the chip's name.
    pub zone: String,
    /// Degrees.
    pub celsius: f64,
}

/// The hottest of the processor's sensors; the hottest of any where no sensor says that it is the processor's.
///
/// # Errors
///
/// When there is no sensor that can be read.
pub fn hottest(board: &Board) -> Result<Temperature, NotMeasurable> {
    let zones = zones(board);
    let (of_processor, others): (Vec<_>, Vec<_>) = zones
        .into_iter()
        .partition(|zone| is_of_processor(&zone.zone));
    let hottest = |zones: Vec<Temperature>| {
        zones
            .into_iter()
            .max_by(|a, b| a.celsius.total_cmp(&b.celsius))
    };
    hottest(of_processor)
        .or_else(|| hottest(chips(board)))
        .or_else(|| hottest(others))
        .ok_or_else(|| NotMeasurable::Absent("no thermal zone, no sensor in hwmon".to_owned()))
}

/// The lowest temperature at which the kernel slows the processor down because of this zone; `None` where it does not.
/// A zone's other trip points turn on fans (active) or the machine off (hot, critical).
pub fn trip(board: &Board, zone: &str) -> Option<f64> {
    let folders = sysfs::entries(&board.path("sys/class/thermal"), "thermal_zone");
    let of_zone = folders
        .iter()
        .filter(|folder| sysfs::text(&folder.join("type")).is_ok_and(|name| name == zone));
    let trips = of_zone.flat_map(|folder| passive_trips(folder));
    trips.min_by(f64::total_cmp)
}

fn passive_trips(folder: &Path) -> Vec<f64> {
    let points = sysfs::entries(folder, "trip_point_").into_iter();
    let types = points.filter(|path| path.to_string_lossy().ends_with("_type"));
    let passive = types.filter(|path| sysfs::text(path).is_ok_and(|kind| kind == "passive"));
    let celsius = |path: PathBuf| {
        let temperature = path.to_string_lossy().replace("_type", "_temp");
        Some(sysfs::number::<f64>(Path::new(&temperature)).ok()? / 1000.0)
    };
    passive.filter_map(celsius).collect()
}

fn is_of_processor(zone: &str) -> bool {
    let zone = zone.to_ascii_lowercase();
    PROCESSOR_ZONES.iter().any(|part| zone.contains(part))
}

fn zones(board: &Board) -> Vec<Temperature> {
    let folders = sysfs::entries(&board.path("sys/class/thermal"), "thermal_zone");
    let zone = |folder: &PathBuf| {
        let name = sysfs::text(&folder.join("type")).ok()?;
        read(&folder.join("temp"), name)
    };
    folders.iter().filter_map(zone).collect()
}

fn chips(board: &Board) -> Vec<Temperature> {
    let folders = sysfs::entries(&board.path("sys/class/hwmon"), "hwmon");
    let chip = |folder: &PathBuf| {
        let name = sysfs::text(&folder.join("name")).ok()?;
        let known = PROCESSOR_CHIPS.contains(&name.as_str());
        read(&folder.join("temp1_input"), name).filter(|_| known)
    };
    folders.iter().filter_map(chip).collect()
}

/// A zone that is switched off cannot be read or tells a temperature that no processor has; it is left out.
fn read(path: &Path, zone: String) -> Option<Temperature> {
    let celsius = sysfs::number::<f64>(path).ok()? / 1000.0;
    PLAUSIBLE_CELSIUS
        .contains(&celsius)
        .then_some(Temperature { zone, celsius })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    fn check(files: &[(&str, &str)], zone: &str, celsius: f64) {
        let (_root, board) = made_up::machine(files);
        let found = hottest(&board).expect("there is a sensor");
        assert_eq!((found.zone.as_str(), found.celsius), (zone, celsius));
    }

    #[test]
    fn the_processor_comes_before_what_is_hotter() {
        let jetson = [
            ("sys/class/thermal/thermal_zone0/type", "cpu-thermal"),
            ("sys/class/thermal/thermal_zone0/temp", "48250"),
            ("sys/class/thermal/thermal_zone1/type", "gpu-thermal"),
            ("sys/class/thermal/thermal_zone1/temp", "70000"),
            ("sys/class/thermal/thermal_zone2/type", "soc0-thermal"),
            ("sys/class/thermal/thermal_zone2/temp", "-256000"),
        ];
        check(&jetson, "cpu-thermal", 48.25);
        let amd = [
            ("sys/class/thermal/thermal_zone0/type", "acpitz"),
            ("sys/class/thermal/thermal_zone0/temp", "16800"),
            ("sys/class/hwmon/hwmon2/name", "k10temp"),
            ("sys/class/hwmon/hwmon2/temp1_input", "61125"),
        ];
        check(&amd, "k10temp", 61.125);
        check(&amd[..2], "acpitz", 16.8);
    }

    #[test]
    fn no_sensor_is_a_reason() {
        let (_root, board) = made_up::machine(&[]);
        let reason = hottest(&board).expect_err("there is none").to_string();
        assert_eq!(reason, "no thermal zone, no sensor in hwmon");
    }
}
