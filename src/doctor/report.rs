//! All findings, as lines for people and as JSON for scripts. Pure.

use std::fmt;

use serde_json::{Value, json};

use super::{Finding, Level};

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order in which it was looked at.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings there are of a level.
    pub fn count(&self, level: Level) -> usize {
        let of_level = |finding: &&Finding| finding.level == level;
        self.findings.iter().filter(of_level).count()
    }

    /// Whether the configuration is at fault.
    pub fn is_misconfigured(&self) -> bool {
        let at_fault =
            |finding: &Finding| finding.level == Level::Error && finding.of_configuration;
        self.findings.iter().any(at_fault)
    }

    /// For scripts.
    pub fn json(&self) -> Value {
        json!({
            "schema": "watchpost.doctor/1",
            "version": env!("CARGO_PKG_VERSION"),
            "ok": self.count(Level::Error) == 0,
            "warnings": self.count(Level::Warning),
            "errors": self.count(Level::Error),
            "checks": self.findings,
        })
    }
}

/// A line a finding, and one below it with what to do.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self
            .findings
            .iter()
            .map(|finding| finding.check.chars().count());
        let width = checks.max().unwrap_or(0);
        for finding in &self.findings {
            let says = finding
                .says
                .replace('\n', &format!("\n{:1$}", "", width + 11));
            writeln!(
                f,
                "{:<7}  {:<width$}  {says}",
                finding.level.name(),
                finding.check
            )?;
            if let Some(remedy) = &finding.remedy {
                writeln!(f, "{:7}  {:width$}  → {remedy}", "", "")?;
            }
        }
        let count = |level| self.count(level);
        let (good, warnings) = (count(Level::Ok), count(Level::Warning));
        writeln!(
            f,
            "\nok: {good}, warnings: {warnings}, errors: {}",
            count(Level::Error)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_lines_and_as_json() {
        let report = Report {
            findings: vec![
                Finding::ok("clock", "synchronised"),
                Finding::error("camera porch", "is not there", "plug it in"),
            ],
        };
        let text = "ok       clock         synchronised\n\
                    error    camera porch  is not there\n\
                    \u{20}                      → plug it in\n\
                    \nok: 1, warnings: 0, errors: 1\n";
        assert_eq!(report.to_string(), text);
        let checks = json!([
            { "check": "clock", "level": "ok", "says": "synchronised" },
            { "check": "camera porch", "level": "error", "says": "is not there", "do": "plug it in" },
        ]);
        assert_eq!(report.json()["checks"], checks);
        assert_eq!(report.json()["ok"], false);
        assert!(!report.is_misconfigured());
    }
}
