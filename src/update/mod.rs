//! How a model comes onto a device, and whether it may: from the zoo or a file, through the gate, into the store.
//!
//! Nothing is fetched without its size and none of it kept without its digest. A model is in the store whole or not at all,
//! and only after a detector has opened it and run it once. A former version stays for going back.
//!
//! | file | idea |
//! |---|---|
//! | `zoo` | well-known detectors: where each comes from, and its manifest |
//! | `address` | which addresses may be asked, and where a redirect leads |
//! | `part` | a file that grows until it has its size and its digest |
//! | `http` | downloads, going on where an earlier one stopped |
//! | `store` | the folders on disk |
//! | `gate` | limits and figures → verdict |
//! | `device` | figures of this device: latency, memory, energy |
//! | `pictures` | figures of labelled pictures: accuracy, what is left of it on spoilt ones, false alarms |
//! | `choice` | which model is chosen, and which was before |
//! | `drop_in` | the file of the configuration that says so |

mod address;
mod choice;
pub mod device;
mod drop_in;
mod gate;
mod http;
mod part;
pub mod pictures;
mod store;
mod zoo;

pub use address::{NotAllowed, Policy};
pub use choice::Choice;
pub use drop_in::{DropIn, DropInError};
pub use gate::{Bound, Measured, Outcome, Reading, Row, Verdict, judge};
pub use http::{FetchError, Wanted, fetch};
pub use part::{PartError, copy, sha256};
pub use store::{Stage, Store, StoreError};
pub use zoo::{Download, Entry, MODEL_FILE, Zoo, ZooError};
