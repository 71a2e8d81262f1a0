//! What the decoders' tests share.

use super::{Candidate, Decode};
use crate::detect::tensor::{Tensor, Values};
use crate::types::Score;

pub fn tensor(name: &'static str, shape: &[usize], values: Vec<f32>) -> Tensor<'static> {
    assert_eq!(shape.iter().product::<usize>(), values.len());
    Tensor {
        name,
        shape: shape.to_vec(),
        values: Values::Float(values.into()),
    }
}

pub fn labels(name: &'static str, shape: &[usize], values: Vec<i64>) -> Tensor<'static> {
    assert_eq!(shape.iter().product::<usize>(), values.len());
    Tensor {
        name,
        shape: shape.to_vec(),
        values: Values::Integer(values.into()),
    }
}

pub fn decode(decoder: &dyn Decode, outputs: &[Tensor<'_>], floor: f32) -> Vec<Candidate> {
    let mut found = Vec::new();
    let floor = Score::new(floor).expect("is within 0–1");
    decoder
        .decode(outputs, floor, &mut found)
        .expect("is as promised");
    found
}

pub fn check_refuses(decoder: &dyn Decode, outputs: &[Tensor<'_>], expected: &str) {
    let floor = Score::new(0.1).expect("is within 0–1");
    let error = decoder
        .decode(outputs, floor, &mut Vec::new())
        .expect_err("must be refused");
    assert_eq!(error.to_string(), expected);
}
