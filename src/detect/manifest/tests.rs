use super::*;
use crate::convert::{Align, Fit};
use crate::types::Size;

const PERSON: &str = r#"
schema = "watchpost.model/1"
name = "person"
version = "0.1.0"
file = "model.onnx"
sha256 = "00000000000000000000000000000000000000000000000000000000000000AB"
license = "MIT OR Apache-2.0"
source = "trained from scratch"
[input]
name = "images"
width = 416
height = 256
layout = "nchw"
color = "bgr"
mean = [0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
fit = "letterbox"
align = "center"
pad = 114
[output]
family = "yolox"
names = ["output"]
strides = [8, 16, 32]
classes = 1
person = 0
objectness = false
activation = "none"
nms_iou = 0.6
[embedding]
name = "embedding"
size = 32
[accuracy]
dataset = "coco-person-val"
images = 396
ap = 41.5
ap50 = 70.0
ap_small = 12
[limits]
ap_min = 40
ap50_min = 68.5
retained_min = 0.7
false_alarms_max = 0.02
latency_ms_max = 25
resident_mb_max = 90
energy_mj_max = 60.5
"#;

/// The complaints about `PERSON` with every `from` replaced by its `to`.
fn complaints(changes: &[(&str, &str)]) -> Vec<Complaint> {
    let text = changes.iter().fold(PERSON.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the example");
        text.replace(from, to)
    });
    match Manifest::parse(&text) {
        Ok(_) => Vec::new(),
        Err(ManifestError::Values(complaints)) => complaints,
        Err(ManifestError::Form(error)) => panic!("{error}"),
    }
}

#[test]
fn a_good_manifest_is_typed() {
    let manifest = Manifest::parse(PERSON).expect("is good");
    assert!(manifest.sha256.ends_with("ab"), "hexadecimal is lower case");
    assert_eq!(manifest.input_kind, Kind::Float);
    assert!(manifest.input.bgr);
    assert_eq!(manifest.input.size, Size::new(416, 256));
    assert_eq!(manifest.input.fit, Fit::Letterbox(Align::Center, 114));
    assert_eq!(manifest.output.nms_iou, Some(0.6));
    let family = Family::Yolox {
        strides: vec![8, 16, 32],
        objectness: false,
        activation: Activation::None,
    };
    assert_eq!(manifest.output.family, family);
    let embedding = manifest.embedding.expect("is written");
    assert_eq!((&*embedding.name, embedding.size), ("embedding", 32));
    let accuracy = manifest.accuracy.expect("is written");
    assert_eq!(
        (accuracy.images, accuracy.ap_small),
        (Some(396), Some(12.0))
    );
    assert_eq!(manifest.limits.ap_min, Some(40.0));
    assert_eq!(manifest.limits.energy_mj_max, Some(60.5));
}

#[test]
fn what_is_optional_may_be_left_out() {
    let (short, _) = PERSON.split_once("[embedding]").expect("it is there");
    let manifest = Manifest::parse(short).expect("is good");
    assert_eq!(manifest.embedding, None);
    assert_eq!(manifest.accuracy, None);
    assert_eq!(manifest.limits, Limits::default());
}

#[test]
fn an_input_may_be_of_bytes() {
    let text = PERSON.replace("color", "dtype = \"u8\"\ncolor");
    let manifest = Manifest::parse(&text).expect("is good");
    assert_eq!(manifest.input_kind, Kind::Byte);
}

#[test]
fn every_wrong_value_is_named_with_what_was_found_and_accepted() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "model/1",
            "model/2",
            "`schema` is \"watchpost.model/2\", accepted is \"watchpost.model/1\"",
        ),
        (
            "\"person\"",
            "\"Per son\"",
            "`name` is \"Per son\", accepted is a slug of a-z, 0-9, _ and -",
        ),
        (
            "model.onnx",
            "../model.onnx",
            "`file` is \"../model.onnx\", accepted is a path beside or below the manifest",
        ),
        (
            "model.onnx",
            "/model.onnx",
            "`file` is \"/model.onnx\", accepted is a path beside or below the manifest",
        ),
        (
            "width = 416",
            "width = 0",
            "`input.width` is 0, accepted is a whole number of 32 to 4096",
        ),
        (
            "\"bgr\"",
            "\"yuv\"",
            "`input.color` is \"yuv\", accepted is \"rgb\" or \"bgr\"",
        ),
        (
            "color",
            "dtype = \"f16\"\ncolor",
            "`input.dtype` is \"f16\", accepted is \"f32\" or \"u8\"",
        ),
        (
            "mean = [0,",
            "dtype = \"u8\"\nmean = [0.5,",
            "`input.dtype` is \"u8\" with mean [0.5, 0, 0], std [1, 1, 1], accepted is \"u8\" with mean [0, 0, 0], std [1, 1, 1]",
        ),
        (
            "[1.0, 1.0",
            "[0.0, 1.0",
            "`input.std` is [0, 1, 1], accepted is three finite numbers other than zero",
        ),
        (
            "pad = 114\n",
            "",
            "`input.pad` is missing, accepted is a value of 0 to 255",
        ),
        (
            "person = 0",
            "person = 1",
            "`output.person` is 1, accepted is a whole number of 0 to 0",
        ),
        (
            "[\"output\"]",
            "[\"a\", \"b\"]",
            "`output.names` is [a, b], accepted is one name: the map",
        ),
        (
            "strides = [8, 16, 32]",
            "",
            "`output.strides` is [], accepted is one to eight whole numbers of 1 to 256",
        ),
        (
            "nms_iou = 0.6",
            "",
            "`output.nms_iou` is missing, accepted is a number of 0.01 to 1",
        ),
        (
            "nms_iou = 0.6",
            "nms_iou = nan",
            "`output.nms_iou` is NaN, accepted is a number of 0.01 to 1",
        ),
        (
            "nms_iou",
            "reg_max = 7\nnms_iou",
            "`output.reg_max` is 7, accepted is this key only with the family gfl",
        ),
        (
            "ap = 41.5",
            "ap = -1",
            "`accuracy.ap` is -1, accepted is a number of 0 to 100",
        ),
        (
            "size = 32",
            "size = 0",
            "`embedding.size` is 0, accepted is a whole number of 1 to 4096",
        ),
        (
            "\"embedding\"",
            "\"output\"",
            "`embedding.name` is \"output\", accepted is an output that `output.names` does not name",
        ),
        (
            "images = 396",
            "images = 0",
            "`accuracy.images` is 0, accepted is a whole number of 1 to 100000000",
        ),
        (
            "ap_min = 40",
            "ap_min = 140",
            "`limits.ap_min` is 140, accepted is a number of 0 to 100",
        ),
        (
            "retained_min = 0.7",
            "retained_min = 70",
            "`limits.retained_min` is 70, accepted is a number of 0 to 1",
        ),
        (
            "latency_ms_max = 25",
            "latency_ms_max = 0",
            "`limits.latency_ms_max` is 0, accepted is a number of 0.001 to 1000000",
        ),
        (
            "false_alarms_max = 0.02",
            "false_alarms_max = nan",
            "`limits.false_alarms_max` is NaN, accepted is a number of 0 to 1",
        ),
    ];
    for (from, to, expected) in cases {
        let found: Vec<_> = complaints(&[(from, to)])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [*expected]);
    }
}

#[test]
fn all_complaints_come_at_once() {
    let found = complaints(&[
        ("416", "1"),
        ("\"bgr\"", "\"yuv\""),
        ("strides = [8", "strides = [0"),
    ]);
    let keys: Vec<_> = found.iter().map(|complaint| complaint.key).collect();
    assert_eq!(keys, ["input.color", "input.width", "output.strides"]);
}

#[test]
fn an_unknown_key_is_refused() {
    let text = PERSON.replace("pad = 114", "pad = 114\nscale = 2");
    let error = Manifest::parse(&text).expect_err("knows no such key");
    assert!(matches!(&error, ManifestError::Form(error) if error.to_string().contains("scale")));
}

#[test]
fn an_input_of_many_sizes_is_asked_for_a_sensible_step() {
    let check = |changes: &[(&str, &str)], expected: &[&str]| {
        let found = complaints(changes);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    };
    let with = |step| ("height = 256", step);
    check(&[with("height = 256\nmultiple_of = 32")], &[]);
    check(
        &[with("height = 256\nmultiple_of = 16")],
        &[
            "`input.multiple_of` is 16 with strides [8, 16, 32], accepted is a multiple of every stride",
        ],
    );
    check(
        &[with("height = 240\nmultiple_of = 32")],
        &[
            "`input.multiple_of` is 32 with an input of 416×240, accepted is a number of which both are multiples",
        ],
    );
    check(
        &[
            with("height = 256\nmultiple_of = 32"),
            (
                "fit = \"letterbox\"\nalign = \"center\"\npad = 114",
                "fit = \"stretch\"",
            ),
        ],
        &[
            "`input.multiple_of` is 32 with input.fit = \"stretch\", accepted is this key with input.fit = \"letterbox\" only",
        ],
    );
}

#[test]
fn an_embedding_needs_cells() {
    let found = complaints(&[
        ("\"yolox\"", "\"rtmdet\""),
        ("[\"output\"]", "[\"dets\", \"labels\"]"),
        ("strides = [8, 16, 32]\n", ""),
        ("objectness = false\nactivation = \"none\"\n", ""),
    ]);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "`embedding` is there with the family rtmdet, accepted is this table only with the families yolox and gfl"
        ]
    );
}

#[test]
fn every_wrong_limit_is_named_at_once() {
    let found = complaints(&[
        ("ap50_min = 68.5", "ap50_min = -1"),
        ("resident_mb_max = 90", "resident_mb_max = -90"),
        ("energy_mj_max = 60.5", "energy_mj_max = inf"),
    ]);
    let keys: Vec<_> = found.iter().map(|complaint| complaint.key).collect();
    assert_eq!(
        keys,
        [
            "limits.ap50_min",
            "limits.resident_mb_max",
            "limits.energy_mj_max"
        ]
    );
}
