//! Whether something slowed the processor down: a Raspberry Pi's firmware, a PC's thermal counters, and the clock itself.

use serde::{Deserialize, Serialize};

use super::{Board, NotMeasurable, sysfs};

const COMMAND: &str = "get_throttled";
/// The firmware's bits for now; those since boot are 16 places higher.
const NOW: [(u32, &str, &str); 4] = [
    (0, "under_voltage", "the supply's voltage is too low"),
    (1, "clock_capped", "the clock is capped"),
    (2, "throttled", "the processor is throttled"),
    (
        3,
        "soft_temperature_limit",
        "the soft temperature limit is active",
    ),
];
const SINCE_BOOT: u32 = 16;

/// What is known about throttling at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The firmware's bits.
    pub firmware: Option<u32>,
    /// How often a PC's cores and packages were throttled since boot.
    pub thermal_events: Option<u64>,
    /// The fastest core's clock now, and what it could be, in kHz.
    pub clock: Option<ClockRate>,
    /// Why what is missing is missing.
    pub reasons: Vec<String>,
}

/// A processor's clock in kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRate {
    /// The fastest core's now.
    pub now_khz: u64,
    /// The most that core can do.
    pub max_khz: u64,
}

/// What happened between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `None` where nothing tells.
    pub throttled: Option<bool>,
    /// What slowed the processor down.
    pub how: Vec<String>,
    /// The clock at the later moment.
    pub clock: Option<ClockRate>,
    /// Why nothing tells.
    pub reasons: Vec<String>,
}

impl State {
    /// Looks at everything that tells.
    pub fn read(board: &Board) -> Self {
        let mut reasons = Vec::new();
        let mut keep = |error: NotMeasurable| reasons.push(error.to_string());
        let firmware = firmware(board).map_err(&mut keep).ok();
        let thermal_events = thermal_events(board).map_err(&mut keep).ok();
        let clock = clock(board).map_err(&mut keep).ok();
        Self {
            firmware,
            thermal_events,
            clock,
            reasons,
        }
    }
}

/// What the firmware's bits mean, `now` or since boot.
pub fn words(bits: u32, since_boot: bool) -> Vec<&'static str> {
    let shift = if since_boot { SINCE_BOOT } else { 0 };
    NOW.iter()
        .filter(|(bit, ..)| bits >> (bit + shift) & 1 == 1)
        .map(|(.., words)| *words)
        .collect()
}

/// Whether each cause of the firmware's holds now.
pub fn causes(bits: u32) -> [(&'static str, bool); 4] {
    NOW.map(|(bit, cause, _)| (cause, bits >> bit & 1 == 1))
}

/// Compares two moments. The bits of now count at either; those since boot only when they appeared in between, because a
/// board that was hot last week is none of this run's business. A low clock alone is told and not judged: governors save
/// power too.
pub fn between(before: &State, after: &State) -> Verdict {
    let mut how = Vec::new();
    if let (Some(before), Some(after)) = (before.firmware, after.firmware) {
        let appeared = (after & !before) >> SINCE_BOOT;
        let bits = before | after | appeared;
        how.extend(words(bits, false).into_iter().map(str::to_owned));
    }
    if let (Some(before), Some(after)) = (before.thermal_events, after.thermal_events)
        && after > before
    {
        how.push(format!("too hot, {} times", after - before));
    }
    let told = after.firmware.is_some() || after.thermal_events.is_some();
    Verdict {
        throttled: told.then_some(!how.is_empty()),
        how,
        clock: after.clock,
        reasons: if told {
            Vec::new()
        } else {
            after.reasons.clone()
        },
    }
}

fn firmware(board: &Board) -> Result<u32, NotMeasurable> {
    let answer = board.firmware(COMMAND)?;
    let number = answer.trim().strip_prefix("throttled=0x");
    number
        .and_then(|number| u32::from_str_radix(number, 16).ok())
        .ok_or_else(|| NotMeasurable::Answer {
            command: format!("vcgencmd {COMMAND}"),
            answer: answer.trim().chars().take(80).collect(),
        })
}

fn thermal_events(board: &Board) -> Result<u64, NotMeasurable> {
    let cores = sysfs::entries(&board.path("sys/devices/system/cpu"), "cpu");
    let counters = cores.iter().flat_map(|core| {
        let count = |file| sysfs::number::<u64>(&core.join("thermal_throttle").join(file)).ok();
        ["core_throttle_count", "package_throttle_count"].map(count)
    });
    let counters: Vec<_> = counters.flatten().collect();
    if counters.is_empty() {
        return Err(NotMeasurable::Absent("no thermal_throttle".to_owned()));
    }
    Ok(counters.iter().sum())
}

fn clock(board: &Board) -> Result<ClockRate, NotMeasurable> {
    let policies = sysfs::entries(&board.path("sys/devices/system/cpu/cpufreq"), "policy");
    let rate = |policy: &std::path::PathBuf| {
        Some(ClockRate {
            now_khz: sysfs::number(&policy.join("scaling_cur_freq")).ok()?,
            max_khz: sysfs::number(&policy.join("cpuinfo_max_freq")).ok()?,
        })
    };
    let fastest = policies
        .iter()
        .filter_map(rate)
        .max_by_key(|rate| rate.now_khz);
    fastest.ok_or_else(|| NotMeasurable::Absent("no cpufreq".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::made_up;

    fn pi(bits: u32) -> State {
        State {
            firmware: Some(bits),
            ..State::default()
        }
    }

    #[test]
    fn the_firmware_is_asked_and_its_bits_have_words() {
        let (_root, board) = made_up::with_firmware(&[], |_| Ok("throttled=0x50005\n".to_owned()));
        let state = State::read(&board);
        assert_eq!(state.firmware, Some(0x50005));
        let expected = [
            "the supply's voltage is too low",
            "the processor is throttled",
        ];
        assert_eq!(words(0x50005, false), expected);
        assert_eq!(words(0x50005, true), expected);
        assert!(words(0, false).is_empty());
    }

    #[test]
    fn only_what_happened_in_between_counts() {
        let check = |before, after, throttled, how: &[&str]| {
            let verdict = between(&pi(before), &pi(after));
            assert_eq!(
                verdict.throttled,
                Some(throttled),
                "{before:#x} → {after:#x}"
            );
            assert_eq!(verdict.how, how, "{before:#x} → {after:#x}");
        };
        check(0, 0, false, &[]);
        check(0x50000, 0x50000, false, &[]);
        check(0, 0x40000, true, &["the processor is throttled"]);
        check(0, 0x8, true, &["the soft temperature limit is active"]);
    }

    #[test]
    fn a_pc_counts() {
        let core = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count";
        let read = |count| State::read(&made_up::machine(&[(core, count)]).1);
        let verdict = between(&read("7"), &read("9"));
        assert_eq!(verdict.throttled, Some(true));
        assert_eq!(verdict.how, ["too hot, 2 times"]);
    }

    #[test]
    fn the_clock_is_told_and_not_judged() {
        let (_root, board) = made_up::machine(&[
            (
                "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq",
                "1000000",
            ),
            (
                "sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq",
                "2400000",
            ),
        ]);
        let state = State::read(&board);
        let verdict = between(&state, &state);
        assert_eq!(verdict.throttled, None);
        assert_eq!(
            verdict.clock.map(|clock| clock.max_khz - clock.now_khz),
            Some(1_400_000)
        );
    }

    #[test]
    fn a_machine_that_tells_nothing_gives_reasons() {
        let (_root, board) = made_up::machine(&[]);
        let state = State::read(&board);
        let verdict = between(&state, &state);
        assert_eq!(verdict.throttled, None);
        assert_eq!(
            verdict.reasons.join(", "),
            "no vcgencmd, no thermal_throttle, no cpufreq"
        );
    }
}
