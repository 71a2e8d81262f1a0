//! Names that are safe as topic levels: `[a-z0-9_-]+`, of at most 64 bytes.

/// Topics, records and file names hold several of them.
const LEN_MAX: usize = 64;

/// Whether `text` is a slug.
pub fn is_slug(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=LEN_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// The nearest slug to any text.
pub fn from_text(text: &str) -> String {
    let words: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(LEN_MAX);
    if slug.is_empty() {
        "camera".into()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_topic_level_of_some_length() {
        for good in ["a", "porch_2-b", &"x".repeat(64)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "Porch", "a/b", "ä", &"x".repeat(65)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn any_text_has_a_slug_near_it() {
        for (text, expected) in [("Front Door!", "front-door"), ("…", "camera")] {
            assert_eq!(from_text(text), expected);
        }
        assert!(is_slug(&from_text(&"long ".repeat(50))));
    }
}
