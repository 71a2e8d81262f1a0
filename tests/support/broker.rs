//! The real mosquitto, on a free port of the loopback interface.

use std::fmt::Write;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::certificates::ServerFiles;
use super::{wait_for, wait_until};

/// What the broker should be like.
#[derive(Default)]
pub struct BrokerOptions {
    /// Users and passwords; everybody may come in when there are none.
    pub users: Vec<(&'static str, &'static str)>,
    /// Mosquitto's access list.
    pub access: Option<String>,
    /// Its certificate, for TLS.
    pub tls: Option<ServerFiles>,
    /// Whether clients need a certificate too.
    pub client_certificates: bool,
    /// Whether it serves a WebSocket as well, with the same certificate.
    pub web: bool,
}

/// A mosquitto that keeps its sessions on disk, and ends with this value.
pub struct Broker {
    /// Where it listens.
    pub port: u16,
    /// Where it serves its WebSocket, if that was asked for; otherwise the same.
    pub web_port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl Broker {
    /// Starts a broker and waits until it listens.
    pub fn start(options: &BrokerOptions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let web_port = if options.web { free_port() } else { port };
        write_settings(folder.path(), port, web_port, options);
        let mut broker = Self {
            port,
            web_port,
            folder,
            process: None,
        };
        broker.start_again();
        broker
    }

    /// Starts it again, with what it has on disk.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let spawned = Command::new(mosquitto())
            .arg("-c")
            .arg(self.path("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(spawned.expect("mosquitto is installed"));
        for port in [self.port, self.web_port] {
            wait_until("the broker to listen", || {
                TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
        }
    }

    /// Ends it as a power cut would: what it has acknowledged and its subscribers have not read is lost with it, if it has not saved it.
    /// No publisher can heal that.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it is ours");
            process.wait().expect("it has ended");
        }
    }

    /// Ends it in peace: it saves its sessions.
    pub fn stop(&mut self) {
        self.signal(libc::SIGTERM);
        let mut process = self.process.take().expect("it runs");
        process.wait().expect("it has ended");
    }

    /// Starts it again without what it had on disk.
    pub fn start_anew(&mut self) {
        let database = self.path("mosquitto.db");
        if database.exists() {
            fs::remove_file(database).expect("it is ours");
        }
        self.start_again();
    }

    /// Stops it in the middle of whatever it does, until [`Self::thaw`].
    pub fn freeze(&self) {
        self.signal(libc::SIGSTOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(libc::SIGCONT);
    }

    /// Replaces the access list while it runs.
    pub fn set_access(&self, access: &str) {
        fs::write(self.path("access"), access).expect("a temporary file");
        self.signal(libc::SIGHUP);
    }

    fn signal(&self, signal: libc::c_int) {
        let process = self.process.as_ref().expect("it runs");
        let pid = libc::pid_t::try_from(process.id()).expect("a process id");
        // SAFETY: a signal to a child of ours that has not been waited for; no memory is involved.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    /// Lines of its log that contain `text`.
    pub fn logged(&self, text: &str) -> usize {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// How often it has granted the subscriber with this name what it asked for.
    pub fn subscriptions(&self, subscriber: &str) -> usize {
        self.logged(&format!("Sending SUBACK to {subscriber}"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `max_inflight_messages 0`: mosquitto writes a message to each subscriber that is there before it acknowledges it to the
/// publisher, but only within this limit. Beyond it, and for subscribers that are not there, what was acknowledged since
/// the last save is lost when it is killed; no publisher can heal that.
fn write_settings(folder: &Path, port: u16, web_port: u16, options: &BrokerOptions) {
    let at = |name: &str| folder.join(name).display().to_string();
    let anonymous = options.users.is_empty();
    let mut text = format!(
        "listener {port} 127.0.0.1\nallow_anonymous {anonymous}\nmax_queued_messages 100000\n\
         persistence true\npersistence_location {}/\nautosave_on_changes true\nautosave_interval 5\n\
         max_inflight_messages 0\n\
         log_dest file {}\nlog_type all\n",
        folder.display(),
        at("log"),
    );
    let mut add = |line: String| writeln!(text, "{line}").expect("a string takes everything");
    // SAFETY: asks for a number; it cannot fail.
    if unsafe { libc::geteuid() } == 0 {
        // Otherwise it becomes a user who cannot read our folder.
        add("user root".to_owned());
    }
    for (index, (user, password)) in options.users.iter().enumerate() {
        let mut command = Command::new("mosquitto_passwd");
        command.arg("-b").args((index == 0).then_some("-c"));
        let status = command.args([&at("passwords"), *user, *password]).status();
        assert!(status.expect("mosquitto_passwd is installed").success());
    }
    if !anonymous {
        add(format!("password_file {}", at("passwords")));
    }
    if let Some(access) = &options.access {
        fs::write(at("access"), access).expect("a temporary file");
        add(format!("acl_file {}", at("access")));
    }
    let tls = options
        .tls
        .as_ref()
        .map(|tls| tls_settings(tls, options.client_certificates));
    add(tls.clone().unwrap_or_default());
    if options.web {
        add(format!(
            "listener {web_port} 127.0.0.1\nprotocol websockets"
        ));
        add(tls.unwrap_or_default());
    }
    fs::write(at("mosquitto.conf"), text).expect("a temporary file");
}

fn tls_settings(tls: &ServerFiles, client_certificates: bool) -> String {
    format!(
        "certfile {}\nkeyfile {}\ncafile {}\nrequire_certificate {client_certificates}",
        tls.certificate.display(),
        tls.key.display(),
        tls.authority.display(),
    )
}

fn mosquitto() -> &'static str {
    let debian = "/usr/sbin/mosquitto";
    if Path::new(debian).exists() {
        debian
    } else {
        "mosquitto"
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    wait_for("a free port", || {
        let listener = TcpListener::bind(("127.0.0.1", 0)).ok()?;
        Some(listener.local_addr().ok()?.port())
    })
}
