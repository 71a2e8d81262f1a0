//! uvcsim plays a clip as a USB camera. The camera is real to the kernel: its own USB core, `uvcvideo`
//! and `videobuf2` run on top of `vhci_hcd`, whose USB/IP port this program serves through a pair of
//! sockets. Words on standard input pull the plug or make the camera misbehave.
//!
//!     clip → stream → usbip → kernel        what flows
//!     descriptors, control                  what the kernel asks before it flows
//!     device                                the threads of one plugged camera

mod clip;
mod control;
mod descriptors;
mod device;
mod options;
mod stream;
mod usbip;

use std::io::BufRead;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use device::{Device, Fault};
use options::Options;

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("uvcsim: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), String> {
    let camera = Arc::new(options.camera()?);
    let mut plugged = Some(Device::plug(camera.clone(), options.port)?);
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let word = words.next().unwrap_or("");
        let frames = words.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        match (word, &plugged) {
            ("", _) => {}
            ("quit", _) => return Ok(()),
            ("count", _) => eprintln!("uvcsim: sent {}", camera.sent.load(Ordering::Relaxed)),
            ("plug", None) => plugged = Some(Device::plug(camera.clone(), options.port)?),
            ("unplug", Some(_)) => plugged = None,
            ("freeze", Some(device)) => device.fault(Fault::Frozen(true)),
            ("thaw", Some(device)) => device.fault(Fault::Frozen(false)),
            ("trunc", Some(device)) => device.fault(Fault::Truncated(frames)),
            ("err", Some(device)) => device.fault(Fault::Errors(frames)),
            ("stall", Some(device)) => device.fault(Fault::Stall),
            (word, plugged) => {
                let state = if plugged.is_some() {
                    "plugged in"
                } else {
                    "unplugged"
                };
                eprintln!("uvcsim: cannot do {word:?} while {state}");
            }
        }
    }
    // Whoever gave no commands, or no more of them, still wants the camera.
    loop {
        std::thread::park();
    }
}
