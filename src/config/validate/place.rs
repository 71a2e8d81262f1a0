//! `[[camera.zone]]`, `[[camera.line]]` and the polygons of masks: places in the picture.

use super::Check;
use crate::config::file::{LineFile, ZoneFile};
use crate::config::{Anchor, LineConfig, ZoneConfig};
use crate::types::{Point, Polygon, Score, Segment};

/// Share of a person that must be in a zone whose anchor is `overlap`, where no other is configured.
const OVERLAP_MIN: f64 = 0.3;

const DAY_MS: u64 = 86_400_000;

impl Check<'_> {
    pub(super) fn zones(&mut self, at: &str, files: Vec<ZoneFile>) -> Option<Vec<ZoneConfig>> {
        self.unique(at, files.iter().map(|zone| &zone.name));
        let zones: Vec<_> = files
            .into_iter()
            .enumerate()
            .map(|(i, file)| self.zone(&format!("{at}[{i}]"), file))
            .collect();
        zones.into_iter().collect()
    }

    fn zone(&mut self, at: &str, file: ZoneFile) -> Option<ZoneConfig> {
        let key = |key: &str| format!("{at}.{key}");
        let name = self.name(&key("name"), file.name);
        let polygon = match file.points {
            Some(points) => self.polygon(&key("points"), points),
            None => self.refuse(
                key("points"),
                "required; three or more corners [x, y], each 0–1",
            ),
        };
        let anchor = self.anchor(at, file.anchor.as_deref(), file.overlap_min);
        let height_min = self.share(&key("min_height"), file.min_height, 0.0);
        let score_min = self.share(&key("min_score"), file.min_score, 0.0);
        let stay_min = self.millis(&key("min_ms"), file.min_ms, 0, 0..=DAY_MS);
        let dwell = file
            .dwell_ms
            .map(|ms| self.millis(&key("dwell_ms"), Some(ms), 0, 0..=DAY_MS));
        Some(ZoneConfig {
            anchor: anchor?,
            height_min,
            score_min: Score::new(score_min)?,
            stay_min,
            dwell,
            ..ZoneConfig::new(name?, polygon?)
        })
    }

    fn anchor(&mut self, at: &str, name: Option<&str>, overlap: Option<f64>) -> Option<Anchor> {
        let key = format!("{at}.overlap_min");
        if overlap.is_some() && name != Some("overlap") {
            self.complaints
                .add(key.clone(), "only with anchor = \"overlap\"");
        }
        match name {
            None | Some("foot") => Some(Anchor::Foot),
            Some("centre") => Some(Anchor::Centre),
            Some("overlap") => {
                let share = self.share(&key, overlap, OVERLAP_MIN);
                if share == 0.0 {
                    return self.refuse(key, "expected more than 0, up to 1, found 0");
                }
                Some(Anchor::Overlap(share))
            }
            Some(other) => self.refuse(
                format!("{at}.anchor"),
                format!("expected \"foot\", \"centre\" or \"overlap\", found {other:?}"),
            ),
        }
    }

    pub(super) fn lines(&mut self, at: &str, files: Vec<LineFile>) -> Option<Vec<LineConfig>> {
        self.unique(at, files.iter().map(|line| &line.name));
        let mut lines = Vec::new();
        for (i, file) in files.into_iter().enumerate() {
            let name = self.name(&format!("{at}[{i}].name"), file.name);
            let from = self.end(format!("{at}[{i}].from"), file.from);
            let to = self.end(format!("{at}[{i}].to"), file.to);
            let segment = from.zip(to).and_then(|(from, to)| {
                if from == to {
                    return self.refuse(format!("{at}[{i}].to"), "must differ from `from`");
                }
                Some(Segment { from, to })
            });
            lines.push(
                name.zip(segment)
                    .map(|(name, segment)| LineConfig { name, segment }),
            );
        }
        lines.into_iter().collect()
    }

    fn end(&mut self, key: String, point: Option<[f64; 2]>) -> Option<Point> {
        match point {
            Some([x, y]) if (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y) => Some(Point {
                x: x as f32,
                y: y as f32,
            }),
            Some(point) => self.refuse(key, format!("{point:?} is outside the frame (0–1)")),
            None => self.refuse(key, "required; a point [x, y], each 0–1"),
        }
    }

    pub(super) fn polygon(&mut self, key: &str, points: Vec<[f64; 2]>) -> Option<Polygon> {
        let count = points.len();
        let points = points
            .into_iter()
            .map(|[x, y]| Point {
                x: x as f32,
                y: y as f32,
            })
            .collect();
        let message = format!("expected three or more corners within 0–1, found {count} of them");
        Polygon::new(points).or_else(|| self.refuse(key, message))
    }
}
