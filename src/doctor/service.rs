//! What systemd says about the service.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::Finding;
use crate::telemetry::command::{self, CommandError};

const PROPERTIES: &str =
    "LoadState,ActiveState,SubState,Result,NRestarts,WatchdogUSec,UnitFileState";
const CHECK: &str = "service";
const DEADLINE: Duration = Duration::from_secs(5);

/// Asks systemd for the service `unit`, where systemd runs.
pub fn check(unit: &str) -> Finding {
    match shown(unit, PROPERTIES) {
        None => Finding::ok(CHECK, "systemd does not run here; there is no watchdog"),
        Some(Ok(text)) => judge(unit, &text),
        Some(Err(error)) => {
            let remedy = "see whether systemd itself is well: `systemctl status`";
            Finding::warning(CHECK, error.to_string(), remedy)
        }
    }
}

/// Groups that the unit gives the service beside those of its user.
pub fn groups(unit: &str) -> Vec<String> {
    let text = shown(unit, "SupplementaryGroups").and_then(Result::ok);
    let text = text.unwrap_or_default();
    let groups = text.trim().strip_prefix("SupplementaryGroups=");
    let groups = groups.unwrap_or_default().split_whitespace();
    groups.map(str::to_owned).collect()
}

/// What systemd shows of the unit; `None` where it does not run.
fn shown(unit: &str, properties: &str) -> Option<Result<String, CommandError>> {
    let mut command = Command::new("systemctl");
    let command = command.args(["show", unit, "--property", properties]);
    let runs = Path::new("/run/systemd/system").is_dir();
    runs.then(|| command::output(command, DEADLINE))
}

fn judge(unit: &str, shown: &str) -> Finding {
    let properties: BTreeMap<_, _> = shown
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let get = |name: &str| properties.get(name).copied().unwrap_or_default();
    if get("LoadState") != "loaded" {
        return Finding::ok(CHECK, format!("{unit} is not installed"));
    }
    let (active, sub, result) = (get("ActiveState"), get("SubState"), get("Result"));
    let restarts = get("NRestarts");
    let says = format!("{active} ({sub}), {restarts} restarts");
    let log = format!("read `journalctl -u {unit}`");
    if active == "failed" || (active == "activating" && sub == "auto-restart") {
        return Finding::error(CHECK, format!("{says}, last result {result}"), log);
    }
    if active != "active" {
        return Finding::warning(CHECK, says, format!("`systemctl enable --now {unit}`"));
    }
    if get("UnitFileState") == "disabled" {
        let says = format!("{says}; it does not start with the machine");
        return Finding::warning(CHECK, says, format!("`systemctl enable {unit}`"));
    }
    match get("WatchdogUSec") {
        "" | "0" | "infinity" => Finding::warning(
            CHECK,
            format!("{says}; no watchdog, so a daemon that is stuck stays stuck"),
            "set WatchdogSec=60 in the unit",
        ),
        _ if restarts != "0" => Finding::warning(CHECK, says, log),
        watchdog => Finding::ok(CHECK, format!("{says}, watchdog {watchdog}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn what_systemd_shows_is_judged() {
        let check = |state: &str, expected: Level| {
            let shown = format!("LoadState=loaded\nUnitFileState=enabled\n{state}");
            assert_eq!(
                judge("watchpost.service", &shown).level,
                expected,
                "{state}"
            );
        };
        check(
            "ActiveState=active\nSubState=running\nNRestarts=0\nWatchdogUSec=1min",
            Level::Ok,
        );
        check(
            "ActiveState=active\nSubState=running\nNRestarts=3\nWatchdogUSec=1min",
            Level::Warning,
        );
        check(
            "ActiveState=active\nSubState=running\nNRestarts=0\nWatchdogUSec=infinity",
            Level::Warning,
        );
        check(
            "ActiveState=failed\nSubState=failed\nResult=watchdog",
            Level::Error,
        );
        check("ActiveState=inactive\nSubState=dead", Level::Warning);
        assert_eq!(
            judge("watchpost.service", "LoadState=not-found\n").level,
            Level::Ok
        );
    }
}
