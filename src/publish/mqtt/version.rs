//! Which version of MQTT to speak. Pure.

use crate::config::VersionWish;

/// A version of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 5
    V5,
    /// 3.1.1
    V311,
}

impl Version {
    /// As one says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V5 => "5",
            Self::V311 => "3.1.1",
        }
    }
}

/// The version of the next connection: 5, unless the broker knows 3.1.1 only.
///
/// Few brokers say so: most hang up or never answer, as does one that is just starting. So an answer to 3.1.1 alone proves
/// nothing; 5 must fail once more after it, and then 3.1.1 stays for as long as the daemon runs.
#[derive(Debug)]
pub struct Versions {
    wish: VersionWish,
    next: Version,
    /// How often 5 has failed since anything else went wrong.
    failures: u8,
}

/// Failures of 5, with an answer to 3.1.1 between them, that prove that the broker does not know it.
const PROOF: u8 = 2;

impl Versions {
    /// Nothing was tried yet.
    pub const fn new(wish: VersionWish) -> Self {
        let next = match wish {
            VersionWish::Auto | VersionWish::V5 => Version::V5,
            VersionWish::V311 => Version::V311,
        };
        Self {
            wish,
            next,
            failures: 0,
        }
    }

    /// What to try next.
    pub const fn next(&self) -> Version {
        self.next
    }

    /// The broker has accepted us. Answers whether that connection is to be kept; otherwise the next one is due at once.
    pub fn accepted(&mut self) -> bool {
        if self.wish != VersionWish::Auto {
            return true;
        }
        match self.next {
            Version::V5 => self.failures = 0,
            Version::V311 if self.failures < PROOF => {
                self.next = Version::V5;
                return false;
            }
            Version::V311 => {}
        }
        true
    }

    /// The broker did not accept us, and it may be because of the version. Answers whether the other one is worth a try at
    /// once; a broker that understands neither is left alone for a while.
    pub fn misunderstood(&mut self) -> bool {
        if self.wish != VersionWish::Auto {
            return false;
        }
        match self.next {
            Version::V5 => {
                self.next = Version::V311;
                self.failures = self.failures.saturating_add(1);
                true
            }
            Version::V311 => {
                self.next = Version::V5;
                self.failures = 0;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_broker_is_spoken_to_in_3_1_1_once_5_has_failed_twice() {
        let mut versions = Versions::new(VersionWish::Auto);
        assert!(versions.misunderstood());
        assert_eq!(versions.next(), Version::V311);
        assert!(!versions.accepted(), "it may just have started");
        assert_eq!(versions.next(), Version::V5);
        assert!(versions.misunderstood());
        assert!(versions.accepted());
        assert_eq!(versions.next(), Version::V311, "also after this connection");
    }

    #[test]
    fn a_broker_that_was_away_is_spoken_to_in_5_when_it_is_back() {
        let mut versions = Versions::new(VersionWish::Auto);
        for _ in 0..3 {
            assert!(versions.misunderstood());
            assert!(!versions.misunderstood(), "now a pause");
        }
        assert!(versions.misunderstood());
        assert!(!versions.accepted(), "it came up between the two");
        assert_eq!(versions.next(), Version::V5);
        assert!(versions.accepted());
    }

    #[test]
    fn a_wish_is_kept() {
        for (wish, version) in [
            (VersionWish::V5, Version::V5),
            (VersionWish::V311, Version::V311),
        ] {
            let mut versions = Versions::new(wish);
            assert!(!versions.misunderstood());
            assert_eq!(versions.next(), version);
            assert!(versions.accepted());
        }
    }
}
