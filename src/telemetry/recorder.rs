//! Reads a power meter ten times a second on a thread of its own, while something else runs.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::energy::{Drawn, Sample, drawn};
use super::{Meter, NotMeasurable};
use crate::clock::Clock;

/// The chips average over up to 140 ms, and a reading through the firmware's tool takes up to 20.
const EVERY: Duration = Duration::from_millis(100);

/// A meter that is being read.
pub struct Recorder {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<(Meter, Recording)>,
}

/// What was drawn while the recorder ran, or why that cannot be said.
pub type Recording = Result<Drawn, NotMeasurable>;

impl Recorder {
    /// Starts; returns once the first reading is taken.
    pub fn start(meter: Meter, clock: Arc<dyn Clock>) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = std::thread::spawn(move || record(meter, &*clock, &ready, &stopped));
        // An error means that the thread is gone, which `finish` reports.
        let _ = is_ready.recv();
        Self { stop, thread }
    }

    /// Takes the last reading, and gives the meter back.
    pub fn finish(self) -> (Meter, Recording) {
        drop(self.stop);
        self.thread.join().expect("reading a meter does not panic")
    }
}

fn record(
    mut meter: Meter,
    clock: &dyn Clock,
    ready: &mpsc::Sender<()>,
    stopped: &mpsc::Receiver<()>,
) -> (Meter, Recording) {
    let mut samples = Vec::new();
    loop {
        match meter.read() {
            Ok(reading) => samples.push(Sample {
                at: clock.monotonic().since_boot(),
                reading,
            }),
            Err(reason) => return (meter, Err(reason)),
        }
        let _ = ready.send(());
        if samples.len() > 1 && matches!(stopped.try_recv(), Err(mpsc::TryRecvError::Disconnected))
        {
            break;
        }
        // A timeout is the beat; anything else is the end, and one more reading.
        let _: Result<(), RecvTimeoutError> = stopped.recv_timeout(EVERY);
    }
    let short = || NotMeasurable::Absent("the run was too short for the power meter".to_owned());
    let recording = drawn(&samples).ok_or_else(short);
    (meter, recording)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::telemetry::made_up;

    #[test]
    fn what_runs_between_start_and_finish_is_recorded() {
        let (_root, board) = made_up::machine(&[
            ("sys/class/hwmon/hwmon0/name", "ina226"),
            ("sys/class/hwmon/hwmon0/power1_input", "2000000"),
        ]);
        let meter = Meter::find(&board).expect("there is a meter");
        let recorder = Recorder::start(meter, Arc::new(SystemClock));
        let (mut meter, recording) = recorder.finish();
        let drawn = recording.expect("it can be read");
        let watts = drawn.joules / drawn.over.as_secs_f64();
        assert!((watts - 2.0).abs() < 1e-6, "{drawn:?}");
        assert!(meter.read().is_ok(), "it can be used again");
    }

    #[test]
    fn a_meter_that_goes_away_is_a_reason() {
        let (root, board) = made_up::machine(&[
            ("sys/class/hwmon/hwmon0/name", "ina226"),
            ("sys/class/hwmon/hwmon0/power1_input", "2000000"),
        ]);
        let meter = Meter::find(&board).expect("there is a meter");
        drop(root);
        let (_, recording) = Recorder::start(meter, Arc::new(SystemClock)).finish();
        let reason = recording.expect_err("the files are gone").to_string();
        assert!(reason.starts_with("cannot read "), "{reason}");
    }
}
