//! Spoils pictures as weather, optics, night and networks do, to see how much of a model's accuracy is left.
//!
//! A picture, a severity and dice in, a picture of the same size out; the dice are seeded with the picture's own number,
//! so that every run and every model sees the same. The idea is ImageNet-C's (arXiv:1903.12261), as
//! arXiv:1907.07484 uses it for detection; the strengths are for cameras on walls, and lengths are shares of the picture's
//! longer side, because labelled pictures come in all sizes. One file a kind; each table of five says what its numbers
//! are.

mod defocus;
mod jpeg;
mod light;
mod low_light;
mod motion;
mod noise;
mod occlusion;
mod over_exposure;
mod rain;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use image::RgbImage;

use crate::dice::Dice;

/// How strongly a picture is spoiled: 1 (one hardly minds) to 5 (people still see what is there).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Severity(u8);

impl Severity {
    /// From the mildest to the worst.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// `value` as a severity; `None` unless it is 1–5.
    pub fn new(value: u8) -> Option<Self> {
        (1..=5).contains(&value).then_some(Self(value))
    }

    /// The number, 1–5.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// What `values` holds for this severity.
    fn of<T: Copy>(self, values: [T; 5]) -> T {
        values[usize::from(self.0) - 1]
    }
}

/// What spoils the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sensor at high gain.
    Noise,
    /// A lens that is out of focus.
    Defocus,
    /// A camera that shakes.
    Motion,
    /// Little light, and the noise that comes with it.
    LowLight,
    /// A stream with few bits a picture.
    Jpeg,
    /// Streaks of rain in front of a veil.
    Rain,
    /// Leaves, dirt, posts: opaque patches.
    Occlusion,
    /// A sun that the exposure does not follow.
    OverExposure,
}

impl Kind {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 8] = [
        Self::Noise,
        Self::Defocus,
        Self::Motion,
        Self::LowLight,
        Self::Jpeg,
        Self::Rain,
        Self::Occlusion,
        Self::OverExposure,
    ];

    /// The name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Defocus => "defocus",
            Self::Motion => "motion",
            Self::LowLight => "low-light",
            Self::Jpeg => "jpeg",
            Self::Rain => "rain",
            Self::Occlusion => "occlusion",
            Self::OverExposure => "over-exposure",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no [`Kind`]'s; says which there are.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind `{0}`; there are {names}", names = Kind::ALL.map(Kind::name).join(", "))]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// One way to spoil a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// What spoils it.
    pub kind: Kind,
    /// How strongly.
    pub severity: Severity,
}

impl Corruption {
    /// Every one of `kinds` at every one of `severities`.
    pub fn each(kinds: &[Kind], severities: &[Severity]) -> Vec<Self> {
        let all = kinds.iter().flat_map(|&kind| {
            let severities = severities.iter();
            severities.map(move |&severity| Self { kind, severity })
        });
        all.collect()
    }

    /// `picture`, spoiled. The same `seed` gives the same at every call, and for every severity the same dice: a worse
    /// picture has more of what the milder one has.
    pub fn apply(self, picture: &RgbImage, seed: u64) -> RgbImage {
        let dice = &mut Dice::new(seed, self.kind as u64);
        let spoil = match self.kind {
            Kind::Noise => noise::apply,
            Kind::Defocus => defocus::apply,
            Kind::Motion => motion::apply,
            Kind::LowLight => low_light::apply,
            Kind::Jpeg => jpeg::apply,
            Kind::Rain => rain::apply,
            Kind::Occlusion => occlusion::apply,
            Kind::OverExposure => over_exposure::apply,
        };
        spoil(picture, self.severity, dice)
    }
}

/// A length that is a share of the picture's longer side, in pixels.
fn pixels(picture: &RgbImage, share: f32) -> f32 {
    picture.width().max(picture.height()) as f32 * share
}

/// A number as a sample of a picture.
fn sample(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
