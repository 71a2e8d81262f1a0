//! What holds of every choice, whatever a camera offers and whatever is wanted of it.

use proptest::prelude::*;

use super::tests::USB_2;
use super::*;
use crate::capture::offer::{Extent, Mode, Rates};
use crate::convert::tests::plain;
use crate::convert::{Align, Fit, InputSpec};

fn any_side() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 1..2000u32, 1 => Just(0), 1 => any::<u32>()]
}

fn any_size() -> impl Strategy<Value = Size> {
    (any_side(), any_side()).prop_map(|(width, height)| Size::new(width, height))
}

fn any_extent() -> impl Strategy<Value = Extent> {
    prop_oneof![
        any_size().prop_map(Extent::Fixed),
        (any_size(), any_size(), any_size()).prop_map(|(min, max, step)| Extent::Stepwise {
            min,
            max,
            step
        }),
    ]
}

fn any_interval() -> impl Strategy<Value = Interval> {
    let part = || prop_oneof![8 => 1..240u32, 1 => 1..=u32::MAX];
    (part(), part()).prop_map(|(n, d)| Interval::new(n, d).expect("above zero"))
}

fn any_rates() -> impl Strategy<Value = Rates> {
    prop_oneof![
        Just(Rates::Unknown),
        prop::collection::vec(any_interval(), 0..4).prop_map(Rates::Listed),
        (any_interval(), any_interval())
            .prop_map(|(shortest, longest)| Rates::Between { shortest, longest }),
    ]
}

fn any_offer() -> impl Strategy<Value = Offer> {
    let names = prop::sample::select(vec![*b"YUYV", *b"NV12", *b"GREY", *b"MJPG", *b"BG10"]);
    let mode = (any_extent(), any_rates()).prop_map(|(extent, rates)| Mode { extent, rates });
    (names, prop::collection::vec(mode, 0..4)).prop_map(|(name, modes)| Offer {
        fourcc: FourCc::new(name),
        description: String::new(),
        modes,
    })
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let format = prop::option::of(prop::sample::select(vec![
        PixelFormat::Yuyv,
        PixelFormat::Mjpeg,
    ]));
    (any_wanted(), 1..=240u32, format).prop_map(|(size, fps, format)| Wish { size, fps, format })
}

fn any_wanted() -> impl Strategy<Value = WantedSize> {
    let size = |sides: (u32, u32)| Size::new(sides.0, sides.1);
    let configured = (16..=SIDE_MAX, 16..=SIDE_MAX).prop_map(size);
    let input = (1..30u32, 1..30u32).prop_map(|(width, height)| Size::new(width * 32, height * 32));
    let stretches = prop::sample::select(vec![Fit::Letterbox(Align::Center, 114), Fit::Stretch]);
    let multiple_of = prop::option::of(Just(32));
    let input = (input, multiple_of, stretches);
    let filling = input.prop_map(|(size, multiple_of, fit)| InputSpec {
        multiple_of,
        fit,
        ..plain(size)
    });
    prop_oneof![
        configured.prop_map(WantedSize::Size),
        filling.prop_map(WantedSize::Filling),
    ]
}

fn any_bus() -> impl Strategy<Value = Bus> {
    prop_oneof![Just(Bus::Local), Just(USB_2)]
}

/// Whether `offers` hold a mode with that format, that size and that rate.
fn is_offered(choice: &Choice, offers: &[Offer], wish: Wish) -> bool {
    let on_step = |side: u32, [min, max, step]: [u32; 3]| {
        side == min || (min..=max).contains(&side) && (side - min).is_multiple_of(step.max(1))
    };
    let has_size = |extent: Extent| match extent {
        Extent::Fixed(size) => size == choice.size,
        Extent::Stepwise { min, max, step } => {
            on_step(choice.size.width, [min, max, step].map(|size| size.width))
                && on_step(choice.size.height, [min, max, step].map(|size| size.height))
        }
    };
    let has_rate = |rates: &Rates| match rates {
        Rates::Unknown => choice.interval == Interval::new(1, wish.fps).expect("above zero"),
        Rates::Listed(intervals) => intervals.contains(&choice.interval),
        Rates::Between { shortest, longest } => {
            let fps = choice.interval.fps();
            fps == longest.fps() || fps <= shortest.fps()
        }
    };
    let named = offers.iter().filter(|offer| offer.fourcc == choice.fourcc);
    named.into_iter().any(|offer| {
        let mut modes = offer.modes.iter();
        let unlisted = offer.modes.is_empty() && choice.size == wish.size.unseen();
        unlisted || modes.any(|mode| has_size(mode.extent) && has_rate(&mode.rates))
    })
}

/// Whether one of two offers of a single mode is at least as good in everything that anybody could want, and better in
/// something. Written without [`rank`], so that it can judge it.
fn dominates(one: &Choice, other: &Choice, wish: Wish, view: Option<Size>, bus: Bus) -> bool {
    let merits = |choice: &Choice| {
        let bytes = candidate::frame_bytes(choice.pixel, choice.size);
        let carried = bytes.map_or(f32::INFINITY, |bytes| bus.fps_max(bytes));
        let arriving = choice.interval.fps().min(carried);
        let covers = wish.size.is_covered_by(choice.size);
        let keeps_view = view.is_none_or(|view| wish.size.keeps_view(choice.size, view));
        let area = choice.size.width as f32 * choice.size.height as f32;
        [
            f32::from(u8::from(
                wish.format.is_none_or(|wished| wished == choice.pixel),
            )),
            f32::from(u8::from(covers)),
            f32::from(u8::from(keeps_view)),
            if covers { -area } else { area },
            arriving.min(wish.fps as f32 * 0.99),
            -f32::from(format_rank(choice.pixel)),
        ]
    };
    let (one, other) = (merits(one), merits(other));
    let pairs = || one.iter().zip(&other);
    pairs().all(|(a, b)| a >= b) && pairs().any(|(a, b)| a > b)
}

/// Each format, size and rate as an offer of its own.
fn one_by_one(offers: &[Offer]) -> Vec<Offer> {
    let single = |offer: &Offer, mode: Mode| Offer {
        modes: vec![mode],
        ..offer.clone()
    };
    let mut all = Vec::new();
    for offer in offers {
        if offer.modes.is_empty() {
            all.push(offer.clone());
        }
        for mode in &offer.modes {
            match &mode.rates {
                Rates::Listed(intervals) => all.extend(intervals.iter().map(|interval| {
                    let rates = Rates::Listed(vec![*interval]);
                    single(
                        offer,
                        Mode {
                            rates,
                            ..mode.clone()
                        },
                    )
                })),
                _ => all.push(single(offer, mode.clone())),
            }
        }
    }
    all
}

proptest! {
    #[test]
    fn whatever_is_offered_the_choice_is_among_it_and_nothing_there_is_better(
        offers in prop::collection::vec(any_offer(), 0..5),
        wish in any_wish(),
        bus in any_bus(),
    ) {
        let singles = one_by_one(&offers);
        let rivals: Vec<_> = singles
            .iter()
            .filter_map(|single| choose(std::slice::from_ref(single), wish, bus))
            .collect();
        let view = candidate::view(&candidate::candidates(&offers, wish, bus), wish);
        let Some(choice) = choose(&offers, wish, bus) else {
            prop_assert!(rivals.is_empty(), "{rivals:?} can be read");
            return Ok(());
        };
        prop_assert!(choice.size.width > 0 && choice.size.height > 0);
        prop_assert!(is_offered(&choice, &offers, wish), "{choice:?}");
        prop_assert!(!choice.reason.is_empty());
        for rival in rivals {
            prop_assert!(!dominates(&rival, &choice, wish, view, bus), "{rival:?} beats {choice:?}");
        }
    }
}
