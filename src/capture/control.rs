//! What knobs a camera has and what is configured → what is set, in which order, and what cannot be.

use std::fmt;
use std::io;

use crate::config::{ControlSetting, ControlValue, nearest};

/// A knob of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The driver's number for it.
    pub id: u32,
    /// V4L2's name as [`name_of`] makes it.
    pub name: String,
    /// What it takes.
    pub kind: ControlKind,
    /// Its value without anybody's doing.
    pub default: i64,
    /// Its value now; `None` when it cannot be read.
    pub value: Option<i64>,
    /// Why it cannot be set at the moment.
    pub locked: Option<Lock>,
}

/// What a control takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// Whole numbers.
    Number {
        /// The lowest.
        min: i64,
        /// The highest.
        max: i64,
        /// Distance between two; the driver rounds to it.
        step: u64,
    },
    /// On or off.
    Switch,
    /// One of these, by number and name.
    Menu(Vec<(i64, String)>),
}

/// Why a control cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It never can.
    ReadOnly,
    /// Another control, an automatic usually, has taken it over.
    Inactive,
    /// Somebody else has it.
    Grabbed,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "it can only be read",
            Self::Inactive => {
                "it is inactive: another control has taken it over; switch its automatic off"
            }
            Self::Grabbed => "it cannot be changed at the moment",
        })
    }
}

/// Why a configured control is not as configured. The camera works nevertheless.
#[derive(Debug, thiserror::Error)]
pub enum ControlProblem {
    /// The camera has no control of this name.
    #[error(
        "the camera has no control `{name}`{}; it has: {there}",
        did_you_mean(near)
    )]
    Unknown {
        /// The configured name.
        name: String,
        /// The name that was probably meant.
        near: Option<String>,
        /// All names.
        there: String,
    },
    /// The control does not take this value.
    #[error("`{name}` takes {accepted}, found {found}")]
    Value {
        /// The control.
        name: String,
        /// What it takes.
        accepted: String,
        /// The configured value.
        found: String,
    },
    /// The control cannot be set.
    #[error("`{name}` was not set: {lock}")]
    Locked {
        /// The control.
        name: String,
        /// Why.
        lock: Lock,
    },
    /// The driver refused the value.
    #[error("`{name}` was not set to {value}: {source}")]
    Refused {
        /// The control.
        name: String,
        /// The value.
        value: i64,
        /// What the kernel said.
        source: io::Error,
    },
    /// The driver made another value of it.
    #[error("`{name}` was set to {asked}, and the camera made {found} of it")]
    Changed {
        /// The control.
        name: String,
        /// The configured value.
        asked: i64,
        /// The value that it has.
        found: i64,
    },
}

fn did_you_mean(near: &Option<String>) -> String {
    match near {
        Some(near) => format!(" (did you mean `{near}`?)"),
        None => String::new(),
    }
}

/// One control to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The driver's number for the control.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// The value to set.
    pub value: i64,
}

/// What to set, in this order, and what cannot be set.
///
/// Automatics come first: they decide whether the values that they would otherwise govern can be set at all. Beyond
/// that the camera's own order holds, in which drivers list what depends on something after it.
pub fn plan(controls: &[Control], settings: &[ControlSetting]) -> (Vec<Step>, Vec<ControlProblem>) {
    let mut steps = Vec::new();
    let mut problems = Vec::new();
    for setting in settings {
        match find(controls, setting) {
            Ok((place, step)) => steps.push(((!controls[place].is_automatic(), place), step)),
            Err(problem) => problems.push(problem),
        }
    }
    steps.sort_by_key(|(order, _)| *order);
    (steps.into_iter().map(|(_, step)| step).collect(), problems)
}

fn find(controls: &[Control], setting: &ControlSetting) -> Result<(usize, Step), ControlProblem> {
    let name = setting.name.clone();
    let Some(place) = controls.iter().position(|control| control.name == name) else {
        let names: Vec<_> = controls.iter().map(|control| &*control.name).collect();
        return Err(ControlProblem::Unknown {
            near: nearest(&name, &names).map(str::to_owned),
            there: match names.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            },
            name,
        });
    };
    let Control { id, kind, .. } = &controls[place];
    let step = |value| Step {
        id: *id,
        name: name.clone(),
        value,
    };
    match kind.number(&setting.value) {
        Some(value) => Ok((place, step(value))),
        None => Err(ControlProblem::Value {
            accepted: kind.to_string(),
            found: setting.value.to_string(),
            name,
        }),
    }
}

impl Control {
    /// Whether it hands other controls over to the camera, or takes them back.
    fn is_automatic(&self) -> bool {
        let chooses = !matches!(self.kind, ControlKind::Number { .. });
        chooses && self.name.split('_').any(|word| word.starts_with("auto"))
    }

    /// A value as one would write it into the configuration.
    pub fn shown(&self, value: i64) -> ControlValue {
        match &self.kind {
            ControlKind::Number { .. } => ControlValue::Number(value),
            ControlKind::Switch => ControlValue::Switch(value != 0),
            ControlKind::Menu(entries) => match entries.iter().find(|(number, _)| *number == value)
            {
                Some((_, name)) => ControlValue::Text(name_of(name)),
                None => ControlValue::Number(value),
            },
        }
    }
}

impl ControlKind {
    /// The number that the driver knows `value` by; `None` when this control does not take it.
    fn number(&self, value: &ControlValue) -> Option<i64> {
        match (self, value) {
            (Self::Number { min, max, .. }, ControlValue::Number(number)) => {
                (*min..=*max).contains(number).then_some(*number)
            }
            (Self::Switch, ControlValue::Switch(on)) => Some(i64::from(*on)),
            (Self::Switch, ControlValue::Number(number)) => {
                matches!(number, 0 | 1).then_some(*number)
            }
            (Self::Menu(entries), ControlValue::Number(number)) => {
                let there = entries.iter().any(|(entry, _)| entry == number);
                there.then_some(*number)
            }
            (Self::Menu(entries), ControlValue::Text(text)) => entry(entries, text),
            _ => None,
        }
    }
}

/// The entry of this name, or the only one that begins with it: `manual` is `Manual Mode`.
fn entry(entries: &[(i64, String)], text: &str) -> Option<i64> {
    let wanted = name_of(text);
    let whole = entries.iter().find(|(_, name)| name_of(name) == wanted);
    if let Some((number, _)) = whole {
        return Some(*number);
    }
    let begins = format!("{wanted}_");
    let mut begun = entries
        .iter()
        .filter(|(_, name)| name_of(name).starts_with(&begins));
    match (begun.next(), begun.next()) {
        (Some((number, _)), None) => Some(*number),
        _ => None,
    }
}

/// What a control takes, for people.
impl fmt::Display for ControlKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { min, max, step } => {
                write!(f, "{min} to {max}")?;
                if *step > 1 {
                    write!(f, " in steps of {step}")?;
                }
                Ok(())
            }
            Self::Switch => f.write_str("true or false"),
            Self::Menu(entries) => {
                let names: Vec<_> = entries
                    .iter()
                    .map(|(number, name)| format!("\"{}\" ({number})", name_of(name)))
                    .collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}

/// The driver's title as a name for the configuration: lower-case letters and digits, and one underscore for whatever
/// stands between them. It is the rule of `v4l2-ctl`, so its names can be used.
pub fn name_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("_").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(id: u32, title: &str, kind: ControlKind) -> Control {
        Control {
            id,
            name: name_of(title),
            kind,
            default: 0,
            value: Some(0),
            locked: None,
        }
    }

    fn webcam() -> Vec<Control> {
        let entries = [(1, "Manual Mode"), (3, "Aperture Priority Mode")];
        let entries = entries.map(|(number, name)| (number, name.to_owned()));
        let range = ControlKind::Number {
            min: 3,
            max: 2047,
            step: 1,
        };
        vec![
            control(1, "Exposure Time, Absolute", range),
            control(2, "White Balance, Automatic", ControlKind::Switch),
            control(3, "Auto Exposure", ControlKind::Menu(entries.to_vec())),
        ]
    }

    fn planned(settings: &[(&str, ControlValue)]) -> (Vec<(u32, i64)>, Vec<String>) {
        let setting = |(name, value): &(&str, ControlValue)| ControlSetting {
            name: (*name).to_owned(),
            value: value.clone(),
        };
        let settings: Vec<_> = settings.iter().map(setting).collect();
        let (steps, problems) = plan(&webcam(), &settings);
        (
            steps.iter().map(|step| (step.id, step.value)).collect(),
            problems.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn names_are_those_of_v4l2_ctl() {
        assert_eq!(
            name_of("White Balance, Automatic"),
            "white_balance_automatic"
        );
        assert_eq!(name_of("Focus (absolute)"), "focus_absolute");
    }

    #[test]
    fn automatics_are_set_before_the_values_that_they_lock() {
        let (steps, problems) = planned(&[
            ("exposure_time_absolute", ControlValue::Number(157)),
            ("auto_exposure", ControlValue::Text("manual".into())),
            ("white_balance_automatic", ControlValue::Switch(false)),
        ]);
        assert_eq!(steps, [(2, 0), (3, 1), (1, 157)]);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_menus_entry_goes_by_number_and_by_name() {
        for value in [
            ControlValue::Number(3),
            ControlValue::Text("Aperture Priority Mode".into()),
            ControlValue::Text("aperture_priority_mode".into()),
            ControlValue::Text("aperture".into()),
        ] {
            assert_eq!(planned(&[("auto_exposure", value)]).0, [(3, 3)]);
        }
    }

    #[test]
    fn what_cannot_be_set_says_what_can_and_leaves_the_rest_alone() {
        let (steps, problems) = planned(&[
            ("auto_exposre", ControlValue::Number(1)),
            ("exposure_time_absolute", ControlValue::Number(5000)),
            ("auto_exposure", ControlValue::Text("sunny".into())),
            ("white_balance_automatic", ControlValue::Switch(true)),
        ]);
        assert_eq!(steps, [(2, 1)]);
        assert_eq!(
            problems,
            [
                "the camera has no control `auto_exposre` (did you mean `auto_exposure`?); it has: exposure_time_absolute, \
                 white_balance_automatic, auto_exposure",
                "`exposure_time_absolute` takes 3 to 2047, found 5000",
                "`auto_exposure` takes \"manual_mode\" (1), \"aperture_priority_mode\" (3), found \"sunny\"",
            ]
        );
    }
}
