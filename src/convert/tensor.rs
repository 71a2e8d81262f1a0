//! A picture → three planes of numbers, as the model wants them.

use crate::convert::colour::Channel;
use crate::convert::kernel::Kernel;
use crate::convert::planewise::PlaneScaler;
use crate::convert::scale::Scaler;
use crate::convert::{ConvertError, Fit, InputSpec, Letterbox, Picture};

/// The input tensor of a model, lent to be written in place: three planes in the model's colour order, each row by row.
#[derive(Debug)]
pub enum TensorMut<'a> {
    /// Of 32-bit floats.
    Float(&'a mut [f32]),
    /// Of bytes: a quarter of the memory to write, and a quantised model needs nothing finer.
    Byte(&'a mut [u8]),
}

/// What a kernel does to make one row of a channel.
type Colour<N> = fn(Kernel, &Channel, &[Vec<f32>; 3], &mut [N]);

/// Writes pictures into the input tensor of one model. Keeps its buffers between two frames.
pub struct Converter {
    spec: InputSpec,
    kernel: Kernel,
    scaler: Scaler,
    /// Does the scaler's work where the kernel is slow.
    planes: PlaneScaler,
    /// One row of the picture's three samples, each read by all three channels of the tensor.
    row: [Vec<f32>; 3],
}

impl Converter {
    /// A converter to this input.
    pub fn new(spec: InputSpec) -> Self {
        Self::with(Kernel::best(), spec)
    }

    /// The input that it fills.
    pub const fn input(&self) -> InputSpec {
        self.spec
    }

    pub(super) fn with(kernel: Kernel, spec: InputSpec) -> Self {
        Self {
            spec,
            kernel,
            scaler: Scaler::new(kernel),
            planes: PlaneScaler::default(),
            row: [const { Vec::new() }; 3],
        }
    }

    /// Fills `tensor`, three planes of the height and width that the input has [for](InputSpec::size_for) this picture, from
    /// `picture`; says where the picture lies in it.
    ///
    /// The padding is written each time, because cameras whose pictures lie elsewhere may share the tensor.
    pub fn write(
        &mut self,
        picture: &Picture<'_>,
        tensor: TensorMut<'_>,
    ) -> Result<Letterbox, ConvertError> {
        match tensor {
            TensorMut::Float(numbers) => {
                self.write_with(picture, numbers, Kernel::colour, |value| value)
            }
            TensorMut::Byte(bytes) => {
                self.write_with(picture, bytes, Kernel::colour_bytes, |value| value as u8)
            }
        }
    }

    /// Writes numbers of one kind: `colour` makes a row of them, `number` one.
    fn write_with<N: Copy>(
        &mut self,
        picture: &Picture<'_>,
        tensor: &mut [N],
        colour: Colour<N>,
        number: impl Fn(f32) -> N,
    ) -> Result<Letterbox, ConvertError> {
        let letterbox = Letterbox::new(picture.size(), &self.spec);
        let size = letterbox.input;
        let (expected, found) = (size.area() * 3, tensor.len());
        if expected == 0 || found != expected {
            return Err(ConvertError::Tensor {
                size,
                expected,
                found,
            });
        }
        self.pad(&letterbox, tensor, number);
        self.fill(picture, &letterbox, tensor, colour);
        Ok(letterbox)
    }

    /// Writes the picture.
    fn fill<N>(
        &mut self,
        picture: &Picture<'_>,
        letterbox: &Letterbox,
        tensor: &mut [N],
        colour: Colour<N>,
    ) {
        let Letterbox {
            left, top, inner, ..
        } = *letterbox;
        let (width, area) = (letterbox.input.width as usize, letterbox.input.area());
        let channels = Channel::all(&self.spec, picture.encoding());
        let (kernel, row) = (self.kernel, &mut self.row);
        let mut write = |number: usize, row: &[Vec<f32>; 3]| {
            let start = (top as usize + number) * width + left as usize;
            for (channel, plane) in channels.iter().zip(tensor.chunks_exact_mut(area)) {
                let out = &mut plane[start..][..inner.width as usize];
                colour(kernel, channel, row, out);
            }
        };
        if kernel.is_fast() {
            let mut scaled = self.scaler.scale(picture, inner);
            for number in 0..inner.height as usize {
                scaled.row(number, row);
                write(number, row);
            }
        } else {
            let scaled = self.planes.scale(picture, inner);
            for number in 0..inner.height as usize {
                scaled.row(number, row);
                write(number, row);
            }
        }
    }

    /// Writes what lies around the picture.
    fn pad<N: Copy>(&self, letterbox: &Letterbox, tensor: &mut [N], number: impl Fn(f32) -> N) {
        let Fit::Letterbox(_, value) = self.spec.fit else {
            return;
        };
        let Letterbox {
            left, top, inner, ..
        } = *letterbox;
        let rows = top as usize..(top + inner.height) as usize;
        let (left, right) = (left as usize, (left + inner.width) as usize);
        let (width, area) = (letterbox.input.width as usize, letterbox.input.area());
        for (channel, plane) in tensor.chunks_exact_mut(area).enumerate() {
            let value = (f32::from(value) - self.spec.mean[channel]) / self.spec.std[channel];
            let value = number(value);
            for (number, row) in plane.chunks_exact_mut(width).enumerate() {
                if rows.contains(&number) {
                    row[..left].fill(value);
                    row[right..].fill(value);
                } else {
                    row.fill(value);
                }
            }
        }
    }

    /// Where the buffers lie and how large they are: they change only when a frame of another shape comes.
    #[cfg(test)]
    pub(super) fn buffers(&self) -> Vec<(usize, usize)> {
        let row = self.row.iter().map(|v| (v.as_ptr() as usize, v.capacity()));
        row.chain(self.scaler.buffers())
            .chain(self.planes.buffers())
            .collect()
    }
}
