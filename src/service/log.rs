//! Where logs go: to the journal with their fields under systemd, else to standard error for people.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Environment variable that overrides the filter, in `tracing`'s own syntax.
const FILTER_VARIABLE: &str = "WATCHPOST_LOG";
/// ONNX Runtime reports every optimiser step at INFO.
const DEFAULT_FILTER: &str = "info,ort=warn";

/// Starts logging; later calls change nothing.
pub fn init() {
    let filter = std::env::var(FILTER_VARIABLE)
        .ok()
        .and_then(|text| EnvFilter::try_new(text).ok())
        .unwrap_or_else(|| EnvFilter::new(DEFAULT_FILTER));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match journal() {
        Some(journal) => registry.with(journal).try_init(),
        None => {
            let stderr = std::io::stderr;
            let colours = stderr().is_terminal();
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(stderr)
                .with_ansi(colours);
            registry.with(layer.with_target(false)).try_init()
        }
    };
    // A second call in one process (tests) finds a subscriber already there, which is as good.
    drop(started);
}

/// The journal, when standard error is connected to it (systemd says so in `JOURNAL_STREAM`).
fn journal() -> Option<tracing_journald::Layer> {
    std::env::var_os("JOURNAL_STREAM")?;
    Some(
        tracing_journald::layer()
            .ok()?
            .with_syslog_identifier("watchpost".into()),
    )
}
