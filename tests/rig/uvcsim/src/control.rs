//! Answers what the kernel asks over endpoint 0. Pure: a request in, an answer out.

use crate::descriptors::{self, Identity, MJPEG_FORMAT, Mode, PROCESSING_UNIT};

/// Length of the probe and commit structure of USB Video Class 1.0.
const PROBE_LEN: usize = 26;
const BRIGHTNESS_SELECTOR: u16 = 2 << 8;
const PROBE_SELECTOR: u16 = 1;

const SET_CUR: u8 = 0x01;
const GET_CUR: u8 = 0x81;
const GET_MIN: u8 = 0x82;
const GET_MAX: u8 = 0x83;
const GET_RES: u8 = 0x84;
const GET_LEN: u8 = 0x85;
const GET_INFO: u8 = 0x86;
const GET_DEF: u8 = 0x87;
const READABLE_AND_WRITABLE: u8 = 3;
const INVALID_CONTROL: u8 = 6;

/// The eight bytes that open every control transfer.
pub struct Setup {
    request_type: u8,
    request: u8,
    value: u16,
    index: u16,
    length: u16,
}

impl Setup {
    pub fn from_bytes(b: [u8; 8]) -> Self {
        Self {
            request_type: b[0],
            request: b[1],
            value: u16::from_le_bytes([b[2], b[3]]),
            index: u16::from_le_bytes([b[4], b[5]]),
            length: u16::from_le_bytes([b[6], b[7]]),
        }
    }
}

/// What to send back.
pub enum Answer {
    Data(Vec<u8>),
    /// The request is done, and what is streamed begins anew with it.
    Restarted,
    /// The camera knows no such request.
    Stalled,
}

/// The settings that the kernel can change.
pub struct Control {
    mode: Mode,
    identity: Identity,
    probe: Probe,
    commit: Probe,
    alternate: u8,
    brightness: i16,
}

impl Control {
    pub fn new(mode: Mode, identity: Identity) -> Self {
        let probe = Probe::negotiated(&mode, &[]);
        Self {
            mode,
            identity,
            probe,
            commit: probe,
            alternate: 0,
            brightness: 0,
        }
    }

    /// Which format the stream was started with.
    pub fn format(&self) -> u8 {
        self.commit.format
    }

    pub fn answer(&mut self, setup: &Setup, data: &[u8]) -> Answer {
        match (setup.request_type, setup.request, setup.index) {
            (0x01, 11, interface) => self.set_alternate(interface, setup.value),
            (0x02, 1, _) => Answer::Restarted, // the halt of an endpoint is cleared
            (0x21, SET_CUR, 1) => self.set_probe(setup.value >> 8, data),
            (0x21, SET_CUR, _) => self.set_brightness(setup, data),
            _ => match self.read(setup) {
                Some(mut answer) => {
                    answer.truncate(setup.length.into());
                    Answer::Data(answer)
                }
                None => Answer::Stalled,
            },
        }
    }

    fn set_alternate(&mut self, interface: u16, alternate: u16) -> Answer {
        if interface != 1 {
            return Answer::Data(Vec::new());
        }
        self.alternate = alternate as u8;
        Answer::Restarted
    }

    fn set_probe(&mut self, selector: u16, data: &[u8]) -> Answer {
        let probe = Probe::negotiated(&self.mode, data);
        if selector == PROBE_SELECTOR {
            self.probe = probe;
            return Answer::Data(Vec::new());
        }
        self.commit = probe;
        Answer::Restarted
    }

    fn set_brightness(&mut self, setup: &Setup, data: &[u8]) -> Answer {
        match data {
            [low, high] if is_brightness(setup) => {
                self.brightness = i16::from_le_bytes([*low, *high]);
                Answer::Data(Vec::new())
            }
            _ => Answer::Stalled,
        }
    }

    fn read(&self, setup: &Setup) -> Option<Vec<u8>> {
        match (setup.request_type, setup.request) {
            (0x80, 6) => self.descriptor(setup.value),
            (0x80..=0x82, 0) => Some(vec![0, 0]), // status
            (0x80, 8) => Some(vec![1]),           // the configuration in use
            (0x81, 10) => Some(vec![self.alternate]),
            (0x00, 9) => Some(Vec::new()), // the configuration is chosen
            (0xa1, request) if setup.index == 1 => self.read_probe(request, setup.value >> 8),
            (0xa1, request) if is_brightness(setup) => self.read_brightness(request),
            (0xa1, GET_CUR) if setup.index == 0 => Some(vec![INVALID_CONTROL]), // the last error
            _ => None,
        }
    }

    fn descriptor(&self, value: u16) -> Option<Vec<u8>> {
        let [index, kind] = value.to_le_bytes();
        match kind {
            1 => Some(descriptors::device()),
            2 => Some(descriptors::configuration(&self.mode)),
            3 => Some(descriptors::string(index, &self.identity)),
            _ => None,
        }
    }

    fn read_probe(&self, request: u8, selector: u16) -> Option<Vec<u8>> {
        let current = if selector == PROBE_SELECTOR {
            self.probe
        } else {
            self.commit
        };
        match request {
            GET_CUR => Some(current.to_bytes(&self.mode)),
            GET_MIN | GET_MAX | GET_RES => Some(self.probe.to_bytes(&self.mode)),
            GET_DEF => Some(Probe::negotiated(&self.mode, &[]).to_bytes(&self.mode)),
            GET_LEN => Some(vec![PROBE_LEN as u8, 0]),
            GET_INFO => Some(vec![READABLE_AND_WRITABLE]),
            _ => None,
        }
    }

    fn read_brightness(&self, request: u8) -> Option<Vec<u8>> {
        let value: i16 = match request {
            GET_CUR => self.brightness,
            GET_MIN => -64,
            GET_MAX => 64,
            GET_RES => 1,
            GET_DEF => 0,
            GET_LEN => 2,
            GET_INFO => return Some(vec![READABLE_AND_WRITABLE]),
            _ => return None,
        };
        Some(value.to_le_bytes().to_vec())
    }
}

fn is_brightness(setup: &Setup) -> bool {
    setup.index == u16::from(PROCESSING_UNIT) << 8 && setup.value == BRIGHTNESS_SELECTOR
}

/// What both sides agreed on before the stream starts. There is one size and one rate, so that only
/// the format can differ.
#[derive(Clone, Copy)]
struct Probe {
    hint: u16,
    format: u8,
}

impl Probe {
    /// The nearest to what was asked for (in the bytes of a probe structure) that the camera can do.
    fn negotiated(mode: &Mode, asked: &[u8]) -> Self {
        let byte = |at: usize| asked.get(at).copied().unwrap_or(0);
        Self {
            hint: u16::from_le_bytes([byte(0), byte(1)]),
            format: byte(2).clamp(MJPEG_FORMAT, mode.formats()),
        }
    }

    fn to_bytes(self, mode: &Mode) -> Vec<u8> {
        let mut bytes = vec![0; PROBE_LEN];
        bytes[0..2].copy_from_slice(&self.hint.to_le_bytes());
        bytes[2] = self.format;
        bytes[3] = 1; // frame size
        bytes[4..8].copy_from_slice(&mode.interval_100ns.to_le_bytes());
        bytes[18..22].copy_from_slice(&mode.frame_len_max().to_le_bytes());
        bytes[22..26].copy_from_slice(&mode.payload_len_max().to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(yuyv: bool) -> Control {
        let mode = Mode {
            width: 640,
            height: 360,
            interval_100ns: 1_000_000,
            yuyv,
            iso: false,
        };
        Control::new(
            mode,
            Identity {
                product: "p".into(),
                serial: "s".into(),
            },
        )
    }

    fn commit(control: &mut Control, format: u8) {
        let setup = Setup::from_bytes([0x21, SET_CUR, 0, 2, 1, 0, 26, 0]);
        let mut data = [0; PROBE_LEN];
        data[2] = format;
        assert!(matches!(control.answer(&setup, &data), Answer::Restarted));
    }

    #[test]
    fn a_format_that_is_not_offered_becomes_one_that_is() {
        let mut both = control(true);
        commit(&mut both, 2);
        assert_eq!(both.format(), 2);
        let mut mjpeg_only = control(false);
        commit(&mut mjpeg_only, 2);
        assert_eq!(mjpeg_only.format(), 1);
    }

    #[test]
    fn answers_are_no_longer_than_asked_and_unknown_requests_stall() {
        let mut camera = control(false);
        let first_nine = Setup::from_bytes([0x80, 6, 0, 2, 0, 0, 9, 0]);
        match camera.answer(&first_nine, &[]) {
            Answer::Data(data) => assert_eq!(data.len(), 9),
            _ => panic!("no descriptor"),
        }
        let unknown = Setup::from_bytes([0xc0, 0x42, 0, 0, 0, 0, 1, 0]);
        assert!(matches!(camera.answer(&unknown, &[]), Answer::Stalled));
    }
}
