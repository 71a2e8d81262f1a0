//! What a request asks, and what it is answered. Pure.

use std::net::IpAddr;

/// A head longer than this is nobody's who wants metrics: Prometheus's has some 300 bytes.
pub const HEAD_LEN_MAX: usize = 4096;
/// Where the metrics are.
pub const PATH: &str = "/metrics";

/// The format of the page.
const PAGE_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// Why there are no metrics in the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no request.
    #[error("this is no HTTP/1 request")]
    Malformed,
    /// Its head does not end.
    #[error("the head of a request may have {HEAD_LEN_MAX} bytes")]
    TooLong,
    /// It wants to do something.
    #[error("metrics can be read with GET and nothing else")]
    Method,
    /// It wants something else.
    #[error("there is nothing here; metrics are at {PATH}")]
    Path,
    /// A page in a browser asks, through a name of its own that it has pointed at this machine.
    #[error("metrics are for this machine: ask localhost or a loopback address, not {0:?}")]
    Host(String),
}

impl Refusal {
    const fn status(&self) -> &'static str {
        match self {
            Self::Malformed => "400 Bad Request",
            Self::TooLong => "431 Request Header Fields Too Large",
            Self::Method => "405 Method Not Allowed\r\nAllow: GET",
            Self::Path => "404 Not Found",
            Self::Host(_) => "403 Forbidden",
        }
    }
}

/// Whether the bytes that have come ask for metrics; `None` while more must come before that can be said. A server on
/// loopback answers those alone who call it by a loopback name.
pub fn judge(bytes: &[u8], on_loopback: bool) -> Option<Result<(), Refusal>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return (bytes.len() >= HEAD_LEN_MAX).then_some(Err(Refusal::TooLong));
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| Refusal::Malformed);
    Some(head.and_then(|head| judge_head(head, on_loopback)))
}

fn judge_head(head: &str, on_loopback: bool) -> Result<(), Refusal> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Refusal::Malformed);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(Refusal::Malformed);
    }
    if method != "GET" {
        return Err(Refusal::Method);
    }
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    if path != PATH {
        return Err(Refusal::Path);
    }
    let mut headers = lines.filter_map(|line| line.split_once(':'));
    let host = headers.find(|(name, _)| name.eq_ignore_ascii_case("host"));
    match host {
        Some((_, host)) if on_loopback && !is_loopback(host.trim()) => {
            Err(Refusal::Host(host.trim().to_owned()))
        }
        _ => Ok(()),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The whole answer: the page that was asked for, or why not.
pub fn answer(judged: Result<String, Refusal>) -> String {
    let (status, kind, body) = match judged {
        Ok(page) => ("200 OK", PAGE_TYPE, page),
        Err(refusal) => (refusal.status(), TEXT_TYPE, format!("{refusal}\n")),
    };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(request: &str, expected: Option<Result<(), Refusal>>) {
        assert_eq!(judge(request.as_bytes(), true), expected, "{request:?}");
    }

    #[test]
    fn metrics_are_read_from_one_path_with_get() {
        check("GET /metrics HTTP/1.1\r\n\r\n", Some(Ok(())));
        check("GET /metrics?x=1 HTTP/1.0\r\nA: b\r\n\r\n", Some(Ok(())));
        check("GET / HTTP/1.1\r\n\r\n", Some(Err(Refusal::Path)));
        check("GET /metricsx HTTP/1.1\r\n\r\n", Some(Err(Refusal::Path)));
        check("POST /metrics HTTP/1.1\r\n\r\n", Some(Err(Refusal::Method)));
        check("GET /metrics\r\n\r\n", Some(Err(Refusal::Malformed)));
        check("GET /metrics HTTP/2\r\n\r\n", Some(Err(Refusal::Malformed)));
        check("\r\n\r\n", Some(Err(Refusal::Malformed)));
    }

    #[test]
    fn a_head_is_waited_for_until_it_is_too_long() {
        check("GET /metrics HTTP/1.1\r\n", None);
        let long = format!("GET /metrics HTTP/1.1\r\nA: {}", "a".repeat(HEAD_LEN_MAX));
        check(&long, Some(Err(Refusal::TooLong)));
    }

    #[test]
    fn a_name_that_somebody_pointed_at_loopback_is_refused_there_and_only_there() {
        for host in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1:9464",
            "127.1.2.3",
            "[::1]:9464",
            "[::1]",
        ] {
            let request = format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\n\r\n");
            check(&request, Some(Ok(())));
        }
        for host in ["evil.example:9464", "192.0.2.1", "127.0.0.1.evil.example"] {
            let request = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n");
            check(&request, Some(Err(Refusal::Host(host.to_owned()))));
            assert_eq!(judge(request.as_bytes(), false), Some(Ok(())));
        }
    }

    #[test]
    fn a_refusal_says_what_would_be_accepted() {
        let answer = answer(Err(Refusal::Path));
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
        assert!(answer.ends_with("metrics are at /metrics\n"), "{answer}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
            let judged = judge(&bytes, true);
            prop_assert!(bytes.len() < HEAD_LEN_MAX || judged.is_some());
        }
    }
}
