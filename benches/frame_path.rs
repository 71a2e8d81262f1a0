//! What a frame costs before the model sees it, on one core: decode, mask, motion and tensor, each alone and all together.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use watchpost::config::MotionConfig;
use watchpost::convert::mask::Mask;
use watchpost::convert::{Align, Converter, Decoder, Fit, InputSpec, TensorMut};
use watchpost::motion::Gate;
use watchpost::types::{Colour, Frame, Layout, Monotonic, PixelFormat, Point, Polygon, Size};

const SIZES: [(&str, Size); 2] = [
    ("720p", Size::new(1280, 720)),
    ("1080p", Size::new(1920, 1080)),
];

fn spec() -> InputSpec {
    InputSpec {
        size: Size::new(416, 256),
        multiple_of: None,
        bgr: true,
        mean: [103.53, 116.28, 123.675],
        std: [57.375, 57.12, 58.395],
        fit: Fit::Letterbox(Align::Center, 114),
    }
}

/// A third of the picture's height, across half of its width.
fn mask() -> Mask {
    let corners = [(0.0, 0.0), (0.5, 0.0), (0.5, 0.3), (0.0, 0.36)];
    let points = corners.map(|(x, y)| Point { x, y }).to_vec();
    Mask::new(&[Polygon::new(points).expect("four corners")])
}

/// Brightness and colours with slopes and a texture, so that a JPEG of it is about as large as a camera's.
fn sample(i: usize, width: usize) -> u8 {
    let (x, y) = (i % width, i / width);
    let texture = (i.wrapping_mul(2_654_435_761) >> 13) % 24;
    (40 + (x * 120 / width) + (x / 30 + y / 20) % 2 * 40 + texture) as u8
}

fn frame(format: PixelFormat, size: Size) -> Frame {
    let stride = format.min_stride(size.width);
    let bytes: Vec<u8> = match format.frame_len(size, stride) {
        Some(len) => (0..len).map(|i| sample(i, stride)).collect(),
        None => jpeg(size),
    };
    Frame {
        format,
        colour: Colour::default(),
        size,
        layout: Layout::Whole { stride },
        seq: 0,
        captured_at: Monotonic::default(),
        bytes: Box::new(bytes),
    }
}

fn jpeg(size: Size) -> Vec<u8> {
    let pixels: Vec<u8> = (0..size.area() * 2)
        .map(|i| sample(i, size.width as usize))
        .collect();
    let image = turbojpeg::YuvImage {
        pixels: &pixels[..],
        width: size.width as usize,
        align: 1,
        height: size.height as usize,
        subsamp: turbojpeg::Subsamp::Sub2x1,
    };
    turbojpeg::compress_yuv(image, 80)
        .expect("encodes")
        .to_vec()
}

fn frame_path(criterion: &mut Criterion) {
    let formats = [
        PixelFormat::Yuyv,
        PixelFormat::Uyvy,
        PixelFormat::Nv12,
        PixelFormat::Yu12,
        PixelFormat::Grey,
        PixelFormat::Y16,
        PixelFormat::Rgb3,
        PixelFormat::Mjpeg,
    ];
    for (name, size) in SIZES {
        let mut group = criterion.benchmark_group(name);
        group
            .measurement_time(Duration::from_secs(2))
            .sample_size(20);
        group.warm_up_time(Duration::from_millis(500));
        for format in formats {
            let mut frame = frame(format, size);
            let (mut decoder, mut converter) = (Decoder::new(spec()), Converter::new(spec()));
            let mask = mask();
            let mut gate = Gate::new(&MotionConfig {
                enabled: true,
                area_min: 0.0005,
                heartbeat: Duration::from_secs(10),
            });
            let mut tensor = vec![0.0; spec().size.area() * 3];
            let mut at = Monotonic::from_millis(0);
            group.bench_function(format!("{format}/open"), |bencher| {
                bencher.iter(|| black_box(decoder.open(&mut frame).expect("whole").size()));
            });
            let mut picture = decoder.open(&mut frame).expect("whole");
            group.bench_function(format!("{format}/mask"), |bencher| {
                bencher.iter(|| mask.apply(black_box(&mut picture)));
            });
            group.bench_function(format!("{format}/motion"), |bencher| {
                bencher.iter(|| {
                    at = at + Duration::from_millis(33);
                    gate.observe(&picture.luma(), at)
                });
            });
            group.bench_function(format!("{format}/tensor"), |bencher| {
                bencher.iter(|| {
                    converter
                        .write(&picture, TensorMut::Float(black_box(&mut tensor)))
                        .expect("fits")
                });
            });
            let mut bytes = vec![0; spec().size.area() * 3];
            group.bench_function(format!("{format}/tensor of bytes"), |bencher| {
                bencher.iter(|| {
                    converter
                        .write(&picture, TensorMut::Byte(black_box(&mut bytes)))
                        .expect("fits")
                });
            });
            group.bench_function(format!("{format}/all"), |bencher| {
                bencher.iter(|| {
                    at = at + Duration::from_millis(33);
                    let mut picture = decoder.open(&mut frame).expect("whole");
                    mask.apply(&mut picture);
                    gate.observe(&picture.luma(), at);
                    converter
                        .write(&picture, TensorMut::Float(black_box(&mut tensor)))
                        .expect("fits")
                });
            });
        }
    }
}

criterion_group!(benches, frame_path);
criterion_main!(benches);
