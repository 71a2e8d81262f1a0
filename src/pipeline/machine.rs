//! Reads the machine for the governor, and passes on what it orders.

use tracing::{info, warn};

use crate::config::GovernorConfig;
use crate::pipeline::governor::{EVERY, Governor, Order, Reading, Reason};
use crate::pipeline::rate::Rate;
use crate::publish::payload::GovernorReport;
use crate::telemetry::{Board, thermal};
use crate::types::Monotonic;

/// The processor is kept so far below the temperature at which the kernel throttles it.
const BELOW_TRIP: f64 = 8.0;
/// Where the kernel does not say: a Raspberry Pi's firmware throttles at 80 to 85 degrees and has no trip point for it.
const LIMIT_CELSIUS: f64 = 80.0;
/// Limits that are made of a trip point, to be told from nonsense in a table of the firmware.
const PLAUSIBLE_LIMIT: std::ops::RangeInclusive<f64> = 40.0..=110.0;

/// The machine that the cameras share.
pub struct Machine {
    board: Board,
    governor: Governor,
    limit: f64,
    rate: Rate,
    due: Monotonic,
    celsius: Option<f64>,
    order: Order,
    before: Work,
}

/// What all cameras together have done since the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// Frames looked at.
    pub frames: u64,
    /// Frames that were overwritten.
    pub overwritten: u64,
}

impl Machine {
    /// Begins to govern `rate`.
    pub fn new(config: &GovernorConfig, board: Board, rate: Rate) -> Self {
        let limit = limit_celsius(config, &board);
        match thermal::hottest(&board) {
            Ok(now) => {
                info!(zone = %now.zone, celsius = now.celsius, limit, "watching the temperature")
            }
            Err(error) => {
                info!(%error, "the temperature cannot be read; the load alone is watched")
            }
        }
        Self {
            board,
            governor: Governor::new(limit),
            limit,
            rate,
            due: Monotonic::default(),
            celsius: None,
            order: Order {
                share: 1.0,
                reason: None,
            },
            before: Work::default(),
        }
    }

    /// Looks at the machine when it is time to; gives whether there is something new to tell.
    pub fn look(&mut self, work: Work, now: Monotonic) -> bool {
        if now < self.due {
            return false;
        }
        self.due = now + EVERY;
        self.celsius = thermal::hottest(&self.board).ok().map(|now| now.celsius);
        let reading = Reading {
            celsius: self.celsius,
            overwritten: work.overwritten_since(self.before),
        };
        self.before = work;
        let order = self.governor.observe(reading, now);
        self.rate.set(order.share);
        let before = std::mem::replace(&mut self.order, order);
        let news = order.reason != before.reason;
        if news {
            self.log();
        }
        news
    }

    /// How it is, for `status`.
    pub fn report(&self) -> GovernorReport {
        let rounded = |value: f64, scale: f64| (value * scale).round() / scale;
        GovernorReport {
            share: rounded(self.order.share, 100.0),
            reason: self.order.reason.map(Reason::name),
            temperature_c: self.celsius.map(|celsius| rounded(celsius, 10.0)),
            max_temperature_c: rounded(self.limit, 10.0),
        }
    }

    fn log(&self) {
        let Order { share, reason } = self.order;
        let (celsius, limit) = (self.celsius, self.limit);
        match reason {
            Some(reason) => warn!(
                reason = reason.name(),
                share, celsius, limit, "fewer frames are looked at",
            ),
            None => info!(celsius, limit, "all frames are looked at again"),
        }
    }
}

impl Work {
    fn overwritten_since(self, before: Self) -> Option<f64> {
        let frames = self.frames.saturating_sub(before.frames);
        let overwritten = self.overwritten.saturating_sub(before.overwritten);
        let all = frames + overwritten;
        (all > 0).then(|| overwritten as f64 / all as f64)
    }
}

/// The temperature that the governor keeps the processor below: the configured one, else some degrees below the one at which
/// the kernel throttles.
pub fn limit_celsius(config: &GovernorConfig, board: &Board) -> f64 {
    config.max_celsius.unwrap_or_else(|| limit(board))
}

fn limit(board: &Board) -> f64 {
    let trip = thermal::hottest(board)
        .ok()
        .and_then(|now| thermal::trip(board, &now.zone));
    trip.map(|celsius| celsius - BELOW_TRIP)
        .filter(|limit| PLAUSIBLE_LIMIT.contains(limit))
        .unwrap_or(LIMIT_CELSIUS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;
    use std::fs;

    const ZONE: [(&str, &str); 6] = [
        ("sys/class/thermal/thermal_zone0/type", "cpu-thermal"),
        ("sys/class/thermal/thermal_zone0/temp", "50000"),
        (
            "sys/class/thermal/thermal_zone0/trip_point_0_type",
            "critical",
        ),
        (
            "sys/class/thermal/thermal_zone0/trip_point_0_temp",
            "105000",
        ),
        (
            "sys/class/thermal/thermal_zone0/trip_point_1_type",
            "passive",
        ),
        ("sys/class/thermal/thermal_zone0/trip_point_1_temp", "85000"),
    ];

    fn config(max_celsius: Option<f64>) -> GovernorConfig {
        GovernorConfig {
            max_celsius,
            ..GovernorConfig::default()
        }
    }

    #[test]
    fn the_limit_is_below_the_trip_point_or_what_is_configured_or_the_usual_one() {
        let limit = |files: &[(&str, &str)], configured| {
            let (_root, board) = made_up::machine(files);
            Machine::new(&config(configured), board, Rate::new(2)).limit
        };
        assert_eq!(limit(&ZONE, None), 77.0);
        assert_eq!(limit(&ZONE, Some(60.0)), 60.0);
        assert_eq!(
            limit(&ZONE[..4], None),
            LIMIT_CELSIUS,
            "a critical point is too late"
        );
        assert_eq!(limit(&[], None), LIMIT_CELSIUS);
    }

    #[test]
    fn a_machine_that_gets_hot_has_its_rate_lowered_and_says_so_once() {
        let (root, board) = made_up::machine(&ZONE);
        let rate = Rate::new(2);
        let mut machine = Machine::new(&config(None), board, rate.clone());
        let heat = |to: &str| {
            let file = root.path().join("sys/class/thermal/thermal_zone0/temp");
            fs::write(file, to).expect("is written");
        };
        let mut seconds = 0;
        let mut look = |machine: &mut Machine| {
            seconds += 5;
            machine.look(Work::default(), Monotonic::from_millis(seconds * 1000))
        };
        assert!(!look(&mut machine));
        heat("77500\n");
        let told: Vec<_> = (0..10).map(|_| look(&mut machine)).collect();
        assert_eq!(told.iter().position(|news| *news), Some(0));
        assert_eq!(told.iter().filter(|news| **news).count(), 1);
        let report = machine.report();
        assert_eq!(
            (report.reason, report.temperature_c),
            (Some("temperature"), Some(77.5))
        );
        assert_eq!(rate.interval(15).as_millis(), 500, "the floor");
        heat("50000\n");
        let told = (0..100).filter(|_| look(&mut machine)).count();
        assert_eq!((told, machine.report().share), (1, 1.0));
    }
}
