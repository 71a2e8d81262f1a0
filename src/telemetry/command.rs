//! Runs a program that answers in a few lines, and waits no longer than its deadline.

use std::io::{ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Why a program did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is no such program.
    #[error("no {program}")]
    Absent {
        /// Its name.
        program: String,
    },
    /// It cannot be run, or reading from it failed.
    #[error("cannot run {program}: {why}")]
    Run {
        /// Its name.
        program: String,
        /// What the kernel said.
        why: String,
    },
    /// It ended with an error.
    #[error("{program} ended with {status}: {said}")]
    Failed {
        /// Its name.
        program: String,
        /// Exit code or signal.
        status: String,
        /// Its last words.
        said: String,
    },
    /// It took too long and was killed.
    #[error("{program} did not answer within {} ms", deadline.as_millis())]
    Late {
        /// Its name.
        program: String,
        /// The time it had.
        deadline: Duration,
    },
}

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(2);

/// What `command` prints. Made for answers of a few kilobytes: a program that prints more than a pipe holds (64 KiB) waits
/// for its reader, and is killed at the deadline.
pub fn output(command: &mut Command, deadline: Duration) -> Result<String, CommandError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let run = |error: std::io::Error| CommandError::Run {
        program: program.clone(),
        why: error.to_string(),
    };
    let piped = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => CommandError::Absent {
            program: program.clone(),
        },
        _ => run(error),
    })?;
    let Some(status) = wait(&mut child, deadline).map_err(run)? else {
        // It may have ended in this very moment; it is gone either way.
        let _ = child.kill();
        let _ = child.wait();
        return Err(CommandError::Late { program, deadline });
    };
    let answer = text(child.stdout.take()).map_err(run)?;
    if status.success() {
        return Ok(answer);
    }
    let said = text(child.stderr.take()).map_err(run)?;
    let said = format!("{answer}{said}").trim().to_owned();
    Err(CommandError::Failed {
        program,
        status: status.to_string(),
        said,
    })
}

fn wait(child: &mut Child, deadline: Duration) -> std::io::Result<Option<ExitStatus>> {
    let polls = deadline.as_millis() / POLL.as_millis();
    for _ in 0..polls {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(POLL);
    }
    child.try_wait()
}

fn text(pipe: Option<impl Read>) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, deadline: Duration) -> Result<String, CommandError> {
        output(Command::new("sh").args(["-c", script]), deadline)
    }

    #[test]
    fn an_answer_is_what_was_printed() {
        let minute = Duration::from_secs(60);
        assert_eq!(shell("echo hello", minute), Ok("hello\n".to_owned()));
        let failed = shell("echo VCHI initialization failed; exit 255", minute);
        assert_eq!(
            failed.expect_err("it failed").to_string(),
            "sh ended with exit status: 255: VCHI initialization failed"
        );
        let absent = output(&mut Command::new("no-such-program"), minute);
        assert_eq!(
            absent.expect_err("it is absent").to_string(),
            "no no-such-program"
        );
    }

    #[test]
    fn a_program_that_does_not_answer_is_killed() {
        let late = shell("exec sleep 600", Duration::from_millis(50));
        assert_eq!(
            late.expect_err("it is late").to_string(),
            "sh did not answer within 50 ms"
        );
    }
}
