//! Which model the configuration's drop-in chooses, and which it chose before. Pure: [`super::DropIn`] is the file.
//!
//! What came before stands in a comment, so that going back needs no other file.

use serde::Deserialize;

const BEFORE: &str = "# before = ";
/// Nobody goes back further than this.
const BEFORE_MAX: usize = 8;

/// A chosen model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As `detector.model` has it: a name or the path of a manifest.
    pub model: String,
    /// Earlier choices, the latest last; empty when only the user's own configuration came before.
    before: Vec<String>,
}

impl Choice {
    /// Choosing `model` after `former`.
    pub fn after(former: Option<Self>, model: &str) -> Self {
        let mut before = former.map_or_else(Vec::new, |former| {
            let mut before = former.before;
            before.push(former.model);
            before
        });
        before.drain(..before.len().saturating_sub(BEFORE_MAX));
        Self {
            model: model.to_owned(),
            before,
        }
    }

    /// The choice before this one; `None` when that was the user's own configuration.
    pub fn back(mut self) -> Option<Self> {
        let model = self.before.pop()?;
        Some(Self { model, ..self })
    }

    /// What the drop-in holds; `None` when it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct File {
            detector: Detector,
        }
        #[derive(Deserialize)]
        struct Detector {
            model: String,
        }
        let File { detector } = toml::from_str(text).ok()?;
        let before = text.lines().find_map(|line| line.strip_prefix(BEFORE))?;
        let before = serde_json::from_str(before).ok()?;
        Some(Self {
            model: detector.model,
            before,
        })
    }

    /// The text of the drop-in.
    pub fn render(&self) -> String {
        let before = serde_json::to_string(&self.before).expect("texts are JSON");
        let model = toml::Value::from(&*self.model);
        format!(
            "# Written by `watchpost model use` and `watchpost model rollback`. Without this file, what the\n\
             # other files of the configuration say holds again. The next line is what `rollback` goes back to.\n\
             {BEFORE}{before}\n\
             [detector]\n\
             model = {model}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_undoes_one_choice_after_the_other() {
        let a = Choice::after(None, "a");
        let b = Choice::after(Some(a.clone()), "/models/b b/manifest.toml");
        let c = Choice::after(Some(b.clone()), "c\"");
        for choice in [&a, &b, &c] {
            assert_eq!(Choice::parse(&choice.render()).as_ref(), Some(choice));
        }
        assert_eq!(c.back(), Some(b.clone()));
        assert_eq!(b.back(), Some(a.clone()));
        assert_eq!(a.back(), None);
    }

    #[test]
    fn the_past_has_an_end() {
        let all = (0..100).fold(None, |former, i| {
            Some(Choice::after(former, &i.to_string()))
        });
        assert_eq!(all.expect("there are some").before.len(), BEFORE_MAX);
    }

    #[test]
    fn what_somebody_else_wrote_is_not_ours() {
        assert_eq!(Choice::parse("[detector]\nmodel = \"person\"\n"), None);
        assert_eq!(
            Choice::parse("# before = []\n[detector]\nthreads = 1\n"),
            None
        );
        assert_eq!(
            Choice::parse("# before = [\n[detector]\nmodel = \"a\"\n"),
            None
        );
    }
}
