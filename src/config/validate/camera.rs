//! `[[camera]]` and what belongs to one: masks and motion; zones and lines are in `place`.

use super::Check;
use crate::config::file::{CameraFile, DoubtFile, MotionFile};
use crate::config::{
    CameraConfig, CameraName, DoubtConfig, MotionConfig, NodeConfig, SourceConfig, TrackConfig,
    USUAL_FPS, USUAL_STALL,
};
use crate::types::{PixelFormat, Score, Size};

impl Check<'_> {
    pub(super) fn cameras(&mut self, files: Vec<CameraFile>) -> Option<Vec<CameraConfig>> {
        if files.is_empty() {
            return self.refuse("camera", "at least one [[camera]] is required");
        }
        let names = files.iter().map(|camera| &camera.name);
        self.unique("camera", names);
        let cameras: Vec<_> = files
            .into_iter()
            .enumerate()
            .map(|(i, file)| self.camera(i, file))
            .collect();
        cameras.into_iter().collect()
    }

    fn camera(&mut self, index: usize, file: CameraFile) -> Option<CameraConfig> {
        let at = |key: &str| format!("camera[{index}].{key}");
        let name = self.name(&at("name"), file.name);
        let source = match file.source.as_deref() {
            None => self.refuse(
                at("source"),
                "required; a V4L2 node such as /dev/video0, usb:VENDOR:PRODUCT:SERIAL, card:NAME, or clip:PATH",
            ),
            Some(text) => match (text.strip_prefix("clip:"), CameraName::parse(text)) {
                (Some(path), _) => Some(SourceConfig::Clip {
                    path: path.into(),
                    repeat: file.repeat.unwrap_or(false),
                    unpaced: file.unpaced.unwrap_or(false),
                }),
                (None, Some(Ok(name))) => Some(SourceConfig::Named(name)),
                (None, Some(Err(expected))) => self.refuse(at("source"), expected),
                (None, None) => Some(SourceConfig::Device(text.into())),
            },
        };
        if source.as_ref().is_some_and(SourceConfig::is_camera) {
            for (key, given) in [("repeat", file.repeat), ("unpaced", file.unpaced)] {
                if given.is_some() {
                    self.complaints.add(at(key), "only for a clip: source");
                }
            }
        } else if matches!(source, Some(SourceConfig::Clip { .. })) {
            let message = "only for a camera, not for a clip: source";
            for (key, given) in [
                ("format", file.format.is_some()),
                ("controls", !file.controls.is_empty()),
            ] {
                if given {
                    self.complaints.add(at(key), message);
                }
            }
        }
        let node = NodeConfig {
            format: self.format(&at("format"), file.format.as_deref()),
            controls: file.controls,
        };
        let size = self.size(at, file.width, file.height);
        let usual = TrackConfig::default();
        let confirm_hits = self.number(
            &at("confirm_hits"),
            file.confirm_hits,
            u64::from(usual.confirm_hits),
            1..=100,
        );
        let day_ms = 86_400_000;
        let track = TrackConfig {
            confirm_hits: confirm_hits as u32,
            leave_after: self.millis(
                &at("leave_after_ms"),
                file.leave_after_ms,
                usual.leave_after.as_millis() as u64,
                100..=day_ms,
            ),
            update_every: self.millis(
                &at("update_every_ms"),
                file.update_every_ms,
                usual.update_every.as_millis() as u64,
                100..=day_ms,
            ),
        };
        let masks = file.masks.unwrap_or_default().into_iter().enumerate();
        let masks: Vec<_> = masks
            .map(|(i, points)| self.polygon(&at(&format!("masks[{i}]")), points))
            .collect();
        let fps = self.number(&at("fps"), file.fps, USUAL_FPS.into(), 1..=240) as u32;
        let usual_stall_ms = USUAL_STALL.as_millis() as u64;
        let stall = self.millis(
            &at("stall_ms"),
            file.stall_ms,
            usual_stall_ms,
            200..=600_000,
        );
        let motion = self.motion(&at("motion"), file.motion);
        let doubt = self.doubt(&at("doubt"), file.doubt);
        let zones = self.zones(&at("zone"), file.zones);
        let lines = self.lines(&at("line"), file.lines);
        Some(CameraConfig {
            name: name?,
            source: source?,
            size,
            fps,
            node,
            stall,
            masks: masks.into_iter().collect::<Option<_>>()?,
            motion,
            track,
            doubt: doubt?,
            zones: zones?,
            lines: lines?,
        })
    }

    /// `None` where neither side is given. Of one alone the other follows as in 16:9.
    fn size(
        &mut self,
        at: impl Fn(&str) -> String,
        width: Option<u64>,
        height: Option<u64>,
    ) -> Option<Size> {
        if width.is_none() && height.is_none() {
            return None;
        }
        let mut side = |key: &str, given: Option<u64>, follows: Option<u64>| {
            let follows = follows.unwrap_or_default().clamp(16, 8192);
            self.number(&at(key), given, follows, 16..=8192) as u32
        };
        let across = height.map(|height| height.saturating_mul(16) / 9);
        let down = width.map(|width| width.saturating_mul(9) / 16);
        Some(Size::new(
            side("width", width, across),
            side("height", height, down),
        ))
    }

    /// `None` for `auto`, which is the default.
    fn format(&mut self, key: &str, name: Option<&str>) -> Option<PixelFormat> {
        let name = name.filter(|name| *name != "auto")?;
        let all = PixelFormat::ALL;
        let names = || all.map(|format| format.name().to_ascii_lowercase());
        let format = all.into_iter().zip(names()).find(|(_, n)| n == name);
        if let Some((format, _)) = format {
            return Some(format);
        }
        let names = names().join("\", \"");
        self.refuse(
            key,
            format!("expected \"auto\", \"{names}\", found {name:?}"),
        )
    }

    fn motion(&mut self, at: &str, file: MotionFile) -> MotionConfig {
        let usual = MotionConfig::default();
        let heartbeat = self.millis(
            &format!("{at}.heartbeat_ms"),
            file.heartbeat_ms,
            usual.heartbeat.as_millis() as u64,
            100..=3_600_000,
        );
        MotionConfig {
            enabled: file.enabled.unwrap_or(usual.enabled),
            area_min: self.share(
                &format!("{at}.area_min"),
                file.area_min,
                f64::from(usual.area_min),
            ),
            heartbeat,
        }
    }

    fn doubt(&mut self, at: &str, file: DoubtFile) -> Option<DoubtConfig> {
        let usual = DoubtConfig::default();
        let key = |key: &str| format!("{at}.{key}");
        let moved_min = self.share(
            &key("min_moved"),
            file.min_moved,
            f64::from(usual.moved_min),
        );
        let background_after = self.millis(
            &key("background_after_ms"),
            file.background_after_ms,
            usual.background_after.as_millis() as u64,
            1000..=86_400_000,
        );
        let height_min = self.share(
            &key("min_height"),
            file.min_height,
            f64::from(usual.height_min),
        );
        let night_score_min = self.share(
            &key("night_min_score"),
            file.night_min_score,
            f64::from(usual.night_score_min.get()),
        );
        Some(DoubtConfig {
            enabled: file.enabled.unwrap_or(usual.enabled),
            moved_min,
            background_after,
            height_min,
            night_score_min: Score::new(night_score_min)?,
        })
    }
}
