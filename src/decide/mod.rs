//! Tracks → events: visits, zones, lines, dwell.
//!
//! ```text
//! Track → visit (evidence, zone, line) → doubt (is it a person at all) → Event
//! ```
//!
//! Takes the tracks of one inference and gives the events that they mean. Whom the tracker believes in is told once nothing is
//! doubtful about them; what is never told is counted. A visit's events are nested: `entered`, then
//! each zone's `zone_entered`, `dwelled` and `zone_left`, then `left`, each told once. Nothing is decided from where a
//! person is thought to be: zones and lines look at people whom the latest inference really showed. Never reads a clock,
//! never draws an id, never sees a pixel.

mod doubt;
mod evidence;
mod line;
mod presence;
mod visit;
mod zone;

use std::collections::BTreeMap;

use crate::config::CameraConfig;
use crate::types::{
    Event, EventKind, LossReason, Monotonic, Obstruction, Size, Track, TrackId, TrackState, VisitId,
};
use doubt::Doubt;
use doubt::places::{Known, Places};
use visit::{Background, Visit};

pub use presence::{LineTotals, Presence, ZonePresence};

/// What one inference showed.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When its frame was captured.
    pub at: Monotonic,
    /// Size of that frame.
    pub frame_size: Size,
    /// Number of that frame.
    pub frame_seq: u64,
    /// Everybody who is followed; whoever is missing has left.
    pub tracks: &'a [Track],
}

/// Whom the tracker believed in and nobody was told of, by reason; each once.
pub type Suppressed = BTreeMap<&'static str, u64>;

/// Decides what is worth telling about one camera.
#[derive(Clone, Debug)]
pub struct Decider {
    camera: CameraConfig,
    visits: BTreeMap<TrackId, Visit>,
    presence: Presence,
    places: Places,
    is_night: bool,
    suppressed: Suppressed,
    /// No visit began earlier: the camera was lost or found then.
    blind_until: Monotonic,
}

impl Decider {
    /// Nobody is in view yet.
    pub fn new(camera: &CameraConfig) -> Self {
        Self {
            camera: camera.clone(),
            visits: BTreeMap::new(),
            presence: Presence::nobody(camera),
            places: Places::default(),
            is_night: false,
            suppressed: Suppressed::default(),
            blind_until: Monotonic::default(),
        }
    }

    /// Takes what an inference showed; gives the events that it means, in order. `new_id` names the visits that begin.
    pub fn observe(&mut self, seen: &Seen<'_>, new_id: &mut dyn FnMut() -> VisitId) -> Vec<Event> {
        let gone = |id: &TrackId| seen.tracks.iter().all(|track| track.id != *id);
        let mut events = self.end(gone);
        for track in seen.tracks {
            // A box that this inference did not show is a prediction.
            if track.last_seen == seen.at {
                events.extend(self.follow(seen, *track, new_id));
            }
        }
        events
    }

    /// The camera delivers no more frames: everybody's visit ends, because nobody knows who is there.
    pub fn camera_lost(
        &mut self,
        at: Monotonic,
        reason: LossReason,
        new_id: &mut dyn FnMut() -> VisitId,
    ) -> Vec<Event> {
        self.blind_until = at;
        let mut events = vec![self.of_camera(EventKind::CameraLost(reason), at, new_id())];
        events.extend(self.end(|_| true));
        events
    }

    /// The camera delivers frames again.
    pub fn camera_found(
        &mut self,
        at: Monotonic,
        new_id: &mut dyn FnMut() -> VisitId,
    ) -> Vec<Event> {
        self.blind_until = at;
        vec![self.of_camera(EventKind::CameraFound, at, new_id())]
    }

    /// The camera delivers frames that show nothing, for some reason, or sees again without one. Visits go on: whoever is
    /// not seen any more has left after the usual time.
    pub fn camera_obscured(
        &mut self,
        at: Monotonic,
        why: Option<Obstruction>,
        new_id: &mut dyn FnMut() -> VisitId,
    ) -> Vec<Event> {
        let kind = why.map_or(EventKind::CameraCleared, EventKind::CameraObscured);
        vec![self.of_camera(kind, at, new_id())]
    }

    /// We stop looking: everybody's visit ends, as far as we can tell.
    pub fn close(&mut self) -> Vec<Event> {
        self.end(|_| true)
    }

    /// Who is where right now.
    pub fn state(&self) -> Presence {
        self.presence.clone()
    }

    /// Goes on counting each of these lines where it is said to be; lines that are not there are passed over.
    pub fn set_totals(&mut self, totals: &[LineTotals]) {
        for line in &mut self.presence.lines {
            if let Some(known) = totals.iter().find(|known| known.name == line.name) {
                *line = known.clone();
            }
        }
    }

    /// From now on decides by the rules of `camera`, which is the same camera. Visits and totals go on; gives the end of the
    /// stays in zones that are gone or moved. Whoever is in a new zone enters it with the next sight.
    pub fn set_rules(&mut self, camera: &CameraConfig) -> Vec<Event> {
        let before = std::mem::replace(&mut self.camera, camera.clone());
        let mut events = Vec::new();
        for visit in self.visits.values_mut() {
            visit.rearrange(&before, camera);
            events.extend(visit.tell(&camera.name, &mut self.presence));
        }
        self.presence.rearrange(camera);
        events
    }

    /// Whether the pictures are from now on ones of the night: without colour, or dark.
    pub const fn set_night(&mut self, is_night: bool) {
        self.is_night = is_night;
    }

    /// Whether anybody is followed who may be a person: inference must go on then. A thing that stands in the picture is none;
    /// when it moves, the motion gate notices.
    pub fn watches(&self) -> bool {
        let mut visits = self.visits.values();
        visits.any(|visit| visit.background().is_none())
    }

    /// Whom the tracker believed in and nobody was told of, by reason.
    pub fn suppressed(&self) -> Suppressed {
        let all = Doubt::ALL.iter().map(|doubt| doubt.name());
        all.map(|name| (name, self.suppressed.get(name).copied().unwrap_or(0)))
            .collect()
    }

    fn follow(
        &mut self,
        seen: &Seen<'_>,
        track: Track,
        new_id: &mut dyn FnMut() -> VisitId,
    ) -> Vec<Event> {
        let began = track.first_seen.max(self.blind_until);
        let visit = self.visits.entry(track.id);
        let visit = visit.or_insert_with(|| {
            let mut visit = Visit::new(&self.camera, began, seen, track);
            if let Some((place, known)) = self.places.recall(track.bbox, seen.at) {
                visit.recall(place, known);
            }
            visit
        });
        visit.see(&self.camera, seen, track);
        if track.state == TrackState::Confirmed {
            match visit.doubtful(&self.camera.doubt, self.is_night) {
                Some(doubt) => {
                    if visit.doubt(doubt, &self.camera, seen.at) {
                        remember_thing(visit, track, &mut self.places, &mut self.suppressed);
                    }
                }
                None => {
                    if visit.background().is_some() {
                        self.places.forget(visit.began_at());
                    }
                    visit.open(seen.at, self.camera.track.update_every, new_id);
                    visit.update(seen.at, self.camera.track.update_every);
                }
            }
        }
        visit.tell(&self.camera.name, &mut self.presence)
    }

    /// Ends the visits of the tracks that are `gone`.
    fn end(&mut self, gone: impl Fn(&TrackId) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        self.visits.retain(|id, visit| {
            let gone = gone(id);
            if gone {
                visit.end(&self.camera.zones);
                events.extend(visit.tell(&self.camera.name, &mut self.presence));
                if let Some(doubt) = visit.suppressed() {
                    *self.suppressed.entry(doubt.name()).or_default() += 1;
                }
                if let Some((place, known)) = visit.vanished() {
                    self.places.remember(place, known, visit.last_seen());
                }
            }
            !gone
        });
        events
    }

    fn of_camera(&self, kind: EventKind, at: Monotonic, id: VisitId) -> Event {
        Event {
            kind,
            id,
            camera: self.camera.name.clone(),
            at,
            subject: None,
            count: self.presence.count,
        }
    }
}

/// It has become background: from now on it is known at its place, and counted if it was not known before.
fn remember_thing(visit: &Visit, track: Track, places: &mut Places, suppressed: &mut Suppressed) {
    places.remember(visit.began_at(), Known::Thing, track.last_seen);
    if visit.background() == Some(Background::New) {
        *suppressed.entry(Doubt::Still.name()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests;
