//! Runs a detector over a labelled set, as it is and spoiled, and gives what that says about the model.

use std::time::Duration;

use super::Found;
use super::corrupt::Corruption;
use super::curve::Answer;
use super::figures::Figures;
use super::labels::LabelledImage;
use super::light::Light;
use super::outcome::Outcome;
use super::robustness::Robustness;
use super::set::{LabelledSet, PictureError};
use crate::clock::Clock;
use crate::convert::Converter;
use crate::detect::{DetectError, Detector};
use crate::still::{Still, WriteError};
use crate::types::{Detection, Score, Size};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Boxes of a lower score are left out; low, because average precision goes down to the last box.
    pub floor: Score,
    /// The score from which a user takes a box.
    pub threshold: Score,
    /// Ways to spoil each picture; none costs nothing, each costs one more inference a picture.
    pub corruptions: Vec<Corruption>,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How good the model is on the pictures as they are.
    pub outcome: Outcome,
    /// How good it is on the spoiled ones; `None` when none were asked for.
    pub robustness: Option<Robustness>,
    /// What was found in each picture as it is, in the order of the labels.
    pub found: Vec<Vec<Found>>,
    /// Median time of an inference.
    pub inference: Duration,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A picture cannot be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A picture does not come into the model.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The model failed.
    #[error(transparent)]
    Detect(#[from] DetectError),
}

impl Plan {
    /// The pictures as they are, and what a user gets at `threshold`.
    pub fn new(threshold: Score) -> Self {
        let low = Score::new(0.01).expect("is a score");
        Self {
            floor: if low > threshold { threshold } else { low },
            threshold,
            corruptions: Vec::new(),
        }
    }

    /// How many inferences a picture takes.
    pub fn inferences(&self) -> usize {
        1 + self.corruptions.len()
    }
}

/// Measures `detector` on `set`, and calls `done` after each inference.
///
/// # Errors
///
/// When a picture cannot be read or is not of the size in its labels, or the model fails: a figure of some of the pictures
/// would be of another set.
pub fn measure(
    detector: &mut Detector,
    set: &LabelledSet,
    plan: &Plan,
    clock: &dyn Clock,
    done: &mut dyn FnMut(),
) -> Result<Measured, MeasureError> {
    let mut look = Look::new(detector, plan.floor, clock);
    let mut seen = Seen::new(plan);
    for image in &set.labels.images {
        let mut still = set.open(image)?;
        seen.light.push(Light::of(still.pixels()));
        seen.found.push(look.at(&mut still)?);
        done();
        for (corruption, answers) in &mut seen.spoiled {
            let spoiled = corruption.apply(still.pixels(), image.id as u64);
            let found = look.at(&mut Still::new(spoiled))?;
            answers.push(Answer::new(&image.people, found));
            done();
        }
    }
    let inference = look.median();
    Ok(seen.measured(&set.labels.images, plan, inference))
}

/// The way from a picture to what is found in it.
struct Look<'a> {
    detector: &'a mut Detector,
    converter: Converter,
    floor: Score,
    clock: &'a dyn Clock,
    found: Vec<Detection>,
    took: Vec<Duration>,
}

impl<'a> Look<'a> {
    fn new(detector: &'a mut Detector, floor: Score, clock: &'a dyn Clock) -> Self {
        Self {
            converter: Converter::new(*detector.input()),
            detector,
            floor,
            clock,
            found: Vec::new(),
            took: Vec::new(),
        }
    }

    fn at(&mut self, still: &mut Still) -> Result<Vec<Found>, MeasureError> {
        let letterbox = still.write(&mut self.converter, self.detector)?;
        let begun = self.clock.monotonic();
        self.detector.run(&letterbox, self.floor, &mut self.found)?;
        self.took.push(self.clock.monotonic().since(begun));
        let size = still.size();
        Ok(self.found.iter().map(|one| in_pixels(one, size)).collect())
    }

    fn median(mut self) -> Duration {
        self.took.sort_unstable();
        let middle = self.took.len() / 2;
        self.took.get(middle).copied().unwrap_or_default()
    }
}

fn in_pixels(person: &Detection, size: Size) -> Found {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let [x1, y1, x2, y2] = person.bbox.corners().map(f64::from);
    Found {
        bbox: [
            x1 * width,
            y1 * height,
            (x2 - x1) * width,
            (y2 - y1) * height,
        ],
        score: f64::from(person.score.get()),
    }
}

/// What was found so far.
struct Seen<'a> {
    light: Vec<Light>,
    found: Vec<Vec<Found>>,
    spoiled: Vec<(Corruption, Vec<Answer<'a>>)>,
}

impl Seen<'_> {
    fn new(plan: &Plan) -> Self {
        let spoiled = plan.corruptions.iter().map(|&one| (one, Vec::new()));
        Self {
            light: Vec::new(),
            found: Vec::new(),
            spoiled: spoiled.collect(),
        }
    }

    fn measured(self, images: &[LabelledImage], plan: &Plan, inference: Duration) -> Measured {
        let answers: Vec<_> = images
            .iter()
            .zip(&self.found)
            .map(|(image, found)| Answer::new(&image.people, found.clone()))
            .collect();
        let outcome = Outcome::of(&answers, &self.light, plan.threshold);
        let aps: Vec<_> = self
            .spoiled
            .iter()
            .map(|(corruption, answers)| (*corruption, Figures::of(answers).ap))
            .collect();
        let robustness = (!aps.is_empty()).then(|| Robustness::of(outcome.figures.ap, &aps));
        Measured {
            outcome,
            robustness,
            found: self.found,
            inference,
        }
    }
}
