//! `watchpost model add` with a real server on this machine: what is installed is whole, or it is not there.
//!
//! Needs the model in `models/person` and ONNX Runtime's library at `ORT_DYLIB_PATH`; `make test` provides both.

mod support;

use std::fs;

use support::certificates::Authority;
use support::committed::{model, person};
use support::device::{Device, NOWHERE};
use support::http::{Server, Trick};
use support::small_disk::SmallDisk;
use tempfile::TempDir;

#[test]
fn a_model_is_fetched_checked_and_installed() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    assert!(
        device
            .done("add person")
            .contains("person 0.2.0 is installed: ")
    );
    assert_eq!(
        fs::read(device.store.join("person/model.onnx")).expect("is there"),
        model()
    );
    assert_eq!(
        device.files().len(),
        3,
        "link, manifest and model: {:?}",
        device.files()
    );

    let again = device.done("add person");
    assert!(again.contains("is installed already"), "{again}");
    assert_eq!(
        server.ranges(),
        [None],
        "the second time nothing is asked for"
    );
}

#[test]
fn a_download_that_was_cut_goes_on_from_there() {
    let server = Server::start(model(), &[Trick::CutAt(100_000), Trick::CutAt(300_000)]);
    let device = Device::new(&server.url());
    device.refused(
        "add person",
        69,
        &["the download stopped at 100000 of ", "goes on from there"],
    );
    assert_eq!(fs::metadata(device.part()).expect("is kept").len(), 100_000);
    device.refused("add person", 69, &["the download stopped at 300000 of "]);
    device.done("add person");
    assert_eq!(server.ranges(), [None, Some(100_000), Some(300_000)]);
    assert_eq!(device.files().len(), 3, "{:?}", device.files());
}

#[test]
fn a_server_without_ranges_starts_over() {
    let server = Server::start(model(), &[Trick::CutAt(100_000), Trick::NoRange]);
    let device = Device::new(&server.url());
    device.refused("add person", 69, &[]);
    device.done("add person");
    assert_eq!(server.ranges(), [None, Some(100_000)]);
}

#[test]
fn a_part_that_is_too_long_or_spoilt_is_no_obstacle() {
    let server = Server::start(model(), &[Trick::CutAt(100_000), Trick::CutAt(100_000)]);
    let device = Device::new(&server.url());
    device.refused("add person", 69, &[]);
    fs::write(device.part(), vec![0; model().len() + 1]).expect("can be written");
    device.refused("add person", 69, &["stopped at 100000"]);
    assert_eq!(server.ranges(), [None, None]);
    fs::write(device.part(), vec![0; 100_000]).expect("can be written");
    device.refused("add person", 65, &["has sha256"]);
    device.done("add person");
}

#[test]
fn what_is_not_the_model_is_refused_and_not_kept() {
    let digest = &support::committed::sha256();
    let more = model().len() + 1;
    let cases: [(Trick, i32, &[&str]); 8] = [
        (
            Trick::OtherBytes,
            65,
            &["has sha256 ", "expected is ", digest],
        ),
        (
            Trick::Claim(more),
            65,
            &[&format!(
                "offers {more} bytes, {} were expected",
                model().len()
            )],
        ),
        (Trick::Claim(1000), 65, &["offers 1000 bytes"]),
        (Trick::Endless, 65, &["holds more than the "]),
        (Trick::Status(404), 69, &["answers 404"]),
        (Trick::Status(503), 69, &["answers 503"]),
        (
            Trick::Redirect("http://example.org/model.onnx".into()),
            64,
            &["is not https"],
        ),
        (
            Trick::Redirect(NOWHERE.into()),
            69,
            &["cannot reach https://127.0.0.1:9/model.onnx"],
        ),
    ];
    for (trick, code, words) in cases {
        let server = Server::start(model(), std::slice::from_ref(&trick));
        let device = Device::new(&server.url());
        device.refused("add person", code, words);
        assert_eq!(device.files(), [""; 0], "{trick:?} leaves nothing behind");
    }
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let server = Server::start(model(), &[Trick::Silence]);
    let device = Device::new(&server.url());
    device.refused(
        "add person --timeout 1",
        69,
        &["the download stopped at 0 of "],
    );
    device.done("add person");
}

#[test]
fn who_cannot_prove_who_he_is_gives_no_model() {
    let folder = TempDir::new().expect("a folder can be made");
    let files = Authority::new("home").server(folder.path(), "localhost");
    let elsewhere = Server::start(model(), &[]);
    let downhill = Trick::Redirect(elsewhere.url());
    let server = Server::start_tls(model(), std::slice::from_ref(&downhill), &files);
    let mut device = Device::new(&server.url());
    device.authorities = Some(Authority::new("other").write(&folder.path().join("other.pem")));
    device.refused(
        "add person",
        69,
        &["cannot reach https://localhost:", "ertificate"],
    );
    assert!(server.ranges().is_empty(), "it was not even asked");

    let server = Server::start_tls(model(), &[downhill], &files);
    device.write_zoo(&server.url(), "person", "0.2.0");
    device.authorities = Some(files.authority);
    device.refused(
        "add person",
        64,
        &["leads on to http://127.0.0.1:", "less safe"],
    );
    assert!(elsewhere.ranges().is_empty());
    assert_eq!(device.files(), [""; 0]);
    device.done("add person");
}

#[test]
fn an_address_must_be_safe_and_known() {
    let device = Device::new("http://example.org/model.onnx");
    device.refused("add person", 64, &["is not https"]);
    device.refused(
        "add persn",
        66,
        &["no model \"persn\" is known; there are person"],
    );
    device.write_zoo("", "person", "0.2.0");
    device.refused("add person", 69, &["give it with --from FILE", "a test"]);
    assert_eq!(device.files(), [""; 0]);
}

#[test]
fn a_model_comes_from_a_file_as_well() {
    let device = Device::new("");
    let file = person().join("model.onnx");
    device.done(&format!("add person --from {}", file.display()));
    assert_eq!(device.files().len(), 3, "{:?}", device.files());

    let other = device.folder.path().join("other.onnx");
    fs::write(&other, b"another").expect("can be written");
    device.write_zoo("", "later", "1");
    device.refused(
        &format!("add later --from {}", other.display()),
        65,
        &["has sha256 ae448ac86c4e"],
    );
    device.refused("add later --from /nowhere.onnx", 66, &["/nowhere.onnx"]);
    assert_eq!(device.files().len(), 3, "{:?}", device.files());
}

#[test]
fn ones_own_model_needs_no_digest() {
    let device = Device::new("");
    let text = support::committed::manifest();
    let lines = text.lines().filter(|line| !line.starts_with("sha256"));
    let lines: Vec<_> = lines
        .map(|line| {
            if line == "name = \"person\"" {
                "name = \"mine\""
            } else {
                line
            }
        })
        .collect();
    let manifest = device.folder.path().join("mine.toml");
    fs::write(&manifest, lines.join("\n")).expect("can be written");
    let command = format!(
        "add --manifest {} --from {}",
        manifest.display(),
        person().join("model.onnx").display()
    );
    assert!(device.done(&command).contains("is installed: "));
    assert!(device.done(&command).contains("is installed already"));

    fs::write(&manifest, lines.join("\n").replace("\"u8\"", "\"f32\"")).expect("can be written");
    device.refused(
        &command,
        65,
        &[
            "does not work here and was not installed",
            "f32 [1, 3, 256, 416]",
        ],
    );
    let kept = fs::read_to_string(device.store.join("mine/manifest.toml")).expect("is there");
    assert!(kept.contains("\"u8\""), "the former one stays");
    assert_eq!(device.files().len(), 3, "{:?}", device.files());
}

#[test]
fn a_full_disk_keeps_nothing_half() {
    let Some(disk) = SmallDisk::mount(256 << 10) else {
        return;
    };
    let server = Server::start(model(), &[]);
    let mut device = Device::new(&server.url());
    device.store = disk.path().join("models");
    device.refused("add person", 74, &["No space left"]);
    assert_eq!(device.files(), [""; 0]);
}

#[test]
fn a_place_that_is_no_folder_is_named() {
    let server = Server::start(model(), &[]);
    let mut device = Device::new(&server.url());
    device.store = device.config().join("models");
    device.refused("add person", 74, &["cannot make ", "watchpost.toml/models"]);
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let server = Server::start(model(), &[]);
    let device = Device::new(&server.url());
    fs::create_dir_all(device.store.join("person")).expect("can be made");
    device.refused(
        "add person",
        74,
        &["was not installed by `watchpost model add`"],
    );
    assert!(server.ranges().is_empty(), "nothing is asked for in vain");
}

#[test]
fn only_one_changes_the_store() {
    let device = Device::new(NOWHERE);
    fs::create_dir_all(&device.store).expect("can be made");
    let lock = fs::File::create(device.store.join(".lock")).expect("can be made");
    lock.lock().expect("nobody has it");
    device.refused("add person", 69, &["another watchpost is changing "]);
}
