//! The documentation as a book: every page has its place, every link leads somewhere, every message that a page quotes is one that the
//! program has, and every configuration in it is accepted.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::daemon::watchpost;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below `folder` that end with `end`.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("readable").path()) {
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs"), ".md");
    pages.push(root().join("README.md"));
    pages.push(root().join("CHANGELOG.md"));
    pages
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let docs = root().join("docs");
    let summary = read(&docs.join("SUMMARY.md"));
    let listed: Vec<_> = links(&summary)
        .into_iter()
        .map(|link| docs.join(link))
        .collect();
    let unique: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), unique.len(), "a page is listed twice");
    let mut there: BTreeSet<_> = files(&docs, ".md").into_iter().collect();
    there.remove(&docs.join("SUMMARY.md"));
    let odd: Vec<_> = unique.symmetric_difference(&there).collect();
    assert!(
        odd.is_empty(),
        "in docs/ or in docs/SUMMARY.md, but not in both: {odd:#?}"
    );
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().expect("a folder").join(file),
            };
            let good =
                target.exists() && (anchor.is_empty() || anchors(&read(&target)).contains(anchor));
            if !good {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Where the links of a page lead.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let parts = prose.split("](").skip(1);
    parts
        .filter_map(|part| Some(part.split_once(')')?.0.to_owned()))
        .collect()
}

/// The page without its blocks of code, in which brackets mean other things.
fn prose(text: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// The headings as GitHub and mdBook name them in addresses.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// `UPDATE_DOCS=1 cargo test --test book` writes the page.
#[test]
fn the_page_of_every_key_is_the_commented_configuration() {
    let page = root().join("docs/configuration.md");
    let made = reference(&read(&root().join("config/watchpost.toml")));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(&page, made).expect("the page can be written");
    }
    let found = read(&page);
    // Line by line: the whole page twice is nothing to read.
    for (found, made) in found.lines().zip(made.lines()) {
        assert_eq!(found, made, "UPDATE_DOCS=1 cargo test --test book");
    }
    assert_eq!(
        found.len(),
        made.len(),
        "UPDATE_DOCS=1 cargo test --test book"
    );
}

/// Every key that the program reads is in the commented configuration, and so on the page.
#[test]
fn no_key_is_missing_from_the_commented_configuration() {
    let source = read(&root().join("src/config/file.rs"));
    let keys = source.split("table.take(\"").skip(1);
    let commented = read(&root().join("config/watchpost.toml"));
    let mut count = 0;
    for key in keys.filter_map(|rest| rest.split('"').next()) {
        let known = commented.lines().any(|line| {
            let line = line.trim_start().trim_start_matches("# ");
            line.split_once(" = ").is_some_and(|(name, _)| name == key)
                || line.contains(&format!("`{key}`"))
        });
        assert!(known, "{key} is not in config/watchpost.toml");
        count += 1;
    }
    assert!(count > 30, "only {count} keys were found");
}

/// A section a heading, a key a paragraph: its line as it stands in the file, and what is said above it.
fn reference(file: &str) -> String {
    let mut page = INTRODUCTION.to_owned();
    let (mut said, mut keys): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let begin = file.find("\n[").expect("a first section") + 1;
    for line in file[begin..].lines().map(str::trim).chain([""]) {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if bare.starts_with('[') && bare.ends_with(']') && !bare.contains('=') {
            if !said.is_empty() {
                page += &format!("\n## `{bare}`\n\n{}\n", plain(&said));
                said.clear();
            } else {
                page += &format!("\n## `{bare}`\n");
            }
        } else if is_key(bare) {
            keys.push(line);
        } else if line.is_empty() || !keys.is_empty() {
            flush(&mut page, &mut said, &mut keys);
            said.extend((!line.is_empty()).then_some(bare));
        } else {
            said.push(bare);
        }
    }
    page
}

const INTRODUCTION: &str = "# Every key of the configuration

<!-- Made of config/watchpost.toml by a test: UPDATE_DOCS=1 cargo test --test book -->

One TOML file, `/etc/watchpost/watchpost.toml` unless `--config` says otherwise. Later wins: that file, `conf.d/*.toml` beside it by
name (a list such as `[[camera]]` replaces the whole list before it), environment variables such as `WATCHPOST__MQTT__URL`.
`watchpost check` says everything that is wrong at once. Unknown keys are refused.

A line behind a `#` shows the key's default, or an example where there is none. The same as a file to copy:
[config/watchpost.toml](../config/watchpost.toml).
";

fn is_key(line: &str) -> bool {
    let name = line.split_once(" = ").map_or("", |(name, _)| name);
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What is said, in which `<device>` is no HTML.
fn plain(said: &[&str]) -> String {
    said.join("\n").replace('<', "\\<")
}

/// Writes down the keys, and what was said of them.
fn flush(page: &mut String, said: &mut Vec<&str>, keys: &mut Vec<&str>) {
    if keys.is_empty() {
        return;
    }
    *page += &format!("\n```toml\n{}\n```\n", keys.join("\n"));
    if !said.is_empty() {
        *page += &format!("\n{}\n", plain(said));
    }
    said.clear();
    keys.clear();
}

/// Blocks of TOML that are configurations; what a block leaves out is what any configuration has.
#[test]
fn every_configuration_in_the_documentation_is_accepted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let library = folder.path().join("lib.so");
    fs::write(&library, "").expect("is written");
    let mut checked = 0;
    for page in pages() {
        if page.ends_with("configuration.md") {
            // Single lines; tests/cli.rs switches all of them on.
            continue;
        }
        for block in blocks(&read(&page), "toml") {
            let ours = [
                "[mqtt]",
                "[detector]",
                "[[camera]]",
                "[metrics]",
                "[governor]",
                "[outbox]",
            ];
            if !ours
                .iter()
                .any(|section| block.lines().any(|line| line.trim() == *section))
            {
                continue;
            }
            // Files that only a real device has.
            let mut text: String = block
                .lines()
                .filter(|line| !line.trim_start().starts_with("password_file"))
                .map(|line| match line.trim_start().starts_with("library = ") {
                    true => format!("library = {library:?}\n"),
                    false => format!("{line}\n"),
                })
                .collect();
            if !text.contains("[mqtt]") {
                text += "[mqtt]\nurl = \"mqtt://localhost\"\n";
            }
            if !text.contains("[[camera]]") {
                text += "[[camera]]\nname = \"porch\"\nsource = \"/dev/video0\"\n";
            }
            text = text.replace("username = \"watchpost\"\n", "");
            let path = folder.path().join("watchpost.toml");
            fs::write(&path, &text).expect("is written");
            let checking = watchpost().args(["check", "--config"]).arg(&path).output();
            let said = String::from_utf8_lossy(&checking.expect("it runs").stderr).into_owned();
            assert!(said.is_empty(), "{}: {said}\n{text}", page.display());
            checked += 1;
        }
    }
    assert!(checked >= 9, "only {checked} were found");
}

fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        match &mut block {
            None if trimmed == format!("```{language}") => block = Some(String::new()),
            Some(_) if trimmed == "```" => blocks.extend(block.take()),
            Some(block) => *block += &format!("{trimmed}\n"),
            None => {}
        }
    }
    blocks
}

/// What the page for troubles quotes in the first column of its tables is what the program says, word for word; `…` stands
/// for what differs.
#[test]
fn every_message_that_the_page_for_troubles_quotes_is_one_of_ours() {
    let sources: Vec<_> = files(&root().join("src"), ".rs")
        .iter()
        .map(|path| read(path))
        .collect();
    // Texts that go on over a line of the source.
    let joined: Vec<_> = sources.iter().map(|text| unwrapped(text)).collect();
    let page = read(&root().join("docs/troubleshooting.md"));
    let quoted = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut count = 0;
    for message in quoted.filter_map(|line| Some(line.split_once('`')?.0)) {
        let message = message.replace("/etc/watchpost/watchpost.toml", "…");
        for part in message
            .split('…')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let said = joined.iter().any(|text| text.contains(part));
            assert!(said, "nobody says {part:?}");
        }
        count += 1;
    }
    assert!(count > 35, "only {count} were found");
}

fn unwrapped(source: &str) -> String {
    let lines = source
        .lines()
        .map(|line| match line.trim_end().strip_suffix('\\') {
            Some(begin) => begin.to_owned(),
            None => format!("{line}\n"),
        });
    let mut text = String::new();
    for line in lines {
        match text.is_empty() || text.ends_with('\n') {
            true => text += &line,
            false => text += line.trim_start(),
        }
    }
    text
}
