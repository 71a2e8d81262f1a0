//! The rendered stills of this repository as a labelled set.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes")
}

/// The stills with their truth in COCO's format.
pub struct Labelled {
    folder: TempDir,
    /// How many they are.
    pub pictures: usize,
    /// How many people are on them.
    pub people: usize,
}

impl Labelled {
    /// The folder of the pictures.
    pub fn images() -> String {
        let folder = scenes().join("stills");
        folder.to_str().expect("a plain name").to_owned()
    }

    /// Writes the labels, as `labels.json`, into a folder of their own.
    pub fn write() -> Self {
        let (mut images, mut annotations) = (Vec::new(), Vec::new());
        for name in names() {
            let truth = fs::read_to_string(scenes().join(format!("stills/{name}.json")));
            let truth: Value = serde_json::from_str(&truth.expect("is there")).expect("is JSON");
            let image = images.len() + 1;
            for person in truth["people"].as_array().expect("a list") {
                let side = |i: usize| person["box"][i].as_f64().expect("pixels");
                let [x, y] = [side(0), side(1)];
                annotations.push(json!({
                    "id": annotations.len() + 1, "image_id": image, "category_id": 1, "iscrowd": 0,
                    "bbox": [x, y, side(2) - x, side(3) - y],
                }));
            }
            images.push(json!({
                "id": image, "file_name": format!("{name}.jpg"),
                "width": truth["width"], "height": truth["height"],
            }));
        }
        let (pictures, people) = (images.len(), annotations.len());
        let labels = json!({
            "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}],
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("labels.json"), labels.to_string()).expect("is written");
        Self {
            folder,
            pictures,
            people,
        }
    }

    /// A file beside the labels.
    pub fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().expect("a plain name").to_owned()
    }
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(scenes().join("stills")).expect("is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let jpegs = paths.filter(|path| path.extension().is_some_and(|e| e == "jpg"));
    let mut names: Vec<String> = jpegs
        .map(|path| {
            path.file_stem()
                .expect("has a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
