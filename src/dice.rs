//! Numbers that look random and are the same for the same seed, for figures and tests that can be repeated.
//!
//! SplitMix64 (<https://doi.org/10.1145/2714064.2660195>): ten lines that will not change with a crate's version.

/// Dice that fall the same way for the same seed.
pub struct Dice(u64);

impl Dice {
    /// The dice of this seed (such as a picture's number) for one purpose.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut dice = Self(seed ^ purpose.wrapping_mul(0xd134_2543_de82_ef95));
        // Neighbouring seeds begin alike; a round apart they do not.
        Self(dice.bits())
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Uniform from 0 to below `n`, which is above zero.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Uniform from `from` to `to`.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Normal with mean 0 and deviation 1, as a sum of four uniform numbers: a pixel needs no tails beyond 3.4.
    pub fn normal(&mut self) -> f32 {
        let bits = self.bits();
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
        (sum as f32 / 65_535.0 - 2.0) * 3f32.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_has_mean_zero_and_deviation_one() {
        let mut dice = Dice::new(1, 0);
        let numbers: Vec<f32> = (0..20_000).map(|_| dice.normal()).collect();
        let count = numbers.len() as f32;
        let mean = numbers.iter().sum::<f32>() / count;
        let variance = numbers.iter().map(|n| (n - mean).powi(2)).sum::<f32>() / count;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn the_same_seed_falls_the_same_way_and_another_does_not() {
        let roll = |seed, purpose| Dice::new(seed, purpose).between(0.0, 1.0);
        assert_eq!(roll(7, 1), roll(7, 1));
        assert_ne!(roll(7, 1), roll(8, 1));
        assert_ne!(roll(7, 1), roll(7, 2));
    }
}
