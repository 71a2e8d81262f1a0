//! A manifest as written → a manifest as used, or everything that is wrong with it.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};

use super::file::{AccuracyFile, InputFile, ManifestFile, OutputFile};
use super::{Accuracy, Activation, Complaint, Family, Manifest, ManifestError, OutputSpec};
use crate::convert::{Align, Fit, InputSpec};
use crate::types::Size;

const SCHEMA: &str = "watchpost.model/1";

pub(super) fn manifest(file: ManifestFile) -> Result<Manifest, ManifestError> {
    let mut check = Check::default();
    check.one_of("schema", &file.schema, &[(SCHEMA, ())]);
    let manifest = Manifest {
        name: check.slug("name", file.name),
        version: check.text("version", file.version),
        file: check.path("file", &file.file),
        sha256: check.sha256("sha256", &file.sha256),
        license: check.text("license", file.license),
        source: check.text("source", file.source),
        input_name: check.text("input.name", file.input.name.clone()),
        input: input(&mut check, &file.input),
        output: output(&mut check, &file.output),
        accuracy: file.accuracy.map(|file| accuracy(&mut check, file)),
    };
    match check.0 {
        complaints if complaints.is_empty() => Ok(manifest),
        complaints => Err(ManifestError::Values(complaints)),
    }
}

fn input(check: &mut Check, file: &InputFile) -> InputSpec {
    check.one_of("input.layout", &file.layout, &[("nchw", ())]);
    let bgr = check.one_of("input.color", &file.color, &[("rgb", false), ("bgr", true)]);
    let std = file.std.map(|value| value as f32);
    if !std.iter().all(|value| value.is_normal()) {
        check.refuse(
            "input.std",
            list(&file.std),
            "three finite numbers other than zero",
        );
    }
    let mean = file.mean.map(|value| value as f32);
    if !mean.iter().all(|value| value.is_finite()) {
        check.refuse("input.mean", list(&file.mean), "three finite numbers");
    }
    InputSpec {
        size: Size::new(
            check.whole("input.width", file.width, 32..=4096) as u32,
            check.whole("input.height", file.height, 32..=4096) as u32,
        ),
        bgr,
        mean,
        std,
        fit: fit(check, file),
    }
}

fn fit(check: &mut Check, file: &InputFile) -> Fit {
    let letterbox = check.one_of(
        "input.fit",
        &file.fit,
        &[("letterbox", true), ("stretch", false)],
    );
    if !letterbox {
        check.absent(
            "input.align",
            file.align.as_ref(),
            "with input.fit = \"letterbox\"",
        );
        check.absent(
            "input.pad",
            file.pad.as_ref(),
            "with input.fit = \"letterbox\"",
        );
        return Fit::Stretch;
    }
    let align = check.present("input.align", file.align.as_deref(), "center or top_left");
    let align = check.one_of(
        "input.align",
        align.unwrap_or("center"),
        &[("center", Align::Center), ("top_left", Align::TopLeft)],
    );
    let pad = check.present("input.pad", file.pad, "a value of 0 to 255");
    Fit::Letterbox(
        align,
        check.whole("input.pad", pad.unwrap_or(0), 0..=255) as u8,
    )
}

fn output(check: &mut Check, file: &OutputFile) -> OutputSpec {
    let classes = check.whole("output.classes", file.classes, 1..=100_000) as usize;
    let last = classes.saturating_sub(1) as i64;
    let family = family(check, file);
    OutputSpec {
        names: names(check, file, &family),
        classes,
        person: check.whole("output.person", file.person, 0..=last) as usize,
        nms_iou: nms_iou(check, file, &family),
        family,
    }
}

fn family(check: &mut Check, file: &OutputFile) -> Family {
    let known = ["yolox", "gfl", "rtmdet", "detr"].map(|name| (name, name));
    let name = check.one_of("output.family", &file.family, &known);
    let only = |families: &[&str]| !families.contains(&name);
    if only(&["yolox"]) {
        check.absent(
            "output.objectness",
            file.objectness.as_ref(),
            "with the family yolox",
        );
    }
    if only(&["gfl"]) {
        check.absent(
            "output.reg_max",
            file.reg_max.as_ref(),
            "with the family gfl",
        );
        check.absent(
            "output.center_shift",
            file.center_shift.as_ref(),
            "with the family gfl",
        );
    }
    if only(&["detr"]) {
        check.absent(
            "output.size_input",
            file.size_input.as_ref(),
            "with the family detr",
        );
    }
    if only(&["yolox", "gfl"]) {
        let with = "with the families yolox and gfl";
        check.absent(
            "output.strides",
            file.strides.as_ref().map(|v| list(v)).as_ref(),
            with,
        );
        check.absent("output.activation", file.activation.as_ref(), with);
    }
    match name {
        "yolox" => Family::Yolox {
            strides: strides(check, file),
            objectness: check
                .present("output.objectness", file.objectness, "true or false")
                .unwrap_or(false),
            activation: activation(check, file),
        },
        "gfl" => Family::Gfl {
            strides: strides(check, file),
            reg_max: reg_max(check, file),
            center_shift: check.number(
                "output.center_shift",
                file.center_shift.unwrap_or(0.0),
                -64.0..=64.0,
            ) as f32,
            activation: activation(check, file),
        },
        "rtmdet" => Family::Rtmdet,
        _ => Family::Detr {
            size_input: file.size_input.clone(),
        },
    }
}

fn strides(check: &mut Check, file: &OutputFile) -> Vec<u32> {
    let strides = file.strides.clone().unwrap_or_default();
    if strides.is_empty() || strides.len() > 8 || !strides.iter().all(|s| (1..=256).contains(s)) {
        check.refuse(
            "output.strides",
            list(&strides),
            "one to eight whole numbers of 1 to 256",
        );
    }
    strides
        .iter()
        .map(|&stride| stride.clamp(1, 256) as u32)
        .collect()
}

fn reg_max(check: &mut Check, file: &OutputFile) -> usize {
    let accepted = "a whole number of 1 to 64";
    let value = check.present("output.reg_max", file.reg_max, accepted);
    check.whole("output.reg_max", value.unwrap_or(1), 1..=64) as usize
}

fn activation(check: &mut Check, file: &OutputFile) -> Activation {
    check.one_of(
        "output.activation",
        file.activation.as_deref().unwrap_or("none"),
        &[("none", Activation::None), ("sigmoid", Activation::Sigmoid)],
    )
}

fn names(check: &mut Check, file: &OutputFile, family: &Family) -> Vec<String> {
    let (wanted, what) = match family {
        Family::Yolox { .. } => (1, "one name: the map"),
        Family::Gfl { strides, .. } => (
            2 * strides.len(),
            "for each stride the name of its classes, then for each the name of its distances",
        ),
        Family::Rtmdet => (2, "two names: boxes with scores, labels"),
        Family::Detr { .. } => (3, "three names: labels, boxes, scores"),
    };
    if file.names.len() != wanted || file.names.iter().any(String::is_empty) {
        check.refuse("output.names", list(&file.names), what);
    }
    file.names.clone()
}

/// Families that repeat themselves must say from where on two boxes are one person.
fn nms_iou(check: &mut Check, file: &OutputFile, family: &Family) -> Option<f32> {
    let accepted = "a number of 0.01 to 1";
    let value = match family {
        Family::Yolox { .. } | Family::Gfl { .. } => {
            check.present("output.nms_iou", file.nms_iou, accepted)
        }
        Family::Rtmdet | Family::Detr { .. } => file.nms_iou,
    };
    value.map(|value| check.number("output.nms_iou", value, 0.01..=1.0) as f32)
}

fn accuracy(check: &mut Check, file: AccuracyFile) -> Accuracy {
    Accuracy {
        dataset: check.text("accuracy.dataset", file.dataset),
        ap: check.number("accuracy.ap", file.ap, 0.0..=100.0),
        ap50: check.number("accuracy.ap50", file.ap50, 0.0..=100.0),
    }
}

fn list<T: Display>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    format!("[{}]", values.join(", "))
}

/// Gathers complaints. Each method answers with a value to go on with, so that one complaint does not hide the next.
#[derive(Default)]
struct Check(Vec<Complaint>);

impl Check {
    fn refuse(&mut self, key: &'static str, found: String, accepted: impl Into<String>) {
        let accepted = accepted.into();
        self.0.push(Complaint {
            key,
            found,
            accepted,
        });
    }

    fn one_of<T: Copy>(&mut self, key: &'static str, found: &str, accepted: &[(&str, T)]) -> T {
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

    fn whole(&mut self, key: &'static str, found: i64, accepted: RangeInclusive<i64>) -> i64 {
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

    fn number(&mut self, key: &'static str, found: f64, accepted: RangeInclusive<f64>) -> f64 {
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

    fn present<T>(&mut self, key: &'static str, found: Option<T>, accepted: &str) -> Option<T> {
        if found.is_none() {
            self.refuse(key, "missing".to_owned(), accepted);
        }
        found
    }

    fn absent<T: Display>(&mut self, key: &'static str, found: Option<&T>, with: &str) {
        if let Some(found) = found {
            self.refuse(key, found.to_string(), format!("this key only {with}"));
        }
    }

    fn text(&mut self, key: &'static str, found: String) -> String {
        if found.trim().is_empty() {
            self.refuse(key, "empty".to_owned(), "a text");
        }
        found
    }

    fn slug(&mut self, key: &'static str, found: String) -> String {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        if found.is_empty() || !found.chars().all(allowed) {
            self.refuse(key, format!("{found:?}"), "a slug of a-z, 0-9, _ and -");
        }
        found
    }

    /// A manifest may come from elsewhere: it names files beside or below itself and no others.
    fn path(&mut self, key: &'static str, found: &str) -> PathBuf {
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

    fn sha256(&mut self, key: &'static str, found: &str) -> String {
        if found.len() != 64 || !found.chars().all(|c| c.is_ascii_hexdigit()) {
            self.refuse(key, format!("{found:?}"), "64 hexadecimal digits");
        }
        found.to_ascii_lowercase()
    }
}
