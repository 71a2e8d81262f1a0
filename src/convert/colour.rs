//! What samples mean, and a model's normalisation, folded into one weighted sum per channel.

use crate::convert::InputSpec;
use crate::types::{Colour, Matrix, Range};

/// What the three samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Encoding {
    /// Y, U and V.
    Yuv {
        /// As the driver or the file says.
        colour: Colour,
        /// The largest sample: 255, and a little more where there are more than eight bits.
        white: f32,
    },
    /// Red, green and blue.
    Rgb,
}

/// How one channel of the tensor comes out of the three samples of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    pub(super) weights: [f32; 3],
    pub(super) bias: f32,
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

    /// One row of the channel from rows of the three samples, each number as `number` has it. Inlined, so that the kernels
    /// compile it for their processor.
    #[inline(always)]
    pub(super) fn write<N>(
        &self,
        samples: &[Vec<f32>; 3],
        out: &mut [N],
        number: impl Fn(f32) -> N,
    ) {
        let [a, b, c] = samples.each_ref().map(|row| &row[..out.len()]);
        let ([wa, wb, wc], [low, high]) = (self.weights, self.bounds);
        for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
            *out = number((wa * a + wb * b + wc * c + self.bias).clamp(low, high));
        }
    }
}

impl Encoding {
    /// Weights and constant of red (0), green (1) or blue (2).
    fn sum_for(self, colour: usize) -> ([f32; 3], f32) {
        match self {
            Self::Yuv {
                colour: Colour { matrix, range },
                white,
            } => {
                let (black, luma, chroma) = match range {
                    Range::Limited => (16.0, 255.0 / 219.0, 255.0 / 224.0),
                    Range::Full => (0.0, 255.0 / white, 1.0),
                };
                let [u, v] = chroma_weights(matrix)[colour].map(|weight| weight * chroma);
                ([luma, u, v], -black * luma - 128.0 * (u + v))
            }
            Self::Rgb => ([0, 1, 2].map(|i| f32::from(i == colour as u8)), 0.0),
        }
    }
}

/// How much of U and V, each −0.5 to 0.5, is in red, green and blue: Y = Kr·R + Kg·G + Kb·B solved for them, with
/// U = (B − Y) ÷ 2(1 − Kb) and V = (R − Y) ÷ 2(1 − Kr) (ITU-R BT.601, BT.709 and BT.2020, section 3 each).
fn chroma_weights(matrix: Matrix) -> [[f32; 2]; 3] {
    let (kr, kb) = match matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
        Matrix::Bt2020 => (0.2627, 0.0593),
    };
    let (u, v, kg) = (2.0 * (1.0 - kb), 2.0 * (1.0 - kr), 1.0 - kr - kb);
    [[0.0, v], [-u * kb / kg, -v * kr / kg], [u, 0.0]]
}
