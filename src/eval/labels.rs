//! Reads people from an annotation file in COCO's format.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::types::Size;

/// Labelled pictures, by ascending id.
#[derive(Clone, Debug)]
pub struct Labels {
    /// The pictures; those without people too.
    pub images: Vec<LabelledImage>,
    /// The file's own number of the class `person`.
    pub category: i64,
}

/// One labelled picture.
#[derive(Clone, Debug)]
pub struct LabelledImage {
    /// Its number in the file.
    pub id: i64,
    /// Its path below the pictures' folder.
    pub file_name: PathBuf,
    /// Its size, which the boxes count in.
    pub size: Size,
    /// Everybody in it.
    pub people: Vec<Person>,
}

/// One labelled person, or a crowd.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Person {
    /// Left, top, width and height in pixels.
    pub bbox: [f64; 4],
    /// Area in pixels, which may be that of an outline.
    pub area: f64,
    /// Many people in one box: neither to be found nor to be counted as wrong.
    pub crowd: bool,
}

/// Why an annotation file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not in COCO's format.
    #[error("{} is not an annotation file in COCO's format", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Nobody is labelled in it.
    #[error("{} has no category `person`", path.display())]
    NoPerson {
        /// The file.
        path: PathBuf,
    },
    /// A box belongs to no picture.
    #[error("annotation {annotation} of {} is of image {image}, which is not listed", path.display())]
    NoImage {
        /// The file.
        path: PathBuf,
        /// The annotation's number.
        annotation: i64,
        /// The missing picture's number.
        image: i64,
    },
}

impl Labels {
    /// The people in the annotation file at `path`.
    pub fn read(path: &Path) -> Result<Self, LabelError> {
        let at = || path.to_owned();
        let text = fs::read(path).map_err(|source| LabelError::Read { path: at(), source })?;
        let file = serde_json::from_slice(&text);
        let file = file.map_err(|source| LabelError::Form { path: at(), source })?;
        Self::gather(path, file)
    }

    fn gather(path: &Path, file: CocoFile) -> Result<Self, LabelError> {
        let path = || path.to_owned();
        let person = file
            .categories
            .iter()
            .find(|category| category.name == "person");
        let category = person
            .ok_or_else(|| LabelError::NoPerson { path: path() })?
            .id;
        let mut images: Vec<_> = file.images.into_iter().map(LabelledImage::from).collect();
        images.sort_by_key(|image| image.id);
        let place: HashMap<i64, usize> = images
            .iter()
            .enumerate()
            .map(|(place, image)| (image.id, place))
            .collect();
        for annotation in file
            .annotations
            .iter()
            .filter(|one| one.category_id == category)
        {
            let place = place
                .get(&annotation.image_id)
                .ok_or_else(|| LabelError::NoImage {
                    path: path(),
                    annotation: annotation.id,
                    image: annotation.image_id,
                })?;
            images[*place].people.push(annotation.into());
        }
        Ok(Self { images, category })
    }
}

/// The parts of COCO's format that matter here; files hold many more keys.
#[derive(Deserialize)]
struct CocoFile {
    images: Vec<CocoImage>,
    annotations: Vec<CocoAnnotation>,
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: i64,
    file_name: PathBuf,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    id: i64,
    image_id: i64,
    category_id: i64,
    bbox: [f64; 4],
    area: Option<f64>,
    #[serde(default)]
    iscrowd: u8,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: i64,
    name: String,
}

impl From<CocoImage> for LabelledImage {
    fn from(image: CocoImage) -> Self {
        Self {
            id: image.id,
            file_name: image.file_name,
            size: Size::new(image.width, image.height),
            people: Vec::new(),
        }
    }
}

impl From<&CocoAnnotation> for Person {
    fn from(annotation: &CocoAnnotation) -> Self {
        let [_, _, width, height] = annotation.bbox;
        Self {
            bbox: annotation.bbox,
            area: annotation.area.unwrap_or(width * height),
            crowd: annotation.iscrowd != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(json: &str) -> Result<Labels, LabelError> {
        Labels::gather(
            Path::new("labels.json"),
            serde_json::from_str(json).expect("has the form"),
        )
    }

    #[test]
    fn people_are_gathered_by_picture() {
        let labels = gather(
            r#"{"info": {}, "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "person"}],
                "images": [{"id": 2, "file_name": "b.jpg", "width": 4, "height": 3, "set": "x"},
                           {"id": 1, "file_name": "a.jpg", "width": 4, "height": 3}],
                "annotations": [
                  {"id": 1, "image_id": 2, "category_id": 7, "bbox": [0, 0, 2, 3], "area": 5.5, "iscrowd": 1},
                  {"id": 2, "image_id": 2, "category_id": 3, "bbox": [0, 0, 1, 1], "area": 1},
                  {"id": 3, "image_id": 2, "category_id": 7, "bbox": [1, 1, 2, 3]}]}"#,
        );
        let labels = labels.expect("is a good file");
        assert_eq!(labels.category, 7);
        assert_eq!(labels.images[0].people, []);
        let crowd = Person {
            bbox: [0.0, 0.0, 2.0, 3.0],
            area: 5.5,
            crowd: true,
        };
        let alone = Person {
            bbox: [1.0, 1.0, 2.0, 3.0],
            area: 6.0,
            crowd: false,
        };
        assert_eq!(labels.images[1].people, [crowd, alone]);
    }

    #[test]
    fn a_file_without_people_or_pictures_is_refused() {
        let error = gather(r#"{"categories": [], "images": [], "annotations": []}"#);
        let error = error.expect_err("has no category");
        assert_eq!(error.to_string(), "labels.json has no category `person`");
        let error = gather(
            r#"{"categories": [{"id": 1, "name": "person"}], "images": [],
                "annotations": [{"id": 5, "image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]}]}"#,
        );
        let error = error.expect_err("has no picture");
        assert_eq!(
            error.to_string(),
            "annotation 5 of labels.json is of image 9, which is not listed"
        );
    }
}
