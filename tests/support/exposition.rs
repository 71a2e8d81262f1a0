//! Prometheus's text format 0.0.4, read strictly: what Prometheus would forgive fails here.

use std::collections::BTreeMap;

/// A metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// Every line of it.
    pub samples: Vec<Sample>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The metric's name, with the suffix of a histogram's line.
    pub name: String,
    /// In their order.
    pub labels: Vec<(String, String)>,
    /// What it says.
    pub value: f64,
}

type Labels = [(String, String)];

/// Every metric on the page. Panics at anything that is not as it should be: a sample before its type or under another name,
/// a metric or a sample that is there twice, a name that is none, buckets that fall or do not end with all.
pub fn parse(page: &str) -> BTreeMap<String, Metric> {
    let mut metrics: BTreeMap<String, Metric> = BTreeMap::new();
    let mut current = String::new();
    let mut helped = String::new();
    assert!(page.ends_with('\n'), "the last line ends too");
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').expect("a name and a text");
            assert!(!text.is_empty(), "{line}");
            helped = name.to_owned();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a type");
            assert_eq!(name, helped, "help comes first");
            assert!(is_name(name), "{line}");
            let metric = Metric {
                kind: kind.to_owned(),
                samples: Vec::new(),
            };
            assert!(
                metrics.insert(name.to_owned(), metric).is_none(),
                "{name} twice"
            );
            name.clone_into(&mut current);
        } else {
            let sample = sample(line);
            let metric = metrics.get_mut(&current).expect("a type before a sample");
            let rest = sample.name.strip_prefix(&current).expect("its own name");
            match metric.kind.as_str() {
                "histogram" => assert!(["_bucket", "_sum", "_count"].contains(&rest), "{line}"),
                "counter" => assert!(rest.is_empty() && current.ends_with("_total"), "{line}"),
                "gauge" => assert!(rest.is_empty() && !current.ends_with("_total"), "{line}"),
                other => panic!("{other} is no type"),
            }
            let same =
                |other: &&Sample| (&other.name, &other.labels) == (&sample.name, &sample.labels);
            assert!(
                !metric.samples.iter().any(|other| same(&other)),
                "{line} twice"
            );
            metric.samples.push(sample);
        }
    }
    metrics.values().for_each(assert_buckets_rise);
    metrics
}

fn is_name(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(good)
}

fn sample(line: &str) -> Sample {
    let (what, value) = line.rsplit_once(' ').expect("a value");
    let value = value.parse().expect("a number");
    let (name, labels) = match what.split_once('{') {
        Some((name, rest)) => (name, labels(rest.strip_suffix('}').expect("an end"))),
        None => (what, Vec::new()),
    };
    assert!(is_name(name), "{line}");
    Sample {
        name: name.to_owned(),
        labels,
        value,
    }
}

/// Without escapes: no name that the tests configure needs one.
fn labels(text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect("a label");
        let (value, after) = after.split_once('"').expect("its end");
        assert!(is_name(name) && !value.contains('\\'), "{text}");
        labels.push((name.to_owned(), value.to_owned()));
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    labels
}

fn assert_buckets_rise(metric: &Metric) {
    let mut before: Option<(&Labels, f64, f64)> = None;
    for sample in &metric.samples {
        let Some(((le, limit), labels)) = sample.labels.split_last() else {
            continue;
        };
        if le == "le" {
            let limit: f64 = limit.parse().expect("a limit");
            if let Some((same, lower, count)) = before
                && same == labels
            {
                assert!(lower < limit && count <= sample.value, "{sample:?}");
            }
            before = Some((labels, limit, sample.value));
        } else if sample.name.ends_with("_count") {
            let (_, limit, count) = before.expect("buckets first");
            assert!(limit.is_infinite() && count == sample.value, "{sample:?}");
        }
    }
}
