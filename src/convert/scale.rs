//! Brings the samples of a picture to the size that they have in the model's input, row by row and in one pass over the frame.
//!
//! Samples are scaled before colours are converted: at 1280×720 → 416×234 there are nine times fewer pixels to convert.
//! For each new row the old rows are mixed first, which needs no knowledge of what each byte is; then the kinds of samples
//! are picked out of the one mixed row, and each is narrowed. So packed, interleaved and plain planes go through the same
//! code, each byte of the frame is read from memory once, and nothing larger than a row is ever written but the tensor.

use crate::convert::Picture;
use crate::convert::kernel::{Kernel, Strip};
use crate::convert::picture::{Plane, Planes};
use crate::convert::taps::{Across, Down};
use crate::types::Size;

/// Most planes of a picture, and most kinds of samples.
const MOST: usize = 3;

/// Brings samples to another size; keeps taps and buffers between two frames.
pub(super) struct Scaler {
    kernel: Kernel,
    key: Option<(Shape, Size)>,
    planes: Vec<PlaneTaps>,
    kinds: Vec<KindTaps>,
}

/// How the samples of a picture lie.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    planes: [Option<Grid>; MOST],
    kinds: [Option<Kind>; MOST],
}

/// The samples of a plane.
#[derive(Clone, Copy, PartialEq)]
struct Grid {
    /// Samples of any kind in a row.
    len: u32,
    rows: u32,
    bits: u32,
}

/// One kind of sample, or two that alternate.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    plane: usize,
    /// Number of the first in a row.
    first: usize,
    /// Samples from one to the next.
    step: usize,
    of: Of,
}

/// Which of the three samples of a pixel.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    One(usize),
    /// By turns.
    Two([usize; 2]),
}

impl Of {
    const fn count(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Two(_) => 2,
        }
    }
}

struct PlaneTaps {
    taps: Down,
    /// Samples in a row.
    len: usize,
    /// One row of the plane at its new height, and zeros for as far as is read behind it.
    mixed: Vec<i16>,
    /// Where samples come by turns, `mixed` has the first of every two, and this the others; else it is empty.
    others: Vec<i16>,
}

impl PlaneTaps {
    fn mix(&mut self, kernel: Kernel, strip: Strip<'_>, number: usize) {
        let (first, weights) = self.taps.row(number);
        let strip = Strip {
            bytes: &strip.bytes[first * strip.stride..],
            ..strip
        };
        if self.others.is_empty() {
            kernel.mix(strip, weights, &mut self.mixed[..self.len]);
        } else {
            let rows = [&mut self.mixed, &mut self.others];
            kernel.mix_apart(strip, weights, rows.map(|row| &mut row[..self.len / 2]));
        }
    }

    /// The samples from the one with the number `first` on.
    fn from(&self, first: usize) -> &[i16] {
        if self.others.is_empty() {
            &self.mixed[first..]
        } else {
            [&self.mixed, &self.others][first]
        }
    }
}

struct KindTaps {
    kind: Kind,
    taps: Across,
    /// The samples of this kind in a mixed row of three, and zeros; else empty.
    picked: Vec<i16>,
    /// How many of them a row has.
    len: usize,
}

/// A picture about to be scaled.
pub(super) struct Scaled<'a> {
    scaler: &'a mut Scaler,
    strips: [Option<Strip<'a>>; MOST],
}

impl Scaler {
    /// A scaler without taps.
    pub(super) const fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            key: None,
            planes: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// The samples of `picture` at size `to`.
    pub(super) fn scale<'a>(&'a mut self, picture: &'a Picture<'_>, to: Size) -> Scaled<'a> {
        let (shape, planes) = lay_out(picture);
        if self.key != Some((shape, to)) {
            self.plan(&shape, to);
            self.key = Some((shape, to));
        }
        let strip = |(plane, grid): (&'a Plane<'_>, Grid)| Strip {
            bytes: plane.bytes(),
            stride: plane.stride(),
            bits: grid.bits,
        };
        let mut strips = [None; MOST];
        for ((strip_of, plane), grid) in strips.iter_mut().zip(planes).zip(shape.planes) {
            *strip_of = plane.zip(grid).map(strip);
        }
        Scaled {
            scaler: self,
            strips,
        }
    }

    fn plan(&mut self, shape: &Shape, to: Size) {
        let kinds = shape.kinds.iter().flatten().map(|&kind| {
            let grid = shape.planes[kind.plane].expect("a kind of sample lies in a plane");
            let (len, count) = (grid.len as usize / kind.step, kind.of.count());
            let taps = Across::new((len / count) as u32, to.width);
            KindTaps {
                kind,
                picked: match kind.step {
                    3 => vec![0; taps.reach().max(len)],
                    _ => Vec::new(),
                },
                taps,
                len,
            }
        });
        self.kinds = kinds.collect();
        let reach = |kind: &KindTaps| kind.taps.reach() * kind.kind.of.count();
        let reach = self.kinds.iter().map(reach).max();
        let by_turns = shape.kinds.iter().flatten().any(|kind| kind.step == 2);
        let planes = shape.planes.iter().flatten().map(|grid| {
            let len = grid.len as usize;
            // A group of three that begins late in it ends behind the row.
            let row = vec![0; (len + MOST).max(reach.unwrap_or(0))];
            PlaneTaps {
                taps: Down::new(grid.rows, to.height),
                len,
                others: if by_turns { row.clone() } else { Vec::new() },
                mixed: row,
            }
        });
        self.planes = planes.collect();
    }

    /// Where the buffers lie and how large they are.
    #[cfg(test)]
    pub(super) fn buffers(&self) -> impl Iterator<Item = (usize, usize)> {
        let rows = self.planes.iter();
        let rows = rows.flat_map(|plane| [&plane.mixed, &plane.others]);
        let rows = rows.map(|v| (v.as_ptr() as usize, v.capacity()));
        let kinds = self.kinds.iter().map(|kind| kind.taps.weights());
        rows.chain(kinds.map(|v| (v.as_ptr() as usize, v.len())))
    }
}

impl Scaled<'_> {
    /// The three samples of each pixel in this row, and perhaps some more behind its end; grey has neutral chroma.
    pub(super) fn row(&mut self, number: usize, outs: &mut [Vec<f32>; MOST]) {
        let (kernel, scaler) = (self.scaler.kernel, &mut *self.scaler);
        for (plane, strip) in scaler.planes.iter_mut().zip(self.strips.iter().flatten()) {
            plane.mix(kernel, *strip, number);
        }
        let len = scaler.kinds[0].taps.len();
        outs.iter_mut().for_each(|out| out.resize(len, 0.0));
        for of in &mut scaler.kinds {
            let mixed = scaler.planes[of.kind.plane].from(of.kind.first);
            let samples = if of.kind.step == 3 {
                kernel.pick(mixed, &mut of.picked[..of.len]);
                &of.picked
            } else {
                mixed
            };
            match of.kind.of {
                Of::One(which) => kernel.narrow(samples, &of.taps, &mut outs[which]),
                Of::Two(which) => {
                    let outs = outs.get_disjoint_mut(which).expect("two of them");
                    kernel.narrow_two(samples, &of.taps, outs.map(|out| &mut out[..]));
                }
            }
        }
        if let [_] = scaler.kinds[..] {
            outs[1..].iter_mut().for_each(|out| out.fill(128.0));
        }
    }
}

/// How the samples of a picture lie, and the planes they lie in.
fn lay_out<'a>(picture: &'a Picture<'_>) -> (Shape, [Option<&'a Plane<'a>>; MOST]) {
    let Size { width, height } = picture.size();
    let plane = |len, rows| Grid { len, rows, bits: 8 };
    let kind = |of, plane, first, step| {
        Some(Kind {
            plane,
            first,
            step,
            of,
        })
    };
    let chroma = |v_first| Of::Two(if v_first { [2, 1] } else { [1, 2] });
    let (planes, kinds) = match &picture.planes {
        Planes::Packed { pairs, order } => (
            [Some((pairs, plane(width * 2, height))), None, None],
            [
                kind(Of::One(0), 0, order.y, 2),
                kind(chroma(order.v < order.u), 0, order.u.min(order.v), 2),
                None,
            ],
        ),
        Planes::SemiPlanar { y, uv, v_first } => {
            let pairs = plane(width.next_multiple_of(2), height.div_ceil(2));
            (
                [Some((y, plane(width, height))), Some((uv, pairs)), None],
                [
                    kind(Of::One(0), 0, 0, 1),
                    kind(chroma(*v_first), 1, 0, 1),
                    None,
                ],
            )
        }
        Planes::Planar { y, u, v, chroma } => {
            let small = chroma.plane(picture.size());
            let small = plane(small.width, small.height);
            (
                [
                    Some((y, plane(width, height))),
                    Some((u, small)),
                    Some((v, small)),
                ],
                [0, 1, 2].map(|i| kind(Of::One(i), i, 0, 1)),
            )
        }
        Planes::Grey(y) => (
            [Some((y, plane(width, height))), None, None],
            [kind(Of::One(0), 0, 0, 1), None, None],
        ),
        Planes::Deep { y, bits } => {
            let grid = Grid {
                bits: *bits,
                ..plane(width, height)
            };
            (
                [Some((y, grid)), None, None],
                [kind(Of::One(0), 0, 0, 1), None, None],
            )
        }
        Planes::Rgb { pixels, blue_first } => {
            let colours = if *blue_first { [2, 1, 0] } else { [0, 1, 2] };
            (
                [Some((pixels, plane(width * 3, height))), None, None],
                [0, 1, 2].map(|i| kind(Of::One(i), 0, colours[i], 3)),
            )
        }
    };
    let shape = Shape {
        planes: planes.map(|plane| plane.map(|(_, grid)| grid)),
        kinds,
    };
    (shape, planes.map(|plane| plane.map(|(plane, _)| plane)))
}
