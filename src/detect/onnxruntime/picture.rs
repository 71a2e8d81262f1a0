//! The picture's input tensor, in the runtime's own memory.

use ort::memory::Allocator;
use ort::session::SessionInputValue;
use ort::value::{PrimitiveTensorElementType, Tensor};

use crate::convert::TensorMut;
use crate::detect::tensor::{Kind, picture_dims};
use crate::types::Size;

/// A tensor of what the model takes.
pub(super) enum PictureTensor {
    Float(Tensor<f32>),
    Byte(Tensor<u8>),
}

impl PictureTensor {
    /// A black one of this kind and size.
    pub(super) fn new(kind: &Kind, size: Size) -> ort::Result<Self> {
        let dims = picture_dims(size);
        Ok(match kind {
            Kind::Byte => Self::Byte(black(dims)?),
            _ => Self::Float(black(dims)?),
        })
    }

    /// Its memory.
    pub(super) fn as_mut(&mut self) -> TensorMut<'_> {
        match self {
            Self::Float(tensor) => TensorMut::Float(tensor.extract_tensor_mut().1),
            Self::Byte(tensor) => TensorMut::Byte(tensor.extract_tensor_mut().1),
        }
    }

    /// As an input of the session.
    pub(super) fn value(&self) -> SessionInputValue<'_> {
        match self {
            Self::Float(tensor) => tensor.into(),
            Self::Byte(tensor) => tensor.into(),
        }
    }
}

fn black<T>(dims: [usize; 4]) -> ort::Result<Tensor<T>>
where
    T: PrimitiveTensorElementType + Clone + Default + std::fmt::Debug,
{
    let mut tensor = Tensor::new(&Allocator::default(), dims)?;
    tensor.extract_tensor_mut().1.fill(T::default());
    Ok(tensor)
}
