//! Downloads a file of known size and digest, going on where an earlier download stopped.
//!
//! The size is known before a byte is asked for, every redirect is looked at before it is followed, and every wait has a
//! deadline.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{Response, StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};

use super::part::{Part, PartError};
use super::{NotAllowed, Policy};

/// No connection, no download.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// However slowly it trickles, it ends at some time.
const WHOLE_MAX: Duration = Duration::from_secs(2 * 3600);
const REDIRECTS_MAX: usize = 5;

/// A file that is wanted.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Where it is.
    pub url: &'a str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: &'a str,
    /// Which addresses may be asked.
    pub policy: Policy,
    /// A server that sends nothing for so long is given up.
    pub idle: Duration,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address, or one that it leads to, may not be asked.
    #[error("the address may not be asked")]
    NotAllowed(#[from] NotAllowed),
    /// Nobody answers there.
    #[error("cannot reach {url}")]
    Connect {
        /// The address.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The server has something else to say.
    #[error("{url} answers {status}")]
    Status {
        /// The address.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// It leads on and on.
    #[error("{0} leads on to more than {REDIRECTS_MAX} other addresses")]
    Redirects(String),
    /// The server offers another file.
    #[error("{url} offers {offered} bytes, {expected} were expected")]
    Size {
        /// The address.
        url: String,
        /// As the server says.
        offered: u64,
        /// As the list says.
        expected: u64,
    },
    /// What comes is not the file, or the disk does not take it.
    #[error(transparent)]
    Part(#[from] PartError),
}

/// Brings `wanted` into the file `part`, or the rest of it where `part` has a beginning. `progress` is told how many bytes
/// there are.
///
/// # Errors
///
/// Everything that [`FetchError`] names. After [`PartError::Cut`] the part is left for the next time.
pub fn fetch(
    wanted: &Wanted<'_>,
    part: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), FetchError> {
    let url = wanted.policy.address(wanted.url)?;
    let mut part = Part::open(part, wanted.bytes)?;
    let done = complete(&mut part, wanted, &url, progress);
    if done.is_err() && part.bytes == 0 {
        part.discard();
    }
    done?;
    Ok(part.finish(wanted.url, wanted.sha256)?)
}

fn complete(
    part: &mut Part,
    wanted: &Wanted<'_>,
    url: &Uri,
    progress: &mut dyn FnMut(u64),
) -> Result<(), FetchError> {
    if part.bytes < wanted.bytes {
        let agent = agent(wanted.idle);
        let (mut response, mut from) = answer(&agent, wanted, url, part.bytes)?;
        if part.bytes > 0 && begins_at(&response) != Some(part.bytes) {
            // A server without ranges sends the whole file again; one that has another idea of the range is asked anew.
            part.start_over()?;
            if response.status() != StatusCode::OK {
                (response, from) = answer(&agent, wanted, url, 0)?;
            }
        }
        check_size(&response, &from, part, wanted)?;
        let mut body = response.into_body().into_reader();
        part.fill(&mut body, from.to_string(), progress)?;
    }
    Ok(())
}

/// The answer of the address that `url` leads to, without its body, and that address.
fn answer(
    agent: &Agent,
    wanted: &Wanted<'_>,
    url: &Uri,
    from_byte: u64,
) -> Result<(Response<Body>, Uri), FetchError> {
    let mut url = url.clone();
    for _ in 0..=REDIRECTS_MAX {
        let mut request = agent.get(&url).header(header::ACCEPT_ENCODING, "identity");
        if from_byte > 0 {
            request = request.header(header::RANGE, format!("bytes={from_byte}-"));
        }
        let response = request.call().map_err(|source| FetchError::Connect {
            url: url.to_string(),
            source: Box::new(source),
        })?;
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        match location.and_then(|value| value.to_str().ok()) {
            Some(location) if status.is_redirection() => {
                url = wanted.policy.redirect(&url, location)?;
            }
            _ if status.is_success() => return Ok((response, url)),
            // Whatever the part is a beginning of, it is not this file.
            _ if status == StatusCode::RANGE_NOT_SATISFIABLE && from_byte > 0 => {
                return Ok((response, url));
            }
            _ => {
                let url = url.to_string();
                return Err(FetchError::Status { url, status });
            }
        }
    }
    Err(FetchError::Redirects(wanted.url.to_owned()))
}

fn agent(idle: Duration) -> Agent {
    let found = rustls_native_certs::load_native_certs();
    let authorities: Vec<_> = found
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&authorities))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("watchpost/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        // Each redirect is looked at here, before it is followed.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(CONNECT_MAX))
        .timeout_recv_response(Some(idle))
        .timeout_per_read(Some(idle))
        .timeout_global(Some(WHOLE_MAX));
    config.build().new_agent()
}

/// The first byte of a partial answer.
fn begins_at(response: &Response<Body>) -> Option<u64> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return None;
    }
    let range = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    let (first, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    first.trim().parse().ok()
}

/// A server that says how much it sends is believed before it has sent anything.
fn check_size(
    response: &Response<Body>,
    url: &Uri,
    part: &Part,
    wanted: &Wanted<'_>,
) -> Result<(), FetchError> {
    let rest = response.body().content_length();
    match rest.map(|rest| part.bytes.saturating_add(rest)) {
        Some(offered) if offered != wanted.bytes => Err(FetchError::Size {
            url: url.to_string(),
            offered,
            expected: wanted.bytes,
        }),
        _ => Ok(()),
    }
}
