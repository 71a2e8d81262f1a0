//! Decides which frames the detector sees.

use std::time::Duration;

use crate::config::MotionConfig;
use crate::convert::Luma;
use crate::motion::Motion;
use crate::motion::background::{Background, Change};
use crate::motion::luma::{Shrinker, grid};
use crate::types::{Monotonic, Size};
use crate::view::Cells;

/// Inference goes on after the last motion, for as long as that had lasted and at most for this long: somebody who has just
/// stopped walking is still found, and a flicker costs one inference.
const HOLD_MAX: Duration = Duration::from_millis(500);

/// Why a frame is inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Something moves, or moved a moment ago. Without the gate: every frame.
    Motion,
    /// The light has changed and settled: whoever it shows now may have been there before.
    Light,
    /// A person is being followed.
    Track,
    /// It has been long enough since the last inference.
    Heartbeat,
}

/// How many frames the gate let through and how many it saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateCounters {
    /// Frames inferred.
    pub run: u64,
    /// Frames not inferred.
    pub saved: u64,
}

/// Decides which frames of one camera the detector sees.
pub struct Gate {
    config: MotionConfig,
    shrinker: Shrinker,
    grid: Size,
    background: Background,
    /// When the latest motion began, and was last seen.
    moved: Option<(Monotonic, Monotonic)>,
    /// The light was changing in the latest picture.
    relit: bool,
    /// It was in the one before, and no longer is.
    settled: bool,
    run_at: Option<Monotonic>,
    counters: GateCounters,
}

impl Gate {
    /// A gate that knows nothing of the camera yet.
    pub fn new(config: &MotionConfig) -> Self {
        Self {
            config: *config,
            shrinker: Shrinker::default(),
            grid: Size::new(0, 0),
            background: Background::default(),
            moved: None,
            relit: false,
            settled: false,
            run_at: None,
            counters: GateCounters::default(),
        }
    }

    /// What changed in the picture taken `at`. Expects every frame of the camera, in order.
    ///
    /// A first picture and one of another size count as moving, but start no hold: there is one inference of them. Every
    /// picture counts as moving when the gate is off.
    pub fn observe(&mut self, luma: &Luma<'_>, at: Monotonic) -> Motion {
        const ALL: Motion = Motion {
            moving: true,
            area: 1.0,
        };
        let cells = self.shrinker.shrink(luma);
        self.grid = grid(luma.size());
        if !self.config.enabled {
            return ALL;
        }
        let area_min = self.config.area_min;
        let Some(change) = self.background.observe(cells, self.grid, at, area_min) else {
            return ALL;
        };
        let was_relit = std::mem::replace(&mut self.relit, change.is_light);
        self.settled = was_relit && !change.is_light;
        let Change { area, is_light } = change;
        let moving = !is_light && area > 0.0 && area >= area_min;
        if moving {
            let goes_on = self.moved.filter(|(_, last)| at.since(*last) <= HOLD_MAX);
            let began = goes_on.map_or(at, |(began, _)| began);
            self.moved = Some((began, at));
        }
        Motion { moving, area }
    }

    /// The coarse luminance of the picture that was observed last.
    pub fn cells(&self) -> Cells<'_> {
        Cells {
            values: self.shrinker.cells(),
            grid: self.grid,
        }
    }

    /// Why the frame taken `at` is inferred; `None` when the inference is saved.
    pub fn decide(&mut self, motion: Motion, tracks_alive: bool, at: Monotonic) -> Option<Wake> {
        let within =
            |since: Option<Monotonic>, time| since.is_some_and(|since| at.since(since) < time);
        let holds = |(began, last): (Monotonic, Monotonic)| {
            at.since(last) < last.since(began).min(HOLD_MAX)
        };
        let wake = if motion.moving || self.moved.is_some_and(holds) {
            Some(Wake::Motion)
        } else if std::mem::take(&mut self.settled) {
            Some(Wake::Light)
        } else if tracks_alive {
            Some(Wake::Track)
        } else if !within(self.run_at, self.config.heartbeat) {
            Some(Wake::Heartbeat)
        } else {
            None
        };
        if wake.is_some() {
            self.run_at = Some(at);
            self.counters.run += 1;
        } else {
            self.counters.saved += 1;
        }
        wake
    }

    /// From now on decides by these rules.
    pub const fn set_rules(&mut self, config: MotionConfig) {
        self.config = config;
    }

    /// Frames inferred and saved so far.
    pub const fn counters(&self) -> GateCounters {
        self.counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(640, 360);
    const CONFIG: MotionConfig = MotionConfig {
        enabled: true,
        area_min: 0.0005,
        heartbeat: Duration::from_secs(5),
    };

    /// A camera that delivers ten frames a second of a room with things in it.
    struct Camera {
        gate: Gate,
        noise: f32,
        frame: u32,
        random: u32,
    }

    impl Camera {
        fn new(config: &MotionConfig, noise: f32) -> Self {
            Self {
                gate: Gate::new(config),
                noise,
                frame: 0,
                random: 1,
            }
        }

        /// About normally distributed, deviation 1.
        fn random(&mut self) -> f32 {
            let mut sum = 0.0;
            for _ in 0..4 {
                self.random = self
                    .random
                    .wrapping_mul(1_664_525)
                    .wrapping_add(1_013_904_223);
                sum += (self.random >> 16) as f32 / 32_768.0 - 1.0;
            }
            sum * 0.866
        }

        /// The next frame: the room's brightness at each pixel is changed by `alter(x, y, brightness)`.
        fn see(
            &mut self,
            size: Size,
            alter: impl Fn(u32, u32, f32) -> f32,
        ) -> (Motion, Option<Wake>) {
            let mut bytes = Vec::with_capacity(size.area());
            for y in 0..size.height {
                for x in 0..size.width {
                    let room = 60.0 + 100.0 * ((x / 40 + y / 30) % 2) as f32;
                    let noise = self.random() * self.noise;
                    bytes.push((alter(x, y, room) + noise).clamp(0.0, 255.0) as u8);
                }
            }
            let at = Monotonic::from_millis(50_000 + u64::from(self.frame) * 100);
            self.frame += 1;
            let luma = Luma::new(&bytes, size.width as usize, size).expect("whole");
            let motion = self.gate.observe(&luma, at);
            (motion, self.gate.decide(motion, false, at))
        }

        fn rest(&mut self, frames: u32) -> Vec<Option<Wake>> {
            (0..frames)
                .map(|_| self.see(SIZE, |_, _, room| room).1)
                .collect()
        }
    }

    #[test]
    fn a_still_room_costs_the_heartbeat_alone_however_noisy_the_camera() {
        for noise in [0.0, 2.0, 8.0, 20.0] {
            let wakes = Camera::new(&CONFIG, noise).rest(60);
            let run: Vec<usize> = (0..60).filter(|&i| wakes[i].is_some()).collect();
            assert_eq!(run, [0, 50], "noise {noise}");
            assert_eq!(wakes[50], Some(Wake::Heartbeat));
        }
    }

    #[test]
    fn somebody_far_away_is_noticed_in_every_place() {
        // 18 × 6 pixels in 360: 5 % of the height, 40 levels darker than the wall.
        let mut camera = Camera::new(&CONFIG, 3.0);
        camera.rest(30);
        for step in 0..40 {
            let left = 100 + step * 3;
            let person = |x: u32, y: u32| (left..left + 6).contains(&x) && (200..218).contains(&y);
            let (motion, _) = camera.see(SIZE, |x, y, room| {
                room - if person(x, y) { 40.0 } else { 0.0 }
            });
            assert!(motion.moving, "step {step}: {motion:?}");
            assert!(motion.area < 0.01, "{motion:?}");
        }
    }

    #[test]
    fn light_that_changes_everywhere_is_no_motion() {
        let mut camera = Camera::new(&CONFIG, 2.0);
        camera.rest(20);
        for light in [0.9, 0.7, 0.7, 0.85, 1.2, 1.3] {
            let (motion, _) = camera.see(SIZE, |_, _, room| room * light);
            assert!(!motion.moving, "light {light}: {motion:?}");
        }
    }

    #[test]
    fn a_lamp_is_looked_at_once_when_it_has_settled() {
        let mut camera = Camera::new(&CONFIG, 2.0);
        camera.rest(20);
        let lit =
            |light: f32| move |x: u32, _: u32, room: f32| room + if x < 150 { light } else { 0.0 };
        let mut wakes = vec![camera.see(SIZE, lit(20.0)).1];
        wakes.extend((0..15).map(|_| camera.see(SIZE, lit(50.0)).1));
        assert_eq!(wakes[..3], [None, None, Some(Wake::Light)]);
        assert_eq!(wakes[3..], [None; 13]);
    }

    #[test]
    fn a_door_becomes_background_within_a_second() {
        let mut camera = Camera::new(&CONFIG, 2.0);
        camera.rest(20);
        let open = |x: u32, y: u32, room: f32| {
            if x < 80 && y > 100 {
                200.0 - room
            } else {
                room
            }
        };
        let moving: Vec<bool> = (0..15).map(|_| camera.see(SIZE, open).0.moving).collect();
        assert!(moving[0] && !moving[8..].contains(&true), "{moving:?}");
    }

    #[test]
    fn somebody_who_comes_slowly_along_the_optical_axis_is_noticed() {
        // 36 pixels high and 25 levels darker than the wall at first, and growing by 3 % a second without moving a limb.
        let mut camera = Camera::new(&CONFIG, 3.0);
        camera.rest(40);
        let mut noticed = vec![0];
        for frame in 1..200 {
            let height = 36.0 * (1.0 + 0.003 * frame as f32);
            let (half, top) = (height * 0.17, 220.0 - height * 0.8);
            let person = |x: u32, y: u32| {
                (x as f32 - 320.0).abs() < half && (top..top + height).contains(&(y as f32))
            };
            let see = |x: u32, y: u32, room: f32| room - if person(x, y) { 25.0 } else { 0.0 };
            if camera.see(SIZE, see).0.moving {
                noticed.push(frame);
            }
        }
        noticed.push(200);
        let longest = noticed.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(longest <= Some(60), "frames of motion: {noticed:?}");
    }

    #[test]
    fn a_long_gap_is_no_motion() {
        let mut camera = Camera::new(&CONFIG, 2.0);
        camera.rest(20);
        for _ in 0..3 {
            // Eleven seconds later.
            camera.frame += 110;
            let (motion, wake) = camera.see(SIZE, |_, _, room| room);
            assert!(!motion.moving, "{motion:?}");
            assert_eq!(wake, Some(Wake::Heartbeat));
        }
    }

    #[test]
    fn another_picture_size_is_learned_anew() {
        let mut camera = Camera::new(&CONFIG, 2.0);
        camera.rest(10);
        let small = Size::new(320, 240);
        let seen: Vec<bool> = (0..3)
            .map(|_| camera.see(small, |_, _, room| room).0.moving)
            .collect();
        assert_eq!(seen, [true, false, false]);
    }

    #[test]
    fn motion_holds_a_moment_and_then_a_track_keeps_the_gate_open() {
        let (mut gate, still) = (
            Gate::new(&CONFIG),
            Motion {
                moving: false,
                area: 0.0,
            },
        );
        let at = Monotonic::from_millis;
        gate.run_at = Some(at(0));
        gate.moved = Some((at(900), at(1000)));
        assert_eq!(gate.decide(still, false, at(1099)), Some(Wake::Motion));
        gate.moved = Some((at(300), at(1000)));
        assert_eq!(gate.decide(still, true, at(1499)), Some(Wake::Motion));
        assert_eq!(gate.decide(still, true, at(1500)), Some(Wake::Track));
        assert_eq!(gate.decide(still, false, at(1600)), None);
        assert_eq!(gate.decide(still, false, at(6499)), None);
        assert_eq!(gate.decide(still, false, at(6500)), Some(Wake::Heartbeat));
        assert_eq!(gate.counters(), GateCounters { run: 4, saved: 2 });
    }

    #[test]
    fn without_the_gate_every_frame_is_inferred() {
        let config = MotionConfig {
            enabled: false,
            ..CONFIG
        };
        assert_eq!(Camera::new(&config, 2.0).rest(12), [Some(Wake::Motion); 12]);
    }
}
