//! An error with its causes, as it is told to people. Pure.

use std::error::Error;

/// An error with its causes, on one line.
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (**error).source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    // Some libraries' texts contain those of their causes.
    texts.dedup_by(|cause, error| error.contains(cause.as_str()));
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Told {
        text: &'static str,
        source: Option<Box<Self>>,
    }

    #[test]
    fn each_cause_is_said_once() {
        let check = |texts: &[&'static str], expected: &str| {
            let wrap = |source, text: &&'static str| Some(Box::new(Told { text, source }));
            let error = texts.iter().rev().fold(None, wrap).expect("one at least");
            assert_eq!(chain(&*error), expected);
        };
        check(&["cannot read"], "cannot read");
        check(
            &["cannot read", "no such file"],
            "cannot read: no such file",
        );
        check(&["TLS: expired", "expired"], "TLS: expired");
    }
}
