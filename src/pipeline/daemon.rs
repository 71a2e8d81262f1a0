//! All cameras, one model and one publisher: started in order, watched, and stopped in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tracing::{error, info, warn};

use crate::clock::Clock;
use crate::config::{Config, GovernorConfig};
use crate::detect::{DetectError, Detector, ModelInfo};
use crate::json_file::JsonFileError;
use crate::pipeline::alive::{self, Rounds};
use crate::pipeline::camera::{Camera, Control, Start};
use crate::pipeline::control::Controls;
use crate::pipeline::counters::Counters;
use crate::pipeline::health::Condition;
use crate::pipeline::machine::{Machine, Work};
use crate::pipeline::onlooker::Onlooker;
use crate::pipeline::rate::Rate;
use crate::pipeline::reload::{ReadConfig, Reload, Steps};
use crate::pipeline::standing::Standing;
use crate::pipeline::{Flow, SharedDetector, Turnstile};
use crate::publish::command::{Command, Order, Told};
use crate::publish::payload::{
    CameraReport, CameraStatus, LatencyReport, ModelRef, OutboxReport, Rfc3339, StatePayload,
    Status,
};
use crate::publish::{
    Handle, Identity, PublishError, PublishStats, Publisher, StateTopic, StopReport,
};
use crate::telemetry::Board;
use crate::types::Monotonic;

/// Why the daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The model cannot be used.
    #[error("cannot load the model")]
    Detect(#[from] DetectError),
    /// Publishing cannot start.
    #[error("cannot start publishing")]
    Publish(#[from] PublishError),
    /// What earlier commands have changed cannot be read.
    #[error("cannot tell which cameras are paused")]
    Kept(#[from] JsonFileError),
    /// A thread cannot be started.
    #[error("cannot start a camera's threads")]
    Thread(#[source] std::io::Error),
}

/// The running daemon.
pub struct Daemon {
    clock: Arc<dyn Clock>,
    started: Monotonic,
    model: ModelInfo,
    publisher: Publisher,
    handle: Handle,
    cameras: Vec<Camera>,
    /// `None` when nobody is to govern.
    machine: Option<Machine>,
    rate: Rate,
    controls: Controls,
    /// Where a changed configuration comes from; `None` when there is no file to read again.
    read_config: Option<ReadConfig>,
    /// Changed keys that wait for a restart.
    waiting: Vec<String>,
    /// Camera states as last published.
    told: BTreeMap<Arc<str>, Standing>,
}

impl Daemon {
    /// Loads the model, opens the outbox, and starts every camera's threads. A camera or a broker that is not there is no
    /// error: both are tried again for ever.
    pub fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let detector = Detector::open(&config.detector)?;
        let model = detector.info().clone();
        info!(
            model = %model.name, version = %model.version, backend = model.backend,
            engine = %model.engine, providers = ?model.providers, nodes = model.placement(), "model loaded",
        );
        for warning in model.warnings() {
            warn!(warning, "the model runs, but not as it was asked for");
        }
        let identity = Identity {
            device: config.device.clone(),
            version: env!("CARGO_PKG_VERSION"),
            model: model_ref(&model),
        };
        let mut controls = Controls::open(config)?;
        let mut publisher = Publisher::start(config, identity, clock.clone())?;
        if let Some(orders) = publisher.take_orders() {
            controls.listen(orders);
        }
        let handle = publisher.handle();
        let detector: SharedDetector = Arc::new(Turnstile::new(detector));
        let rate = Rate::new(config.governor.min_fps);
        let mut daemon = Self {
            started: clock.monotonic(),
            clock,
            model,
            publisher,
            handle,
            cameras: Vec::new(),
            machine: machine(&config.governor, &rate),
            rate: rate.clone(),
            controls,
            read_config: None,
            waiting: Vec::new(),
            told: BTreeMap::new(),
        };
        for camera in &config.cameras {
            let clock = daemon.clock.clone();
            let threshold = daemon.controls.threshold(&camera.name);
            let mut flow = Flow::new(camera, detector.clone(), threshold, clock.clone());
            flow.set_totals(&daemon.controls.totals(camera));
            let paused = daemon.controls.is_paused(&camera.name);
            let publish = daemon.handle.clone();
            let start = Start {
                rate: daemon.rate.clone(),
                paused,
            };
            let camera = Camera::start(camera.clone(), flow, publish, clock, start);
            daemon.cameras.push(camera.map_err(StartError::Thread)?);
        }
        daemon.tell_cameras();
        daemon.tell_status();
        Ok(daemon)
    }

    /// Publishes the state of every camera whose state changed; gives whether one did.
    pub fn tell_cameras(&mut self) -> bool {
        let mut changed = false;
        for camera in &self.cameras {
            let counters = camera.counters.snapshot();
            if matches!(counters.health.condition(), Condition::Opening { .. }) {
                // Nothing is known yet; what was retained before the restart stands for a moment longer.
                continue;
            }
            let standing = Standing::of(&counters);
            if self.told.get(&camera.name) == Some(&standing) {
                continue;
            }
            let status = self.camera_status(&standing);
            let topic = StateTopic::CameraStatus {
                camera: camera.name.clone(),
            };
            self.handle.state(topic, StatePayload::from(&status));
            self.told.insert(camera.name.clone(), standing);
            changed = true;
        }
        changed
    }

    /// Looks whether the machine gets too hot or has too much to do, and lowers the frame rate; gives whether that has begun
    /// or ended.
    pub fn govern(&mut self) -> bool {
        let now = self.clock.monotonic();
        let work = self.cameras.iter().fold(Work::default(), |sum, camera| {
            let counters = camera.counters.snapshot();
            Work {
                frames: sum.frames + counters.frames,
                overwritten: sum.overwritten + counters.dropped,
            }
        });
        let machine = self.machine.as_mut();
        machine.is_some_and(|machine| machine.look(work, now))
    }

    /// Calls `ring` whenever a command has come in over MQTT.
    pub fn on_command(&self, ring: impl Fn() + Send + 'static) {
        self.controls.on_order(ring);
    }

    /// Carries out the commands that have come in, and keeps what a restart must not forget.
    pub fn obey(&mut self) {
        while let Some(order) = self.controls.next() {
            info!(
                command = order.name.name(),
                id = order.id,
                "carrying out a command"
            );
            let told = self.carry_out(&order);
            self.controls.answer(&order, told);
        }
        let now = self.clock.monotonic();
        self.controls.keep_totals(&self.cameras, now, false);
    }

    /// From now on a reload reads the configuration with `read`.
    pub fn read_config_with(&mut self, read: ReadConfig) {
        self.read_config = Some(read);
    }

    /// Reads the configuration again and takes over what can change between two frames. The log says what became of it.
    ///
    /// # Errors
    ///
    /// Every complaint about a configuration that is refused; everything then goes on as before.
    pub fn reload(&mut self) -> Result<Reload, String> {
        let read = self.read_config.as_ref();
        let read = read.ok_or("there is no configuration file to read again")?;
        let wanted = read().inspect_err(|complaints| {
            error!(
                error = complaints,
                "the changed configuration is refused; everything goes on as before"
            );
        })?;
        let now = self.clock.monotonic();
        self.controls.keep_totals(&self.cameras, now, false);
        let steps = Steps::new(self.controls.config(), &wanted);
        let reload = steps.reload.clone();
        self.waiting.clone_from(&reload.restart);
        self.take_over(steps);
        info!(applied = ?reload.applied, "the configuration was read again");
        if !reload.restart.is_empty() {
            warn!(keys = ?reload.restart, "some changes wait for a restart of the service");
        }
        Ok(reload)
    }

    fn take_over(&mut self, steps: Steps) {
        if steps.places {
            // Before anything is published about them.
            self.handle.set_places(&steps.config);
        }
        if steps.governor {
            let governor = &steps.config.governor;
            self.rate.set_min_fps(governor.min_fps);
            self.rate.set(1.0);
            self.machine = machine(governor, &self.rate);
        }
        self.controls.set_config(steps.config);
        for config in steps.cameras {
            let totals = self.controls.totals(&config);
            let camera = self
                .cameras
                .iter()
                .find(|camera| camera.name == config.name);
            if let Some(camera) = camera {
                camera.control(Control::Rules(Box::new(config), totals));
            }
        }
        if steps.threshold {
            for camera in &self.cameras {
                let threshold = self.controls.threshold(&camera.name);
                camera.control(Control::Threshold(threshold));
            }
        }
    }

    fn carry_out(&mut self, order: &Order) -> Result<Told, String> {
        match &order.command {
            Command::Reload => self.reload().map(|reload| Told::Reload(reload.json())),
            Command::Stats => Ok(Told::Stats(json!(self.status()))),
            command => {
                let done = self.controls.carry_out(command, &self.cameras);
                done.map(|()| Told::Done)
            }
        }
    }

    /// Publishes the state of the whole daemon.
    pub fn tell_status(&self) {
        self.handle
            .state(StateTopic::Status, StatePayload::from(&self.status()));
    }

    /// One line for people: how many cameras deliver, how the broker is, and what waits for a restart.
    pub fn summary(&self) -> String {
        let online = |camera: &&Camera| {
            let counters = camera.counters.snapshot();
            matches!(counters.health.condition(), Condition::Online { .. })
        };
        let broker = if self.handle.stats().connected() {
            "connected"
        } else {
            "away"
        };
        let (online, all) = (
            self.cameras.iter().filter(online).count(),
            self.cameras.len(),
        );
        let waiting = match self.waiting.is_empty() {
            true => String::new(),
            false => format!("; restart to apply {}", self.waiting.join(", ")),
        };
        format!("{online} of {all} cameras online, broker {broker}{waiting}")
    }

    /// Whether every camera was a clip and is over.
    pub fn is_over(&self) -> bool {
        self.cameras.iter().all(Camera::is_over)
    }

    /// Whether the threads still come round; a daemon whose threads do not is better killed and started again.
    pub fn is_alive(&self) -> bool {
        let now = self.clock.monotonic();
        let running = self.cameras.iter().filter(|camera| !camera.is_over());
        let rounds = running.map(|camera| {
            let counters = camera.counters.lock();
            Rounds {
                camera: &camera.name,
                capture: counters.capture_alive,
                flow: counters.pipeline_alive,
            }
        });
        if let Some(camera) = alive::stuck(&rounds.collect::<Vec<_>>(), now) {
            tracing::error!(camera, "a thread is stuck; the watchdog starves");
            return false;
        }
        if let Some(thread) = self.handle.stats().pulse.stuck(now) {
            tracing::error!(thread, "publishing is stuck; the watchdog starves");
            return false;
        }
        true
    }

    /// How publishing is.
    pub fn publish_stats(&self) -> PublishStats {
        self.handle.stats()
    }

    /// For somebody who only looks, from a thread of their own.
    pub fn onlooker(&self) -> Onlooker {
        let camera = |camera: &Camera| (camera.name.clone(), camera.counters.clone());
        Onlooker {
            clock: self.clock.clone(),
            started: self.started,
            model: self.model.clone(),
            cameras: self.cameras.iter().map(camera).collect(),
            rate: self.rate.clone(),
            publish: self.handle.clone(),
        }
    }

    /// Stops capture, then the flows, then publishing; each open visit ends, and every event is on disk or delivered.
    pub fn stop(mut self, deadline: Duration) -> StopReport {
        let by = self.clock.monotonic() + deadline;
        for camera in &self.cameras {
            camera.ask_to_stop();
        }
        let half = deadline / 2;
        while !self.is_over() && self.left(by) > half {
            std::thread::sleep(Duration::from_millis(10));
        }
        let now = self.clock.monotonic();
        self.controls.keep_totals(&self.cameras, now, true);
        self.tell_cameras();
        self.tell_status();
        let left = self.left(by).max(half);
        self.publisher.stop(left)
    }

    fn left(&self, by: Monotonic) -> Duration {
        by.since(self.clock.monotonic())
    }

    fn status(&self) -> Status {
        let stats = self.handle.stats();
        let report = |camera: &Camera| {
            let counters = camera.counters.snapshot();
            (camera.name.to_string(), self.camera_report(&counters))
        };
        Status {
            version: env!("CARGO_PKG_VERSION"),
            boot: self.handle.boot(),
            started_at: self.wall(self.started),
            model: model_ref(&self.model),
            backend: format!("{} ({})", self.model.backend, self.model.engine),
            provider: self.model.providers.join(", "),
            providers: self.model.placements.clone(),
            warnings: self.warnings(),
            cameras: self.cameras.iter().map(report).collect(),
            governor: self.machine.as_ref().map(Machine::report),
            outbox: OutboxReport::from(&stats),
            drops: stats.dropped,
        }
    }

    /// What runs the model less well than was asked for, and where it fails.
    fn warnings(&self) -> Vec<String> {
        let failing = |camera: &&Camera| camera.counters.lock().failing;
        let failing = self.cameras.iter().filter(failing);
        let failing = failing.map(|camera| {
            format!(
                "the model fails on frames of camera {}; the log says why",
                camera.name
            )
        });
        self.model.warnings().into_iter().chain(failing).collect()
    }

    fn camera_report(&self, counters: &Counters) -> CameraReport {
        let CameraStatus {
            state,
            reason,
            since,
        } = self.camera_status(&Standing::of(counters));
        CameraReport {
            state,
            reason,
            since,
            warnings: counters.warnings.clone(),
            frames: counters.frames,
            dropped: counters.dropped,
            skipped: counters.skipped,
            broken: counters.broken,
            flagged: counters.lost.flagged,
            short: counters.lost.short,
            missing: counters.lost.missing,
            stamp_jumps: counters.stamp_jumps,
            failed: counters.failed,
            inferences: counters.inferences,
            inferences_saved: counters.inferences_saved,
            people: counters.people,
            suppressed: counters.suppressed.clone(),
            latency_ms: counters
                .latency
                .recent(self.clock.monotonic())
                .into_iter()
                .map(|(stage, times)| (stage.name(), LatencyReport::new(times.p50, times.p99)))
                .collect(),
        }
    }

    fn camera_status(&self, standing: &Standing) -> CameraStatus {
        CameraStatus {
            state: standing.state,
            reason: standing.reason.clone(),
            since: self.wall(standing.since),
        }
    }

    fn wall(&self, at: Monotonic) -> Rfc3339 {
        Rfc3339(self.clock.wall_at(at))
    }
}

fn machine(governor: &GovernorConfig, rate: &Rate) -> Option<Machine> {
    let governed = governor.enabled;
    governed.then(|| Machine::new(governor, Board::here(), rate.clone()))
}

fn model_ref(model: &ModelInfo) -> ModelRef {
    ModelRef {
        name: model.name.clone(),
        version: model.version.clone(),
        sha256: model.sha256.clone(),
    }
}
