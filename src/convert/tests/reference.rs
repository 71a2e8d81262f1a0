//! What a tensor must hold, computed one pixel at a time.

use crate::convert::{Fit, InputSpec, Letterbox};
use crate::types::Size;

/// Full-range BT.601 → red, green and blue.
pub(super) fn full([y, u, v]: [f32; 3]) -> [f32; 3] {
    let (u, v) = (u - 128.0, v - 128.0);
    let red = y + 1.402 * v;
    let green = y - 0.344_136 * u - 0.714_136 * v;
    let blue = y + 1.772 * u;
    [red, green, blue].map(|value| value.clamp(0.0, 255.0))
}

/// Limited-range BT.601 → red, green and blue.
pub(super) fn limited([y, u, v]: [f32; 3]) -> [f32; 3] {
    let chroma = |value: f32| (value - 128.0) * 255.0 / 224.0 + 128.0;
    full([(y - 16.0) * 255.0 / 219.0, chroma(u), chroma(v)])
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
