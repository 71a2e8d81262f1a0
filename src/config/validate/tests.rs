use super::*;
use crate::config::{VersionWish, load};
use crate::types::Size;
use std::path::Path;
use std::time::Duration;

/// Loads `text` as a file in a folder of its own, with a model store that holds one model.
fn load_text(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    load_in(folder.path(), text, &surroundings(folder.path()))
}

/// The same in a folder that is there; messages name files as if it were the root.
fn load_in(folder: &Path, text: &str, surroundings: &Surroundings) -> Result<Config, String> {
    let path = folder.join("watchpost.toml");
    std::fs::write(&path, text).expect("the file is written");
    let model = folder.join("models/person");
    std::fs::create_dir_all(&model).expect("the store is made");
    std::fs::write(model.join("manifest.toml"), "").expect("the manifest is written");
    load(&path, surroundings).map_err(|error| {
        error
            .to_string()
            .replace(&format!("{}/", folder.display()), "")
    })
}

fn surroundings(folder: &Path) -> Surroundings {
    Surroundings {
        host_name: "Porch Pi.local".into(),
        state_dir: folder.join("state"),
        model_dirs: vec![folder.join("models")],
        credentials_dir: None,
    }
}

const SMALLEST: &str = r#"
[mqtt]
url = "mqtt://broker.lan"

[[camera]]
name = "porch"
source = "/dev/video0"
"#;

#[test]
fn the_smallest_file_is_enough() {
    let config = load_text(SMALLEST).expect("is valid");
    assert_eq!(&*config.device, "porch-pi-local");
    assert_eq!(
        (config.mqtt.host.as_str(), config.mqtt.port),
        ("broker.lan", 1883)
    );
    assert!(config.mqtt.tls.is_none());
    assert_eq!(config.cameras[0].fps, 15);
}

#[test]
fn a_picture_size_is_the_models_or_named_by_one_side_or_by_both() {
    let size = |sides: &str| {
        let camera = format!("{SMALLEST}\n{sides}");
        load_text(&camera).map(|config| config.cameras[0].size)
    };
    let named = |width, height| Ok(Some(Size::new(width, height)));
    assert_eq!(size(""), Ok(None));
    assert_eq!(size("width = 640"), named(640, 360));
    assert_eq!(size("height = 1080"), named(1920, 1080));
    assert_eq!(size("width = 640\nheight = 480"), named(640, 480));
    assert_eq!(size("width = 20"), named(20, 16));
    let complaint = size("height = 5").expect_err("it is too low");
    assert!(
        complaint.contains("camera[0].height") && !complaint.contains("width"),
        "{complaint}"
    );
}

#[test]
fn a_zone_asks_nothing_but_feet_unless_it_says_so() {
    let zone = "[[camera.zone]]\nname = \"desk\"\npoints = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]\n";
    let zone = |more: &str| {
        let config = load_text(&format!("{SMALLEST}{zone}{more}")).expect("is valid");
        config.cameras[0].zones[0].clone()
    };
    let plain = zone("");
    assert_eq!(plain.anchor, crate::config::Anchor::Foot);
    assert_eq!((plain.height_min, plain.score_min.get()), (0.0, 0.0));
    assert_eq!((plain.stay_min, plain.dwell), (Duration::ZERO, None));
    let choosy = zone("anchor = \"overlap\"\nmin_height = 0.2\nmin_score = 0.6\nmin_ms = 1500\n");
    assert_eq!(choosy.anchor, crate::config::Anchor::Overlap(0.3));
    assert_eq!((choosy.height_min, choosy.score_min.get()), (0.2, 0.6));
    assert_eq!(choosy.stay_min, Duration::from_millis(1500));
}

#[test]
fn controls_are_the_cameras_own() {
    let added = "[camera.controls]\ngain = 64\nauto_exposure = \"manual\"\nhflip = true\n";
    let config = load_text(&format!("{SMALLEST}{added}")).expect("is valid");
    let controls = config.cameras[0].node.controls.iter();
    let controls: Vec<_> = controls
        .map(|c| format!("{} = {}", c.name, c.value))
        .collect();
    assert_eq!(
        controls,
        ["auto_exposure = \"manual\"", "gain = 64", "hflip = true"]
    );
}

#[test]
fn options_are_the_providers_own() {
    let added = "[detector]\nproviders = [\"tensorrt\", \"cpu\"]\n[detector.options.tensorrt]\n\
                 trt_fp16_enable = true\ntrt_engine_cache_path = \"/var/lib/watchpost\"\ndevice_id = 0\n";
    let config = load_text(&format!("{SMALLEST}{added}")).expect("is valid");
    let options = config.detector.options.iter();
    let options: Vec<_> = options
        .map(|o| format!("{}.{}={}", o.provider, o.name, o.value))
        .collect();
    assert_eq!(
        options,
        [
            "tensorrt.device_id=0",
            "tensorrt.trt_engine_cache_path=/var/lib/watchpost",
            "tensorrt.trt_fp16_enable=true"
        ]
    );
}

/// What `watchpost check` says about the smallest file with `added` below it.
fn complaints(added: &str) -> String {
    load_text(&format!("{SMALLEST}{added}")).expect_err("is refused")
}

#[test]
fn every_complaint_comes_at_once_with_its_line() {
    let text = r#"
[mqtt]
ulr = "mqtt://broker.lan"
keep_alive_s = 0

[detector]
backend = "gpu"
threshold = 1.5

[[camera]]
name = "Front Door"
source = "/dev/video0"
fps = "many"

[[camera.zone]]
name = "steps"
points = [[0.1, 0.1], [0.2, 0.2]]
"#;
    insta::assert_snapshot!(load_text(text).expect_err("is refused"), @r#"
    these keys are wrong:
    watchpost.toml:3: mqtt.ulr: unknown key; did you mean `url`?
    watchpost.toml:13: camera[0].fps: expected an integer (found "many")
    watchpost.toml:4: mqtt.keep_alive_s: expected 5–3600, found 0
    watchpost.toml:2: mqtt.url: required; for example mqtt://broker.lan
    watchpost.toml:7: detector.backend: expected "auto", "onnxruntime" or "embedded", found "gpu"
    watchpost.toml:8: detector.threshold: expected 0–1, found 1.5
    watchpost.toml:11: camera[0].name: "Front Door" is not a slug [a-z0-9_-]+ of at most 64; try "front-door"
    watchpost.toml:17: camera[0].zone[0].points: expected three or more corners within 0–1, found 2 of them
    "#);
}

#[test]
fn what_is_refused_says_why() {
    let cases = [
        (
            "fps = 0",
            "watchpost.toml:8: camera[0].fps: expected 1–240, found 0",
        ),
        ("repeat = true", "camera[0].repeat: only for a clip: source"),
        (
            "[[camera]]\nname = \"yard\"\nsource = \"usb:\"",
            "camera[1].source: expected usb:SERIAL, usb:VENDOR:PRODUCT or",
        ),
        (
            "[[camera]]\nname = \"yard\"\nsource = \"clip:x\"\nformat = \"yuyv\"",
            "camera[1].format: only for a camera",
        ),
        (
            "[camera.controls]\ngain = 1.5",
            "camera[0].controls.gain: expected an integer, true, false or a text, found `1.5`",
        ),
        (
            "[[camera]]\nname = \"yard\"\nsource = \"clip:x\"\n[camera.controls]\ngain = 1",
            "camera[1].controls: only for a camera",
        ),
        (
            "[detector.options.openvino]\ndevice_type = \"GPU\"",
            "detector.options.openvino: not one of detector.providers (cpu)",
        ),
        (
            "[detector.options]\nopenvino = \"GPU\"",
            "detector.options.openvino: expected a table, found \"GPU\"",
        ),
        (
            "[detector.options.cpu]\nlevel = 1.5",
            "detector.options.cpu.level: expected an integer, true, false or a text, found `1.5`",
        ),
        (
            "format = \"h264\"",
            "camera[0].format: expected \"auto\", \"yuyv\", \"uyvy\", \"yvyu\", \"nv12\", \"nv21\", \"yu12\", \"yv12\", \"grey\", \"y10\", \"y16\", \"rgb3\", \"bgr3\", \"mjpeg\", found \"h264\"",
        ),
        (
            "masks = [[[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]]]",
            "camera[0].masks[0]: expected three",
        ),
        (
            "[[camera]]\nname = \"porch\"\nsource = \"clip:x\"",
            "\"porch\" is used twice",
        ),
        (
            "[[camera.line]]\nname = \"gate\"\nfrom = [0.5, 0.5]",
            "camera[0].line[0].to: required",
        ),
        (
            "[camera.doubt]\nmin_moved = 8",
            "camera[0].doubt.min_moved: expected 0–1, found 8",
        ),
        (
            "[camera.doubt]\nbackground_after_ms = 0",
            "camera[0].doubt.background_after_ms: expected 1000–86400000, found 0",
        ),
        (
            "[[camera.zone]]\nname = \"desk\"\nanchor = \"feet\"",
            "camera[0].zone[0].anchor: expected \"foot\", \"centre\" or \"overlap\", found \"feet\"",
        ),
        (
            "[[camera.zone]]\nname = \"desk\"\noverlap_min = 0.5",
            "camera[0].zone[0].overlap_min: only with anchor = \"overlap\"",
        ),
        (
            "[[camera.zone]]\nname = \"desk\"\nmin_height = 20",
            "camera[0].zone[0].min_height: expected 0–1, found 20",
        ),
        (
            "[detector]\nmodel = \"cat\"",
            "looked for models/cat/manifest.toml",
        ),
        (
            "[governor]\nmax_temperature_c = 20",
            "governor.max_temperature_c: expected 40–110, found 20",
        ),
        (
            "[governor]\nmin_fps = 0",
            "governor.min_fps: expected 1–240, found 0",
        ),
        (
            "[outbox]\nmax_mb = 0",
            "outbox.max_mb: expected 1–65536, found 0",
        ),
    ];
    for (added, expected) in cases {
        let found = complaints(added);
        assert!(found.contains(expected), "{added:?}:\n{found}");
    }
}

#[test]
fn a_broker_address_is_taken_apart_or_refused_without_repeating_secrets() {
    let broker = |url: &str| load_text(&SMALLEST.replace("mqtt://broker.lan", url));
    let cases = [
        ("mqtt://10.0.0.2:1884", ("10.0.0.2", 1884)),
        ("mqtts://broker.lan/", ("broker.lan", 8883)),
        ("mqtt://[fd00::1]:1883", ("fd00::1", 1883)),
        ("ws://broker.lan", ("broker.lan", 80)),
        ("wss://[fd00::1]/", ("fd00::1", 443)),
        ("wss://broker.lan:9001/mqtt", ("broker.lan", 9001)),
    ];
    for (url, (host, port)) in cases {
        let mqtt = broker(url).expect("is valid").mqtt;
        assert_eq!((mqtt.host.as_str(), mqtt.port), (host, port), "{url}");
        assert_eq!(
            mqtt.tls.is_some(),
            url.contains("s://") && !url.starts_with("ws:"),
            "{url}"
        );
        assert_eq!(mqtt.web_path.is_some(), url.starts_with("ws"), "{url}");
    }
    for url in [
        "http://broker.lan",
        "mqtt://",
        "mqtt://broker.lan:99999",
        "mqtt://a/b",
        "ws://:80/mqtt",
        "ws://broker.lan/a b",
    ] {
        assert!(
            broker(url).expect_err("is refused").contains("mqtt.url"),
            "{url}"
        );
    }
    let error = broker("mqtt://me:hunter2@broker.lan").expect_err("is refused");
    assert!(
        error.contains("password_file") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn the_password_that_the_service_is_handed_is_read_from_where_it_is_handed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).expect("is made");
    let mut here = surroundings(folder.path());
    here.credentials_dir = Some(credentials.clone());
    let password = |keys: &str| {
        let text = SMALLEST.replace("lan\"\n", &format!("lan\"\nusername = \"me\"\n{keys}\n"));
        let config = load_in(folder.path(), &text, &here)?;
        Ok::<_, String>(config.mqtt.login.expect("there is a user").password)
    };
    let roots_own = "password_file = \"/etc/watchpost/mqtt.password\"";
    let error = password("").expect_err("nothing was handed over");
    assert!(error.contains("mqtt.password"), "{error}");
    std::fs::write(credentials.join("mqtt.password"), "secret\n").expect("is written");
    assert_eq!(password("").as_deref(), Ok("secret"));
    assert_eq!(password(roots_own).as_deref(), Ok("secret"));
    let other = folder.path().join("other");
    std::fs::write(&other, "another").expect("is written");
    let named = format!("password_file = {other:?}");
    assert_eq!(password(&named).as_deref(), Ok("another"));
}

#[test]
fn a_websocket_has_a_path_even_if_none_is_given() {
    let path = |url: &str| {
        let config = load_text(&SMALLEST.replace("mqtt://broker.lan", url)).expect("is valid");
        config.mqtt.web_path
    };
    assert_eq!(path("ws://broker.lan:9001").as_deref(), Some("/mqtt"));
    assert_eq!(path("wss://broker.lan/").as_deref(), Some("/"));
    assert_eq!(
        path("wss://broker.lan/hub/mqtt?x=1").as_deref(),
        Some("/hub/mqtt?x=1")
    );
}

#[test]
fn the_version_of_mqtt_is_known_and_fits_the_expiry() {
    let mqtt = |keys: &str| load_text(&SMALLEST.replace("[mqtt]", &format!("[mqtt]\n{keys}")));
    assert_eq!(
        mqtt("version = \"3.1.1\"").expect("is valid").mqtt.version,
        VersionWish::V311
    );
    let expiry = mqtt("event_expiry_s = 60")
        .expect("is valid")
        .mqtt
        .event_expiry;
    assert_eq!(expiry, Some(Duration::from_secs(60)));
    assert_eq!(
        mqtt("event_expiry_s = 0")
            .expect("is valid")
            .mqtt
            .event_expiry,
        None
    );
    let error = mqtt("version = \"3.1\"").expect_err("is refused");
    assert!(
        error.contains("mqtt.version: unknown version \"3.1\"; expected"),
        "{error}"
    );
    let error = mqtt("version = \"3.1.1\"\nevent_expiry_s = 60").expect_err("is refused");
    assert!(
        error.contains("mqtt.event_expiry_s: needs MQTT 5"),
        "{error}"
    );
}

#[test]
fn commands_are_off_unless_listed_but_for_what_home_assistant_needs() {
    use crate::types::CommandName::{Pause, Stats};
    let mqtt = |keys: &str| load_text(&SMALLEST.replace("[mqtt]", &format!("[mqtt]\n{keys}")));
    let cases = [
        ("", false, vec![]),
        ("home_assistant = true", true, vec![Pause]),
        ("home_assistant = true\ncommands = []", true, vec![]),
        (
            "commands = [\"stats\", \"pause\", \"stats\"]",
            false,
            vec![Stats, Pause],
        ),
    ];
    for (keys, home_assistant, commands) in cases {
        let mqtt = mqtt(keys).expect("is valid").mqtt;
        assert_eq!(mqtt.home_assistant.is_some(), home_assistant, "{keys}");
        assert_eq!(mqtt.commands, commands, "{keys}");
    }
    let error =
        mqtt("commands = [\"puase\"]\nhome_assistant_prefix = \"a/#\"").expect_err("is refused");
    for expected in [
        "mqtt.commands[0]: unknown command \"puase\"; expected any of pause, resume, threshold",
        "mqtt.home_assistant_prefix: \"a/#\" is not slugs",
    ] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_syntax_error_names_its_line() {
    let error = load_text("[mqtt]\nurl = \n").expect_err("is refused");
    assert!(error.starts_with("watchpost.toml:2: "), "{error}");
}
