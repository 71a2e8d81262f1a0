//! The power meter that is taken: what says most about the whole board comes first.

use serde::{Deserialize, Serialize};

use super::energy::Reading;
use super::hwmon::Hwmon;
use super::pmic::Pmic;
use super::powercap::Powercap;
use super::{Board, NotMeasurable};

/// A power meter of this machine.
pub struct Meter {
    source: Source,
    info: MeterInfo,
}

enum Source {
    Hwmon(Hwmon),
    Pmic(Pmic),
    Powercap(Powercap),
}

/// What a meter measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterInfo {
    /// `hwmon`, `vcgencmd` or `powercap`.
    pub source: String,
    /// Which part of the machine, in words.
    pub covers: String,
    /// The rails or packages that are added up.
    pub rails: Vec<String>,
}

impl Meter {
    /// The first of: a meter on the board, a Raspberry Pi 5's rails, the processor's own counters.
    ///
    /// # Errors
    ///
    /// The reason of each that cannot be used.
    pub fn find(board: &Board) -> Result<Self, Vec<NotMeasurable>> {
        let hwmon = match Hwmon::find(board) {
            Ok(meters) => return Ok(Self::hwmon(meters)),
            Err(reason) => reason,
        };
        let pmic = match Pmic::find(board) {
            Ok(chip) => return Ok(Self::pmic(chip)),
            Err(reason) => reason,
        };
        match Powercap::find(board) {
            Ok(counters) => Ok(Self::powercap(counters)),
            Err(powercap) => Err(vec![powercap, hwmon, pmic]),
        }
    }

    fn hwmon(meters: Hwmon) -> Self {
        let covers = match meters.is_whole() {
            true => "the whole board",
            false => "the metered rails",
        };
        let info = info("hwmon", covers, meters.rails());
        let source = Source::Hwmon(meters);
        Self { source, info }
    }

    fn pmic(chip: Pmic) -> Self {
        let covers = "the rails behind the power chip, without USB and its own losses";
        let info = info("vcgencmd", covers, chip.rails());
        let source = Source::Pmic(chip);
        Self { source, info }
    }

    fn powercap(counters: Powercap) -> Self {
        let covers = "the processor, without the rest of the machine";
        let info = info("powercap", covers, counters.rails());
        let source = Source::Powercap(counters);
        Self { source, info }
    }

    /// What it measures.
    pub fn info(&self) -> &MeterInfo {
        &self.info
    }

    /// What it says now.
    pub fn read(&mut self) -> Result<Reading, NotMeasurable> {
        match &mut self.source {
            Source::Hwmon(meters) => meters.read(),
            Source::Pmic(chip) => chip.read(),
            Source::Powercap(counters) => counters.read(),
        }
    }
}

fn info(source: &str, covers: &str, rails: Vec<String>) -> MeterInfo {
    MeterInfo {
        source: source.to_owned(),
        covers: covers.to_owned(),
        rails,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    const PACKAGE: [(&str, &str); 3] = [
        ("sys/class/powercap/intel-rapl:0/name", "package-0"),
        ("sys/class/powercap/intel-rapl:0/energy_uj", "5"),
        ("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "9"),
    ];

    #[test]
    fn the_meter_that_covers_most_is_taken() {
        let (_root, board) = made_up::machine(&PACKAGE);
        let meter = Meter::find(&board).expect("there are counters");
        assert_eq!(meter.info().source, "powercap");

        let mut files = PACKAGE.to_vec();
        files.push(("sys/class/hwmon/hwmon0/name", "power_meter"));
        files.push(("sys/class/hwmon/hwmon0/power1_average", "30000000"));
        let (_root, board) = made_up::machine(&files);
        let mut meter = Meter::find(&board).expect("there is a meter");
        assert_eq!(meter.info().covers, "the whole board");
        assert_eq!(meter.read(), Ok(Reading::Watts(30.0)));
    }

    #[test]
    fn a_machine_without_meters_gives_a_reason_for_each() {
        let (_root, board) = made_up::machine(&[]);
        let reasons = Meter::find(&board).err().expect("there is no meter");
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        assert_eq!(
            reasons.join(", "),
            "no powercap, no power sensor in hwmon, no vcgencmd"
        );
    }
}
