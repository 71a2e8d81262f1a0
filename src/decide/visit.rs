//! One person's visit, from the first sight to the last.
//!
//! A visit begins as a candidate, because the tracker needs several sights to believe in a person. What the candidate does
//! is remembered and told after `entered`: on a slow board somebody may be across a line before being believed. What one did who
//! has been doubted for long is forgotten: a thing does nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Anchor, CameraConfig, DoubtConfig, LineConfig, ZoneConfig};
use crate::decide::doubt::Doubt;
use crate::decide::doubt::places::Known;
use crate::decide::evidence::Evidence;
use crate::decide::line::{Footing, Walk};
use crate::decide::zone::{Change, Patience, Sight, Stay, ZoneChange};
use crate::decide::{Presence, Seen};
use crate::types::{
    BBox, Confirmed, Event, EventKind, Monotonic, Point, Size, Subject, Track, VisitId,
};

/// A foot point is clear of a line at this share of the person's height: twice what the stride moves it by (a standard
/// deviation of 3.5 % in the recorded scenes).
const CLEAR_PER_HEIGHT: f32 = 0.08;

/// What a candidate did is remembered for so long.
const CANDIDATE_MEMORY: Duration = Duration::from_secs(10);

/// Whoever has moved so far, in heights of their own, and vanishes in the middle of the picture is probably there still.
const MOVED_AS_PEOPLE_DO: f32 = 0.5;

/// A box this near to the frame's border, as a share of the frame, may have gone over it.
const BORDER: f32 = 0.02;

/// One person's visit.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Set once the person has been told of.
    told: Option<(VisitId, Confirmed)>,
    doubt: Option<Doubt>,
    /// Since when it is believed by the tracker and doubted.
    doubted_since: Monotonic,
    /// It is a thing that stands in the picture.
    is_background: bool,
    /// It stood there before.
    is_known_thing: bool,
    began: Monotonic,
    update_due: Monotonic,
    evidence: Evidence,
    /// The latest sight, and the frame that it was in.
    last: Track,
    frame_size: Size,
    frame_seq: u64,
    stays: Vec<Stay>,
    walks: Vec<Walk>,
    /// Zones that were told as entered and not yet as left.
    zones: Vec<Arc<str>>,
    /// What happened and is still to be told.
    untold: Vec<News>,
}

/// A thing that stands in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// It was there before, and was lost for a while.
    Known,
    /// It was not known before.
    New,
}

/// Something that happened during a visit.
#[derive(Clone, Debug)]
struct News {
    kind: EventKind,
    at: Monotonic,
    dwell: Duration,
}

impl Visit {
    /// The visit of somebody first seen now.
    pub fn new(camera: &CameraConfig, began: Monotonic, seen: &Seen<'_>, track: Track) -> Self {
        Self {
            told: None,
            doubt: None,
            doubted_since: seen.at,
            is_background: false,
            is_known_thing: false,
            began,
            update_due: began,
            evidence: Evidence::none(&track),
            last: track,
            frame_size: seen.frame_size,
            frame_seq: seen.frame_seq,
            stays: vec![Stay::Unknown; camera.zones.len()],
            walks: vec![Walk::Near; camera.lines.len()],
            zones: Vec::new(),
            untold: Vec::new(),
        }
    }

    /// Takes a sight of the person into account.
    pub fn see(&mut self, camera: &CameraConfig, seen: &Seen<'_>, track: Track) {
        let way = [self.last.bbox.foot_point(), track.bbox.foot_point()];
        self.last = track;
        (self.frame_size, self.frame_seq) = (seen.frame_size, seen.frame_seq);
        self.evidence.add(&track, seen.frame_size);
        self.watch_zones(&camera.zones, seen.at);
        self.watch_lines(&camera.lines, way, seen.at);
    }

    /// Takes over what was known of the place where it began.
    pub const fn recall(&mut self, place: BBox, known: Known) {
        match known {
            Known::Thing => {
                self.evidence.known_at(place);
                self.is_known_thing = true;
            }
            Known::Person { moved } => self.evidence.known_to_move(moved),
        }
    }

    /// What is doubtful about the person; nothing any more once they were told of.
    pub fn doubtful(&self, rules: &DoubtConfig, is_night: bool) -> Option<Doubt> {
        if self.told.is_some() {
            return None;
        }
        Doubt::about(&self.evidence, rules, is_night)
    }

    /// The tracker believes in it at `now` and we do not. Gives whether it has just become background.
    pub fn doubt(&mut self, why: Doubt, camera: &CameraConfig, now: Monotonic) -> bool {
        if self.doubt != Some(why) {
            self.doubted_since = now;
        }
        self.doubt = Some(why);
        if now.since(self.began) > CANDIDATE_MEMORY {
            self.began = now;
            self.stays = vec![Stay::Unknown; camera.zones.len()];
            self.walks = vec![Walk::Near; camera.lines.len()];
            self.untold.clear();
        }
        let lasted = now.since(self.doubted_since) >= camera.doubt.background_after;
        let is_background = why == Doubt::Still && (lasted || self.is_known_thing);
        let was_background = std::mem::replace(&mut self.is_background, is_background);
        is_background && !was_background
    }

    /// Why it was never told, if the tracker believed in it and it is not a thing that is counted already.
    pub fn suppressed(&self) -> Option<Doubt> {
        let counted = self.told.is_some() || self.is_background;
        self.doubt.filter(|_| !counted)
    }

    /// Whether it is a thing that stands in the picture, and stood there before.
    pub const fn background(&self) -> Option<Background> {
        match (self.is_background, self.is_known_thing) {
            (true, true) => Some(Background::Known),
            (true, false) => Some(Background::New),
            (false, _) => None,
        }
    }

    /// When it was last seen.
    pub const fn last_seen(&self) -> Monotonic {
        self.last.last_seen
    }

    /// Where it was first.
    pub const fn began_at(&self) -> BBox {
        self.evidence.first()
    }

    /// Where somebody vanished who probably is there still, and what is known of them.
    pub fn vanished(&self) -> Option<(BBox, Known)> {
        let [x1, y1, x2, y2] = self.last.bbox.corners();
        let inside = x1 > BORDER && y1 > BORDER && x2 < 1.0 - BORDER && y2 < 1.0 - BORDER;
        let moved = self.evidence.moved;
        let is_there = self.told.is_some() && inside && moved >= MOVED_AS_PEOPLE_DO;
        is_there.then_some((self.last.bbox, Known::Person { moved }))
    }

    /// Begins to tell of the visit, under this id, if it has not begun yet.
    pub fn open(
        &mut self,
        now: Monotonic,
        update_every: Duration,
        new_id: &mut dyn FnMut() -> VisitId,
    ) {
        if self.told.is_some() {
            return;
        }
        let confirmed = Confirmed {
            frames: self.evidence.frames,
            score: self.evidence.score,
            moved: self.evidence.moved,
        };
        self.told = Some((new_id(), confirmed));
        (self.doubt, self.is_background) = (None, false);
        self.update_due = now + update_every;
        let entered = News {
            kind: EventKind::Entered,
            at: self.began,
            dwell: Duration::ZERO,
        };
        self.untold.insert(0, entered);
    }

    /// Tells that the person is still there, when it is time to.
    pub fn update(&mut self, now: Monotonic, update_every: Duration) {
        if now >= self.update_due {
            self.update_due = now + update_every;
            self.news(EventKind::Updated, now, self.began);
        }
    }

    /// Ends the visit where the person was last seen: first every zone, then the view.
    pub fn end(&mut self, zones: &[ZoneConfig]) {
        for (zone, stay) in zones.iter().zip(&self.stays) {
            let left = stay.end(self.last.last_seen);
            self.untold
                .extend(left.map(|change| News::of(zone, change)));
        }
        self.news(EventKind::Left, self.last.last_seen, self.began);
    }

    /// Goes over from one camera's zones and lines to others. What stayed as it was goes on; a stay in a zone that is gone or
    /// moved ends, and what a candidate did in places that are gone is never told.
    pub fn rearrange(&mut self, before: &CameraConfig, after: &CameraConfig) {
        let stays = before.zones.iter().zip(&self.stays);
        for (zone, stay) in stays.clone() {
            let stays_put = after.zones.iter().any(|next| same_place(zone, next));
            let left = stay.end(self.last.last_seen).filter(|_| !stays_put);
            self.untold
                .extend(left.map(|change| News::of(zone, change)));
        }
        let stay = |zone: &ZoneConfig| stays.clone().find(|(known, _)| same_place(known, zone));
        let next = after.zones.iter();
        let next = next.map(|zone| stay(zone).map_or(Stay::Unknown, |(_, stay)| *stay));
        let walks = before.lines.iter().zip(&self.walks);
        let walk = |line: &LineConfig| walks.clone().find(|(known, _)| *known == line);
        let ways = after.lines.iter();
        let ways = ways.map(|line| walk(line).map_or(Walk::Near, |(_, walk)| *walk));
        (self.stays, self.walks) = (next.collect(), ways.collect());
        if self.told.is_none() {
            self.untold.retain(|news| news.is_in(after));
        }
    }

    /// The events not told yet, each added to `presence`; none while the visit is a candidate.
    pub fn tell(&mut self, camera: &Arc<str>, presence: &mut Presence) -> Vec<Event> {
        let Some((id, confirmed)) = self.told else {
            return Vec::new();
        };
        let untold = std::mem::take(&mut self.untold);
        let tell = |news: News| {
            presence.add(&news.kind);
            self.move_zones(&news.kind);
            Event {
                id,
                camera: camera.clone(),
                at: news.at,
                subject: Some(self.subject(news.dwell, confirmed)),
                count: presence.count,
                kind: news.kind,
            }
        };
        untold.into_iter().map(tell).collect()
    }

    fn watch_zones(&mut self, zones: &[ZoneConfig], now: Monotonic) {
        for (zone, stay) in zones.iter().zip(&mut self.stays) {
            let sight = Sight {
                within: is_within(zone, self.last.bbox),
                fit: self.last.bbox.height() >= zone.height_min
                    && self.evidence.score >= zone.score_min,
            };
            let patience = Patience {
                stay_min: zone.stay_min,
                dwell: zone.dwell,
            };
            let (next, change) = stay.step(sight, now, patience);
            *stay = next;
            self.untold
                .extend(change.map(|change| News::of(zone, change)));
        }
    }

    fn watch_lines(&mut self, lines: &[LineConfig], way: [Point; 2], now: Monotonic) {
        let height_px = self.last.bbox.height() * self.frame_size.height as f32;
        for (line, walk) in lines.iter().zip(&mut self.walks) {
            let margin_px = CLEAR_PER_HEIGHT * height_px;
            let footing = Footing::of(line.segment, way, self.frame_size, margin_px);
            let (next, crossing) = walk.step(footing, now);
            *walk = next;
            if let Some(crossing) = crossing {
                self.untold.push(News {
                    kind: EventKind::LineCrossed(line.name.clone(), crossing.direction),
                    at: crossing.at,
                    dwell: crossing.at.since(self.began),
                });
            }
        }
    }

    fn news(&mut self, kind: EventKind, at: Monotonic, since: Monotonic) {
        let dwell = at.since(since);
        self.untold.push(News { kind, at, dwell });
    }

    fn move_zones(&mut self, kind: &EventKind) {
        match kind {
            EventKind::ZoneEntered(name) => self.zones.push(name.clone()),
            EventKind::ZoneLeft(name) => self.zones.retain(|zone| zone != name),
            _ => {}
        }
    }

    fn subject(&self, dwell: Duration, confirmed: Confirmed) -> Subject {
        Subject {
            track: self.last.id,
            score: self.last.score,
            top_score: self.last.top_score,
            bbox: self.last.bbox,
            frame_size: self.frame_size,
            frame_seq: self.frame_seq,
            zones: self.zones.clone(),
            dwell,
            confirmed,
        }
    }
}

fn is_within(zone: &ZoneConfig, bbox: BBox) -> bool {
    match zone.anchor {
        Anchor::Foot => zone.polygon.contains(bbox.foot_point()),
        Anchor::Centre => zone.polygon.contains(bbox.center()),
        Anchor::Overlap(share) => bbox.share_within(&zone.polygon) >= share,
    }
}

/// Whether whoever was in the one is in the other; what it asks of whoever comes in may differ.
fn same_place(zone: &ZoneConfig, other: &ZoneConfig) -> bool {
    zone.name == other.name && zone.polygon == other.polygon && zone.anchor == other.anchor
}

impl News {
    fn of(zone: &ZoneConfig, change: ZoneChange) -> Self {
        let name = zone.name.clone();
        Self {
            kind: match change.what {
                Change::Entered => EventKind::ZoneEntered(name),
                Change::Dwelled => EventKind::Dwelled(name),
                Change::Left => EventKind::ZoneLeft(name),
            },
            at: change.at,
            dwell: change.at.since(change.since),
        }
    }

    /// Whether it happened at a place that is still there.
    fn is_in(&self, camera: &CameraConfig) -> bool {
        match &self.kind {
            EventKind::ZoneEntered(zone) | EventKind::Dwelled(zone) | EventKind::ZoneLeft(zone) => {
                camera.zones.iter().any(|known| known.name == *zone)
            }
            EventKind::LineCrossed(line, _) => camera.lines.iter().any(|known| known.name == *line),
            _ => true,
        }
    }
}
