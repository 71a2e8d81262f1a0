//! One variant on one screen.

use std::fmt::{self, Formatter};

use super::super::report::{Report, Row};
use crate::bench::{Figures, ModelFacts};

/// Every stage, then everything else a line each.
pub fn write(
    f: &mut Formatter<'_>,
    report: &Report,
    row: &Row,
    model: &ModelFacts,
    figures: &Figures,
) -> fmt::Result {
    let threads = row.asked.threads;
    writeln!(
        f,
        "{} {} on {} ({}), {threads} thread{}; {}, {} frames",
        model.name,
        model.version,
        super::engine(model),
        model.providers.join(", "),
        if threads == 1 { "" } else { "s" },
        super::frame(report),
        figures.frames,
    )?;
    writeln!(f, "{}\n", super::machine(&report.machine))?;
    writeln!(
        f,
        "{:<18}{:>9}{:>9}{:>9}{:>9}",
        "stage, ms", "p50", "p90", "p99", "max"
    )?;
    for stage in &figures.stages {
        writeln!(
            f,
            "{:<18}{:>9.3}{:>9.3}{:>9.3}{:>9.3}",
            stage.name, stage.p50_ms, stage.p90_ms, stage.p99_ms, stage.max_ms
        )?;
    }
    writeln!(f)?;
    let mut lines = costs(report, model, figures);
    lines.extend(super::surroundings(report, figures));
    lines.extend(model.not_used.iter().map(|why| ("not used", why.clone())));
    for (name, line) in lines {
        writeln!(f, "{name:<12}  {line}")?;
    }
    Ok(())
}

fn costs(report: &Report, model: &ModelFacts, figures: &Figures) -> Vec<(&'static str, String)> {
    let fps = report.wanted_fps;
    let (p90, wanted) = (figures.whole().p90_ms, 1000.0 / fps);
    let holds = match p90 <= wanted {
        true => "holds",
        false => "does not hold",
    };
    vec![
        (
            "throughput",
            format!(
                "{:.1} frames a second one after the other; {holds} {fps} (p90 {p90:.1} of {wanted:.1} ms)",
                figures.frames_per_second
            ),
        ),
        (
            "but detect",
            format!("{:.3} ms, all stages but inference", figures.overhead_ms),
        ),
        (
            "cpu",
            format!(
                "{:.2} ms a frame (user {:.2}, system {:.2}); {:.1} % of a core at {fps} frames a second",
                figures.cpu_ms_per_frame,
                figures.cpu_user_ms_per_frame,
                figures.cpu_system_ms_per_frame,
                figures.cpu_ms_per_frame * fps / 10.0,
            ),
        ),
        ("memory", memory(figures)),
        (
            "start",
            format!("{:.0} ms to open the model", figures.open_ms),
        ),
        (
            "accuracy",
            model.accuracy.as_ref().map_or_else(
                || "not in the manifest".to_owned(),
                |known| {
                    format!(
                        "AP50 {:.1} on {}, by the manifest",
                        known.ap50, known.dataset
                    )
                },
            ),
        ),
    ]
}

fn memory(figures: &Figures) -> String {
    super::known(&figures.memory, |memory| {
        format!(
            "{:.0} MB resident, {:.0} MB at most; {:.0} MB before the model was opened",
            memory.resident_mb, memory.peak_mb, memory.before_mb
        )
    })
}
