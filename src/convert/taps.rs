//! Which old samples a new one is made of, and how much of each.
//!
//! A triangle as wide as two new samples, or as two old ones when a picture grows, so that nothing is skipped when it
//! shrinks. Weights are whole numbers whose sum is exact, so that an even area stays what it was.

/// Sum of the weights of a row of new samples: with 8-bit samples the sums fit into 16 bits, one of them a sign.
pub(super) const DOWN: u32 = 128;
/// Sum of the weights of a new sample within a row.
pub(super) const ACROSS: u32 = 1 << 14;
/// Samples of one new sample that a kernel multiplies at once.
pub(super) const CHUNK: usize = 8;
/// The same where no new sample needs more.
pub(super) const HALF: usize = CHUNK / 2;
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
            let (first, shares) = triangle(i, from, to);
            let weights: Vec<_> = whole(&shares, DOWN).map(|weight| weight as u16).collect();
            // What was rounded to nothing is left out, so that a weight of the whole sum stands alone.
            let heavy = |weight: &u16| *weight > 0;
            let begin = weights.iter().position(heavy).unwrap_or(0);
            let end = weights.iter().rposition(heavy).map_or(0, |last| last + 1);
            taps.rows.push((first as usize + begin, taps.weights.len()));
            taps.weights.extend(&weights[begin..end]);
        }
        taps
    }

    /// The first old row of a new one, and the weights of it and those that follow: of one alone all of [`DOWN`], of each of several
    /// less.
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
    /// [`CHUNK`] or [`HALF`].
    chunk: usize,
    chunks: usize,
    reach: usize,
}

impl Across {
    /// The taps of `to` new samples made of `from` old ones.
    pub(super) fn new(from: u32, to: u32) -> Self {
        let triangles: Vec<_> = (0..to).map(|i| triangle(i, from, to)).collect();
        let longest = triangles.iter().map(|(_, shares)| shares.len()).max();
        let longest = longest.unwrap_or(0);
        let chunk = if longest <= HALF { HALF } else { CHUNK };
        let chunks = longest.div_ceil(chunk);
        let groups = triangles.len().div_ceil(LANES);
        let mut starts = vec![[0; LANES]; groups];
        let mut weights = vec![[0; 2 * CHUNK]; groups * LANES * chunk * chunks / (2 * CHUNK)];
        for (i, (first, shares)) in triangles.iter().enumerate() {
            let (group, lane) = (i / LANES, i % LANES);
            starts[group][lane] = *first;
            for (tap, weight) in whole(shares, ACROSS).enumerate() {
                let (row, part) = woven(group, lane, chunk, chunks);
                weights[row + tap / chunk][part + tap % chunk] = weight as i16;
            }
        }
        let last = starts.iter().flatten().max().copied().unwrap_or(0);
        Self {
            starts,
            weights,
            chunk,
            chunks,
            reach: last as usize + chunks * chunk,
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

    /// What a kernel multiplies at once lies together. The weights of all chunks of the new samples 0 and 4 of the first group,
    /// side by side, then those of 1 and 5, and so on; with half a chunk each, those of 0, 1, 4 and 5, then of 2, 3, 6 and 7.
    /// Zero where a new sample has fewer.
    #[cfg(any(test, target_arch = "x86_64", target_arch = "aarch64"))]
    pub(super) fn weights(&self) -> &[[i16; 2 * CHUNK]] {
        &self.weights
    }

    /// Samples in a chunk of each new sample: [`CHUNK`], or [`HALF`] where that is enough.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub(super) const fn chunk(&self) -> usize {
        self.chunk
    }

    /// Chunks of each new sample; as many as the longest needs.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub(super) const fn chunks(&self) -> usize {
        self.chunks
    }

    /// How many old samples are read: `starts` and `chunks` stay within.
    pub(super) const fn reach(&self) -> usize {
        self.reach
    }

    /// The weights of one new sample, in chunks.
    pub(super) fn of(&self, group: usize, lane: usize) -> impl Iterator<Item = &[i16]> {
        let (row, part) = woven(group, lane, self.chunk, self.chunks);
        let rows = self.weights[row..][..self.chunks].iter();
        rows.map(move |row| &row[part..][..self.chunk])
    }
}

/// The row of a new sample's first chunk, and where in it.
const fn woven(group: usize, lane: usize, chunk: usize, chunks: usize) -> (usize, usize) {
    const PAIRS: usize = LANES / 2;
    let (low, high) = (lane % PAIRS, lane / PAIRS * CHUNK);
    if chunk == HALF {
        (group * PAIRS / 2 + low / 2, high + low % 2 * HALF)
    } else {
        ((group * PAIRS + low) * chunks, high)
    }
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
        assert_eq!(down.row(1), (1, [16, 48, 48, 16].as_slice()));
        assert_eq!(down.row(0), (0, [55, 55, 18].as_slice()));
    }

    #[test]
    fn twice_the_size_is_made_of_two() {
        let down = Down::new(4, 8);
        assert_eq!(down.row(1), (0, [96, 32].as_slice()));
        assert_eq!(down.row(0), (0, [128].as_slice()));
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
                // Kernels may rely on it.
                prop_assert!(weights.len() == 1 || weights.iter().all(|&weight| u32::from(weight) < DOWN));
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
