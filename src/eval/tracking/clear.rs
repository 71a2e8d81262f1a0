//! The CLEAR figures: Bernardin and Stiefelhagen 2008, <https://doi.org/10.1155/2008/246309>.

use super::assign::assign;
use super::sequence::{EPSILON, Frame, IOU_MIN, Sequence};

/// A pair of the frame before is worth more than any other overlap.
const BEFORE: f64 = 1000.0;

/// What the CLEAR figures are sums of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clear {
    /// Boxes that are somebody, at IoU 0.5.
    pub right: u64,
    /// People without a box (FN).
    pub missed: u64,
    /// Boxes that are nobody (FP).
    pub wrong: u64,
    /// How often a person got another track than the one before (IDSW).
    pub switches: u64,
    /// How often a person who had been followed was followed again after a break (Frag).
    pub breaks: u64,
    /// Sum of the IoU of the right boxes.
    pub overlap: f64,
}

impl Clear {
    /// Those of one sequence.
    ///
    /// Matching keeps last frame's pairs where they still hold, then takes the greatest overlap. A switch is counted
    /// against the last track that the person had, however long ago. A frame in which nobody is there, or nothing told,
    /// is no frame before another one.
    pub fn of(sequence: &Sequence) -> Self {
        let mut sums = Self::default();
        let mut last = vec![None; sequence.people];
        let mut before = vec![None; sequence.people];
        let mut followed = vec![0u64; sequence.people];
        for frame in &sequence.frames {
            let pairs = pairs(frame, &before);
            sums.right += pairs.len() as u64;
            sums.missed += (frame.people.len() - pairs.len()) as u64;
            sums.wrong += (frame.tracks.len() - pairs.len()) as u64;
            if frame.people.is_empty() || frame.tracks.is_empty() {
                continue;
            }
            let now = pairs
                .iter()
                .map(|&(p, t)| (frame.people[p], frame.tracks[t]));
            let now: Vec<(usize, usize)> = now.collect();
            for &(person, track) in &now {
                sums.switches += u64::from(last[person].is_some_and(|last| last != track));
                followed[person] += u64::from(before[person].is_none());
                last[person] = Some(track);
            }
            before.fill(None);
            for (person, track) in now {
                before[person] = Some(track);
            }
            sums.overlap += pairs.iter().map(|&(p, t)| frame.iou(p, t)).sum::<f64>();
        }
        // The reference leaves all breaks out of a sequence in which there is nobody, or nothing was told.
        sums.breaks = followed.iter().map(|times| times.saturating_sub(1)).sum();
        sums
    }

    /// Of two sequences together.
    pub fn and(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            missed: self.missed + other.missed,
            wrong: self.wrong + other.wrong,
            switches: self.switches + other.switches,
            breaks: self.breaks + other.breaks,
            overlap: self.overlap + other.overlap,
        }
    }

    /// Multiple object tracking accuracy: 1 − (FN + FP + IDSW) / people (equation 2 of the paper); below 0 where more is
    /// wrong than there are people.
    pub fn mota(&self) -> f64 {
        let people = (self.right + self.missed).max(1) as f64;
        (self.right as f64 - self.wrong as f64 - self.switches as f64) / people
    }

    /// Multiple object tracking precision, here the mean IoU of the right boxes, as in the MOTChallenge.
    pub fn motp(&self) -> f64 {
        self.overlap / self.right.max(1) as f64
    }
}

fn pairs(frame: &Frame, before: &[Option<usize>]) -> Vec<(usize, usize)> {
    assign(frame.people.len(), frame.tracks.len(), |person, track| {
        let iou = frame.iou(person, track);
        if iou < IOU_MIN - EPSILON {
            return 0.0;
        }
        let kept = before[frame.people[person]] == Some(frame.tracks[track]);
        iou + if kept { BEFORE } else { 0.0 }
    })
}
