//! V4L2's system calls as safe functions.
//!
//! Crate `v4l` has them too, but its own panic on what real drivers send: product names cut inside a UTF-8 character,
//! and enum values that are newer than the crate.

mod lists;

use std::io;
use std::mem;
use std::time::Duration;

use v4l::device::Handle;
use v4l::v4l_sys::{
    VIDEO_MAX_PLANES, v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE,
    v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, v4l2_buffer, v4l2_capability,
    v4l2_ext_control, v4l2_ext_controls, v4l2_fmtdesc, v4l2_format, v4l2_fract, v4l2_frmivalenum,
    v4l2_frmsizeenum, v4l2_memory_V4L2_MEMORY_MMAP, v4l2_pix_format, v4l2_pix_format_mplane,
    v4l2_plane, v4l2_query_ext_ctrl, v4l2_querymenu, v4l2_requestbuffers, v4l2_streamparm,
};
use v4l::v4l2::vidioc;

use crate::capture::stated::Stated;
use crate::types::{PLANES_MAX, Size};

pub(super) use self::lists::{Span, enum_format, enum_interval, enum_size};

const MMAP: u32 = v4l2_memory_V4L2_MEMORY_MMAP;
/// As many areas the kernel allows a buffer.
const AREAS_MAX: usize = VIDEO_MAX_PLANES as usize;

/// A struct of V4L2 for which all bits zero is a valid value.
///
/// # Safety
///
/// It must consist of integers, raw pointers and unions of them alone.
unsafe trait Zeroable: Sized {
    fn zeroed() -> Self {
        // SAFETY: whoever implements the trait promises that zero is a valid value.
        unsafe { mem::zeroed() }
    }
}

// SAFETY: a struct of integers.
unsafe impl Zeroable for v4l2_capability {}
// SAFETY: a struct of integers.
unsafe impl Zeroable for v4l2_fmtdesc {}
// SAFETY: integers and a union of structs of integers.
unsafe impl Zeroable for v4l2_frmsizeenum {}
// SAFETY: integers and a union of structs of integers.
unsafe impl Zeroable for v4l2_frmivalenum {}
// SAFETY: an integer and a union of structs of integers and raw pointers.
unsafe impl Zeroable for v4l2_format {}
// SAFETY: a struct of integers.
unsafe impl Zeroable for v4l2_requestbuffers {}
// SAFETY: integers and unions of integers and raw pointers.
unsafe impl Zeroable for v4l2_buffer {}

// SAFETY: integers and a union of integers.
unsafe impl Zeroable for v4l2_plane {}
// SAFETY: an integer and a union of structs of integers.
unsafe impl Zeroable for v4l2_streamparm {}
// SAFETY: a struct of integers.
unsafe impl Zeroable for v4l2_query_ext_ctrl {}
// SAFETY: integers and a union of an integer and bytes.
unsafe impl Zeroable for v4l2_querymenu {}
// SAFETY: integers and a union of integers and raw pointers.
unsafe impl Zeroable for v4l2_ext_control {}
// SAFETY: integers, a union of integers, and a raw pointer.
unsafe impl Zeroable for v4l2_ext_controls {}

/// Asks what the device is.
pub(super) fn query_capability(device: &Handle) -> io::Result<v4l2_capability> {
    let mut capability = v4l2_capability::zeroed();
    call(device, vidioc::VIDIOC_QUERYCAP, &mut capability)?;
    Ok(capability)
}

/// The two ways in which V4L2 hands pictures over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// A buffer is one area of memory.
    Single,
    /// A buffer is one or more areas, as the format has it.
    Multi,
}

impl Api {
    const fn buffer_type(self) -> u32 {
        match self {
            Self::Single => v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE,
            Self::Multi => v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
        }
    }
}

/// Sets the picture format; gives what the driver made of it. All but these three is the driver's to choose.
pub(super) fn set_format(
    device: &Handle,
    api: Api,
    fourcc: u32,
    size: Size,
) -> io::Result<PictureFormat> {
    // The whole union is zero before: with an old stride in it, drivers keep that.
    let mut format = v4l2_format {
        type_: api.buffer_type(),
        ..v4l2_format::zeroed()
    };
    // Writing to a union is safe; what is written is its view for this buffer type.
    match api {
        Api::Single => {
            format.fmt.pix.pixelformat = fourcc;
            format.fmt.pix.width = size.width;
            format.fmt.pix.height = size.height;
        }
        Api::Multi => {
            format.fmt.pix_mp.pixelformat = fourcc;
            format.fmt.pix_mp.width = size.width;
            format.fmt.pix_mp.height = size.height;
        }
    }
    call(device, vidioc::VIDIOC_S_FMT, &mut format)?;
    // SAFETY: all of the union was zero, so either view is initialised, and both are structs of integers; the kernel
    // leaves the type, which says which view is meant, as it is.
    Ok(unsafe {
        match api {
            Api::Single => PictureFormat::single(&format.fmt.pix),
            Api::Multi => PictureFormat::multi(&format.fmt.pix_mp),
        }
    })
}

/// The part of a picture format that matters here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PictureFormat {
    /// FourCC.
    pub fourcc: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Areas of memory that a picture lies in.
    pub areas: usize,
    /// Bytes from row to row, in each of the first areas.
    pub strides: [u32; PLANES_MAX],
    /// What the driver says about its samples.
    pub stated: Stated,
}

impl PictureFormat {
    fn single(pix: &v4l2_pix_format) -> Self {
        // SAFETY: both views of the union are the same integer.
        let ycbcr_enc = unsafe { pix.__bindgen_anon_1.ycbcr_enc };
        Self {
            fourcc: pix.pixelformat,
            width: pix.width,
            height: pix.height,
            areas: 1,
            strides: [pix.bytesperline, 0, 0],
            stated: Stated {
                colorspace: pix.colorspace,
                ycbcr_enc,
                quantization: pix.quantization,
            },
        }
    }

    fn multi(pix: &v4l2_pix_format_mplane) -> Self {
        // SAFETY: both views of the union are the same integer.
        let ycbcr_enc = unsafe { pix.__bindgen_anon_1.ycbcr_enc };
        let areas = pix.plane_fmt;
        Self {
            fourcc: pix.pixelformat,
            width: pix.width,
            height: pix.height,
            areas: usize::from(pix.num_planes),
            strides: [0, 1, 2].map(|area| areas[area].bytesperline),
            stated: Stated {
                colorspace: pix.colorspace,
                ycbcr_enc: u32::from(ycbcr_enc),
                quantization: u32::from(pix.quantization),
            },
        }
    }
}

/// Sets the time between two frames in seconds, as numerator and denominator; gives what the driver made of it.
pub(super) fn set_interval(
    device: &Handle,
    api: Api,
    (numerator, denominator): (u32, u32),
) -> io::Result<(u32, u32)> {
    let mut parameters = v4l2_streamparm {
        type_: api.buffer_type(),
        ..v4l2_streamparm::zeroed()
    };
    parameters.parm.capture.timeperframe = v4l2_fract {
        numerator,
        denominator,
    };
    call(device, vidioc::VIDIOC_S_PARM, &mut parameters)?;
    // SAFETY: `capture` is the union's view for capture buffers, a struct of integers, and was zero before.
    let set = unsafe { parameters.parm.capture.timeperframe };
    Ok((set.numerator, set.denominator))
}

/// Asks about a control; with `V4L2_CTRL_FLAG_NEXT_CTRL` in `id` about the one after it.
pub(super) fn query_control(device: &Handle, id: u32) -> io::Result<v4l2_query_ext_ctrl> {
    let mut control = v4l2_query_ext_ctrl {
        id,
        ..v4l2_query_ext_ctrl::zeroed()
    };
    call(device, vidioc::VIDIOC_QUERY_EXT_CTRL, &mut control)?;
    Ok(control)
}

/// Asks for an entry of a menu; an error where the menu has a gap.
pub(super) fn query_menu(device: &Handle, id: u32, index: u32) -> io::Result<MenuEntry> {
    let mut entry = v4l2_querymenu {
        id,
        index,
        ..v4l2_querymenu::zeroed()
    };
    call(device, vidioc::VIDIOC_QUERYMENU, &mut entry)?;
    let content = entry.__bindgen_anon_1;
    // SAFETY: the struct was zero before, so all bytes of the union are initialised, and any are valid for both views.
    let (name, number) = unsafe { (content.name, content.value) };
    Ok(MenuEntry { name, number })
}

/// An entry of a menu. Which of the two counts, the control's type tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct MenuEntry {
    /// Text of a menu.
    pub name: [u8; 32],
    /// Number of an integer menu.
    pub number: i64,
}

/// The value of a control of 32 bits, or of 64 when `wide`.
pub(super) fn control(device: &Handle, id: u32, wide: bool) -> io::Result<i64> {
    let mut control = v4l2_ext_control {
        id,
        ..v4l2_ext_control::zeroed()
    };
    call_controls(device, vidioc::VIDIOC_G_EXT_CTRLS, &mut control)?;
    let content = control.__bindgen_anon_1;
    // SAFETY: the struct was zero before, so both views are initialised integers; `wide` says which one the driver wrote.
    Ok(unsafe {
        if wide {
            content.value64
        } else {
            i64::from(content.value)
        }
    })
}

/// Sets a control; the driver may round the value.
pub(super) fn set_control(device: &Handle, id: u32, wide: bool, value: i64) -> io::Result<()> {
    let mut control = v4l2_ext_control {
        id,
        ..v4l2_ext_control::zeroed()
    };
    if wide {
        control.__bindgen_anon_1.value64 = value;
    } else {
        control.__bindgen_anon_1.value =
            // The numbers above are masks, whose 32 bits have no sign.
            i32::try_from(value)
                .or_else(|_| u32::try_from(value).map(u32::cast_signed))
                .map_err(|_| io::ErrorKind::InvalidInput)?;
    }
    call_controls(device, vidioc::VIDIOC_S_EXT_CTRLS, &mut control)
}

/// One control at a time, so that a refusal is that control's own.
fn call_controls(
    device: &Handle,
    request: vidioc::_IOC_TYPE,
    control: &mut v4l2_ext_control,
) -> io::Result<()> {
    let mut controls = v4l2_ext_controls {
        count: 1,
        controls: control,
        ..v4l2_ext_controls::zeroed()
    };
    call(device, request, &mut controls)
}

/// Asks for `count` buffers; gives how many there are now. Zero frees them.
pub(super) fn request_buffers(device: &Handle, api: Api, count: u32) -> io::Result<u32> {
    let mut request = v4l2_requestbuffers {
        count,
        type_: api.buffer_type(),
        memory: MMAP,
        ..v4l2_requestbuffers::zeroed()
    };
    call(device, vidioc::VIDIOC_REQBUFS, &mut request)?;
    Ok(request.count)
}

/// Where an area of a buffer can be mapped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Offset for `mmap`.
    pub offset: u32,
    /// Length in bytes.
    pub len: usize,
}

/// Asks where the areas of the buffer number `index` are.
pub(super) fn query_buffer(device: &Handle, api: Api, index: u32) -> io::Result<Vec<Place>> {
    let buffer = call_buffer(device, api, vidioc::VIDIOC_QUERYBUF, index)?;
    let place = |area: &v4l2_plane| Place {
        // SAFETY: `mem_offset` is the union's view for memory-mapped buffers, and every bit pattern is an integer.
        offset: unsafe { area.m.mem_offset },
        len: area.length as usize,
    };
    Ok(buffer.areas().iter().map(place).collect())
}

/// Hands the buffer number `index` to the driver.
pub(super) fn queue_buffer(device: &Handle, api: Api, index: u32) -> io::Result<()> {
    call_buffer(device, api, vidioc::VIDIOC_QBUF, index).map(drop)
}

/// Takes a filled buffer back; `None` when there is none yet.
pub(super) fn dequeue_buffer(device: &Handle, api: Api) -> io::Result<Option<Buffer>> {
    match call_buffer(device, api, vidioc::VIDIOC_DQBUF, 0) {
        Ok(buffer) => Ok(Some(buffer)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// A buffer as the driver describes it, in the same words for both ways.
pub(super) struct Buffer {
    /// All but the areas.
    pub raw: v4l2_buffer,
    areas: [v4l2_plane; AREAS_MAX],
    count: usize,
}

impl Buffer {
    /// Its areas of memory.
    pub fn areas(&self) -> &[v4l2_plane] {
        &self.areas[..self.count]
    }
}

/// Starts the flow of frames.
pub(super) fn stream_on(device: &Handle, api: Api) -> io::Result<()> {
    let mut kind = api.buffer_type() as libc::c_int;
    call(device, vidioc::VIDIOC_STREAMON, &mut kind)
}

/// Stops the flow of frames and takes all buffers back.
pub(super) fn stream_off(device: &Handle, api: Api) -> io::Result<()> {
    let mut kind = api.buffer_type() as libc::c_int;
    call(device, vidioc::VIDIOC_STREAMOFF, &mut kind)
}

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// A filled buffer is there.
    Filled,
    /// The device has something else to say, which the next call will tell.
    Trouble,
    /// Nothing within the time.
    TimedOut,
}

/// Waits for a filled buffer at most `patience`, and less when a signal comes.
pub(super) fn wait(device: &Handle, patience: Duration) -> io::Result<Wait> {
    let mut poll = libc::pollfd {
        fd: device.fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // Rounded up: a rest below one millisecond is waited for, not spun through.
    let timeout_ms = patience.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
    // SAFETY: one element is passed with its count, and it outlives the call.
    match unsafe { libc::poll(&mut poll, 1, timeout_ms) } {
        0 => Ok(Wait::TimedOut),
        1 if poll.revents & libc::POLLIN != 0 => Ok(Wait::Filled),
        1 => Ok(Wait::Trouble),
        _ => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(Wait::TimedOut),
            error => Err(error),
        },
    }
}

fn call_buffer(
    device: &Handle,
    api: Api,
    request: vidioc::_IOC_TYPE,
    index: u32,
) -> io::Result<Buffer> {
    let mut areas = [v4l2_plane::zeroed(); AREAS_MAX];
    let mut raw = v4l2_buffer {
        index,
        type_: api.buffer_type(),
        memory: MMAP,
        ..v4l2_buffer::zeroed()
    };
    if api == Api::Multi {
        raw.m.planes = areas.as_mut_ptr();
        raw.length = AREAS_MAX as u32;
    }
    call(device, request, &mut raw)?;
    let count = match api {
        Api::Single => {
            areas[0].bytesused = raw.bytesused;
            areas[0].length = raw.length;
            // SAFETY: `offset` is the union's view for this type of buffer, and every bit pattern is an integer.
            areas[0].m.mem_offset = unsafe { raw.m.offset };
            1
        }
        Api::Multi => (raw.length as usize).min(AREAS_MAX),
    };
    // The array moves, so its address must not stay.
    raw.m.planes = std::ptr::null_mut();
    Ok(Buffer { raw, areas, count })
}

fn call<T>(device: &Handle, request: vidioc::_IOC_TYPE, argument: &mut T) -> io::Result<()> {
    assert_eq!(
        argument_len(request),
        size_of::<T>(),
        "the request's number holds its size"
    );
    loop {
        let argument = std::ptr::from_mut(argument).cast();
        // SAFETY: the kernel reads and writes as many bytes as the request's number says, which is what `argument` has.
        // Of the pointers that V4L2's structs can hold, two are ever set: `call_controls` leads to one live control, whose
        // own pointers are not looked at, for no control with a payload is ever asked about; and `call_buffer` to a live
        // array of as many areas as it says.
        match unsafe { v4l::v4l2::ioctl(device.fd(), request, argument) } {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The length that an ioctl's number encodes in its bits 16–29 (`asm-generic/ioctl.h`).
const fn argument_len(request: vidioc::_IOC_TYPE) -> usize {
    (request as usize >> 16) & 0x3fff
}
