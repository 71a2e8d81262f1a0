//! What goes into a model and comes out of it: names, kinds, shapes, and values borrowed from the engine.

use std::borrow::Cow;
use std::fmt;

use crate::types::Size;

/// One output of an inference, borrowed from the engine.
pub struct Tensor<'a> {
    /// Its name in the model.
    pub name: &'a str,
    /// Its dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Its values, last dimension fastest.
    pub values: Values<'a>,
}

/// The dimensions of one picture of this size as an input: three planes.
pub fn picture_dims(size: Size) -> [usize; 4] {
    [1, 3, size.height as usize, size.width as usize]
}

/// Values of one kind.
pub enum Values<'a> {
    /// Numbers.
    Float(Cow<'a, [f32]>),
    /// Labels and counts.
    Integer(Cow<'a, [i64]>),
}

/// What kind of values a tensor holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32-bit floats.
    Float,
    /// Bytes.
    Byte,
    /// Whole numbers; 64 bits in the model's file.
    Integer,
    /// Something that no decoder reads; holds the engine's word for it.
    Other(String),
}

/// An input or output as the model or its manifest declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its dimensions, outermost first; `None` where anything goes. No shape at all when nothing is declared.
    pub dims: Option<Vec<Option<usize>>>,
}

impl Port {
    /// A port that holds floats of this shape; `None` where anything goes.
    pub fn floats(name: &str, dims: &[Option<usize>]) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Float,
            dims: Some(dims.to_vec()),
        }
    }

    /// A port that holds whole numbers of this shape; `None` where anything goes.
    pub fn integers(name: &str, dims: &[Option<usize>]) -> Self {
        Self {
            kind: Kind::Integer,
            ..Self::floats(name, dims)
        }
    }

    /// Whether both can be meant by one model: same kind, and no dimension that both fix differently.
    pub fn agrees(&self, other: &Self) -> bool {
        let same = |(a, b): (&Option<usize>, &Option<usize>)| a.is_none() || b.is_none() || a == b;
        let shapes = match (&self.dims, &other.dims) {
            (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(same),
            _ => true,
        };
        self.kind == other.kind && shapes
    }
}

/// The kind and shape, without the name: `f32 [1, 3, ?, 416]`.
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Float => f.write_str("f32")?,
            Kind::Byte => f.write_str("u8")?,
            Kind::Integer => f.write_str("i64")?,
            Kind::Other(kind) => f.write_str(kind)?,
        }
        let Some(dims) = &self.dims else {
            return f.write_str(" of any shape");
        };
        let dim = |dim: &Option<usize>| dim.map_or("?".to_owned(), |dim| dim.to_string());
        write!(
            f,
            " [{}]",
            dims.iter().map(dim).collect::<Vec<_>>().join(", ")
        )
    }
}

impl<'a> Tensor<'a> {
    /// The tensor's declaration, to be compared and shown.
    pub fn port(&self) -> Port {
        let kind = match self.values {
            Values::Float(_) => Kind::Float,
            Values::Integer(_) => Kind::Integer,
        };
        Port {
            name: self.name.to_owned(),
            kind,
            dims: Some(self.shape.iter().copied().map(Some).collect()),
        }
    }
}
