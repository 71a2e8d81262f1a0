//! A broker that knows MQTT 3.1.1 only: the real one, behind a doorkeeper who sends everybody else away.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// The level byte of MQTT 5 in a CONNECT packet.
const LEVEL_5: u8 = 5;
/// CONNACK of 3.1.1 with return code 1: unacceptable protocol version (section 3.2.2.3 of that standard).
const UNACCEPTABLE: [u8; 4] = [0x20, 2, 0, 1];

/// How it sends away whoever speaks MQTT 5.
#[derive(Clone, Copy, Debug)]
pub enum Manners {
    /// With the answer that its own version has for that.
    Polite,
    /// By closing the connection.
    Rude,
}

/// Listens in front of the broker on `to`; answers where.
pub fn start(to: u16, manners: Manners) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for visitor in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || receive(visitor, to, manners));
        }
    });
    port
}

fn receive(mut visitor: TcpStream, to: u16, manners: Manners) {
    let mut packet = [0; 1024];
    let len = visitor.read(&mut packet).unwrap_or(0);
    let packet = &packet[..len];
    if level(packet) == Some(LEVEL_5) {
        if matches!(manners, Manners::Polite) {
            let _ = visitor.write_all(&UNACCEPTABLE);
        }
        return;
    }
    let mut broker = TcpStream::connect(("127.0.0.1", to)).expect("the broker listens");
    broker.write_all(packet).expect("it takes a packet");
    let (mut from_broker, mut to_visitor) = (
        broker.try_clone().expect("a handle"),
        visitor.try_clone().expect("a handle"),
    );
    std::thread::spawn(move || std::io::copy(&mut from_broker, &mut to_visitor));
    let _ = std::io::copy(&mut visitor, &mut broker);
}

/// The protocol level of a CONNECT packet: behind the packet's type, its length of one to four bytes, and the name.
fn level(packet: &[u8]) -> Option<u8> {
    let name = packet.windows(6).position(|bytes| bytes == b"\0\x04MQTT")?;
    packet.get(name + 6).copied()
}
