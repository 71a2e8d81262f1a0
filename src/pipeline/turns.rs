//! Whose turn it is at something that several cameras share. Pure: names the one to go next, and never waits.
//!
//! The oldest frame goes first, by its capture time. That alone would be unfair: a camera whose stamps lag behind always
//! has the oldest frame. So nobody goes twice while somebody else waits: whoever has had a turn lets everybody go first
//! who was waiting by its end. Each of the others can then go at most once before a frame's turn comes, so it waits for
//! at most one inference of each other camera, whatever the stamps say and however fast the others are.

use crate::types::Monotonic;

/// Who may wait for a turn; numbers from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat(usize);

/// Who waits, who has the turn, and who had it.
#[derive(Debug, Default)]
pub struct Turns {
    /// How many have begun to wait so far.
    arrivals: u64,
    /// For each seat the arrivals that it must let go first: all up to the end of its latest turn.
    behind: Vec<u64>,
    waiting: Vec<Waiting>,
    busy: bool,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    seat: Seat,
    arrival: u64,
    captured_at: Monotonic,
}

impl Turns {
    /// One more who may wait.
    pub fn seat(&mut self) -> Seat {
        self.behind.push(0);
        Seat(self.behind.len() - 1)
    }

    /// Begins to wait, with a frame that was captured then. A seat waits for one turn at a time.
    pub fn join(&mut self, seat: Seat, captured_at: Monotonic) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.waiting.push(Waiting {
            seat,
            arrival,
            captured_at,
        });
    }

    /// Who goes next; nobody while somebody has the turn.
    pub fn next(&self) -> Option<Seat> {
        if self.busy {
            return None;
        }
        let polite = |one: &&Waiting| {
            let behind = self.behind[one.seat.0];
            self.waiting.iter().all(|other| other.arrival >= behind)
        };
        // Whoever has waited longest is always among them: it arrived after its own latest turn.
        let may_go = self.waiting.iter().filter(polite);
        let next = may_go.min_by_key(|one| (one.captured_at, one.arrival))?;
        Some(next.seat)
    }

    /// How many wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Begins the turn of the one that [`Turns::next`] named.
    pub fn begin(&mut self, seat: Seat) {
        debug_assert_eq!(self.next(), Some(seat));
        self.waiting.retain(|one| one.seat != seat);
        self.busy = true;
    }

    /// Ends it.
    pub fn end(&mut self, seat: Seat) {
        self.behind[seat.0] = self.arrivals;
        self.busy = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn the_oldest_frame_goes_first() {
        let mut turns = Turns::default();
        let [a, b, c] = [(); 3].map(|()| turns.seat());
        for (seat, captured_ms) in [(a, 30), (b, 10), (c, 20)] {
            turns.join(seat, Monotonic::from_millis(captured_ms));
        }
        let mut order = Vec::new();
        while let Some(seat) = turns.next() {
            turns.begin(seat);
            assert_eq!(turns.next(), None, "one at a time");
            turns.end(seat);
            order.push(seat);
        }
        assert_eq!(order, [b, c, a]);
    }

    #[test]
    fn a_camera_whose_stamps_lag_behind_does_not_go_twice_while_another_waits() {
        let mut turns = Turns::default();
        let [laggard, other] = [(); 2].map(|()| turns.seat());
        turns.join(laggard, Monotonic::from_millis(0));
        turns.begin(laggard);
        turns.join(other, Monotonic::from_millis(5000));
        turns.end(laggard);
        turns.join(laggard, Monotonic::from_millis(1));
        assert_eq!(turns.next(), Some(other));
    }

    /// A camera that sends a frame every `interval`, whose stamps are `lag` old when they arrive.
    #[derive(Clone, Copy, Debug)]
    struct Fake {
        interval: Duration,
        lag: Duration,
    }

    /// The longest that a frame of each camera waited for its turn, in `steps` inferences that take `inference` each.
    /// Every camera keeps its newest frame only, as the hand-over does.
    fn longest_waits(cameras: &[Fake], inference: Duration, steps: u32) -> Vec<Duration> {
        let mut turns = Turns::default();
        let seats: Vec<_> = cameras.iter().map(|_| turns.seat()).collect();
        // When each camera's frame began to wait; `None` while it has none, or has its turn.
        let mut since: Vec<Option<Duration>> = vec![None; cameras.len()];
        let mut due: Vec<Duration> = cameras.iter().map(|camera| camera.interval).collect();
        let mut longest = vec![Duration::ZERO; cameras.len()];
        let mut now = Duration::from_secs(100);
        let begin = now;
        let mut serve = None;
        for _ in 0..steps {
            let end = now + inference;
            // Who becomes ready while somebody has the turn joins at its own time; who has the turn, after its end.
            loop {
                let ready = (0..cameras.len())
                    .filter(|&i| since[i].is_none() && serve != Some(i))
                    .map(|i| (begin + due[i], i))
                    .filter(|(at, _)| *at <= end)
                    .min();
                let Some((at, i)) = ready else { break };
                let at = at.max(now);
                since[i] = Some(at);
                turns.join(seats[i], Monotonic::new(at - cameras[i].lag));
                while begin + due[i] <= at {
                    due[i] += cameras[i].interval;
                }
            }
            if let Some(done) = serve.take() {
                turns.end(seats[done]);
            }
            now = end;
            if let Some(seat) = turns.next() {
                turns.begin(seat);
                let began = since[seat.0].take().expect("who has the turn waited");
                longest[seat.0] = longest[seat.0].max(now - began);
                serve = Some(seat.0);
            }
        }
        longest
    }

    prop_compose! {
        fn fake()(interval_ms in 5u64..2000, lag_ms in 0u64..10_000) -> Fake {
            Fake { interval: Duration::from_millis(interval_ms), lag: Duration::from_millis(lag_ms) }
        }
    }

    proptest! {
        #[test]
        fn no_frame_waits_longer_than_one_inference_of_each_camera(
            cameras in prop::collection::vec(fake(), 1..9), inference_ms in 1u64..300,
        ) {
            let inference = Duration::from_millis(inference_ms);
            let limit = inference * cameras.len() as u32;
            for (camera, wait) in cameras.iter().zip(longest_waits(&cameras, inference, 300)) {
                prop_assert!(wait <= limit, "{camera:?} waited {wait:?}, more than {limit:?}");
            }
        }
    }

    #[test]
    fn a_fast_camera_does_not_slow_the_slow_one_down() {
        let [fast, slow] = [(10, 0), (500, 0)].map(|(interval, lag)| Fake {
            interval: Duration::from_millis(interval),
            lag: Duration::from_millis(lag),
        });
        let waits = longest_waits(&[fast, slow], Duration::from_millis(100), 200);
        assert!(waits[1] <= Duration::from_millis(200), "{waits:?}");
    }
}
