//! Names that are safe as topic levels: `[a-z0-9_-]+`.

/// Whether `text` is a slug.
pub fn is_slug(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(allowed)
}

/// The nearest slug to any text.
pub fn from_text(text: &str) -> String {
    let words: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() {
        "camera".into()
    } else {
        words.join("-")
    }
}
