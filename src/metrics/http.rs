//! The server of the page, on a thread of its own that sleeps until somebody asks.
//!
//! It serves a few connections at a time, reads a few kilobytes of each, answers one request, and has done with each after a few
//! seconds, however slowly the other side talks. The page is made at most once a second, however many ask.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use super::page;
use super::request::{self, HEAD_LEN_MAX};
use crate::backoff::Backoff;
use crate::config::MetricsConfig;
use crate::pipeline::Onlooker;
use crate::random;
use crate::telemetry::{Board, Watch};

/// Connections at a time; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 8;
/// How long one may take, from its acceptance to the last byte of the answer. Prometheus gives up after 10 s.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(5);
/// A page that is younger is served again.
const PAGE_LASTS: Duration = Duration::from_secs(1);
/// First and longest wait before the address is tried again.
const BIND_AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// After a connection that could not be accepted: without a file handle left, the next cannot either.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// Begins to serve what `onlooker` sees. An address that cannot be had, because another program has it or because the network
/// is not up yet, is logged and tried again for ever: metrics are no reason not to watch.
///
/// # Errors
///
/// When there can be no thread for it.
pub fn serve(config: MetricsConfig, onlooker: Onlooker) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let thread = std::thread::Builder::new().name("metrics".to_owned());
    let pages = Arc::new(Pages {
        on_loopback: config.listen.ip().to_canonical().is_loopback(),
        state: Mutex::new(State {
            onlooker,
            watch: Watch::new(Board::here()),
            latest: None,
        }),
    });
    thread.spawn(move || runtime.block_on(listen(config.listen, pages)))?;
    Ok(())
}

/// Never returns: the thread ends with the process.
async fn listen(address: SocketAddr, pages: Arc<Pages>) {
    let listener = bind(address).await;
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let place = places.clone().acquire_owned().await;
        let place = place.expect("nobody closes it");
        match listener.accept().await {
            Ok((stream, _)) => {
                let pages = pages.clone();
                tokio::spawn(async move {
                    let served = timeout(CONNECTION_DEADLINE, pages.serve(stream)).await;
                    debug!(?served, "metrics were asked for");
                    drop(place);
                });
            }
            Err(error) => {
                debug!(%error, "a connection for metrics cannot be accepted");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

async fn bind(address: SocketAddr) -> TcpListener {
    let mut backoff = Backoff::new(BIND_AGAIN.0, BIND_AGAIN.1);
    let mut told = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                // Port 0 is any free one.
                let address = listener.local_addr().unwrap_or(address);
                info!(%address, path = request::PATH, "serving metrics");
                return listener;
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    let hint = hint(&error);
                    warn!(%address, %error, hint, "cannot serve metrics; trying again, without saying so each time");
                }
                sleep(backoff.next(random::bits())).await;
            }
        }
    }
}

/// What the error does not say by itself.
fn hint(error: &io::Error) -> Option<&'static str> {
    let forbidden = error.raw_os_error() == Some(libc::EPERM);
    forbidden.then_some("the service may not listen; its drop-in metrics.conf permits it")
}

/// What connections share.
struct Pages {
    on_loopback: bool,
    state: Mutex<State>,
}

struct State {
    onlooker: Onlooker,
    watch: Watch,
    /// The latest page, and when it was made.
    latest: Option<(Instant, String)>,
}

impl Pages {
    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(512);
        let judged = loop {
            if let Some(judged) = request::judge(&bytes, self.on_loopback) {
                break judged;
            }
            let room = HEAD_LEN_MAX.saturating_sub(bytes.len()) as u64;
            if (&mut stream).take(room).read_buf(&mut bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let answer = request::answer(judged.map(|()| self.page()));
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    }

    fn page(&self) -> String {
        let mut state = self.state.lock().expect("nobody panics while holding it");
        match &state.latest {
            Some((made, page)) if made.elapsed() < PAGE_LASTS => page.clone(),
            _ => {
                let page = page(&state.onlooker.look(), &state.watch.read());
                state.latest = Some((Instant::now(), page.clone()));
                page
            }
        }
    }
}
