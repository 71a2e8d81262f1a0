//! A table of formats as a driver might report it, and what is chosen from it: one of the offered formats that Watchpost
//! reads, in a size that is offered and not empty; never a panic.

use watchpost::capture::bandwidth::Bus;
use watchpost::capture::negotiate::{WantedSize, Wish, choose};
use watchpost::capture::offer::{Extent, FourCc, Interval, Mode, Offer, READABLE, Rates};
use watchpost::convert::{Align, Fit, InputSpec};
use watchpost::types::Size;

/// Reads wish and offers from `data`, chooses, and checks the choice.
pub fn check(data: &[u8]) {
    let mut table = Table(data);
    let (size, fps) = (table.size(), table.number());
    let offers: Vec<_> = (0..table.byte() % 6).map(|_| table.offer()).collect();
    let format = READABLE.get(table.byte() as usize);
    let bus = match table.byte() % 3 {
        0 => Bus::Local,
        1 => Bus::new("usb-1", None),
        _ => Bus::new("usb-1", Some(table.number())),
    };
    let wish = Wish {
        size: wanted(size, table.byte()),
        fps,
        format: format.map(|readable| readable.pixel),
    };
    let Some(choice) = choose(&offers, wish, bus) else {
        return;
    };
    assert_eq!(choice.fourcc.pixel_format(), Some(choice.pixel));
    assert!(choice.size.area() > 0, "an empty size was chosen");
    assert!(choice.interval.fps() > 0.0);
    let of_this_name = offers.iter().filter(|offer| offer.fourcc == choice.fourcc);
    assert!(
        of_this_name
            .clone()
            .any(|offer| offers_size(offer, choice.size, wish)),
        "{} in {} is not offered",
        choice.fourcc,
        choice.size,
    );
}

/// This size itself, or a model's input of about so many pixels.
fn wanted(size: Size, kind: u8) -> WantedSize {
    let steps = |side: u32| (side % 1024).div_ceil(32).max(1) * 32;
    let input = InputSpec {
        size: Size::new(steps(size.width), steps(size.height)),
        multiple_of: (kind & 2 != 0).then_some(32),
        bgr: false,
        mean: [0.0; 3],
        std: [1.0; 3],
        fit: match kind & 4 {
            0 => Fit::Letterbox(Align::Center, 114),
            _ => Fit::Stretch,
        },
    };
    match kind & 1 {
        0 => WantedSize::Size(size),
        _ => WantedSize::Filling(input),
    }
}

fn offers_size(offer: &Offer, size: Size, wish: Wish) -> bool {
    let holds = |mode: &Mode| match mode.extent {
        Extent::Fixed(fixed) => fixed == size,
        Extent::Stepwise { min, max, .. } => {
            // Where a driver says nonsense, its smallest size is the answer.
            (min.width..=max.width.max(min.width)).contains(&size.width)
                && (min.height..=max.height.max(min.height)).contains(&size.height)
        }
    };
    (offer.modes.is_empty() && size == wish.size.unseen()) || offer.modes.iter().any(holds)
}

/// Takes what is there from the front, and zeros when nothing is left.
struct Table<'a>(&'a [u8]);

impl Table<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first
    }

    /// Mostly small, as cameras say it; now and then anything.
    fn number(&mut self) -> u32 {
        match self.byte() {
            0xff => u32::from_le_bytes([(); 4].map(|()| self.byte())),
            0xfe => u32::from_le_bytes([self.byte(), self.byte(), 0, 0]),
            small => u32::from(small),
        }
    }

    fn size(&mut self) -> Size {
        Size::new(self.number(), self.number())
    }

    fn offer(&mut self) -> Offer {
        let fourcc = match self.byte() % 6 {
            0 => FourCc::new(*b"YUYV"),
            1 => FourCc::new(*b"MJPG"),
            2 => FourCc::new(*b"NV12"),
            3 => FourCc::new(*b"GREY"),
            4 => FourCc::new(*b"JPEG"),
            _ => FourCc::from_code(self.number()),
        };
        assert!(!fourcc.to_string().is_empty());
        Offer {
            fourcc,
            description: String::new(),
            modes: (0..self.byte() % 5).map(|_| self.mode()).collect(),
        }
    }

    fn mode(&mut self) -> Mode {
        let extent = if self.byte().is_multiple_of(2) {
            Extent::Fixed(self.size())
        } else {
            Extent::Stepwise {
                min: self.size(),
                max: self.size(),
                step: self.size(),
            }
        };
        Mode {
            extent,
            rates: self.rates(),
        }
    }

    fn rates(&mut self) -> Rates {
        match self.byte() % 3 {
            0 => Rates::Unknown,
            1 => Rates::Listed(
                (0..self.byte() % 5)
                    .filter_map(|_| self.interval())
                    .collect(),
            ),
            _ => match (self.interval(), self.interval()) {
                (Some(shortest), Some(longest)) => Rates::Between { shortest, longest },
                _ => Rates::Unknown,
            },
        }
    }

    fn interval(&mut self) -> Option<Interval> {
        Interval::new(self.number(), self.number())
    }
}
