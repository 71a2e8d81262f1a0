//! The thread that runs the flow: takes frames, tells events, and notices when none comes.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::{Control, ROUND};
use crate::capture::latest::{Latest, NotTaken};
use crate::clock::Clock;
use crate::decide::Presence;
use crate::pipeline::counters::SharedCounters;
use crate::pipeline::health::Change;
use crate::pipeline::{Flow, FlowError, states};
use crate::publish::Handle;
use crate::types::{Event, Frame, LossReason, Monotonic};

/// A capture thread that has not come round for the stall time-out and this is held by the driver: opening a camera takes a
/// few seconds at most.
const HELD_AFTER: Duration = Duration::from_secs(5);

/// What the thread that runs the flow has.
pub(super) struct Pipeline {
    pub(super) name: Arc<str>,
    pub(super) stall: Duration,
    pub(super) flow: Flow,
    pub(super) publish: Handle,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: SharedCounters,
    pub(super) latest: Arc<Latest<Frame>>,
    pub(super) failures: Receiver<LossReason>,
    pub(super) controls: Receiver<Control>,
    /// Nothing is looked at.
    pub(super) paused: bool,
    /// Presence as last published.
    pub(super) told: Option<Presence>,
    /// When the last frame could be read.
    pub(super) good_at: Monotonic,
}

impl Pipeline {
    pub(super) fn run(mut self) {
        self.tell_presence();
        loop {
            // Before the frame: one that waits in the hand-over was captured after the failures that are known by now.
            self.hear_of_failures();
            let taken = self.latest.take(ROUND);
            while let Ok(control) = self.controls.try_recv() {
                self.obey(control);
            }
            let over = matches!(taken, Err(NotTaken::Closed));
            if let Ok(frame) = taken
                && !self.paused
            {
                self.take(frame);
            }
            let now = self.clock.monotonic();
            let mut counters = self.counters.lock();
            counters.pipeline_alive = now;
            let capture_alive = counters.capture_alive;
            drop(counters);
            self.watch_capture(now.since(capture_alive));
            if over {
                self.hear_of_failures();
                let events = self.flow.finish();
                return self.tell(events);
            }
        }
    }

    fn hear_of_failures(&mut self) {
        while let Ok(reason) = self.failures.try_recv() {
            self.camera_failed(reason);
        }
    }

    /// A driver that does not answer holds the capture thread, which then cannot tell.
    fn watch_capture(&mut self, away: Duration) {
        if away > self.stall + HELD_AFTER {
            self.camera_failed(LossReason::Failed("the driver does not answer".to_owned()));
        }
    }

    fn obey(&mut self, control: Control) {
        let now = self.clock.monotonic();
        match control {
            Control::Pause(paused) if paused == self.paused => {}
            Control::Pause(true) => {
                self.paused = true;
                info!(camera = %self.name, "paused");
                let events = self.flow.finish();
                self.counters.lock().health.pause(now);
                self.tell(events);
            }
            Control::Pause(false) => {
                self.paused = false;
                self.good_at = now;
                info!(camera = %self.name, "no longer paused");
                self.counters.lock().health.resume(now);
            }
            Control::Threshold(threshold) => self.flow.set_threshold(threshold),
            Control::Rules(camera, totals) => {
                let events = self.flow.set_rules(&camera, &totals);
                info!(camera = %self.name, "goes by new rules");
                self.tell(events);
            }
            Control::Totals(totals) => {
                self.flow.set_totals(&totals);
                self.tell_presence();
            }
        }
    }

    fn take(&mut self, frame: Frame) {
        let (seq, at, taken) = (frame.seq, frame.captured_at, self.clock.monotonic());
        let events = if self.counters.lock().health.is_lost() {
            // It is not steady yet. Nobody is looked for before it counts as found.
            self.flow.glance(frame).map(|()| Vec::new())
        } else {
            self.flow.step(frame)
        };
        let now = self.clock.monotonic();
        match events {
            Ok(events) => {
                self.frame_was_good(now);
                self.tell(events);
            }
            Err(FlowError::Convert(error)) => self.frame_was_broken(&error, now),
            Err(FlowError::Detect(error)) => {
                self.frame_was_good(now);
                self.inference_failed(&error);
            }
        }
        let gate = self.flow.gate_counters();
        let (obscured, times) = (self.flow.obscured(), self.flow.times());
        let suppressed = self.flow.suppressed();
        let done = self.clock.monotonic();
        let mut counters = self.counters.lock();
        counters.obscured = obscured;
        // A frame that the gate held back says nothing about the model.
        counters.failing &= times.detect.is_zero();
        counters.frames += 1;
        counters.dropped = self.latest.dropped();
        counters.inferences = gate.run;
        counters.suppressed = suppressed;
        counters.inferences_saved = gate.saved;
        counters.latency.add(at, taken, &times, done);
        drop(counters);
        debug!(camera = %self.name, seq, ?at, ?times, "frame");
    }

    fn frame_was_good(&mut self, now: Monotonic) {
        self.good_at = now;
        let change = self.counters.lock().health.frame(now);
        if change == Some(Change::Found) {
            info!(camera = %self.name, "camera is back");
            let events = self.flow.camera_found(now);
            self.tell(events);
        }
    }

    /// One broken frame is counted; a camera that sends nothing else for its stall time-out is lost.
    fn frame_was_broken(&mut self, error: &(dyn std::error::Error + 'static), now: Monotonic) {
        debug!(camera = %self.name, error, "frame dropped");
        self.counters.lock().broken += 1;
        if now.since(self.good_at) >= self.stall {
            self.camera_failed(LossReason::Failed(format!("no readable frame: {error}")));
        }
    }

    fn inference_failed(&mut self, error: &(dyn std::error::Error + 'static)) {
        let mut counters = self.counters.lock();
        counters.failed += 1;
        let failed_before = std::mem::replace(&mut counters.failing, true);
        drop(counters);
        if !failed_before {
            error!(camera = %self.name, error, "inference failed; this is said once until it works again");
        }
    }

    fn camera_failed(&mut self, reason: LossReason) {
        if self.paused {
            return;
        }
        let now = self.clock.monotonic();
        let change = self.counters.lock().health.failed(reason, now);
        if let Some(Change::Lost(reason)) = change {
            warn!(camera = %self.name, ?reason, "camera lost");
            let events = self.flow.camera_lost(now, reason);
            self.tell(events);
        }
    }

    fn tell(&mut self, events: Vec<Event>) {
        for event in events {
            info!(camera = %self.name, event = event.kind.name(), count = event.count, "event");
            let kind = event.kind.name();
            *self.counters.lock().events.entry(kind).or_default() += 1;
            self.publish.event(event);
        }
        self.tell_presence();
    }

    fn tell_presence(&mut self) {
        let now = self.flow.presence();
        for (topic, payload) in states::changed(&self.name, self.told.as_ref(), &now) {
            self.publish.state(topic, payload);
        }
        let mut counters = self.counters.lock();
        counters.people = now.count;
        counters.lines.clone_from(&now.lines);
        drop(counters);
        self.told = Some(now);
    }
}
