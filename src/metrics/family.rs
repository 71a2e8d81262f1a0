//! One metric with its samples, and its text in Prometheus's exposition format, version 0.0.4. Pure.

use std::fmt::{self, Display, Formatter};

use crate::types::Times;

/// What a metric's value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, and begins again with the daemon.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Times, counted by how long they were.
    Histogram,
}

impl Kind {
    /// The name in the text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric with its samples.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name, with the unit.
    pub name: &'static str,
    /// What its value means.
    pub kind: Kind,
    /// What its samples are told apart by.
    pub labels: &'static [&'static str],
    /// What it counts: a sentence.
    pub help: &'static str,
    samples: Vec<(Vec<String>, Value)>,
}

#[derive(Clone, Debug)]
enum Value {
    Count(u64),
    Number(f64),
    Times(Times),
}

impl Family {
    /// Something that only grows.
    pub fn counter(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new(name, Kind::Counter, labels, help)
    }

    /// Something that goes up and down.
    pub fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self::new(name, Kind::Gauge, labels, help)
    }

    /// Times.
    pub fn histogram(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new(name, Kind::Histogram, labels, help)
    }

    fn new(
        name: &'static str,
        kind: Kind,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            labels,
            help,
            samples: Vec::new(),
        }
    }

    /// With this count, where the labels have these values.
    pub fn count(self, labels: &[&str], value: u64) -> Self {
        self.sample(labels, Value::Count(value))
    }

    /// With this number, if it is known.
    pub fn number(self, labels: &[&str], value: impl Into<Option<f64>>) -> Self {
        match value.into() {
            Some(value) => self.sample(labels, Value::Number(value)),
            None => self,
        }
    }

    /// With 1 for yes and 0 for no.
    pub fn flag(self, labels: &[&str], yes: bool) -> Self {
        self.count(labels, yes.into())
    }

    /// With these times.
    pub fn times(self, labels: &[&str], times: Times) -> Self {
        self.sample(labels, Value::Times(times))
    }

    fn sample(mut self, labels: &[&str], value: Value) -> Self {
        assert_eq!(labels.len(), self.labels.len(), "{}", self.name);
        let labels = labels.iter().map(|label| (*label).to_owned());
        self.samples.push((labels.collect(), value));
        self
    }

    fn line(
        &self,
        f: &mut Formatter<'_>,
        suffix: &str,
        values: &[String],
        le: Option<&str>,
        value: &dyn Display,
    ) -> fmt::Result {
        write!(f, "{}{suffix}", self.name)?;
        let mut before = '{';
        let own = self.labels.iter().copied();
        let all = own.zip(values.iter().map(String::as_str));
        for (label, text) in all.chain(le.map(|le| ("le", le))) {
            write!(f, "{before}{label}=\"{}\"", Escaped(text))?;
            before = ',';
        }
        if before == ',' {
            f.write_str("}")?;
        }
        writeln!(f, " {value}")
    }

    fn histogram_lines(
        &self,
        f: &mut Formatter<'_>,
        labels: &[String],
        times: &Times,
    ) -> fmt::Result {
        for (limit, count) in &times.buckets {
            let le = limit.as_secs_f64().to_string();
            self.line(f, "_bucket", labels, Some(&le), count)?;
        }
        self.line(f, "_bucket", labels, Some("+Inf"), &times.count)?;
        self.line(f, "_sum", labels, None, &times.sum.as_secs_f64())?;
        self.line(f, "_count", labels, None, &times.count)
    }
}

impl Display for Family {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "# HELP {} {}", self.name, self.help)?;
        writeln!(f, "# TYPE {} {}", self.name, self.kind.name())?;
        for (labels, value) in &self.samples {
            match value {
                Value::Count(count) => self.line(f, "", labels, None, count)?,
                Value::Number(number) => self.line(f, "", labels, None, number)?,
                Value::Times(times) => self.histogram_lines(f, labels, times)?,
            }
        }
        Ok(())
    }
}

/// A label's value, as it stands between quotation marks.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_count_and_a_number_are_a_line_each_below_what_they_mean() {
        let count = Family::counter("a_total", &["camera", "why"], "How often.")
            .count(&["porch", "a \"b\"\\\n"], 3);
        assert_eq!(
            count.to_string(),
            "# HELP a_total How often.\n# TYPE a_total counter\n\
             a_total{camera=\"porch\",why=\"a \\\"b\\\"\\\\\\n\"} 3\n"
        );
        let number = Family::gauge("b", &[], "How hot.").number(&[], 61.5);
        assert_eq!(
            number.to_string(),
            "# HELP b How hot.\n# TYPE b gauge\nb 61.5\n"
        );
        let unknown = Family::gauge("b", &[], "How hot.").number(&[], None);
        assert_eq!(unknown.to_string(), "# HELP b How hot.\n# TYPE b gauge\n");
    }

    #[test]
    fn times_are_buckets_that_end_with_all_of_them() {
        let times = Times {
            buckets: vec![
                (Duration::from_micros(80), 1),
                (Duration::from_micros(5_242_880), 4),
            ],
            count: 5,
            sum: Duration::from_millis(9250),
        };
        let family = Family::histogram("c_seconds", &["stage"], "How long.");
        assert_eq!(
            family.times(&["detect"], times).to_string(),
            "# HELP c_seconds How long.\n# TYPE c_seconds histogram\n\
             c_seconds_bucket{stage=\"detect\",le=\"0.00008\"} 1\n\
             c_seconds_bucket{stage=\"detect\",le=\"5.24288\"} 4\n\
             c_seconds_bucket{stage=\"detect\",le=\"+Inf\"} 5\n\
             c_seconds_sum{stage=\"detect\"} 9.25\n\
             c_seconds_count{stage=\"detect\"} 5\n"
        );
    }
}
