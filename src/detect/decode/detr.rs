//! DETR and its kin with their post-processing in the graph: labels, corners and scores of a fixed number of queries.
//!
//! Corners come in the size that was asked for through the size input; the engine asks for the input's own.

use super::rtmdet::expect_labels;
use super::score::score;
use super::{Candidate, Decode, OutputError, expect, finite, floats, integers};
use crate::detect::manifest::{Activation, OutputSpec};
use crate::detect::tensor::{Port, Tensor};
use crate::types::Score;

pub struct Detr {
    ports: Vec<Port>,
    person: i64,
}

pub fn ports(output: &OutputSpec) -> Vec<Port> {
    vec![
        Port::integers(&output.names[0], &[Some(1), None]),
        Port::floats(&output.names[1], &[Some(1), None, Some(4)]),
        Port::floats(&output.names[2], &[Some(1), None]),
    ]
}

impl Detr {
    pub fn new(output: &OutputSpec) -> Self {
        Self {
            ports: ports(output),
            person: output.person as i64,
        }
    }
}

impl Decode for Detr {
    fn decode(
        &self,
        outputs: &[Tensor<'_>],
        floor: Score,
        found: &mut Vec<Candidate>,
    ) -> Result<(), OutputError> {
        expect(&self.ports, outputs)?;
        let [labels, boxes, scores] = outputs else {
            unreachable!("their number was checked");
        };
        let rows = floats(scores).len();
        expect_labels(labels, rows)?;
        expect(
            &[Port::floats(boxes.name, &[Some(1), Some(rows), Some(4)])],
            &outputs[1..2],
        )?;
        let corners = floats(boxes).chunks_exact(4);
        for ((&label, corners), &value) in integers(labels).iter().zip(corners).zip(floats(scores))
        {
            let score = score(scores.name, value, Activation::None)?;
            if label == self.person && score >= floor {
                let corners = [corners[0], corners[1], corners[2], corners[3]];
                let corners = finite(boxes.name, corners)?;
                found.push(Candidate { corners, score });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::decode::testing::{check_refuses, decode, labels, tensor};
    use crate::detect::manifest::Family;

    fn decoder() -> Detr {
        Detr::new(&OutputSpec {
            names: ["labels", "boxes", "scores"].map(str::to_owned).to_vec(),
            classes: 80,
            person: 0,
            nms_iou: None,
            family: Family::Detr { size_input: None },
        })
    }

    fn outputs(scores: Vec<f32>, rows: usize) -> [Tensor<'static>; 3] {
        [
            labels("labels", &[1, 3], vec![0, 17, 0]),
            tensor(
                "boxes",
                &[1, rows, 4],
                (0..rows * 4).map(|v| v as f32).collect(),
            ),
            tensor("scores", &[1, 3], scores),
        ]
    }

    #[test]
    fn people_above_the_floor_are_found() {
        let found = decode(&decoder(), &outputs(vec![0.05, 0.9, 0.4], 3), 0.1);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].corners, [8.0, 9.0, 10.0, 11.0]);
    }

    #[test]
    fn what_the_manifest_does_not_promise_is_refused() {
        let shape = "output `boxes` came as f32 [1, 2, 4], f32 [1, 3, 4] was expected";
        check_refuses(&decoder(), &outputs(vec![0.0; 3], 2), shape);
        let value = "output `scores` holds 3, a score of 0 to 1 was expected";
        check_refuses(&decoder(), &outputs(vec![3.0; 3], 3), value);
    }
}
