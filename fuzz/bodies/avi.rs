//! A file that claims to be an AVI: it gives its pictures, the same ones after a rewind, or an error; never a panic, never
//! more bytes than it holds, and never an endless walk.

use std::io::Cursor;

use watchpost::capture::replay::avi::Avi;
use watchpost::capture::replay::jpeg;

/// Reads everything, goes back, and reads it again.
pub fn check(data: &[u8]) {
    let Ok(mut avi) = Avi::open(Cursor::new(data)) else {
        return;
    };
    assert!(avi.header().interval.fps() > 0.0);
    let first = pictures(&mut avi, data.len());
    if avi.rewind().is_ok() {
        assert_eq!(
            first,
            pictures(&mut avi, data.len()),
            "another film after a rewind"
        );
    }
}

/// The lengths of the pictures up to the end or to the first complaint.
fn pictures(avi: &mut Avi<Cursor<&[u8]>>, len: usize) -> Vec<usize> {
    let mut lens = Vec::new();
    while let Ok(Some(picture)) = avi.next_picture() {
        let _ = jpeg::size(&picture);
        lens.push(picture.len());
        assert!(lens.len() <= len, "more pictures than the file has bytes");
    }
    assert!(
        lens.iter().sum::<usize>() <= len,
        "more bytes than the file has"
    );
    lens
}
