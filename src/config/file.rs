//! What a user may write: every key of `watchpost.toml`, still unchecked. `None` means that the key is absent.

use config::ValueKind;

use super::control::{ControlSetting, ControlValue};
use super::provider_option::ProviderOption;
use super::table::Table;

/// The whole file.
#[derive(Debug, Default)]
pub struct ConfigFile {
    /// `[device]`
    pub device: DeviceFile,
    /// `[mqtt]`
    pub mqtt: MqttFile,
    /// `[outbox]`
    pub outbox: OutboxFile,
    /// `[detector]`
    pub detector: DetectorFile,
    /// `[governor]`
    pub governor: GovernorFile,
    /// `[metrics]`
    pub metrics: MetricsFile,
    /// `[[camera]]`
    pub cameras: Vec<CameraFile>,
}

/// `[device]`
#[derive(Debug, Default)]
pub struct DeviceFile {
    /// Topic level of this device. Default: the host name.
    pub name: Option<String>,
}

/// `[mqtt]`
#[derive(Debug, Default)]
pub struct MqttFile {
    /// `mqtt://host[:1883]`, `mqtts://host[:8883]`, `ws://host[:80][/mqtt]` or `wss://host[:443][/mqtt]`. Required.
    pub url: Option<String>,
    /// `auto`, `5` or `3.1.1`.
    pub version: Option<String>,
    /// User name at the broker.
    pub username: Option<String>,
    /// File that holds the password.
    pub password_file: Option<String>,
    /// PEM file of accepted certificate authorities.
    pub ca_file: Option<String>,
    /// PEM file of the client's certificate.
    pub client_cert_file: Option<String>,
    /// PEM file of the client's key.
    pub client_key_file: Option<String>,
    /// First topic level(s).
    pub prefix: Option<String>,
    /// Client id at the broker.
    pub client_id: Option<String>,
    /// Seconds between keep-alive pings.
    pub keep_alive_s: Option<u64>,
    /// Seconds that the broker keeps an event for a subscriber that is away; 0: for ever.
    pub event_expiry_s: Option<u64>,
    /// Whether Home Assistant finds the device by itself.
    pub home_assistant: Option<bool>,
    /// Home Assistant's discovery prefix.
    pub home_assistant_prefix: Option<String>,
    /// Commands that may be given.
    pub commands: Option<Vec<String>>,
    /// Whether the same is also told as Frigate does.
    pub frigate_compat: Option<bool>,
}

/// `[outbox]`
#[derive(Debug, Default)]
pub struct OutboxFile {
    /// Folder of the store.
    pub path: Option<String>,
    /// Budget in megabytes.
    pub max_mb: Option<u64>,
    /// Longest wait of an `updated` event for company, in milliseconds.
    pub group_commit_ms: Option<u64>,
}

/// `[detector]`
#[derive(Debug, Default)]
pub struct DetectorFile {
    /// Name in the model store, or path of a manifest.
    pub model: Option<String>,
    /// `auto`, `onnxruntime` or `embedded`.
    pub backend: Option<String>,
    /// Path of ONNX Runtime's library.
    pub library: Option<String>,
    /// Execution providers in order.
    pub providers: Option<Vec<String>>,
    /// `[detector.options.PROVIDER]`
    pub options: Vec<ProviderOption>,
    /// Threads of one inference.
    pub threads: Option<u64>,
    /// Score from which a detection is a person.
    pub threshold: Option<f64>,
}

/// `[governor]`
#[derive(Debug, Default)]
pub struct GovernorFile {
    /// Whether the frame rate is lowered when the machine gets hot or has too much to do.
    pub enabled: Option<bool>,
    /// The processor is kept below so many degrees Celsius.
    pub max_temperature_c: Option<f64>,
    /// A camera keeps at least so many frames a second.
    pub min_fps: Option<u64>,
}

/// `[metrics]`
#[derive(Debug, Default)]
pub struct MetricsFile {
    /// Address and port. Default: nothing is served.
    pub listen: Option<String>,
    /// Whether other machines may read them.
    pub allow_remote: Option<bool>,
}

/// `[[camera]]`
#[derive(Debug, Default)]
pub struct CameraFile {
    /// Topic level of this camera. Required.
    pub name: Option<String>,
    /// V4L2 node, `usb:…`, `card:NAME` or `clip:PATH`. Required.
    pub source: Option<String>,
    /// Wanted width in pixels.
    pub width: Option<u64>,
    /// Wanted height in pixels.
    pub height: Option<u64>,
    /// Wanted frames a second.
    pub fps: Option<u64>,
    /// Pixel format, or `auto`.
    pub format: Option<String>,
    /// A camera without a frame for this long is lost.
    pub stall_ms: Option<u64>,
    /// Clips only: begin again at the end.
    pub repeat: Option<bool>,
    /// Clips only: every frame, as fast as the machine can.
    pub unpaced: Option<bool>,
    /// Polygons that nobody may see.
    pub masks: Option<Vec<Vec<[f64; 2]>>>,
    /// Detections before a person has entered.
    pub confirm_hits: Option<u64>,
    /// A person not seen for this long has left.
    pub leave_after_ms: Option<u64>,
    /// Interval of `updated` events.
    pub update_every_ms: Option<u64>,
    /// `[camera.controls]`
    pub controls: Vec<ControlSetting>,
    /// `[camera.motion]`
    pub motion: MotionFile,
    /// `[camera.doubt]`
    pub doubt: DoubtFile,
    /// `[[camera.zone]]`
    pub zones: Vec<ZoneFile>,
    /// `[[camera.line]]`
    pub lines: Vec<LineFile>,
}

/// `[camera.motion]`
#[derive(Debug, Default)]
pub struct MotionFile {
    /// Whether inference waits for motion.
    pub enabled: Option<bool>,
    /// Share of the picture that must change, 0–1.
    pub area_min: Option<f64>,
    /// An inference at least this often.
    pub heartbeat_ms: Option<u64>,
}

/// `[camera.doubt]`
#[derive(Debug, Default)]
pub struct DoubtFile {
    /// Whether anybody is doubted whom the tracker believes in.
    pub enabled: Option<bool>,
    /// Whoever has moved less may be a thing; in heights of their own.
    pub min_moved: Option<f64>,
    /// What has not moved for so long is background.
    pub background_after_ms: Option<u64>,
    /// Whoever is smaller is nobody, as a share of the frame's height.
    pub min_height: Option<f64>,
    /// Least score in a picture of the night.
    pub night_min_score: Option<f64>,
}

/// `[[camera.zone]]`
#[derive(Debug, Default)]
pub struct ZoneFile {
    /// Topic level of this zone. Required.
    pub name: Option<String>,
    /// Three or more corners. Required.
    pub points: Option<Vec<[f64; 2]>>,
    /// `foot`, `centre` or `overlap`.
    pub anchor: Option<String>,
    /// With `overlap`: share of the person that must be inside.
    pub overlap_min: Option<f64>,
    /// Least height of who comes in, as a share of the frame's.
    pub min_height: Option<f64>,
    /// Least score of who comes in.
    pub min_score: Option<f64>,
    /// Who comes in counts after this long.
    pub min_ms: Option<u64>,
    /// `dwelled` after this long inside.
    pub dwell_ms: Option<u64>,
}

/// `[[camera.line]]`
#[derive(Debug, Default)]
pub struct LineFile {
    /// Topic level of this line. Required.
    pub name: Option<String>,
    /// Where it begins. Required.
    pub from: Option<[f64; 2]>,
    /// Where it ends. Required.
    pub to: Option<[f64; 2]>,
}

impl ConfigFile {
    /// Reads every known key; what is left over or of the wrong type becomes a complaint.
    pub fn read(mut table: Table<'_>) -> Self {
        let file = Self {
            device: table.section("device", DeviceFile::read),
            mqtt: table.section("mqtt", MqttFile::read),
            outbox: table.section("outbox", OutboxFile::read),
            detector: table.section("detector", DetectorFile::read),
            governor: table.section("governor", GovernorFile::read),
            metrics: table.section("metrics", MetricsFile::read),
            cameras: table.list("camera", CameraFile::read),
        };
        table.refuse_rest();
        file
    }
}

impl DeviceFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            name: table.take("name"),
        }
    }
}

impl MqttFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            url: table.take("url"),
            version: table.take("version"),
            username: table.take("username"),
            password_file: table.take("password_file"),
            ca_file: table.take("ca_file"),
            client_cert_file: table.take("client_cert_file"),
            client_key_file: table.take("client_key_file"),
            prefix: table.take("prefix"),
            client_id: table.take("client_id"),
            keep_alive_s: table.take("keep_alive_s"),
            event_expiry_s: table.take("event_expiry_s"),
            home_assistant: table.take("home_assistant"),
            home_assistant_prefix: table.take("home_assistant_prefix"),
            commands: table.take("commands"),
            frigate_compat: table.take("frigate_compat"),
        }
    }
}

impl OutboxFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            path: table.take("path"),
            max_mb: table.take("max_mb"),
            group_commit_ms: table.take("group_commit_ms"),
        }
    }
}

impl DetectorFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            model: table.take("model"),
            backend: table.take("backend"),
            library: table.take("library"),
            providers: table.take("providers"),
            options: table.section("options", options),
            threads: table.take("threads"),
            threshold: table.take("threshold"),
        }
    }
}

impl GovernorFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            enabled: table.take("enabled"),
            max_temperature_c: table.take("max_temperature_c"),
            min_fps: table.take("min_fps"),
        }
    }
}

impl MetricsFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            listen: table.take("listen"),
            allow_remote: table.take("allow_remote"),
        }
    }
}

impl CameraFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            name: table.take("name"),
            source: table.take("source"),
            width: table.take("width"),
            height: table.take("height"),
            fps: table.take("fps"),
            format: table.take("format"),
            stall_ms: table.take("stall_ms"),
            repeat: table.take("repeat"),
            unpaced: table.take("unpaced"),
            masks: table.take("masks"),
            confirm_hits: table.take("confirm_hits"),
            leave_after_ms: table.take("leave_after_ms"),
            update_every_ms: table.take("update_every_ms"),
            controls: table.section("controls", controls),
            motion: table.section("motion", MotionFile::read),
            doubt: table.section("doubt", DoubtFile::read),
            zones: table.list("zone", ZoneFile::read),
            lines: table.list("line", LineFile::read),
        }
    }
}

/// What a setting may be whose name and values are not ours to know.
const A_SETTING: &str = "an integer, true, false or a text";

/// The names and what they take are the camera's own; only the type of a value can be checked without it.
fn controls(table: &mut Table<'_>) -> Vec<ControlSetting> {
    let controls = table.take_all(A_SETTING, |kind| match kind {
        ValueKind::I64(number) => Some(ControlValue::Number(number)),
        ValueKind::Boolean(on) => Some(ControlValue::Switch(on)),
        ValueKind::String(text) => Some(ControlValue::Text(text)),
        _ => None,
    });
    let setting = |(name, value)| ControlSetting { name, value };
    controls.into_iter().map(setting).collect()
}

/// Of each provider a table; ONNX Runtime takes every value as a text.
fn options(table: &mut Table<'_>) -> Vec<ProviderOption> {
    let of_one = |table: &mut Table<'_>| {
        table.take_all(A_SETTING, |kind| match kind {
            ValueKind::I64(_) | ValueKind::Boolean(_) | ValueKind::String(_) => {
                Some(kind.to_string())
            }
            _ => None,
        })
    };
    let mut all = Vec::new();
    for (provider, options) in table.sections(of_one) {
        all.extend(options.into_iter().map(|(name, value)| ProviderOption {
            provider: provider.clone(),
            name,
            value,
        }));
    }
    all
}

impl MotionFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            enabled: table.take("enabled"),
            area_min: table.take("area_min"),
            heartbeat_ms: table.take("heartbeat_ms"),
        }
    }
}

impl DoubtFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            enabled: table.take("enabled"),
            min_moved: table.take("min_moved"),
            background_after_ms: table.take("background_after_ms"),
            min_height: table.take("min_height"),
            night_min_score: table.take("night_min_score"),
        }
    }
}

impl ZoneFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            name: table.take("name"),
            points: table.take("points"),
            anchor: table.take("anchor"),
            overlap_min: table.take("overlap_min"),
            min_height: table.take("min_height"),
            min_score: table.take("min_score"),
            min_ms: table.take("min_ms"),
            dwell_ms: table.take("dwell_ms"),
        }
    }
}

impl LineFile {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            name: table.take("name"),
            from: table.take("from"),
            to: table.take("to"),
        }
    }
}
