//! RTMDet as OpenMMLab exports it, with its NMS: rows of left, top, right, bottom in input pixels and score, and a label a
//! row.

use super::score::score;
use super::{Candidate, Decode, OutputError, expect, finite, floats, integers};
use crate::detect::manifest::{Activation, OutputSpec};
use crate::detect::tensor::{Port, Tensor};
use crate::types::Score;

pub struct Rtmdet {
    ports: Vec<Port>,
    person: i64,
}

pub fn ports(output: &OutputSpec) -> Vec<Port> {
    vec![
        Port::floats(&output.names[0], &[Some(1), None, Some(5)]),
        Port::integers(&output.names[1], &[Some(1), None]),
    ]
}

impl Rtmdet {
    pub fn new(output: &OutputSpec) -> Self {
        Self {
            ports: ports(output),
            person: output.person as i64,
        }
    }
}

impl Decode for Rtmdet {
    fn decode(
        &self,
        outputs: &[Tensor<'_>],
        floor: Score,
        found: &mut Vec<Candidate>,
    ) -> Result<(), OutputError> {
        expect(&self.ports, outputs)?;
        let (rows, labels) = (floats(&outputs[0]), integers(&outputs[1]));
        expect_labels(&outputs[1], rows.len() / 5)?;
        for (row, &label) in rows.chunks_exact(5).zip(labels) {
            let score = score(outputs[0].name, row[4], Activation::None)?;
            if label == self.person && score >= floor {
                let corners = finite(outputs[0].name, [row[0], row[1], row[2], row[3]])?;
                found.push(Candidate { corners, score });
            }
        }
        Ok(())
    }
}

/// One label for each of `rows` boxes, no more and no fewer.
pub fn expect_labels(labels: &Tensor<'_>, rows: usize) -> Result<(), OutputError> {
    expect(
        &[Port::integers(labels.name, &[Some(1), Some(rows)])],
        std::slice::from_ref(labels),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::decode::testing::{check_refuses, decode, labels, tensor};
    use crate::detect::manifest::Family;

    fn decoder() -> Rtmdet {
        Rtmdet::new(&OutputSpec {
            names: vec!["dets".to_owned(), "labels".to_owned()],
            classes: 2,
            person: 0,
            nms_iou: None,
            family: Family::Rtmdet,
        })
    }

    #[test]
    fn people_above_the_floor_are_found() {
        let rows = [
            [1.0, 2.0, 3.0, 4.0, 0.9],
            [1.0, 2.0, 3.0, 4.0, 0.8],
            [0.0, 0.0, 9.0, 9.0, 0.05],
        ];
        let outputs = [
            tensor("dets", &[1, 3, 5], rows.concat()),
            labels("labels", &[1, 3], vec![0, 1, 0]),
        ];
        let found = decode(&decoder(), &outputs, 0.1);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].corners, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn nobody_is_an_answer() {
        let outputs = [
            tensor("dets", &[1, 0, 5], vec![]),
            labels("labels", &[1, 0], vec![]),
        ];
        assert!(decode(&decoder(), &outputs, 0.1).is_empty());
    }

    #[test]
    fn a_label_too_few_is_refused() {
        let outputs = [
            tensor("dets", &[1, 2, 5], vec![0.5; 10]),
            labels("labels", &[1, 1], vec![0]),
        ];
        check_refuses(
            &decoder(),
            &outputs,
            "output `labels` came as i64 [1, 1], i64 [1, 2] was expected",
        );
    }
}
