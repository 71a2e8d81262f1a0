//! Where things are that look like people, and where people were who vanished in the middle of the picture.

use std::collections::VecDeque;
use std::time::Duration;

use crate::types::{BBox, Monotonic};

/// Most places; the one that was not seen for longest is forgotten first.
const PLACES_MAX: usize = 32;
/// Two boxes that share this much are of the same place.
const SAME_IOU: f32 = 0.6;
/// A thing that was not seen for so long was taken away.
const THING_MEMORY: Duration = Duration::from_secs(24 * 3600);
/// Somebody sits there still, and the model has lost them for a while.
const PERSON_MEMORY: Duration = Duration::from_secs(600);

/// What is known of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known {
    /// Something stands there that has never moved.
    Thing,
    /// Somebody vanished there who had moved so far.
    Person {
        /// In heights of their own.
        moved: f32,
    },
}

/// Places in the picture of one camera.
#[derive(Clone, Debug, Default)]
pub struct Places(VecDeque<Place>);

#[derive(Clone, Copy, Debug)]
struct Place {
    bbox: BBox,
    known: Known,
    at: Monotonic,
}

impl Places {
    /// Remembers what is at a place, in place of what was known of it.
    pub fn remember(&mut self, bbox: BBox, known: Known, at: Monotonic) {
        self.forget(bbox);
        if self.0.len() == PLACES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Place { bbox, known, at });
    }

    /// What is known of the place of this box, and where exactly that is.
    pub fn recall(&self, bbox: BBox, now: Monotonic) -> Option<(BBox, Known)> {
        let fresh = |place: &&Place| {
            let memory = match place.known {
                Known::Thing => THING_MEMORY,
                Known::Person { .. } => PERSON_MEMORY,
            };
            now.since(place.at) <= memory
        };
        let here = self.0.iter().filter(fresh);
        let here = here.map(|place| (place.bbox.iou(bbox), place));
        let nearest = here.max_by(|a, b| a.0.total_cmp(&b.0));
        let (_, place) = nearest.filter(|(iou, _)| *iou >= SAME_IOU)?;
        Some((place.bbox, place.known))
    }

    /// Forgets the place of this box.
    pub fn forget(&mut self, bbox: BBox) {
        self.0.retain(|place| place.bbox.iou(bbox) < SAME_IOU);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32) -> BBox {
        BBox::clipped(x, 0.3, x + 0.2, 0.8).expect("has an area")
    }

    #[test]
    fn a_thing_is_known_for_a_day_and_a_person_for_ten_minutes() {
        let mut places = Places::default();
        let second = |s: u64| Monotonic::from_millis(s * 1000);
        places.remember(at(0.1), Known::Thing, second(0));
        places.remember(at(0.6), Known::Person { moved: 3.0 }, second(0));
        let known = |x, s| places.recall(at(x), second(s)).map(|(_, known)| known);
        assert_eq!(known(0.12, 3600), Some(Known::Thing));
        assert_eq!(known(0.2, 3600), None, "beside it");
        assert_eq!(known(0.1, 25 * 3600), None);
        assert_eq!(known(0.6, 600), Some(Known::Person { moved: 3.0 }));
        assert_eq!(known(0.6, 601), None);
    }

    #[test]
    fn places_are_bounded_and_each_is_known_once() {
        let mut places = Places::default();
        for i in 0..100 {
            places.remember(
                at(0.008 * (i % 90) as f32),
                Known::Thing,
                Monotonic::from_millis(i),
            );
        }
        assert!(places.0.len() <= PLACES_MAX);
        places.remember(at(0.5), Known::Thing, Monotonic::default());
        places.remember(at(0.51), Known::Person { moved: 1.0 }, Monotonic::default());
        let (bbox, known) = places
            .recall(at(0.5), Monotonic::default())
            .expect("is known");
        assert_eq!((bbox, known), (at(0.51), Known::Person { moved: 1.0 }));
    }
}
