//! Configuration in three steps, each with its own type: text → [`ConfigFile`] → [`Config`].
//!
//! `file` holds what a user may write, `load` gathers it from files and the environment, `validate` turns it into the typed,
//! cross-checked [`Config`], which is the only one the rest of the program sees. Every complaint names its key, what was
//! found and what would be accepted, and all come at once.

mod change;
mod complaint;
mod control;
mod file;
mod load;
mod place;
mod provider_option;
pub mod slug;
mod source;
mod store;
mod table;
mod validate;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::types::{CommandName, PixelFormat, Polygon, Score, Segment, Size};

pub use change::{Change, change};
pub use complaint::{Complaint, Complaints};
pub use control::{ControlSetting, ControlValue};
pub use file::ConfigFile;
pub use load::load;
pub use provider_option::ProviderOption;
pub use source::{CameraName, SourceConfig};
pub use store::{NoModel, find_manifest};
pub(crate) use table::nearest;
pub use validate::{Surroundings, validate};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not TOML.
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser did not like.
        message: String,
    },
    /// The layers do not fit together.
    #[error("cannot merge the configuration: {0}")]
    Merge(String),
    /// The content is wrong; holds every complaint.
    #[error("these keys are wrong:\n{0}")]
    Invalid(Complaints),
}

/// Everything a running daemon needs to know; built by `validate` alone.
#[derive(Clone, Debug)]
pub struct Config {
    /// The device's name: a slug, the topic level below the prefix.
    pub device: Arc<str>,
    /// The broker and how to reach it.
    pub mqtt: MqttConfig,
    /// Where events wait.
    pub outbox: OutboxConfig,
    /// Which model, on which backend.
    pub detector: DetectorConfig,
    /// How the machine is kept cool.
    pub governor: GovernorConfig,
    /// Where metrics are served; nowhere when `None`.
    pub metrics: Option<MetricsConfig>,
    /// One entry a camera; names are unique.
    pub cameras: Vec<CameraConfig>,
}

/// The broker and how to reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct MqttConfig {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// `Some` for `ws://` and `wss://`: the path of the WebSocket, from its `/` on.
    pub web_path: Option<String>,
    /// `Some` for `mqtts://` and `wss://`; verification is then always on.
    pub tls: Option<TlsConfig>,
    /// Which version of MQTT to speak.
    pub version: VersionWish,
    /// User name and password.
    pub login: Option<Login>,
    /// First topic level(s).
    pub prefix: String,
    /// Client id at the broker.
    pub client_id: String,
    /// Interval of keep-alive pings.
    pub keep_alive: Duration,
    /// How long the broker keeps an event for a subscriber that is away; for ever when `None`.
    pub event_expiry: Option<Duration>,
    /// Home Assistant's discovery prefix; `None` when it shall not be told of us.
    pub home_assistant: Option<String>,
    /// What may be asked of us over MQTT.
    pub commands: Vec<CommandName>,
    /// Whether the same is also told as Frigate does.
    pub frigate_compat: bool,
}

/// Which version of MQTT to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionWish {
    /// 5, or 3.1.1 if the broker knows nothing newer.
    #[default]
    Auto,
    /// 5
    V5,
    /// 3.1.1
    V311,
}

/// Certificates for `mqtts://` and `wss://`.
#[derive(Clone, Debug, PartialEq)]
pub struct TlsConfig {
    /// PEM file of accepted authorities; the system's when `None`.
    pub ca_file: Option<PathBuf>,
    /// PEM files of the client's certificate and key, for mutual TLS.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// User name and password; the password is read from its file and never printed.
#[derive(Clone, PartialEq)]
pub struct Login {
    /// User name.
    pub username: String,
    /// Password, without the file's trailing line break.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Where events wait until the broker has them.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxConfig {
    /// Folder of the store.
    pub path: PathBuf,
    /// Budget in bytes; when it is full the oldest `updated` events go first.
    pub bytes_max: u64,
    /// How long an `updated` event may wait to be written together with others.
    pub group_commit: Duration,
}

/// Which model, on which backend.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorConfig {
    /// Path of the model's `manifest.toml`.
    pub manifest: PathBuf,
    /// Which engine.
    pub backend: BackendChoice,
    /// ONNX Runtime's library; searched for when `None`.
    pub library: Option<PathBuf>,
    /// Execution providers, tried in order.
    pub providers: Vec<String>,
    /// What they are told beside the model.
    pub options: Vec<ProviderOption>,
    /// Intra-op threads of one inference.
    pub threads: usize,
    /// Detections below are not people.
    pub threshold: Score,
}

/// Which engine runs the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendChoice {
    /// ONNX Runtime when a usable library is found, else the embedded engine.
    Auto,
    /// ONNX Runtime or an error.
    OnnxRuntime,
    /// The engine that is compiled in.
    Embedded,
}

/// The model where nothing is configured.
pub const USUAL_MODEL: &str = "person";
/// Picture size that is wanted of a camera where neither the configuration nor a model says what is.
pub const USUAL_SIZE: Size = Size::new(1280, 720);
/// Rate that is wanted of a camera where nothing is configured.
pub const USUAL_FPS: u32 = 15;
/// A camera that delivers no frame for this long is lost, where nothing is configured.
pub const USUAL_STALL: Duration = Duration::from_secs(5);

/// How the machine is kept from throttling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GovernorConfig {
    /// Whether the frame rate is lowered when the machine gets hot or has too much to do.
    pub enabled: bool,
    /// The processor is kept below so many degrees; from the kernel's trip point when `None`.
    pub max_celsius: Option<f64>,
    /// A camera keeps at least so many frames a second.
    pub min_fps: u32,
}

/// What holds where nothing is configured.
impl Default for GovernorConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_celsius: None,
            min_fps: 2,
        }
    }
}

/// Where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// On loopback, unless the configuration says plainly that other machines may read them.
    pub listen: SocketAddr,
}

/// One camera.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraConfig {
    /// Slug; topic level.
    pub name: Arc<str>,
    /// Where frames come from.
    pub source: SourceConfig,
    /// Wanted picture size, of which the smallest that covers it is used; `None` leaves it to the model's input.
    pub size: Option<Size>,
    /// Wanted frames a second; what comes beyond is left out.
    pub fps: u32,
    /// What else is set on a V4L2 node.
    pub node: NodeConfig,
    /// A camera that delivers no frame for this long is lost.
    pub stall: Duration,
    /// Areas that nobody may see.
    pub masks: Vec<Polygon>,
    /// When inference runs.
    pub motion: MotionConfig,
    /// When a person counts as there or gone.
    pub track: TrackConfig,
    /// Who is taken for a thing, an insect or a shadow.
    pub doubt: DoubtConfig,
    /// Named areas.
    pub zones: Vec<ZoneConfig>,
    /// Named lines.
    pub lines: Vec<LineConfig>,
}

impl CameraConfig {
    /// A camera for which nothing else is configured.
    pub fn new(name: impl Into<Arc<str>>, source: SourceConfig) -> Self {
        Self {
            name: name.into(),
            source,
            size: None,
            fps: USUAL_FPS,
            node: NodeConfig::default(),
            stall: USUAL_STALL,
            masks: Vec::new(),
            motion: MotionConfig::default(),
            track: TrackConfig::default(),
            doubt: DoubtConfig::default(),
            zones: Vec::new(),
            lines: Vec::new(),
        }
    }
}

/// What is set on a V4L2 node beside size and rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeConfig {
    /// Pixel format; `None` leaves the choice to the negotiation.
    pub format: Option<PixelFormat>,
    /// What its controls are set to at every opening.
    pub controls: Vec<ControlSetting>,
}

/// When inference runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotionConfig {
    /// Whether the gate is used; without it every frame is inferred.
    pub enabled: bool,
    /// Share of the picture's cells, 0–1, that must have changed.
    pub area_min: f32,
    /// An inference at least this often, however still the picture.
    pub heartbeat: Duration,
}

/// What holds where nothing is configured.
impl Default for MotionConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            area_min: 0.0005,
            heartbeat: Duration::from_secs(5),
        }
    }
}

/// When a person counts as there or gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackConfig {
    /// Detections before a person has entered; one less where they come in through the frame's edge.
    pub confirm_hits: u32,
    /// A person not seen for this long has left; at the frame's edge, on the way out, sooner.
    pub leave_after: Duration,
    /// Interval of `updated` events.
    pub update_every: Duration,
}

/// What holds where nothing is configured.
impl Default for TrackConfig {
    fn default() -> Self {
        Self {
            confirm_hits: 3,
            // Somebody who walks behind a piece of furniture is hidden for two or three seconds.
            leave_after: Duration::from_millis(3500),
            update_every: Duration::from_secs(5),
        }
    }
}

/// Who is taken for a thing, an insect or a shadow, and not told of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DoubtConfig {
    /// Whether anybody is doubted whom the tracker believes in.
    pub enabled: bool,
    /// Whoever has moved less since the first sight may be a thing; in heights of their own.
    pub moved_min: f32,
    /// What has not moved for so long is background: it keeps no inference going.
    pub background_after: Duration,
    /// Whoever is smaller is nobody, as a share of the frame's height.
    pub height_min: f32,
    /// Least smoothed score in a picture of the night.
    pub night_score_min: Score,
}

impl DoubtConfig {
    /// Whoever is tracked is a person.
    pub const OFF: Self = Self {
        enabled: false,
        moved_min: 0.0,
        background_after: Duration::ZERO,
        height_min: 0.0,
        night_score_min: Score::NONE,
    };
}

/// What holds where nothing is configured.
impl Default for DoubtConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            moved_min: 0.08,
            background_after: Duration::from_secs(60),
            height_min: 0.03,
            night_score_min: Score::new(0.55).expect("within 0–1"),
        }
    }
}

/// A named area.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneConfig {
    /// Slug; topic level.
    pub name: Arc<str>,
    /// The area.
    pub polygon: Polygon,
    /// What of a person must be in it.
    pub anchor: Anchor,
    /// Who comes in must be at least so high, as a share of the frame's height.
    pub height_min: f32,
    /// Who comes in must have at least this score, smoothed.
    pub score_min: Score,
    /// Who comes in counts after this long.
    pub stay_min: Duration,
    /// `dwelled` is sent after this long inside.
    pub dwell: Option<Duration>,
}

impl ZoneConfig {
    /// An area that asks nothing but a person's feet, and tells of no dwelling.
    pub const fn new(name: Arc<str>, polygon: Polygon) -> Self {
        Self {
            name,
            polygon,
            anchor: Anchor::Foot,
            height_min: 0.0,
            score_min: Score::NONE,
            stay_min: Duration::ZERO,
            dwell: None,
        }
    }
}

/// What of a person must be in a zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    /// The middle of the box's lower edge.
    Foot,
    /// The middle of the box.
    Centre,
    /// At least this share of the box.
    Overlap(f32),
}

/// A named line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineConfig {
    /// Slug; topic level.
    pub name: Arc<str>,
    /// The line; `in` is from its left to its right.
    pub segment: Segment,
}
