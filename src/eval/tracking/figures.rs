//! All figures of tracking, of one sequence or of several together.

use super::clear::Clear;
use super::hota::Hota;
use super::identity::Identity;
use super::sequence::Sequence;

/// What the figures are sums of. Sequences are put together by their sums, so that each box counts alike.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrackingSums {
    hota: Hota,
    clear: Clear,
    identity: Identity,
}

impl TrackingSums {
    /// Those of one sequence.
    pub fn of(sequence: &Sequence) -> Self {
        Self {
            hota: Hota::of(sequence),
            clear: Clear::of(sequence),
            identity: Identity::of(sequence),
        }
    }

    /// Of two sequences together.
    pub fn and(self, other: Self) -> Self {
        Self {
            hota: self.hota.and(other.hota),
            clear: self.clear.and(other.clear),
            identity: self.identity.and(other.identity),
        }
    }

    /// The figures.
    pub fn figures(&self) -> TrackingFigures {
        let Self {
            hota,
            clear,
            identity,
        } = self;
        TrackingFigures {
            hota: 100.0 * hota.hota(),
            det_a: 100.0 * hota.det_a(),
            ass_a: 100.0 * hota.ass_a(),
            loc_a: 100.0 * hota.loc_a(),
            mota: 100.0 * clear.mota(),
            motp: 100.0 * clear.motp(),
            idf1: 100.0 * identity.f1(),
            id_switches: clear.switches,
            false_positives: clear.wrong,
            false_negatives: clear.missed,
            fragmentations: clear.breaks,
        }
    }
}

/// The figures of the MOTChallenge, in percent, and its counts.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct TrackingFigures {
    /// Higher order tracking accuracy.
    pub hota: f64,
    /// Detection accuracy.
    pub det_a: f64,
    /// Association accuracy.
    pub ass_a: f64,
    /// Localisation accuracy.
    pub loc_a: f64,
    /// Multiple object tracking accuracy.
    pub mota: f64,
    /// Multiple object tracking precision.
    pub motp: f64,
    /// Share of the boxes with the right name.
    pub idf1: f64,
    /// How often a person got another track.
    pub id_switches: u64,
    /// Boxes that are nobody.
    pub false_positives: u64,
    /// People without a box.
    pub false_negatives: u64,
    /// How often a person was followed again after a break.
    pub fragmentations: u64,
}
