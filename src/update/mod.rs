//! How a model comes onto a device, and whether it may: from the zoo or a file, through the gate, into the store.
//!
//! Nothing is fetched without its size and none of it kept without its digest. A model is in the store whole or not at all,
//! and only after a detector has opened it and run it once. A former version stays for going back.
//!
//! | file | idea |
//! |---|---|
//! | `zoo` | well-known detectors: where each comes from, and its manifest |
//! | `address` | which addresses may be asked, and where a redirect leads |
//! | `gate` | limits and figures → verdict |

mod address;
mod gate;
mod zoo;

pub use address::{NotAllowed, Policy};
pub use gate::{Bound, Measured, Outcome, Reading, Row, Verdict, judge};
pub use zoo::{Download, Entry, MODEL_FILE, Zoo, ZooError};
