//! How a manifest's values are looked at, so that every complaint names its key, what was found and what is accepted.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};

use super::Complaint;

/// Gathers complaints. Each method answers with a value to go on with, so that one complaint does not hide the next.
#[derive(Default)]
pub(super) struct Check(Vec<Complaint>);

impl Check {
    /// Everything that was wrong, in the order in which it was looked at.
    pub(super) fn complaints(self) -> Vec<Complaint> {
        self.0
    }

    pub(super) fn refuse(&mut self, key: &'static str, found: String, accepted: impl Into<String>) {
        let accepted = accepted.into();
        self.0.push(Complaint {
            key,
            found,
            accepted,
        });
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        found: &str,
        accepted: &[(&str, T)],
    ) -> T {
        if let Some((_, value)) = accepted.iter().find(|(name, _)| *name == found) {
            return *value;
        }
        let names: Vec<_> = accepted
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        self.refuse(key, format!("{found:?}"), names.join(" or "));
        accepted[0].1
    }

    pub(super) fn whole(
        &mut self,
        key: &'static str,
        found: i64,
        accepted: RangeInclusive<i64>,
    ) -> i64 {
        let (min, max) = (*accepted.start(), *accepted.end());
        if !accepted.contains(&found) {
            self.refuse(
                key,
                found.to_string(),
                format!("a whole number of {min} to {max}"),
            );
        }
        found.clamp(min, max.max(min))
    }

    pub(super) fn number(
        &mut self,
        key: &'static str,
        found: f64,
        accepted: RangeInclusive<f64>,
    ) -> f64 {
        if !accepted.contains(&found) {
            let (min, max) = (accepted.start(), accepted.end());
            self.refuse(
                key,
                found.to_string(),
                format!("a number of {min} to {max}"),
            );
        }
        found
    }

    pub(super) fn optional(
        &mut self,
        key: &'static str,
        found: Option<f64>,
        accepted: RangeInclusive<f64>,
    ) -> Option<f64> {
        found.map(|found| self.number(key, found, accepted))
    }

    pub(super) fn present<T>(
        &mut self,
        key: &'static str,
        found: Option<T>,
        accepted: &str,
    ) -> Option<T> {
        if found.is_none() {
            self.refuse(key, "missing".to_owned(), accepted);
        }
        found
    }

    pub(super) fn absent<T: Display>(&mut self, key: &'static str, found: Option<&T>, with: &str) {
        if let Some(found) = found {
            self.refuse(key, found.to_string(), format!("this key only {with}"));
        }
    }

    pub(super) fn text(&mut self, key: &'static str, found: String) -> String {
        if found.trim().is_empty() {
            self.refuse(key, "empty".to_owned(), "a text");
        }
        found
    }

    pub(super) fn slug(&mut self, key: &'static str, found: String) -> String {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        if found.is_empty() || !found.chars().all(allowed) {
            self.refuse(key, format!("{found:?}"), "a slug of a-z, 0-9, _ and -");
        }
        found
    }

    /// A manifest may come from elsewhere: it names files beside or below itself and no others.
    pub(super) fn path(&mut self, key: &'static str, found: &str) -> PathBuf {
        let path = Path::new(found);
        let below = |part| matches!(part, Component::Normal(_));
        if found.is_empty() || !path.components().all(below) {
            self.refuse(
                key,
                format!("{found:?}"),
                "a path beside or below the manifest",
            );
        }
        path.to_owned()
    }

    pub(super) fn sha256(&mut self, key: &'static str, found: &str) -> String {
        if found.len() != 64 || !found.chars().all(|c| c.is_ascii_hexdigit()) {
            self.refuse(key, format!("{found:?}"), "64 hexadecimal digits");
        }
        found.to_ascii_lowercase()
    }
}

pub(super) fn list<T: Display>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    format!("[{}]", values.join(", "))
}
