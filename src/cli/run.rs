//! `watchpost run`: the daemon, in the foreground; systemd or a terminal looks after it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, anyhow};
use tracing::{error, info};

use super::Failure;
use super::surroundings::{self, CONFIG_PATH};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::metrics;
use crate::pipeline::{Daemon, ReadConfig, StartError};
use crate::publish::StopReport;
use crate::service::signal::{self, Request};
use crate::service::systemd;
use crate::types::Monotonic;

/// How often the daemon looks after itself.
const ROUND: Duration = Duration::from_millis(500);
/// How often `status` is published when nothing changes.
const STATUS_EVERY: Duration = Duration::from_secs(30);
/// How often its threads are looked at where no watchdog asks.
const ALIVE_EVERY: Duration = Duration::from_secs(5);
/// How long an ordered stop may take; below systemd's default of 90 s.
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// Where no watchdog waits, a daemon that stands still for this long ends. A process that was frozen and goes on needs a moment.
const STUCK_FOR: Duration = Duration::from_secs(10);

/// Arguments of `watchpost run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file; `conf.d/*.toml` beside it are read as well.
    #[arg(short, long, default_value = CONFIG_PATH)]
    config: PathBuf,
}

/// Runs until SIGTERM or SIGINT, or until every clip is over.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let config = surroundings::load_config(&args.config)?;
    let path = args.config.clone();
    let read = move || surroundings::load_config(&path).map_err(|error| complaints(&error));
    run_daemon(&config, Some(Box::new(read))).map(drop)
}

/// Runs the daemon with `config` until it is told to stop.
pub fn run_config(config: &Config) -> anyhow::Result<StopReport> {
    run_daemon(config, None)
}

fn run_daemon(config: &Config, read: Option<ReadConfig>) -> anyhow::Result<StopReport> {
    let (tell, requests) = channel();
    signal::listen(tell.clone())
        .context("cannot listen for signals")
        .context(Failure::Unavailable)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut daemon = Daemon::start(config, clock.clone()).map_err(start_failed)?;
    daemon.on_command(move || {
        // Nobody listens any more once the daemon stops.
        let _ = tell.send(Request::Command);
    });
    if let Some(read) = read {
        daemon.read_config_with(read);
    }
    if let Some(metrics) = config.metrics {
        metrics::serve(metrics, daemon.onlooker())
            .context("cannot start the thread that serves metrics")
            .context(Failure::Unavailable)?;
    }
    systemd::ready(&daemon.summary());
    info!(device = %config.device, cameras = config.cameras.len(), "watching");

    let in_order = look_after(&mut daemon, &requests, &*clock);

    systemd::stopping();
    info!("stopping");
    let report = daemon.stop(STOP_DEADLINE);
    info!(
        on_disk = report.on_disk,
        in_memory = report.in_memory,
        said_offline = report.said_offline,
        "stopped",
    );
    if !in_order {
        return Err(anyhow!("a thread is stuck").context(Failure::Software));
    }
    Ok(report)
}

/// Publishes states and feeds the watchdog until somebody says stop or there is nothing left to watch; false when it cannot go
/// on, and no watchdog is there to see it.
fn look_after(daemon: &mut Daemon, requests: &Receiver<Request>, clock: &dyn Clock) -> bool {
    let mut status_due = clock.monotonic() + STATUS_EVERY;
    let watchdog = systemd::watchdog_interval();
    let mut watchdog_due = Monotonic::default();
    let mut stuck_since = None;
    loop {
        match requests.recv_timeout(ROUND) {
            Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return true,
            Ok(Request::Reload) => reload(daemon),
            Ok(Request::Command) | Err(RecvTimeoutError::Timeout) => {}
        }
        daemon.obey();
        let now = clock.monotonic();
        let governed = daemon.govern();
        let changed = daemon.tell_cameras() || governed;
        if changed || now >= status_due {
            daemon.tell_status();
            systemd::status(&daemon.summary());
            status_due = now + STATUS_EVERY;
        }
        if now >= watchdog_due {
            if daemon.is_alive() {
                systemd::feed_watchdog();
                watchdog_due = now + watchdog.unwrap_or(ALIVE_EVERY);
                stuck_since = None;
            } else if watchdog.is_none() && now.since(*stuck_since.get_or_insert(now)) > STUCK_FOR {
                error!("ending, so that whoever started us can start us again");
                return false;
            }
        }
        if daemon.is_over() {
            return true;
        }
    }
}

/// Reads the configuration again, as SIGHUP asks; the service manager waits for the end of it, whatever came of it.
fn reload(daemon: &mut Daemon) {
    systemd::reloading();
    let status = match daemon.reload() {
        Ok(_) => daemon.summary(),
        Err(_) => "the changed configuration is refused; see the log".to_owned(),
    };
    systemd::ready(&status);
}

/// What is wrong with a configuration, without the class of the failure.
fn complaints(error: &anyhow::Error) -> String {
    let causes = error
        .chain()
        .filter(|cause| cause.downcast_ref::<Failure>().is_none());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn start_failed(error: StartError) -> anyhow::Error {
    let failure = match &error {
        StartError::Detect(_) => Failure::Data,
        StartError::Publish(_) | StartError::Kept(_) | StartError::Thread(_) => {
            Failure::Unavailable
        }
    };
    anyhow::Error::from(error).context(failure)
}
