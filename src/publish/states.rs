//! The retained topics and what the broker knows of them. Pure.
//!
//! The last value of a topic wins: one that was overwritten before it was sent is never sent. Every connection begins with
//! all of them, because a broker without persistence has forgotten them.

use std::collections::{BTreeMap, HashMap};

use crate::types::Monotonic;

/// Unacknowledged states at the broker.
pub const STATES_WINDOW: usize = 8;

/// The retained topics.
#[derive(Debug, Default)]
pub struct States {
    topics: BTreeMap<String, Topic>,
    in_flight: HashMap<u64, String>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Topic {
    value: String,
    /// Whether the broker still has to be told.
    stale: bool,
    /// Whether a value is on its way; the next one waits for it, so that they cannot overtake each other.
    in_flight: bool,
    /// The broker has refused it; it is tried again then.
    retry_at: Option<Monotonic>,
}

/// A value to send.
#[derive(Debug, PartialEq, Eq)]
pub struct StateMessage {
    /// Names the sending.
    pub ticket: u64,
    /// Where it goes.
    pub topic: String,
    /// What it says.
    pub value: String,
}

impl States {
    /// Sets the value of a topic. `true` if there is something new to send.
    pub fn set(&mut self, topic: String, value: String) -> bool {
        let known = self.topics.get_mut(&topic);
        let Some(known) = known else {
            let topic_state = Topic {
                value,
                stale: true,
                in_flight: false,
                retry_at: None,
            };
            self.topics.insert(topic, topic_state);
            return true;
        };
        if known.value != value {
            known.value = value;
            known.stale = true;
        }
        known.stale
    }

    /// Sends the value of this topic again, although the broker has it. `true` if there is one.
    pub fn again(&mut self, topic: &str) -> bool {
        let known = self.topics.get_mut(topic);
        known.map(|topic| topic.stale = true).is_some()
    }

    /// Whether the broker has the value that this topic has now.
    pub fn is_told(&self, topic: &str) -> bool {
        let known = self.topics.get(topic);
        known.is_some_and(|topic| !topic.stale && !topic.in_flight)
    }

    /// A new connection: everything is sent again.
    pub fn connected(&mut self) {
        self.in_flight.clear();
        for topic in self.topics.values_mut() {
            topic.stale = true;
            topic.in_flight = false;
            topic.retry_at = None;
        }
    }

    /// The next value to send, which is then in flight.
    pub fn next(&mut self, now: Monotonic) -> Option<StateMessage> {
        if self.in_flight.len() >= STATES_WINDOW {
            return None;
        }
        let may_go = |topic: &Topic| topic.stale && !topic.in_flight && topic.retry_at <= Some(now);
        let (name, topic) = self.topics.iter_mut().find(|(_, topic)| may_go(topic))?;
        topic.stale = false;
        topic.in_flight = true;
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.in_flight.insert(ticket, name.clone());
        Some(StateMessage {
            ticket,
            topic: name.clone(),
            value: topic.value.clone(),
        })
    }

    /// The broker has the value of this sending.
    pub fn acknowledged(&mut self, ticket: u64) {
        if let Some(topic) = self.landed(ticket) {
            topic.in_flight = false;
            topic.retry_at = None;
        }
    }

    /// The broker does not take the value of this sending; the topic is tried again at `retry_at`.
    pub fn refused(&mut self, ticket: u64, retry_at: Monotonic) {
        if let Some(topic) = self.landed(ticket) {
            topic.in_flight = false;
            topic.stale = true;
            topic.retry_at = Some(retry_at);
        }
    }

    /// When [`Self::next`] may give something although nothing else happens.
    pub fn retry_at(&self) -> Option<Monotonic> {
        let stale = self.topics.values().filter(|topic| topic.stale);
        stale.filter_map(|topic| topic.retry_at).min()
    }

    /// Whether the broker knows everything, but for what it refuses.
    pub fn is_settled(&self) -> bool {
        let is_told = |topic: &Topic| !topic.stale || topic.retry_at.is_some();
        self.in_flight.is_empty() && self.topics.values().all(is_told)
    }

    fn landed(&mut self, ticket: u64) -> Option<&mut Topic> {
        let name = self.in_flight.remove(&ticket)?;
        self.topics.get_mut(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Monotonic = Monotonic::from_millis(0);

    fn sent(states: &mut States) -> Option<(u64, String)> {
        states
            .next(NOW)
            .map(|message| (message.ticket, message.value))
    }

    #[test]
    fn only_the_last_value_of_a_topic_is_sent_and_only_once() {
        let mut states = States::default();
        assert!(states.set("a".into(), "1".into()));
        assert!(states.set("a".into(), "2".into()));
        assert_eq!(sent(&mut states), Some((0, "2".into())));
        assert!(states.set("a".into(), "3".into()));
        assert_eq!(
            sent(&mut states),
            None,
            "the one before is still on its way"
        );
        states.acknowledged(0);
        assert_eq!(sent(&mut states), Some((1, "3".into())));
        states.acknowledged(1);
        assert!(!states.set("a".into(), "3".into()), "the broker knows");
        assert!(states.is_settled());
    }

    #[test]
    fn a_new_connection_begins_with_everything() {
        let mut states = States::default();
        states.set("a".into(), "1".into());
        states.set("b".into(), "2".into());
        let (ticket, _) = sent(&mut states).expect("a");
        states.acknowledged(ticket);
        states.connected();
        assert_eq!(sent(&mut states), Some((1, "1".into())));
        assert_eq!(sent(&mut states), Some((2, "2".into())));
        states.acknowledged(0);
        assert!(
            !states.is_settled(),
            "tickets of an old connection say nothing"
        );
    }

    #[test]
    fn a_refused_value_is_sent_again_later_and_holds_nobody_up() {
        let mut states = States::default();
        states.set("a".into(), "1".into());
        states.set("b".into(), "2".into());
        let (ticket, _) = sent(&mut states).expect("a");
        states.refused(ticket, Monotonic::from_millis(500));
        assert_eq!(sent(&mut states), Some((1, "2".into())), "others go on");
        assert_eq!(sent(&mut states), None);
        assert_eq!(states.retry_at(), Some(Monotonic::from_millis(500)));
        assert!(states.next(Monotonic::from_millis(500)).is_some());
    }
}
