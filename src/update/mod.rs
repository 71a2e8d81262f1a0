//! How a model comes onto a device, and whether it may: from the zoo or a file, through the gate, into the store.
//!
//! Nothing is fetched without its size and none of it kept without its digest. A model is in the store whole or not at all,
//! and only after a detector has opened it and run it once. A former version stays for going back.
//!
//! | file | idea |
//! |---|---|
//! | `gate` | limits and figures → verdict |

mod gate;

pub use gate::{Bound, Measured, Outcome, Reading, Row, Verdict, judge};
