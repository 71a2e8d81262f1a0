//! YOLOX: each row is a cell's offset of the centre, logarithm of the size, perhaps objectness, and a score a class.
//!
//! centre = (cell + offset) · stride, size = exp(value) · stride, score = objectness · class
//! ([Ge et al. 2021](https://arxiv.org/abs/2107.08430), section 2).

use super::score::score;
use super::{Candidate, Decode, OutputError, cells, expect, finite, floats, grid};
use crate::detect::manifest::{Activation, Family, OutputSpec};
use crate::detect::tensor::{Port, Tensor};
use crate::types::{Score, Size};

/// Left to read: offset of the centre and logarithm of the size.
const BOX_COLUMNS: usize = 4;

pub struct Yolox {
    ports: Vec<Port>,
    input: Size,
    strides: Vec<u32>,
    activation: Activation,
    columns: usize,
    objectness: Option<usize>,
    person: usize,
}

pub fn ports(output: &OutputSpec, strides: &[u32], objectness: bool, input: Size) -> Vec<Port> {
    let rows = cells(strides, input);
    let columns = BOX_COLUMNS + usize::from(objectness) + output.classes;
    vec![Port::floats(
        &output.names[0],
        &[Some(1), Some(rows), Some(columns)],
    )]
}

impl Yolox {
    pub fn new(output: &OutputSpec, input: Size) -> Self {
        let Family::Yolox {
            strides,
            objectness,
            activation,
        } = &output.family
        else {
            unreachable!("the family chose this decoder");
        };
        let classes = BOX_COLUMNS + usize::from(*objectness);
        Self {
            ports: ports(output, strides, *objectness, input),
            input,
            strides: strides.clone(),
            activation: *activation,
            columns: classes + output.classes,
            objectness: objectness.then_some(BOX_COLUMNS),
            person: classes + output.person,
        }
    }

    fn score(&self, row: &[f32]) -> Result<Score, OutputError> {
        let name = &self.ports[0].name;
        let person = score(name, row[self.person], self.activation)?;
        let Some(column) = self.objectness else {
            return Ok(person);
        };
        let anything = score(name, row[column], self.activation)?;
        Ok(Score::new(person.get() * anything.get()).expect("a product of scores is a score"))
    }

    fn corners(
        &self,
        row: &[f32],
        (x, y): (f32, f32),
        stride: f32,
    ) -> Result<[f32; 4], OutputError> {
        let (x, y) = ((x + row[0]) * stride, (y + row[1]) * stride);
        let (half_width, half_height) = (row[2].exp() * stride / 2.0, row[3].exp() * stride / 2.0);
        let corners = [
            x - half_width,
            y - half_height,
            x + half_width,
            y + half_height,
        ];
        finite(&self.ports[0].name, corners)
    }
}

impl Decode for Yolox {
    fn decode(
        &self,
        outputs: &[Tensor<'_>],
        floor: Score,
        found: &mut Vec<Candidate>,
    ) -> Result<(), OutputError> {
        expect(&self.ports, outputs)?;
        let mut rows = floats(&outputs[0]).chunks_exact(self.columns);
        for &stride in &self.strides {
            for (cell, row) in grid::cells(self.input, stride).zip(&mut rows) {
                let score = self.score(row)?;
                if score >= floor {
                    let corners = self.corners(row, cell, stride as f32)?;
                    found.push(Candidate { corners, score });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::decode::testing::{check_refuses, decode, tensor};

    /// An input of 64×32 and strides 16 and 32: rows 0–7 and 8–9.
    fn output(objectness: bool, activation: Activation) -> OutputSpec {
        OutputSpec {
            names: vec!["output".to_owned()],
            classes: 2,
            person: 1,
            nms_iou: Some(0.6),
            family: Family::Yolox {
                strides: vec![16, 32],
                objectness,
                activation,
            },
        }
    }

    const INPUT: Size = Size::new(64, 32);

    #[test]
    fn a_row_is_a_box_around_its_cell() {
        let decoder = Yolox::new(&output(true, Activation::None), INPUT);
        let mut rows = vec![[0.0f32; 7]; 10];
        rows[6] = [0.5, 0.25, 2f32.ln(), 0.0, 0.5, 0.9, 0.8]; // Column 2, row 1 of stride 16.
        rows[9] = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.9]; // Column 1, row 0 of stride 32.
        let found = decode(
            &decoder,
            &[tensor("output", &[1, 10, 7], rows.concat())],
            0.1,
        );
        let found: Vec<_> = found.iter().map(|c| (c.corners, c.score.get())).collect();
        assert_eq!(
            found,
            [
                ([24.0, 12.0, 56.0, 28.0], 0.4),
                ([16.0, 16.0, 48.0, 48.0], 0.9)
            ]
        );
    }

    #[test]
    fn logits_pass_through_a_sigmoid() {
        let decoder = Yolox::new(&output(false, Activation::Sigmoid), INPUT);
        let mut rows = vec![[0.0, 0.0, 0.0, 0.0, 9.0, -9.0]; 10];
        rows[0][5] = 0.0;
        let found = decode(
            &decoder,
            &[tensor("output", &[1, 10, 6], rows.concat())],
            0.1,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].score.get(), 0.5);
    }

    #[test]
    fn what_the_manifest_does_not_promise_is_refused() {
        let decoder = Yolox::new(&output(false, Activation::None), INPUT);
        let mut rows = vec![0.0; 60];
        let shape = "output `output` came as f32 [1, 6, 10], f32 [1, 10, 6] was expected";
        check_refuses(
            &decoder,
            &[tensor("output", &[1, 6, 10], rows.clone())],
            shape,
        );
        rows[5] = f32::NAN;
        let value = "output `output` holds NaN, a score of 0 to 1 was expected";
        check_refuses(
            &decoder,
            &[tensor("output", &[1, 10, 6], rows.clone())],
            value,
        );
        rows[5] = 1.0;
        rows[2] = 1000.0;
        let corner = "output `output` holds -inf, a finite corner of a box was expected";
        check_refuses(&decoder, &[tensor("output", &[1, 10, 6], rows)], corner);
        check_refuses(&decoder, &[], "0 outputs came, 1 were expected");
    }
}
