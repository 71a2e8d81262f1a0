//! One person's visit, from the first sight to the last.
//!
//! A visit begins as a candidate, because the tracker needs several sights to believe in a person. What the candidate does
//! is remembered and told after `entered`: on a slow board somebody may be across a line before being believed.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Anchor, CameraConfig, LineConfig, ZoneConfig};
use crate::decide::evidence::Evidence;
use crate::decide::line::{Footing, Walk};
use crate::decide::zone::{Change, Patience, Sight, Stay, ZoneChange};
use crate::decide::{Presence, Seen};
use crate::types::{BBox, Event, EventKind, Monotonic, Point, Size, Subject, Track, VisitId};

/// A foot point is clear of a line at this share of the person's height: twice what the stride moves it by (a standard
/// deviation of 3.5 % in the recorded scenes).
const CLEAR_PER_HEIGHT: f32 = 0.08;

/// One person's visit.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Set once the person has been told of.
    id: Option<VisitId>,
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
            id: None,
            began,
            update_due: began,
            evidence: Evidence::none(seen.at),
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
        self.evidence.add(&track);
        self.watch_zones(&camera.zones, seen.at);
        self.watch_lines(&camera.lines, way, seen.at);
    }

    /// Begins to tell of the visit, under this id, if it has not begun yet.
    pub fn open(
        &mut self,
        now: Monotonic,
        update_every: Duration,
        new_id: &mut dyn FnMut() -> VisitId,
    ) {
        if self.id.is_some() {
            return;
        }
        self.id = Some(new_id());
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
        if self.id.is_none() {
            self.untold.retain(|news| news.is_in(after));
        }
    }

    /// The events not told yet, each added to `presence`; none while the visit is a candidate.
    pub fn tell(&mut self, camera: &Arc<str>, presence: &mut Presence) -> Vec<Event> {
        let Some(id) = self.id else {
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
                subject: Some(self.subject(news.dwell)),
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

    fn subject(&self, dwell: Duration) -> Subject {
        Subject {
            track: self.last.id,
            score: self.last.score,
            top_score: self.last.top_score,
            bbox: self.last.bbox,
            frame_size: self.frame_size,
            frame_seq: self.frame_seq,
            zones: self.zones.clone(),
            dwell,
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
