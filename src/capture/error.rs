//! Why there is no frame.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::capture::offer::readable_names;
use crate::types::LossReason;

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Nothing came in time.
    #[error("no frame for {0:?}")]
    Stalled(Duration),
    /// The clip is over and does not repeat.
    #[error("the clip is over")]
    Ended,
    /// The device is not there, or went away.
    #[error("{} is not there", path.display())]
    Unplugged {
        /// The device node.
        path: PathBuf,
    },
    /// No camera has the configured name.
    #[error("no camera is {name}; there is {there}")]
    Absent {
        /// The name, as configured.
        name: String,
        /// What is there.
        there: String,
    },
    /// Several cameras have the configured name.
    #[error(
        "several cameras are {name}: {found}; name one by its serial number or by its port (/dev/v4l/by-path)"
    )]
    Several {
        /// The name, as configured.
        name: String,
        /// The cameras that have it.
        found: String,
    },
    /// The device node cannot be opened.
    #[error("cannot open {}{}", path.display(), hint(source))]
    Open {
        /// The device node.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The driver refused a step or reported a failure.
    #[error("cannot {step} {}{}", path.display(), hint(source))]
    Driver {
        /// What was tried, to be read before the path: `start streaming from`.
        step: &'static str,
        /// The device node.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The node is of a kind that delivers no frames that could be read.
    #[error("{} is {found}; needed: a video capture node that streams", path.display())]
    NotACamera {
        /// The device node.
        path: PathBuf,
        /// What kind of node it is.
        found: &'static str,
    },
    /// The camera offers no format that Watchpost reads.
    #[error(
        "{} offers {offered}; needed: one of {}. A raw sensor (Bayer formats) is read through libcamera's V4L2 \
         compatibility layer: start watchpost under `libcamerify`",
        path.display(),
        readable_names()
    )]
    NoReadableFormat {
        /// The device node.
        path: PathBuf,
        /// The FourCCs that it does offer.
        offered: String,
    },
    /// The driver says that it set something that cannot be.
    #[error("{} was asked for {asked} and set {found}", path.display())]
    WrongFormat {
        /// The device node.
        path: PathBuf,
        /// What was asked for.
        asked: String,
        /// What the driver says it delivers.
        found: String,
    },
    /// Frame after frame holds fewer bytes than the format that the driver says it set.
    #[error("{} set {set}, which takes {needed} bytes a frame, but its frames hold {found}; another `format` may help", path.display())]
    ShortFrames {
        /// The device node.
        path: PathBuf,
        /// What the driver says it delivers.
        set: String,
        /// Bytes of one such frame.
        needed: usize,
        /// Bytes that came.
        found: usize,
    },
    /// The clip cannot be read.
    #[error("cannot read the clip {}", path.display())]
    ClipIo {
        /// The file or folder.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The clip is not what it should be.
    #[error("{}: {problem}", path.display())]
    BadClip {
        /// The file or folder.
        path: PathBuf,
        /// Where in the file, what was found there, and what would be read.
        problem: String,
    },
}

impl CaptureError {
    /// The driver's refusal of a step; the device is unplugged when the kernel says so.
    pub(super) fn driver(step: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.raw_os_error() {
            Some(libc::ENODEV) => Self::Unplugged { path },
            _ => Self::Driver { step, path, source },
        }
    }

    /// The refusal to open a node; the device is unplugged when there is no node, or nothing behind it.
    pub(super) fn open(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.raw_os_error() {
            Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => Self::Unplugged { path },
            _ => Self::Open { path, source },
        }
    }

    /// The same in the words of a `camera_lost` event.
    pub fn loss_reason(&self) -> LossReason {
        match self {
            Self::Stalled(_) => LossReason::Stalled,
            Self::Unplugged { .. } | Self::Absent { .. } => LossReason::Unplugged,
            _ => LossReason::Failed(self.with_causes()),
        }
    }

    fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
        text
    }
}

/// What to do about it, where that is known.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => " (is the user in group `video`?)",
        io::ErrorKind::ResourceBusy => " (does another program use it?)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_says_whether_the_camera_is_gone_silent_or_broken() {
        let path = Path::new("/dev/video0");
        let refused =
            |errno| CaptureError::driver("dequeue from", path, io::Error::from_raw_os_error(errno));
        assert_eq!(refused(libc::ENODEV).loss_reason(), LossReason::Unplugged);
        assert_eq!(
            refused(libc::EIO).loss_reason(),
            LossReason::Failed(
                "cannot dequeue from /dev/video0: Input/output error (os error 5)".into()
            )
        );
        assert_eq!(
            CaptureError::Stalled(Duration::from_secs(5)).loss_reason(),
            LossReason::Stalled
        );
        let absent = CaptureError::open(path, io::Error::from_raw_os_error(libc::ENOENT));
        assert_eq!(absent.loss_reason(), LossReason::Unplugged);
    }

    #[test]
    fn a_refused_permission_names_the_group() {
        let refused = io::Error::from_raw_os_error(libc::EACCES);
        let error = CaptureError::open(Path::new("/dev/video0"), refused);
        assert_eq!(
            error.to_string(),
            "cannot open /dev/video0 (is the user in group `video`?)"
        );
    }
}
