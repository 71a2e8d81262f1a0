//! Power meters on the board in /sys/class/hwmon.
//!
//! Only chips that are made to meter a supply are taken: a graphics card's own figure, a battery's or the light in an SFP
//! module has the same file names and another meaning. A channel's power is `powerN_input` (µW, INA219, INA226 and kin) or
//! `powerN_average` (ACPI power meters), else `inN_input` (mV) times `currN_input` (mA) as the INA3221 has them. That chip's
//! channels 4–7 are shunt voltages and sums of the first three, so only those three are read. Where one rail feeds the
//! others (a Jetson's `VDD_IN`), it alone is counted. <https://docs.kernel.org/hwmon/ina3221.html>

use std::path::{Path, PathBuf};

use super::energy::Reading;
use super::{Board, NotMeasurable, sysfs};

/// Beginnings of the names of chips that meter a supply.
const METERS: [&str; 4] = ["ina", "isl28022", "ltc294", "power_meter"];
/// No meter chip has more channels; the INA3221's further ones are something else.
const CHANNELS_MAX: usize = 4;
const INA3221_CHANNELS: usize = 3;

/// The meters of one board.
#[derive(Debug)]
pub struct Hwmon {
    rails: Vec<Rail>,
}

#[derive(Clone, Debug)]
struct Rail {
    label: String,
    channel: Channel,
}

#[derive(Clone, Debug)]
enum Channel {
    Microwatts(PathBuf),
    MilliVoltAmpere { volt: PathBuf, ampere: PathBuf },
}

impl Hwmon {
    /// Finds the rails that are counted and reads each once.
    pub fn find(board: &Board) -> Result<Self, NotMeasurable> {
        let chips = sysfs::entries(&board.path("sys/class/hwmon"), "hwmon");
        let named: Vec<_> = chips
            .iter()
            .map(|chip| (chip, sysfs::text(&chip.join("name")).unwrap_or_default()))
            .collect();
        let is_meter = |name: &str| METERS.iter().any(|meter| name.starts_with(meter));
        let rails: Vec<_> = named
            .iter()
            .filter(|(_, name)| is_meter(name))
            .flat_map(|(chip, name)| rails(chip, name))
            .collect();
        if rails.is_empty() {
            let names: Vec<_> = named.into_iter().map(|(_, name)| name).collect();
            return Err(absent(&names));
        }
        let mut meters = Self {
            rails: counted(rails),
        };
        meters.read()?;
        Ok(meters)
    }

    /// The power of all counted rails.
    pub fn read(&mut self) -> Result<Reading, NotMeasurable> {
        let watts: Result<Vec<f64>, _> =
            self.rails.iter().map(|rail| rail.channel.watts()).collect();
        Ok(Reading::Watts(watts?.iter().sum()))
    }

    /// What is counted.
    pub fn rails(&self) -> Vec<String> {
        self.rails.iter().map(|rail| rail.label.clone()).collect()
    }

    /// Whether one rail stands for everything behind it.
    pub fn is_whole(&self) -> bool {
        self.rails.len() == 1 && is_input(&self.rails[0].label)
    }
}

impl Channel {
    fn watts(&self) -> Result<f64, NotMeasurable> {
        match self {
            Self::Microwatts(path) => Ok(sysfs::number::<f64>(path)? / 1e6),
            Self::MilliVoltAmpere { volt, ampere } => {
                Ok(sysfs::number::<f64>(volt)? * sysfs::number::<f64>(ampere)? / 1e6)
            }
        }
    }
}

fn absent(names: &[String]) -> NotMeasurable {
    NotMeasurable::Absent(match names {
        [] => "no power sensor in hwmon".to_owned(),
        names => format!("no power sensor in hwmon (only {})", names.join(", ")),
    })
}

fn rails(chip: &Path, name: &str) -> Vec<Rail> {
    let channels = match name {
        "ina3221" => INA3221_CHANNELS,
        _ => CHANNELS_MAX,
    };
    let rail = |n: usize| {
        Some(Rail {
            channel: channel(chip, n)?,
            label: label(chip, n).unwrap_or_else(|| format!("{name} channel {n}")),
        })
    };
    (1..=channels).filter_map(rail).collect()
}

fn channel(chip: &Path, n: usize) -> Option<Channel> {
    let switched_off = sysfs::number::<u8>(&chip.join(format!("in{n}_enable"))) == Ok(0);
    if switched_off {
        return None;
    }
    let there = |file: String| Some(chip.join(file)).filter(|path| path.exists());
    let power = there(format!("power{n}_input")).or_else(|| there(format!("power{n}_average")));
    if let Some(path) = power {
        return Some(Channel::Microwatts(path));
    }
    Some(Channel::MilliVoltAmpere {
        volt: there(format!("in{n}_input"))?,
        ampere: there(format!("curr{n}_input"))?,
    })
}

fn label(chip: &Path, n: usize) -> Option<String> {
    let files = ["power", "in", "curr"].map(|kind| chip.join(format!("{kind}{n}_label")));
    files.iter().find_map(|file| sysfs::text(file).ok())
}

/// The rail that feeds the others where there is one, else all.
fn counted(rails: Vec<Rail>) -> Vec<Rail> {
    match rails.iter().find(|rail| is_input(&rail.label)) {
        Some(input) => vec![input.clone()],
        None => rails,
    }
}

/// `VDD_IN` on Jetson Xavier NX, Orin NX and Orin Nano, `POM_5V_IN` on Jetson Nano; an ACPI meter has the whole machine.
fn is_input(label: &str) -> bool {
    label.ends_with("_IN") || label.starts_with("power_meter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    fn check(files: &[(&str, &str)], rails: &[&str], watts: f64) {
        let files: Vec<_> = files
            .iter()
            .map(|(file, content)| (format!("sys/class/hwmon/{file}"), *content))
            .collect();
        let files: Vec<_> = files.iter().map(|(path, c)| (path.as_str(), *c)).collect();
        let (_root, board) = made_up::machine(&files);
        let mut meters = Hwmon::find(&board).expect("there are meters");
        assert_eq!(meters.rails(), rails);
        let Ok(Reading::Watts(found)) = meters.read() else {
            panic!("the rails can be read");
        };
        assert!((found - watts).abs() < 1e-9, "{found} W");
    }

    #[test]
    fn a_jetson_is_metered_where_its_power_comes_in() {
        let orin_nano = [
            ("hwmon1/name", "ina3221"),
            ("hwmon1/in1_label", "VDD_IN"),
            ("hwmon1/in1_input", "5056"),
            ("hwmon1/curr1_input", "900"),
            ("hwmon1/in2_label", "VDD_CPU_GPU_CV"),
            ("hwmon1/in2_input", "5048"),
            ("hwmon1/curr2_input", "104"),
            ("hwmon1/in3_label", "VDD_SOC"),
            ("hwmon1/in3_input", "5048"),
            ("hwmon1/curr3_input", "288"),
            ("hwmon1/in4_input", "4"),
            ("hwmon1/curr4_input", "1292"),
            ("hwmon1/in7_label", "sum of shunt voltages"),
            ("hwmon1/in7_input", "6"),
        ];
        check(&orin_nano, &["VDD_IN"], 4.5504);
    }

    #[test]
    fn rails_side_by_side_are_added_and_dead_ones_left_out() {
        let agx = [
            ("hwmon0/name", "ina3221"),
            ("hwmon0/in1_label", "VDD_GPU_SOC"),
            ("hwmon0/in1_input", "19000"),
            ("hwmon0/curr1_input", "200"),
            ("hwmon0/in2_label", "VDD_CPU_CV"),
            ("hwmon0/in2_input", "19000"),
            ("hwmon0/curr2_input", "100"),
            ("hwmon0/in3_label", "NC"),
            ("hwmon0/in3_enable", "0"),
            ("hwmon0/in3_input", "19000"),
            ("hwmon0/curr3_input", "9999"),
        ];
        check(&agx, &["VDD_GPU_SOC", "VDD_CPU_CV"], 5.7);
    }

    #[test]
    fn a_chip_that_multiplies_by_itself_is_believed() {
        let ina226 = [
            ("hwmon3/name", "ina226"),
            ("hwmon3/in0_input", "1"),
            ("hwmon3/in1_input", "5000"),
            ("hwmon3/curr1_input", "999"),
            ("hwmon3/power1_input", "4875000"),
            ("hwmon0/name", "amdgpu"),
            ("hwmon0/power1_average", "90000000"),
        ];
        check(&ina226, &["ina226 channel 1"], 4.875);
        let server = [
            ("hwmon0/name", "power_meter"),
            ("hwmon0/power1_average", "81000000"),
        ];
        check(&server, &["power_meter channel 1"], 81.0);
    }

    #[test]
    fn other_chips_are_no_meters() {
        let (_root, board) = made_up::machine(&[
            ("sys/class/hwmon/hwmon0/name", "rp1_adc"),
            ("sys/class/hwmon/hwmon0/in1_input", "1480"),
            ("sys/class/hwmon/hwmon1/name", "BAT0"),
            ("sys/class/hwmon/hwmon1/in0_input", "12000"),
            ("sys/class/hwmon/hwmon1/power1_input", "7000000"),
        ]);
        let reason = Hwmon::find(&board).expect_err("there are none");
        assert_eq!(
            reason.to_string(),
            "no power sensor in hwmon (only rp1_adc, BAT0)"
        );
    }
}
