//! What a daemon that runs says of itself: its retained `status`. Pure.

use std::borrow::Borrow;

use serde_json::Value;

use super::Finding;

/// A daemon's latest `status`.
#[derive(Clone, Debug)]
pub struct DaemonStatus(Value);

impl DaemonStatus {
    /// From the message; `None` when it is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let schema = value["schema"].as_str()?;
        schema
            .starts_with("watchpost.status/")
            .then_some(Self(value))
    }

    /// How a camera is; `None` when the daemon does not know it.
    pub fn camera(&self, name: &str) -> Option<Finding> {
        let check = format!("camera {name}");
        let camera = self.0["cameras"].get(name)?;
        let state = camera["state"].as_str()?;
        let reason = camera["reason"]
            .as_str()
            .map_or(String::new(), |why| format!(" ({why})"));
        let frames = camera["frames"].as_u64().unwrap_or(0);
        let says = format!("the daemon says {state}{reason}, {frames} frames so far");
        Some(match state {
            "online" => delivers(check, says, &texts(&camera["warnings"])),
            "paused" => Finding::warning(
                check,
                says,
                "send the command `resume` when it shall watch again",
            ),
            "obscured" => Finding::warning(
                check,
                says,
                "look what is before the lens, and whether there is light",
            ),
            _ => Finding::error(
                check,
                says,
                "check plug, cable and supply; the daemon opens it again by itself",
            ),
        })
    }

    /// Events that wait for the broker, and what is wrong with their disk.
    pub fn outbox(&self) -> Option<(u64, &str)> {
        let outbox = &self.0["outbox"];
        Some((outbox["depth"].as_u64()?, outbox["state"].as_str()?))
    }

    /// Events that were lost, by reason.
    pub fn drops(&self) -> u64 {
        let drops = self.0["drops"].as_object().into_iter().flatten();
        drops.filter_map(|(_, count)| count.as_u64()).sum()
    }

    /// What it warns of.
    pub fn findings(&self) -> Vec<Finding> {
        let finding = |warning: &str| {
            let remedy =
                "see `providers` above and the service's log; restart it once that is right";
            Finding::error("daemon", format!("runs, but {warning}"), remedy)
        };
        let warnings = texts(&self.0["warnings"]);
        let mut findings: Vec<_> = warnings.into_iter().map(finding).collect();
        if findings.is_empty() {
            let version = self.0["version"].as_str().unwrap_or("of unknown version");
            findings.push(Finding::ok("daemon", format!("runs (version {version})")));
        }
        findings
    }
}

/// Of a camera that delivers: well, or what is not as it was configured.
pub fn delivers<S: Borrow<str>>(check: String, says: String, warnings: &[S]) -> Finding {
    if warnings.is_empty() {
        return Finding::ok(check, says);
    }
    Finding::warning(
        check,
        format!("{says}; but {}", warnings.join("; ")),
        "correct that in the camera's block, to what `watchpost cameras` shows, and restart the service",
    )
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_daemons_word_becomes_findings() {
        let status = DaemonStatus::parse(
            r#"{"schema":"watchpost.status/1","version":"0.1.0","warnings":["the CPU runs the whole model; cuda: no"],
                "cameras":{"porch":{"state":"lost","reason":"unplugged","frames":7},"hall":{"state":"online"},
                    "shed":{"state":"online","warnings":["no `gian`","slow"],"frames":1}},
                "outbox":{"depth":3,"bytes":900,"state":"ok"},"drops":{"budget":2,"memory":1}}"#,
        )
        .expect("is one");
        let porch = status.camera("porch").expect("is known");
        assert_eq!(
            (porch.level, &*porch.says),
            (
                Level::Error,
                "the daemon says lost (unplugged), 7 frames so far"
            )
        );
        assert_eq!(status.camera("hall").expect("is known").level, Level::Ok);
        let shed = status.camera("shed").expect("is known");
        assert_eq!(
            (shed.level, &*shed.says),
            (
                Level::Warning,
                "the daemon says online, 1 frames so far; but no `gian`; slow"
            )
        );
        assert_eq!(status.camera("yard"), None);
        assert_eq!((status.outbox(), status.drops()), (Some((3, "ok")), 3));
        assert_eq!(status.findings()[0].level, Level::Error);
        assert!(DaemonStatus::parse("{}").is_none());
        assert!(DaemonStatus::parse("").is_none());
    }
}
