//! An hour of a crowd through tracking and deciding ends with as much memory as it had after some minutes.
//!
//! A test of its own because it counts every byte of the process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::Duration;

use watchpost::config::{CameraConfig, LineConfig, SourceConfig, ZoneConfig};
use watchpost::decide::{Decider, Seen};
use watchpost::eval::tracking::crowd::{Faults, Habit, Plan};
use watchpost::track::Tracker;
use watchpost::types::{Detection, Monotonic, Point, Polygon, Score, Segment, Size, VisitId};

/// Bytes that are allocated and not yet freed.
static LIVE: AtomicIsize = AtomicIsize::new(0);

struct Counting;

// SAFETY: every call goes on to the system's allocator with the caller's own arguments; counting touches no memory of theirs.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the pointer is one of `System`, by the caller's contract and `alloc` above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const FPS: u32 = 15;

/// Three minutes, shown twenty times: an hour of 54,000 frames.
const PLAN: Plan = Plan {
    name: "hour",
    habit: Habit::All,
    people: 20,
    fps: FPS,
    seconds: 180,
    gated: false,
    seed: 20,
};
const ROUNDS: u32 = 20;

/// Rounds after which every list has been as long as it gets.
const WARM: usize = 5;

const SIZE: Size = Size::new(1280, 720);

fn camera() -> CameraConfig {
    let point = |x, y| Point { x, y };
    CameraConfig {
        size: Some(SIZE),
        zones: vec![ZoneConfig {
            dwell: Some(Duration::from_secs(2)),
            ..ZoneConfig::new(
                "middle".into(),
                Polygon::new(vec![
                    point(0.3, 0.4),
                    point(0.7, 0.4),
                    point(0.7, 1.0),
                    point(0.3, 1.0),
                ])
                .expect("four corners"),
            )
        }],
        lines: vec![LineConfig {
            name: "gate".into(),
            segment: Segment {
                from: point(0.5, 0.4),
                to: point(0.5, 1.0),
            },
        }],
        ..CameraConfig::new("hall", SourceConfig::Device("/dev/null".into()))
    }
}

#[test]
fn an_hour_of_a_crowd_leaves_no_memory_behind() {
    let mut faults = Faults::new(20);
    let film = PLAN.film();
    let film: Vec<Vec<Detection>> = film
        .iter()
        .map(|moment| faults.detections(moment))
        .collect();
    let camera = camera();
    let mut tracker = Tracker::new(camera.track, Score::new(0.5).expect("within 0–1"));
    let mut decider = Decider::new(&camera);
    let mut visits = 0;
    let mut new_id = || {
        visits += 1;
        VisitId(visits)
    };
    let mut live = Vec::with_capacity(ROUNDS as usize);
    let mut frame_seq = 0;
    let mut told = 0;
    for _ in 0..ROUNDS {
        for detections in &film {
            frame_seq += 1;
            let at = Monotonic::new(Duration::from_secs(frame_seq) / FPS);
            let seen = Seen {
                at,
                frame_size: SIZE,
                frame_seq,
                tracks: tracker.update(at, detections),
            };
            told += decider.observe(&seen, &mut new_id).len();
        }
        live.push(LIVE.load(Ordering::Relaxed));
    }
    assert_eq!(frame_seq, 54_000);
    assert!(
        told > 10_000,
        "a crowd that nobody tells of proves nothing: {told} events"
    );
    let most = live[..WARM].iter().max().expect("some rounds");
    let after = live[WARM..].iter().max().expect("some rounds");
    assert!(
        after <= most,
        "live bytes after each round: {live:?}, {told} events"
    );
}
