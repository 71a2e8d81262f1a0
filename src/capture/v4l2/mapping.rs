//! One of the driver's buffers in our address space.

use std::io;
use std::ptr::{self, NonNull};

use v4l::device::Handle;

use crate::capture::v4l2::ioctl::Place;

/// A mapped buffer. Dropping it unmaps it; the kernel keeps the memory itself until then, even when the device is gone.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: it is memory of the process, tied to no thread; who may touch it when is up to the callers of `bytes`.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the buffer at `place`.
    pub fn new(device: &Handle, place: Place) -> io::Result<Self> {
        const ACCESS: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;
        // It is a token that the kernel keeps below 2³¹, so it fits where `off_t` has 32 bits.
        let offset = place.offset as libc::off_t;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let start = unsafe {
            v4l::v4l2::mmap(
                ptr::null_mut(),
                place.len,
                ACCESS,
                libc::MAP_SHARED,
                device.fd(),
                offset,
            )
        }?;
        let start = NonNull::new(start.cast()).expect("the kernel never maps address zero unasked");
        Ok(Self {
            start,
            len: place.len,
        })
    }

    /// Length in bytes.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Its first `len` bytes; fewer when it is shorter.
    ///
    /// # Safety
    ///
    /// For as long as the slice lives, neither the driver nor anybody here writes to the buffer.
    pub unsafe fn bytes(&self, len: usize) -> &[u8] {
        // SAFETY: the mapping is that long and lives as long as `self`; the caller keeps writers away.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), len.min(self.len)) }
    }

    /// Its first `len` bytes, writable; fewer when it is shorter.
    ///
    /// # Safety
    ///
    /// For as long as the slice lives, neither the driver nor anybody else here touches the buffer.
    #[expect(
        clippy::mut_from_ref,
        reason = "the mapping is shared; the caller promises to be alone"
    )]
    pub unsafe fn bytes_mut(&self, len: usize) -> &mut [u8] {
        // SAFETY: the mapping is that long and lives as long as `self`; the caller keeps everybody away.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), len.min(self.len)) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the range that was mapped, and no slice of it outlives `self`.
        let unmapped = unsafe { v4l::v4l2::munmap(self.start.as_ptr().cast(), self.len) };
        if let Err(error) = unmapped {
            tracing::debug!(%error, "a camera buffer stays mapped");
        }
    }
}
