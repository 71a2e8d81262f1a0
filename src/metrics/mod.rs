//! Counts, times and states for Prometheus. Takes what `status` takes (a [`Sight`] of the daemon) and what the machine tells
//! about itself ([`Facts`]), gives a page of text, and serves it to whoever asks on the configured address; never counts
//! anything of its own, never writes, and has no label for who, where in the picture, or when.
//!
//! The text is written here and by hand: 0.0.4 of the exposition format is two kinds of lines, `status` holds every count
//! already, and the crates that we weighed (`prometheus-client`, `metrics` with an exporter) want to hold them a second time.
//!
//! | file | idea |
//! |---|---|
//! | `family` | a metric with its samples, and its text; pure |
//! | `cameras`, `publishing`, `machine` | which metrics there are; pure. `docs/metrics.md` is made of them |
//! | `request` | what is asked, and the answer; pure |
//! | `http` | the socket, its limits and its deadlines |

mod cameras;
mod family;
mod http;
mod machine;
mod publishing;
pub mod request;

pub use family::{Family, Kind};
pub use http::serve;

use crate::pipeline::Sight;
use crate::telemetry::Facts;

/// Every metric, in the order of the page. A family is there even when it has nothing to tell on this machine.
pub fn families(sight: &Sight, facts: &Facts) -> Vec<Family> {
    let mut families = machine::about(sight);
    families.extend(cameras::families(sight));
    families.extend(publishing::families(sight));
    families.extend(machine::families(facts));
    families
}

/// The page that is served.
pub fn page(sight: &Sight, facts: &Facts) -> String {
    let families = families(sight, facts);
    families.iter().map(Family::to_string).collect()
}

#[cfg(test)]
mod tests;
