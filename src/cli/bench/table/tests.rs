use super::*;
use crate::bench::{EnergyFigures, Engine, MemoryFigures, Ratio, Stage, Variant};
use crate::cli::bench::report::Recommendation;
use crate::telemetry::MeterInfo;
use crate::telemetry::thermal::Temperature;

fn row(name: &str, figures: Option<Figures>) -> Row {
    let model = figures.as_ref().map(|_| ModelFacts {
        name: "person".to_owned(),
        version: "1.0.0".to_owned(),
        sha256: "00".to_owned(),
        input: [416, 256],
        backend: "onnxruntime".to_owned(),
        engine: "ONNX Runtime 1.32.0 (/usr/lib/libonnxruntime.so)".to_owned(),
        providers: vec!["cpu".to_owned()],
        not_used: vec!["cuda: not in this library".to_owned()],
        accuracy: None,
    });
    Row {
        name: name.to_owned(),
        asked: Variant {
            model: "person".to_owned(),
            backend: Engine::Auto,
            providers: vec!["cuda".to_owned(), "cpu".to_owned()],
            threads: 1,
        },
        ratio: figures.as_ref().map(|_| Ratio {
            median: 2.0,
            min: 1.0,
            max: 3.0,
        }),
        failed: figures.is_none().then(|| "it crashed".to_owned()),
        model,
        figures,
    }
}

fn figures(energy: Known<EnergyFigures>) -> Figures {
    let whole = Stage {
        name: "whole frame",
        mean_ms: 20.0,
        p50_ms: 20.0,
        p90_ms: 25.0,
        p99_ms: 30.0,
        max_ms: 31.0,
    };
    Figures {
        frames: 300,
        stages: vec![whole],
        frames_per_second: 50.0,
        overhead_ms: 1.5,
        cpu_ms_per_frame: 21.0,
        cpu_user_ms_per_frame: 20.0,
        cpu_system_ms_per_frame: 1.0,
        open_ms: 90.0,
        memory: Known::Measured(MemoryFigures {
            resident_mb: 60.0,
            peak_mb: 70.0,
            peak_is_of_model: true,
            before_mb: 20.0,
        }),
        energy,
        temperature: Known::Measured(Temperature {
            zone: "cpu-thermal".to_owned(),
            celsius: 61.5,
        }),
        throttled: Known::Measured(true),
        throttled_by: vec!["the processor is throttled".to_owned()],
        clock: Some(ClockRate {
            now_khz: 1_500_000,
            max_khz: 2_400_000,
        }),
    }
}

fn metered() -> Known<EnergyFigures> {
    Known::Measured(EnergyFigures {
        meter: MeterInfo {
            source: "hwmon".to_owned(),
            covers: "the whole board".to_owned(),
            rails: vec!["VDD_IN".to_owned()],
        },
        gross_mj_per_frame: 130.0,
        net_mj_per_frame: 50.0,
        idle_w: 4.0,
        busy_w: 6.5,
    })
}

fn report(variants: Vec<Row>) -> Report {
    Report {
        schema: "watchpost.bench/1",
        watchpost: "0.1.0",
        machine: Machine {
            board: Some("Raspberry Pi 5".to_owned()),
            cpu: None,
            arch: "aarch64".to_owned(),
            cores: 4,
            kernel: Some("6.12".to_owned()),
            governor: None,
            load_1min: Some(3.0),
        },
        temperature_before: None,
        temperature_after: None,
        frame: "YUYV 1280×720".to_owned(),
        times: Times::Elapsed,
        rounds: 3,
        wanted_fps: 10.0,
        variants,
        recommendation: Some(Recommendation {
            name: "A".to_owned(),
            why: "A alone holds 10 frames a second".to_owned(),
            cautions: Vec::new(),
            config: "[detector]\nmodel = \"person\"\n".to_owned(),
        }),
    }
}

#[test]
fn one_variant_fits_a_screen() {
    let text = Table(&report(vec![row("A", Some(figures(metered())))])).to_string();
    let expected = "\
person 1.0.0 on ONNX Runtime 1.32.0 (cpu), 1 thread; YUYV 1280×720, 300 frames
Raspberry Pi 5, 4 cores, Linux 6.12; load 3.0 before: other programs run, figures are noisy

stage, ms               p50      p90      p99      max
whole frame          20.000   25.000   30.000   31.000

throughput    50.0 frames a second one after the other; holds 10 (p90 25.0 of 100.0 ms)
but detect    1.500 ms, all stages but inference
cpu           21.00 ms a frame (user 20.00, system 1.00); 21.0 % of a core at 10 frames a second
memory        60 MB resident, 70 MB at most; 20 MB before the model was opened
start         90 ms to open the model
accuracy      not in the manifest
temperature   61.5 °C (cpu-thermal)
throttled     yes: the processor is throttled; the clock ran at 1.50 of 2.40 GHz at the end
energy        130.0 mJ a frame, 50.0 above idle (6.50 W busy, 4.00 W idle; hwmon, the whole board)
not used      cuda: not in this library
";
    assert_eq!(text, expected);
}

#[test]
fn several_are_a_line_each_and_end_with_what_to_paste() {
    let none = Known::NotMeasurable(vec!["no powercap".to_owned(), "no vcgencmd".to_owned()]);
    let rows = vec![row("A", Some(figures(none))), row("B", None)];
    let text = Table(&report(rows)).to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[3..6],
        [
            "                                               fps  ms p50  ms p99     cpu  ratio   MB  max     mJ  AP50",
            "A  person 1.0.0  onnxruntime  cpu       1t    50.0   20.00   30.00   21.00   2.00   60   70      –     –",
            "B  person        auto         cuda+cpu  1t  not measured, see below",
        ]
    );
    assert!(text.contains("\nB not measured: it crashed\n"), "{text}");
    assert!(text.contains("\nnoisy: ratios from round to round: A 1.00 to 3.00\n"));
    assert!(text.contains("\nA does not use cuda: not in this library\n"));
    assert!(text.contains("\nenergy: not measurable here: no powercap, no vcgencmd\n"));
    let end = "\nrecommended: A, person 1.0.0 onnxruntime cpu 1t: A alone holds 10 frames a second.\n\n\
               [detector]\nmodel = \"person\"\n";
    assert!(text.ends_with(end), "{text}");
}
