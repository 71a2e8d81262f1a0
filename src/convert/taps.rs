//! Which old samples a new one is made of, and how much of each.
//!
//! A triangle as wide as two new samples, or as two old ones when a picture grows, so that nothing is skipped when it
//! shrinks. Weights are whole numbers whose sum is exact, so that an even area stays what it was.

/// Sum of the weights of a row of new samples: with 8-bit samples the sums fit into 16 bits.
const DOWN: u32 = 256;
/// Sum of the weights of a new sample within a row.
pub(super) const ACROSS: u32 = 1 << 14;
/// Samples of one new sample that a kernel multiplies at once.
pub(super) const CHUNK: usize = 8;
/// New samples that a kernel makes at once.
pub(super) const LANES: usize = 8;

/// The old rows of each new row.
#[derive(Default)]
pub(super) struct Down {
    /// The first old row, and where its weights begin.
    rows: Vec<(usize, usize)>,
    weights: Vec<u16>,
}

impl Down {
    /// The taps of `to` new rows made of `from` old ones.
    pub(super) fn new(from: u32, to: u32) -> Self {
        let mut taps = Self::default();
        for i in 0..to {
            let (first, weights) = triangle(i, from, to);
            taps.rows.push((first as usize, taps.weights.len()));
            taps.weights
                .extend(whole(&weights, DOWN).map(|weight| weight as u16));
        }
        taps
    }

    /// The first old row of a new one, and the weights of it and those that follow.
    pub(super) fn row(&self, number: usize) -> (usize, &[u16]) {
        let (first, begin) = self.rows[number];
        let end = self
            .rows
            .get(number + 1)
            .map_or(self.weights.len(), |next| next.1);
        (first, &self.weights[begin..end])
    }
}

/// The old samples of each new sample in a row.
pub(super) struct Across {
    starts: Vec<[u32; LANES]>,
    weights: Vec<[i16; 2 * CHUNK]>,
    chunks: usize,
    reach: usize,
}

impl Across {
    /// The taps of `to` new samples made of `from` old ones.
    pub(super) fn new(from: u32, to: u32) -> Self {
        let triangles: Vec<_> = (0..to).map(|i| triangle(i, from, to)).collect();
        let longest = triangles.iter().map(|(_, shares)| shares.len()).max();
        let chunks = longest.unwrap_or(0).div_ceil(CHUNK);
        let groups = triangles.len().div_ceil(LANES);
        let mut starts = vec![[0; LANES]; groups];
        let mut weights = vec![[0; 2 * CHUNK]; groups * LANES / 2 * chunks];
        for (i, (first, shares)) in triangles.iter().enumerate() {
            let (group, lane) = (i / LANES, i % LANES);
            starts[group][lane] = *first;
            for (tap, weight) in whole(shares, ACROSS).enumerate() {
                let (chunk, at) = (tap / CHUNK, tap % CHUNK);
                let (row, half) = woven(group, lane, chunks);
                weights[row + chunk][half + at] = weight as i16;
            }
        }
        let last = starts.iter().flatten().max().copied().unwrap_or(0);
        Self {
            starts,
            weights,
            chunks,
            reach: last as usize + chunks * CHUNK,
        }
    }

    /// New samples, with those that fill the last group up.
    pub(super) const fn len(&self) -> usize {
        self.starts.len() * LANES
    }

    /// Where each new sample's old ones begin: [`LANES`] new samples a group.
    pub(super) fn starts(&self) -> &[[u32; LANES]] {
        &self.starts
    }

    /// The weights of all chunks of the new samples 0 and 4 of the first group, side by side, then those of 1 and 5, and so
    /// on: what a kernel multiplies at once lies together. Zero where a new sample has fewer.
    pub(super) fn weights(&self) -> &[[i16; 2 * CHUNK]] {
        &self.weights
    }

    /// Chunks of each new sample; as many as the longest needs.
    pub(super) const fn chunks(&self) -> usize {
        self.chunks
    }

    /// How many old samples are read: `starts` and `chunks` stay within.
    pub(super) const fn reach(&self) -> usize {
        self.reach
    }

    /// The weights of one new sample, in chunks.
    pub(super) fn of(&self, group: usize, lane: usize) -> impl Iterator<Item = &[i16]> {
        let (row, half) = woven(group, lane, self.chunks);
        let rows = self.weights[row..][..self.chunks].iter();
        rows.map(move |row| &row[half..][..CHUNK])
    }
}

/// The row of a new sample's first chunk, and where in it.
const fn woven(group: usize, lane: usize, chunks: usize) -> (usize, usize) {
    const PAIRS: usize = LANES / 2;
    (
        (group * PAIRS + lane % PAIRS) * chunks,
        lane / PAIRS * CHUNK,
    )
}

/// The first old sample that new sample `i` is made of, and the shares of it and those that follow.
fn triangle(i: u32, from: u32, to: u32) -> (u32, Vec<f64>) {
    let scale = f64::from(from) / f64::from(to);
    let (reach, center) = (scale.max(1.0), (f64::from(i) + 0.5) * scale);
    let share = |s: u32| 1.0 - (f64::from(s) + 0.5 - center).abs() / reach;
    let first = (center - reach - 0.5).floor().max(0.0) as u32;
    let last = ((center + reach).ceil() as u32).min(from);
    let near: Vec<_> = (first..last).filter(|&s| share(s) > 0.0).collect();
    let total: f64 = near.iter().map(|&s| share(s)).sum();
    (near[0], near.iter().map(|&s| share(s) / total).collect())
}

/// Shares of one as whole numbers whose sum is `total`: what is cut off of one is given to the next.
fn whole(shares: &[f64], total: u32) -> impl Iterator<Item = u32> {
    let upto = move |sum: f64| (sum * f64::from(total)).round() as u32;
    shares.iter().scan((0.0, 0), move |(sum, given), share| {
        *sum += share;
        let weight = upto(*sum) - *given;
        *given += weight;
        Some(weight)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_the_size_is_made_of_four_samples_each() {
        let down = Down::new(8, 4);
        assert_eq!(down.row(1), (1, [32, 96, 96, 32].as_slice()));
        assert_eq!(down.row(0), (0, [110, 109, 37].as_slice()));
    }

    #[test]
    fn twice_the_size_is_made_of_two() {
        let down = Down::new(4, 8);
        assert_eq!(down.row(1), (0, [192, 64].as_slice()));
        assert_eq!(down.row(0), (0, [256].as_slice()));
    }

    proptest! {
        #[test]
        fn weights_sum_up_exactly_and_stay_inside(
            from in 1u32..5000, to in 1u32..600,
        ) {
            let down = Down::new(from, to);
            for i in 0..to as usize {
                let (first, weights) = down.row(i);
                prop_assert_eq!(weights.iter().copied().map(u32::from).sum::<u32>(), DOWN);
                prop_assert!(first + weights.len() <= from as usize);
            }
            let across = Across::new(from, to);
            for i in 0..to as usize {
                let (group, lane) = (i / LANES, i % LANES);
                let weights: Vec<i16> = across.of(group, lane).flatten().copied().collect();
                let sum: u32 = weights.iter().map(|weight| *weight as u32).sum();
                prop_assert_eq!(sum, ACROSS);
                let last = weights.iter().rposition(|weight| *weight != 0).expect("some");
                let start = across.starts()[group][lane] as usize;
                prop_assert!(start + last < from as usize);
                prop_assert!(start + weights.len() <= across.reach());
            }
        }
    }
}
