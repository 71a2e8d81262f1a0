//! What a frame costs in tracking and deciding, for a quiet doorway and for a crowd. The goal is 100 µs for 20 people.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use watchpost::config::{
    CameraConfig, DoubtConfig, LineConfig, MotionConfig, NodeConfig, SourceConfig, TrackConfig,
    ZoneConfig,
};
use watchpost::decide::{Decider, Seen};
use watchpost::track::Tracker;
use watchpost::types::{BBox, Detection, Monotonic, Point, Polygon, Score, Segment, Size, VisitId};

/// The walk repeats after this many frames, so that the bench may go on for ever.
const PERIOD: u64 = 400;

const SIZE: Size = Size::new(1280, 720);

/// People who walk to and fro at different speeds in two rows, so that they keep passing one another.
fn people(count: u64, frame: u64) -> Vec<Detection> {
    let person = |i: u64| {
        let there = (frame * (1 + i % 3) + i * PERIOD / count) % PERIOD;
        let share = there.min(PERIOD - there) as f32 / PERIOD as f32 * 2.0;
        let (x, y) = (0.9 * share, 0.2 + 0.3 * (i % 2) as f32);
        Some(Detection {
            bbox: BBox::clipped(x, y, x + 0.06, y + 0.25)?,
            score: Score::new(if (frame + i).is_multiple_of(7) {
                0.3
            } else {
                0.8
            })?,
        })
    };
    (0..count).filter_map(person).collect()
}

/// Two zones side by side, and a line down the middle and across.
fn camera() -> CameraConfig {
    let corner = |(x, y)| Point { x, y };
    let zone = |name: &str, left: f32| {
        let corners = [(0.0, 0.1), (0.4, 0.0), (0.4, 0.9), (0.0, 1.0)];
        let corners = corners.map(|(x, y)| corner((left + x, y))).to_vec();
        ZoneConfig {
            dwell: Some(Duration::from_secs(2)),
            ..ZoneConfig::new(name.into(), Polygon::new(corners).expect("four corners"))
        }
    };
    let line = |name: &str, from, to| LineConfig {
        name: name.into(),
        segment: Segment {
            from: corner(from),
            to: corner(to),
        },
    };
    CameraConfig {
        name: "hall".into(),
        source: SourceConfig::Device("/dev/video0".into()),
        size: SIZE,
        fps: 10,
        node: NodeConfig::default(),
        stall: Duration::from_secs(5),
        masks: Vec::new(),
        motion: MotionConfig {
            enabled: false,
            area_min: 0.0,
            heartbeat: Duration::from_secs(1),
        },
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_millis(1500),
            update_every: Duration::from_secs(5),
        },
        doubt: DoubtConfig::default(),
        zones: vec![zone("left", 0.0), zone("right", 0.5)],
        lines: vec![
            line("middle", (0.45, 0.0), (0.45, 1.0)),
            line("across", (0.0, 0.6), (1.0, 0.6)),
        ],
    }
}

fn track_decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("track_decide");
    for count in [1, 5, 20, 60] {
        let frames: Vec<_> = (0..PERIOD).map(|frame| people(count, frame)).collect();
        let camera = camera();
        let mut tracker = Tracker::new(camera.track, Score::new(0.5).expect("within 0–1"));
        let mut decider = Decider::new(&camera);
        let mut ids = 0;
        let mut new_id = || {
            ids += 1;
            VisitId(ids)
        };
        let mut frame_seq = 0;
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                frame_seq += 1;
                let at = Monotonic::from_millis(frame_seq * 100);
                let detections = &frames[(frame_seq % PERIOD) as usize];
                let seen = Seen {
                    at,
                    frame_size: SIZE,
                    frame_seq,
                    tracks: tracker.update(at, detections),
                };
                black_box(decider.observe(&seen, &mut new_id))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, track_decide);
criterion_main!(benches);
