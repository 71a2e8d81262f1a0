//! A manifest as written → a manifest as used, or everything that is wrong with it.

use super::check::{Check, list};
use super::figures::{accuracy, limits};
use super::file::{EmbeddingFile, InputFile, ManifestFile, OutputFile};
use super::{Activation, Embedding, Family, Manifest, ManifestError, OutputSpec};
use crate::convert::{Align, Fit, InputSpec};
use crate::detect::tensor::Kind;
use crate::types::Size;

const SCHEMA: &str = "watchpost.model/1";

pub(super) fn manifest(file: ManifestFile) -> Result<Manifest, ManifestError> {
    let mut check = Check::default();
    check.one_of("schema", &file.schema, &[(SCHEMA, ())]);
    let mut manifest = Manifest {
        name: check.slug("name", file.name),
        version: check.text("version", file.version),
        file: check.path("file", &file.file),
        sha256: check.sha256("sha256", &file.sha256),
        license: check.text("license", file.license),
        source: check.text("source", file.source),
        input_name: check.text("input.name", file.input.name.clone()),
        input_kind: input_kind(&mut check, &file.input),
        input: input(&mut check, &file.input),
        output: output(&mut check, &file.output),
        embedding: None,
        accuracy: file.accuracy.map(|file| accuracy(&mut check, file)),
        limits: limits(&mut check, file.limits.unwrap_or_default()),
    };
    multiple_of(&mut check, &manifest);
    let embedding = |file| embedding(&mut check, file, &manifest.output);
    manifest.embedding = file.embedding.map(embedding);
    match check.complaints() {
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
        multiple_of: file
            .multiple_of
            .map(|found| check.whole("input.multiple_of", found, 1..=256) as u32),
        bgr,
        mean,
        std,
        fit: fit(check, file),
    }
}

fn input_kind(check: &mut Check, file: &InputFile) -> Kind {
    let dtype = file.dtype.as_deref().unwrap_or("f32");
    let is_byte = check.one_of("input.dtype", dtype, &[("f32", false), ("u8", true)]);
    if !is_byte {
        return Kind::Float;
    }
    // Anything else would leave few of the 256 values, or none.
    if (file.mean, file.std) != ([0.0; 3], [1.0; 3]) {
        let found = format!("mean {}, std {}", list(&file.mean), list(&file.std));
        check.refuse(
            "input.dtype",
            format!("\"u8\" with {found}"),
            "\"u8\" with mean [0, 0, 0], std [1, 1, 1]",
        );
    }
    Kind::Byte
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

/// An input of many sizes needs cells that fill each of them, and a picture that is not distorted.
fn multiple_of(check: &mut Check, manifest: &Manifest) {
    let Some(step) = manifest.input.multiple_of else {
        return;
    };
    let key = "input.multiple_of";
    if manifest.input.fit == Fit::Stretch {
        check.refuse(
            key,
            format!("{step} with input.fit = \"stretch\""),
            "this key with input.fit = \"letterbox\" only",
        );
    }
    if let Family::Detr { .. } = manifest.output.family {
        check.refuse(
            key,
            format!("{step} with the family detr"),
            "this key with the other families only",
        );
    }
    let Size { width, height } = manifest.input.size;
    if width % step != 0 || height % step != 0 {
        check.refuse(
            key,
            format!("{step} with an input of {width}×{height}"),
            "a number of which both are multiples",
        );
    }
    let strides = manifest.output.family.strides().unwrap_or_default();
    if strides.iter().any(|&stride| step % stride != 0) {
        check.refuse(
            key,
            format!("{step} with strides {strides:?}"),
            "a multiple of every stride",
        );
    }
}

/// One vector a cell makes sense only where the family has cells.
fn embedding(check: &mut Check, file: EmbeddingFile, output: &OutputSpec) -> Embedding {
    if output.family.strides().is_none() {
        let found = format!("there with the family {}", output.family.name());
        let accepted = "this table only with the families yolox and gfl";
        check.refuse("embedding", found, accepted);
    }
    if output.names.contains(&file.name) {
        let found = format!("{:?}", file.name);
        let accepted = "an output that `output.names` does not name";
        check.refuse("embedding.name", found, accepted);
    }
    Embedding {
        name: check.text("embedding.name", file.name),
        size: check.whole("embedding.size", file.size, 1..=4096) as usize,
    }
}
