//! What the stages hand to each other. Uses `std` alone and does no I/O.

mod colour;
mod command;
mod detection;
mod event;
mod frame;
mod geometry;
mod pixel;
mod time;
mod times;
mod track;

pub use colour::{Colour, Matrix, Range};
pub use command::CommandName;
pub use detection::{Detection, Score};
pub use event::{
    Confirmed, Direction, Event, EventKind, LossReason, Obstruction, Subject, VisitId,
};
pub use frame::{Frame, FrameBytes, Layout, PLANES_MAX};
pub use geometry::{BBox, Point, Polygon, Segment, Size};
pub use pixel::{PixelFormat, Rows};
pub use time::{Monotonic, Wall};
pub use times::Times;
pub use track::{Track, TrackId, TrackState};
