//! The wire format between `vhci_hcd` and us (Documentation/usb/usbip_protocol.rst in the kernel).
//! Every message starts with 48 bytes of big-endian words.

use std::io::{self, Read};

use crate::control::Setup;

const CMD_UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;
const NOT_ISOCHRONOUS: u32 = u32::MAX;
/// Linux error numbers, as the protocol carries them.
pub const STALLED: i32 = -32; // EPIPE
const UNLINKED: i32 = -104; // ECONNRESET

/// What the kernel asks for.
pub enum Command {
    Control {
        seq: u32,
        setup: Setup,
        out: bool,
        data: Vec<u8>,
    },
    Stream(Urb),
    /// The transfer `victim` is to be cancelled.
    Unlink {
        seq: u32,
        victim: u32,
    },
}

/// A buffer that the kernel wants filled with video.
pub struct Urb {
    pub seq: u32,
    pub len: usize,
    /// Places for isochronous packets; none in a bulk transfer.
    pub packets: Vec<Packet>,
}

/// One isochronous packet within a transfer's buffer.
#[derive(Clone, Copy)]
pub struct Packet {
    pub offset: u32,
    pub len: u32,
}

impl Command {
    pub fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut header = [0; 48];
        from.read_exact(&mut header)?;
        let word = |i: usize| be_word(&header[i * 4..]);
        let seq = word(1);
        if word(0) == CMD_UNLINK {
            return Ok(Self::Unlink {
                seq,
                victim: word(5),
            });
        }

        let out = word(3) == 0;
        let endpoint = word(4);
        let len = word(6) as usize;
        if endpoint == 0 {
            let mut data = vec![0; if out { len } else { 0 }];
            from.read_exact(&mut data)?;
            let setup: [u8; 8] = header[40..]
                .try_into()
                .expect("the header ends with eight bytes");
            return Ok(Self::Control {
                seq,
                setup: Setup::from_bytes(setup),
                out,
                data,
            });
        }
        let count = if word(8) == NOT_ISOCHRONOUS {
            0
        } else {
            word(8) as usize
        };
        let mut raw = vec![0; count * 16];
        from.read_exact(&mut raw)?;
        let packet = |b: &[u8]| Packet {
            offset: be_word(b),
            len: be_word(&b[4..]),
        };
        Ok(Self::Stream(Urb {
            seq,
            len,
            packets: raw.chunks(16).map(packet).collect(),
        }))
    }
}

/// The answer to a transfer without packets. `len` counts what was taken, too, where nothing is sent.
pub fn reply(seq: u32, status: i32, data: &[u8], len: usize) -> Vec<u8> {
    let mut message = header([RET_SUBMIT, seq, status as u32, len as u32, 0]);
    message.extend(data);
    message
}

/// The answer to an isochronous transfer: the packets' bytes, closely packed, and their lengths.
pub fn isochronous_reply(seq: u32, data: &[u8], filled: &[(Packet, usize)]) -> Vec<u8> {
    let mut message = header([RET_SUBMIT, seq, 0, data.len() as u32, filled.len() as u32]);
    message.extend(data);
    for (packet, len) in filled {
        for word in [packet.offset, packet.len, *len as u32, 0] {
            message.extend(word.to_be_bytes());
        }
    }
    message
}

/// The answer to an unlink: whether the transfer was still waiting here.
pub fn unlinked(seq: u32, cancelled: bool) -> Vec<u8> {
    let status = if cancelled { UNLINKED } else { 0 };
    header([RET_UNLINK, seq, status as u32, 0, 0])
}

fn header([kind, seq, status, len, packets]: [u32; 5]) -> Vec<u8> {
    [kind, seq, 0, 0, 0, status, len, 0, packets, 0, 0, 0]
        .into_iter()
        .flat_map(u32::to_be_bytes)
        .collect()
}

fn be_word(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().expect("four bytes were taken"))
}
