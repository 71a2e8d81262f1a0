//! `[governor]`: how the machine is kept from throttling.

use super::Check;
use crate::config::GovernorConfig;
use crate::config::file::GovernorFile;

/// Cooler, no board is in summer; hotter, each has throttled.
const CELSIUS: std::ops::RangeInclusive<f64> = 40.0..=110.0;

impl Check<'_> {
    pub(super) fn governor(&mut self, file: GovernorFile) -> GovernorConfig {
        let usual = GovernorConfig::default();
        let min_fps = u64::from(usual.min_fps);
        if let Some(celsius) = file.max_temperature_c
            && !CELSIUS.contains(&celsius)
        {
            let (low, high) = (CELSIUS.start(), CELSIUS.end());
            let message = format!("expected {low}–{high}, found {celsius}");
            self.complaints.add("governor.max_temperature_c", message);
        }
        GovernorConfig {
            enabled: file.enabled.unwrap_or(usual.enabled),
            max_celsius: file.max_temperature_c,
            min_fps: self.number("governor.min_fps", file.min_fps, min_fps, 1..=240) as u32,
        }
    }
}
