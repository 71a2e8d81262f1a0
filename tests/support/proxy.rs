//! A stretch of network that can be bad: between the publisher and the broker, on the loopback interface.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Everything passes at once.
    Good,
    /// Everything passes, each piece after this time.
    Slow(Duration),
    /// Nothing passes, and nobody is told: a cable that was pulled.
    Silent,
    /// Nobody gets through.
    Refusing,
}

/// A forwarder of connections; those that exist end with this value.
pub struct Proxy {
    /// Where the publisher connects.
    pub port: u16,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    network: Network,
    /// Both ends of every connection.
    open: Vec<[TcpStream; 2]>,
    /// Pass so many more bytes to the broker, then end the connection in the middle of what follows.
    cut_after: Option<usize>,
}

impl Proxy {
    /// A good network to the broker on `to`.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Mutex::new(Shared {
            network: Network::Good,
            open: Vec::new(),
            cut_after: None,
        }));
        let accepted = shared.clone();
        std::thread::spawn(move || {
            for publisher in listener.incoming().map_while(Result::ok) {
                join(publisher, to, &accepted);
            }
        });
        Self { port, shared }
    }

    /// From now on the network is like this. Connections stay, unless it is refusing.
    pub fn set(&self, network: Network) {
        self.lock().network = network;
        if network == Network::Refusing {
            self.cut();
        }
    }

    /// Ends every connection in both directions.
    pub fn cut(&self) {
        self.shut(Shutdown::Both, Shutdown::Both);
    }

    /// The broker can no longer be heard, but still hears.
    pub fn half_close(&self) {
        for [publisher, broker] in &self.lock().open {
            // Errors: it has ended already.
            let _ = publisher.shutdown(Shutdown::Write);
            let _ = broker.shutdown(Shutdown::Read);
        }
    }

    /// Ends the connection once so many more bytes have passed to the broker: in the middle of a packet.
    pub fn cut_after(&self, bytes: usize) {
        self.lock().cut_after = Some(bytes);
    }

    fn shut(&self, publishers: Shutdown, brokers: Shutdown) {
        for [publisher, broker] in self.lock().open.drain(..) {
            let _ = publisher.shutdown(publishers);
            let _ = broker.shutdown(brokers);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().expect("no panic")
    }
}

fn join(publisher: TcpStream, to: u16, shared: &Arc<Mutex<Shared>>) {
    let refusing = shared.lock().expect("no panic").network == Network::Refusing;
    // A broker that is not there: the publisher sees its connection end.
    let Ok(broker) = TcpStream::connect(("127.0.0.1", to)) else {
        return;
    };
    if refusing {
        return;
    }
    for end in [&publisher, &broker] {
        end.set_nodelay(true).expect("a socket");
    }
    let both = || [&publisher, &broker].map(|end| end.try_clone().expect("a descriptor"));
    shared.lock().expect("no panic").open.push(both());
    let [from, into] = both();
    pump(from, into, Direction::ToBroker, shared.clone());
    pump(broker, publisher, Direction::ToPublisher, shared.clone());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToBroker,
    ToPublisher,
}

fn pump(mut from: TcpStream, mut into: TcpStream, way: Direction, shared: Arc<Mutex<Shared>>) {
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut piece) {
            let network = shared.lock().expect("no panic").network;
            match network {
                Network::Good => {}
                Network::Slow(delay) => std::thread::sleep(delay),
                Network::Silent | Network::Refusing => continue,
            }
            let cut_at = (way == Direction::ToBroker)
                .then(|| cut_at(&shared, len))
                .flatten();
            let passed = into.write_all(&piece[..cut_at.unwrap_or(len)]);
            if passed.is_err() || cut_at.is_some() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = into.shutdown(Shutdown::Both);
    });
}

/// Where in the next `len` bytes the connection is to end.
fn cut_at(shared: &Mutex<Shared>, len: usize) -> Option<usize> {
    let mut shared = shared.lock().expect("no panic");
    let left = shared.cut_after?;
    if left >= len {
        shared.cut_after = Some(left - len);
        return None;
    }
    shared.cut_after = None;
    Some(left)
}
