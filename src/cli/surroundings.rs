//! What this machine brings to the configuration: its name and its folders.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use crate::capture::negotiate::WantedSize;
use crate::config::{self, Config, Surroundings, USUAL_MODEL, find_manifest};
use crate::detect::{expected_input, read_manifest};

/// Where the configuration lives unless `--config` says otherwise.
pub const CONFIG_PATH: &str = "/etc/watchpost/watchpost.toml";
const STATE_DIR: &str = "/var/lib/watchpost";
/// What the package brings that does not depend on the machine.
const SHARE_DIR: &str = "/usr/share/watchpost";
/// The clip's place in a checkout.
const CHECKOUT_CLIP: &str = "tests/scenes/hall_two_people.avi";

/// Loads the configuration at `path` for this machine.
pub fn load_config(path: &Path) -> anyhow::Result<Config> {
    config::load(path, &here())
        .map_err(anyhow::Error::from)
        .context(Failure::Config)
}

/// The picture size that is wanted of cameras where the configuration names none: as much as the model takes that the
/// configuration chooses or, while there is none, the usual model.
pub fn usual_size() -> WantedSize {
    let here = here();
    let input = match config::load(Path::new(CONFIG_PATH), &here) {
        Ok(config) => expected_input(&config.detector).ok(),
        Err(_) => {
            let manifest = find_manifest(USUAL_MODEL, &here.model_dirs).ok();
            manifest.and_then(|path| Some(read_manifest(&path).ok()?.input))
        }
    };
    WantedSize::of(input)
}

/// The machine we run on.
pub fn here() -> Surroundings {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let state_dir = variable("STATE_DIRECTORY").unwrap_or_else(|| STATE_DIR.into());
    Surroundings {
        host_name: host_name(),
        model_dirs: model_dirs(&state_dir),
        credentials_dir: variable("CREDENTIALS_DIRECTORY"),
        state_dir,
    }
}

/// Models that were added on the device come before those of the package, and a checkout's own come last. What was added
/// is there for every daemon of the machine, whose own state lies elsewhere.
fn model_dirs(state_dir: &Path) -> Vec<PathBuf> {
    let mut dirs = vec![state_dir.join("models")];
    if state_dir != Path::new(STATE_DIR) {
        dirs.push(Path::new(STATE_DIR).join("models"));
    }
    dirs.extend(share_dirs().map(|dir| dir.join("models")));
    dirs.push("models".into());
    dirs
}

/// Where the package puts what it brings, and where a tarball has it beside its program.
fn share_dirs() -> impl Iterator<Item = PathBuf> {
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent);
    let beside = beside.map(|bin| bin.join("../share/watchpost"));
    [PathBuf::from(SHARE_DIR)].into_iter().chain(beside)
}

/// The clip that the package or the checkout brings.
pub fn built_in_clip() -> anyhow::Result<PathBuf> {
    let installed = share_dirs().map(|dir| dir.join("demo.avi"));
    let candidates: Vec<PathBuf> = installed.chain([CHECKOUT_CLIP.into()]).collect();
    let tried = candidates
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>();
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .with_context(|| {
            format!(
                "no clip; looked for {}; name one with --clip",
                tried.join(", ")
            )
        })
        .context(Failure::NoInput)
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .unwrap_or_else(|_| "watchpost".into())
}
