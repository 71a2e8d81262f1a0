//! One thing that several threads use in turn: the lock around [`Turns`], which says whose turn it is.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::pipeline::turns::{Seat, Turns};
use crate::types::Monotonic;

const HELD: &str = "a thread panicked while it had its turn, and the process ends with it";

/// One thing that several threads use in turn, the oldest frame first.
///
/// A turn waits for as long as the turns before it take: at most one for each other seat. Whoever waits holds no lock.
#[derive(Debug)]
pub struct Turnstile<T> {
    turns: Mutex<Turns>,
    changed: Condvar,
    shared: Mutex<T>,
}

/// The thing, until this is dropped.
#[derive(Debug)]
pub struct Turn<'a, T> {
    turnstile: &'a Turnstile<T>,
    seat: Seat,
    shared: MutexGuard<'a, T>,
}

impl<T> Turnstile<T> {
    /// Nobody waits for `shared` yet.
    pub fn new(shared: T) -> Self {
        Self {
            turns: Mutex::default(),
            changed: Condvar::new(),
            shared: Mutex::new(shared),
        }
    }

    /// One more who may use it.
    pub fn seat(&self) -> Seat {
        self.turns().seat()
    }

    /// Waits for this seat's turn, which is for a frame that was captured then.
    pub fn turn(&self, seat: Seat, captured_at: Monotonic) -> Turn<'_, T> {
        let mut turns = self.turns();
        turns.join(seat, captured_at);
        let others = |turns: &mut Turns| turns.next() != Some(seat);
        let mut turns = self.changed.wait_while(turns, others).expect(HELD);
        turns.begin(seat);
        drop(turns);
        Turn {
            turnstile: self,
            seat,
            // Free at once: whoever had the turn before let go of it before it ended its turn.
            shared: self.shared.lock().expect(HELD),
        }
    }

    /// Looks at it out of turn, between two turns.
    pub fn peek<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.shared.lock().expect(HELD))
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().expect(HELD)
    }
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.shared
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.shared
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        // `shared` is let go of after this; whoever is woken waits for it for a moment.
        self.turnstile.turns().end(self.seat);
        self.turnstile.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use std::thread;
    use std::time::Duration;

    /// A detector that takes a while by a clock that is moved by hand, and writes down whom it served.
    struct Fake {
        served: Vec<usize>,
        at_work: bool,
    }

    #[test]
    fn every_camera_gets_its_turns_one_at_a_time() {
        const TURNS: usize = 200;
        let clock = ManualClock::default();
        let fake = Turnstile::new(Fake {
            served: Vec::new(),
            at_work: false,
        });
        thread::scope(|scope| {
            for camera in 0..4 {
                let (seat, fake, clock) = (fake.seat(), &fake, &clock);
                scope.spawn(move || {
                    for _ in 0..TURNS {
                        let mut turn = fake.turn(seat, clock.monotonic());
                        assert!(!std::mem::replace(&mut turn.at_work, true));
                        clock.advance(Duration::from_millis(40));
                        turn.served.push(camera);
                        turn.at_work = false;
                    }
                });
            }
        });
        fake.peek(|fake| {
            for camera in 0..4 {
                let turns = fake.served.iter().filter(|one| **one == camera).count();
                assert_eq!(turns, TURNS, "camera {camera}");
            }
        });
    }

    #[test]
    fn whoever_waits_with_the_older_frame_goes_first() {
        let shared = Turnstile::new(Vec::new());
        let [first, young, old] = [(); 3].map(|()| shared.seat());
        let busy = shared.turn(first, Monotonic::from_millis(0));
        thread::scope(|scope| {
            let turn = |seat, captured_ms| {
                let shared = &shared;
                scope.spawn(move || {
                    let mut turn = shared.turn(seat, Monotonic::from_millis(captured_ms));
                    turn.push(captured_ms);
                });
            };
            turn(young, 900);
            turn(old, 100);
            while shared.turns().waiting() < 2 {
                thread::yield_now();
            }
            drop(busy);
        });
        shared.peek(|order| assert_eq!(*order, [100, 900]));
    }
}
