//! Which machine this is, for figures that are compared later.

use serde::{Deserialize, Serialize};

use super::{Board, sysfs};

const BUSY: f64 = 0.5;

/// Facts of a machine; what it does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The board, as a device tree names it: `Raspberry Pi 5 Model B Rev 1.0`.
    pub board: Option<String>,
    /// The processor, as /proc/cpuinfo names it; Arm kernels do not.
    pub cpu: Option<String>,
    /// Processor architecture.
    pub arch: String,
    /// Logical processors that this process may use.
    pub cores: usize,
    /// Version of the kernel.
    pub kernel: Option<String>,
    /// How the clock is governed: `performance`, `ondemand`, `schedutil` …
    pub governor: Option<String>,
    /// Programs that wanted to run over the last minute, on average. Far above zero, figures are noisy.
    pub load_1min: Option<f64>,
}

impl Machine {
    /// The machine behind `board`.
    pub fn read(board: &Board) -> Self {
        let text = |path: &str| sysfs::text(&board.path(path)).ok();
        let load = text("proc/loadavg");
        Self {
            board: text("proc/device-tree/model"),
            cpu: text("proc/cpuinfo").as_deref().and_then(model_name),
            arch: std::env::consts::ARCH.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            kernel: text("proc/sys/kernel/osrelease"),
            governor: text("sys/devices/system/cpu/cpufreq/policy0/scaling_governor"),
            load_1min: load.and_then(|load| load.split_whitespace().next()?.parse().ok()),
        }
    }

    /// The load when so many programs wanted to run that figures are noisy: on average one for every other core.
    pub fn busy(&self) -> Option<f64> {
        self.load_1min
            .filter(|load| *load > BUSY * self.cores as f64)
    }

    /// The board or the processor, whatever says more.
    pub fn name(&self) -> &str {
        let name = self.board.as_ref().or(self.cpu.as_ref());
        name.unwrap_or(&self.arch)
    }
}

fn model_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    #[test]
    fn boards_and_processors_have_names() {
        let (_root, board) = made_up::machine(&[
            ("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0"),
            ("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 108.00"),
            ("proc/sys/kernel/osrelease", "6.12.25+rpt-rpi-2712"),
            ("proc/loadavg", "0.58 0.40 0.31 1/200 4242"),
        ]);
        let pi = Machine::read(&board);
        assert_eq!(pi.name(), "Raspberry Pi 5 Model B Rev 1.0");
        assert_eq!((pi.cpu, pi.load_1min), (None, Some(0.58)));
        assert_eq!(pi.kernel.as_deref(), Some("6.12.25+rpt-rpi-2712"));

        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: AMD EPYC";
        let (_root, board) = made_up::machine(&[("proc/cpuinfo", cpuinfo)]);
        assert_eq!(Machine::read(&board).name(), "AMD EPYC");
    }
}
