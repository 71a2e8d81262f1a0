//! Every format against a slow reference that is easy to believe: one pixel at a time, in floats.

mod formats;
mod jpeg;
mod masked;
mod reference;
mod scene;

use crate::convert::{Align, Fit, InputSpec};
use crate::types::Size;

/// An input of 416×256 as models here have it, red first and not normalised, so that errors read as levels of 255.
pub(crate) fn plain(size: Size) -> InputSpec {
    InputSpec {
        size,
        multiple_of: None,
        bgr: false,
        mean: [0.0; 3],
        std: [1.0; 3],
        fit: Fit::Letterbox(Align::Center, 114),
    }
}

/// Mean absolute difference.
fn mean_error(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32
}

/// Peak signal-to-noise ratio in decibels, for values of 0–255.
fn psnr(a: &[f32], b: &[f32]) -> f32 {
    let squares: f32 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    10.0 * (255.0f32.powi(2) / (squares / a.len() as f32)).log10()
}
