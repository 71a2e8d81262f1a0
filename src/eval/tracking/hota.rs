//! HOTA: Luiten and others 2020, arXiv:2009.07736.

use super::assign::assign;
use super::sequence::{EPSILON, Frame, Sequence};

/// The overlaps from which a box is right: 0.05, 0.10, … 0.95.
const ALPHAS: usize = 19;

/// What HOTA is made of, at each overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hota {
    at: [At; ALPHAS],
}

/// The same at one overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct At {
    right: f64,
    missed: f64,
    wrong: f64,
    /// Sum over the right boxes of how well their person and their track belong together.
    together: f64,
    /// Sum over the right boxes of their IoU.
    overlap: f64,
}

impl Hota {
    /// That of one sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let mut hota = Self::default();
        let (people, tracks) = sequence.counts();
        let alignment = alignment(sequence, &people, &tracks);
        let columns = sequence.tracks;
        let mut counts = vec![[0.0; ALPHAS]; sequence.people * columns];
        for frame in &sequence.frames {
            let pairs = assign(frame.people.len(), frame.tracks.len(), |p, t| {
                alignment[frame.people[p] * columns + frame.tracks[t]] * frame.iou(p, t)
            });
            for (step, at) in hota.at.iter_mut().enumerate() {
                let right = right(frame, &pairs, alpha(step));
                at.missed += frame.people.len() as f64;
                at.wrong += frame.tracks.len() as f64;
                for (p, t) in right {
                    counts[frame.people[p] * columns + frame.tracks[t]][step] += 1.0;
                    at.overlap += frame.iou(p, t);
                    at.right += 1.0;
                    at.missed -= 1.0;
                    at.wrong -= 1.0;
                }
            }
        }
        for (place, counts) in counts.iter().enumerate() {
            let boxes = people[place / columns] + tracks[place % columns];
            for (at, count) in hota.at.iter_mut().zip(counts) {
                // Each of `count` right boxes has the association TPA / (TPA + FNA + FPA), equation 8.
                at.together += count * count / (boxes - count).max(1.0);
            }
        }
        hota
    }

    /// Of two sequences together: detections count alike, whichever sequence they are of.
    pub fn and(mut self, other: Self) -> Self {
        for (at, more) in self.at.iter_mut().zip(other.at) {
            at.right += more.right;
            at.missed += more.missed;
            at.wrong += more.wrong;
            at.together += more.together;
            at.overlap += more.overlap;
        }
        self
    }

    /// The geometric mean of detection and association, averaged over the overlaps (equations 10 and 11).
    pub fn hota(&self) -> f64 {
        self.mean(|at| (at.det_a() * at.ass_a()).sqrt())
    }

    /// Detection accuracy: TP / (TP + FN + FP) (equation 12).
    pub fn det_a(&self) -> f64 {
        self.mean(At::det_a)
    }

    /// Association accuracy, averaged over the right boxes (equation 13).
    pub fn ass_a(&self) -> f64 {
        self.mean(At::ass_a)
    }

    /// Localisation accuracy: mean IoU of the right boxes (equation 20).
    pub fn loc_a(&self) -> f64 {
        self.mean(At::loc_a)
    }

    fn mean(&self, of: impl Fn(&At) -> f64) -> f64 {
        self.at.iter().map(of).sum::<f64>() / ALPHAS as f64
    }
}

impl At {
    fn det_a(&self) -> f64 {
        self.right / (self.right + self.missed + self.wrong).max(1.0)
    }

    fn ass_a(&self) -> f64 {
        self.together / self.right.max(1.0)
    }

    /// 1 where there is no right box, as in the reference.
    fn loc_a(&self) -> f64 {
        self.overlap.max(1e-10) / self.right.max(1e-10)
    }
}

/// Steps of 0.05 as `numpy.arange(0.05, 0.99, 0.05)` gives them.
fn alpha(step: usize) -> f64 {
    0.05 + step as f64 * 0.05
}

fn right<'a>(
    frame: &'a Frame,
    pairs: &'a [(usize, usize)],
    alpha: f64,
) -> impl Iterator<Item = (usize, usize)> + use<'a> {
    let alike = move |&&(p, t): &&(usize, usize)| frame.iou(p, t) >= alpha - EPSILON;
    pairs.iter().filter(alike).copied()
}

/// How well each person and each track go together over the whole sequence, before any pair is made: the Jaccard index of
/// their boxes, each weighed by its IoU over all the IoU of its row and column. The matching of each frame prefers pairs
/// that last (the supplement's section "Matching to optimise HOTA").
fn alignment(sequence: &Sequence, people: &[f64], tracks: &[f64]) -> Vec<f64> {
    let columns = sequence.tracks;
    let mut shared = vec![0.0; sequence.people * columns];
    for frame in &sequence.frames {
        let of_person = |p| {
            (0..frame.tracks.len())
                .map(move |t| frame.iou(p, t))
                .sum::<f64>()
        };
        let of_track = |t| {
            (0..frame.people.len())
                .map(move |p| frame.iou(p, t))
                .sum::<f64>()
        };
        for (p, t) in frame.pairs() {
            let iou = frame.iou(p, t);
            let all = of_person(p) + of_track(t) - iou;
            if all > EPSILON {
                shared[frame.people[p] * columns + frame.tracks[t]] += iou / all;
            }
        }
    }
    for (place, shared) in shared.iter_mut().enumerate() {
        *shared /= people[place / columns] + tracks[place % columns] - *shared;
    }
    shared
}
