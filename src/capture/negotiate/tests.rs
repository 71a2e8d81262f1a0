use super::*;
use crate::capture::offer::{Extent, Mode, Rates};
use crate::convert::InputSpec;
use crate::convert::tests::plain;

const HD: Size = Size::new(1280, 720);
const VGA: Size = Size::new(640, 480);
const FULL_HD: Size = Size::new(1920, 1080);

type Modes<'a> = &'a [(Size, &'a [u32])];

fn camera(formats: &[(&[u8; 4], Modes)]) -> Vec<Offer> {
    let offer = |(name, modes): &(&[u8; 4], Modes)| Offer {
        fourcc: FourCc::new(**name),
        description: String::new(),
        modes: modes.iter().map(mode).collect(),
    };
    formats.iter().map(offer).collect()
}

fn mode((size, rates): &(Size, &[u32])) -> Mode {
    let interval = |&fps| Interval::new(1, fps).expect("above zero");
    let rates = match rates {
        [] => Rates::Unknown,
        rates => Rates::Listed(rates.iter().map(interval).collect()),
    };
    Mode {
        extent: Extent::Fixed(*size),
        rates,
    }
}

pub(super) const USB_2: Bus = Bus::Usb {
    carries: 24_576_000,
};

fn wish(size: Size, fps: u32) -> Wish {
    Wish {
        size: WantedSize::Size(size),
        fps,
        format: None,
    }
}

fn check(offers: &[Offer], (size, fps): (Size, u32), expected: (&[u8; 4], Size, f32)) {
    let choice = choose(offers, wish(size, fps), Bus::Local).expect("something can be read");
    let found = (choice.fourcc, choice.size, choice.interval.fps());
    let expected = (FourCc::new(*expected.0), expected.1, expected.2);
    assert_eq!(found, expected, "{} for {size} at {fps}", choice.reason);
}

#[test]
fn a_webcam_whose_raw_format_is_slow_is_read_raw_only_where_that_is_fast_enough() {
    let webcam = camera(&[
        (
            b"MJPG",
            &[(VGA, &[30, 15]), (HD, &[30, 15]), (FULL_HD, &[30])],
        ),
        (
            b"YUYV",
            &[(VGA, &[30, 15]), (HD, &[10, 5]), (FULL_HD, &[5])],
        ),
    ]);
    check(&webcam, (VGA, 30), (b"YUYV", VGA, 30.0));
    check(&webcam, (HD, 10), (b"YUYV", HD, 10.0));
    check(&webcam, (HD, 15), (b"MJPG", HD, 15.0));
    check(&webcam, (HD, 20), (b"MJPG", HD, 30.0));
    check(&webcam, (Size::new(1920, 1200), 5), (b"YUYV", FULL_HD, 5.0));
    check(&webcam, (Size::new(1000, 700), 12), (b"MJPG", HD, 15.0));
}

/// What a model with an input of 416×256 wants.
fn filling(fps: u32) -> Wish {
    Wish {
        size: WantedSize::Filling(InputSpec {
            multiple_of: Some(32),
            ..plain(Size::new(416, 256))
        }),
        fps,
        format: None,
    }
}

#[test]
fn without_a_configured_size_the_smallest_whole_view_that_fills_the_model_is_taken() {
    let (small, cif, cut) = (Size::new(640, 360), Size::new(352, 288), VGA);
    let webcam = camera(&[
        (
            b"MJPG",
            &[(HD, &[30]), (cut, &[30]), (small, &[30]), (cif, &[30])],
        ),
        (
            b"YUYV",
            &[(HD, &[10]), (cut, &[30]), (small, &[30, 15]), (cif, &[30])],
        ),
    ]);
    assert_eq!(
        reason(&webcam, filling(15), USB_2),
        "YUYV 640×360 at 15: the smallest whole view that covers the model's 416×256; 15 fps; raw, which spares decoding JPEG"
    );
    let square = camera(&[(b"YUYV", &[(cut, &[30]), (Size::new(1600, 1200), &[15])])]);
    assert_eq!(
        reason(&square, filling(15), USB_2),
        "YUYV 640×480 at 30: the smallest whole view that covers the model's 416×256; 30 fps"
    );
    let tiny = camera(&[(b"GREY", &[(Size::new(160, 120), &[30])])]);
    assert_eq!(
        reason(&tiny, filling(15), USB_2),
        "GREY 160×120 at 30: the largest whole view; the model's 416×256 was wanted; 30 fps"
    );
}

#[test]
fn a_cut_view_is_taken_only_where_nothing_else_has_the_pixels() {
    let sensor = camera(&[(b"YUYV", &[(VGA, &[30]), (Size::new(320, 180), &[30])])]);
    check_filling(&sensor, VGA);
    let sensor = camera(&[(b"YUYV", &[(VGA, &[30]), (FULL_HD, &[15])])]);
    check_filling(&sensor, FULL_HD);
}

#[test]
fn a_mode_for_still_pictures_does_not_say_what_the_whole_view_is() {
    let (small, still) = (Size::new(640, 360), Size::new(2304, 1536));
    let webcam = camera(&[
        (b"YUYV", &[(VGA, &[30]), (small, &[30]), (still, &[2])]),
        (b"MJPG", &[(VGA, &[30]), (small, &[30]), (FULL_HD, &[30])]),
    ]);
    check_filling(&webcam, small);
    let mjpeg = Wish {
        format: Some(PixelFormat::Mjpeg),
        ..filling(15)
    };
    let choice = choose(&webcam, mjpeg, USB_2).expect("something can be read");
    assert_eq!(choice.size, small, "{}", choice.reason);
}

#[test]
fn modes_that_are_too_slow_still_say_what_the_whole_view_is() {
    let small = Size::new(640, 360);
    let raw_only = camera(&[(
        b"YUYV",
        &[(VGA, &[30]), (small, &[30]), (HD, &[10]), (FULL_HD, &[5])],
    )]);
    check_filling(&raw_only, small);
}

#[test]
fn a_driver_that_lists_no_sizes_is_asked_for_one_that_fills_the_model() {
    let check = |wish, expected| {
        let choice = choose(&camera(&[(b"YUYV", &[])]), wish, Bus::Local).expect("can be read");
        assert_eq!((choice.size, &*choice.reason), expected);
    };
    check(
        filling(15),
        (HD, "the driver lists no sizes; the driver lists no rates"),
    );
}

fn check_filling(offers: &[Offer], expected: Size) {
    let choice = choose(offers, filling(15), Bus::Local).expect("something can be read");
    assert_eq!(choice.size, expected, "{}", choice.reason);
}

#[test]
fn nothing_fast_enough_gives_the_fastest() {
    let slow = camera(&[(b"YUYV", &[(HD, &[5])]), (b"MJPG", &[(HD, &[10, 20])])]);
    check(&slow, (HD, 30), (b"MJPG", HD, 20.0));
}

#[test]
fn raw_goes_before_grey_and_grey_before_mjpeg() {
    let [yuyv, nv12, grey, mjpeg]: [(&[u8; 4], Modes); 4] = [
        (b"YUYV", &[(HD, &[30])]),
        (b"NV12", &[(HD, &[30])]),
        (b"GREY", &[(HD, &[30])]),
        (b"JPEG", &[(HD, &[30])]),
    ];
    check(
        &camera(&[mjpeg, grey, nv12, yuyv]),
        (HD, 30),
        (b"YUYV", HD, 30.0),
    );
    check(&camera(&[mjpeg, grey, nv12]), (HD, 30), (b"NV12", HD, 30.0));
    check(&camera(&[mjpeg, grey]), (HD, 30), (b"GREY", HD, 30.0));
    check(&camera(&[mjpeg]), (HD, 30), (b"JPEG", HD, 30.0));
}

#[test]
fn a_driver_that_lists_no_sizes_is_asked_for_the_wanted_one() {
    check(&camera(&[(b"YUYV", &[])]), (HD, 15), (b"YUYV", HD, 15.0));
    check(
        &camera(&[(b"YUYV", &[(HD, &[])])]),
        (HD, 15),
        (b"YUYV", HD, 15.0),
    );
}

#[test]
fn an_empty_size_is_never_chosen() {
    let empty = Size::new(0, 0);
    assert_eq!(
        choose(
            &camera(&[(b"YUYV", &[(empty, &[30])])]),
            wish(HD, 15),
            Bus::Local
        ),
        None
    );
    check(
        &camera(&[(b"YUYV", &[(empty, &[30]), (VGA, &[30])])]),
        (HD, 15),
        (b"YUYV", VGA, 30.0),
    );
}

#[test]
fn a_bayer_sensor_has_nothing_to_choose_from() {
    let sensor = camera(&[
        (b"pRAA", &[(FULL_HD, &[30])]),
        (b"BG10", &[(FULL_HD, &[30])]),
    ]);
    assert_eq!(choose(&sensor, wish(HD, 15), Bus::Local), None);
}

#[test]
fn a_range_of_rates_gives_the_wanted_one_or_its_nearest_end() {
    let interval = |n, d| Interval::new(n, d).expect("above zero");
    let extent = Extent::Stepwise {
        min: Size::new(64, 64),
        max: FULL_HD,
        step: Size::new(2, 2),
    };
    let rates = Rates::Between {
        shortest: interval(1, 30),
        longest: interval(1, 5),
    };
    let sensor = [Offer {
        fourcc: FourCc::new(*b"NV12"),
        description: String::new(),
        modes: vec![Mode { extent, rates }],
    }];
    check(&sensor, (HD, 15), (b"NV12", HD, 15.0));
    check(&sensor, (HD, 60), (b"NV12", HD, 30.0));
    check(&sensor, (HD, 1), (b"NV12", HD, 5.0));
}

#[test]
fn the_reason_says_what_was_not_reached() {
    let webcam = camera(&[(b"YUYV", &[(VGA, &[10])])]);
    let choice = choose(&webcam, wish(HD, 15), Bus::Local).expect("something can be read");
    assert_eq!(
        choice.reason,
        "the largest size; 1280×720 was wanted; at most 10 fps, 15 were wanted"
    );
}

fn reason(offers: &[Offer], wish: Wish, bus: Bus) -> String {
    let choice = choose(offers, wish, bus).expect("something can be read");
    let (name, size, fps) = (choice.fourcc, choice.size, choice.interval.fps());
    format!("{name} {size} at {fps}: {}", choice.reason)
}

#[test]
fn raw_is_chosen_only_where_the_bus_carries_it() {
    let optimist = camera(&[
        (b"YUYV", &[(VGA, &[30]), (HD, &[30, 15, 10])]),
        (b"MJPG", &[(VGA, &[30]), (HD, &[30])]),
    ]);
    let check = |wish, bus, expected| assert_eq!(reason(&optimist, wish, bus), expected);
    check(
        wish(HD, 15),
        USB_2,
        "MJPG 1280×720 at 30: the wanted size; 30 fps; YUYV would need 27.6 MB/s, and USB 2 carries 24.6 MB/s",
    );
    check(
        wish(HD, 10),
        USB_2,
        "YUYV 1280×720 at 10: the wanted size; 10 fps; raw, which spares decoding JPEG",
    );
    check(
        wish(HD, 15),
        Bus::Local,
        "YUYV 1280×720 at 15: the wanted size; 15 fps; raw, which spares decoding JPEG",
    );
    check(
        wish(VGA, 30),
        USB_2,
        "YUYV 640×480 at 30: the wanted size; 30 fps; raw, which spares decoding JPEG",
    );
}

#[test]
fn raw_that_the_bus_slows_down_is_said_to_be_slow() {
    let raw_only = camera(&[(b"YUYV", &[(HD, &[30])])]);
    assert_eq!(
        reason(&raw_only, wish(HD, 30), USB_2),
        "YUYV 1280×720 at 30: the wanted size; about 13.3 fps, all that USB 2 carries, 30 were wanted"
    );
}

#[test]
fn a_larger_size_that_is_fast_enough_goes_before_a_smaller_one_that_is_not() {
    let webcam = camera(&[(b"YUYV", &[(HD, &[5])]), (b"MJPG", &[(FULL_HD, &[30])])]);
    check(&webcam, (HD, 15), (b"MJPG", FULL_HD, 30.0));
    check(&webcam, (HD, 5), (b"YUYV", HD, 5.0));
}

#[test]
fn a_configured_format_wins_and_one_that_is_not_offered_is_told() {
    let webcam = camera(&[
        (b"YUYV", &[(VGA, &[30])]),
        (b"MJPG", &[(VGA, &[30]), (HD, &[30])]),
    ]);
    let wished = |size, format| Wish {
        format: Some(format),
        ..wish(size, 15)
    };
    assert_eq!(
        reason(&webcam, wished(VGA, PixelFormat::Mjpeg), Bus::Local),
        "MJPG 640×480 at 30: the wanted size; 30 fps; MJPEG as configured"
    );
    assert_eq!(
        reason(&webcam, wished(HD, PixelFormat::Yuyv), Bus::Local),
        "YUYV 640×480 at 30: the largest size; 1280×720 was wanted; 30 fps; YUYV as configured"
    );
    let choice = choose(&webcam, wished(HD, PixelFormat::Nv12), Bus::Local);
    let choice = choice.expect("something can be read");
    assert!(choice.against_wish);
    assert!(
        choice
            .reason
            .ends_with("NV12 is configured, but not offered"),
        "{}",
        choice.reason
    );
}

#[test]
fn of_two_rates_that_are_hardly_any_the_faster_is_taken() {
    let size = Size::new(16, 16);
    let wish = wish(size, 1);
    let slow = [325_295_359, 159_001].map(|seconds| Interval::new(seconds, 1).expect("above zero"));
    let offer = Offer {
        fourcc: FourCc::new(*b"YUYV"),
        description: String::new(),
        modes: vec![Mode {
            extent: Extent::Fixed(size),
            rates: Rates::Listed(slow.to_vec()),
        }],
    };
    let choice = choose(&[offer], wish, Bus::Local).expect("it can be read");
    assert_eq!(choice.interval, slow[1]);
}
