//! V4L2's system calls as safe functions.
//!
//! Crate `v4l` has them too, but its own panic on what real drivers send: product names cut inside a UTF-8 character,
//! and enum values that are newer than the crate.

use std::io;
use std::mem;
use std::time::Duration;

use v4l::device::Handle;
use v4l::v4l_sys::{
    v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_buffer, v4l2_capability, v4l2_ext_control,
    v4l2_ext_controls, v4l2_fmtdesc, v4l2_format, v4l2_memory_V4L2_MEMORY_MMAP, v4l2_pix_format,
    v4l2_query_ext_ctrl, v4l2_querymenu, v4l2_requestbuffers,
};
use v4l::v4l2::vidioc;

const CAPTURE: u32 = v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE;
const MMAP: u32 = v4l2_memory_V4L2_MEMORY_MMAP;

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
// SAFETY: an integer and a union of structs of integers and raw pointers.
unsafe impl Zeroable for v4l2_format {}
// SAFETY: a struct of integers.
unsafe impl Zeroable for v4l2_requestbuffers {}
// SAFETY: integers and unions of integers and raw pointers.
unsafe impl Zeroable for v4l2_buffer {}

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

/// Asks for the capture format number `index`; an error when there are not so many.
pub(super) fn enum_format(device: &Handle, index: u32) -> io::Result<v4l2_fmtdesc> {
    let mut format = v4l2_fmtdesc {
        index,
        type_: CAPTURE,
        ..v4l2_fmtdesc::zeroed()
    };
    call(device, vidioc::VIDIOC_ENUM_FMT, &mut format)?;
    Ok(format)
}

/// Sets the picture format; gives what the driver made of it. What is zero in `wanted` is the driver's to choose.
pub(super) fn set_format(device: &Handle, wanted: PictureFormat) -> io::Result<PictureFormat> {
    let mut format = v4l2_format {
        type_: CAPTURE,
        ..v4l2_format::zeroed()
    };
    // The whole union is zero before: with an old stride in it, drivers keep that.
    // SAFETY: `pix` is the union's view for this buffer type, and a struct of integers.
    unsafe { wanted.write_to(&mut format.fmt.pix) };
    call(device, vidioc::VIDIOC_S_FMT, &mut format)?;
    // SAFETY: as above; the kernel leaves `type_` as it is.
    Ok(unsafe { PictureFormat::read_from(&format.fmt.pix) })
}

/// The part of a picture format that matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct PictureFormat {
    /// FourCC.
    pub fourcc: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bytes from row to row.
    pub stride: u32,
}

impl PictureFormat {
    fn write_to(self, pix: &mut v4l2_pix_format) {
        pix.pixelformat = self.fourcc;
        pix.width = self.width;
        pix.height = self.height;
        pix.bytesperline = self.stride;
    }

    fn read_from(pix: &v4l2_pix_format) -> Self {
        Self {
            fourcc: pix.pixelformat,
            width: pix.width,
            height: pix.height,
            stride: pix.bytesperline,
        }
    }
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
            i32::try_from(value).map_err(|_| io::ErrorKind::InvalidInput)?;
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
pub(super) fn request_buffers(device: &Handle, count: u32) -> io::Result<u32> {
    let mut request = v4l2_requestbuffers {
        count,
        type_: CAPTURE,
        memory: MMAP,
        ..v4l2_requestbuffers::zeroed()
    };
    call(device, vidioc::VIDIOC_REQBUFS, &mut request)?;
    Ok(request.count)
}

/// Where a buffer can be mapped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Offset for `mmap`.
    pub offset: u32,
    /// Length in bytes.
    pub len: usize,
}

/// Asks where the buffer number `index` is.
pub(super) fn query_buffer(device: &Handle, index: u32) -> io::Result<Place> {
    let mut buffer = buffer(index);
    call(device, vidioc::VIDIOC_QUERYBUF, &mut buffer)?;
    // SAFETY: `offset` is the union's view for memory-mapped buffers, and every bit pattern is an integer.
    let offset = unsafe { buffer.m.offset };
    Ok(Place {
        offset,
        len: buffer.length as usize,
    })
}

/// Hands the buffer number `index` to the driver.
pub(super) fn queue_buffer(device: &Handle, index: u32) -> io::Result<()> {
    call(device, vidioc::VIDIOC_QBUF, &mut buffer(index))
}

/// Takes a filled buffer back; `None` when there is none yet.
pub(super) fn dequeue_buffer(device: &Handle) -> io::Result<Option<v4l2_buffer>> {
    let mut buffer = buffer(0);
    match call(device, vidioc::VIDIOC_DQBUF, &mut buffer) {
        Ok(()) => Ok(Some(buffer)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Starts the flow of frames.
pub(super) fn stream_on(device: &Handle) -> io::Result<()> {
    call(
        device,
        vidioc::VIDIOC_STREAMON,
        &mut (CAPTURE as libc::c_int),
    )
}

/// Stops the flow of frames and takes all buffers back.
pub(super) fn stream_off(device: &Handle) -> io::Result<()> {
    call(
        device,
        vidioc::VIDIOC_STREAMOFF,
        &mut (CAPTURE as libc::c_int),
    )
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

fn buffer(index: u32) -> v4l2_buffer {
    v4l2_buffer {
        index,
        type_: CAPTURE,
        memory: MMAP,
        ..v4l2_buffer::zeroed()
    }
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
        // Of the pointers that V4L2's structs can hold, none is set but that of `call_controls`, which leads to one live
        // control; that control's own pointers are not looked at, for no control with a payload is ever asked about.
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
