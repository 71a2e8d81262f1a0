//! Clips on a disk, played with a clock that stands still.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;

const SIZE: Size = Size::new(320, 240);
const NOT_AT_ALL: Duration = Duration::ZERO;
const UNPACED: Pace = Pace {
    repeat: false,
    unpaced: true,
};

fn folder(pictures: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("a disk");
    for name in pictures {
        fs::write(folder.path().join(name), jpeg::header(SIZE)).expect("a disk");
    }
    folder
}

fn play(path: &Path, pace: Pace) -> (Arc<ManualClock>, Replay) {
    let clock = Arc::new(ManualClock::default());
    clock.advance(Duration::from_secs(60));
    let replay = Replay::open(path, pace, Arc::clone(&clock) as _).expect("a clip");
    (clock, replay)
}

/// Number and stamp of the next frame, in milliseconds.
fn next(replay: &mut Replay) -> Result<(u64, u128), CaptureError> {
    let frame = replay.next_frame(NOT_AT_ALL)?;
    Ok((frame.seq, frame.captured_at.since_boot().as_millis()))
}

#[test]
fn an_unpaced_folder_comes_at_once_with_stamps_at_its_rate() {
    let folder = folder(&["b.JPG", "a.jpeg", "notes.txt"]);
    let (_, mut replay) = play(folder.path(), UNPACED);
    assert_eq!(replay.format().size, SIZE);
    assert_eq!(replay.format().fps, Some(10.0));
    assert_eq!(next(&mut replay).expect("the first"), (0, 60_000));
    assert_eq!(next(&mut replay).expect("the second"), (1, 60_100));
    assert!(matches!(next(&mut replay), Err(CaptureError::Ended)));
    assert!(
        matches!(next(&mut replay), Err(CaptureError::Ended)),
        "it stays over"
    );
}

#[test]
fn numbers_and_stamps_go_on_over_a_repeat() {
    let folder = folder(&["a.jpg", "b.jpg"]);
    let (_, mut replay) = play(
        folder.path(),
        Pace {
            repeat: true,
            unpaced: true,
        },
    );
    let last = (0..5)
        .map(|_| next(&mut replay).expect("it repeats"))
        .last();
    assert_eq!(last, Some((4, 60_400)));
}

#[test]
fn a_paced_clip_waits_for_its_time_and_respects_patience() {
    let folder = folder(&["a.jpg", "b.jpg"]);
    let (clock, mut replay) = play(folder.path(), Pace::default());
    assert_eq!(next(&mut replay).expect("due at once"), (0, 60_000));
    let early = next(&mut replay);
    assert!(
        matches!(early, Err(CaptureError::Stalled(NOT_AT_ALL))),
        "{early:?}"
    );
    clock.advance(Duration::from_millis(100));
    assert_eq!(next(&mut replay).expect("due now"), (1, 60_100));
}

#[test]
fn what_cannot_be_played_is_refused_by_name() {
    let empty = folder(&[]);
    let clock = || Arc::new(ManualClock::default());
    let complaint = |path: &Path| match Replay::open(path, UNPACED, clock()) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error.to_string(),
    };
    let folder = empty.path().display().to_string();
    assert_eq!(
        complaint(empty.path()),
        format!("{folder}: no .jpg or .jpeg file in it")
    );
    let absent = empty.path().join("absent.avi");
    assert_eq!(
        complaint(&absent),
        format!("cannot read the clip {folder}/absent.avi")
    );
    let picture = empty.path().join("broken.jpg");
    fs::write(&picture, "no picture").expect("a disk");
    let expected = format!("{folder}/broken.jpg: this is no JPEG picture");
    assert_eq!(complaint(empty.path()), expected);
    assert_eq!(
        complaint(&picture),
        format!("{folder}/broken.jpg: byte 0: this is no AVI file")
    );
}
