//! What is wrong with what a camera shows, measured by what it usually shows.

use std::time::Duration;

use crate::types::Obstruction;
use crate::view::look::Look;

/// Black is 0 or 16; a cap on the lens of a noisy sensor is a little brighter.
const DARK: f32 = 24.0;
/// With less detail, in levels, even what is lit shows nothing.
const NO_DETAIL: f32 = 0.3;
/// With less spread nothing can be told apart at any scale.
const NO_SPREAD: f32 = 2.5;
/// Less spread than this is an even picture, even where the light falls off to a side.
const EVEN_SPREAD: f32 = 6.0;
/// This much of a blinded picture is burnt out.
const BURNT: f32 = 0.75;
/// Detail and spread below these shares of the usual are far below it.
const FAR_LESS_DETAIL: f32 = 0.3;
const FAR_LESS_SPREAD: f32 = 0.35;
/// Pictures darker than this are not measured by what was seen in more light.
const DIM: f32 = 40.0;
/// What is nearer to trouble than this is not learned from.
const LEARN_FROM: f32 = 0.5;
/// So much must have been seen before anything is unusual.
const LEARN_FOR: Duration = Duration::from_secs(20);
/// How fast the usual falls and rises. It rises slowly, because an infra-red lamp shows more contrast than the morning
/// after it.
const FALL: Duration = Duration::from_secs(5 * 60);
const RISE: Duration = Duration::from_secs(12 * 3600);

/// What a camera usually shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Usual {
    seen_for: Duration,
    /// Detail and spread as shares of the brightness.
    detail: f32,
    spread: f32,
}

impl Usual {
    /// What is wrong, if anything is.
    pub(super) fn judge(&self, look: &Look) -> Option<Obstruction> {
        if look.burnt >= BURNT {
            return Some(Obstruction::Blinded);
        }
        if look.brightness < DARK && look.spread < NO_SPREAD && look.detail < NO_DETAIL {
            return Some(Obstruction::Dark);
        }
        if look.brightness >= DIM
            && let Some(wrong) = self.washed_out(look)
        {
            return Some(wrong);
        }
        look.same.then_some(Obstruction::Frozen)
    }

    fn washed_out(&self, look: &Look) -> Option<Obstruction> {
        if self.seen_for < LEARN_FOR {
            let nothing = look.detail < NO_DETAIL && look.spread < EVEN_SPREAD;
            return nothing.then_some(Obstruction::Covered);
        }
        let (detail, spread) = shares(look);
        if detail >= FAR_LESS_DETAIL * self.detail {
            return None;
        }
        let even = spread < FAR_LESS_SPREAD * self.spread;
        Some(if even {
            Obstruction::Covered
        } else {
            Obstruction::Defocused
        })
    }

    /// Learns from what seems to be well.
    pub(super) fn learn(&mut self, look: &Look, gap: Duration) {
        if look.brightness < DIM {
            return;
        }
        let (detail, spread) = shares(look);
        if self.seen_for < LEARN_FOR {
            self.seen_for += gap;
            let rate = gap.as_secs_f32() / self.seen_for.as_secs_f32().max(f32::MIN_POSITIVE);
            self.detail += rate * (detail - self.detail);
            self.spread += rate * (spread - self.spread);
        } else if detail >= LEARN_FROM * self.detail {
            follow(&mut self.detail, detail, gap);
            follow(&mut self.spread, spread, gap);
        }
    }
}

fn shares(look: &Look) -> (f32, f32) {
    (look.detail / look.brightness, look.spread / look.brightness)
}

fn follow(usual: &mut f32, value: f32, gap: Duration) {
    let time = if value < *usual { FALL } else { RISE };
    let rate = 1.0 - (-gap.as_secs_f32() / time.as_secs_f32()).exp();
    *usual += rate * (value - *usual);
}
