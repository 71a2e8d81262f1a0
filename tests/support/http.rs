//! A web server on the loopback interface with one file and a bag of tricks, with or without TLS.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::certificates::ServerFiles;

/// How one request is answered.
#[derive(Clone, Debug)]
pub enum Trick {
    /// As asked, with ranges.
    Honest,
    /// The whole file, whatever range was asked for.
    NoRange,
    /// As asked, up to this byte of the file; then the connection ends.
    CutAt(usize),
    /// As asked, but with another content length than the file's.
    Claim(usize),
    /// No content length, and more and more bytes.
    Endless,
    /// A file of the same size with other bytes.
    OtherBytes,
    /// The head, and then nothing.
    Silence,
    /// An error.
    Status(u16),
    /// Elsewhere.
    Redirect(String),
}

/// A server that runs as long as this value.
pub struct Server {
    address: SocketAddr,
    secure: bool,
    ranges: Arc<Mutex<Vec<Option<u64>>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `file`: the first requests with `tricks`, every later one honestly.
    pub fn start(file: Vec<u8>, tricks: &[Trick]) -> Self {
        Self::serve(file, tricks, None)
    }

    /// The same with TLS, as `localhost`.
    pub fn start_tls(file: Vec<u8>, tricks: &[Trick], files: &ServerFiles) -> Self {
        let certificate = CertificateDer::from_pem_file(&files.certificate).expect("is PEM");
        let key = PrivateKeyDer::from_pem_file(&files.key).expect("is PEM");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        let config = config.expect("they belong together");
        Self::serve(file, tricks, Some(Arc::new(config)))
    }

    fn serve(file: Vec<u8>, tricks: &[Trick], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (ranges, stop) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let secure = tls.is_some();
        let (seen, stopped) = (ranges.clone(), stop.clone());
        let mut tricks: VecDeque<_> = tricks.iter().cloned().collect();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let trick = tricks.pop_front().unwrap_or(Trick::Honest);
                let stream = stream.expect("it is connected");
                let hang = stream.try_clone().expect("a second handle");
                let request = Request {
                    file: &file,
                    trick: &trick,
                    seen: &seen,
                    hang: &hang,
                    stopped: &stopped,
                };
                // A client that hangs up early, or does not trust us, is part of the game.
                let _ = match &tls {
                    None => request.answer(stream),
                    Some(config) => {
                        let session = ServerConnection::new(config.clone());
                        let session = session.expect("the configuration is right");
                        request.answer(StreamOwned::new(session, stream))
                    }
                };
            }
        });
        Self {
            address,
            secure,
            ranges,
            stop,
            thread: Some(thread),
        }
    }

    /// Where the file is.
    pub fn url(&self) -> String {
        match self.secure {
            true => format!("https://localhost:{}/model.onnx", self.address.port()),
            false => format!("http://{}/model.onnx", self.address),
        }
    }

    /// From which byte each request wanted the file; `None` for all of it.
    pub fn ranges(&self) -> Vec<Option<u64>> {
        self.ranges.lock().expect("no thread panics").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes it up; it may be gone.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Request<'a> {
    file: &'a [u8],
    trick: &'a Trick,
    seen: &'a Mutex<Vec<Option<u64>>>,
    hang: &'a TcpStream,
    stopped: &'a AtomicBool,
}

impl Request<'_> {
    fn answer(self, stream: impl Read + Write) -> std::io::Result<()> {
        let Self {
            file,
            trick,
            seen,
            hang,
            stopped,
        } = self;
        let mut stream = BufReader::new(stream);
        let mut range = None;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(from) = line.strip_prefix("range: bytes=") {
                range = from.trim_end_matches('-').parse().ok();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut stream = stream.into_inner();
        seen.lock().expect("no thread panics").push(range);
        let from = range
            .filter(|_| !matches!(trick, Trick::NoRange))
            .unwrap_or(0) as usize;
        let status = match trick {
            Trick::Status(status) => format!("{status} No"),
            Trick::Redirect(to) => format!("302 Found\r\nLocation: {to}"),
            _ if from > file.len() => "416 Range Not Satisfiable".to_owned(),
            _ if from > 0 => format!(
                "206 Partial Content\r\nContent-Range: bytes {from}-{}/{}",
                file.len() - 1,
                file.len()
            ),
            _ => "200 OK".to_owned(),
        };
        let body = match trick {
            Trick::Status(_) | Trick::Redirect(_) | Trick::Silence => &[][..],
            Trick::CutAt(end) => &file[from..*end],
            _ => file.get(from..).unwrap_or(&[]),
        };
        let length = match trick {
            Trick::Claim(length) => Some(*length),
            Trick::Endless => None,
            Trick::Status(_) | Trick::Redirect(_) => Some(0),
            _ => Some(file.len().saturating_sub(from)),
        };
        let length = length.map_or(String::new(), |length| {
            format!("Content-Length: {length}\r\n")
        });
        write!(
            stream,
            "HTTP/1.1 {status}\r\n{length}Connection: close\r\n\r\n"
        )?;
        match trick {
            Trick::OtherBytes => stream.write_all(&vec![7; body.len()]),
            Trick::Endless => loop {
                stream.write_all(body)?;
            },
            Trick::Silence => {
                while !stopped.load(Ordering::SeqCst) && hang.peek(&mut [0])? > 0 {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(())
            }
            _ => stream.write_all(body),
        }
    }
}
