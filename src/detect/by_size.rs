//! What is kept for each input size that is in use: a model that takes one size has one of each, cameras with pictures of
//! other shapes may bring a few more.

use crate::types::Size;

/// Most sizes for which something is kept; what was made first goes first. Cameras come in fewer shapes than this.
const SIZES_MAX: usize = 8;

/// One `T` for each size, and which of them is in use.
pub struct BySize<T> {
    made: Vec<(Size, T)>,
    current: usize,
}

impl<T> BySize<T> {
    /// The first, which is in use.
    pub fn new(size: Size, first: T) -> Self {
        Self {
            made: vec![(size, first)],
            current: 0,
        }
    }

    /// The size of the one in use.
    pub fn size(&self) -> Size {
        self.made[self.current].0
    }

    /// The one in use.
    pub fn current(&self) -> &T {
        &self.made[self.current].1
    }

    /// The one in use.
    pub fn current_mut(&mut self) -> &mut T {
        &mut self.made[self.current].1
    }

    /// Uses the one of this size from now on, which `make` gives when there is none yet.
    pub fn turn_to<E>(&mut self, size: Size, make: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
        self.current = match self.made.iter().position(|(of, _)| *of == size) {
            Some(known) => known,
            None => {
                let new = make()?;
                if self.made.len() == SIZES_MAX {
                    self.made.remove(0);
                }
                self.made.push((size, new));
                self.made.len() - 1
            }
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn each_size_is_made_once_while_they_are_few() {
        let mut made = 0;
        let mut by_size = BySize::new(Size::new(1, 1), 0);
        for round in 0..3 {
            for side in 2..=SIZES_MAX as u32 {
                let make = || {
                    made += 1;
                    Ok::<_, Infallible>(side)
                };
                by_size.turn_to(Size::new(side, side), make).expect("made");
                assert_eq!(*by_size.current(), side, "in round {round}");
            }
        }
        assert_eq!(made, SIZES_MAX - 1);
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_failure_changes_nothing() {
        let mut by_size = BySize::new(Size::new(1, 1), 1);
        for side in 2..100 {
            let size = Size::new(side, side);
            by_size.turn_to(size, || Ok::<_, ()>(side)).expect("made");
            assert!(by_size.made.len() <= SIZES_MAX);
        }
        let failed = by_size.turn_to(Size::new(100, 1), || Err("no memory"));
        assert_eq!((failed, *by_size.current()), (Err("no memory"), 99));
    }
}
