//! The engine that is compiled in: crate `rten`, pure Rust, CPU only.
//!
//! About three times slower than ONNX Runtime and always there; `docs/backends.md` has the measurements.

use std::borrow::Cow;
use std::sync::Arc;

use rten::{
    DataType, Dimension, Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView, ValueType,
};
use rten_tensor::Tensor as RtenTensor;
use rten_tensor::prelude::*;

use super::backend::{Backend, Engine, Plan, Reader};
use super::by_size::BySize;
use super::contract::Ports;
use super::tensor::{self, Kind, Port, Tensor, Values};
use super::{DetectError, NotUsed, Provider};
use crate::convert::TensorMut;
use crate::types::Size;

/// `rten` does not tell its version; a test compares this with `Cargo.lock`.
const VERSION: &str = "rten 0.27.0";

/// A model in the embedded engine.
pub struct Embedded {
    model: Model,
    pictures: BySize<PictureTensor>,
    size: RtenTensor<i32>,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    ports: Ports,
    options: RunOptions,
    engine: Engine,
}

impl Embedded {
    /// Loads the model. `not_used` says what was tried before.
    pub fn open(plan: &Plan, mut not_used: Vec<NotUsed>) -> Result<Self, DetectError> {
        not_used.extend(accelerators(&plan.providers));
        let refused = |reason: String| plan.refused(VERSION, reason);
        let model = Model::load(plan.model.clone()).map_err(|error| refused(error.to_string()))?;
        plan.check(&ports(&model))?;
        let ids = |ports: &[Port]| {
            let id = |port: &Port| {
                model
                    .node_id(&port.name)
                    .map_err(|error| refused(error.to_string()))
            };
            ports.iter().map(id).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            inputs: ids(&plan.ports.inputs)?,
            outputs: ids(&plan.ports.outputs)?,
            pictures: BySize::new(
                plan.manifest.input.size,
                PictureTensor::new(&plan.ports.inputs[0].kind, plan.manifest.input.size),
            ),
            size: RtenTensor::from_data(&[1, 2], plan.size.map(|side| side as i32).to_vec()),
            ports: plan.ports.clone(),
            options: RunOptions::default()
                .with_thread_pool(Some(Arc::new(ThreadPool::with_num_threads(plan.threads)))),
            engine: Engine {
                backend: "embedded",
                version: VERSION.to_owned(),
                providers: vec!["cpu".to_owned()],
                placements: Vec::new(),
                not_used,
                one_size: false,
            },
            model,
        })
    }

    fn failed(&self, reason: impl ToString) -> DetectError {
        DetectError::Run {
            engine: self.engine.version.clone(),
            reason: reason.to_string(),
        }
    }
}

/// The picture's input.
enum PictureTensor {
    Float(RtenTensor<f32>),
    Byte(RtenTensor<u8>),
}

impl PictureTensor {
    fn new(kind: &Kind, size: Size) -> Self {
        let dims = tensor::picture_dims(size);
        match kind {
            Kind::Byte => Self::Byte(RtenTensor::zeros(&dims)),
            _ => Self::Float(RtenTensor::zeros(&dims)),
        }
    }

    fn as_mut(&mut self) -> TensorMut<'_> {
        const MADE: &str = "it was made contiguous";
        match self {
            Self::Float(tensor) => TensorMut::Float(tensor.data_mut().expect(MADE)),
            Self::Byte(tensor) => TensorMut::Byte(tensor.data_mut().expect(MADE)),
        }
    }

    fn view(&self) -> ValueOrView<'_> {
        match self {
            Self::Float(tensor) => tensor.view().into(),
            Self::Byte(tensor) => tensor.view().into(),
        }
    }
}

impl Backend for Embedded {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn input_mut(&mut self, size: Size) -> Result<TensorMut<'_>, DetectError> {
        let kind = &self.ports.inputs[0].kind;
        let picture = || Ok::<_, DetectError>(PictureTensor::new(kind, size));
        self.pictures.turn_to(size, picture)?;
        Ok(self.pictures.current_mut().as_mut())
    }

    fn run(&mut self, read: &mut Reader<'_>) -> Result<(), DetectError> {
        let values = [
            self.pictures.current().view(),
            ValueOrView::from(self.size.view()),
        ];
        let inputs = self.inputs.iter().copied().zip(values).collect();
        let outputs = self
            .model
            .run(inputs, &self.outputs, Some(self.options.clone()));
        let outputs = outputs.map_err(|error| self.failed(error))?;
        let tensors = self
            .ports
            .outputs
            .iter()
            .zip(&outputs)
            .map(|(port, value)| {
                tensor(&port.name, value).ok_or_else(|| {
                    self.failed(format!("output `{}` is {:?}", port.name, value.dtype()))
                })
            });
        Ok(read(&tensors.collect::<Result<Vec<_>, _>>()?)?)
    }
}

fn accelerators(wanted: &[Provider]) -> impl Iterator<Item = NotUsed> {
    let accelerators = wanted.iter().filter(|provider| **provider != Provider::Cpu);
    accelerators.map(|provider| NotUsed {
        what: provider.name().to_owned(),
        why: "the embedded engine runs on the CPU alone".to_owned(),
    })
}

fn ports(model: &Model) -> Ports {
    let ports = |ids: &[NodeId]| ids.iter().filter_map(|&id| port(model, id)).collect();
    Ports {
        inputs: ports(model.input_ids()),
        outputs: ports(model.output_ids()),
    }
}

fn port(model: &Model, id: NodeId) -> Option<Port> {
    let info = model.node_info(id)?;
    let kind = match info.dtype() {
        Some(ValueType::Tensor(DataType::Float)) => Kind::Float,
        Some(ValueType::Tensor(DataType::UInt8)) => Kind::Byte,
        // The engine has no 64-bit integers and narrows them when it loads a model.
        Some(ValueType::Tensor(DataType::Int32)) => Kind::Integer,
        other => Kind::Other(format!("{other:?}")),
    };
    let dim = |dim: Dimension| match dim {
        Dimension::Fixed(dim) => Some(dim),
        Dimension::Symbolic(_) => None,
    };
    Some(Port {
        name: info.name()?.to_owned(),
        kind,
        dims: info
            .shape()
            .map(|shape| shape.into_iter().map(dim).collect()),
    })
}

fn tensor<'a>(name: &'a str, value: &'a Value) -> Option<Tensor<'a>> {
    let (shape, values) = match value {
        Value::FloatTensor(tensor) => (tensor.shape(), Values::Float(floats(tensor))),
        Value::Int32Tensor(tensor) => {
            let wide = tensor.iter().map(|&value| i64::from(value)).collect();
            (tensor.shape(), Values::Integer(wide))
        }
        _ => return None,
    };
    Some(Tensor {
        name,
        shape: shape.to_vec(),
        values,
    })
}

/// Borrowed where the tensor lies in memory as it is read, which a transposed one does not.
fn floats(tensor: &RtenTensor<f32>) -> Cow<'_, [f32]> {
    match tensor.data() {
        Some(values) => Cow::Borrowed(values),
        None => Cow::Owned(tensor.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_locked_one() {
        let lock = include_str!("../../Cargo.lock");
        let (name, version) = VERSION.split_once(' ').expect("name and version");
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")));
    }
}
