//! MJPEG in an AVI file, read picture by picture.
//!
//! Takes anything that can be read and sought, gives JPEG pictures. Containers (`RIFF` and `LIST`) are entered and not
//! measured, so the walk is a plain sequence of leaf chunks; no length is believed before as many bytes were really
//! there. The index is not needed and not read.
//!
//! Layout: <https://learn.microsoft.com/en-us/windows/win32/directshow/avi-riff-file-reference>, and for files above
//! 1 GiB (further `RIFF` chunks) the OpenDML extension.

use std::io::{self, Read, Seek, SeekFrom};

use crate::capture::offer::Interval;
use crate::types::Size;

/// A larger picture is taken for a broken file.
pub const PICTURE_LEN_MAX: u32 = 32 << 20;

/// Of a header chunk no more is of interest.
const HEADER_LEN_MAX: u32 = 64;

/// A name and a length.
const CHUNK_HEADER_LEN: u64 = 8;
/// A name, a length, and the name of what is inside.
const RIFF_HEADER_LEN: u64 = 12;

/// Rates that a clip may have, in frames a second.
const FPS_RANGE: std::ops::RangeInclusive<f32> = 0.001..=1000.0;

/// Why no picture can be read.
#[derive(Debug, thiserror::Error)]
pub enum AviError {
    /// Reading failed.
    #[error("cannot read")]
    Io(#[from] io::Error),
    /// The file is not what it should be.
    #[error("byte {offset}: {problem}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What was found, and what would be read.
        problem: String,
    },
}

/// An AVI file whose header was read.
#[derive(Debug)]
pub struct Avi<R> {
    walk: Walk<R>,
    header: Header,
    pictures: Place,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Header {
    /// Picture size.
    pub size: Size,
    /// Time between two pictures.
    pub interval: Interval,
    /// Number of the video stream.
    stream: u8,
}

impl<R: Read + Seek> Avi<R> {
    /// Reads the header.
    pub fn open(input: R) -> Result<Self, AviError> {
        let mut walk = Walk::open(input)?;
        let header = read_header(&mut walk)?;
        let pictures = walk.place();
        Ok(Self {
            walk,
            header,
            pictures,
        })
    }

    /// What the header says.
    pub const fn header(&self) -> Header {
        self.header
    }

    /// The next picture; `None` after the last. Empty when the file says that the picture before stays.
    pub fn next_picture(&mut self) -> Result<Option<Vec<u8>>, AviError> {
        while let Some(item) = self.walk.next()? {
            if let Item::Leaf(leaf) = item {
                if self.header.owns(leaf.name) {
                    return self.walk.read_whole(leaf).map(Some);
                }
                self.walk.skip(leaf)?;
            }
        }
        Ok(None)
    }

    /// Goes back to the first picture.
    pub fn rewind(&mut self) -> Result<(), AviError> {
        self.walk.go_to(self.pictures)
    }
}

impl Header {
    /// Whether a chunk of this name holds a picture: the stream's number in two digits, and `dc` or `db`.
    fn owns(&self, name: [u8; 4]) -> bool {
        let number = [b'0' + self.stream / 10, b'0' + self.stream % 10];
        name[..2] == number && matches!(&name[2..], b"dc" | b"db")
    }
}

/// Reads up to the first picture.
fn read_header<R: Read + Seek>(walk: &mut Walk<R>) -> Result<Header, AviError> {
    let mut draft = Draft::default();
    loop {
        match walk.next()? {
            None => return Err(walk.malformed("the file holds no pictures (no `movi` list)")),
            Some(Item::List(name)) if &name == b"movi" => return draft.finish(walk),
            Some(Item::List(_)) => {}
            Some(Item::Leaf(leaf)) => {
                let name = leaf.name;
                let bytes = walk.read_start(leaf)?;
                draft.take(name, &bytes);
            }
        }
    }
}

/// The header, as far as it was read.
#[derive(Default)]
struct Draft {
    micros_per_picture: u32,
    streams: u8,
    video: Option<Video>,
}

#[derive(Clone, Copy, Default)]
struct Video {
    stream: u8,
    scale: u32,
    rate: u32,
    size: (u32, u32),
    compression: [u8; 4],
}

impl Draft {
    fn take(&mut self, name: [u8; 4], bytes: &[u8]) {
        let number = |at: usize| four(bytes, at).map_or(0, u32::from_le_bytes);
        match &name {
            b"avih" => self.micros_per_picture = number(0),
            b"strh" => {
                if self.video.is_none() && four(bytes, 0) == Some(*b"vids") {
                    let (scale, rate) = (number(20), number(24));
                    self.video = Some(Video {
                        stream: self.streams,
                        scale,
                        rate,
                        ..Video::default()
                    });
                }
                self.streams = self.streams.saturating_add(1);
            }
            b"strf" => {
                if let Some(video) = &mut self.video
                    && video.stream + 1 == self.streams
                {
                    // A negative height means that the first row is the upper one; JPEG does not care.
                    video.size = (number(4), (number(8) as i32).unsigned_abs());
                    video.compression = four(bytes, 16).unwrap_or_default();
                }
            }
            _ => {}
        }
    }

    fn finish<R>(&self, walk: &Walk<R>) -> Result<Header, AviError> {
        let Some(video) = self.video.filter(|video| video.stream < 100) else {
            return Err(walk.malformed("the file holds no video stream"));
        };
        let compression = video
            .compression
            .map(|character| character.to_ascii_uppercase());
        if !matches!(&compression, b"MJPG" | b"JPEG") {
            let found = video.compression.escape_ascii();
            return Err(walk.malformed(format!("the video is `{found}`; needed: `MJPG`")));
        }
        let interval = Interval::new(video.scale, video.rate)
            .or_else(|| Interval::new(self.micros_per_picture, 1_000_000))
            .filter(|interval| FPS_RANGE.contains(&interval.fps()))
            .ok_or_else(|| walk.malformed("the header names no possible frame rate"))?;
        let size = Size::new(video.size.0, video.size.1);
        Ok(Header {
            size,
            interval,
            stream: video.stream,
        })
    }
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

/// A walk over the chunks of a RIFF file.
#[derive(Debug)]
struct Walk<R> {
    input: R,
    position: u64,
    len: u64,
    /// Where the current `RIFF` chunk says that it ends.
    riff_end: u64,
}

/// Where a walk stands, and what it believes there.
#[derive(Clone, Copy, Debug)]
struct Place {
    position: u64,
    riff_end: u64,
}

enum Item {
    /// A list begins; what follows is in it.
    List([u8; 4]),
    /// A chunk of bytes, which wants to be read or skipped.
    Leaf(Leaf),
}

#[derive(Clone, Copy)]
struct Leaf {
    name: [u8; 4],
    len: u32,
}

impl<R: Read + Seek> Walk<R> {
    fn open(mut input: R) -> Result<Self, AviError> {
        let len = input.seek(SeekFrom::End(0))?;
        input.rewind()?;
        let mut walk = Self {
            input,
            position: 0,
            len,
            riff_end: 0,
        };
        let begins_well = matches!(walk.next(), Ok(Some(Item::List(name))) if &name == b"AVI ");
        if !begins_well {
            return Err(malformed_at(0, "this is no AVI file"));
        }
        Ok(walk)
    }

    fn next(&mut self) -> Result<Option<Item>, AviError> {
        let at = self.position;
        let outside = at + CHUNK_HEADER_LEN > self.riff_end;
        if outside && self.len - at < RIFF_HEADER_LEN {
            return Ok(None);
        }
        let name = self.read_four()?;
        if outside && &name != b"RIFF" {
            // Whatever somebody appended to the file.
            self.seek(self.len)?;
            return Ok(None);
        }
        let len = u32::from_le_bytes(self.read_four()?);
        match &name {
            b"RIFF" => {
                // A recording that was never finished holds a zero here.
                self.riff_end = if len == 0 {
                    self.len
                } else {
                    at + 8 + u64::from(len)
                };
                self.read_four().map(Item::List)
            }
            b"LIST" => self.read_four().map(Item::List),
            _ if name.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
                Ok(Item::Leaf(Leaf { name, len }))
            }
            _ => Err(malformed_at(
                at,
                format!("`{}` is no chunk's name", name.escape_ascii()),
            )),
        }
        .map(Some)
    }

    /// Reads the start of a header chunk.
    fn read_start(&mut self, leaf: Leaf) -> Result<Vec<u8>, AviError> {
        let at = self.position;
        let bytes = self.read(leaf.len.min(HEADER_LEN_MAX))?;
        self.seek(at)?;
        self.skip(leaf)?;
        Ok(bytes)
    }

    fn read_whole(&mut self, leaf: Leaf) -> Result<Vec<u8>, AviError> {
        if leaf.len > PICTURE_LEN_MAX {
            let (found, most) = (leaf.len, PICTURE_LEN_MAX);
            return Err(self.malformed(format!("a picture of {found} bytes; {most} are the most")));
        }
        let bytes = self.read(leaf.len)?;
        self.skip_padding(leaf.len)?;
        Ok(bytes)
    }

    fn skip(&mut self, leaf: Leaf) -> Result<(), AviError> {
        let end = self.position + u64::from(leaf.len);
        if end > self.len {
            return Err(self.truncated(leaf.len));
        }
        self.seek(end)?;
        self.skip_padding(leaf.len)
    }

    /// Chunks of odd length are followed by one byte more; the last one of a file sometimes is not.
    fn skip_padding(&mut self, len: u32) -> Result<(), AviError> {
        let end = self.position + u64::from(len % 2);
        self.seek(end.min(self.len))
    }

    fn read_four(&mut self) -> Result<[u8; 4], AviError> {
        let bytes = self.read(4)?;
        Ok(bytes
            .try_into()
            .expect("read gives as many bytes as were asked for"))
    }

    fn read(&mut self, len: u32) -> Result<Vec<u8>, AviError> {
        // Grows with the bytes that come, not with the length that somebody wrote into the file.
        let mut bytes = Vec::new();
        (&mut self.input)
            .take(u64::from(len))
            .read_to_end(&mut bytes)?;
        let cut_off = (bytes.len() < len as usize).then(|| self.truncated(len));
        // Also after a failure: the next seek believes it.
        self.position += bytes.len() as u64;
        cut_off.map_or(Ok(bytes), Err)
    }

    const fn place(&self) -> Place {
        Place {
            position: self.position,
            riff_end: self.riff_end,
        }
    }

    fn go_to(&mut self, place: Place) -> Result<(), AviError> {
        self.riff_end = place.riff_end;
        self.seek(place.position)
    }

    fn seek(&mut self, position: u64) -> Result<(), AviError> {
        if position != self.position {
            self.input.seek(SeekFrom::Start(position))?;
            self.position = position;
        }
        Ok(())
    }
}

impl<R> Walk<R> {
    fn truncated(&self, needed: u32) -> AviError {
        let there = self.len.saturating_sub(self.position);
        self.malformed(format!(
            "the file is cut off: {needed} bytes needed, {there} there"
        ))
    }

    fn malformed(&self, problem: impl Into<String>) -> AviError {
        malformed_at(self.position, problem)
    }
}

fn malformed_at(offset: u64, problem: impl Into<String>) -> AviError {
    AviError::Malformed {
        offset,
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests;
