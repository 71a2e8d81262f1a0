//! Who is where right now: the sum of all events so far.

use std::sync::Arc;

use crate::config::CameraConfig;
use crate::types::{Direction, EventKind};

/// How many people are in view of one camera, in each of its zones, and how many crossed each of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// People in view.
    pub count: u32,
    /// One entry a zone, in the order of the configuration.
    pub zones: Vec<ZonePresence>,
    /// One entry a line, in the order of the configuration.
    pub lines: Vec<LineTotals>,
}

/// How many people are in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZonePresence {
    /// Name of the zone.
    pub name: Arc<str>,
    /// People whose foot point is in it.
    pub count: u32,
}

/// How often one line was crossed since it was last reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTotals {
    /// Name of the line.
    pub name: Arc<str>,
    /// Crossings from its left to its right.
    pub entries: u64,
    /// Crossings from its right to its left.
    pub exits: u64,
}

impl Presence {
    /// Nobody anywhere.
    pub fn nobody(camera: &CameraConfig) -> Self {
        let zones = camera.zones.iter().map(|zone| ZonePresence {
            name: zone.name.clone(),
            count: 0,
        });
        let lines = camera.lines.iter().map(|line| LineTotals {
            name: line.name.clone(),
            entries: 0,
            exits: 0,
        });
        Self {
            count: 0,
            zones: zones.collect(),
            lines: lines.collect(),
        }
    }

    /// Goes over to the zones and lines of `camera`: what was known of those that stay is kept, by name. Nobody may be in a
    /// zone that is gone.
    pub fn rearrange(&mut self, camera: &CameraConfig) {
        let mut next = Self::nobody(camera);
        next.count = self.count;
        for zone in &mut next.zones {
            let known = self.zones.iter().find(|known| known.name == zone.name);
            zone.count = known.map_or(0, |known| known.count);
        }
        for line in &mut next.lines {
            if let Some(known) = self.lines.iter().find(|known| known.name == line.name) {
                *line = known.clone();
            }
        }
        *self = next;
    }

    /// Takes one more event into account.
    ///
    /// # Panics
    ///
    /// When somebody leaves who never entered, or the zone or line is not one of the camera's: both are bugs.
    pub fn add(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Entered => self.count += 1,
            EventKind::Left => self.count = one_less(self.count),
            EventKind::ZoneEntered(name) => *self.zone(name) += 1,
            EventKind::ZoneLeft(name) => *self.zone(name) = one_less(*self.zone(name)),
            EventKind::LineCrossed(name, direction) => *self.line(name, *direction) += 1,
            EventKind::Updated
            | EventKind::Dwelled(_)
            | EventKind::CameraLost(_)
            | EventKind::CameraFound
            | EventKind::CameraObscured(_)
            | EventKind::CameraCleared => {}
        }
    }

    fn zone(&mut self, name: &str) -> &mut u32 {
        let zone = self.zones.iter_mut().find(|zone| &*zone.name == name);
        &mut zone.expect("events name the camera's own zones").count
    }

    fn line(&mut self, name: &str, direction: Direction) -> &mut u64 {
        let line = self.lines.iter_mut().find(|line| &*line.name == name);
        let line = line.expect("events name the camera's own lines");
        match direction {
            Direction::In => &mut line.entries,
            Direction::Out => &mut line.exits,
        }
    }
}

fn one_less(count: u32) -> u32 {
    count.checked_sub(1).expect("whoever leaves has entered")
}
