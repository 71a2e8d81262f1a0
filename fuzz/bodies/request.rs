//! A request for metrics from anybody who reaches the port: asked for, refused with a reason, or not there yet; never a panic. What
//! is said of the first bytes stands whatever comes after them, and nobody waits for more than a head may have.

use watchpost::metrics::request::{HEAD_LEN_MAX, PATH, answer, judge};

/// Reads the request from `data`, in pieces as a network might bring it, as a server on loopback and as one that is not.
pub fn check(data: &[u8]) {
    for on_loopback in [true, false] {
        let mut said = None;
        for len in (0..data.len()).step_by(7).chain([data.len()]) {
            let judged = judge(&data[..len], on_loopback);
            assert!(judged.is_some() || len < HEAD_LEN_MAX, "waits for ever");
            assert!(said.is_none() || len > HEAD_LEN_MAX || judged == said);
            said = judged.or(said);
        }
        match said {
            None => {}
            Some(Ok(())) => {
                let line = data.split(|&byte| byte == b'\r').next().unwrap_or_default();
                assert!(line.starts_with(format!("GET {PATH}").as_bytes()));
            }
            Some(Err(refusal)) => {
                let answer = answer(Err(refusal));
                let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
                assert!(!head.contains(" 200 ") && !body.is_empty());
                assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
            }
        }
    }
}
