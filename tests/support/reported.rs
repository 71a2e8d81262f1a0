//! The truth of a scene as a detector would report it: perfect, or with stated faults.

use serde_json::Value;
use watchpost::types::{BBox, Detection, Monotonic, Score};

use super::scene::Scene;

/// A detector does not see what hardly shows: a tip of a shoe, or somebody behind somebody else.
const VISIBLE_PX_MIN: u64 = 300;

/// How faithfully the truth is reported.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// One frame in this many is inferred, ...
    pub every: usize,
    /// ... from this one on.
    pub phase: usize,
    /// `None` reports the truth; otherwise the seed of misses, jitter and false boxes.
    pub noise: Option<u64>,
    /// Report what shows of a person instead of the whole outline.
    pub cut: bool,
}

impl Quality {
    /// Every frame as it is.
    pub const PERFECT: Self = Self {
        every: 1,
        phase: 0,
        noise: None,
        cut: false,
    };

    /// When each frame was captured, and what a detector of this quality finds in it.
    pub fn detections(self, scene: &Scene) -> Vec<(Monotonic, Vec<Detection>)> {
        let mut noise = self.noise.map(Noise);
        let frames = scene.frames().skip(self.phase).step_by(self.every);
        frames
            .map(|(at, people)| {
                let people = people.as_array().expect("people").iter();
                let visible = people.filter(|p| p["visible_px"].as_u64() >= Some(VISIBLE_PX_MIN));
                let mut found: Vec<Detection> = visible
                    .filter_map(|person| self.detection(scene, person, noise.as_mut()))
                    .collect();
                found.extend(noise.as_mut().and_then(Noise::false_box));
                (at, found)
            })
            .collect()
    }

    fn detection(
        self,
        scene: &Scene,
        person: &Value,
        noise: Option<&mut Noise>,
    ) -> Option<Detection> {
        let key = if self.cut { "visible_box" } else { "box" };
        let side = |i: usize| person[key][i].as_f64().expect("pixels") as f32;
        let (width, height) = (scene.size.width as f32, scene.size.height as f32);
        let truth = [
            side(0) / width,
            side(1) / height,
            side(2) / width,
            side(3) / height,
        ];
        let [x1, y1, x2, y2] = match noise {
            None => truth,
            Some(noise) => noise.blur(truth)?,
        };
        Some(Detection {
            bbox: BBox::clipped(x1, y1, x2, y2)?,
            score: Score::new(0.9)?,
        })
    }
}

/// A detector's faults, from a seed.
struct Noise(u64);

impl Noise {
    /// Misses 15 % and moves each side by up to 5 % of the box.
    fn blur(&mut self, [x1, y1, x2, y2]: [f32; 4]) -> Option<[f32; 4]> {
        let (width, height) = (x2 - x1, y2 - y1);
        let mut jitter = |length: f32| length * 0.1 * (self.uniform() - 0.5);
        let blurred = [
            x1 + jitter(width),
            y1 + jitter(height),
            x2 + jitter(width),
            y2 + jitter(height),
        ];
        (self.uniform() >= 0.15).then_some(blurred)
    }

    /// A weak box anywhere, in every third frame.
    fn false_box(&mut self) -> Option<Detection> {
        let [x, y, score, chance] = [(); 4].map(|()| self.uniform());
        let found = Detection {
            bbox: BBox::clipped(x, y, x + 0.1, y + 0.3)?,
            score: Score::new(0.1 + 0.3 * score)?,
        };
        (chance < 0.33).then_some(found)
    }

    /// Uniform in 0–1, by xorshift64*.
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1u64 << 24) as f32
    }
}
