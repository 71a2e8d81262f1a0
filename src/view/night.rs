//! Whether the picture is one of the night: infra-red, which has no colour, or dark.
//!
//! Models see worse then, and take more for people. The night begins and ends once the picture has looked like it for a while:
//! headlights are no day, and somebody in black before the lens is no night.

use std::time::Duration;

use super::Cells;
use crate::types::Monotonic;

/// The picture is looked at no more often than this.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// It must have looked otherwise for so long.
const SETTLE: Duration = Duration::from_secs(2);
/// Below the first of each pair it is night, above the second it is day; between them it stays what it was.
///
/// The tint of our rendered infra-red is 0, of the dullest room in our scenes 4.5, of a hall in daylight 12 and more.
const TINT: [f32; 2] = [1.0, 1.8];
/// Mean luminance, of 255.
const LUMA: [f32; 2] = [35.0, 45.0];

/// Whether the pictures of one camera are ones of the night.
#[derive(Clone, Debug, Default)]
pub struct Night {
    is_night: bool,
    looked_at: Option<Monotonic>,
    /// Since when it has looked otherwise.
    otherwise_since: Option<Monotonic>,
}

impl Night {
    /// Whether the picture taken `at` is to be looked at.
    pub fn is_due(&self, at: Monotonic) -> bool {
        let looked = self.looked_at.map(|looked| at.since(looked));
        looked.is_none_or(|ago| ago >= LOOK_EVERY)
    }

    /// Whether it is night at `at`. The first picture is believed at once. A camera without colour has no `tint`, and only its
    /// light says anything.
    pub fn observe(&mut self, tint: Option<f32>, cells: Cells<'_>, at: Monotonic) -> bool {
        let first = self.looked_at.replace(at).is_none();
        let luma = cells.values.iter().sum::<f32>() / cells.values.len().max(1) as f32;
        let side = usize::from(self.is_night);
        let looks_like_night = tint.is_some_and(|tint| tint < TINT[side]) || luma < LUMA[side];
        if looks_like_night == self.is_night {
            self.otherwise_since = None;
            return self.is_night;
        }
        let since = *self.otherwise_since.get_or_insert(at);
        if first || at.since(since) >= SETTLE {
            self.is_night = looks_like_night;
            self.otherwise_since = None;
        }
        self.is_night
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Size;

    /// What is said of pictures with this tint and luminance, half a second each.
    fn said(pictures: &[(Option<f32>, f32)]) -> Vec<bool> {
        let mut night = Night::default();
        let mut at = Monotonic::default();
        let mut said = Vec::new();
        for &(tint, luma) in pictures {
            assert!(night.is_due(at));
            let values = [luma; 4];
            let grid = Size::new(2, 2);
            said.push(night.observe(
                tint,
                Cells {
                    values: &values,
                    grid,
                },
                at,
            ));
            assert!(!night.is_due(at + Duration::from_millis(400)));
            at = at + LOOK_EVERY;
        }
        said
    }

    #[test]
    fn the_night_is_without_colour_or_dark_and_comes_and_goes_slowly() {
        let (day, infra_red, dark) = ((Some(12.0), 120.0), (Some(0.3), 90.0), (Some(4.0), 12.0));
        assert_eq!(said(&[day; 2]), [false; 2]);
        assert_eq!(said(&[infra_red; 2]), [true; 2]);
        assert_eq!(said(&[dark; 2]), [true; 2]);
        assert_eq!(
            said(&[(None, 120.0); 2]),
            [false; 2],
            "a camera without colour"
        );
        assert_eq!(said(&[(None, 20.0); 2]), [true; 2]);
        let headlights = [[dark; 2].as_slice(), &[day; 4], &[dark; 2]].concat();
        assert_eq!(said(&headlights), [true; 8]);
        let dusk = [[day; 1].as_slice(), &[dark; 6]].concat();
        assert_eq!(said(&dusk), [false, false, false, false, false, true, true]);
        let between = [day, (Some(1.4), 120.0), (Some(1.4), 120.0)].repeat(4);
        assert_eq!(said(&between), [false; 12]);
    }
}
