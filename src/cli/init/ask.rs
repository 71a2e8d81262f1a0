//! The questions, for whoever sits at a terminal: what a flag has said is not asked, and an empty answer takes the default.

use std::io::{self, BufRead, Write};

use super::USUAL_BROKER;
use super::text::{Answers, Cameras};
use crate::capture::list::Listed;

/// Completes what was `given`.
pub fn ask(
    mut given: Answers,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> io::Result<Answers> {
    let mut terminal = Terminal { input, output };
    if given.broker.is_none() {
        given.device = terminal.text("Name of this device", &given.device)?;
        given.broker = Some(terminal.text("MQTT broker", USUAL_BROKER)?);
        if given.username.is_none() {
            let username = terminal.text("User name at the broker (empty: none)", "")?;
            given.username = (!username.is_empty()).then_some(username);
        }
        if given.username.is_some() && given.password_file.is_none() {
            let file = terminal.text("File that holds the password (empty: the service's own, /etc/watchpost/mqtt.password)", "")?;
            given.password_file = (!file.is_empty()).then_some(file);
        }
        let home_assistant = terminal.yes("Shall Home Assistant find it", given.home_assistant)?;
        given.home_assistant = home_assistant;
    }
    given.cameras = terminal.cameras(given.cameras)?;
    Ok(given)
}

struct Terminal<'a> {
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
}

impl Terminal<'_> {
    /// Each camera that was found, if it is wanted; a source to type where none was found.
    fn cameras(&mut self, cameras: Cameras) -> io::Result<Cameras> {
        let Cameras::Found(mut listing) = cameras else {
            return Ok(cameras);
        };
        let mut wanted = Vec::new();
        for camera in std::mem::take(&mut listing.cameras) {
            if camera.choice.is_some() && self.yes(&question(&camera), true)? {
                wanted.push(camera);
            }
        }
        if !wanted.is_empty() {
            listing.cameras = wanted;
            return Ok(Cameras::Found(listing));
        }
        let source = self.text("Source of the camera, such as /dev/video0 or clip:PATH", "")?;
        let sources = (!source.is_empty()).then_some(source);
        Ok(Cameras::Named(sources.into_iter().collect()))
    }

    fn text(&mut self, question: &str, default: &str) -> io::Result<String> {
        match default {
            "" => write!(self.output, "{question}: ")?,
            default => write!(self.output, "{question} [{default}]: ")?,
        }
        let answer = self.line()?;
        Ok(if answer.is_empty() {
            default.to_owned()
        } else {
            answer
        })
    }

    fn yes(&mut self, question: &str, default: bool) -> io::Result<bool> {
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            write!(self.output, "{question}? {choice} ")?;
            match self.line()?.to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => writeln!(self.output, "expected y or n")?,
            }
        }
    }

    /// One line; whoever ends the input has no more answers.
    fn line(&mut self) -> io::Result<String> {
        self.output.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            let ended = "the input ended before the last answer; nothing was written";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, ended));
        }
        Ok(line.trim().to_owned())
    }
}

fn question(camera: &Listed) -> String {
    let card: String = camera
        .capability
        .card
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    format!("Watch with {card} ({})", camera.path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::list::Listing;
    use crate::cli::cameras::testing;

    fn given(broker: Option<&str>) -> Answers {
        Answers {
            device: "pi".into(),
            broker: broker.map(str::to_owned),
            username: None,
            password_file: None,
            ca_file: None,
            home_assistant: false,
            cameras: Cameras::Found(Listing {
                cameras: vec![testing::camera(), testing::camera()],
                refused: Vec::new(),
            }),
        }
    }

    fn asked(given: Answers, typed: &str) -> (io::Result<Answers>, String) {
        let mut output = Vec::new();
        let answers = ask(given, &mut typed.as_bytes(), &mut output);
        (answers, String::from_utf8(output).expect("is text"))
    }

    #[test]
    fn empty_answers_take_what_is_offered_and_others_count() {
        let (answers, _) = asked(
            given(None),
            "\nmqtt://hub\nme\n/run/secret\nmaybe\ny\nn\n\n",
        );
        let answers = answers.expect("every question is answered");
        assert_eq!(
            (&*answers.device, answers.broker.as_deref()),
            ("pi", Some("mqtt://hub"))
        );
        assert_eq!(answers.username.as_deref(), Some("me"));
        assert_eq!(answers.password_file.as_deref(), Some("/run/secret"));
        assert!(answers.home_assistant);
        let Cameras::Found(listing) = answers.cameras else {
            panic!("the second one is wanted");
        };
        assert_eq!(listing.cameras.len(), 1);
    }

    #[test]
    fn what_a_flag_has_said_is_not_asked() {
        let (answers, said) = asked(given(Some("mqtt://hub")), "\n\n");
        assert!(answers.is_ok());
        assert!(!said.contains("broker"), "{said}");
    }

    #[test]
    fn an_input_that_ends_writes_nothing() {
        let (answers, _) = asked(given(None), "pi\n");
        assert!(
            answers
                .expect_err("there are more questions")
                .to_string()
                .contains("nothing was written")
        );
    }
}
