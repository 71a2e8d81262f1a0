//! What a frame costs in tracking and deciding, for a quiet doorway and for a crowd. The goal is 100 µs for 20 people.
//!
//! Criterion tells the mean of the wall time; before it, median and 99th percentile of the processor time of single frames of a
//! synthetic crowd, which a busy machine does not change.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use watchpost::config::{CameraConfig, LineConfig, SourceConfig, TrackConfig, ZoneConfig};
use watchpost::decide::{Decider, Seen};
use watchpost::eval::tracking::crowd::{Faults, Habit, Plan};
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
        size: Some(SIZE),
        track: TrackConfig {
            confirm_hits: 3,
            leave_after: Duration::from_millis(1500),
            update_every: Duration::from_secs(5),
        },
        zones: vec![zone("left", 0.0), zone("right", 0.5)],
        lines: vec![
            line("middle", (0.45, 0.0), (0.45, 1.0)),
            line("across", (0.0, 0.6), (1.0, 0.6)),
        ],
        ..CameraConfig::new("hall", SourceConfig::Device("/dev/video0".into()))
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

/// Processor time of this thread.
fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the kernel writes one timespec, which lives here.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0, "Linux has this clock");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Frame by frame through a film of about so many people.
#[expect(clippy::print_stderr, reason = "a bench tells what it measured")]
fn percentiles(people: u32) {
    let plan = Plan {
        name: "bench",
        habit: Habit::All,
        people,
        fps: 10,
        seconds: 600,
        gated: false,
        seed: 3,
    };
    let mut faults = Faults::new(3);
    let film = plan.film();
    let frames: Vec<_> = film
        .iter()
        .map(|moment| faults.detections(moment))
        .collect();
    let camera = camera();
    let mut tracker = Tracker::new(TrackConfig::default(), Score::new(0.5).expect("within 0–1"));
    let mut decider = Decider::new(&camera);
    let mut ids = 0;
    let mut new_id = || {
        ids += 1;
        VisitId(ids)
    };
    let mut costs = Vec::new();
    let mut tracks = 0;
    for (index, detections) in frames.iter().enumerate() {
        let at = Monotonic::from_millis(index as u64 * 100 + 100);
        let begun = processor_time();
        let seen = Seen {
            at,
            frame_size: SIZE,
            frame_seq: index as u64,
            tracks: tracker.update(at, detections),
        };
        tracks += seen.tracks.len();
        black_box(decider.observe(&seen, &mut new_id));
        costs.push(processor_time() - begun);
    }
    costs.sort();
    let micros = |share: usize| costs[(costs.len() - 1) * share / 100].as_secs_f64() * 1e6;
    let per_frame = tracks as f64 / frames.len() as f64;
    eprintln!(
        "crowd of {people} ({per_frame:.1} tracks a frame): p50 {:.1} µs, p99 {:.1} µs, most {:.1} µs of processor time",
        micros(50),
        micros(99),
        micros(100)
    );
}

fn crowds(_: &mut Criterion) {
    [5, 12, 20, 30].into_iter().for_each(percentiles);
}

criterion_group!(benches, crowds, track_decide);
criterion_main!(benches);
