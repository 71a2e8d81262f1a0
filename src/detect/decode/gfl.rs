//! NanoDet and PicoDet: for each stride a score a class, and the four distances from the cell's centre to the box's edges
//! as distributions.
//!
//! A softmax over each group of `reg_max + 1` bins, its expectation times the stride: the generalised focal loss of
//! [Li et al. 2020](https://arxiv.org/abs/2006.04388), section 3.2. centre = (cell + ½) · stride + shift.

use super::score::score;
use super::{Candidate, Decode, OutputError, expect, finite, floats, grid};
use crate::detect::manifest::{Activation, Family, OutputSpec};
use crate::detect::tensor::{Port, Tensor};
use crate::types::{Score, Size};

pub struct Gfl {
    ports: Vec<Port>,
    input: Size,
    strides: Vec<u32>,
    activation: Activation,
    bins: usize,
    center_shift: f32,
    classes: usize,
    person: usize,
}

pub fn ports(output: &OutputSpec, strides: &[u32], reg_max: usize, input: Size) -> Vec<Port> {
    let port = |(name, (&stride, columns)): (&String, (&u32, usize))| {
        Port::floats(
            name,
            &[Some(1), Some(grid::len(input, stride)), Some(columns)],
        )
    };
    let classes = strides.iter().map(|stride| (stride, output.classes));
    let distances = strides.iter().map(|stride| (stride, 4 * (reg_max + 1)));
    output
        .names
        .iter()
        .zip(classes.chain(distances))
        .map(port)
        .collect()
}

impl Gfl {
    pub fn new(output: &OutputSpec, input: Size) -> Self {
        let Family::Gfl {
            strides,
            reg_max,
            center_shift,
            activation,
        } = &output.family
        else {
            unreachable!("the family chose this decoder");
        };
        Self {
            ports: ports(output, strides, *reg_max, input),
            input,
            strides: strides.clone(),
            activation: *activation,
            bins: reg_max + 1,
            center_shift: *center_shift,
            classes: output.classes,
            person: output.person,
        }
    }

    fn corners(&self, row: &[f32], (x, y): (f32, f32), stride: f32) -> [f32; 4] {
        let center = |cell: f32| (cell + 0.5) * stride + self.center_shift;
        let edge = |side: usize| expectation(&row[side * self.bins..][..self.bins]) * stride;
        let (x, y) = (center(x), center(y));
        [x - edge(0), y - edge(1), x + edge(2), y + edge(3)]
    }
}

impl Decode for Gfl {
    fn decode(
        &self,
        outputs: &[Tensor<'_>],
        floor: Score,
        found: &mut Vec<Candidate>,
    ) -> Result<(), OutputError> {
        expect(&self.ports, outputs)?;
        let (classes, distances) = outputs.split_at(self.strides.len());
        for ((&stride, classes), distances) in self.strides.iter().zip(classes).zip(distances) {
            let scores = floats(classes).chunks_exact(self.classes);
            let edges = floats(distances).chunks_exact(4 * self.bins);
            for ((cell, scores), edges) in grid::cells(self.input, stride).zip(scores).zip(edges) {
                let score = score(classes.name, scores[self.person], self.activation)?;
                if score >= floor {
                    let corners = self.corners(edges, cell, stride as f32);
                    let corners = finite(distances.name, corners)?;
                    found.push(Candidate { corners, score });
                }
            }
        }
        Ok(())
    }
}

/// The mean bin of a distribution that is given by its logits.
fn expectation(logits: &[f32]) -> f32 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (bin, logit) in logits.iter().enumerate() {
        let weight = (logit - max).exp();
        sum += weight;
        weighted += weight * bin as f32;
    }
    weighted / sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::decode::testing::{check_refuses, decode, tensor};

    /// An input of 32×32 and strides 16 and 32: four cells and one.
    fn decoder(center_shift: f32) -> Gfl {
        let output = OutputSpec {
            names: ["c16", "c32", "d16", "d32"].map(str::to_owned).to_vec(),
            classes: 2,
            person: 0,
            nms_iou: Some(0.6),
            family: Family::Gfl {
                strides: vec![16, 32],
                reg_max: 1,
                center_shift,
                activation: Activation::None,
            },
        };
        Gfl::new(&output, Size::new(32, 32))
    }

    fn outputs(d16: Vec<f32>) -> [Tensor<'static>; 4] {
        [
            tensor(
                "c16",
                &[1, 4, 2],
                vec![0.0, 1.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0],
            ),
            tensor("c32", &[1, 1, 2], vec![0.0, 0.9]),
            tensor("d16", &[1, 4, 8], d16),
            tensor("d32", &[1, 1, 8], vec![0.0; 8]),
        ]
    }

    #[test]
    fn even_distributions_lie_in_the_middle_of_their_bins() {
        let found = decode(&decoder(-0.5), &outputs(vec![3.0; 32]), 0.1);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].score.get(), 0.8);
        assert_eq!(found[0].corners, [15.5, -0.5, 31.5, 15.5]);
    }

    #[test]
    fn a_certain_distribution_is_its_bin() {
        let mut distances = vec![0.0; 32];
        distances[8..16].copy_from_slice(&[9e3, 0.0, 0.0, 9e3, 9e3, 0.0, 0.0, 9e3]);
        let found = decode(&decoder(0.0), &outputs(distances), 0.1);
        assert_eq!(found[0].corners, [24.0, -8.0, 24.0, 24.0]);
    }

    #[test]
    fn what_the_manifest_does_not_promise_is_refused() {
        let value = "output `d16` holds NaN, a finite corner of a box was expected";
        check_refuses(&decoder(0.0), &outputs(vec![f32::NAN; 32]), value);
        check_refuses(
            &decoder(0.0),
            &outputs(vec![0.0; 32])[..3],
            "3 outputs came, 4 were expected",
        );
        let mut swapped = outputs(vec![0.0; 32]);
        swapped.swap(0, 2);
        let shape = "output `c16` came as f32 [1, 4, 8], f32 [1, 4, 2] was expected";
        check_refuses(&decoder(0.0), &swapped, shape);
    }
}
