//! A process that can be killed: the test's own executable, run again with a role to play.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const ROLE: &str = "WATCHPOST_TEST_ROLE";
const ARGUMENTS: &str = "WATCHPOST_TEST_ARGUMENTS";
/// Lines of ours begin with this; the test harness writes others.
const MARK: &str = "child says ";

/// Which role this process plays, and its arguments; `None` in the parent.
pub fn role() -> Option<(String, Vec<String>)> {
    let role = std::env::var(ROLE).ok()?;
    let arguments = std::env::var(ARGUMENTS).unwrap_or_default();
    Some((role, arguments.split('\n').map(str::to_owned).collect()))
}

/// Tells the parent something.
pub fn say(text: &str) {
    // Not `println!`: the harness would keep it until the test is over.
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{MARK}{text}")
        .and_then(|()| output.flush())
        .expect("the parent listens");
}

/// Waits until the parent says something.
pub fn listen() -> String {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .expect("the parent speaks");
    line.trim_end().to_owned()
}

/// A process of ours; killed with this value.
pub struct Actor {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Actor {
    /// Runs this executable's test `test` in a role.
    pub fn start(test: &str, role: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("we run"))
            .args(["--exact", test, "--nocapture"])
            .env(ROLE, role)
            .env(ARGUMENTS, arguments.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("we can be run");
        let input = process.stdin.take().expect("it is piped");
        let output = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        Self {
            process,
            input,
            output,
        }
    }

    /// Waits for what it says next.
    pub fn hear(&mut self) -> String {
        let lines = self
            .output
            .by_ref()
            .map(|line| line.expect("it speaks text"));
        let mut ours = lines.filter_map(|line| line.strip_prefix(MARK).map(str::to_owned));
        ours.next().expect("it says something before it ends")
    }

    /// Tells it something.
    pub fn tell(&mut self, text: &str) {
        writeln!(self.input, "{text}").expect("it listens");
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.process.kill().expect("it is ours");
        self.process.wait().expect("it has ended");
    }

    /// Waits until it has ended by itself, and well.
    pub fn join(mut self) {
        assert!(self.process.wait().expect("it has ended").success());
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
