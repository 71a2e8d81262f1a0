//! What a changed configuration means for a daemon that runs by another one. Pure.
//!
//! What says where people are looked for, and when they count, can change between two frames. What a thread, a device, a
//! connection or a model was opened with stays as it is until the next start, and is named.

use super::{CameraConfig, Config, DetectorConfig, MqttConfig};

/// What becomes of a running daemon's configuration.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it runs by from now on: the wanted configuration as far as it can be had without a restart.
    pub config: Config,
    /// What is different from now on, as keys.
    pub applied: Vec<String>,
    /// What differs and waits for a restart, as keys.
    pub restart: Vec<String>,
}

/// What becomes of `running` when `wanted` is asked for.
pub fn change(running: &Config, wanted: &Config) -> Change {
    let mut change = Change {
        config: running.clone(),
        applied: Vec::new(),
        restart: Vec::new(),
    };
    change.apply(
        "detector.threshold",
        running.detector.threshold != wanted.detector.threshold,
    );
    change.config.detector.threshold = wanted.detector.threshold;
    change.apply("governor", running.governor != wanted.governor);
    change.config.governor = wanted.governor;
    change.wait("device.name", running.device != wanted.device);
    change.wait("metrics", running.metrics != wanted.metrics);
    change.wait("outbox", running.outbox != wanted.outbox);
    change.detector(&running.detector, &wanted.detector);
    change.mqtt(&running.mqtt, &wanted.mqtt);
    change.cameras(&running.cameras, &wanted.cameras);
    change
}

impl Change {
    fn apply(&mut self, key: impl Into<String>, differs: bool) {
        self.applied.extend(differs.then(|| key.into()));
    }

    fn wait(&mut self, key: impl Into<String>, differs: bool) {
        self.restart.extend(differs.then(|| key.into()));
    }

    fn detector(&mut self, running: &DetectorConfig, wanted: &DetectorConfig) {
        self.wait("detector.model", running.manifest != wanted.manifest);
        self.wait("detector.backend", running.backend != wanted.backend);
        self.wait("detector.library", running.library != wanted.library);
        self.wait("detector.providers", running.providers != wanted.providers);
        self.wait("detector.options", running.options != wanted.options);
        self.wait("detector.threads", running.threads != wanted.threads);
    }

    fn mqtt(&mut self, running: &MqttConfig, wanted: &MqttConfig) {
        let place = |mqtt: &MqttConfig| {
            let path = mqtt.web_path.clone();
            (mqtt.host.clone(), mqtt.port, path, mqtt.tls.is_some())
        };
        self.wait("mqtt.url", place(running) != place(wanted));
        if let (Some(running), Some(wanted)) = (&running.tls, &wanted.tls) {
            self.wait("mqtt.ca_file", running.ca_file != wanted.ca_file);
            self.wait("mqtt.client_cert_file", running.client != wanted.client);
        }
        self.wait(
            "mqtt.username or its password",
            running.login != wanted.login,
        );
        self.wait("mqtt.version", running.version != wanted.version);
        self.wait(
            "mqtt.event_expiry_s",
            running.event_expiry != wanted.event_expiry,
        );
        self.wait("mqtt.prefix", running.prefix != wanted.prefix);
        self.wait("mqtt.client_id", running.client_id != wanted.client_id);
        self.wait("mqtt.keep_alive_s", running.keep_alive != wanted.keep_alive);
        self.wait(
            "mqtt.home_assistant",
            running.home_assistant != wanted.home_assistant,
        );
        self.wait("mqtt.commands", running.commands != wanted.commands);
        self.wait(
            "mqtt.frigate_compat",
            running.frigate_compat != wanted.frigate_compat,
        );
    }

    /// Cameras are told apart by their names; their order does not matter.
    fn cameras(&mut self, running: &[CameraConfig], wanted: &[CameraConfig]) {
        let named = |name: &str| wanted.iter().find(|camera| &*camera.name == name);
        for (index, camera) in running.iter().enumerate() {
            match named(&camera.name) {
                Some(wanted) => self.camera(index, camera, wanted),
                None => self.wait(format!("camera {:?} is gone", camera.name), true),
            }
        }
        for camera in wanted {
            let known = running.iter().any(|running| running.name == camera.name);
            self.wait(format!("camera {:?} is new", camera.name), !known);
        }
    }

    fn camera(&mut self, index: usize, running: &CameraConfig, wanted: &CameraConfig) {
        let key = |key: &str| format!("camera {:?}: {key}", running.name);
        self.wait(key("source"), running.source != wanted.source);
        self.wait(key("width, height"), running.size != wanted.size);
        self.wait(key("fps"), running.fps != wanted.fps);
        self.wait(key("format, controls"), running.node != wanted.node);
        self.wait(key("stall_ms"), running.stall != wanted.stall);
        self.apply(key("masks"), running.masks != wanted.masks);
        self.apply(key("motion"), running.motion != wanted.motion);
        self.apply(key("doubt"), running.doubt != wanted.doubt);
        self.apply(
            key("confirm_hits, leave_after_ms, update_every_ms"),
            running.track != wanted.track,
        );
        self.apply(key("zone"), running.zones != wanted.zones);
        self.apply(key("line"), running.lines != wanted.lines);
        self.config.cameras[index] = CameraConfig {
            source: running.source.clone(),
            size: running.size,
            fps: running.fps,
            node: running.node.clone(),
            stall: running.stall,
            ..wanted.clone()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Surroundings, load};
    use std::path::Path;

    const RUNNING: &str = r#"
        [mqtt]
        url = "mqtt://broker"
        [detector]
        model = "models/person/manifest.toml"
        [[camera]]
        name = "a"
        source = "/dev/video0"
        [[camera]]
        name = "b"
        source = "/dev/video1"
    "#;

    fn config(text: &str) -> Config {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("watchpost.toml");
        std::fs::write(&path, text).expect("is written");
        let surroundings = Surroundings {
            host_name: "pi".into(),
            state_dir: Path::new("/var/lib/watchpost").into(),
            model_dirs: Vec::new(),
            credentials_dir: None,
        };
        load(&path, &surroundings).expect("is valid")
    }

    /// What is applied and what waits when this text is replaced by that one.
    fn check(from: &str, to: &str, applied: &[&str], restart: &[&str]) -> Change {
        let (running, wanted) = (config(RUNNING), config(&RUNNING.replace(from, to)));
        let change = change(&running, &wanted);
        assert_eq!(change.applied, applied, "{to}");
        assert_eq!(change.restart, restart, "{to}");
        change
    }

    #[test]
    fn what_changes_between_two_frames_is_applied_and_the_rest_waits_for_a_restart() {
        check("", "", &[], &[]);
        let rules =
            "name = \"a\"\nmasks = [[[0.0, 0.0], [0.3, 0.0], [0.3, 0.4]]]\nleave_after_ms = 4000";
        let applied = [
            r#"camera "a": masks"#,
            r#"camera "a": confirm_hits, leave_after_ms, update_every_ms"#,
        ];
        let changed = check("name = \"a\"", rules, &applied, &[]);
        assert_eq!(changed.config.cameras[0].masks.len(), 1);
        check(
            "[detector]",
            "[governor]\nmin_fps = 3\n[detector]\nthreshold = 0.7\nthreads = 2",
            &["detector.threshold", "governor"],
            &["detector.threads"],
        );
        check("mqtt://broker", "mqtts://broker", &[], &["mqtt.url"]);
    }

    #[test]
    fn what_waits_for_a_restart_is_still_run_by_and_named_again_next_time() {
        let changed = check(
            "video1\"",
            "video2\"\nfps = 5\n[[camera.zone]]\nname = \"z\"\npoints = [[0, 0], [1, 0], [1, 1]]",
            &[r#"camera "b": zone"#],
            &[r#"camera "b": source"#, r#"camera "b": fps"#],
        );
        let camera = &changed.config.cameras[1];
        assert_eq!(camera.source, config(RUNNING).cameras[1].source);
        assert_eq!((camera.fps, camera.zones.len()), (15, 1));
        check(
            "name = \"b\"",
            "name = \"c\"",
            &[],
            &[r#"camera "b" is gone"#, r#"camera "c" is new"#],
        );
    }
}
