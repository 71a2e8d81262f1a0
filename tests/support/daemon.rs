//! The real daemon as a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::wait_for;

/// A running `watchpost run`; killed with this value.
pub struct Daemon {
    process: Child,
    folder: PathBuf,
    log: PathBuf,
}

impl Daemon {
    /// Starts it with `config` in `folder`, where its outbox and its log are too.
    pub fn start(folder: &Path, config: &str) -> Self {
        Self::start_as(watchpost(), folder, config)
    }

    /// Starts it with everything in its log that can be logged.
    pub fn start_talkative(folder: &Path, config: &str) -> Self {
        let mut command = watchpost();
        command.env("WATCHPOST_LOG", "trace");
        Self::start_as(command, folder, config)
    }

    /// Starts it with this command instead of [`watchpost`].
    pub fn start_as(mut command: Command, folder: &Path, config: &str) -> Self {
        let path = write_config(folder, config);
        let log = folder.join("log");
        let append = fs::OpenOptions::new().create(true).append(true).open(&log);
        let process = command
            .args(["run", "--config"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(append.expect("the log can be opened"))
            .spawn()
            .expect("the daemon starts");
        Self {
            process,
            folder: folder.to_owned(),
            log,
        }
    }

    /// Writes another configuration and asks it to read that.
    pub fn reload(&self, config: &str) {
        write_config(&self.folder, config);
        self.signal(libc::SIGHUP);
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Everything that it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(libc::SIGTERM);
        self.wait()
    }

    fn signal(&self, signal: libc::c_int) {
        let pid = libc::pid_t::try_from(self.process.id()).expect("a process id");
        // SAFETY: a signal to a child of ours that has not been waited for; no memory is involved.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        wait_for("the daemon to end", || {
            self.process.try_wait().expect("it is ours")
        })
    }

    fn end(&mut self) {
        // It may have ended already; it is gone either way.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

fn write_config(folder: &Path, config: &str) -> PathBuf {
    let path = folder.join("watchpost.toml");
    let outbox = folder.join("outbox");
    fs::write(&path, format!("{config}\n[outbox]\npath = {outbox:?}\n")).expect("is written");
    path
}

/// The binary under test, from the checkout's root, with logs as people see them.
pub fn watchpost() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchpost"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("JOURNAL_STREAM");
    command
}
