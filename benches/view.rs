//! What a look at the view costs: of 80 × 45 cells, and by frame at 15 frames a second, of which five are looked at. The
//! goal is 20 µs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use watchpost::types::{Monotonic, Size};
use watchpost::view::{Cells, View};

const GRID: Size = Size::new(80, 45);

/// A room with some structure, and noise that differs from picture to picture.
fn pictures() -> Vec<Vec<f32>> {
    let cell = |picture: u32, i: u32| {
        let noise = (i + picture * 3600).wrapping_mul(2_654_435_761) >> 28;
        60.0 + (i * 7 % 90) as f32 + noise as f32 * 0.1
    };
    let cells = GRID.area() as u32;
    (0..16)
        .map(|picture| (0..cells).map(|i| cell(picture, i)).collect())
        .collect()
}

fn view(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("view");
    for (name, gap_ms) in [("look", 200), ("frame_at_15_fps", 67)] {
        let (pictures, mut view) = (pictures(), View::new(true));
        let mut frame = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                frame += 1;
                let cells = Cells {
                    values: &pictures[frame as usize % pictures.len()],
                    grid: GRID,
                };
                black_box(view.observe(cells, Monotonic::from_millis(frame * gap_ms)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, view);
criterion_main!(benches);
