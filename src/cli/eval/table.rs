//! Everything that one run of `watchpost eval` measured, as tables.

use std::io::{Result, Write};

use super::report::FootageReport;
use crate::detect::ModelInfo;
use crate::eval::{Alarms, AtThreshold, Figures, Measured, Outcome, Retained, Robustness};

/// Which model was measured.
pub fn model(out: &mut impl Write, model: &ModelInfo) -> Result<()> {
    writeln!(out, "{} {} on {}", model.name, model.version, model.engine)
}

/// What was measured on labelled pictures.
pub fn labelled(out: &mut impl Write, measured: &Measured) -> Result<()> {
    let outcome = &measured.outcome;
    let ms = measured.inference.as_secs_f64() * 1e3;
    writeln!(
        out,
        "{} people in {} pictures, median inference {ms:.1} ms\n",
        outcome.people, outcome.pictures
    )?;
    figures(out, outcome)?;
    at_threshold(out, &outcome.at_threshold)?;
    match &measured.robustness {
        Some(robustness) => corruptions(out, robustness),
        None => Ok(()),
    }
}

/// One of COCO's figures.
type Figure = fn(&Figures) -> Option<f64>;

/// A column for all pictures, and one for each kind of light that there is.
fn figures(out: &mut impl Write, outcome: &Outcome) -> Result<()> {
    let names = outcome.by_light.iter().map(|one| one.light.name());
    row(out, "", ["all"].into_iter().chain(names).map(str::to_owned))?;
    let counts = |all: usize, of: fn(&crate::eval::LightOutcome) -> usize| {
        let parts = outcome.by_light.iter().map(of);
        let cells = [all]
            .into_iter()
            .chain(parts)
            .map(|count| count.to_string());
        cells.collect::<Vec<_>>()
    };
    row(
        out,
        "pictures",
        counts(outcome.pictures, |one| one.pictures),
    )?;
    row(out, "people", counts(outcome.people, |one| one.people))?;
    let rows: [(&str, Figure); 10] = [
        ("AP", |figures| figures.ap),
        ("AP50", |figures| figures.ap50),
        ("AP75", |figures| figures.ap75),
        ("AP small", |figures| figures.ap_small),
        ("AP medium", |figures| figures.ap_medium),
        ("AP large", |figures| figures.ap_large),
        ("AR", |figures| figures.ar),
        ("AR small", |figures| figures.ar_small),
        ("AR medium", |figures| figures.ar_medium),
        ("AR large", |figures| figures.ar_large),
    ];
    for (name, figure) in rows {
        let parts = outcome.by_light.iter().map(|one| &one.figures);
        let cells = [&outcome.figures].into_iter().chain(parts);
        row(out, name, cells.map(|figures| shown(figure(figures))))?;
    }
    Ok(())
}

fn row(out: &mut impl Write, name: &str, cells: impl IntoIterator<Item = String>) -> Result<()> {
    write!(out, "{name:13}")?;
    for cell in cells {
        write!(out, "{cell:>10}")?;
    }
    writeln!(out)
}

fn at_threshold(out: &mut impl Write, at: &AtThreshold) -> Result<()> {
    writeln!(
        out,
        "\nscore {:.2} and above, IoU {:.2}: precision {} %, recall {} %, F1 {} % ({} right, {} wrong, {} missed)",
        at.threshold,
        at.iou,
        shown(at.precision),
        shown(at.recall),
        shown(at.f1),
        at.right,
        at.wrong,
        at.missed
    )?;
    let empty = &at.without_people;
    writeln!(
        out,
        "pictures without people: {} of {} with a false box ({} %)",
        empty.with_false_box,
        empty.pictures,
        shown(empty.share)
    )
}

/// A row a kind, a column a severity.
fn corruptions(out: &mut impl Write, robustness: &Robustness) -> Result<()> {
    writeln!(
        out,
        "\nAP by corruption and severity; clean {}",
        shown(robustness.clean_ap)
    )?;
    let kinds: Vec<_> = robustness
        .corruptions
        .chunk_by(|a, b| a.kind == b.kind)
        .collect();
    let severities = |kind: &[Retained]| {
        let cells = kind.iter().map(|one| one.severity.to_string());
        cells.chain(["retained".to_owned()]).collect::<Vec<_>>()
    };
    if let Some(kind) = kinds.first() {
        row(out, "", severities(kind))?;
    }
    for kind in kinds {
        let shares: Vec<f64> = kind.iter().filter_map(|one| one.retained).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let cells = kind.iter().map(|one| shown(one.ap));
        let mean = match shares.is_empty() {
            true => "–".to_owned(),
            false => format!("{mean:.0} %"),
        };
        row(out, kind[0].kind, cells.chain([mean]))?;
    }
    writeln!(
        out,
        "retained of the clean AP: mean {} %, worst {} %",
        shown(robustness.mean_retained),
        shown(robustness.worst_retained)
    )
}

/// What came of footage without people.
pub fn footage(out: &mut impl Write, report: &FootageReport) -> Result<()> {
    writeln!(
        out,
        "\nfootage without people, score {:.2} and above\n{:>9}{:>9}{:>10}{:>10}{:>14}{:>6}{:>10}{:>12}",
        report.threshold,
        "minutes",
        "frames",
        "inferred",
        "with box",
        "false alarms",
        "told",
        "an hour",
        "at most*"
    )?;
    for part in &report.parts {
        alarms(out, &part.alarms, &part.name)?;
    }
    if report.parts.len() > 1 {
        alarms(out, &report.total, "total")?;
    }
    if report.total.broken > 0 {
        writeln!(out, "{} frames could not be decoded", report.total.broken)?;
    }
    writeln!(out, "* with a confidence of 95 %")
}

fn alarms(out: &mut impl Write, alarms: &Alarms, name: &str) -> Result<()> {
    writeln!(
        out,
        "{:>9.2}{:>9}{:>10}{:>10}{:>14}{:>6}{:>10}{:>12}  {name}",
        alarms.minutes(),
        alarms.frames,
        alarms.inferred,
        alarms.with_box,
        alarms.believed,
        alarms.told,
        shown(alarms.per_hour()),
        shown(alarms.per_hour_at_most())
    )
}

fn shown(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.1}"))
}
