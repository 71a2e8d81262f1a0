use super::*;
use crate::bench::{Measured, ModelFacts};

fn run(frame_ms: &[u64], energy: Known<Energy>) -> Run {
    let lap = |&ms: &u64| Laps {
        detect: Duration::from_millis(ms - 1),
        convert: Duration::from_millis(1),
        whole: Duration::from_millis(ms),
        ..Laps::default()
    };
    let measured = Measured {
        laps: frame_ms.iter().map(lap).collect(),
        cpu: CpuTime {
            user: Duration::from_millis(3 * frame_ms.len() as u64),
            system: Duration::from_millis(frame_ms.len() as u64),
        },
        memory: Known::NotMeasurable(Vec::new()),
        peak_began_here: true,
        energy,
        temperature: Known::NotMeasurable(vec!["no thermal zone".to_owned()]),
        throttle: Verdict::default(),
    };
    Run {
        model: ModelFacts {
            name: "person".to_owned(),
            version: "1".to_owned(),
            sha256: String::new(),
            input: [416, 256],
            backend: "embedded".to_owned(),
            engine: String::new(),
            providers: Vec::new(),
            not_used: Vec::new(),
            accuracy: None,
        },
        open_ms: 40.0,
        memory: Known::Measured(RunMemory {
            before_bytes: 20_000_000,
            resident_bytes: 50_000_000 + frame_ms[0],
            peak_bytes: 70_000_000,
        }),
        measured,
    }
}

fn energy(busy_j: f64, busy_ms: u64) -> Known<Energy> {
    Known::Measured(Energy {
        meter: MeterInfo {
            source: "hwmon".to_owned(),
            covers: "the whole board".to_owned(),
            rails: vec!["VDD_IN".to_owned()],
        },
        busy_j,
        busy: Duration::from_millis(busy_ms),
        idle_w: 4.0,
    })
}

#[test]
fn rounds_are_one_heap_of_frames() {
    let none = || Known::NotMeasurable(vec!["no powercap".to_owned()]);
    let rounds = [run(&[10, 30], none()), run(&[20, 40], none())];
    let figures = Figures::of(&rounds).expect("there are frames");
    assert_eq!(figures.frames, 4);
    assert_eq!(figures.whole().p50_ms, 20.0);
    assert_eq!(figures.whole().max_ms, 40.0);
    assert_eq!(figures.frames_per_second, 40.0);
    assert_eq!(figures.cpu_ms_per_frame, 4.0);
    assert_eq!(figures.overhead_ms, 1.0);
    let memory = figures.memory.measured().expect("it was measured");
    assert_eq!((memory.peak_mb, memory.before_mb), (70.0, 20.0));
    assert_eq!(memory.resident_mb, 50.000_020, "the larger of both");
    assert_eq!(
        figures.energy,
        Known::NotMeasurable(vec!["no powercap".to_owned()])
    );
    assert_eq!(figures.throttled, Known::NotMeasurable(Vec::new()));
    assert!(Figures::of(&[]).is_none());
}

#[test]
fn energy_is_that_of_all_rounds_and_needs_a_second() {
    let rounds = [
        run(&[10; 50], energy(3.0, 500)),
        run(&[10; 50], energy(3.5, 500)),
    ];
    let figures = Figures::of(&rounds).expect("there are frames").energy;
    let energy_of_both = figures.measured().expect("a second was metered");
    assert!((energy_of_both.gross_mj_per_frame - 65.0).abs() < 1e-9);
    assert!((energy_of_both.net_mj_per_frame - 25.0).abs() < 1e-9);
    assert_eq!(energy_of_both.busy_w, 6.5);
    let short = Figures::of(&rounds[..1]).expect("there are frames").energy;
    assert!(matches!(short, Known::NotMeasurable(reasons) if reasons[0].contains("0.5 s")));
}

#[test]
fn a_ratio_is_taken_round_by_round() {
    let none = || Known::NotMeasurable(Vec::new());
    // The machine was twice as slow in the second round, for both.
    let first = [run(&[10], none()), run(&[20], none()), run(&[10], none())];
    let other = [run(&[20], none()), run(&[40], none()), run(&[30], none())];
    let expected = Ratio {
        median: 2.0,
        min: 2.0,
        max: 3.0,
    };
    assert_eq!(ratio(&other, &first), Some(expected));
    assert_eq!(ratio(&[], &first), None);
}
