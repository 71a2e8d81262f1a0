//! The identity figures: Ristani and others 2016, arXiv:1609.01775, section 2.3.

use super::assign::assign;
use super::sequence::{IOU_MIN, Sequence};

/// What the identity figures are sums of, after each person was given the one track that fits the whole sequence best.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Identity {
    /// Boxes of the person's own track (IDTP).
    pub right: f64,
    /// Boxes of all people.
    pub people: f64,
    /// Boxes of all tracks.
    pub tracks: f64,
}

impl Identity {
    /// Those of one sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let columns = sequence.tracks;
        let mut together = vec![0.0; sequence.people * columns];
        for frame in &sequence.frames {
            for (p, t) in frame.pairs().filter(|&(p, t)| frame.iou(p, t) >= IOU_MIN) {
                together[frame.people[p] * columns + frame.tracks[t]] += 1.0;
            }
        }
        let (people, tracks) = sequence.counts();
        // Least of IDFN + IDFP is most of IDTP: the sum of all three is fixed. A share keeps the weights within bounds.
        let most = sequence.frames.len().max(1) as f64;
        let own = assign(sequence.people, columns, |person, track| {
            together[person * columns + track] / most
        });
        let right = own.iter().map(|&(p, t)| together[p * columns + t]);
        Self {
            right: right.sum(),
            people: people.iter().sum(),
            tracks: tracks.iter().sum(),
        }
    }

    /// Of two sequences together.
    pub fn and(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            people: self.people + other.people,
            tracks: self.tracks + other.tracks,
        }
    }

    /// IDF1 = 2 IDTP / (2 IDTP + IDFP + IDFN) (equation 10 of the paper): the share of the boxes with the right name.
    pub fn f1(&self) -> f64 {
        self.right / (0.5 * (self.people + self.tracks)).max(1.0)
    }
}
