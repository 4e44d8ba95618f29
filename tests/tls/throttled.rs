//! A link that becomes slow for a while.

use super::*;
use crate::support::scripted_broker::ScriptedBroker;
use crate::support::wire::{
    DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBLISH, Packet, Publish, acknowledgement,
};
use relay::{Kind, TlsRelay};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const KEEP_ALIVE: u32 = 2;
const SIZE: usize = 16 << 20;

/// In 10 kbit/s, a tenth of a second has so many bytes.
const TENTH: Duration = Duration::from_millis(100);
const BYTES: usize = 125;

/// Relays one connection to a port of this machine, slowly on the way there as long as that is wanted. Gives its own port.
fn throttle(to: u16, is_slow: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // So that the client's kernel learns of the few bytes that are taken, as from a link that takes few at a time.
    set_socket_recv_buffer_size(&listener, 1 << 10).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", to)).unwrap();
        let (mut from, mut into) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut into);
            let _ = into.shutdown(Shutdown::Write);
        });
        let mut buffer = [0; 64 << 10];
        loop {
            let most = if is_slow.load(Ordering::Relaxed) {
                // To be slow is what this is for.
                thread::sleep(TENTH);
                BYTES
            } else {
                buffer.len()
            };
            match client.read(&mut buffer[..most]) {
                Ok(count @ 1..) if server.write_all(&buffer[..count]).is_ok() => {}
                _ => break,
            }
        }
        let _ = server.shutdown(Shutdown::Write);
    });
    port
}

/// Contract C-11.4: bytes that go are a sign of life, however few. The server answers no ping meanwhile: those are behind.
#[test]
fn a_large_message_on_a_slow_link_keeps_its_connection() {
    let certificates = Certificates::new();
    thread::scope(|scope| {
        let certificates = &certificates;
        for (program, mode) in [
            ("tests/c/slow_upload.c", "sync"),
            ("tests/c/slow_upload.c", "callback"),
            ("tests/c/async_slow_upload.c", "-"),
        ] {
            scope.spawn(move || upload(certificates, program, mode));
        }
    });
}

fn upload(certificates: &Certificates, program: &str, mode: &str) {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, connect) = listener.welcome();
        assert_eq!(u32::from(connect.keep_alive), KEEP_ALIVE);
        let mut sizes = Vec::new();
        loop {
            let packet = peer.expect_any();
            match packet.kind() {
                PUBLISH => {
                    let publish = Publish::parse(&packet, 4).expect("a well-formed PUBLISH");
                    sizes.push(publish.payload.len());
                    peer.send_packet(&acknowledgement(PUBACK, publish.id));
                }
                PINGREQ => peer.send_packet(&Packet::new(PINGRESP << 4, [])),
                kind => {
                    assert_eq!(kind, DISCONNECT);
                    return sizes;
                }
            }
        }
    });
    let port = broker.uri().rsplit(':').next().unwrap().parse().unwrap();
    let server = TlsRelay::start(&certificates.server, Kind::default(), port);
    let is_slow = Arc::new(AtomicBool::new(false));
    let port = throttle(server.port(), is_slow.clone());
    let arguments = [&tls_uri(port), "4", &KEEP_ALIVE.to_string(), &SIZE.to_string(), "1", mode];
    let trusted = certificates.authority.certificate();
    let run = Program::compile_with_tls(program).with(Library::Ours).arguments(&arguments);
    let mut client = run.environment("TRUST_STORE", trusted.to_str().unwrap()).start();
    client.wait_for("connected");
    is_slow.store(true, Ordering::Relaxed);
    client.write("go\n");
    // More than two and a half intervals, after which a server that takes nothing is given up.
    thread::sleep(Duration::from_secs(6));
    is_slow.store(false, Ordering::Relaxed);
    let said = client.finish().expect_success().stdout;
    assert_eq!(said, "connected\nuploaded\n", "{program} {mode}");
    assert_eq!(broker.finish(), [SIZE, 1], "{program} {mode}");
}
