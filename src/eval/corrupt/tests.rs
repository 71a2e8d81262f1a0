use std::path::Path;

use super::*;

/// A rendered scene of this repository: what is smooth, and what is textured, as pictures are.
fn picture() -> RgbImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/stills/yard_two.jpg");
    image::open(path).expect("is committed").into_rgb8()
}

fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    let pairs = one.iter().zip(other.iter());
    let total: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    total as f64 / one.len() as f64
}

#[test]
fn a_severity_is_one_to_five() {
    assert_eq!(Severity::new(0), None);
    assert_eq!(Severity::new(6), None);
    assert_eq!(Severity::new(5).map(Severity::get), Some(5));
}

#[test]
fn names_lead_to_kinds_and_others_say_which_there_are() {
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let error = "fog".parse::<Kind>().expect_err("is none").to_string();
    assert!(
        error.starts_with("there is no kind `fog`; there are noise, "),
        "{error}"
    );
}

#[test]
fn the_size_stays_and_more_severe_is_further_from_the_original() {
    let original = picture();
    for kind in Kind::ALL {
        let mut last = 0.0;
        for severity in Severity::ALL {
            let spoiled = Corruption { kind, severity }.apply(&original, 3);
            assert_eq!(spoiled.dimensions(), original.dimensions(), "{kind}");
            let now = difference(&original, &spoiled);
            assert!(now > last, "{kind} {severity:?}: {now} after {last}");
            last = now;
        }
    }
}

#[test]
fn the_same_seed_spoils_alike() {
    let original = picture();
    let severity = Severity::ALL[2];
    for kind in Kind::ALL {
        let spoil = |seed| Corruption { kind, severity }.apply(&original, seed);
        assert!(spoil(7) == spoil(7), "{kind} differs between two runs");
    }
    for kind in [
        Kind::Noise,
        Kind::Motion,
        Kind::LowLight,
        Kind::Rain,
        Kind::Occlusion,
    ] {
        let spoil = |seed| Corruption { kind, severity }.apply(&original, seed);
        assert!(spoil(7) != spoil(8), "{kind} is the same on two pictures");
    }
}

#[test]
fn the_smallest_pictures_can_be_spoiled() {
    for (width, height) in [(1, 1), (2, 1), (1, 40)] {
        let original = RgbImage::from_pixel(width, height, image::Rgb([90, 120, 60]));
        for corruption in Corruption::each(&Kind::ALL, &Severity::ALL) {
            let spoiled = corruption.apply(&original, 1);
            assert_eq!(spoiled.dimensions(), (width, height), "{corruption:?}");
        }
    }
}
