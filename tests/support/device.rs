//! A device on which models are installed, and what `watchpost model` does to it.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use tempfile::TempDir;

use super::committed;
use super::daemon::watchpost;

/// An address at which nobody is asked: whoever connects there fails.
pub const NOWHERE: &str = "https://127.0.0.1:9/model.onnx";

/// A device with a store, a configuration, and a zoo whose only entry is the committed model.
pub struct Device {
    /// Everything of it.
    pub folder: TempDir,
    /// Its models.
    pub store: PathBuf,
    /// Whom it trusts, if not those of this machine.
    pub authorities: Option<PathBuf>,
}

impl Device {
    /// With an address for the file of `person` 0.2.0; with an empty one, nobody knows where that is.
    pub fn new(url: &str) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let store = folder.path().join("state/models");
        let device = Self {
            folder,
            store,
            authorities: None,
        };
        device.write_zoo(url, "person", "0.2.0");
        let config =
            "[mqtt]\nurl = \"mqtt://localhost\"\n[[camera]]\nname = \"a\"\nsource = \"clip:x\"\n";
        fs::write(device.config(), config).expect("can be written");
        device
    }

    /// The committed model's manifest as the only entry of the zoo.
    pub fn write_zoo(&self, url: &str, name: &str, version: &str) {
        let manifest: toml::Table = toml::from_str(&committed::manifest()).expect("is TOML");
        let mut entry = manifest.clone();
        for key in ["schema", "file", "sha256"] {
            entry.remove(key);
        }
        entry.insert("name".into(), name.into());
        entry.insert("version".into(), version.into());
        let mut download = toml::Table::new();
        download.insert("url".into(), url.into());
        download.insert("bytes".into(), (committed::model().len() as i64).into());
        download.insert("sha256".into(), manifest["sha256"].clone());
        download.insert("checked".into(), (!url.is_empty()).into());
        download.insert("note".into(), "a test".into());
        entry.insert("download".into(), download.into());
        let mut zoo = toml::Table::new();
        zoo.insert("schema".into(), "watchpost.zoo/1".into());
        zoo.insert("model".into(), vec![entry].into());
        fs::write(self.zoo(), zoo.to_string()).expect("can be written");
    }

    fn zoo(&self) -> PathBuf {
        self.folder.path().join("zoo.toml")
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("watchpost.toml")
    }

    /// Where its choice of a model is.
    pub fn drop_in(&self) -> PathBuf {
        self.folder.path().join("conf.d/50-model.toml")
    }

    /// Runs a subcommand of `watchpost model`, or `check`, on it.
    pub fn run(&self, command: &str) -> Output {
        let mut words = command.split(' ');
        let mut watchpost = watchpost();
        watchpost.env("STATE_DIRECTORY", self.folder.path().join("state"));
        if let Some(authorities) = &self.authorities {
            watchpost.env("SSL_CERT_FILE", authorities);
        }
        if command.starts_with("check") {
            watchpost.args(words).arg("--config").arg(self.config());
            return watchpost.output().expect("it starts");
        }
        let subcommand = words.next().expect("a subcommand");
        watchpost.args(["model", subcommand]).args(words);
        watchpost.arg("--store").arg(&self.store);
        if ["add", "list"].contains(&subcommand) {
            watchpost.arg("--zoo").arg(self.zoo());
        }
        if ["list", "use", "rollback"].contains(&subcommand) {
            watchpost.arg("--config").arg(self.config());
        }
        watchpost.output().expect("it starts")
    }

    /// Runs it and expects success; gives what it printed.
    pub fn done(&self, command: &str) -> String {
        let output = self.run(command);
        assert!(output.status.success(), "{command}: {}", said(&output));
        String::from_utf8(output.stdout).expect("it speaks text")
    }

    /// Runs it and expects that exit code and those words.
    pub fn refused(&self, command: &str, code: i32, words: &[&str]) {
        let output = self.run(command);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{command}: {}",
            said(&output)
        );
        for word in words {
            assert!(
                said(&output).contains(word),
                "{word:?} is not said: {}",
                said(&output)
            );
        }
    }

    /// Everything in the store but its lock and its empty folders.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.store.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("readable").path();
                match path.is_dir() && !path.is_symlink() {
                    true => folders.push(path),
                    false => found.push(
                        path.strip_prefix(&self.store)
                            .expect("below")
                            .display()
                            .to_string(),
                    ),
                }
            }
        }
        found.retain(|path| path != ".lock");
        found.sort();
        found
    }

    /// The beginning of a download.
    pub fn part(&self) -> PathBuf {
        let folder = self.store.join(".downloads");
        let entry = fs::read_dir(folder).expect("is there").next();
        entry.expect("a part is there").expect("readable").path()
    }
}

/// What it complained of.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
