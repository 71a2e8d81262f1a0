//! What of the truth and of a tracker's answer counts, frame by frame, and how alike each two boxes are.

use std::collections::BTreeMap;

use super::assign::assign;
use super::line::MotBox;

/// The class that is to be found.
const PEDESTRIAN: i64 = 1;

/// Classes of which a box is neither right nor wrong: a person on a vehicle, a static person, a distractor, a reflection.
const IGNORED: [i64; 4] = [2, 7, 8, 12];

/// Two boxes of less IoU are not the same thing.
pub(super) const IOU_MIN: f64 = 0.5;

/// Comparisons with a bound are as generous as the reference's.
pub(super) const EPSILON: f64 = f64::EPSILON;

/// A sequence that figures can be taken of. People and tracks are numbered from 0 without gaps.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    pub(super) frames: Vec<Frame>,
    pub(super) people: usize,
    pub(super) tracks: usize,
}

/// One frame of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Who is there.
    pub people: Vec<usize>,
    /// Which tracks are told.
    pub tracks: Vec<usize>,
    /// IoU, a row a person and a column a track.
    iou: Vec<f64>,
}

impl Frame {
    /// IoU of the person and the track at these places of their lists.
    pub fn iou(&self, person: usize, track: usize) -> f64 {
        self.iou[person * self.tracks.len() + track]
    }

    /// All pairs of places.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<'_> {
        let tracks = self.tracks.len();
        (0..self.people.len()).flat_map(move |person| (0..tracks).map(move |track| (person, track)))
    }
}

impl Sequence {
    /// Prepares `results` for comparison with `truth`, as the MOTChallenge does (trackeval's `MotChallenge2DBox`): what
    /// of the answer matches a distractor is taken out, then only pedestrians of a confidence other than 0 count.
    pub fn new(truth: &[MotBox], results: &[MotBox]) -> Self {
        let mut frames: BTreeMap<u32, (Vec<&MotBox>, Vec<&MotBox>)> = BTreeMap::new();
        for one in truth {
            frames.entry(one.frame).or_default().0.push(one);
        }
        for one in results {
            frames.entry(one.frame).or_default().1.push(one);
        }
        let (mut people, mut tracks) = (Numbers::default(), Numbers::default());
        let frames = frames.into_values().map(|(truth, mut results)| {
            take_out_ignored(&truth, &mut results);
            let counts = |one: &&&MotBox| one.confidence != 0.0 && one.class == PEDESTRIAN;
            let truth: Vec<&MotBox> = truth.iter().filter(counts).copied().collect();
            Frame {
                people: truth.iter().map(|one| people.of(one.id)).collect(),
                tracks: results.iter().map(|one| tracks.of(one.id)).collect(),
                iou: overlaps(&truth, &results),
            }
        });
        Self {
            frames: frames.collect(),
            people: people.0.len(),
            tracks: tracks.0.len(),
        }
    }

    /// How many boxes of each person and of each track there are.
    pub(super) fn counts(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut people, mut tracks) = (vec![0.0; self.people], vec![0.0; self.tracks]);
        for frame in &self.frames {
            frame
                .people
                .iter()
                .for_each(|&person| people[person] += 1.0);
            frame.tracks.iter().for_each(|&track| tracks[track] += 1.0);
        }
        (people, tracks)
    }
}

/// Numbers from 0 for ids of any size.
#[derive(Default)]
struct Numbers(BTreeMap<i64, usize>);

impl Numbers {
    fn of(&mut self, id: i64) -> usize {
        let next = self.0.len();
        *self.0.entry(id).or_insert(next)
    }
}

fn take_out_ignored(truth: &[&MotBox], results: &mut Vec<&MotBox>) {
    if truth.iter().all(|one| !IGNORED.contains(&one.class)) {
        return;
    }
    let iou = overlaps(truth, results);
    let columns = results.len();
    let pairs = assign(truth.len(), columns, |person, track| {
        let iou = iou[person * columns + track];
        if iou < IOU_MIN - EPSILON { 0.0 } else { iou }
    });
    let mut out = vec![false; columns];
    for (person, track) in pairs {
        out[track] = IGNORED.contains(&truth[person].class);
    }
    let mut out = out.into_iter();
    results.retain(|_| !out.next().unwrap_or(false));
}

fn overlaps(truth: &[&MotBox], results: &[&MotBox]) -> Vec<f64> {
    let row = |person: &&MotBox| {
        let bbox = person.bbox;
        results.iter().map(move |track| iou(bbox, track.bbox))
    };
    truth.iter().flat_map(row).collect()
}

fn iou([ax, ay, aw, ah]: [f64; 4], [bx, by, bw, bh]: [f64; 4]) -> f64 {
    let width = ((ax + aw).min(bx + bw) - ax.max(bx)).max(0.0);
    let height = ((ay + ah).min(by + bh) - ay.max(by)).max(0.0);
    let shared = width * height;
    if shared <= 0.0 {
        return 0.0;
    }
    shared / (aw * ah + bw * bh - shared)
}
