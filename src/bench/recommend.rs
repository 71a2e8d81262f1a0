//! Which of several variants to take, and why. Pure.
//!
//! Of those that hold the wanted rate, the one that needs least energy, or least processor time where energy is not measured
//! for all. Accuracy decides only between equals, but nobody is sent to a model that misses many more people without being
//! told.

use super::AccuracyFacts;

/// Costs within this share of the lowest are equal: machines are noisy.
const EQUAL_COST: f64 = 0.05;
/// A model that is this many points of AP50 below another one is far less accurate.
const FAR_AP50: f64 = 5.0;

/// What is known about one variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// What a person calls it.
    pub name: &'a str,
    /// SHA-256 of its model; variants of one model are equally accurate.
    pub sha256: &'a str,
    /// Nine of ten frames take no longer.
    pub frame_ms_p90: f64,
    /// Frames a second, one after the other.
    pub frames_per_second: f64,
    /// Energy of a frame above the idle machine.
    pub net_mj_per_frame: Option<f64>,
    /// Processor time of a frame.
    pub cpu_ms_per_frame: f64,
    /// What the model's manifest says.
    pub accuracy: Option<&'a AccuracyFacts>,
}

/// What to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its place among the candidates.
    pub index: usize,
    /// One sentence.
    pub why: String,
    /// What should be known before it is taken; a sentence each.
    pub cautions: Vec<String>,
}

/// The candidate to take for a camera of `fps` frames a second; `None` without candidates.
pub fn recommend(candidates: &[Candidate<'_>], fps: f64) -> Option<Choice> {
    let holds = |one: &Candidate<'_>| one.frame_ms_p90 <= 1000.0 / fps;
    let holders: Vec<usize> = (0..candidates.len())
        .filter(|&i| holds(&candidates[i]))
        .collect();
    let (index, why) = match holders.is_empty() {
        true => fastest(candidates, fps)?,
        false => cheapest(candidates, &holders, fps)?,
    };
    Some(Choice {
        index,
        why,
        cautions: cautions(candidates, index, &holders, fps),
    })
}

fn fastest(candidates: &[Candidate<'_>], fps: f64) -> Option<(usize, String)> {
    let by_rate = |&a: &usize, &b: &usize| {
        candidates[a]
            .frames_per_second
            .total_cmp(&candidates[b].frames_per_second)
    };
    let index = (0..candidates.len()).max_by(by_rate)?;
    let Candidate {
        name,
        frames_per_second: rate,
        ..
    } = candidates[index];
    let why = format!(
        "no variant holds {fps} frames a second in nine of ten frames; {name} comes nearest with {rate:.1}"
    );
    Some((index, why))
}

fn cheapest(candidates: &[Candidate<'_>], holders: &[usize], fps: f64) -> Option<(usize, String)> {
    let metered = holders
        .iter()
        .all(|&i| candidates[i].net_mj_per_frame.is_some());
    let cost = |i: usize| match candidates[i].net_mj_per_frame {
        // A meter's noise can be larger than the work.
        Some(net_mj) if metered => net_mj.max(0.0),
        _ => candidates[i].cpu_ms_per_frame,
    };
    let lowest = holders.iter().map(|&i| cost(i)).reduce(f64::min)?;
    let equals = holders
        .iter()
        .copied()
        .filter(|&i| cost(i) <= lowest * (1.0 + EQUAL_COST));
    let index = equals.min_by(|&a, &b| better(&candidates[a], &candidates[b]))?;
    let cost = cost(index);
    let cost = match metered {
        true => format!("the least energy, {cost:.1} mJ a frame above idle"),
        false => format!("the least processor time, {cost:.1} ms a frame"),
    };
    let name = candidates[index].name;
    let why = match holders.len() {
        1 if candidates.len() > 1 => format!("{name} alone holds {fps} frames a second"),
        1 => format!("{name} holds {fps} frames a second"),
        n => format!("of the {n} that hold {fps} frames a second {name} needs {cost}"),
    };
    Some((index, why))
}

/// Of two that cost the same, the more accurate one where that can be said, else the faster one.
fn better(a: &Candidate<'_>, b: &Candidate<'_>) -> std::cmp::Ordering {
    let by_accuracy = ahead(b, a).unwrap_or(0.0).total_cmp(&0.0);
    by_accuracy.then(a.frame_ms_p90.total_cmp(&b.frame_ms_p90))
}

/// By how many points of AP50 `a` is ahead of `b`; `None` when they were not measured on the same pictures.
fn ahead(a: &Candidate<'_>, b: &Candidate<'_>) -> Option<f64> {
    if a.sha256 == b.sha256 {
        return Some(0.0);
    }
    let (a, b) = (a.accuracy?, b.accuracy?);
    (a.dataset == b.dataset).then_some(a.ap50 - b.ap50)
}

fn cautions(
    candidates: &[Candidate<'_>],
    index: usize,
    holders: &[usize],
    fps: f64,
) -> Vec<String> {
    let chosen = &candidates[index];
    let lead = |&i: &usize| ahead(&candidates[i], chosen).filter(|&lead| lead > FAR_AP50);
    let best = |indices: &[usize]| {
        let far_ahead = indices.iter().copied().filter(|i| lead(i).is_some());
        let cpu = |i: usize| candidates[i].cpu_ms_per_frame;
        far_ahead.max_by(|a, b| {
            let by_lead = lead(a).unwrap_or(0.0).total_cmp(&lead(b).unwrap_or(0.0));
            // One model on several engines is as accurate on each.
            by_lead.then_with(|| cpu(*b).total_cmp(&cpu(*a)))
        })
    };
    let all: Vec<usize> = (0..candidates.len()).collect();
    let mut cautions = Vec::new();
    if let Some(other) = best(holders) {
        cautions.push(more_accurate(chosen, &candidates[other], fps));
    } else if let Some(other) = best(&all) {
        cautions.push(too_slow(chosen, &candidates[other], fps));
    }
    cautions.extend(not_comparable(candidates, chosen));
    cautions
}

fn not_comparable(candidates: &[Candidate<'_>], chosen: &Candidate<'_>) -> Option<String> {
    let unknown = |one: &&Candidate<'_>| ahead(one, chosen).is_none();
    let names: Vec<_> = candidates
        .iter()
        .filter(unknown)
        .map(|one| one.name)
        .collect();
    let sentence = format!(
        "how accurate {} is beside {} is not known: a manifest names no accuracy, or one on other pictures; `watchpost eval` \
         measures it",
        chosen.name,
        names.join(", "),
    );
    (!names.is_empty()).then_some(sentence)
}

fn more_accurate(chosen: &Candidate<'_>, other: &Candidate<'_>, fps: f64) -> String {
    let times = other.cpu_ms_per_frame / chosen.cpu_ms_per_frame.max(1e-9);
    format!(
        "{} finds far more people ({}) and holds {fps} frames a second too, for {times:.1} times the processor time: take it \
         unless that matters more",
        other.name,
        points(chosen, other),
    )
}

fn too_slow(chosen: &Candidate<'_>, other: &Candidate<'_>, fps: f64) -> String {
    format!(
        "{} finds far more people ({}) but holds {:.1} frames a second only, not {fps}",
        other.name,
        points(chosen, other),
        1000.0 / other.frame_ms_p90,
    )
}

fn points(chosen: &Candidate<'_>, other: &Candidate<'_>) -> String {
    let ap50 = |one: &Candidate<'_>| one.accuracy.map_or(f64::NAN, |accuracy| accuracy.ap50);
    let (other, chosen) = (ap50(other), ap50(chosen));
    format!("AP50 {other:.1} against {chosen:.1}")
}

#[cfg(test)]
mod tests;
