//! Turns pictures into USB Video Class payloads: each has a header of two bytes, whose flags tell one
//! frame from the next.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::descriptors::{MJPEG_FORMAT, Mode};
use crate::device::Shared;
use crate::usbip::{self, Urb};

const HEADER_LEN: usize = 2;
const END_OF_HEADER: u8 = 0x80;
const ERROR: u8 = 0x40;
const END_OF_FRAME: u8 = 0x02;
const FRAME_ID: u8 = 0x01;

/// Sends frame after frame until the camera is unplugged.
pub fn run(shared: &Shared) {
    let camera = &shared.camera;
    let interval = Duration::from_nanos(u64::from(camera.mode.interval_100ns) * 100);
    let mut due = Instant::now();
    let mut sent = 0;
    while let Some(next) = shared.next_frame() {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        due += interval;
        // A camera does not catch up on frames that nobody took.
        let now = Instant::now();
        if due < now {
            due = now + interval;
        }

        let mut picture = if next.format == MJPEG_FORMAT {
            camera.pictures[camera.playback.picture(sent, camera.pictures.len())].clone()
        } else {
            pattern(&camera.mode, sent)
        };
        if next.truncated {
            picture.truncate(picture.len() / 2);
        }
        let mut flags = END_OF_HEADER;
        if next.error {
            flags |= ERROR;
        }
        if sent % 2 == 1 {
            flags |= FRAME_ID;
        }
        let mut frame = Frame {
            rest: &picture,
            flags,
            payload_len: payload_len(&camera.mode),
        };
        while !frame.rest.is_empty() && shared.answer_next(next.epoch, |urb| frame.fill(urb)) {}
        sent += 1;
        camera.sent.fetch_add(1, Ordering::Relaxed);
    }
}

fn payload_len(mode: &Mode) -> usize {
    mode.payload_len_max() as usize
}

/// Bars that move to the left, four pixels a frame.
fn pattern(mode: &Mode, sent: u64) -> Vec<u8> {
    let pixel = |x: u64| {
        [
            (x + sent * 4) as u8,
            if x.is_multiple_of(2) { 90 } else { 160 },
        ]
    };
    let row: Vec<u8> = (0..u64::from(mode.width)).flat_map(pixel).collect();
    row.repeat(mode.height.into())
}

/// A picture of which a part has been sent.
struct Frame<'a> {
    rest: &'a [u8],
    flags: u8,
    payload_len: usize,
}

impl Frame<'_> {
    fn fill(&mut self, urb: &Urb) -> Vec<u8> {
        if urb.packets.is_empty() {
            let payload = self.payload(urb.len);
            return usbip::reply(urb.seq, 0, &payload, payload.len());
        }
        let mut data = Vec::new();
        let mut filled = Vec::new();
        for packet in &urb.packets {
            let payload = self.payload(packet.len as usize);
            filled.push((*packet, payload.len()));
            data.extend(payload);
        }
        usbip::isochronous_reply(urb.seq, &data, &filled)
    }

    /// As much of the picture as fits; nothing once all of it was sent.
    fn payload(&mut self, room: usize) -> Vec<u8> {
        if self.rest.is_empty() {
            return Vec::new();
        }
        let room = room.min(self.payload_len) - HEADER_LEN;
        let (now, rest) = self.rest.split_at(room.min(self.rest.len()));
        self.rest = rest;
        let end = if rest.is_empty() { END_OF_FRAME } else { 0 };
        let mut payload = vec![HEADER_LEN as u8, self.flags | end];
        payload.extend(now);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_carry_the_whole_picture_and_only_the_last_one_ends_it() {
        let picture: Vec<u8> = (0..100).collect();
        let mut frame = Frame {
            rest: &picture,
            flags: END_OF_HEADER,
            payload_len: 42,
        };
        let mut received: Vec<u8> = Vec::new();
        let mut ends = Vec::new();
        while !frame.rest.is_empty() {
            let payload = frame.payload(1000);
            ends.push(payload[1] & END_OF_FRAME != 0);
            received.extend(&payload[HEADER_LEN..]);
        }
        assert_eq!(received, picture);
        assert_eq!(ends, [false, false, true]);
    }
}
