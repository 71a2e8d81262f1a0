//! What a driver lists, entry by entry: formats, sizes, intervals.

use std::io;

use v4l::device::Handle;
use v4l::v4l_sys::{
    v4l2_fmtdesc, v4l2_fract, v4l2_frmivalenum, v4l2_frmsizeenum,
    v4l2_frmsizetypes_V4L2_FRMSIZE_TYPE_CONTINUOUS as CONTINUOUS,
    v4l2_frmsizetypes_V4L2_FRMSIZE_TYPE_DISCRETE as DISCRETE,
    v4l2_frmsizetypes_V4L2_FRMSIZE_TYPE_STEPWISE as STEPWISE,
};
use v4l::v4l2::vidioc;

use super::{Api, Zeroable, call};
use crate::types::Size;

/// Asks for the capture format number `index`; an error when there are not so many.
pub(in crate::capture::v4l2) fn enum_format(
    device: &Handle,
    api: Api,
    index: u32,
) -> io::Result<v4l2_fmtdesc> {
    let mut format = v4l2_fmtdesc {
        index,
        type_: api.buffer_type(),
        ..v4l2_fmtdesc::zeroed()
    };
    call(device, vidioc::VIDIOC_ENUM_FMT, &mut format)?;
    Ok(format)
}

/// An entry of a driver's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture::v4l2) enum Span<T> {
    /// One value.
    One(T),
    /// Everything between two, in steps or without.
    Range { min: T, max: T, step: T },
}

/// Asks for the size number `index` of a format; an error when there are not so many.
pub(in crate::capture::v4l2) fn enum_size(
    device: &Handle,
    fourcc: u32,
    index: u32,
) -> io::Result<Span<Size>> {
    let mut found = v4l2_frmsizeenum {
        index,
        pixel_format: fourcc,
        ..v4l2_frmsizeenum::zeroed()
    };
    call(device, vidioc::VIDIOC_ENUM_FRAMESIZES, &mut found)?;
    // SAFETY: all of the union was zero, so either view is initialised, and both are structs of integers.
    let (one, range) = unsafe {
        (
            found.__bindgen_anon_1.discrete,
            found.__bindgen_anon_1.stepwise,
        )
    };
    let range = [
        Size::new(range.min_width, range.min_height),
        Size::new(range.max_width, range.max_height),
        Size::new(range.step_width, range.step_height),
    ];
    span(found.type_, Size::new(one.width, one.height), range)
}

/// Asks for the interval number `index` of a size, numerators and denominators of seconds; an error when there are not so many.
pub(in crate::capture::v4l2) fn enum_interval(
    device: &Handle,
    fourcc: u32,
    size: Size,
    index: u32,
) -> io::Result<Span<(u32, u32)>> {
    let mut found = v4l2_frmivalenum {
        index,
        pixel_format: fourcc,
        width: size.width,
        height: size.height,
        ..v4l2_frmivalenum::zeroed()
    };
    call(device, vidioc::VIDIOC_ENUM_FRAMEINTERVALS, &mut found)?;
    // SAFETY: all of the union was zero, so either view is initialised, and both are structs of integers.
    let (one, range) = unsafe {
        (
            found.__bindgen_anon_1.discrete,
            found.__bindgen_anon_1.stepwise,
        )
    };
    let fraction = |time: v4l2_fract| (time.numerator, time.denominator);
    let range = [range.min, range.max, range.step].map(fraction);
    span(found.type_, fraction(one), range)
}

/// The view of an entry that its type means; the numbers of the types are the same for sizes and intervals.
fn span<T>(kind: u32, one: T, [min, max, step]: [T; 3]) -> io::Result<Span<T>> {
    match kind {
        DISCRETE => Ok(Span::One(one)),
        CONTINUOUS | STEPWISE => Ok(Span::Range { min, max, step }),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
