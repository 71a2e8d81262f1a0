//! Which retained topics change when presence changes. Pure.

use std::sync::Arc;

use crate::decide::Presence;
use crate::publish::StateTopic;
use crate::publish::payload::StatePayload;
use crate::types::Direction;

/// The topics of one camera with their values, those alone that differ between `before` and `now`; all without `before`.
/// The topics of a zone or line that is gone are cleared, so that the broker keeps none of them.
pub fn changed(
    camera: &Arc<str>,
    before: Option<&Presence>,
    now: &Presence,
) -> Vec<(StateTopic, StatePayload)> {
    let old = before
        .map(|presence| all(camera, presence))
        .unwrap_or_default();
    let new = all(camera, now);
    let is_gone = |topic: &StateTopic| new.iter().all(|(known, _)| known != topic);
    let gone = old.iter().filter(|(topic, _)| is_gone(topic));
    let cleared: Vec<_> = gone
        .map(|(topic, _)| (topic.clone(), StatePayload::cleared()))
        .collect();
    let changed = new.into_iter().filter(|state| !old.contains(state));
    changed.chain(cleared).collect()
}

fn all(camera: &Arc<str>, presence: &Presence) -> Vec<(StateTopic, StatePayload)> {
    let mut states = Vec::new();
    let mut place = |zone: Option<Arc<str>>, count: u32| {
        let camera = camera.clone();
        let person = StateTopic::Person {
            camera: camera.clone(),
            zone: zone.clone(),
        };
        states.push((person, StatePayload::from(count > 0)));
        states.push((
            StateTopic::Count { camera, zone },
            StatePayload::from(u64::from(count)),
        ));
    };
    place(None, presence.count);
    for zone in &presence.zones {
        place(Some(zone.name.clone()), zone.count);
    }
    for line in &presence.lines {
        for (direction, total) in [(Direction::In, line.entries), (Direction::Out, line.exits)] {
            let (camera, line) = (camera.clone(), line.name.clone());
            let topic = StateTopic::LineTotal {
                camera,
                line,
                direction,
            };
            states.push((topic, StatePayload::from(total)));
        }
    }
    states
}
