//! The view on recorded clips: what happens before a sound camera is never told, and each covering of it is.
//!
//! `WATCHPOST_VIEW_CLIPS=DIR cargo test --test view_clips -- --ignored` does the same with the MJPEG AVI files of a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use watchpost::capture::FrameSource;
use watchpost::capture::replay::{Pace, Replay};
use watchpost::clock::SystemClock;
use watchpost::config::MotionConfig;
use watchpost::convert::{Align, Decoder, Fit, InputSpec, Luma};
use watchpost::motion::Gate;
use watchpost::types::{Monotonic, Obstruction, Size};
use watchpost::view::{Cells, Change, View};

/// Pictures looked at in a second, as the view does.
const LOOKS_S: u64 = 5;
/// A sensor's noise, which no repeated clip has: differences from one round to the next, in levels of a pixel.
const NOISE: u8 = 3;

/// A picture's luminance, row by row.
#[derive(Clone)]
struct Grey {
    size: Size,
    bytes: Vec<u8>,
}

/// A clip, five pictures a second.
struct Clip {
    cells: Vec<Vec<f32>>,
    grid: Size,
    /// Some of its pictures, whole.
    pictures: Vec<Grey>,
}

fn read(clip: &Path) -> Clip {
    let pace = Pace {
        repeat: false,
        unpaced: true,
    };
    let clock = std::sync::Arc::new(SystemClock);
    let mut source = Replay::open(clip, pace, clock).expect("the clip");
    let fps = source.format().fps.expect("a clip has a rate");
    let every = (fps / LOOKS_S as f32).round().max(1.0) as usize;
    let mut decoder = Decoder::new(InputSpec {
        size: Size::new(416, 256),
        multiple_of: None,
        bgr: false,
        mean: [0.0; 3],
        std: [1.0; 3],
        fit: Fit::Letterbox(Align::Center, 114),
    });
    let frames = std::iter::from_fn(|| source.next_frame(Duration::from_secs(5)).ok());
    let mut clip = Clip {
        cells: Vec::new(),
        grid: Size::new(0, 0),
        pictures: Vec::new(),
    };
    for mut frame in frames.step_by(every) {
        let picture = decoder.open(&mut frame).expect("a whole frame");
        let picture = Grey::new(&picture.luma());
        let (cells, grid) = cells(std::slice::from_ref(&picture));
        clip.cells.extend(cells);
        clip.grid = grid;
        if clip.pictures.len() < 40 {
            clip.pictures.push(picture);
        }
    }
    clip
}

impl Grey {
    fn new(luma: &Luma<'_>) -> Self {
        let mut bytes = Vec::with_capacity(luma.size().area());
        let mut row = vec![0; luma.size().width as usize];
        for y in 0..luma.size().height {
            row.fill(0);
            luma.add_row(y, &mut row);
            bytes.extend(row.iter().map(|sample| *sample as u8));
        }
        Self {
            size: luma.size(),
            bytes,
        }
    }
}

/// A camera that shows a clip again and again.
#[derive(Clone)]
struct Camera {
    view: View,
    now: Monotonic,
    random: u32,
}

impl Camera {
    /// Shows `pictures` for so many seconds; gives the changes.
    fn show(&mut self, pictures: &[Vec<f32>], grid: Size, seconds: u64, noise: f32) -> Vec<Change> {
        let mut changes = Vec::new();
        for picture in pictures.iter().cycle().take((seconds * LOOKS_S) as usize) {
            self.now = self.now + Duration::from_millis(1000 / LOOKS_S);
            let values: Vec<_> = picture
                .iter()
                .map(|cell| cell + noise * self.noise())
                .collect();
            let cells = Cells {
                values: &values,
                grid,
            };
            changes.extend(self.view.observe(cells, self.now));
        }
        changes
    }

    /// Even between −1 and 1.
    fn noise(&mut self) -> f32 {
        self.random = self
            .random
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        (self.random >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// The coarse luminance of each picture.
fn cells(pictures: &[Grey]) -> (Vec<Vec<f32>>, Size) {
    let mut gate = Gate::new(&MotionConfig {
        enabled: false,
        ..MotionConfig::default()
    });
    let mut grid = Size::new(0, 0);
    let cells = pictures.iter().map(|picture| {
        let width = picture.size.width as usize;
        let luma = Luma::new(&picture.bytes, width, picture.size).expect("whole");
        gate.observe(&luma, Monotonic::default());
        grid = gate.cells().grid;
        gate.cells().values.to_vec()
    });
    (cells.collect(), grid)
}

/// A mean over a square, which done three times is nearly a Gaussian.
fn blur(picture: &Grey) -> Grey {
    let radius = picture.size.width as usize / 40;
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let mut bytes = picture.bytes.clone();
    for _ in 0..3 {
        let rows: Vec<u8> = bytes
            .chunks_exact(width)
            .flat_map(|row| means(row, radius))
            .collect();
        let columns: Vec<_> = (0..width)
            .map(|x| {
                let column: Vec<_> = (0..height).map(|y| rows[y * width + x]).collect();
                means(&column, radius)
            })
            .collect();
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = columns[i % width][i / width];
        }
    }
    Grey {
        size: picture.size,
        bytes,
    }
}

fn means(line: &[u8], radius: usize) -> Vec<u8> {
    let mut sums = vec![0_u32];
    for value in line {
        sums.push(sums[sums.len() - 1] + u32::from(*value));
    }
    let mean = |i: usize| {
        let (from, to) = (i.saturating_sub(radius), (i + radius + 1).min(line.len()));
        ((sums[to] - sums[from]) / (to - from) as u32) as u8
    };
    (0..line.len()).map(mean).collect()
}

fn even(picture: &Grey, level: u8) -> Grey {
    Grey {
        size: picture.size,
        bytes: vec![level; picture.bytes.len()],
    }
}

fn check(clip: &Path) {
    let Clip {
        cells: sound,
        grid,
        pictures,
    } = read(clip);
    let noise = f32::from(NOISE) / 8.0;
    let few: Vec<_> = pictures.iter().step_by(8).cloned().collect();
    let first = &pictures[..1];
    type Spoil<'a> = (&'a str, Vec<Grey>, f32, &'a [Obstruction]);
    let spoils: [Spoil<'_>; 5] = [
        (
            "blackened",
            vec![even(&first[0], 16)],
            noise,
            &[Obstruction::Dark],
        ),
        (
            "covered",
            vec![even(&first[0], 70)],
            noise,
            &[Obstruction::Covered],
        ),
        (
            "white",
            vec![even(&first[0], 252)],
            noise,
            &[Obstruction::Blinded],
        ),
        ("frozen", first.to_vec(), 0.0, &[Obstruction::Frozen]),
        (
            "blurred",
            few.iter().map(blur).collect(),
            noise,
            // What of a picture is left when it is out of focus depends on the scene.
            &[Obstruction::Defocused, Obstruction::Covered],
        ),
    ];
    let mut camera = Camera {
        view: View::new(true),
        now: Monotonic::from_millis(1_000_000),
        random: 1,
    };
    assert_eq!(
        // All of it, and as much as it takes to know the usual.
        camera.show(&sound, grid, (sound.len() as u64 / LOOKS_S).max(60), noise),
        [],
        "{}",
        clip.display()
    );
    for (what, spoilt, noise_then, expected) in spoils {
        let mut camera = camera.clone();
        let name = format!("{} {what}", clip.display());
        let told = camera.show(&cells(&spoilt).0, grid, 80, noise_then);
        let found = matches!(told[..], [Change::Obscured(why)] if expected.contains(&why));
        assert!(found, "{name}: {told:?}");
        let told = camera.show(&sound, grid, 15, noise);
        assert_eq!(told, [Change::Cleared], "{name}: after");
    }
}

#[test]
fn no_scene_is_an_obstruction_and_each_covering_of_it_is() {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes");
    for clip in [
        "hall_empty",
        "hall_night_ir",
        "hall_two_people",
        "yard_line",
    ] {
        check(&scenes.join(clip).with_extension("avi"));
    }
}

#[test]
#[ignore = "needs a folder of clips in WATCHPOST_VIEW_CLIPS"]
fn the_same_holds_for_clips_of_ones_own() {
    let folder = PathBuf::from(std::env::var_os("WATCHPOST_VIEW_CLIPS").expect("a folder"));
    let mut clips: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "avi"))
        .collect();
    clips.sort();
    assert!(!clips.is_empty(), "there are clips in it");
    for clip in clips {
        check(&clip);
    }
}
