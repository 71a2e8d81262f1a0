use std::f32::consts::TAU;

use super::*;
use Change::{Cleared, Obscured};
use Obstruction::{Blinded, Covered, Dark, Defocused, Frozen};

/// Coarser than the real one, because these tests show hours.
const GRID: Size = Size::new(20, 12);

/// About normally distributed, deviation 1.
#[derive(Debug)]
pub(super) struct Noise(u32);

impl Default for Noise {
    fn default() -> Self {
        Self(1)
    }
}

impl Noise {
    pub(super) fn next(&mut self) -> f32 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / (1 << 24) as f32
        };
        ((0..4).map(|_| uniform()).sum::<f32>() - 2.0) * 3.0_f32.sqrt()
    }
}

/// A camera that shows a room.
struct Camera {
    view: View,
    noise: Noise,
    now_ms: u64,
    gap_ms: u64,
    changes: Vec<(u64, Change)>,
}

impl Camera {
    fn new() -> Self {
        Self {
            view: View::new(true),
            noise: Noise::default(),
            now_ms: 50_000,
            gap_ms: 200,
            changes: Vec::new(),
        }
    }

    /// Shows `alter(x, y, room)` for so many seconds; gives the changes with the second of this showing.
    fn show(
        &mut self,
        seconds: u64,
        alter: impl Fn(usize, usize, f32) -> f32,
    ) -> Vec<(u64, Change)> {
        let mut changes = Vec::new();
        for frame in 0..seconds * 1000 / self.gap_ms {
            let values: Vec<f32> = (0..GRID.area())
                .map(|i| {
                    let (x, y) = (i % 20, i / 20);
                    let room = 70.0 + 60.0 * ((x / 4 + y / 3) % 2) as f32 + (x * y % 11) as f32;
                    (alter(x, y, room) + 0.4 * self.noise.next()).clamp(1.0, 255.0)
                })
                .collect();
            changes.extend(
                self.see(&values)
                    .map(|change| (frame * self.gap_ms / 1000, change)),
            );
        }
        changes
    }

    fn see(&mut self, values: &[f32]) -> Option<Change> {
        self.now_ms += self.gap_ms;
        let cells = Cells { values, grid: GRID };
        let change = self
            .view
            .observe(cells, Monotonic::from_millis(self.now_ms));
        self.changes
            .extend(change.map(|change| (self.now_ms, change)));
        change
    }

    fn room(&mut self, seconds: u64) -> Vec<(u64, Change)> {
        self.show(seconds, |_, _, room| room)
    }
}

#[test]
fn each_way_to_see_nothing_is_told_once_and_its_end_too() {
    type Alter = fn(usize, usize, f32) -> f32;
    let cases: [(Obstruction, Alter); 5] = [
        (Dark, |_, _, _| 17.0),
        (Covered, |_, _, _| 60.0),
        (Covered, |x, _, _| 60.0 + 0.1 * x as f32),
        (Blinded, |_, _, _| 250.0),
        (Defocused, |x, y, _| {
            100.0 + 30.0 * (TAU * (x + y) as f32 / 32.0).sin()
        }),
    ];
    for (expected, alter) in cases {
        let mut camera = Camera::new();
        assert_eq!(camera.room(60), [], "{expected:?}");
        let told = camera.show(120, alter);
        let [(second, Obscured(found))] = told[..] else {
            panic!("{expected:?}: {told:?}");
        };
        assert_eq!(found, expected);
        let usual = told_after(expected).as_secs();
        assert!(
            (usual..usual + 8).contains(&second),
            "{expected:?} after {second} s"
        );
        let told = camera.room(60);
        assert!(
            matches!(told[..], [(5..12, Cleared)]),
            "{expected:?}: {told:?}"
        );
    }
}

#[test]
fn a_picture_that_stays_precisely_the_same_is_frozen_but_not_a_clip() {
    let mut camera = Camera::new();
    camera.room(60);
    let still: Vec<f32> = (0..GRID.area()).map(|i| (60 + i * 7 % 50) as f32).collect();
    let told: Vec<_> = (0..60 * 5).filter_map(|_| camera.see(&still)).collect();
    assert_eq!(told, [Obscured(Frozen)]);
    let mut clip = Camera::new();
    clip.view = View::new(false);
    assert!((0..60 * 5).all(|_| clip.see(&still).is_none()));
}

#[test]
fn what_happens_before_a_sound_camera_is_no_obstruction() {
    let mut camera = Camera::new();
    let mut quiet = |seconds, alter: &dyn Fn(usize, usize, f32) -> f32, what: &str| {
        assert_eq!(camera.show(seconds, alter), [], "{what}");
    };
    quiet(60, &|_, _, room| room, "the room");
    quiet(2, &|_, _, _| 45.0, "somebody close before the lens");
    quiet(30, &|_, _, room| room, "the room again");
    quiet(
        120,
        &|_, _, room| room * 0.2,
        "lamps off, some light from outside",
    );
    quiet(30, &|_, _, room| room, "lamps on");
    quiet(120, &|_, _, room| 16.0 + room * 0.05, "night");
    quiet(3, &|_, _, _| 17.0, "the filter switches");
    quiet(
        120,
        &|x, y, room| room * (1.4 - ((x as f32 - 10.0).hypot(y as f32 - 6.0)) / 10.0).max(0.1),
        "infra-red",
    );
    quiet(30, &|_, _, room| (room * 1.8).min(255.0), "sun");
}

#[test]
fn a_night_of_infra_red_does_not_make_the_morning_unusual() {
    let mut camera = Camera::new();
    camera.room(60);
    camera.gap_ms = 2000;
    camera.show(8 * 3600, |_, _, room| {
        (60.0 + (room - 100.0) * 1.8).max(20.0)
    });
    assert_eq!(
        camera.show(300, |_, _, room| 100.0 + (room - 100.0) * 0.9),
        []
    );
}

#[test]
fn a_covering_that_comes_and_goes_makes_no_storm() {
    let mut camera = Camera::new();
    camera.room(60);
    camera.gap_ms = 1000;
    for _ in 0..120 {
        camera.show(18, |_, _, _| 60.0);
        camera.room(12);
    }
    // An hour of it, twice a minute.
    assert!(camera.changes.len() < 20, "{:?}", camera.changes.len());
}
