//! What was found in labelled pictures → everything that is said about a model.

use serde::Serialize;

use super::curve::{Answer, Curve};
use super::figures::{ALL, Figures};
use super::light::Light;
use super::matching::ignored;
use super::operating::AtThreshold;
use crate::types::Score;

/// How good a model is on a labelled set.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Pictures looked at.
    pub pictures: usize,
    /// People in them; crowds are not counted.
    pub people: usize,
    /// COCO's figures over all pictures.
    pub figures: Figures,
    /// What a user gets at one threshold.
    pub at_threshold: AtThreshold,
    /// The figures of the pictures that look alike, in the order of [`Light::ALL`]; kinds of light without any are left out.
    pub by_light: Vec<LightOutcome>,
    /// Precision over recall at IoU 0.50 and 0.75, where anybody is labelled.
    #[serde(skip)]
    pub curves: Vec<(f64, Curve)>,
}

/// How good a model is in one kind of light.
#[derive(Clone, Debug, Serialize)]
pub struct LightOutcome {
    /// Which.
    pub light: Light,
    /// Pictures that look so.
    pub pictures: usize,
    /// People in them.
    pub people: usize,
    /// COCO's figures over these pictures.
    pub figures: Figures,
}

impl Outcome {
    /// What `answers`, each to a picture that looks like the `light` at its place, say about a model.
    pub fn of(answers: &[Answer<'_>], light: &[Light], threshold: Score) -> Self {
        let looking_like = |wanted: Light| {
            let pairs = answers.iter().zip(light);
            let alike = pairs.filter(|(_, light)| **light == wanted);
            alike.map(|(answer, _)| answer.clone()).collect::<Vec<_>>()
        };
        let by_light = Light::ALL.map(|light| LightOutcome::of(light, &looking_like(light)));
        let curves = [0.5, 0.75].map(|iou| Some((iou, Curve::new(answers, iou, ALL)?)));
        Self {
            pictures: answers.len(),
            people: people(answers),
            figures: Figures::of(answers),
            at_threshold: AtThreshold::of(answers, threshold),
            by_light: by_light
                .into_iter()
                .filter(|one| one.pictures > 0)
                .collect(),
            curves: curves.into_iter().flatten().collect(),
        }
    }
}

impl LightOutcome {
    fn of(light: Light, answers: &[Answer<'_>]) -> Self {
        Self {
            light,
            pictures: answers.len(),
            people: people(answers),
            figures: Figures::of(answers),
        }
    }
}

fn people(answers: &[Answer<'_>]) -> usize {
    let labels = answers.iter().flat_map(Answer::people);
    labels.filter(|person| !ignored(person, ALL)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Found, Person};

    #[test]
    fn pictures_that_look_alike_have_figures_of_their_own() {
        let bbox = [0.0, 0.0, 50.0, 100.0];
        let people = [Person {
            bbox,
            area: 5000.0,
            crowd: false,
        }];
        let found = vec![Found { bbox, score: 0.9 }];
        let answers = [
            Answer::new(&people, found),
            Answer::new(&people, Vec::new()),
            Answer::new(&[], Vec::new()),
        ];
        let light = [Light::Colour, Light::Grey, Light::Grey];
        let outcome = Outcome::of(&answers, &light, Score::new(0.5).expect("is a score"));
        let figures: Vec<_> = outcome
            .by_light
            .iter()
            .map(|one| (one.light, one.pictures, one.people, one.figures.ap))
            .collect();
        let expected = [
            (Light::Colour, 1, 1, Some(100.0)),
            (Light::Grey, 2, 1, Some(0.0)),
        ];
        assert_eq!(figures, expected);
        assert_eq!((outcome.pictures, outcome.people), (3, 2));
    }
}
