//! One camera's two threads: one that captures, with a reopening loop around it, and one that runs the flow.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{debug, error, info, warn};

use crate::backoff::Backoff;
use crate::capture::latest::{Latest, NotPut, NotTaken};
use crate::capture::{self, CaptureError, FrameSource};
use crate::clock::Clock;
use crate::config::{CameraConfig, SourceConfig};
use crate::decide::{LineTotals, Presence};
use crate::pipeline::counters::SharedCounters;
use crate::pipeline::health::Change;
use crate::pipeline::rate::Rate;
use crate::pipeline::stamps::Stamps;
use crate::pipeline::thin::Thinner;
use crate::pipeline::{Flow, FlowError, states};
use crate::publish::Handle;
use crate::random;
use crate::types::{Event, Frame, LossReason, Monotonic, Score};

/// Longest wait between two looks at the stop flag.
const ROUND: Duration = Duration::from_millis(250);
/// A capture thread that has not come round for the stall time-out and this is held by the driver: opening a camera takes a
/// few seconds at most.
const HELD_AFTER: Duration = Duration::from_secs(5);
/// Failures that wait to be heard of. What comes when there are so many is not told: the camera is lost already.
const FAILURES_MAX: usize = 4;
/// First and longest wait before a camera is opened again.
const REOPEN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));

/// One camera's threads. They end when the clip is over or `stop` is called.
pub struct Camera {
    /// The camera's name.
    pub name: Arc<str>,
    /// What the threads tell.
    pub counters: SharedCounters,
    stop: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    controls: Sender<Control>,
    threads: [JoinHandle<()>; 2],
}

/// How a camera begins.
pub struct Start {
    /// How many frames it may have.
    pub rate: Rate,
    /// It is not even opened.
    pub paused: bool,
}

/// What is asked of a camera while it runs; obeyed between two frames.
#[derive(Debug)]
pub enum Control {
    /// Close the device, or open it again.
    Pause(bool),
    /// Another score from which a detection is a person.
    Threshold(Score),
    /// Go on counting these lines there.
    Totals(Vec<LineTotals>),
    /// Look and decide as this says; lines that are new go on counting there.
    Rules(Box<CameraConfig>, Vec<LineTotals>),
}

impl Camera {
    /// Starts both threads.
    pub fn start(
        config: CameraConfig,
        flow: Flow,
        publish: Handle,
        clock: Arc<dyn Clock>,
        Start { rate, paused }: Start,
    ) -> io::Result<Self> {
        let name = config.name.clone();
        let (controls, obeyed) = channel();
        let counters = SharedCounters::new(clock.monotonic());
        let stop = Arc::new(AtomicBool::new(false));
        let is_paused = Arc::new(AtomicBool::new(paused));
        if paused {
            counters.lock().health.pause(clock.monotonic());
        }
        let latest = Arc::new(Latest::new());
        let (tell, failures) = sync_channel(FAILURES_MAX);
        let pipeline = Pipeline {
            name: name.clone(),
            stall: config.stall,
            flow,
            publish,
            clock: clock.clone(),
            counters: counters.clone(),
            latest: latest.clone(),
            failures,
            controls: obeyed,
            paused,
            told: None,
            good_at: clock.monotonic(),
            failing: false,
        };
        let capture = Capture {
            config,
            clock,
            counters: counters.clone(),
            stop: stop.clone(),
            paused: is_paused.clone(),
            latest,
            tell,
            rate,
        };
        let threads = [
            spawn(format!("flow-{name}"), move || pipeline.run())?,
            spawn(format!("cap-{name}"), move || capture.run())?,
        ];
        Ok(Self {
            name,
            counters,
            stop,
            paused: is_paused,
            controls,
            threads,
        })
    }

    /// Asks for something.
    pub fn control(&self, control: Control) {
        if let Control::Pause(paused) = control {
            self.paused.store(paused, Ordering::Relaxed);
        }
        // The pipeline is gone only when its clip is over or the daemon stops.
        let _ = self.controls.send(control);
    }

    /// Whether both threads have ended.
    pub fn is_over(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Asks both threads to end: capture first, then the flow once it has taken what capture left.
    pub fn ask_to_stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Thread names hold at most 15 bytes on Linux; the kernel cuts the rest.
fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name).spawn(work)
}

/// The thread that captures.
struct Capture {
    config: CameraConfig,
    clock: Arc<dyn Clock>,
    counters: SharedCounters,
    stop: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    latest: Arc<Latest<Frame>>,
    tell: SyncSender<LossReason>,
    rate: Rate,
}

impl Capture {
    /// Opens the camera again and again until the clip is over or somebody says stop.
    fn run(self) {
        let mut backoff = Backoff::new(REOPEN.0, REOPEN.1);
        while !self.stopped() {
            if self.paused() {
                self.pause(ROUND);
                continue;
            }
            match self.run_once(&mut backoff) {
                Ok(()) => {
                    info!(camera = %self.config.name, "camera closed");
                    continue;
                }
                Err(CaptureError::Ended) => {
                    info!(camera = %self.config.name, "the clip is over");
                    break;
                }
                Err(error) => self.report(error),
            }
            self.pause(backoff.next(random::bits()));
        }
        self.latest.close();
    }

    /// Captures until the camera fails, or until somebody says stop or pause.
    fn run_once(&self, backoff: &mut Backoff) -> Result<(), CaptureError> {
        let mut source = capture::open(&self.config, self.clock.clone())?;
        let format = source.format();
        info!(
            camera = %self.config.name, device = %format.name, pixel = %format.pixel,
            size = %format.size, fps = format.fps, "camera opened",
        );
        let mut stamps = Stamps::default();
        let before = self.counters.snapshot();
        let mut thinner = Thinner::default();
        while let Some(mut frame) = self.frame(&mut *source)? {
            backoff.reset();
            // A clip's stamps are its own: they keep its rate, whatever the clock does.
            if self.config.source.is_camera() {
                frame.captured_at = stamps.trust(frame.captured_at, self.clock.monotonic());
            }
            let mut counters = self.counters.lock();
            counters.lost = before.lost + source.counters();
            counters.stamp_jumps = before.stamp_jumps + stamps.jumps();
            drop(counters);
            if self.is_wanted(&frame, &mut thinner) {
                self.hand_over(frame);
            } else {
                self.come_round();
                self.counters.lock().skipped += 1;
            }
        }
        Ok(())
    }

    /// Whether a frame is looked at, at the rate that the configuration asks for (drivers only take it as a wish) and the
    /// governor grants. An unpaced clip keeps all its frames.
    fn is_wanted(&self, frame: &Frame, thinner: &mut Thinner) -> bool {
        let interval = self.rate.interval(self.config.fps);
        self.is_unpaced() || thinner.keep(frame.captured_at, interval)
    }

    const fn is_unpaced(&self) -> bool {
        matches!(self.config.source, SourceConfig::Clip { unpaced: true, .. })
    }

    /// The next frame; `None` when somebody says stop or pause; [`CaptureError::Stalled`] when no frame came within the
    /// camera's stall time-out.
    fn frame(&self, source: &mut dyn FrameSource) -> Result<Option<Frame>, CaptureError> {
        let mut waited = Duration::ZERO;
        loop {
            if self.stopped() || self.paused() {
                return Ok(None);
            }
            let patience = ROUND.min(self.config.stall - waited);
            match source.next_frame(patience) {
                Err(CaptureError::Stalled(_)) => waited += patience,
                done => return done.map(Some),
            }
            self.come_round();
            if waited >= self.config.stall {
                return Err(CaptureError::Stalled(waited));
            }
        }
    }

    /// A live camera's newest frame wins; an unpaced clip waits, so that none of its frames is dropped.
    fn hand_over(&self, frame: Frame) {
        self.come_round();
        if !self.is_unpaced() {
            // The pipeline is gone only when it panicked, and the process ends with it.
            let _ = self.latest.put(frame);
            return;
        }
        let mut waiting = frame;
        while !self.stopped() {
            match self.latest.put_waiting(waiting, ROUND) {
                Err(NotPut::TimedOut(frame)) => waiting = frame,
                Ok(()) | Err(NotPut::Closed(_)) => return,
            }
            self.come_round();
        }
    }

    fn report(&self, error: CaptureError) {
        let reason = error.loss_reason();
        warn!(
            camera = %self.config.name, error = &error as &dyn std::error::Error,
            "camera stopped; reopening",
        );
        // A frame from before the failure must not pass for the camera's return: on a slow machine one still waits here
        // when the failure is heard of. It also holds a buffer, and with it the old device open.
        if self.config.source.is_camera() {
            self.latest.discard();
        }
        // A pipeline that has not heard of the last failures needs no more of them; without one there is nobody to tell.
        let _ = self.tell.try_send(reason);
    }

    fn pause(&self, mut left: Duration) {
        while !left.is_zero() && !self.stopped() {
            let nap = left.min(ROUND);
            std::thread::sleep(nap);
            left -= nap;
            self.come_round();
        }
    }

    fn come_round(&self) {
        self.counters.lock().capture_alive = self.clock.monotonic();
    }

    fn paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// The thread that runs the flow.
struct Pipeline {
    name: Arc<str>,
    stall: Duration,
    flow: Flow,
    publish: Handle,
    clock: Arc<dyn Clock>,
    counters: SharedCounters,
    latest: Arc<Latest<Frame>>,
    failures: Receiver<LossReason>,
    controls: Receiver<Control>,
    /// Nothing is looked at.
    paused: bool,
    /// Presence as last published.
    told: Option<Presence>,
    /// When the last frame could be read.
    good_at: Monotonic,
    /// The model failed on the last frame.
    failing: bool,
}

impl Pipeline {
    fn run(mut self) {
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
            self.counters.lock().pipeline_alive = now;
            self.watch_capture(now);
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
    fn watch_capture(&mut self, now: Monotonic) {
        let alive = self.counters.lock().capture_alive;
        if now.since(alive) > self.stall + HELD_AFTER {
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
        let (at, taken) = (frame.captured_at, self.clock.monotonic());
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
                self.failing = false;
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
        counters.frames += 1;
        counters.dropped = self.latest.dropped();
        counters.inferences = gate.run;
        counters.suppressed = suppressed;
        counters.inferences_saved = gate.saved;
        counters.latency.add(at, taken, &times, done);
        drop(counters);
        debug!(camera = %self.name, ?at, ?times, "frame");
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
        self.counters.lock().failed += 1;
        if !std::mem::replace(&mut self.failing, true) {
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
