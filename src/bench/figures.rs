//! The raw figures of one or more rounds → what people and scripts read. Pure.

use std::time::Duration;

use serde::Serialize;

use super::spread::{Spread, ms};
use super::{Energy, Known, Laps, Run, RunMemory};
use crate::telemetry::MeterInfo;
use crate::telemetry::energy::{Drawn, per_frame};
use crate::telemetry::process::CpuTime;
use crate::telemetry::thermal::Temperature;
use crate::telemetry::throttle::{ClockRate, Verdict};

/// Meters average over a tenth of a second; over less than this their first and last reading count for too much.
const METERED_MIN: Duration = Duration::from_secs(1);

/// The figures of one variant over all its rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// How many frames were timed.
    pub frames: usize,
    /// How the times of each stage spread; the last one is the whole frame.
    pub stages: Vec<Stage>,
    /// Frames a second, one after the other.
    pub frames_per_second: f64,
    /// Median of everything but inference.
    pub overhead_ms: f64,
    /// Processor time of a frame on all threads, user and system together.
    pub cpu_ms_per_frame: f64,
    /// The user's part of it.
    pub cpu_user_ms_per_frame: f64,
    /// The kernel's part of it.
    pub cpu_system_ms_per_frame: f64,
    /// Median time to read, check and load the model and to run it once.
    pub open_ms: f64,
    /// Memory of the process; the largest of all rounds.
    pub memory: Known<MemoryFigures>,
    /// Energy of a frame.
    pub energy: Known<EnergyFigures>,
    /// The hottest that the processor was at the end of a round.
    pub temperature: Known<Temperature>,
    /// Whether the processor was slowed down.
    pub throttled: Known<bool>,
    /// What slowed it down.
    pub throttled_by: Vec<String>,
    /// The processor's clock at the end of the last round.
    pub clock: Option<ClockRate>,
}

/// How the times of one stage spread, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Stage {
    /// The stage.
    pub name: &'static str,
    /// Mean.
    pub mean_ms: f64,
    /// Median.
    pub p50_ms: f64,
    /// 90th percentile.
    pub p90_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// Memory of the process in megabytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MemoryFigures {
    /// Resident after the last frame.
    pub resident_mb: f64,
    /// The most that was resident, opening included.
    pub peak_mb: f64,
    /// Whether the kernel let the peak begin there; else it covers the making of frames too.
    pub peak_is_of_model: bool,
    /// Resident before the model was opened: the program and the frames of the bench.
    pub before_mb: f64,
}

/// Energy of a frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnergyFigures {
    /// What measured it.
    pub meter: MeterInfo,
    /// All that was drawn, shared out among the frames, in millijoules.
    pub gross_mj_per_frame: f64,
    /// What was drawn above the idle machine's power, in millijoules.
    pub net_mj_per_frame: f64,
    /// Power of the idle machine.
    pub idle_w: f64,
    /// Mean power while frames ran.
    pub busy_w: f64,
}

impl Figures {
    /// The figures of `rounds`; `None` without a single frame.
    pub fn of(rounds: &[Run]) -> Option<Self> {
        let laps: Vec<Laps> = rounds
            .iter()
            .flat_map(|run| &run.measured.laps)
            .copied()
            .collect();
        let frames = laps.len();
        let total: Duration = laps.iter().map(|lap| lap.whole).sum();
        let overhead = laps.iter().map(|lap| lap.whole.saturating_sub(lap.detect));
        let cpu = rounds
            .iter()
            .fold(CpuTime::default(), |sum, run| sum.and(run.measured.cpu));
        let per_frame = |time: Duration| ms(time) / frames as f64;
        let (throttled, throttled_by) = throttled(rounds);
        Some(Self {
            frames,
            stages: stages(&laps)?,
            frames_per_second: frames as f64 / total.as_secs_f64().max(1e-9),
            overhead_ms: Spread::of(overhead)?.p50_ms,
            cpu_ms_per_frame: per_frame(cpu.total()),
            cpu_user_ms_per_frame: per_frame(cpu.user),
            cpu_system_ms_per_frame: per_frame(cpu.system),
            open_ms: median(rounds.iter().map(|run| run.open_ms))?,
            memory: memory(rounds),
            energy: energy(rounds, frames),
            temperature: temperature(rounds),
            throttled,
            throttled_by,
            clock: rounds.last().and_then(|run| run.measured.throttle.clock),
        })
    }

    /// The whole frame.
    pub fn whole(&self) -> &Stage {
        self.stages.last().expect("the whole frame is always there")
    }
}

/// What a stage is called, and its time in a frame's laps.
type Lap = (&'static str, fn(&Laps) -> Duration);

fn stages(laps: &[Laps]) -> Option<Vec<Stage>> {
    let all: [Lap; 6] = [
        ("decode", |lap| lap.decode),
        ("motion", |lap| lap.motion),
        ("convert", |lap| lap.convert),
        ("detect", |lap| lap.detect),
        ("track and decide", |lap| lap.decide),
        ("whole frame", |lap| lap.whole),
    ];
    let stage = |(name, time): Lap| {
        let spread = Spread::of(laps.iter().map(time))?;
        Some(Stage {
            name,
            mean_ms: spread.mean_ms,
            p50_ms: spread.p50_ms,
            p90_ms: spread.p90_ms,
            p99_ms: spread.p99_ms,
            max_ms: spread.max_ms,
        })
    };
    all.into_iter().map(stage).collect()
}

fn memory(rounds: &[Run]) -> Known<MemoryFigures> {
    let mut all: Vec<RunMemory> = Vec::new();
    for run in rounds {
        match &run.memory {
            Known::Measured(memory) => all.push(*memory),
            Known::NotMeasurable(reasons) => return Known::NotMeasurable(reasons.clone()),
        }
    }
    let largest_mb = |bytes: fn(&RunMemory) -> u64| {
        let largest = all.iter().map(bytes).max();
        largest.unwrap_or(0) as f64 / 1e6
    };
    Known::Measured(MemoryFigures {
        resident_mb: largest_mb(|memory| memory.resident_bytes),
        peak_mb: largest_mb(|memory| memory.peak_bytes),
        peak_is_of_model: rounds.iter().all(|run| run.measured.peak_began_here),
        before_mb: largest_mb(|memory| memory.before_bytes),
    })
}

/// The joules of all rounds together; reasons when any round has none.
fn energy(rounds: &[Run], frames: usize) -> Known<EnergyFigures> {
    let mut all: Vec<&Energy> = Vec::new();
    for run in rounds {
        match &run.measured.energy {
            Known::Measured(energy) => all.push(energy),
            Known::NotMeasurable(reasons) => return Known::NotMeasurable(reasons.clone()),
        }
    }
    let drawn = |energy: &&Energy| Drawn {
        joules: energy.busy_j,
        over: energy.busy,
    };
    let busy = all.iter().map(drawn).fold(Drawn::default(), Drawn::and);
    if busy.over < METERED_MIN {
        let over = busy.over.as_secs_f64();
        let reason = format!("the frames ran for {over:.1} s, a meter needs 1 s: --frames");
        return Known::NotMeasurable(vec![reason]);
    }
    let idle_w = mean(all.iter().map(|energy| energy.idle_w));
    let figures = || {
        let share = per_frame(busy, idle_w?, frames)?;
        Some(EnergyFigures {
            meter: all.first()?.meter.clone(),
            gross_mj_per_frame: share.gross_j * 1e3,
            net_mj_per_frame: share.net_j * 1e3,
            idle_w: idle_w?,
            busy_w: busy.watts()?,
        })
    };
    figures().map_or_else(|| Known::NotMeasurable(Vec::new()), Known::Measured)
}

fn temperature(rounds: &[Run]) -> Known<Temperature> {
    let temperatures = || rounds.iter().map(|run| &run.measured.temperature);
    let hottest = temperatures()
        .filter_map(Known::measured)
        .max_by(|a, b| a.celsius.total_cmp(&b.celsius));
    match hottest {
        Some(hottest) => Known::Measured(hottest.clone()),
        None => temperatures()
            .next()
            .cloned()
            .unwrap_or(Known::NotMeasurable(Vec::new())),
    }
}

fn throttled(rounds: &[Run]) -> (Known<bool>, Vec<String>) {
    let verdicts: Vec<&Verdict> = rounds.iter().map(|run| &run.measured.throttle).collect();
    let mut how: Vec<String> = Vec::new();
    for word in verdicts.iter().flat_map(|verdict| &verdict.how) {
        if !how.contains(word) {
            how.push(word.clone());
        }
    }
    let told = verdicts.iter().filter_map(|verdict| verdict.throttled);
    let known = match told.reduce(|a, b| a || b) {
        Some(throttled) => Known::Measured(throttled),
        None => {
            let reasons = verdicts.first().map(|verdict| verdict.reasons.clone());
            Known::NotMeasurable(reasons.unwrap_or_default())
        }
    };
    (known, how)
}

/// How many times as long as another variant's one variant's frames take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// Median over the rounds.
    pub median: f64,
    /// In the round where it was smallest.
    pub min: f64,
    /// In the round where it was largest.
    pub max: f64,
}

/// The ratio of the median frame of `rounds` to that of `first`, round by round, so that what slows the machine down for a
/// while slows both down.
pub fn ratio(rounds: &[Run], first: &[Run]) -> Option<Ratio> {
    let median_ms = |run: &Run| Spread::of(run.measured.laps.iter().map(|lap| lap.whole));
    let ratio =
        |(run, first): (&Run, &Run)| Some(median_ms(run)?.p50_ms / median_ms(first)?.p50_ms);
    let ratios: Vec<f64> = rounds.iter().zip(first).filter_map(ratio).collect();
    Some(Ratio {
        median: median(ratios.iter().copied())?,
        min: ratios.iter().copied().reduce(f64::min)?,
        max: ratios.iter().copied().reduce(f64::max)?,
    })
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests;
