//! Gives the descriptors by which the camera introduces itself (USB 2.0 chapter 9, USB Video Class 1.0).

/// Bytes of one bulk payload; a picture takes several.
pub const BULK_PAYLOAD: u32 = 16384;
/// Bytes of one isochronous payload: three packets of 1024 in a microframe.
pub const ISO_PAYLOAD: u32 = 3072;
pub const MJPEG_FORMAT: u8 = 1;
pub const YUYV_FORMAT: u8 = 2;
/// The brightness control lives in the processing unit of this id.
pub const PROCESSING_UNIT: u8 = 2;

const CLASS_SPECIFIC: u8 = 0x24;
const VIDEO: u8 = 0x0e;

#[derive(Clone)]
pub struct Identity {
    pub product: String,
    pub serial: String,
}

/// The one size and rate that the camera offers, and how it sends.
#[derive(Clone, Copy)]
pub struct Mode {
    pub width: u16,
    pub height: u16,
    pub interval_100ns: u32,
    pub yuyv: bool,
    pub iso: bool,
}

impl Mode {
    pub fn formats(&self) -> u8 {
        if self.yuyv { YUYV_FORMAT } else { MJPEG_FORMAT }
    }

    /// The most that one picture of any format can take.
    pub fn frame_len_max(&self) -> u32 {
        u32::from(self.width) * u32::from(self.height) * 2
    }

    pub fn payload_len_max(&self) -> u32 {
        if self.iso { ISO_PAYLOAD } else { BULK_PAYLOAD }
    }
}

pub fn device() -> Vec<u8> {
    let miscellaneous_with_association = [0xef, 2, 1];
    let vendor_product_release = [0x09, 0x12, 0x01, 0x00, 0x00, 0x01];
    let mut d = vec![18, 1, 0x00, 0x02];
    d.extend(miscellaneous_with_association);
    d.push(64); // largest packet of endpoint 0
    d.extend(vendor_product_release);
    d.extend([1, 2, 3, 1]); // strings: maker, product, serial; one configuration
    d
}

/// String descriptors by index; index 0 lists the languages.
pub fn string(index: u8, identity: &Identity) -> Vec<u8> {
    let text = match index {
        0 => return vec![4, 3, 0x09, 0x04],
        1 => "Fieldcam",
        2 => &identity.product,
        _ => &identity.serial,
    };
    // The length is one byte, and counts itself and the type.
    let utf16: Vec<u8> = text
        .encode_utf16()
        .take(126)
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut d = vec![utf16.len() as u8 + 2, 3];
    d.extend(utf16);
    d
}

pub fn configuration(mode: &Mode) -> Vec<u8> {
    let mut body = vec![8, 0x0b, 0, 2, VIDEO, 3, 0, 2]; // both interfaces are one function
    body.extend(control_interface());
    body.extend(streaming_interface(mode));
    let total = (9 + body.len()) as u16;
    let mut d = vec![9, 2];
    d.extend(total.to_le_bytes());
    d.extend([2, 1, 0, 0x80, 250]); // two interfaces, bus powered, 500 mA
    d.extend(body);
    d
}

fn control_interface() -> Vec<u8> {
    let camera_terminal = [
        18,
        CLASS_SPECIFIC,
        2,
        1,
        0x01,
        0x02,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        3,
        0,
        0,
        0,
    ];
    let processing_unit = [
        11,
        CLASS_SPECIFIC,
        5,
        PROCESSING_UNIT,
        1,
        0,
        0,
        2,
        0x01,
        0,
        0,
    ];
    let output_terminal = [9, CLASS_SPECIFIC, 3, 3, 0x01, 0x01, 0, PROCESSING_UNIT, 0];
    let units = [&camera_terminal[..], &processing_unit, &output_terminal].concat();

    let mut d = vec![9, 4, 0, 0, 0, VIDEO, 1, 0, 2];
    d.extend([13, CLASS_SPECIFIC, 1, 0x00, 0x01]);
    d.extend((13 + units.len() as u16).to_le_bytes());
    d.extend(48_000_000u32.to_le_bytes()); // clock
    d.extend([1, 1]); // one streaming interface: number 1
    d.extend(units);
    d
}

fn streaming_interface(mode: &Mode) -> Vec<u8> {
    let formats = formats(mode);
    let header_len = 13 + mode.formats();
    let total = u16::from(header_len) + formats.len() as u16;
    let mut header = vec![header_len, CLASS_SPECIFIC, 1, mode.formats()];
    header.extend(total.to_le_bytes());
    header.extend([0x81, 0, 3, 0, 0, 0, 1]);
    header.resize(header_len.into(), 0); // no controls per format

    let mut d = vec![9, 4, 1, 0, if mode.iso { 0 } else { 1 }, VIDEO, 2, 0, 0];
    d.extend(header);
    d.extend(formats);
    if mode.iso {
        // An isochronous camera streams in another setting of the same interface.
        d.extend([9, 4, 1, 1, 1, VIDEO, 2, 0, 0]);
        d.extend([7, 5, 0x81, 5, 0x00, 0x14, 1]); // three packets of 1024 bytes a microframe
    } else {
        d.extend([7, 5, 0x81, 2, 0x00, 0x02, 0]); // packets of 512 bytes
    }
    d
}

fn formats(mode: &Mode) -> Vec<u8> {
    let colour_matching = [6, CLASS_SPECIFIC, 0x0d, 1, 1, 4];
    let mut d = vec![11, CLASS_SPECIFIC, 6, MJPEG_FORMAT, 1, 1, 1, 0, 0, 0, 0];
    d.extend(frame(7, mode));
    d.extend(colour_matching);
    if mode.yuyv {
        let guid = b"YUY2\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
        d.extend([27, CLASS_SPECIFIC, 4, YUYV_FORMAT, 1]);
        d.extend(guid);
        d.extend([16, 1, 0, 0, 0, 0]); // 16 bits a pixel
        d.extend(frame(5, mode));
        d.extend(colour_matching);
    }
    d
}

fn frame(subtype: u8, mode: &Mode) -> Vec<u8> {
    let bits_per_second =
        u64::from(mode.frame_len_max()) * 8 * 10_000_000 / u64::from(mode.interval_100ns);
    let bit_rate = u32::try_from(bits_per_second)
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    let mut d = vec![30, CLASS_SPECIFIC, subtype, 1, 0];
    d.extend(mode.width.to_le_bytes());
    d.extend(mode.height.to_le_bytes());
    d.extend(bit_rate); // least
    d.extend(bit_rate); // most
    d.extend(mode.frame_len_max().to_le_bytes());
    d.extend(mode.interval_100ns.to_le_bytes()); // the usual interval
    d.push(1); // and the only one
    d.extend(mode.interval_100ns.to_le_bytes());
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_add_up_in_every_mode() {
        for (yuyv, iso) in [(false, false), (true, false), (false, true), (true, true)] {
            let mode = Mode {
                width: 640,
                height: 360,
                interval_100ns: 1_000_000,
                yuyv,
                iso,
            };
            let d = configuration(&mode);
            assert_eq!(u16::from_le_bytes([d[2], d[3]]) as usize, d.len());
            let mut at = 0;
            while at < d.len() {
                at += d[at] as usize;
            }
            assert_eq!(at, d.len(), "yuyv {yuyv}, iso {iso}");
        }
    }

    #[test]
    fn a_long_name_fits_one_descriptor() {
        let identity = Identity {
            product: "摄".repeat(300),
            serial: String::new(),
        };
        let d = string(2, &identity);
        assert_eq!(d.len(), 254);
        assert_eq!(d[0], 254);
    }
}
