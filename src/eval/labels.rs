//! Reads people from an annotation file in COCO's format.

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
    #[error(
        "{} is not in COCO's format (needed: JSON with `images` of `id`, `file_name`, `width` and `height`, `annotations` \
         of `id`, `image_id`, `category_id` and `bbox`, and `categories` of `id` and `name`)",
        path.display()
    )]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Nobody is labelled in it.
    #[error("{} has no category `person`; it has {}", path.display(), listed(found))]
    NoPerson {
        /// The file.
        path: PathBuf,
        /// The categories that it has.
        found: Vec<String>,
    },
    /// There is nothing to look at.
    #[error("{} lists no pictures in `images`", path.display())]
    NoPictures {
        /// The file.
        path: PathBuf,
    },
    /// Two pictures have one number, so nobody knows whose the boxes are.
    #[error("{} lists image {image} twice", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The number.
        image: i64,
    },
    /// A box is none.
    #[error(
        "annotation {annotation} of {} has the box {bbox:?}; needed: left, top, width and height, the latter two not below 0",
        path.display()
    )]
    NoBox {
        /// The file.
        path: PathBuf,
        /// The annotation's number.
        annotation: i64,
        /// What is there.
        bbox: [f64; 4],
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
        let category = file.person().map_err(|found| LabelError::NoPerson {
            path: path(),
            found,
        })?;
        let mut images: Vec<_> = file.images.into_iter().map(LabelledImage::from).collect();
        if images.is_empty() {
            return Err(LabelError::NoPictures { path: path() });
        }
        images.sort_by_key(|image| image.id);
        if let Some(pair) = images.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(LabelError::Twice {
                path: path(),
                image: pair[0].id,
            });
        }
        let of_people = |one: &&CocoAnnotation| one.category_id == category;
        for annotation in file.annotations.iter().filter(of_people) {
            let CocoAnnotation {
                id, image_id, bbox, ..
            } = *annotation;
            if bbox[2] < 0.0 || bbox[3] < 0.0 {
                return Err(LabelError::NoBox {
                    path: path(),
                    annotation: id,
                    bbox,
                });
            }
            let place = images.binary_search_by_key(&image_id, |image| image.id);
            let place = place.map_err(|_| LabelError::NoImage {
                path: path(),
                annotation: id,
                image: image_id,
            })?;
            images[place].people.push(annotation.into());
        }
        Ok(Self { images, category })
    }

    /// Labelled people; crowds are not counted.
    pub fn people(&self) -> usize {
        let people = self.images.iter().flat_map(|image| &image.people);
        people.filter(|person| !person.crowd).count()
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none at all".to_owned(),
        names => names.join(", "),
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

impl CocoFile {
    /// The number of the category `person`, or the names of those that there are.
    fn person(&self) -> Result<i64, Vec<String>> {
        let mut categories = self.categories.iter();
        match categories.find(|category| category.name == "person") {
            Some(person) => Ok(person.id),
            None => Err(self.categories.iter().map(|one| one.name.clone()).collect()),
        }
    }
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
    fn what_cannot_be_used_is_refused_and_named() {
        let image = r#"{"id": 1, "file_name": "a.jpg", "width": 4, "height": 3}"#;
        let person = r#""categories": [{"id": 1, "name": "person"}]"#;
        let of_image = |id: i64, bbox: &str| {
            format!(
                r#"{{{person}, "images": [{image}],
                   "annotations": [{{"id": 5, "image_id": {id}, "category_id": 1, "bbox": {bbox}}}]}}"#
            )
        };
        let cases = [
            (
                r#"{"categories": [{"id": 1, "name": "cat"}], "images": [], "annotations": []}"#
                    .to_owned(),
                "labels.json has no category `person`; it has cat",
            ),
            (
                format!(r#"{{{person}, "images": [], "annotations": []}}"#),
                "labels.json lists no pictures in `images`",
            ),
            (
                format!(r#"{{{person}, "images": [{image}, {image}], "annotations": []}}"#),
                "labels.json lists image 1 twice",
            ),
            (
                of_image(9, "[0, 0, 1, 1]"),
                "annotation 5 of labels.json is of image 9, which is not listed",
            ),
            (
                of_image(1, "[0, 0, -1, 1]"),
                "annotation 5 of labels.json has the box [0.0, 0.0, -1.0, 1.0]; needed: left, top, width and height, the \
                 latter two not below 0",
            ),
        ];
        for (json, expected) in cases {
            let error = gather(&json).expect_err("is wrong");
            assert_eq!(error.to_string(), expected);
        }
    }
}
