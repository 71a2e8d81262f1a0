//! Trouble that lasts is worth one line in the log, not one a try. Pure.

/// Trouble of one kind, from its first sign to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    reason: Option<String>,
}

impl Episode {
    /// There is trouble. `true` if that is news: it has just begun, or has another reason than before.
    pub fn trouble(&mut self, reason: &str) -> bool {
        let news = self.reason.as_deref() != Some(reason);
        if news {
            self.reason = Some(reason.to_owned());
        }
        news
    }

    /// There is no trouble. `true` if there was.
    pub fn over(&mut self) -> bool {
        self.reason.take().is_some()
    }

    /// The reason, while it lasts.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_is_told_once_and_again_when_its_reason_changes() {
        let mut episode = Episode::default();
        assert!(!episode.over());
        assert!(episode.trouble("refused"));
        assert!(!episode.trouble("refused"));
        assert!(episode.trouble("bad password"));
        assert!(episode.over());
        assert!(episode.trouble("bad password"));
    }
}
