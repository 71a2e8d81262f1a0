//! Which addresses may be asked for a model, and where a redirect leads. Pure.

use std::net::IpAddr;

use ureq::http::Uri;

/// What is allowed beside https.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Plain http, to anywhere. Digests still protect what is kept, but anybody on the way sees what is asked for.
    pub insecure_http: bool,
}

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// It cannot be understood.
    #[error("{0:?} is not an address")]
    Form(String),
    /// Neither https nor allowed http.
    #[error("{0} is not https, and http is for this machine only")]
    Scheme(String),
    /// Secrets do not belong into an address, which is printed and logged.
    #[error("an address may hold no user name and no password")]
    UserInfo,
    /// From https to http.
    #[error("{from} leads on to {to}, which is less safe")]
    Downgrade {
        /// The https address.
        from: String,
        /// Where it leads.
        to: String,
    },
}

impl Policy {
    /// The address in `text`, if it may be asked.
    pub fn address(self, text: &str) -> Result<Uri, NotAllowed> {
        let form = || NotAllowed::Form(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| form())?;
        let host = uri.host().ok_or_else(form)?;
        if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
            return Err(NotAllowed::UserInfo);
        }
        match uri.scheme_str() {
            Some("https") => Ok(uri),
            Some("http") if self.insecure_http || is_loopback(host) => Ok(uri),
            _ => Err(NotAllowed::Scheme(text.to_owned())),
        }
    }

    /// Where `location` leads from `from`, if it may be asked: an absolute address, or a path on the same host.
    pub fn redirect(self, from: &Uri, location: &str) -> Result<Uri, NotAllowed> {
        let to = match location.strip_prefix('/') {
            Some(rest) if !rest.starts_with('/') => {
                let authority = from.authority().map_or("", |it| it.as_str());
                format!(
                    "{}://{authority}{location}",
                    from.scheme_str().unwrap_or("https")
                )
            }
            _ => location.to_owned(),
        };
        let to = self.address(&to)?;
        if from.scheme_str() == Some("https") && to.scheme_str() != Some("https") {
            let (from, to) = (from.to_string(), to.to_string());
            return Err(NotAllowed::Downgrade { from, to });
        }
        Ok(to)
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_allowed_and_http_on_this_machine_only() {
        let check = |text: &str, insecure_http, allowed| {
            let result = Policy { insecure_http }.address(text);
            assert_eq!(result.is_ok(), allowed, "{text}: {result:?}");
        };
        check("https://example.org/a.onnx", false, true);
        check("http://example.org/a.onnx", false, false);
        check("http://example.org/a.onnx", true, true);
        check("http://127.0.0.1:8080/a.onnx", false, true);
        check("http://127.9.9.9/a.onnx", false, true);
        check("http://[::1]:8080/a.onnx", false, true);
        check("http://localhost/a.onnx", false, true);
        check("http://localhost.example.org/a.onnx", false, false);
        check("http://127.0.0.1.example.org/a.onnx", false, false);
        check("https://me:secret@example.org/a.onnx", false, false);
        check("ftp://example.org/a.onnx", true, false);
        check("file:///etc/passwd", true, false);
        check("/a.onnx", true, false);
        check("", true, false);
    }

    #[test]
    fn a_redirect_is_no_way_round_the_rules() {
        let check = |from: &str, location: &str, expected: Option<&str>| {
            let from = from.parse().expect("an address");
            let found = Policy::default().redirect(&from, location);
            assert_eq!(
                found.as_ref().ok().map(ToString::to_string).as_deref(),
                expected,
                "{found:?}"
            );
        };
        check(
            "https://a.org/x",
            "https://b.org/y?z",
            Some("https://b.org/y?z"),
        );
        check("https://a.org:444/x", "/y", Some("https://a.org:444/y"));
        check("https://a.org/x", "http://b.org/y", None);
        check("https://a.org/x", "http://127.0.0.1/y", None);
        check("http://127.0.0.1/x", "http://a.org/y", None);
        check(
            "http://127.0.0.1/x",
            "https://a.org/y",
            Some("https://a.org/y"),
        );
        check("https://a.org/x", "//b.org/y", None);
        check("https://a.org/x", "y", None);
    }
}
