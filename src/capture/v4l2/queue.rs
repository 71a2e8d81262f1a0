//! The ring of buffers that the driver fills and we read.
//!
//! A buffer is at any moment either the driver's (queued) or lent out as one [`Lease`]. A lease gives it back when it
//! is dropped; when the queue is closed before that, the lease keeps its memory and gives nothing back.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use v4l::device::Handle;
use v4l::v4l_sys::{
    V4L2_BUF_FLAG_ERROR, V4L2_BUF_FLAG_TIMESTAMP_MASK, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
    v4l2_buffer, v4l2_plane,
};

use crate::capture::CaptureError;
use crate::capture::v4l2::Node;
use crate::capture::v4l2::ioctl::{self, Api, Buffer, Wait};
use crate::capture::v4l2::mapping::Mapping;
use crate::types::{FrameBytes, Monotonic, PLANES_MAX};

/// One frame in the pipeline, one in the hand-over, and two for the driver to fill in turn.
const BUFFERS: u32 = 4;

/// How long to pause when the device reports trouble that the next call does not explain.
const PAUSE: Duration = Duration::from_millis(10);

/// A streaming ring of buffers. Dropping it stops the stream and frees what is not lent out.
pub(super) struct Queue {
    path: PathBuf,
    device: Arc<Handle>,
    api: Api,
    /// The areas of memory of each buffer.
    buffers: Vec<Arc<[Mapping]>>,
    /// Why the driver did not take a buffer back: the ring is one short, so its owner has to open it anew.
    refusal: Mutex<Option<io::Error>>,
}

/// A buffer that the driver filled.
pub(super) struct Filled {
    /// Its bytes.
    pub lease: Lease,
    /// The driver says that they are broken.
    pub flagged: bool,
    /// The driver's frame number.
    pub sequence: u32,
    /// When the driver says that it was captured, if that is on the monotonic clock.
    pub stamp: Option<Monotonic>,
}

impl Queue {
    /// Maps and queues buffers and starts the flow of frames.
    pub fn start(node: &Node) -> Result<Arc<Self>, CaptureError> {
        let mut queue = Self {
            path: node.path().to_owned(),
            device: node.handle(),
            api: node.api(),
            buffers: Vec::new(),
            refusal: Mutex::default(),
        };
        queue
            .map()
            .map_err(|error| queue.failed("get buffers from", error))?;
        for index in 0..queue.buffers.len() as u32 {
            ioctl::queue_buffer(&queue.device, queue.api, index)
                .map_err(|error| queue.failed("hand a buffer to", error))?;
        }
        ioctl::stream_on(&queue.device, queue.api)
            .map_err(|error| queue.failed("start streaming from", error))?;
        Ok(Arc::new(queue))
    }

    /// Whether frames may be lent out for long without starving the driver. It grants fewer buffers when memory is
    /// short.
    pub fn may_lend(&self) -> bool {
        self.buffers.len() >= BUFFERS as usize
    }

    /// Takes a filled buffer; `None` when there is none yet.
    pub fn dequeue(self: &Arc<Self>) -> Result<Option<Filled>, CaptureError> {
        if let Some(error) = self.refusal().take() {
            return Err(self.failed("give a buffer back to", error));
        }
        let buffer = ioctl::dequeue_buffer(&self.device, self.api)
            .map_err(|error| self.failed("take a frame from", error))?;
        buffer.map(|buffer| self.filled(&buffer)).transpose()
    }

    /// Waits for a filled buffer, at most `patience`.
    pub fn wait(&self, patience: Duration) -> Result<(), CaptureError> {
        match ioctl::wait(&self.device, patience) {
            // An unplugged or broken device is named by the next dequeue. One that is not, must not make this spin.
            Ok(Wait::Trouble) => std::thread::sleep(PAUSE.min(patience)),
            Ok(Wait::Filled | Wait::TimedOut) => {}
            Err(error) => return Err(self.failed("wait for", error)),
        }
        Ok(())
    }

    fn map(&mut self) -> io::Result<()> {
        let count = ioctl::request_buffers(&self.device, self.api, BUFFERS)?;
        if count == 0 {
            return Err(io::Error::other("the driver has none"));
        }
        for index in 0..count {
            let places = ioctl::query_buffer(&self.device, self.api, index)?.into_iter();
            let areas = places.map(|place| Mapping::new(&self.device, place));
            self.buffers.push(areas.collect::<io::Result<_>>()?);
        }
        Ok(())
    }

    fn filled(self: &Arc<Self>, buffer: &Buffer) -> Result<Filled, CaptureError> {
        let areas = buffer.areas();
        let buffer = &buffer.raw;
        let mappings = self.buffers.get(buffer.index as usize).ok_or_else(|| {
            let nonsense = format!(
                "it returned buffer {} of {}",
                buffer.index,
                self.buffers.len()
            );
            self.failed("take a frame from", io::Error::other(nonsense))
        })?;
        let lease = Lease {
            queue: Arc::downgrade(self),
            used: std::array::from_fn(|plane| match (areas.get(plane), mappings.get(plane)) {
                (Some(area), Some(mapping)) => used(area, mapping.len()),
                _ => 0..0,
            }),
            mappings: Arc::clone(mappings),
            index: buffer.index,
        };
        Ok(Filled {
            lease,
            flagged: buffer.flags & V4L2_BUF_FLAG_ERROR != 0,
            sequence: buffer.sequence,
            stamp: stamp(buffer),
        })
    }

    fn give_back(&self, index: u32) {
        if let Err(error) = ioctl::queue_buffer(&self.device, self.api, index) {
            tracing::debug!(%error, path = %self.path.display(), "the driver did not take a buffer back");
            *self.refusal() = Some(error);
        }
    }

    fn refusal(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.refusal.lock().expect("nobody panics while holding it")
    }

    fn failed(&self, step: &'static str, error: io::Error) -> CaptureError {
        CaptureError::driver(step, &self.path, error)
    }
}

/// Where in an area of `len` bytes the driver wrote; its count includes what it says to leave out before.
fn used(area: &v4l2_plane, len: usize) -> Range<usize> {
    let end = (area.bytesused as usize).min(len);
    (area.data_offset as usize).min(end)..end
}

/// The capture time, when it is on the clock that we use.
fn stamp(buffer: &v4l2_buffer) -> Option<Monotonic> {
    let clock = buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;
    if clock != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC {
        return None;
    }
    let seconds = u64::try_from(buffer.timestamp.tv_sec).ok()?;
    let micros = u64::try_from(buffer.timestamp.tv_usec).ok()?;
    let since_boot = Duration::from_secs(seconds).checked_add(Duration::from_micros(micros))?;
    Some(Monotonic::new(since_boot))
}

impl Drop for Queue {
    fn drop(&mut self) {
        // The device may be gone, so any of these may fail. What matters is that the driver knows of no owner
        // afterwards: mappings keep the file itself open, and a second opening would be told that the device is busy.
        let stopped = ioctl::stream_off(&self.device, self.api);
        self.buffers.clear();
        let freed = ioctl::request_buffers(&self.device, self.api, 0).map(drop);
        if let Err(error) = stopped.and(freed) {
            tracing::debug!(%error, path = %self.path.display(), "the stream did not end cleanly");
        }
    }
}

/// A filled buffer, lent by the driver.
#[derive(Debug)]
pub(super) struct Lease {
    queue: Weak<Queue>,
    mappings: Arc<[Mapping]>,
    index: u32,
    used: [Range<usize>; PLANES_MAX],
}

impl FrameBytes for Lease {
    fn planes(&self) -> [&[u8]; PLANES_MAX] {
        let mut planes = [&[][..]; PLANES_MAX];
        for ((plane, mapping), used) in planes.iter_mut().zip(&*self.mappings).zip(&self.used) {
            // SAFETY: the driver gave the buffer out of its hands and gets it back when this lease is dropped, or never,
            // if the queue is closed before; and it gives each buffer out once, so there is no other lease of it.
            *plane = &unsafe { mapping.bytes(used.end) }[used.start..];
        }
        planes
    }

    fn planes_mut(&mut self) -> [&mut [u8]; PLANES_MAX] {
        let mut planes: [&mut [u8]; PLANES_MAX] = Default::default();
        for ((plane, mapping), used) in planes.iter_mut().zip(&*self.mappings).zip(&self.used) {
            // SAFETY: as above; `&mut self` keeps this lease's other slices away, and each mapping is memory of its own.
            *plane = &mut unsafe { mapping.bytes_mut(used.end) }[used.start..];
        }
        planes
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.upgrade() {
            queue.give_back(self.index);
        }
    }
}
