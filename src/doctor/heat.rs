//! Whether the processor is too hot, or slowed down.

use super::Finding;
use crate::telemetry::{Board, thermal, throttle};

/// Looks at the processor, which the governor keeps below `limit` degrees.
pub fn check(board: &Board, limit: f64) -> Vec<Finding> {
    let celsius = thermal::hottest(board)
        .map(|now| now.celsius)
        .map_err(|error| error.to_string());
    let firmware = throttle::State::read(board).firmware;
    let mut findings = vec![temperature(celsius, limit)];
    findings.extend(firmware.map(throttling));
    findings
}

fn temperature(celsius: Result<f64, String>, limit: f64) -> Finding {
    const CHECK: &str = "temperature";
    match celsius {
        Ok(celsius) if celsius >= limit => Finding::warning(
            CHECK,
            format!("{celsius:.0} °C; from {limit:.0} °C on fewer frames are looked at"),
            "give it a heat sink, a fan or a cooler place",
        ),
        Ok(celsius) => Finding::ok(CHECK, format!("{celsius:.0} °C, kept below {limit:.0} °C")),
        Err(error) => Finding::ok(CHECK, format!("cannot be read here: {error}")),
    }
}

/// What a Raspberry Pi's firmware says.
fn throttling(bits: u32) -> Finding {
    const CHECK: &str = "throttling";
    let (now, earlier) = (throttle::words(bits, false), throttle::words(bits, true));
    let remedy = |words: &[&str]| match words.iter().any(|word| word.contains("voltage")) {
        true => "use a supply that is made for this board, and a short cable",
        false => "give it a heat sink, a fan or a cooler place",
    };
    if !now.is_empty() {
        Finding::error(CHECK, now.join(", "), remedy(&now))
    } else if !earlier.is_empty() {
        let says = format!(
            "not now, but since it was switched on: {}",
            earlier.join(", ")
        );
        Finding::warning(CHECK, says, remedy(&earlier))
    } else {
        Finding::ok(CHECK, "none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn heat_and_low_voltage_are_told_with_what_to_do() {
        assert_eq!(temperature(Ok(50.0), 80.0).level, Level::Ok);
        assert_eq!(temperature(Ok(80.0), 80.0).level, Level::Warning);
        assert_eq!(temperature(Err("no sensor".into()), 80.0).level, Level::Ok);
        let low = throttling(0x1);
        assert_eq!(low.level, Level::Error);
        assert!(low.remedy.is_some_and(|remedy| remedy.contains("supply")));
        assert_eq!(throttling(0x4_0000).level, Level::Warning);
        assert_eq!(throttling(0).level, Level::Ok);
    }
}
