//! Takes the bytes of a motion-JPEG AVI, gives its size, rate and pictures.

/// The pictures of a clip, each a complete JPEG.
pub struct Clip {
    pub width: u16,
    pub height: u16,
    /// Time between two pictures in units of 100 ns, as USB video counts it.
    pub interval_100ns: u32,
    pub pictures: Vec<Vec<u8>>,
}

impl Clip {
    pub fn from_avi(bytes: &[u8]) -> Result<Self, String> {
        if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"AVI ") {
            return Err("not an AVI file".into());
        }
        let mut clip = Self {
            width: 0,
            height: 0,
            interval_100ns: 0,
            pictures: Vec::new(),
        };
        clip.read_chunks(&bytes[12..])?;
        if clip.width == 0 || clip.height == 0 || clip.interval_100ns == 0 {
            return Err("no video header".into());
        }
        if clip.pictures.is_empty() {
            return Err("no pictures".into());
        }
        Ok(clip)
    }

    /// A chunk is a four-letter name, its length, and that many bytes, padded to an even number.
    fn read_chunks(&mut self, mut rest: &[u8]) -> Result<(), String> {
        while rest.len() >= 8 {
            let name = &rest[..4];
            let length = u32_at(rest, 4)? as usize;
            let body = rest.get(8..8 + length).ok_or("a chunk is cut off")?;
            match name {
                b"LIST" => self.read_chunks(body.get(4..).ok_or("an empty list")?)?,
                b"avih" => self.interval_100ns = u32_at(body, 0)? * 10,
                b"strf" => self.read_format(body)?,
                b"00dc" => self.pictures.push(body.to_vec()),
                _ => {}
            }
            rest = rest.get(8 + length + length % 2..).unwrap_or(&[]);
        }
        Ok(())
    }

    fn read_format(&mut self, body: &[u8]) -> Result<(), String> {
        if body.get(16..20) != Some(b"MJPG") {
            return Err("the video is not motion JPEG".into());
        }
        self.width = u32_at(body, 4)?.try_into().map_err(|_| "too wide")?;
        self.height = u32_at(body, 8)?.try_into().map_err(|_| "too high")?;
        Ok(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, String> {
    let four = bytes.get(at..at + 4).ok_or("a header is cut off")?;
    Ok(u32::from_le_bytes(
        four.try_into().expect("four bytes were taken"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: &[u8] = include_bytes!("../../../scenes/hall_two_people.avi");

    #[test]
    fn our_scene_is_read_whole() {
        let clip = Clip::from_avi(SCENE).unwrap();
        assert_eq!((clip.width, clip.height), (640, 360));
        assert_eq!(clip.interval_100ns, 1_000_000);
        assert_eq!(clip.pictures.len(), 100);
        for picture in &clip.pictures {
            assert!(picture.starts_with(&[0xff, 0xd8]) && picture.ends_with(&[0xff, 0xd9]));
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        for length in [0, 3, 11, 20, 150, 223, 5000] {
            assert!(Clip::from_avi(&SCENE[..length]).is_err(), "{length} bytes");
        }
    }
}
