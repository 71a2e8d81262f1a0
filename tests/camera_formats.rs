//! Every format of a real node, through the kernel: `WATCHPOST_CAMERA=/dev/video0 cargo test --test camera_formats -- --ignored`.
//!
//! The negotiation would only ever choose one of them, so that planes apart and the rarer formats would go untried.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use watchpost::capture::FrameSource;
use watchpost::capture::bandwidth::Bus;
use watchpost::capture::negotiate::{self, WantedSize, Wish};
use watchpost::capture::v4l2::{Camera, Node};
use watchpost::clock::SystemClock;
use watchpost::types::{Frame, Layout, Size};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
#[ignore = "needs a camera, named by WATCHPOST_CAMERA"]
#[expect(
    clippy::print_stdout,
    reason = "which formats were tried depends on the camera"
)]
fn every_readable_format_delivers_whole_frames() {
    let path =
        PathBuf::from(env::var_os("WATCHPOST_CAMERA").expect("WATCHPOST_CAMERA names a node"));
    let wish = Wish {
        size: WantedSize::Size(Size::new(320, 180)),
        fps: 10,
        format: None,
    };
    let offers = Node::open(&path).expect("opens").offers(&wish.size);
    let mut tried = Vec::new();
    let mut apart = 0;
    for offer in offers {
        let fourcc = offer.fourcc;
        let Some(choice) = negotiate::choose(&[offer], wish, Bus::Local) else {
            continue;
        };
        let node = Node::open(&path).expect("opens");
        let clock = Arc::new(SystemClock);
        let mut camera = Camera::start(&node, &choice, &[], clock)
            .unwrap_or_else(|error| panic!("{fourcc}: {error}"));
        for _ in 0..3 {
            let frame = camera.next_frame(PATIENCE);
            let frame = frame.unwrap_or_else(|error| panic!("{fourcc}: {error}"));
            check(&frame);
            let is_apart = matches!(frame.layout, Layout::Apart { .. });
            assert_eq!(is_apart, fourcc.apart(), "{fourcc}");
        }
        apart += usize::from(fourcc.apart());
        tried.push(fourcc.to_string());
    }
    println!(
        "{} read, {apart} of them apart: {}",
        tried.len(),
        tried.join(", ")
    );
    assert!(
        !tried.is_empty(),
        "{} offers nothing to read",
        path.display()
    );
}

/// Every area is as long as it must be, and the first holds a picture: not one value throughout.
fn check(frame: &Frame) {
    let needed = frame.layout.area_lens(frame.format, frame.size);
    let planes = frame.bytes.planes();
    for (plane, needed) in planes.iter().zip(needed.unwrap_or([1, 0, 0])) {
        assert!(
            plane.len() >= needed,
            "{frame:?}: {} of {needed}",
            plane.len()
        );
    }
    let luma = planes[0];
    assert!(
        luma.iter().any(|value| *value != luma[0]),
        "{frame:?} is blank"
    );
}
