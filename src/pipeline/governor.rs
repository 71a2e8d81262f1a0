//! How much of the wanted frame rate the machine can bear, from its temperature and from the frames it does not get to.
//! Pure: takes a reading every [`EVERY`], gives an [`Order`].
//!
//! Heat: within the last [`BAND`] degrees below the limit the share falls from 1 to 0, so the machine settles somewhere
//! within the band, where the heat that is made is the heat that is carried away. A share that follows the temperature
//! smoothly has nothing to swing between, which steps up and down would have. A small board under a heavy load warms by
//! more than the band between two readings: what counts is where the temperature will be at the next one.
//!
//! Load: when a good part of the frames is overwritten before it is looked at, the rate falls to what was done, which leaves
//! out the same number of frames, but evenly. It rises again step by step, later after each step that was too early.

use std::time::Duration;

use crate::types::Monotonic;

/// Time between two readings.
pub const EVERY: Duration = Duration::from_secs(5);
/// The rate is lowered from so many degrees below the limit.
const BAND: f64 = 6.0;
/// It is given free only so many degrees below that.
const RELEASE: f64 = 3.0;
/// A rise between two readings is believed beyond so many degrees: sensors count whole ones.
const SENSOR_STEP: f64 = 1.0;
/// Until then it is never quite the whole rate: what the last twentieth heats must be less than `RELEASE`.
const HELD_MAX: f64 = 0.95;
/// Part of the way to its aim that the share goes in one reading. Down is urgent.
const DOWN: f64 = 0.5;
const UP: f64 = 0.1;
/// The machine is overloaded when more than this share of the frames was overwritten.
const OVERWRITTEN_MAX: f64 = 0.25;
/// While its rate is held down it is still overloaded above this, and has time to spare below.
const OVERWRITTEN_HELD_MAX: f64 = 0.1;
/// Weight of a reading in the running share of overwritten frames: about half a minute counts.
const OVERWRITTEN_WEIGHT: f64 = 0.15;
/// However much is overwritten, this share of the rate is tried.
const LOAD_SHARE_MIN: f64 = 0.1;
/// How much the rate rises when there was time to spare, and after how long: first, and at most.
const RISE: f64 = 1.25;
const RISE_AFTER: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(600));

/// What the machine tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// The processor's temperature, where there is one.
    pub celsius: Option<f64>,
    /// Share of the frames since the reading before that were overwritten, 0–1; `None` when none came.
    pub overwritten: Option<f64>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Share of the wanted frame rate, 0–1.
    pub share: f64,
    /// Why, while the rate is held down.
    pub reason: Option<Reason>,
}

/// Why the rate is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The processor is close to the limit.
    Temperature,
    /// More frames come than can be looked at.
    Load,
}

impl Reason {
    /// The `reason` in `status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Load => "load",
        }
    }
}

/// Holds the rate down when it must be.
#[derive(Debug)]
pub struct Governor {
    heat: Heat,
    load: Load,
}

#[derive(Debug)]
struct Heat {
    limit: f64,
    share: f64,
    held: bool,
    /// The reading before.
    before: Option<f64>,
}

#[derive(Debug)]
struct Load {
    share: f64,
    overwritten: f64,
    /// Since when there is time to spare.
    calm_since: Option<Monotonic>,
    rise_after: Duration,
    rose_at: Option<Monotonic>,
}

impl Governor {
    /// Keeps the processor below `limit` degrees.
    pub const fn new(limit: f64) -> Self {
        Self {
            heat: Heat {
                limit,
                share: 1.0,
                held: false,
                before: None,
            },
            load: Load {
                share: 1.0,
                overwritten: 0.0,
                calm_since: None,
                rise_after: RISE_AFTER.0,
                rose_at: None,
            },
        }
    }

    /// What is to be done after this reading.
    pub fn observe(&mut self, reading: Reading, now: Monotonic) -> Order {
        if let Some(celsius) = reading.celsius {
            self.heat.observe(celsius);
        }
        if let Some(overwritten) = reading.overwritten {
            self.load.observe(overwritten, now);
        }
        let (heat, load) = (self.heat.share, self.load.share);
        let reason = if self.heat.held && heat <= load {
            Some(Reason::Temperature)
        } else {
            (load < 1.0).then_some(Reason::Load)
        };
        Order {
            share: heat.min(load),
            reason,
        }
    }
}

impl Heat {
    fn observe(&mut self, celsius: f64) {
        let room = self.limit - self.expected(celsius);
        self.held = room < BAND + if self.held { RELEASE } else { 0.0 };
        let aim = if self.held {
            (room / BAND).clamp(0.0, HELD_MAX)
        } else {
            1.0
        };
        let part = if aim < self.share { DOWN } else { UP };
        self.share += (aim - self.share) * part;
        if !self.held && self.share > HELD_MAX {
            self.share = 1.0;
        }
        // Until it is there, it is still held down by what the heat was.
        self.held |= self.share < 1.0;
    }

    /// Where the temperature will be at the next reading if it goes on rising as it did.
    fn expected(&mut self, celsius: f64) -> f64 {
        let before = self.before.replace(celsius).unwrap_or(celsius);
        celsius + (celsius - before - SENSOR_STEP).max(0.0)
    }
}

impl Load {
    fn observe(&mut self, overwritten: f64, now: Monotonic) {
        self.overwritten += (overwritten - self.overwritten) * OVERWRITTEN_WEIGHT;
        let bearable = if self.share < 1.0 {
            OVERWRITTEN_HELD_MAX
        } else {
            OVERWRITTEN_MAX
        };
        if self.overwritten > bearable {
            self.fall(now);
        } else {
            self.rise(now);
        }
    }

    fn fall(&mut self, now: Monotonic) {
        let too_early = self.rose_at.is_some_and(|at| now.since(at) < RISE_AFTER.1);
        self.rise_after = if too_early {
            (self.rise_after * 2).min(RISE_AFTER.1)
        } else {
            RISE_AFTER.0
        };
        self.share = (self.share * (1.0 - self.overwritten)).max(LOAD_SHARE_MIN);
        // What comes from now on is judged anew.
        self.overwritten = 0.0;
        self.calm_since = None;
    }

    fn rise(&mut self, now: Monotonic) {
        let since = *self.calm_since.get_or_insert(now);
        if self.share < 1.0 && now.since(since) >= self.rise_after {
            self.share = (self.share * RISE).min(1.0);
            self.rose_at = Some(now);
            self.calm_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: f64 = 80.0;

    /// A processor with a first-order thermal model: idle it settles at `idle` degrees, at the full rate `load` above that,
    /// with this time constant. Its sensor counts whole degrees.
    #[derive(Clone, Copy, Debug)]
    struct Machine {
        idle: f64,
        load: f64,
        time_constant_s: f64,
    }

    /// What happened in one reading.
    #[derive(Clone, Copy, Debug)]
    struct Moment {
        celsius: f64,
        order: Order,
    }

    /// Runs the machine for so many readings, from `celsius` on.
    fn run(machine: Machine, governor: &mut Governor, celsius: f64, readings: u64) -> Vec<Moment> {
        let (mut celsius, mut share) = (celsius, 1.0);
        let moment = |i: u64| {
            let settles = machine.idle + machine.load * share;
            let part = 1.0 - (-EVERY.as_secs_f64() / machine.time_constant_s).exp();
            celsius += (settles - celsius) * part;
            let reading = Reading {
                celsius: Some(celsius.round()),
                overwritten: Some(0.0),
            };
            let order = governor.observe(reading, Monotonic::default() + EVERY * i as u32);
            share = order.share;
            Moment { celsius, order }
        };
        (0..readings).map(moment).collect()
    }

    proptest! {
        #[test]
        fn no_machine_gets_hotter_than_the_limit_and_its_rate_settles(
            idle in 30f64..60.0, load in 5f64..60.0, time_constant_s in 30f64..600.0,
        ) {
            let machine = Machine { idle, load, time_constant_s };
            let moments = run(machine, &mut Governor::new(LIMIT), idle, 2000);
            let hottest = moments.iter().map(|moment| moment.celsius).fold(0.0, f64::max);
            prop_assert!(hottest < LIMIT, "{hottest}");
            let settled = moments[1500..].iter().map(|moment| moment.order.share);
            let (low, high) = settled.fold((1.0, 0.0), |(l, h), s| (f64::min(l, s), f64::max(h, s)));
            prop_assert!(high - low < 0.2, "{low}–{high}");
            // What it could do without getting hot it does.
            if idle + load < LIMIT - BAND - RELEASE - 1.0 {
                prop_assert_eq!(low, 1.0);
            }
        }
    }

    #[test]
    fn a_small_board_that_warms_by_more_than_the_band_between_two_readings_stays_below_the_limit() {
        let board = Machine {
            idle: 59.3,
            load: 58.7,
            time_constant_s: 30.0,
        };
        let moments = run(board, &mut Governor::new(LIMIT), board.idle, 200);
        assert!(moments.iter().all(|moment| moment.celsius < LIMIT));
    }

    #[test]
    fn when_it_gets_cool_again_the_rate_comes_back_once_and_stays() {
        let hot = Machine {
            idle: 45.0,
            load: 50.0,
            time_constant_s: 90.0,
        };
        let mut governor = Governor::new(LIMIT);
        let moments = run(hot, &mut governor, 45.0, 400);
        let last = moments[399];
        assert_eq!(last.order.reason, Some(Reason::Temperature));
        assert!((0.4..0.8).contains(&last.order.share), "{last:?}");
        let cool = Machine { idle: 15.0, ..hot };
        let moments = run(cool, &mut governor, last.celsius, 400);
        let held = |moment: &Moment| moment.order.reason.is_some();
        let changes = moments
            .windows(2)
            .filter(|pair| held(&pair[0]) != held(&pair[1]));
        assert_eq!(changes.count(), 1);
        assert_eq!(moments[399].order.share, 1.0);
    }

    #[test]
    fn it_says_so_before_the_limit_and_not_for_a_degree_up_and_down() {
        let mut governor = Governor::new(LIMIT);
        let mut held = |celsius| {
            let reading = Reading {
                celsius: Some(celsius),
                overwritten: None,
            };
            governor
                .observe(reading, Monotonic::default())
                .reason
                .is_some()
        };
        assert!(!held(74.0));
        assert!(held(75.0));
        for _ in 0..50 {
            assert!(held(73.0) && held(74.0));
        }
    }

    /// A machine that can look at `can` of the frames that a camera sends at the full rate; gives the shares that it was
    /// ordered.
    fn overloaded(governor: &mut Governor, can: f64, from: u64, readings: u64) -> Vec<f64> {
        let mut share = 1.0;
        let order = |i: u64| {
            let reading = Reading {
                celsius: None,
                overwritten: Some(1.0 - (can / share).min(1.0)),
            };
            let now = Monotonic::default() + EVERY * (from + i) as u32;
            share = governor.observe(reading, now).share;
            share
        };
        (0..readings).map(order).collect()
    }

    #[test]
    fn an_overloaded_machine_does_what_it_can_and_tries_more_ever_more_seldom() {
        let mut governor = Governor::new(LIMIT);
        let shares = overloaded(&mut governor, 0.4, 0, 1440);
        let tries = |shares: &[f64]| shares.windows(2).filter(|pair| pair[1] > pair[0]).count();
        assert!(shares.iter().all(|share| *share >= 0.2), "{shares:?}");
        // Two hours: in the last one, at most one try in ten minutes.
        assert!(tries(&shares[720..]) <= 7, "{}", tries(&shares[720..]));
        assert!(tries(&shares[..720]) >= 1);
        let shares = overloaded(&mut governor, 1.0, 1440, 1440);
        assert_eq!(shares[1439], 1.0, "it recovers");
    }

    #[test]
    fn a_burst_of_overwritten_frames_is_no_overload() {
        let mut governor = Governor::new(LIMIT);
        for i in 0..100 {
            let reading = Reading {
                celsius: None,
                overwritten: Some(if i % 10 == 0 { 0.8 } else { 0.0 }),
            };
            let order = governor.observe(reading, Monotonic::default() + EVERY * i);
            assert_eq!(
                order,
                Order {
                    share: 1.0,
                    reason: None
                }
            );
        }
    }
}
