//! The command line.

use std::sync::atomic::AtomicU64;

use crate::clip::Clip;
use crate::descriptors::{Identity, Mode};

const USAGE: &str = "usage: uvcsim CLIP.avi [options]
  --product TEXT   product name (UVC Simulator)
  --serial TEXT    serial number (SIM0001)
  --port N         port of vhci_hcd (0)
  --fps N          declared and played frame rate, instead of the clip's
  --repeat N       send every picture N times: the scene goes N times slower (1)
  --once           stay on the last picture instead of starting over
  --yuyv           offer uncompressed video too; it shows a moving pattern, not the clip
  --iso            isochronous transfers, as most webcams use, instead of bulk
standard input: plug | unplug | freeze | thaw | trunc [N] | err [N] | stall | count | quit
  trunc N          cut the next N frames in half
  err N            flag the next N frames as faulty
  stall            answer one transfer with a stalled endpoint (bulk only)
  count            say on standard error how many frames were sent";

/// What was asked for on the command line.
pub struct Options {
    clip: String,
    identity: Identity,
    fps: Option<u32>,
    playback: Playback,
    yuyv: bool,
    iso: bool,
    pub port: u32,
}

/// A camera before it is plugged in.
pub struct Camera {
    pub identity: Identity,
    pub mode: Mode,
    pub playback: Playback,
    pub pictures: Vec<Vec<u8>>,
    /// Frames sent since the program started, over all pluggings.
    pub sent: AtomicU64,
}

/// The order in which the pictures of the clip are sent.
#[derive(Clone, Copy)]
pub struct Playback {
    pub repeat: u64,
    pub once: bool,
}

impl Options {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut clip = None;
        let mut options = Self {
            clip: String::new(),
            identity: Identity {
                product: "UVC Simulator".into(),
                serial: "SIM0001".into(),
            },
            fps: None,
            playback: Playback {
                repeat: 1,
                once: false,
            },
            yuyv: false,
            iso: false,
            port: 0,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value\n{USAGE}"));
            match word.as_str() {
                "--product" => options.identity.product = value()?,
                "--serial" => options.identity.serial = value()?,
                "--port" => options.port = number(&value()?, 0)?,
                "--fps" => options.fps = Some(number(&value()?, 1)?),
                "--repeat" => options.playback.repeat = number(&value()?, 1)?.into(),
                "--once" => options.playback.once = true,
                "--yuyv" => options.yuyv = true,
                "--iso" => options.iso = true,
                _ if clip.is_none() && !word.starts_with('-') => clip = Some(word),
                _ => return Err(format!("unexpected {word:?}\n{USAGE}")),
            }
        }
        options.clip = clip.ok_or(USAGE)?;
        Ok(options)
    }

    /// Reads the clip; the camera offers exactly its size and rate.
    pub fn camera(&self) -> Result<Camera, String> {
        let bytes = std::fs::read(&self.clip).map_err(|err| format!("{}: {err}", self.clip))?;
        let clip = Clip::from_avi(&bytes).map_err(|err| format!("{}: {err}", self.clip))?;
        let mode = Mode {
            width: clip.width,
            height: clip.height,
            interval_100ns: self.fps.map_or(clip.interval_100ns, |fps| 10_000_000 / fps),
            yuyv: self.yuyv,
            iso: self.iso,
        };
        Ok(Camera {
            identity: self.identity.clone(),
            mode,
            playback: self.playback,
            pictures: clip.pictures,
            sent: AtomicU64::new(0),
        })
    }
}

impl Playback {
    /// Which of `count` pictures is sent as the frame `sent` (counted from the plugging in).
    pub fn picture(&self, sent: u64, count: usize) -> usize {
        let position = sent / self.repeat;
        let last = count as u64 - 1;
        let index = if self.once {
            position.min(last)
        } else {
            position % count as u64
        };
        index as usize
    }
}

fn number(text: &str, min: u32) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|n| *n >= min)
        .ok_or(format!("{text:?} is not a whole number of at least {min}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_clip_starts_over_and_a_single_run_stays_on_its_end() {
        let frames = |once| {
            let playback = Playback { repeat: 2, once };
            (0..8)
                .map(|sent| playback.picture(sent, 3))
                .collect::<Vec<_>>()
        };
        assert_eq!(frames(false), [0, 0, 1, 1, 2, 2, 0, 0]);
        assert_eq!(frames(true), [0, 0, 1, 1, 2, 2, 2, 2]);
    }

    #[test]
    fn mistyped_options_are_refused() {
        for words in [
            &["--repeat"][..],
            &["a.avi", "--repeat", "0"],
            &["a.avi", "--loud"],
            &[],
        ] {
            assert!(
                Options::parse(words.iter().map(|w| w.to_string())).is_err(),
                "{words:?}"
            );
        }
    }
}
