//! Reads one table of the configuration key by key, so that every complaint in it is found and not only the first.

use std::cell::RefCell;

use config::{Map, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::complaint::Complaints;

/// A table whose keys are taken one after the other; what is never taken is unknown.
pub struct Table<'a> {
    path: String,
    entries: Map<String, Value>,
    known: Vec<&'static str>,
    complaints: &'a RefCell<Complaints>,
}

impl<'a> Table<'a> {
    /// The table at the top of the file.
    pub fn root(entries: Map<String, Value>, complaints: &'a RefCell<Complaints>) -> Self {
        Self {
            path: String::new(),
            entries,
            known: Vec::new(),
            complaints,
        }
    }

    /// The value of `key`, if it is there and of the right type.
    pub fn take<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        let value = self.remove(key)?;
        let found = describe(&value.kind);
        match value.try_deserialize() {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(key, format!("{} (found {found})", reason(&error)));
                None
            }
        }
    }

    /// Every key that is there, for tables whose keys are not ours to know; `read` gives `None` for a value that is not
    /// `expected`.
    pub fn take_all<T>(
        &mut self,
        expected: &str,
        read: impl Fn(ValueKind) -> Option<T>,
    ) -> Vec<(String, T)> {
        let entries = self.drain();
        let mut taken = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let found = describe(&value.kind);
            match read(value.kind) {
                Some(value) => taken.push((key, value)),
                None => self.complain(&key, format!("expected {expected}, found {found}")),
            }
        }
        taken
    }

    /// The sub-table `key`, or an empty one.
    pub fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Table<'_>) -> T) -> T {
        let entries = match self.remove(key).map(|value| value.kind) {
            None => Map::new(),
            Some(ValueKind::Table(entries)) => entries,
            Some(other) => {
                self.complain(
                    key,
                    format!("expected a table [{key}], found {}", describe(&other)),
                );
                Map::new()
            }
        };
        self.enter(self.key(key), entries, read)
    }

    /// Every sub-table that is there, for tables whose keys are not ours to know.
    pub fn sections<T>(&mut self, mut read: impl FnMut(&mut Table<'_>) -> T) -> Vec<(String, T)> {
        let entries = self.drain();
        let mut sections = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match value.kind {
                ValueKind::Table(entries) => {
                    let section = self.enter(self.key(&key), entries, &mut read);
                    sections.push((key, section));
                }
                other => self.complain(
                    &key,
                    format!("expected a table, found {}", describe(&other)),
                ),
            }
        }
        sections
    }

    /// Each table of the list `[[key]]`.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Table<'_>) -> T,
    ) -> Vec<T> {
        let items = match self.remove(key).map(|value| value.kind) {
            None => return Vec::new(),
            Some(ValueKind::Array(items)) => items,
            Some(other) => {
                let found = describe(&other);
                self.complain(key, format!("expected a list [[{key}]], found {found}"));
                return Vec::new();
            }
        };
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            let path = format!("{}[{i}]", self.key(key));
            match item.kind {
                ValueKind::Table(entries) => out.push(self.enter(path, entries, &mut read)),
                other => self.complaints.borrow_mut().add(
                    path,
                    format!("expected a table, found {}", describe(&other)),
                ),
            }
        }
        out
    }

    /// Complains of every key that nobody took, and suggests the nearest known one.
    pub fn refuse_rest(&mut self) {
        let mut rest: Vec<_> = self.entries.keys().cloned().collect();
        rest.sort();
        for key in rest {
            let message = match nearest(&key, &self.known) {
                Some(known) => format!("unknown key; did you mean `{known}`?"),
                None => format!("unknown key; known here: {}", self.known.join(", ")),
            };
            self.complain(&key, message);
        }
    }

    fn enter<T>(
        &self,
        path: String,
        entries: Map<String, Value>,
        read: impl FnOnce(&mut Table<'_>) -> T,
    ) -> T {
        let mut table = Table {
            path,
            entries,
            known: Vec::new(),
            complaints: self.complaints,
        };
        let out = read(&mut table);
        table.refuse_rest();
        out
    }

    /// What is left, by name.
    fn drain(&mut self) -> Vec<(String, Value)> {
        let mut entries: Vec<_> = std::mem::take(&mut self.entries).into_iter().collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries
    }

    fn remove(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.entries.remove(key)
    }

    fn complain(&self, key: &str, message: String) {
        self.complaints.borrow_mut().add(self.key(key), message);
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// The known key that `key` was probably meant to be.
pub fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    // One slip of the fingers in three letters.
    let slips_max = (key.chars().count() / 3).max(1);
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(key, known), *known))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, known)| known)
}

fn reason(error: &config::ConfigError) -> String {
    match error {
        config::ConfigError::Type { expected, .. } => format!("expected {expected}"),
        other => other.to_string(),
    }
}

fn describe(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Nil => "nothing".into(),
        ValueKind::Boolean(value) => format!("`{value}`"),
        ValueKind::I64(value) => format!("`{value}`"),
        ValueKind::I128(value) => format!("`{value}`"),
        ValueKind::U64(value) => format!("`{value}`"),
        ValueKind::U128(value) => format!("`{value}`"),
        ValueKind::Float(value) => format!("`{value}`"),
        ValueKind::String(value) => format!("{value:?}"),
        ValueKind::Table(_) => "a table".into(),
        ValueKind::Array(_) => "a list".into(),
    }
}
