//! The fuzz targets' seeds, through the same checks as under the fuzzer: so neither can rot. `make fuzz` does the rest.
//!
//! `cargo test --test fuzz_corpus -- --ignored` writes the seeds anew; what the fuzzer found lies beside them.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

#[path = "../fuzz/bodies/avi.rs"]
mod avi;
#[path = "../fuzz/bodies/command.rs"]
mod command;
#[path = "../fuzz/bodies/formats.rs"]
mod formats;
#[path = "../fuzz/bodies/jpeg.rs"]
mod jpeg;
#[path = "../fuzz/bodies/request.rs"]
mod request;

#[test]
fn every_jpeg_of_the_corpus_is_a_tensor_or_an_error() {
    replay("jpeg", jpeg::check);
}

#[test]
fn every_format_table_of_the_corpus_gives_a_choice_that_it_offers() {
    replay("formats", formats::check);
}

#[test]
fn every_avi_of_the_corpus_gives_its_pictures_or_an_error() {
    replay("avi", avi::check);
}

#[test]
fn every_command_of_the_corpus_is_an_order_or_a_refusal() {
    replay("command", command::check);
}

#[test]
fn every_request_of_the_corpus_is_asked_for_or_refused() {
    replay("request", request::check);
}

#[test]
#[ignore = "writes the seeds"]
fn write_seeds() {
    for (name, bytes) in jpegs() {
        write("jpeg", name, &bytes);
    }
    for (name, bytes) in tables() {
        write("formats", name, &bytes);
    }
    for (name, bytes) in films() {
        write("avi", name, &bytes);
    }
    for (name, text) in commands() {
        write("command", name, text.as_bytes());
    }
    for (name, text) in requests() {
        write("request", name, text.as_bytes());
    }
}

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

fn replay(target: &str, check: fn(&[u8])) {
    let mut count = 0;
    for entry in fs::read_dir(corpus(target)).expect("the corpus is committed") {
        let path = entry.expect("the folder can be listed").path();
        let bytes = fs::read(&path).expect("the seed can be read");
        let outcome = catch_unwind(|| check(&bytes));
        assert!(outcome.is_ok(), "the check failed on {}", path.display());
        count += 1;
    }
    assert!(count > 0, "no seeds for {target}");
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    fs::create_dir_all(corpus(target)).expect("the folder can be made");
    fs::write(corpus(target).join(name), bytes).expect("the seed can be written");
}

/// Read by [`command::check`]: whether it is retained (1) and everything allowed (2), name, payload.
fn commands() -> [(&'static str, &'static str); 8] {
    [
        (
            "seed-pause",
            "\u{2}pause\n{\"camera\":\"porch\",\"id\":\"a1\"}",
        ),
        ("seed-resume", "\u{2}resume\n{\"camera\":\"porch\"}"),
        (
            "seed-threshold",
            "\u{2}threshold\n{\"value\":0.6,\"camera\":null}",
        ),
        (
            "seed-reset",
            "\u{2}reset_totals\n{\"camera\":\"porch\",\"line\":\"gate\"}",
        ),
        ("seed-stats", "\u{2}stats\n"),
        ("seed-retained", "\u{3}reload\n{}"),
        ("seed-not-allowed", "\u{0}reload\n{}"),
        ("seed-unknown", "\u{2}format\n[1, 2]"),
    ]
}

/// Whole ones, refused ones, and one that does not end.
fn requests() -> [(&'static str, String); 6] {
    let get = |path: &str, host: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    [
        ("seed-prometheus", get("/metrics", "127.0.0.1:9464")),
        ("seed-query", get("/metrics?name=up", "[::1]:9464")),
        ("seed-rebound", get("/metrics", "evil.example")),
        ("seed-elsewhere", get("/", "localhost")),
        ("seed-post", "POST /metrics HTTP/1.0\r\n\r\n{}".to_owned()),
        (
            "seed-endless",
            format!("GET /metrics HTTP/1.1\r\nA: {}", "a".repeat(4096)),
        ),
    ]
}

/// A small picture in every subsampling, cut off, without its tables, and not a picture; in front the choice of an input.
fn jpegs() -> Vec<(&'static str, Vec<u8>)> {
    let colour = |subsamp| compressed(subsamp, false);
    let whole = colour(Subsamp::Sub2x1);
    let half = whole[..whole.len() / 2].to_vec();
    let bare = without_huffman_tables(&whole);
    let mut stray = whole.clone();
    stray.splice(stray.len() - 2..stray.len() - 2, [0x11; 5]);
    [
        ("seed-444", colour(Subsamp::None)),
        ("seed-420", colour(Subsamp::Sub2x2)),
        ("seed-440", colour(Subsamp::Sub1x2)),
        ("seed-411", colour(Subsamp::Sub4x1)),
        ("seed-grey", colour(Subsamp::Gray)),
        ("seed-progressive", compressed(Subsamp::Sub2x2, true)),
        ("seed-422", whole),
        ("seed-cut-off", half),
        ("seed-without-tables", bare),
        ("seed-stray-bytes", stray),
        ("seed-nothing", Vec::new()),
    ]
    .into_iter()
    .enumerate()
    .map(|(i, (name, jpeg))| (name, [vec![i as u8], jpeg].concat()))
    .collect()
}

fn compressed(subsamp: Subsamp, progressive: bool) -> Vec<u8> {
    const WIDTH: usize = 50;
    const HEIGHT: usize = 37;
    let pixel = |i: usize| {
        [
            (i % WIDTH * 5) as u8,
            (i / WIDTH * 6) as u8,
            (i * 7 % 256) as u8,
        ]
    };
    let pixels: Vec<u8> = (0..WIDTH * HEIGHT).flat_map(pixel).collect();
    let mut compressor = Compressor::new().expect("libjpeg-turbo starts");
    compressor.set_subsamp(subsamp).expect("known");
    compressor.set_quality(60).expect("within 1–100");
    compressor.set_progressive(progressive).expect("known");
    let image = Image {
        pixels: pixels.as_slice(),
        width: WIDTH,
        pitch: WIDTH * 3,
        height: HEIGHT,
        format: PixelFormat::RGB,
    };
    compressor
        .compress_to_vec(image)
        .expect("a picture can be compressed")
}

/// As USB cameras send them.
fn without_huffman_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut rest = &jpeg[2..];
    let mut bare = jpeg[..2].to_vec();
    while rest[1] != 0xda {
        let len = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if rest[1] != 0xc4 {
            bare.extend(&rest[..len]);
        }
        rest = &rest[len..];
    }
    bare.extend(rest);
    bare
}

/// Read by [`formats::check`]: wish, then offers.
fn tables() -> Vec<(&'static str, Vec<u8>)> {
    let hd = [0xfe, 0x00, 0x05, 0xfe, 0xd0, 0x02];
    let vga = [0xfe, 0x80, 0x02, 0xfe, 0xe0, 0x01];
    let at = |fps| [1, 1, 1, fps];
    let webcam = [
        hd.as_slice(),
        &[15, 2],
        &[1, 2, 0],
        &hd,
        &at(30),
        &[0],
        &vga,
        &at(30),
        &[0, 1, 0],
        &vga,
        &at(15),
    ]
    .concat();
    let sensor = [
        hd.as_slice(),
        &[15, 1, 2, 1, 1, 64, 64],
        &hd,
        &[2, 2, 2, 1, 30, 1, 5],
    ]
    .concat();
    let nonsense = [
        vga.as_slice(),
        &[0, 1, 0, 1, 1],
        &hd,
        &[0; 6],
        &[2, 1, 0, 0, 1],
    ]
    .concat();
    vec![
        ("seed-webcam", webcam),
        ("seed-sensor", sensor),
        ("seed-nonsense", nonsense),
        ("seed-unlisted", [hd.as_slice(), &[10, 1, 0, 0]].concat()),
    ]
}

fn films() -> Vec<(&'static str, Vec<u8>)> {
    let film = |compression: &[u8; 4], pictures: Vec<u8>| {
        let numbers = |numbers: &[u32]| {
            numbers
                .iter()
                .flat_map(|n| n.to_le_bytes())
                .collect::<Vec<_>>()
        };
        let stream = [
            chunk(
                b"strh",
                &[b"vidsMJPG".to_vec(), numbers(&[0, 0, 0, 1, 10])].concat(),
            ),
            chunk(
                b"strf",
                &[numbers(&[40, 64, 48, 0]), compression.to_vec()].concat(),
            ),
        ];
        let header = [
            chunk(b"avih", &numbers(&[100_000, 0, 0])),
            list(b"LIST", b"strl", &stream.concat()),
        ];
        let parts = [
            list(b"LIST", b"hdrl", &header.concat()),
            list(b"LIST", b"movi", &pictures),
            chunk(b"idx1", &[0; 16]),
        ];
        list(b"RIFF", b"AVI ", &parts.concat())
    };
    let [grey, tiny] = [
        compressed(Subsamp::Gray, false)[..60].to_vec(),
        b"odd".to_vec(),
    ];
    let pictures = [
        chunk(b"00dc", &grey),
        chunk(b"00dc", b""),
        chunk(b"00dc", &tiny),
    ]
    .concat();
    let whole = film(b"MJPG", pictures.clone());
    let grouped = film(b"mjpg", list(b"LIST", b"rec ", &pictures));
    let longer = [
        whole.clone(),
        list(b"RIFF", b"AVIX", &list(b"LIST", b"movi", &pictures)),
    ]
    .concat();
    let cut = whole[..whole.len() - 40].to_vec();
    vec![
        ("seed-film", whole),
        ("seed-groups", grouped),
        ("seed-two-riffs", longer),
        ("seed-cut-off", cut),
        ("seed-other-codec", film(b"H264", pictures)),
    ]
}

/// A name, a length, and so many bytes, padded to an even number.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len() % 2];
    [name, &(body.len() as u32).to_le_bytes(), body, &padding].concat()
}

fn list(kind: &[u8; 4], name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    chunk(kind, &[name.as_slice(), body].concat())
}
