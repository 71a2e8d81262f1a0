//! A model's outputs → boxes in input pixels with scores: one file an output family. Pure: values in, values out.
//!
//! What does not have the shape that the manifest promises, or is not a finite number, is an error and never an empty
//! result. Boxes in input pixels do not leave this folder's users: [`super::Detector`] maps them to the picture.

mod detr;
mod gfl;
mod grid;
mod rtmdet;
mod score;
#[cfg(test)]
mod testing;
mod yolox;

use super::manifest::{Family, OutputSpec};
use super::tensor::{Port, Tensor, Values};
use crate::types::{Score, Size};

/// A person that a model may have seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Left, top, right and bottom in input pixels; may lie outside the input.
    pub corners: [f32; 4],
    /// How sure the model is.
    pub score: Score,
}

/// Reads the outputs of one family.
pub trait Decode: Send {
    /// Appends the people in `outputs`, which come in the manifest's order, whose score is `floor` or more.
    fn decode(
        &self,
        outputs: &[Tensor<'_>],
        floor: Score,
        found: &mut Vec<Candidate>,
    ) -> Result<(), OutputError>;
}

/// Why an output cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OutputError {
    /// Another number of outputs than the manifest names.
    #[error("{found} outputs came, {expected} were expected")]
    Count {
        /// Named by the manifest.
        expected: usize,
        /// Given by the engine.
        found: usize,
    },
    /// Another kind or shape than the manifest promises.
    #[error("output `{name}` came as {found}, {expected} was expected")]
    Shape {
        /// The output.
        name: String,
        /// What the manifest promises.
        expected: String,
        /// What came.
        found: String,
    },
    /// A number that no working model gives.
    #[error("output `{name}` holds {value}, {expected} was expected")]
    Value {
        /// The output.
        name: String,
        /// What was found.
        value: f32,
        /// What a number there can be.
        expected: &'static str,
    },
}

/// The decoder of a manifest's output family for an input of this size.
pub fn decoder(output: &OutputSpec, input: Size) -> Box<dyn Decode> {
    match &output.family {
        Family::Yolox { .. } => Box::new(yolox::Yolox::new(output, input)),
        Family::Gfl { .. } => Box::new(gfl::Gfl::new(output, input)),
        Family::Rtmdet => Box::new(rtmdet::Rtmdet::new(output)),
        Family::Detr { .. } => Box::new(detr::Detr::new(output)),
    }
}

/// What the outputs of a manifest's family look like for an input of this size.
pub fn ports(output: &OutputSpec, input: Size) -> Vec<Port> {
    match &output.family {
        Family::Yolox {
            strides,
            objectness,
            ..
        } => yolox::ports(output, strides, *objectness, input),
        Family::Gfl {
            strides, reg_max, ..
        } => gfl::ports(output, strides, *reg_max, input),
        Family::Rtmdet => rtmdet::ports(output),
        Family::Detr { .. } => detr::ports(output),
    }
}

/// Number of cells of all grids of an input of this size: the rows of an output with one a cell.
pub fn cells(strides: &[u32], input: Size) -> usize {
    strides.iter().map(|&stride| grid::len(input, stride)).sum()
}

/// Checks that `outputs` have the promised number, kinds and shapes.
fn expect(ports: &[Port], outputs: &[Tensor<'_>]) -> Result<(), OutputError> {
    if ports.len() != outputs.len() {
        return Err(OutputError::Count {
            expected: ports.len(),
            found: outputs.len(),
        });
    }
    for (expected, output) in ports.iter().zip(outputs) {
        let found = output.port();
        if !expected.agrees(&found) {
            return Err(OutputError::Shape {
                name: expected.name.clone(),
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
    }
    Ok(())
}

/// The floats of an output that [`expect`] has seen.
fn floats<'a>(tensor: &'a Tensor<'_>) -> &'a [f32] {
    match &tensor.values {
        Values::Float(values) => values,
        Values::Integer(_) => unreachable!("its kind was checked"),
    }
}

/// The whole numbers of an output that [`expect`] has seen.
fn integers<'a>(tensor: &'a Tensor<'_>) -> &'a [i64] {
    match &tensor.values {
        Values::Integer(values) => values,
        Values::Float(_) => unreachable!("its kind was checked"),
    }
}

/// The box, if each of its corners is a finite number.
fn finite(name: &str, corners: [f32; 4]) -> Result<[f32; 4], OutputError> {
    match corners.iter().find(|value| !value.is_finite()) {
        None => Ok(corners),
        Some(&value) => Err(OutputError::Value {
            name: name.to_owned(),
            value,
            expected: "a finite corner of a box",
        }),
    }
}
