//! Privacy masks on the clips, with the committed model: who is under a mask is never reported, and who is beside it is.

mod support;

use support::clip;
use support::scene::Scene;
use watchpost::config::{CameraConfig, DoubtConfig};
use watchpost::types::{EventKind, Point, Polygon};

/// A margin round the people, as a share of the frame: blurred edges of a JPEG are theirs too.
const MARGIN: f64 = 0.03;

/// The extent of everybody in the scene, as shares of the frame.
fn extent(scene: &Scene) -> [f64; 4] {
    let [mut left, mut top, mut right, mut bottom] = [f64::MAX, f64::MAX, 0.0f64, 0.0f64];
    for (_, people) in scene.frames() {
        for person in people.as_array().expect("people") {
            let side = |i: usize| person["box"][i].as_f64().expect("pixels");
            (left, top) = (left.min(side(0)), top.min(side(1)));
            (right, bottom) = (right.max(side(2)), bottom.max(side(3)));
        }
    }
    let (width, height) = (f64::from(scene.size.width), f64::from(scene.size.height));
    [left / width, top / height, right / width, bottom / height]
}

fn mask([left, top, right, bottom]: [f64; 4]) -> Polygon {
    let corner = |(x, y): (f64, f64)| Point {
        x: x.clamp(0.0, 1.0) as f32,
        y: y.clamp(0.0, 1.0) as f32,
    };
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    Polygon::new(corners.map(corner).to_vec()).expect("four corners")
}

#[test]
fn who_is_under_a_mask_is_never_reported() {
    let detector = clip::detector();
    for name in ["hall_two_people", "hall_night_ir"] {
        let scene = Scene::read(name);
        let [left, top, right, bottom] = extent(&scene);
        let over = [left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN];
        let play = |masks: Vec<Polygon>| {
            let camera = CameraConfig {
                masks,
                // Whatever the tracker believes in is to show.
                doubt: DoubtConfig::OFF,
                ..clip::camera()
            };
            let played = clip::play(&scene.clip().expect("committed"), &camera, &detector);
            let told = played.told.into_iter();
            let entered = told.filter(|told| told.event.kind == EventKind::Entered);
            entered.map(|told| told.at_s).collect::<Vec<_>>()
        };
        let hidden = play(vec![mask(over)]);
        assert!(hidden.is_empty(), "{name}: entered at {hidden:?} s");
        // The same picture with a mask above everybody: the test can fail.
        let beside = play(vec![mask([0.0, 0.0, 1.0, top - MARGIN])]);
        assert_eq!(
            beside.len(),
            scene.people().len(),
            "{name}: entered at {beside:?} s"
        );
    }
}
