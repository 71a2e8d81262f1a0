//! Energy counters of Intel and AMD processors (RAPL) in /sys/class/powercap, in microjoules.
//!
//! Packages are counted, and memory where it has a counter of its own. Cores and the uncore are parts of a package, `psys`
//! holds everything once more on some laptops, and `intel-rapl-mmio` is the same counter by another road: none of these is
//! counted. Since Linux 5.10 only root may read the counters (CVE-2020-8694).

use std::path::{Path, PathBuf};

use super::energy::{Reading, advanced_uj};
use super::{Board, NotMeasurable, sysfs};

/// The counters of one machine.
#[derive(Debug)]
pub struct Powercap {
    zones: Vec<Zone>,
    joules: f64,
}

#[derive(Debug)]
struct Zone {
    name: String,
    counter: PathBuf,
    range_uj: u64,
    last_uj: u64,
}

impl Powercap {
    /// Finds the counters and reads each once.
    pub fn find(board: &Board) -> Result<Self, NotMeasurable> {
        let folder = board.path("sys/class/powercap");
        let zones = sysfs::entries(&folder, "intel-rapl:")
            .into_iter()
            .filter(|zone| is_counted(zone))
            .map(|zone| Zone::open(&zone))
            .collect::<Result<Vec<_>, _>>()?;
        if zones.is_empty() {
            return Err(NotMeasurable::Absent("no powercap".to_owned()));
        }
        Ok(Self { zones, joules: 0.0 })
    }

    /// Energy since [`Powercap::find`].
    pub fn read(&mut self) -> Result<Reading, NotMeasurable> {
        for zone in &mut self.zones {
            self.joules += zone.advanced_uj()? as f64 / 1e6;
        }
        Ok(Reading::Joules(self.joules))
    }

    /// What is counted.
    pub fn rails(&self) -> Vec<String> {
        self.zones.iter().map(|zone| zone.name.clone()).collect()
    }
}

impl Zone {
    fn open(folder: &Path) -> Result<Self, NotMeasurable> {
        let counter = folder.join("energy_uj");
        Ok(Self {
            name: sysfs::text(&folder.join("name"))?,
            range_uj: sysfs::number(&folder.join("max_energy_range_uj"))?,
            last_uj: sysfs::number(&counter)?,
            counter,
        })
    }

    fn advanced_uj(&mut self) -> Result<u64, NotMeasurable> {
        let now_uj = sysfs::number(&self.counter)?;
        let before_uj = std::mem::replace(&mut self.last_uj, now_uj);
        Ok(advanced_uj(before_uj, now_uj, self.range_uj))
    }
}

fn is_counted(zone: &Path) -> bool {
    let name = sysfs::text(&zone.join("name")).unwrap_or_default();
    name.starts_with("package") || name == "dram"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::telemetry::made_up;

    const LAPTOP: [(&str, &str); 14] = [
        ("sys/class/powercap/intel-rapl:0/name", "package-0"),
        ("sys/class/powercap/intel-rapl:0/energy_uj", "99000000"),
        (
            "sys/class/powercap/intel-rapl:0/max_energy_range_uj",
            "100000000",
        ),
        ("sys/class/powercap/intel-rapl:0:0/name", "core"),
        ("sys/class/powercap/intel-rapl:0:0/energy_uj", "5"),
        (
            "sys/class/powercap/intel-rapl:0:0/max_energy_range_uj",
            "100000000",
        ),
        ("sys/class/powercap/intel-rapl:0:2/name", "dram"),
        ("sys/class/powercap/intel-rapl:0:2/energy_uj", "1000000"),
        (
            "sys/class/powercap/intel-rapl:0:2/max_energy_range_uj",
            "100000000",
        ),
        ("sys/class/powercap/intel-rapl:1/name", "psys"),
        ("sys/class/powercap/intel-rapl:1/energy_uj", "7"),
        ("sys/class/powercap/intel-rapl-mmio:0/name", "package-0"),
        ("sys/class/powercap/intel-rapl-mmio:0/energy_uj", "99000000"),
        ("sys/class/powercap/intel-rapl/enabled", "1"),
    ];

    #[test]
    fn packages_and_memory_are_counted_and_may_start_again_at_zero() {
        let (root, board) = made_up::machine(&LAPTOP);
        let mut counters = Powercap::find(&board).expect("there are counters");
        assert_eq!(counters.rails(), ["package-0", "dram"]);
        let set = |zone: &str, uj: &str| {
            let path = format!("sys/class/powercap/{zone}/energy_uj");
            fs::write(root.path().join(path), uj).expect("is written");
        };
        set("intel-rapl:0", "2000000");
        set("intel-rapl:0:2", "1500000");
        assert_eq!(counters.read(), Ok(Reading::Joules(3.5)));
        set("intel-rapl:0", "2500000");
        assert_eq!(counters.read(), Ok(Reading::Joules(4.0)));
    }

    #[test]
    fn what_is_missing_or_broken_is_said() {
        let (_root, board) = made_up::machine(&[]);
        let absent = Powercap::find(&board).expect_err("there are none");
        assert_eq!(absent.to_string(), "no powercap");

        let (root, board) = made_up::machine(&LAPTOP);
        let counter = root
            .path()
            .join("sys/class/powercap/intel-rapl:0/energy_uj");
        fs::write(&counter, "many").expect("is written");
        let broken = Powercap::find(&board).expect_err("that is no number");
        assert!(broken.to_string().ends_with("holds \"many\""), "{broken}");
        // Root reads whatever its mode, so a folder stands in for a file that cannot be read.
        fs::remove_file(&counter).expect("is removed");
        fs::create_dir(&counter).expect("is made");
        let unreadable = Powercap::find(&board).expect_err("that cannot be read");
        assert!(
            unreadable.to_string().starts_with("cannot read "),
            "{unreadable}"
        );
    }
}
