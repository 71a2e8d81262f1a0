//! Several variants, a line each, and which to take.

use std::fmt::{self, Formatter};

use super::super::report::{Recommendation, Report, Row};
use crate::bench::{Figures, ModelFacts, Ratio};

/// Rounds that differ by more than this make a ratio doubtful.
const NOISE: f64 = 0.2;
const DASH: &str = "–";

/// The table, what is known about the machine, and the recommendation.
pub fn write(f: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    let frames = report.variants.iter().find_map(|row| row.figures.as_ref());
    writeln!(
        f,
        "{}, {} frames of each variant in {} rounds by turns",
        super::frame(report),
        frames.map_or(0, |figures| figures.frames),
        report.rounds,
    )?;
    writeln!(f, "{}\n", super::machine(&report.machine))?;
    table(f, report)?;
    writeln!(
        f,
        "\nms: the whole frame; cpu: processor ms a frame, all threads; ratio: p50 to the first; MB: resident, at most;\n\
         mJ: a frame, above idle"
    )?;
    failures(f, report)?;
    noise(f, report)?;
    not_used(f, report)?;
    surroundings(f, report)?;
    match &report.recommendation {
        Some(recommendation) => recommend(f, report, recommendation),
        None => Ok(()),
    }
}

fn table(f: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    let labels: Vec<[String; 4]> = report.variants.iter().map(label).collect();
    let width = |column: usize| {
        let widths = labels.iter().map(|label| label[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let all = widths.iter().sum::<usize>() + 2 * widths.len();
    writeln!(
        f,
        "   {:all$}{:>6} {:>7} {:>7} {:>7} {:>6} {:>4} {:>4} {:>6} {:>5}",
        "", "fps", "ms p50", "ms p99", "cpu", "ratio", "MB", "max", "mJ", "AP50"
    )?;
    for (row, label) in report.variants.iter().zip(&labels) {
        write!(f, "{:2} ", row.name)?;
        for (word, width) in label.iter().zip(widths) {
            write!(f, "{word:width$}  ")?;
        }
        match (&row.model, &row.figures) {
            (Some(model), Some(figures)) => figures_of(f, row, model, figures)?,
            _ => writeln!(f, "not measured, see below")?,
        }
    }
    Ok(())
}

/// Model, engine, providers and threads, as they were when it ran, or as they were asked for.
fn label(row: &Row) -> [String; 4] {
    let asked = &row.asked;
    let threads = format!("{}t", asked.threads);
    match &row.model {
        Some(model) => [
            format!("{} {}", model.name, model.version),
            model.backend.clone(),
            model.providers.join("+"),
            threads,
        ],
        None => [
            asked.model.clone(),
            asked.backend.name().to_owned(),
            asked.providers.join("+"),
            threads,
        ],
    }
}

fn figures_of(
    f: &mut Formatter<'_>,
    row: &Row,
    model: &ModelFacts,
    figures: &Figures,
) -> fmt::Result {
    let or_dash = |number: Option<f64>, digits: usize| {
        number.map_or_else(|| DASH.to_owned(), |number| format!("{number:.digits$}"))
    };
    let (memory, energy) = (figures.memory.measured(), figures.energy.measured());
    writeln!(
        f,
        "{:>6.1} {:>7.2} {:>7.2} {:>7.2} {:>6} {:>4} {:>4} {:>6} {:>5}",
        figures.frames_per_second,
        figures.whole().p50_ms,
        figures.whole().p99_ms,
        figures.cpu_ms_per_frame,
        or_dash(row.ratio.map(|ratio| ratio.median), 2),
        or_dash(memory.map(|memory| memory.resident_mb), 0),
        or_dash(memory.map(|memory| memory.peak_mb), 0),
        or_dash(energy.map(|energy| energy.net_mj_per_frame), 1),
        or_dash(model.accuracy.as_ref().map(|known| known.ap50), 1),
    )
}

/// Why variants were not measured; those with one reason share a line.
fn failures(f: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in &report.variants {
        let Some(reason) = &row.failed else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) => names.push(&row.name),
            None => reasons.push((reason, vec![&row.name])),
        }
    }
    for (reason, names) in reasons {
        writeln!(f, "{} not measured: {reason}", names.join(", "))?;
    }
    Ok(())
}

fn noise(f: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    let noisy = |row: &Row| {
        let Ratio { median, min, max } = row.ratio?;
        let name = &row.name;
        (max - min > NOISE * median).then(|| format!("{name} {min:.2} to {max:.2}"))
    };
    let noisy: Vec<_> = report.variants.iter().filter_map(noisy).collect();
    match noisy.is_empty() {
        true => Ok(()),
        false => writeln!(f, "noisy: ratios from round to round: {}", noisy.join(", ")),
    }
}

fn not_used(f: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    for row in &report.variants {
        for why in row.model.iter().flat_map(|model| &model.not_used) {
            writeln!(f, "{} does not use {why}", row.name)?;
        }
    }
    Ok(())
}

/// The first variant stands for all, but for what its energy was: that is a column.
fn surroundings(f: &mut Formatter<'_>, report: &Report) -> fmt::Result {
    let mut measured = report.variants.iter();
    let Some(first) = measured.find_map(|row| row.figures.as_ref()) else {
        return Ok(());
    };
    for (name, line) in super::surroundings(report, first) {
        match first.energy.measured().filter(|_| name == "energy") {
            None => writeln!(f, "{name}: {line}")?,
            Some(energy) => {
                let (meter, idle_w) = (&energy.meter, energy.idle_w);
                let (covers, source) = (&meter.covers, &meter.source);
                writeln!(f, "energy: of {covers}, by {source}; {idle_w:.2} W idle")?;
            }
        }
    }
    Ok(())
}

fn recommend(
    f: &mut Formatter<'_>,
    report: &Report,
    recommendation: &Recommendation,
) -> fmt::Result {
    let Recommendation {
        name,
        why,
        cautions,
        config,
    } = recommendation;
    let row = report.variants.iter().find(|row| row.name == *name);
    let label = row.map(|row| label(row).join(" ")).unwrap_or_default();
    writeln!(f, "\nrecommended: {name}, {label}: {why}.")?;
    for caution in cautions {
        writeln!(f, "note: {caution}.")?;
    }
    write!(f, "\n{config}")
}
