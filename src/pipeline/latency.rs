//! How long frames took, lately and since the start, stage by stage. Pure, and bounded: a few hundred counters a stage, however
//! many frames.
//!
//! Times are sorted into steps, four for each doubling, so that a percentile is told at most a fifth too high. A frame is counted
//! once: what is no longer of the last minutes is added to what was before them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::pipeline::StageTimes;
use crate::types::{Monotonic, Times};

/// What is told is of the last two to four minutes.
const HALF: Duration = Duration::from_secs(120);
/// Everything up to this is in the first step.
const FIRST: Duration = Duration::from_micros(10);
const STEPS_A_DOUBLING: f64 = 4.0;
/// The last step holds everything from 140 seconds.
const STEPS: usize = 96;
/// The steps of a few of which the counts since the start are told: every doubling from 80 µs to 5.2 s. A browser that draws
/// all 96 for eight stages of each camera has nothing more to say.
const TOLD_STEPS: std::ops::RangeInclusive<usize> = 12..=76;
const STEPS_A_BUCKET: usize = 4;

/// What a frame's time goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// From the kernel's time-stamp until the pipeline takes the frame.
    HandOver,
    /// Making it readable.
    Decode,
    /// Looking for motion and at the view.
    Motion,
    /// Waiting for another camera's inference.
    Turn,
    /// Writing the input tensor.
    Convert,
    /// Running the model.
    Detect,
    /// Following people and deciding what to tell.
    Decide,
    /// From the kernel's time-stamp until its events are given to the outbox.
    Total,
}

impl Stage {
    /// Every stage, in the order of a frame's way.
    pub const ALL: [Self; 8] = [
        Self::HandOver,
        Self::Decode,
        Self::Motion,
        Self::Turn,
        Self::Convert,
        Self::Detect,
        Self::Decide,
        Self::Total,
    ];

    /// The name in `status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandOver => "hand_over",
            Self::Decode => "decode",
            Self::Motion => "motion",
            Self::Turn => "turn",
            Self::Convert => "convert",
            Self::Detect => "detect",
            Self::Decide => "decide",
            Self::Total => "total",
        }
    }
}

/// Half of the times are not longer than `p50`, ninety-nine of a hundred not longer than `p99`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// The median.
    pub p50: Duration,
    /// The slowest but one in a hundred.
    pub p99: Duration,
}

/// The times of one camera's frames.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    began: Monotonic,
    stages: BTreeMap<Stage, Recent>,
}

/// The half that is being counted, the one before, and everything earlier.
#[derive(Clone, Debug, Default)]
struct Recent {
    current: Histogram,
    before: Histogram,
    earlier: Earlier,
    sum: Duration,
}

#[derive(Clone, Debug)]
struct Histogram([u32; STEPS]);

#[derive(Clone, Debug)]
struct Earlier([u64; STEPS]);

impl Default for Earlier {
    fn default() -> Self {
        Self([0; STEPS])
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self([0; STEPS])
    }
}

impl Latency {
    /// Counts a frame that was captured, taken and decided on at these moments. A stage that took no time was not needed.
    pub fn add(
        &mut self,
        captured: Monotonic,
        taken: Monotonic,
        times: &StageTimes,
        done: Monotonic,
    ) {
        self.turn_over(done);
        let all = [
            (Stage::HandOver, taken.since(captured)),
            (Stage::Decode, times.decode),
            (Stage::Motion, times.motion),
            (Stage::Turn, times.turn),
            (Stage::Convert, times.convert),
            (Stage::Detect, times.detect),
            (Stage::Decide, times.decide),
            (Stage::Total, done.since(captured)),
        ];
        for (stage, time) in all.into_iter().filter(|(_, time)| !time.is_zero()) {
            let recent = self.stages.entry(stage).or_default();
            recent.current.add(time);
            recent.sum += time;
        }
    }

    /// How long each stage took in the last minutes, at `now`.
    pub fn recent(&self, now: Monotonic) -> Vec<(Stage, Percentiles)> {
        let mut latency = self.clone();
        latency.turn_over(now);
        let told = latency.stages.into_iter();
        told.filter_map(|(stage, recent)| Some((stage, recent.percentiles()?)))
            .collect()
    }

    /// How long this stage took since the start.
    pub fn since_start(&self, stage: Stage) -> Times {
        self.stages
            .get(&stage)
            .map_or_else(|| Recent::default().times(), Recent::times)
    }

    fn turn_over(&mut self, now: Monotonic) {
        let age = now.since(self.began);
        if age < HALF {
            return;
        }
        self.began = now;
        for recent in self.stages.values_mut() {
            recent.pass();
            if age >= HALF * 2 {
                recent.pass();
            }
        }
    }
}

impl Recent {
    /// A half is over.
    fn pass(&mut self) {
        let oldest = std::mem::replace(&mut self.before, std::mem::take(&mut self.current));
        for (count, more) in self.earlier.0.iter_mut().zip(oldest.0) {
            *count += u64::from(more);
        }
    }

    fn times(&self) -> Times {
        let halves = self.current.0.iter().zip(self.before.0);
        let counts = self.earlier.0.iter().zip(halves);
        let upto: Vec<u64> = counts
            .scan(0, |sum, (earlier, (current, before))| {
                *sum += earlier + u64::from(*current) + u64::from(before);
                Some(*sum)
            })
            .collect();
        Times {
            buckets: TOLD_STEPS
                .step_by(STEPS_A_BUCKET)
                .map(|step| (upper_end(step), upto[step]))
                .collect(),
            count: upto[STEPS - 1],
            sum: self.sum,
        }
    }

    fn percentiles(&self) -> Option<Percentiles> {
        let mut all = self.current.clone();
        for (count, before) in all.0.iter_mut().zip(self.before.0) {
            *count += before;
        }
        Some(Percentiles {
            p50: all.percentile(50)?,
            p99: all.percentile(99)?,
        })
    }
}

impl Histogram {
    fn add(&mut self, time: Duration) {
        let count = &mut self.0[step(time)];
        *count = count.saturating_add(1);
    }

    /// The upper end of the step in which the time of this rank lies; `None` for no times.
    fn percentile(&self, percent: u64) -> Option<Duration> {
        let total: u64 = self.0.iter().map(|count| u64::from(*count)).sum();
        let rank = (total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let at = self.0.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        at.map(upper_end)
    }
}

/// The step that a time lies in.
fn step(time: Duration) -> usize {
    let doublings = (time.as_secs_f64() / FIRST.as_secs_f64()).log2().max(0.0);
    ((doublings * STEPS_A_DOUBLING).ceil() as usize).min(STEPS - 1)
}

fn upper_end(step: usize) -> Duration {
    FIRST.mul_f64((step as f64 / STEPS_A_DOUBLING).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> Monotonic {
        Monotonic::from_millis(ms)
    }

    fn total(latency: &Latency, now: Monotonic) -> Option<Percentiles> {
        let recent = latency.recent(now);
        let total = recent.iter().find(|(stage, _)| *stage == Stage::Total);
        total.map(|(_, percentiles)| *percentiles)
    }

    #[test]
    fn the_slow_frame_in_a_hundred_shows_and_stages_that_were_not_needed_do_not() {
        let mut latency = Latency::default();
        let times = StageTimes {
            decode: Duration::from_millis(2),
            ..StageTimes::default()
        };
        for frame in 0..100 {
            let ms = if frame < 98 { 40 } else { 900 };
            latency.add(
                at(frame * 100),
                at(frame * 100 + 1),
                &times,
                at(frame * 100 + ms),
            );
        }
        let names: Vec<_> = latency
            .recent(at(10_000))
            .iter()
            .map(|(stage, _)| stage.name())
            .collect();
        assert_eq!(names, ["hand_over", "decode", "total"]);
        let Percentiles { p50, p99 } = total(&latency, at(10_000)).expect("frames came");
        assert!((40..=48).contains(&p50.as_millis()), "{p50:?}");
        assert!((900..=1071).contains(&p99.as_millis()), "{p99:?}");
    }

    #[test]
    fn what_is_older_than_four_minutes_is_forgotten() {
        let mut latency = Latency::default();
        let begin = 1_000_000;
        latency.add(at(begin), at(begin), &StageTimes::default(), at(begin + 50));
        assert!(total(&latency, at(begin + 119_000)).is_some());
        latency.add(
            at(begin + 130_000),
            at(begin + 130_000),
            &StageTimes::default(),
            at(begin + 130_500),
        );
        let both = total(&latency, at(begin + 131_000)).expect("two frames");
        assert!(both.p50 < Duration::from_millis(70) && both.p99 > Duration::from_millis(400));
        assert!(total(&latency, at(begin + 131_000 + 240_000)).is_none());
    }

    #[test]
    fn every_frame_since_the_start_is_counted_once_however_long_ago() {
        let mut latency = Latency::default();
        let seconds = [0, 1, 100, 130, 131, 300, 1000, 1001, 1500];
        for second in seconds {
            let captured = at(second * 1000);
            let taken = captured + Duration::from_millis(3);
            let done = taken + Duration::from_millis(40);
            latency.add(captured, taken, &StageTimes::default(), done);
        }
        let told = latency.since_start(Stage::Total);
        assert_eq!((told.count, told.sum), (9, Duration::from_millis(43 * 9)));
        let upto = |micros| {
            let limit = Duration::from_micros(micros);
            told.buckets.iter().find(|(at, _)| *at == limit)
        };
        assert_eq!(upto(40_960).map(|(_, n)| *n), Some(0));
        assert_eq!(upto(81_920).map(|(_, n)| *n), Some(9));
        assert_eq!(told.buckets.len(), 17);
        assert_eq!(told.buckets[0].0, Duration::from_micros(80));
        assert_eq!(latency.since_start(Stage::Detect).count, 0);
    }

    proptest! {
        #[test]
        fn a_time_is_told_at_most_a_fifth_too_high(micros in 10u64..100_000_000) {
            let time = Duration::from_micros(micros);
            let told = upper_end(step(time));
            prop_assert!(told >= time.mul_f64(0.999_999) && told <= time.mul_f64(1.19), "{time:?} as {told:?}");
        }
    }
}
