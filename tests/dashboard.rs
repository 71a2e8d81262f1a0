//! The Grafana dashboard and the alarms: that they ask for metrics that there are, in a language that Prometheus understands.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn every_query_asks_for_metrics_that_there_are() {
    let known = known();
    let alarms = fs::read_to_string(docs().join("grafana/alerts.yml")).expect("they are there");
    let mut asked = names(&alarms);
    for query in queries() {
        let found = names(&query);
        assert!(!found.is_empty(), "{query} asks for nothing of ours");
        asked.extend(found);
    }
    let unknown: Vec<_> = asked.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(
        asked.len() > known.len() / 2,
        "a dashboard shows most of what there is"
    );
}

/// With Prometheus's own tool, where it is installed: on Debian it is in the package `prometheus`.
#[test]
fn prometheus_understands_every_query_and_the_alarms_ring_when_they_should() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = folder.path().join("rules.yml");
    let mut text = "groups:\n- name: dashboard\n  rules:\n".to_owned();
    for (index, query) in queries().iter().enumerate() {
        // What Grafana puts in before it asks.
        let query = query
            .replace("$__rate_interval", "1m")
            .replace("$instance", ".*");
        let query = query.replace("$camera", ".*");
        text += &format!(
            "  - record: query{index}\n    expr: {}\n",
            serde_json::json!(query)
        );
    }
    fs::write(&rules, text).expect("is written");
    check(&["check", "rules"], &rules);
    check(&["check", "rules"], &root.join("docs/grafana/alerts.yml"));
    check(&["test", "rules"], &root.join("tests/metrics/alerts.yml"));
}

fn check(what: &[&str], file: &Path) {
    let Ok(judged) = Command::new("promtool").args(what).arg(file).output() else {
        return;
    };
    let said = String::from_utf8_lossy(&judged.stderr) + String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{said}");
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Names in the table of docs/metrics.md, which tests/metrics.rs holds against the daemon.
fn known() -> BTreeSet<String> {
    let page = fs::read_to_string(docs().join("metrics.md")).expect("it is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let named = rows.filter_map(|row| row.split_once("` | "));
    named.map(|(name, _)| name.to_owned()).collect()
}

/// Every query of the dashboard, and of its variables what Grafana looks up with a series.
fn queries() -> Vec<String> {
    let text = fs::read_to_string(docs().join("grafana/watchpost.json")).expect("it is there");
    let dashboard: Value = serde_json::from_str(&text).expect("it is JSON");
    let panels = dashboard["panels"].as_array().expect("a list");
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array())
        .flatten();
    let expressions = targets.map(|target| target["expr"].as_str().expect("a query").to_owned());
    let variables = dashboard["templating"]["list"].as_array().expect("a list");
    let lookups = variables.iter().filter_map(|variable| {
        let lookup = variable["query"]["query"].as_str()?;
        let (series, _) = lookup.strip_prefix("label_values(")?.rsplit_once(", ")?;
        Some(series.to_owned())
    });
    let queries: Vec<_> = expressions.chain(lookups).collect();
    assert!(queries.len() > 20, "{}", queries.len());
    queries
}

/// Words that look like a metric of ours.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = words.filter(|word| word.starts_with("watchpost_") || word.starts_with("process_"));
    let base = |word: &str| {
        let suffixes = ["_bucket", "_sum", "_count"];
        let bare = suffixes.iter().find_map(|suffix| word.strip_suffix(suffix));
        bare.unwrap_or(word).to_owned()
    };
    ours.map(base).collect()
}
