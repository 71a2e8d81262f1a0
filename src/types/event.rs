//! Something worth telling: the only thing that leaves the device.

use std::sync::Arc;
use std::time::Duration;

use crate::types::{BBox, Monotonic, Score, Size, TrackId};

/// Names one visit, from `entered` to `left`. The 128 bits of a ULID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitId(pub u128);

/// Which way a line was crossed. `In` goes from the left of the line to its right, looking along it from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right, looking along the line.
    In,
    /// From right to left.
    Out,
}

/// Why a camera delivers no frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LossReason {
    /// The node or device is not there, or was unplugged.
    Unplugged,
    /// It is there, but no frame came within the stall time-out.
    Stalled,
    /// The driver reported an error; holds its text.
    Failed(String),
}

/// Why a camera that delivers frames sees nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstruction {
    /// Something lies over the lens or close before it: the picture is even.
    Covered,
    /// The picture is black: a cap on the lens, or no light at all. No picture can tell the two apart.
    Dark,
    /// Light in the lens: nearly the whole picture is white.
    Blinded,
    /// Far less detail than this camera usually shows: out of focus, wet, dirty, or fog.
    Defocused,
    /// The same picture again and again, without a sensor's noise.
    Frozen,
}

impl Obstruction {
    /// The `reason` in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Dark => "dark",
            Self::Blinded => "blinded",
            Self::Defocused => "defocused",
            Self::Frozen => "frozen",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A person came into view.
    Entered,
    /// A person is still there, sent at an interval.
    Updated,
    /// A person left the view.
    Left,
    /// A person's foot point came into the named zone.
    ZoneEntered(Arc<str>),
    /// A person's foot point left the named zone.
    ZoneLeft(Arc<str>),
    /// A person stayed in the named zone for its dwell time.
    Dwelled(Arc<str>),
    /// A person's foot point crossed the named line.
    LineCrossed(Arc<str>, Direction),
    /// The camera delivers no more frames.
    CameraLost(LossReason),
    /// The camera delivers frames again.
    CameraFound,
    /// The camera delivers frames that show nothing.
    CameraObscured(Obstruction),
    /// The camera sees again.
    CameraCleared,
}

impl EventKind {
    /// Every `type` in messages.
    pub const NAMES: [&str; 11] = [
        "entered",
        "updated",
        "left",
        "zone_entered",
        "zone_left",
        "dwelled",
        "line_crossed",
        "camera_lost",
        "camera_found",
        "camera_obscured",
        "camera_cleared",
    ];

    /// The `type` in messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Updated => "updated",
            Self::Left => "left",
            Self::ZoneEntered(_) => "zone_entered",
            Self::ZoneLeft(_) => "zone_left",
            Self::Dwelled(_) => "dwelled",
            Self::LineCrossed(..) => "line_crossed",
            Self::CameraLost(_) => "camera_lost",
            Self::CameraFound => "camera_found",
            Self::CameraObscured(_) => "camera_obscured",
            Self::CameraCleared => "camera_cleared",
        }
    }
}

/// Why a person was believed in, when they were first told of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confirmed {
    /// Inferences that had shown the person.
    pub frames: u32,
    /// Their score, smoothed over a second.
    pub score: Score,
    /// How far the person had moved since the first sight, in heights of their own.
    pub moved: f32,
}

/// The person an event is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Track that the tracker follows.
    pub track: TrackId,
    /// Score of the latest detection.
    pub score: Score,
    /// Best score of the visit so far.
    pub top_score: Score,
    /// Where the person is.
    pub bbox: BBox,
    /// Size of the frame that the box is normalised to.
    pub frame_size: Size,
    /// Number of that frame.
    pub frame_seq: u64,
    /// Zones that the person's foot point is in.
    pub zones: Vec<Arc<str>>,
    /// Time since the visit began, or since the zone was entered for zone events.
    pub dwell: Duration,
    /// Why the person was believed in.
    pub confirmed: Confirmed,
}

/// Something worth telling.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Names the visit; an id of its own for camera events.
    pub id: VisitId,
    /// Name of the camera.
    pub camera: Arc<str>,
    /// When the frame was captured that showed it.
    pub at: Monotonic,
    /// The person; `None` for camera events.
    pub subject: Option<Subject>,
    /// People in view of the camera after the event.
    pub count: u32,
}
