//! What a tensor must hold, computed one pixel at a time.

use crate::convert::{Fit, InputSpec, Letterbox};
use crate::types::{Colour, Matrix, Range, Size};

/// Y, U and V → red, green and blue. The factors are those that the literature lists for each matrix, and not computed.
pub(super) fn rgb(colour: Colour, [y, u, v]: [f32; 3]) -> [f32; 3] {
    let (y, u, v) = match colour.range {
        Range::Full => (y, u - 128.0, v - 128.0),
        Range::Limited => {
            let chroma = |value: f32| (value - 128.0) * 255.0 / 224.0;
            ((y - 16.0) * 255.0 / 219.0, chroma(u), chroma(v))
        }
    };
    let (red, green, blue) = match colour.matrix {
        Matrix::Bt601 => (1.402, (0.344_136, 0.714_136), 1.772),
        Matrix::Bt709 => (1.5748, (0.187_324, 0.468_124), 1.8556),
        Matrix::Bt2020 => (1.4746, (0.164_553, 0.571_353), 1.8814),
    };
    let pixel = [y + red * v, y - green.0 * u - green.1 * v, y + blue * u];
    pixel.map(|value| value.clamp(0.0, 255.0))
}

/// The tensor of a picture whose pixels are `rgb(x, y)`.
pub(super) fn tensor(spec: &InputSpec, from: Size, rgb: impl Fn(u32, u32) -> [f32; 3]) -> Vec<f32> {
    let letterbox = Letterbox::new(from, spec);
    let (columns, rows) = (
        weights(from.width, letterbox.inner.width),
        weights(from.height, letterbox.inner.height),
    );
    let pad = match spec.fit {
        Fit::Letterbox(_, pad) => f32::from(pad),
        Fit::Stretch => 0.0,
    };
    let pixels: Vec<[f32; 3]> = (0..from.height)
        .flat_map(|y| (0..from.width).map(move |x| (x, y)))
        .map(|(x, y)| rgb(x, y))
        .collect();
    let mut tensor = Vec::new();
    for channel in 0..3 {
        let colour = if spec.bgr { 2 - channel } else { channel };
        for y in 0..spec.size.height {
            for x in 0..spec.size.width {
                let row = y
                    .checked_sub(letterbox.top)
                    .and_then(|y| rows.get(y as usize));
                let column = x
                    .checked_sub(letterbox.left)
                    .and_then(|x| columns.get(x as usize));
                let mut value = pad;
                if let (Some(row), Some(column)) = (row, column) {
                    value = 0.0;
                    for (sy, wy) in row {
                        for (sx, wx) in column {
                            value += wy * wx * pixels[(sy * from.width + sx) as usize][colour];
                        }
                    }
                }
                tensor.push((value - spec.mean[channel]) / spec.std[channel]);
            }
        }
    }
    tensor
}

/// Which samples each new sample is made of and with which weights: a triangle as wide as two new samples, or two old ones
/// when the picture grows.
fn weights(from: u32, to: u32) -> Vec<Vec<(u32, f32)>> {
    let scale = from as f32 / to as f32;
    let reach = scale.max(1.0);
    (0..to)
        .map(|i| {
            let center = (i as f32 + 0.5) * scale;
            let weight = |s: u32| (1.0 - (s as f32 + 0.5 - center).abs() / reach).max(0.0);
            let total: f32 = (0..from).map(weight).sum();
            let near = (0..from).filter(|&s| weight(s) > 0.0);
            near.map(|s| (s, weight(s) / total)).collect()
        })
        .collect()
}
