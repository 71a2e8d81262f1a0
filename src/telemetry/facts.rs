//! What can change about the machine and this process, at one moment. What cannot be measured is absent.

use super::energy::Reading;
use super::process::{self, CpuTime, Memory};
use super::thermal::{self, Temperature};
use super::{Board, Meter, throttle};

/// Reads the machine again and again.
pub struct Watch {
    board: Board,
    meter: Option<Meter>,
}

/// The machine and this process at one moment.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How hot the processor is.
    pub temperature: Option<Temperature>,
    /// Whether something slows it down.
    pub throttle: throttle::State,
    /// The meter, and what it says.
    pub power: Option<(String, Reading)>,
    /// Memory of this process.
    pub memory: Option<Memory>,
    /// Processor time of this process.
    pub cpu: CpuTime,
    /// Files, sockets and devices that this process has open.
    pub open_files: Option<u64>,
}

impl Watch {
    /// Finds the power meter, if there is one that we may read.
    pub fn new(board: Board) -> Self {
        let meter = Meter::find(&board).ok();
        Self { board, meter }
    }

    /// Looks at everything.
    pub fn read(&mut self) -> Facts {
        let power = self.meter.as_mut().and_then(|meter| {
            let reading = meter.read().ok()?;
            Some((meter.info().source.clone(), reading))
        });
        Facts {
            temperature: thermal::hottest(&self.board).ok(),
            throttle: throttle::State::read(&self.board),
            power,
            memory: process::memory(&self.board).ok(),
            cpu: CpuTime::of_process(),
            open_files: process::open_files(&self.board).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    #[test]
    fn what_a_machine_cannot_tell_is_absent_and_what_it_can_is_there() {
        let (_root, board) = made_up::machine(&[]);
        let facts = Watch::new(board).read();
        assert!(facts.temperature.is_none() && facts.power.is_none() && facts.memory.is_none());
        let (_root, board) = made_up::machine(&[
            ("sys/class/thermal/thermal_zone0/type", "cpu-thermal"),
            ("sys/class/thermal/thermal_zone0/temp", "61500"),
            ("sys/class/hwmon/hwmon0/name", "power_meter"),
            ("sys/class/hwmon/hwmon0/power1_average", "4000000"),
        ]);
        let facts = Watch::new(board).read();
        assert_eq!(facts.temperature.map(|now| now.celsius), Some(61.5));
        assert_eq!(facts.power, Some(("hwmon".to_owned(), Reading::Watts(4.0))));
    }
}
