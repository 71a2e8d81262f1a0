//! Well-known detectors of other people: where each comes from, how large it is, its digest, and its manifest. Pure.
//!
//! The list is `models/zoo.toml`; the program holds a copy. An entry is a manifest without `schema`, `file` and `sha256`,
//! and a `download` table with what is left to know.

use serde::Deserialize;

use crate::detect::{Manifest, ManifestError};

const SCHEMA: &str = "watchpost.zoo/1";
const MANIFEST_SCHEMA: &str = "watchpost.model/1";
const BUILT_IN: &str = include_str!("../../models/zoo.toml");
/// What an installed model's file is called.
pub const MODEL_FILE: &str = "model.onnx";

/// A list of detectors.
#[derive(Clone, Debug)]
pub struct Zoo {
    entries: Vec<Entry>,
}

/// One detector.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest as it is written beside the model.
    pub text: String,
    /// Where the file comes from.
    pub download: Download,
}

/// Where a file comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// Address of the file, or where a person finds it when the entry is not `checked`.
    pub url: String,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file in hexadecimal.
    sha256: String,
    /// Whether address, size and digest are known to belong together. Only then is anything downloaded.
    pub checked: bool,
    /// What speaks for that, or what is not known.
    pub note: String,
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ZooError {
    /// Not TOML, or keys missing, unknown or of the wrong type.
    #[error("it does not have the form of a zoo")]
    Form(#[from] toml::de::Error),
    /// Another version of the list's form.
    #[error("`schema` is {0:?}, accepted is {SCHEMA:?}")]
    Schema(String),
    /// An entry is no manifest.
    #[error("its entry {name} is no manifest")]
    Entry {
        /// The entry's name, as far as there is one.
        name: String,
        /// What is wrong.
        source: ManifestError,
    },
    /// An entry's download table lacks keys or has others.
    #[error("its entry {name} has no usable `download`")]
    Download {
        /// The entry's name.
        name: String,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// An entry does not say enough.
    #[error("its entry {name} has no {what}")]
    Lacks {
        /// The entry's name.
        name: String,
        /// What is not there.
        what: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZooFile {
    schema: String,
    model: Vec<toml::Table>,
}

impl Zoo {
    /// The list that the program holds.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("a test reads it")
    }

    /// The list that `text` holds.
    ///
    /// # Errors
    ///
    /// When it is not a list, or any entry in it is not a manifest.
    pub fn parse(text: &str) -> Result<Self, ZooError> {
        let file: ZooFile = toml::from_str(text)?;
        if file.schema != SCHEMA {
            return Err(ZooError::Schema(file.schema));
        }
        let entries = file
            .model
            .into_iter()
            .map(entry)
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Every entry, in the list's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of that name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.manifest.name == name)
    }

    /// Every name, for a person who meant one of them.
    pub fn names(&self) -> String {
        let names: Vec<_> = self
            .entries
            .iter()
            .map(|entry| &*entry.manifest.name)
            .collect();
        names.join(", ")
    }
}

fn entry(mut manifest: toml::Table) -> Result<Entry, ZooError> {
    let name = manifest.get("name").and_then(toml::Value::as_str);
    let name = name.unwrap_or("without a name").to_owned();
    let lacks = |what| ZooError::Lacks {
        name: name.clone(),
        what,
    };
    let download = manifest
        .remove("download")
        .ok_or(lacks("table `download`"))?;
    let download: Download = download.try_into().map_err(|source| ZooError::Download {
        name: name.clone(),
        source,
    })?;
    if download.bytes == 0 {
        return Err(lacks("size"));
    }
    if download.note.trim().is_empty() {
        return Err(lacks("note on what its address rests on"));
    }
    for (key, value) in [
        ("schema", MANIFEST_SCHEMA),
        ("file", MODEL_FILE),
        ("sha256", &download.sha256),
    ] {
        manifest.insert(key.to_owned(), value.into());
    }
    let text = manifest.to_string();
    let manifest = Manifest::parse(&text).map_err(|source| ZooError::Entry {
        name: name.clone(),
        source,
    })?;
    Ok(Entry {
        manifest,
        text,
        download,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::update::Policy;

    #[test]
    fn every_built_in_entry_is_a_manifest_with_an_https_address() {
        let zoo = Zoo::parse(BUILT_IN).unwrap_or_else(|error| panic!("{error}: {error:?}"));
        for name in [
            "yolox-nano",
            "nanodet-m-416",
            "picodet-s-416",
            "rtmdet-nano-person-416",
            "deimv2-femto-416",
        ] {
            assert!(zoo.find(name).is_some(), "{name} is not in the zoo");
        }
        let mut names = HashSet::new();
        for entry in zoo.entries() {
            let Manifest { name, source, .. } = &entry.manifest;
            assert!(names.insert(name), "{name} is there twice");
            let address = Policy::default().address(&entry.download.url);
            let address = address.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(address.scheme_str(), Some("https"), "{name}");
            assert!(source.contains("https://"), "{name} has no page: {source}");
            assert!(
                (100_000..512 << 20).contains(&entry.download.bytes),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_written_beside_a_model_is_its_manifest() {
        for entry in Zoo::built_in().entries() {
            assert_eq!(
                Manifest::parse(&entry.text).expect("it was read"),
                entry.manifest
            );
        }
    }

    #[test]
    fn a_wrong_list_is_refused_with_the_reason() {
        let check = |from: &str, to: &str, expected: &str| {
            assert!(BUILT_IN.contains(from), "{from}");
            let error = Zoo::parse(&BUILT_IN.replacen(from, to, 1)).expect_err("is wrong");
            let source =
                std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
            let text = format!("{error}: {source}");
            assert!(text.contains(expected), "{text}");
        };
        check("zoo/1", "zoo/2", "`schema` is \"watchpost.zoo/2\"");
        check("width = 416", "width = 4", "`input.width` is 4");
        check("checked = true", "", "missing field `checked`");
        check(
            "bytes = 3659407",
            "bytes = 0",
            "its entry yolox-nano has no size",
        );
    }
}
