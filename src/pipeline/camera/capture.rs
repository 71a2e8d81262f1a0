//! The thread that captures: opens the camera, and opens it again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tracing::{info, warn};

use super::ROUND;
use crate::backoff::Backoff;
use crate::capture::latest::{Latest, NotPut};
use crate::capture::negotiate::WantedSize;
use crate::capture::{self, CaptureError, FrameSource};
use crate::clock::Clock;
use crate::config::{CameraConfig, SourceConfig};
use crate::pipeline::counters::SharedCounters;
use crate::pipeline::rate::Rate;
use crate::pipeline::stamps::Stamps;
use crate::pipeline::thin::Thinner;
use crate::random;
use crate::types::{Frame, LossReason};

/// First and longest wait before a camera is opened again.
const REOPEN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));

/// What the thread that captures has.
pub(super) struct Capture {
    pub(super) config: CameraConfig,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: SharedCounters,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) paused: Arc<AtomicBool>,
    pub(super) latest: Arc<Latest<Frame>>,
    pub(super) tell: SyncSender<LossReason>,
    pub(super) rate: Rate,
    /// Picture size where the configuration names none.
    pub(super) usual: WantedSize,
}

impl Capture {
    /// Opens the camera again and again until the clip is over or somebody says stop.
    pub(super) fn run(self) {
        let mut backoff = Backoff::new(REOPEN.0, REOPEN.1);
        while !self.stopped() {
            if self.paused() {
                self.pause(ROUND);
                continue;
            }
            let ended = self.run_once(&mut backoff);
            self.counters.lock().warnings.clear();
            match ended {
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
        let mut source = capture::open(&self.config, self.usual, self.clock.clone())?;
        let format = source.format();
        info!(
            camera = %self.config.name, device = %format.name, pixel = %format.pixel,
            size = %format.size, fps = format.fps, "camera opened",
        );
        let mut stamps = Stamps::default();
        self.counters.lock().warnings = source.warnings().to_vec();
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
