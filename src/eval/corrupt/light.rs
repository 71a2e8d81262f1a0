//! Samples ↔ amounts of light: a sensor counts photons, and a picture holds about their 2.2th root.

const GAMMA: f32 = 2.2;

/// The light, 0–1, that each sample stands for.
pub fn linear() -> [f32; 256] {
    std::array::from_fn(|sample| (sample as f32 / 255.0).powf(GAMMA))
}

/// The sample, 0–255, that stands for an amount of light.
pub fn encoded(light: f32) -> f32 {
    255.0 * light.clamp(0.0, 1.0).powf(1.0 / GAMMA)
}
