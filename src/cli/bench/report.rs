//! How measured times spread, as a table or as JSON.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::Layout;
use crate::detect::ModelInfo;
use crate::pipeline::StageTimes;
use crate::types::Size;

/// Everything that one run measured.
#[derive(Debug, Serialize)]
pub struct Report {
    model: String,
    backend: &'static str,
    engine: String,
    frame: String,
    frames: usize,
    stages: Vec<Stage>,
    frames_per_second: f64,
    /// p50 of everything but inference, in milliseconds.
    overhead_ms: f64,
    resident_mb: f64,
    peak_resident_mb: f64,
    #[serde(skip)]
    overhead: Vec<Duration>,
}

/// One stage's times in milliseconds.
#[derive(Debug, Serialize)]
struct Stage {
    name: &'static str,
    p50_ms: f64,
    p99_ms: f64,
    #[serde(skip)]
    times: Vec<Duration>,
}

impl Report {
    /// An empty report.
    pub fn new(model: &ModelInfo, layout: Layout, size: Size) -> Self {
        let stage = |name| Stage {
            name,
            p50_ms: 0.0,
            p99_ms: 0.0,
            times: Vec::new(),
        };
        let names = [
            "decode",
            "motion",
            "convert",
            "detect",
            "track and decide",
            "whole frame",
        ];
        Self {
            model: format!("{} {}", model.name, model.version),
            backend: model.backend,
            engine: model.engine.clone(),
            frame: format!("{layout:?} {size}"),
            frames: 0,
            stages: names.map(stage).into(),
            frames_per_second: 0.0,
            overhead_ms: 0.0,
            resident_mb: 0.0,
            peak_resident_mb: 0.0,
            overhead: Vec::new(),
        }
    }

    /// Adds one frame.
    pub fn add(&mut self, times: &StageTimes, whole: Duration) {
        let StageTimes {
            decode,
            motion,
            convert,
            detect,
            decide,
        } = *times;
        let laps = [decode, motion, convert, detect, decide, whole];
        for (stage, time) in self.stages.iter_mut().zip(laps) {
            stage.times.push(time);
        }
        self.overhead.push(whole.saturating_sub(detect));
        self.frames += 1;
    }

    /// Prints the report to standard output.
    pub fn print(mut self, json: bool) -> anyhow::Result<()> {
        for stage in &mut self.stages {
            stage.p50_ms = percentile(&mut stage.times, 0.50);
            stage.p99_ms = percentile(&mut stage.times, 0.99);
        }
        self.overhead_ms = percentile(&mut self.overhead, 0.50);
        let whole = &self.stages.last().expect("six stages").times;
        let total: Duration = whole.iter().sum();
        self.frames_per_second = self.frames as f64 / total.as_secs_f64().max(1e-9);
        let status = std::fs::read_to_string("/proc/self/status").context("no /proc")?;
        self.resident_mb = megabytes(&status, "VmRSS:");
        self.peak_resident_mb = megabytes(&status, "VmHWM:");
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer_pretty(&mut out, &self)?;
            return Ok(writeln!(out)?);
        }
        writeln!(
            out,
            "{} on {} ({}), {}, {} frames, one core",
            self.model, self.backend, self.engine, self.frame, self.frames
        )?;
        writeln!(out, "{:<18}{:>10}{:>10}", "stage", "p50 ms", "p99 ms")?;
        for stage in &self.stages {
            writeln!(
                out,
                "{:<18}{:>10.3}{:>10.3}",
                stage.name, stage.p50_ms, stage.p99_ms
            )?;
        }
        writeln!(out, "everything but inference: {:.3} ms", self.overhead_ms)?;
        writeln!(out, "frames a second: {:.1}", self.frames_per_second)?;
        writeln!(
            out,
            "resident memory: {:.0} MB, at most {:.0} MB",
            self.resident_mb, self.peak_resident_mb
        )?;
        Ok(())
    }
}

/// Nearest-rank percentile in milliseconds; sorts `times`.
fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let rank = (share * times.len() as f64).ceil() as usize;
    let time = times
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default();
    time.as_secs_f64() * 1e3
}

/// A field of /proc/self/status, which is in KiB, in megabytes.
fn megabytes(status: &str, field: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib: f64 = line
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0.0);
    kib * 1024.0 / 1e6
}
