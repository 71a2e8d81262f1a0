//! Commands: bytes that anybody on the broker may have sent → a typed order, or a refusal that says why. Pure.
//!
//! Every command is a JSON object; all may carry an `id`, which comes back in the result and is carried out once.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::types::{CommandName, Score};

/// A command may be this long.
pub const COMMAND_BYTES_MAX: usize = 4096;
/// The caller's name for a command may be this long.
const ID_CHARS_MAX: usize = 64;
/// What calls itself a command has a name no longer than this, or is not worth an answer.
const NAME_BYTES_MAX: usize = 64;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Close a camera, or open it again.
    Pause {
        /// Which.
        camera: String,
        /// Whether it shall be closed.
        paused: bool,
    },
    /// Another score from which a detection is a person; the configuration's when there is none.
    Threshold {
        /// The score.
        value: Option<Score>,
        /// One camera's; everybody's when absent.
        camera: Option<String>,
    },
    /// Read the configuration again.
    Reload,
    /// Tell how the daemon is.
    Stats,
    /// Begin to count at zero.
    ResetTotals {
        /// One camera's lines; every camera's when absent.
        camera: Option<String>,
        /// One line; every line when absent.
        line: Option<String>,
    },
}

/// A command that may be carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Its name.
    pub name: CommandName,
    /// What the caller calls it.
    pub id: Option<String>,
    /// What to do.
    pub command: Command,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its name, as it was in the topic.
    pub name: String,
    /// What the caller calls it.
    pub id: Option<String>,
    /// What there is to tell, or why it was refused.
    pub result: Result<Told, String>,
}

/// What there is to tell of a command that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// That it was.
    Done,
    /// How the daemon is.
    Stats(Value),
    /// What has changed and what waits for a restart.
    Reload(Value),
}

/// The order in a message to `cmd/<name>`, or its refusal; `None` for what deserves no answer.
pub fn parse(
    name: &str,
    payload: &[u8],
    retained: bool,
    allowed: &[CommandName],
) -> Option<Result<Order, Answer>> {
    if (retained && payload.is_empty()) || name.is_empty() || name.len() > NAME_BYTES_MAX {
        // An empty retained message only clears one.
        return None;
    }
    let mut id = None;
    let order = order(name, payload, retained, allowed, &mut id);
    Some(order.map_err(|error| Answer {
        name: name.to_owned(),
        id,
        result: Err(error),
    }))
}

fn order(
    name: &str,
    payload: &[u8],
    retained: bool,
    allowed: &[CommandName],
    id: &mut Option<String>,
) -> Result<Order, String> {
    if payload.len() > COMMAND_BYTES_MAX {
        return Err(format!(
            "{} bytes are too long; expected at most {COMMAND_BYTES_MAX}",
            payload.len()
        ));
    }
    let mut value = object(payload)?;
    *id = take_id(&mut value)?;
    if retained {
        return Err("retained commands are refused, because every connection would repeat them; send it without the \
             retained flag, and an empty retained message to clear this one"
            .to_owned());
    }
    let known = CommandName::from_name(name).ok_or_else(|| {
        format!(
            "unknown command {name:?}; expected any of {}",
            CommandName::known()
        )
    })?;
    if !allowed.contains(&known) {
        return Err(format!(
            "{name} is not allowed on this device; its owner can add it to mqtt.commands"
        ));
    }
    Ok(Order {
        name: known,
        id: id.clone(),
        command: command(known, value)?,
    })
}

/// No payload is as good as an empty object.
fn object(payload: &[u8]) -> Result<Value, String> {
    if payload.is_empty() {
        return Ok(json!({}));
    }
    let value: Value =
        serde_json::from_slice(payload).map_err(|error| format!("not JSON: {error}"))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err("expected a JSON object".to_owned())
    }
}

fn take_id(value: &mut Value) -> Result<Option<String>, String> {
    let members = value.as_object_mut().expect("it was checked to be one");
    match members.remove("id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if (1..=ID_CHARS_MAX).contains(&id.chars().count()) => Ok(Some(id)),
        Some(_) => Err(format!(
            "id: expected a string of 1–{ID_CHARS_MAX} characters"
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseBody {
    camera: String,
    #[serde(default = "yes")]
    paused: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumeBody {
    camera: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdBody {
    /// Must be there, so that a typing error does not take a threshold back.
    #[serde(deserialize_with = "Option::deserialize")]
    value: Option<f64>,
    camera: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    camera: Option<String>,
    line: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmptyBody {}

fn command(name: CommandName, value: Value) -> Result<Command, String> {
    Ok(match name {
        CommandName::Pause => {
            let PauseBody { camera, paused } = body(value)?;
            Command::Pause { camera, paused }
        }
        CommandName::Resume => Command::Pause {
            camera: body::<ResumeBody>(value)?.camera,
            paused: false,
        },
        CommandName::Threshold => {
            let ThresholdBody { value, camera } = body(value)?;
            let value = value.map(score).transpose()?;
            Command::Threshold { value, camera }
        }
        CommandName::Reload => {
            body::<EmptyBody>(value)?;
            Command::Reload
        }
        CommandName::Stats => {
            body::<EmptyBody>(value)?;
            Command::Stats
        }
        CommandName::ResetTotals => {
            let ResetBody { camera, line } = body(value)?;
            Command::ResetTotals { camera, line }
        }
    })
}

fn body<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn score(value: f64) -> Result<Score, String> {
    let score = Score::new(value as f32);
    score.ok_or_else(|| format!("value: expected 0–1 or null, found {value}"))
}

/// The schema of an answer.
pub const RESULT_SCHEMA: &str = "watchpost.command-result/1";

impl Answer {
    /// The answer to `order`.
    pub fn to(order: &Order, result: Result<Told, String>) -> Self {
        Self {
            name: order.name.name().to_owned(),
            id: order.id.clone(),
            result,
        }
    }

    /// As it is sent.
    pub fn json(&self) -> String {
        let mut json = json!({
            "schema": RESULT_SCHEMA, "command": self.name, "id": self.id, "ok": self.result.is_ok(),
        });
        match &self.result {
            Ok(Told::Done) => {}
            Ok(Told::Stats(stats)) => json["stats"] = stats.clone(),
            Ok(Told::Reload(reload)) => json["reload"] = reload.clone(),
            Err(error) => json["error"] = error.as_str().into(),
        }
        json.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: &[CommandName] = &CommandName::ALL;

    fn said(name: &str, payload: &str) -> Result<Order, Answer> {
        parse(name, payload.as_bytes(), false, ALL).expect("deserves an answer")
    }

    #[test]
    fn what_is_well_formed_becomes_an_order() {
        let camera = || "porch".to_owned();
        let cases = [
            (
                "pause",
                r#"{"camera":"porch"}"#,
                Command::Pause {
                    camera: camera(),
                    paused: true,
                },
            ),
            (
                "pause",
                r#"{"camera":"porch","paused":false}"#,
                Command::Pause {
                    camera: camera(),
                    paused: false,
                },
            ),
            (
                "resume",
                r#"{"camera":"porch"}"#,
                Command::Pause {
                    camera: camera(),
                    paused: false,
                },
            ),
            (
                "threshold",
                r#"{"value":0.5}"#,
                Command::Threshold {
                    value: Score::new(0.5),
                    camera: None,
                },
            ),
            (
                "threshold",
                r#"{"value":null,"camera":"porch"}"#,
                Command::Threshold {
                    value: None,
                    camera: Some(camera()),
                },
            ),
            ("reload", "", Command::Reload),
            ("stats", "{}", Command::Stats),
            (
                "reset_totals",
                r#"{"line":"gate"}"#,
                Command::ResetTotals {
                    camera: None,
                    line: Some("gate".into()),
                },
            ),
        ];
        for (name, payload, expected) in cases {
            assert_eq!(
                said(name, payload).map(|order| order.command),
                Ok(expected),
                "{name} {payload}"
            );
        }
        let order = said("stats", r#"{"id":"7"}"#).expect("is well-formed");
        assert_eq!(order.id.as_deref(), Some("7"));
    }

    #[test]
    fn what_is_refused_says_why_and_keeps_the_callers_id() {
        let long = format!(r#"{{"camera":"{}"}}"#, "x".repeat(COMMAND_BYTES_MAX));
        let cases = [
            ("pause", "ON", "not JSON: expected value at line 1 column 1"),
            ("pause", "[]", "expected a JSON object"),
            ("pause", r#"{"id":"7"}"#, "missing field `camera`"),
            (
                "pause",
                r#"{"camera":7}"#,
                "invalid type: integer `7`, expected a string",
            ),
            (
                "pause",
                r#"{"camra":"porch"}"#,
                "unknown field `camra`, expected `camera` or `paused`",
            ),
            (
                "pause",
                &long,
                "4109 bytes are too long; expected at most 4096",
            ),
            (
                "pause",
                r#"{"id":7}"#,
                "id: expected a string of 1–64 characters",
            ),
            (
                "threshold",
                r#"{"value":1.5}"#,
                "value: expected 0–1 or null, found 1.5",
            ),
            ("threshold", "{}", "missing field `value`"),
            (
                "stats",
                r#"{"all":true}"#,
                "unknown field `all`, there are no fields",
            ),
            (
                "explode",
                "{}",
                "unknown command \"explode\"; expected any of pause, resume",
            ),
        ];
        for (name, payload, expected) in cases {
            let answer = said(name, payload).expect_err("is refused");
            let error = answer.result.expect_err("is a refusal");
            assert!(error.starts_with(expected), "{name} {payload}: {error}");
        }
        let answer = said("pause", r#"{"id":"7","camera":1}"#).expect_err("is refused");
        assert_eq!(answer.id.as_deref(), Some("7"));
    }

    #[test]
    fn what_is_not_allowed_or_was_retained_is_refused() {
        let error = |retained, allowed| {
            let parsed = parse("stats", b"{}", retained, allowed).expect("deserves an answer");
            parsed
                .expect_err("is refused")
                .result
                .expect_err("is a refusal")
        };
        assert!(error(false, &[CommandName::Pause]).contains("add it to mqtt.commands"));
        assert!(error(true, ALL).contains("retained"));
        assert_eq!(
            parse("stats", b"", true, ALL),
            None,
            "this only clears a retained command"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_order_or_a_refusal_whose_answer_is_json(
            name in "pause|resume|threshold|reload|stats|reset_totals|[ -~]{0,80}",
            payload in prop::collection::vec(any::<u8>(), 0..200),
            retained: bool,
        ) {
            if let Some(Err(answer)) = parse(&name, &payload, retained, ALL) {
                let json: Value = serde_json::from_str(&answer.json()).expect("is JSON");
                prop_assert_eq!(&json["ok"], &Value::Bool(false));
                prop_assert!(!json["error"].as_str().expect("is text").is_empty());
            }
        }

        #[test]
        fn anything_that_looks_like_a_command_is_an_order_or_a_refusal(
            name in "pause|resume|threshold|reload|stats|reset_totals",
            key in "id|camera|paused|value|line|x",
            value in r#"null|true|"[a-z]{0,70}"|-?[0-9]{1,400}|[0-9]e[0-9]{1,3}|\[\[\]|\{"#,
        ) {
            let _ = parse(&name, format!("{{\"{key}\":{value}}}").as_bytes(), false, ALL);
        }
    }
}
