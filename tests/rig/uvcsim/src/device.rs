//! One plugged camera: its connection to the kernel, the state that its two threads share, and the
//! faults it can be told to show.

use std::collections::{HashSet, VecDeque};
use std::io::Write;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::control::{Answer, Control};
use crate::options::Camera;
use crate::stream;
use crate::usbip::{self, Command, Urb};

const ATTACH: &str = "/sys/devices/platform/vhci_hcd.0/attach";
const DEVICE_ID: u32 = 1 << 16 | 2; // bus 1, device 2 of the imagined remote machine
const HIGH_SPEED: u32 = 3;
const ATTEMPTS: u32 = 40;

/// A camera in a port of the kernel. Dropping it pulls the plug.
pub struct Device {
    shared: Arc<Shared>,
}

/// What can be made to go wrong.
pub enum Fault {
    Frozen(bool),
    /// So many next frames are cut in half.
    Truncated(u32),
    /// So many next frames carry the error bit.
    Errors(u32),
    /// The next transfer finds a stalled endpoint.
    Stall,
}

/// What the receiving and the streaming thread share.
pub struct Shared {
    pub camera: Arc<Camera>,
    state: Mutex<State>,
    changed: Condvar,
    link: Mutex<UnixStream>,
}

struct State {
    control: Control,
    /// Transfers that wait for video, in order; bounded by what the driver submits (five, it says).
    waiting: VecDeque<Urb>,
    /// The transfer that is being answered at this moment: too late to unlink it.
    answering: Option<u32>,
    /// Grows whenever the stream starts over.
    epoch: u64,
    frozen: bool,
    truncated: u32,
    errors: u32,
    stall: bool,
    unplugged: bool,
}

/// What the stream needs to know before it sends a frame.
pub struct NextFrame {
    pub epoch: u64,
    pub format: u8,
    pub truncated: bool,
    pub error: bool,
}

impl Device {
    pub fn plug(camera: Arc<Camera>, port: u32) -> Result<Self, String> {
        let (ours, kernels) = UnixStream::pair().map_err(|err| format!("socket pair: {err}"))?;
        let incoming = ours.try_clone().map_err(|err| format!("socket: {err}"))?;
        let shared = Arc::new(Shared::new(camera, ours));
        let receiving = shared.clone();
        std::thread::spawn(move || receiving.receive(incoming));
        let streaming = shared.clone();
        std::thread::spawn(move || stream::run(&streaming));
        attach(port, &kernels)?;
        Ok(Self { shared })
    }

    pub fn fault(&self, fault: Fault) {
        let mut state = self.shared.lock();
        match fault {
            Fault::Frozen(frozen) => state.frozen = frozen,
            Fault::Truncated(frames) => state.truncated += frames,
            Fault::Errors(frames) => state.errors += frames,
            Fault::Stall => state.stall = true,
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.shared.lock().unplugged = true;
        self.shared.changed.notify_all();
        // The kernel may have closed its end first.
        let _ = self.shared.link().shutdown(Shutdown::Both);
    }
}

/// Hands the kernel its end of the connection. A port stays busy for a moment after an unplug.
fn attach(port: u32, kernels: &UnixStream) -> Result<(), String> {
    let request = format!("{port} {} {DEVICE_ID} {HIGH_SPEED}", kernels.as_raw_fd());
    for attempt in 1.. {
        match std::fs::write(ATTACH, &request) {
            Ok(()) => break,
            Err(err) if attempt == ATTEMPTS => return Err(format!("{ATTACH}: {err}")),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    Ok(())
}

impl Shared {
    fn new(camera: Arc<Camera>, link: UnixStream) -> Self {
        let state = State {
            control: Control::new(camera.mode, camera.identity.clone()),
            waiting: VecDeque::new(),
            answering: None,
            epoch: 0,
            frozen: false,
            truncated: 0,
            errors: 0,
            stall: false,
            unplugged: false,
        };
        Self {
            camera,
            state: Mutex::new(state),
            changed: Condvar::new(),
            link: Mutex::new(link),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panics while it holds the state")
    }

    fn link(&self) -> MutexGuard<'_, UnixStream> {
        self.link
            .lock()
            .expect("no thread panics while it holds the connection")
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .expect("no thread panics while it holds the state")
    }

    /// A connection that is gone shows itself to the receiving thread.
    pub fn send(&self, message: &[u8]) {
        let _ = self.link().write_all(message);
    }

    fn receive(&self, mut incoming: UnixStream) {
        // The kernel may unlink a transfer before it has submitted it; such a one must never be
        // answered, so it is remembered until it comes.
        let mut seq_max = 0;
        let mut unlinked_early = HashSet::new();
        while let Ok(command) = Command::read(&mut incoming) {
            match command {
                Command::Unlink { seq, victim } => {
                    let mut cancelled = self.cancel(victim);
                    if !cancelled && victim > seq_max {
                        cancelled = unlinked_early.insert(victim);
                    }
                    self.send(&usbip::unlinked(seq, cancelled));
                }
                Command::Control {
                    seq,
                    setup,
                    out,
                    data,
                } => {
                    seq_max = seq;
                    if !unlinked_early.remove(&seq) {
                        let answer = self.answer(&setup, &data);
                        self.send(&control_reply(seq, answer, out, data.len()));
                    }
                }
                Command::Stream(urb) => {
                    seq_max = urb.seq;
                    if !unlinked_early.remove(&urb.seq) {
                        self.lock().waiting.push_back(urb);
                        self.changed.notify_all();
                    }
                }
            }
        }
        self.lock().unplugged = true;
        self.changed.notify_all();
    }

    fn cancel(&self, victim: u32) -> bool {
        let mut state = self.lock();
        while state.answering == Some(victim) {
            state = self.wait(state);
        }
        let before = state.waiting.len();
        state.waiting.retain(|urb| urb.seq != victim);
        state.waiting.len() != before
    }

    fn answer(&self, setup: &crate::control::Setup, data: &[u8]) -> Answer {
        let mut state = self.lock();
        let answer = state.control.answer(setup, data);
        if matches!(answer, Answer::Restarted) {
            state.epoch += 1;
            self.changed.notify_all();
        }
        answer
    }

    /// Waits until the kernel wants video; nothing once the camera is unplugged.
    pub fn next_frame(&self) -> Option<NextFrame> {
        let mut state = self.lock();
        while !state.unplugged && (state.frozen || state.waiting.is_empty()) {
            state = self.wait(state);
        }
        if state.unplugged {
            return None;
        }
        let frame = NextFrame {
            epoch: state.epoch,
            format: state.control.format(),
            truncated: state.truncated > 0,
            error: state.errors > 0,
        };
        state.truncated = state.truncated.saturating_sub(1);
        state.errors = state.errors.saturating_sub(1);
        Some(frame)
    }

    /// Waits for a transfer and passes it to `fill`, whose message answers it. False once the stream
    /// has started over or the camera is unplugged: the rest of the frame is for nobody.
    pub fn answer_next(&self, epoch: u64, fill: impl FnOnce(&Urb) -> Vec<u8>) -> bool {
        let mut state = self.lock();
        let (urb, stall) = loop {
            if state.unplugged || state.epoch != epoch {
                return false;
            }
            if !state.frozen
                && let Some(urb) = state.waiting.pop_front()
            {
                state.answering = Some(urb.seq);
                break (urb, std::mem::take(&mut state.stall));
            }
            state = self.wait(state);
        };
        drop(state);

        if stall {
            self.send(&usbip::reply(urb.seq, usbip::STALLED, &[], 0));
        } else {
            self.send(&fill(&urb));
        }
        self.lock().answering = None;
        self.changed.notify_all();
        true
    }
}

fn control_reply(seq: u32, answer: Answer, out: bool, taken: usize) -> Vec<u8> {
    match answer {
        Answer::Stalled => usbip::reply(seq, usbip::STALLED, &[], 0),
        Answer::Data(data) if !out => usbip::reply(seq, 0, &data, data.len()),
        Answer::Data(_) | Answer::Restarted => usbip::reply(seq, 0, &[], taken),
    }
}
