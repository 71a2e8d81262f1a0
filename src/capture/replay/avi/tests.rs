//! AVI files built by hand, whole and broken.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len() % 2];
    [name, &(body.len() as u32).to_le_bytes(), body, &padding].concat()
}

fn list(kind: &[u8; 4], name: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    chunk(kind, &[name.as_slice(), &parts.concat()].concat())
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

fn video(compression: &[u8; 4], scale: u32, rate: u32) -> Vec<u8> {
    let header = [b"vidsMJPG".to_vec(), numbers(&[0, 0, 0, scale, rate])].concat();
    let size = numbers(&[40, 320, 240u32.wrapping_neg(), 0]);
    let format = [size, compression.to_vec()].concat();
    list(
        b"LIST",
        b"strl",
        &[chunk(b"strh", &header), chunk(b"strf", &format)],
    )
}

fn sound() -> Vec<u8> {
    let header = [b"auds".to_vec(), numbers(&[0; 8])].concat();
    list(
        b"LIST",
        b"strl",
        &[chunk(b"strh", &header), chunk(b"strf", &[0; 18])],
    )
}

fn avi(streams: &[Vec<u8>], pictures: &[Vec<u8>]) -> Vec<u8> {
    let main = chunk(b"avih", &numbers(&[200_000, 0, 0]));
    let header = list(b"LIST", b"hdrl", &[vec![main], streams.to_vec()].concat());
    list(
        b"RIFF",
        b"AVI ",
        &[
            header,
            chunk(b"JUNK", b"odd"),
            list(b"LIST", b"movi", pictures),
        ],
    )
}

fn small() -> Vec<u8> {
    let pictures = [
        chunk(b"00dc", b"one"),
        chunk(b"00dc", b""),
        chunk(b"00dc", b"four"),
    ];
    avi(&[video(b"MJPG", 1, 10)], &pictures)
}

fn open(bytes: Vec<u8>) -> Result<Avi<Cursor<Vec<u8>>>, AviError> {
    Avi::open(Cursor::new(bytes))
}

/// All pictures, or the first complaint.
fn read(bytes: Vec<u8>) -> Result<Vec<String>, String> {
    let mut avi = open(bytes).map_err(|error| error.to_string())?;
    let mut pictures = Vec::new();
    while let Some(picture) = avi.next_picture().map_err(|error| error.to_string())? {
        pictures.push(String::from_utf8_lossy(&picture).into_owned());
    }
    Ok(pictures)
}

fn complaint(bytes: Vec<u8>) -> String {
    read(bytes).expect_err("it is broken")
}

#[test]
fn pictures_come_in_order_and_again_after_a_rewind() {
    let mut avi = open(small()).expect("whole");
    assert_eq!(avi.header().size, Size::new(320, 240));
    assert_eq!(avi.header().interval.fps(), 10.0);
    for _ in 0..2 {
        let pictures: Vec<_> = std::iter::from_fn(|| avi.next_picture().expect("whole")).collect();
        assert_eq!(pictures, [b"one".to_vec(), b"".to_vec(), b"four".to_vec()]);
        avi.rewind().expect("a cursor seeks");
    }
}

#[test]
fn the_video_stream_is_found_among_others() {
    let pictures = [chunk(b"00wb", b"sound"), chunk(b"01dc", b"picture")];
    let bytes = avi(&[sound(), video(b"mjpg", 1, 25), sound()], &pictures);
    assert_eq!(read(bytes), Ok(vec!["picture".to_owned()]));
}

#[test]
fn further_riff_chunks_are_read_and_what_is_appended_is_not() {
    let more = list(
        b"RIFF",
        b"AVIX",
        &[list(b"LIST", b"movi", &[chunk(b"00dc", b"more")])],
    );
    let bytes = [small(), more, b"something else entirely".to_vec()].concat();
    assert_eq!(
        read(bytes).expect("whole").last().map(String::as_str),
        Some("more")
    );
}

#[test]
fn pictures_in_groups_and_an_index_are_no_hindrance() {
    let group = list(b"LIST", b"rec ", &[chunk(b"00dc", b"in a group")]);
    let bytes = avi(&[video(b"MJPG", 1, 10)], &[group, chunk(b"idx1", &[0; 32])]);
    assert_eq!(read(bytes), Ok(vec!["in a group".to_owned()]));
}

#[test]
fn the_rate_of_the_file_stands_in_for_the_stream_s() {
    let avi = open(avi(&[video(b"MJPG", 0, 0)], &[])).expect("whole");
    assert_eq!(avi.header().interval.fps(), 5.0);
}

#[test]
fn a_file_that_was_never_finished_is_read_to_its_end() {
    let mut bytes = small();
    bytes[4..8].fill(0);
    assert_eq!(read(bytes).map(|pictures| pictures.len()), Ok(3));
}

#[test]
fn a_missing_last_padding_byte_is_forgiven() {
    let mut bytes = avi(&[video(b"MJPG", 1, 10)], &[chunk(b"00dc", b"odd")]);
    bytes.pop();
    assert_eq!(read(bytes), Ok(vec!["odd".to_owned()]));
}

#[test]
fn a_cut_file_says_where_it_ends() {
    let whole = small();
    let (len, picture_at) = (whole.len(), whole.len() - 4);
    let cut = |len: usize| complaint(whole[..len].to_vec());
    let expected = format!("byte {picture_at}: the file is cut off: 4 bytes needed, 2 there");
    assert_eq!(cut(len - 2), expected);
    assert!(cut(len - 12).contains("cut off"), "between two chunks");
    assert!(cut(100).contains("cut off"), "in the header");
}

#[test]
fn what_is_no_mjpeg_clip_is_refused_by_name() {
    assert_eq!(
        complaint(b"RIFF....WAVEfmt and so on".to_vec()),
        "byte 0: this is no AVI file"
    );
    assert_eq!(complaint(Vec::new()), "byte 0: this is no AVI file");
    let other = complaint(avi(&[video(b"H264", 1, 10)], &[]));
    assert!(
        other.ends_with("the video is `H264`; needed: `MJPG`"),
        "{other}"
    );
    let silent = complaint(avi(&[sound()], &[]));
    assert!(
        silent.ends_with("the file holds no video stream"),
        "{silent}"
    );
    let fast = complaint(avi(&[video(b"MJPG", 1, u32::MAX)], &[]));
    assert!(
        fast.ends_with("the header names no possible frame rate"),
        "{fast}"
    );
    let garbage = complaint(avi(&[video(b"MJPG", 1, 10)], &[vec![0; 8]]));
    assert!(garbage.contains("is no chunk's name"), "{garbage}");
}

#[test]
fn a_picture_that_claims_to_be_huge_takes_no_memory() {
    let mut claim = chunk(b"00dc", b"small");
    claim[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let complaint = complaint(avi(&[video(b"MJPG", 1, 10)], &[claim]));
    assert!(
        complaint.contains("a picture of 4294967295 bytes; 33554432 are the most"),
        "{complaint}"
    );
}

proptest! {
    #[test]
    fn damage_gives_pictures_or_a_complaint_but_no_panic(
        at in 0usize..300,
        damage in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let mut bytes = small();
        let at = at % bytes.len();
        let end = (at + damage.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&damage[..end - at]);
        let _ = read(bytes);
    }

    #[test]
    fn noise_gives_a_complaint_but_no_panic(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(noise.clone());
        let _ = read([b"RIFF\0\0\0\0AVI ".as_slice(), &noise].concat());
    }
}

/// A failure must not leave the walk where it does not believe itself to be.
#[test]
fn a_broken_film_fails_the_same_way_after_a_rewind() {
    let broken = [
        chunk(b"\x0100d", &chunk(b"00dc", b"hidden")),
        chunk(b"00dc", b"later"),
    ];
    let mut film = Avi::open(Cursor::new(avi(&[video(b"MJPG", 1, 5)], &broken))).expect("a header");
    assert!(film.next_picture().is_err());
    film.rewind().expect("memory can be sought");
    assert!(film.next_picture().is_err());
}
