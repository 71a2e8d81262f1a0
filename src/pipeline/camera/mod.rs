//! One camera's two threads: one that [captures](capture), with a reopening loop around it, and one that runs the [flow].

mod capture;
mod flow;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use self::capture::Capture;
use self::flow::Pipeline;
use crate::capture::latest::Latest;
use crate::capture::negotiate::WantedSize;
use crate::clock::Clock;
use crate::config::CameraConfig;
use crate::decide::LineTotals;
use crate::pipeline::Flow;
use crate::pipeline::counters::SharedCounters;
use crate::pipeline::rate::Rate;
use crate::publish::Handle;
use crate::types::Score;

/// Longest wait between two looks at the stop flag.
const ROUND: Duration = Duration::from_millis(250);
/// Failures that wait to be heard of. What comes when there are so many is not told: the camera is lost already.
const FAILURES_MAX: usize = 4;

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
        let usual = WantedSize::Filling(flow.input());
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
            usual,
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
