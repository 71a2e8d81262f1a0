//! BT.601 colours and a model's normalisation, folded into one weighted sum per channel.

use crate::convert::InputSpec;

/// What the three samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Y in 16–235, U and V in 16–240: what cameras deliver in raw formats.
    Limited,
    /// Y, U and V in 0–255: JPEG.
    Full,
    /// Red, green and blue.
    Rgb,
}

/// How one channel of the tensor comes out of the three samples of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    weights: [f32; 3],
    bias: f32,
    /// What 0 and 255 become, the smaller first: colours outside of them do not exist.
    bounds: [f32; 2],
}

impl Channel {
    /// The tensor's channels in its own order.
    pub(super) fn all(spec: &InputSpec, encoding: Encoding) -> [Self; 3] {
        [0, 1, 2].map(|channel| {
            let colour = if spec.bgr { 2 - channel } else { channel };
            let (weights, bias) = encoding.sum_for(colour);
            let gain = 1.0 / spec.std[channel];
            let out = |value: f32| (value - spec.mean[channel]) * gain;
            let (black, white) = (out(0.0), out(255.0));
            Self {
                weights: weights.map(|weight| weight * gain),
                bias: out(bias),
                bounds: [black.min(white), black.max(white)],
            }
        })
    }

    /// One row of the channel from rows of the three samples.
    pub(super) fn write(&self, samples: &[Vec<f32>; 3], out: &mut [f32]) {
        let [a, b, c] = samples.each_ref().map(|row| &row[..out.len()]);
        let ([wa, wb, wc], [low, high]) = (self.weights, self.bounds);
        for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
            *out = (wa * a + wb * b + wc * c + self.bias).clamp(low, high);
        }
    }
}

impl Encoding {
    /// Weights and constant of red (0), green (1) or blue (2): ITU-R BT.601 with Kr = 0.299 and Kb = 0.114.
    fn sum_for(self, colour: usize) -> ([f32; 3], f32) {
        const CHROMA: [[f32; 2]; 3] = [[0.0, 1.402], [-0.344_136, -0.714_136], [1.772, 0.0]];
        let yuv = |black: f32, luma: f32, chroma: f32| {
            let [u, v] = CHROMA[colour].map(|weight| weight * chroma);
            ([luma, u, v], -black * luma - 128.0 * (u + v))
        };
        match self {
            Self::Limited => yuv(16.0, 255.0 / 219.0, 255.0 / 224.0),
            Self::Full => yuv(0.0, 1.0, 1.0),
            Self::Rgb => ([0, 1, 2].map(|i| f32::from(i == colour as u8)), 0.0),
        }
    }
}
