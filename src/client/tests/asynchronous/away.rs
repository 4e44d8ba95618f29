//! A server that is away for a day, by a clock that the test moves.

use super::flapping::{Session, serve};
use super::*;
use crate::engine::clock;
use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
use std::collections::BTreeSet;
use std::env;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// The longest interval, and its spread.
const INTERVAL: Duration = Duration::from_secs(72);

/// Set in the process whose clock moves.
const OWN_CLOCK: &str = "FERRO_TEST_OWN_CLOCK";

#[test]
fn a_server_that_was_away_for_a_day_gets_all_that_was_accepted_meanwhile() {
    if env::var_os(OWN_CLOCK).is_some() {
        return stay_away_for_a_day();
    }
    let name = thread::current().name().unwrap().to_owned();
    let this_one = ["--exact", &name, "--nocapture"];
    let mut child = Command::new(env::current_exe().unwrap());
    assert!(child.args(this_one).env(OWN_CLOCK, "1").status().unwrap().success());
}

fn stay_away_for_a_day() {
    // It has its port, and does not listen: who connects is refused.
    let server = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&server, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = SocketAddrV4::try_from(getsockname(&server).unwrap()).unwrap();
    let uri = format!("tcp://{address}");
    let client = Client::with(&uri, V3, offline(), Persistence::None, TestApplication::default());
    let automatic = AutomaticReconnect { is_on: true, min_interval: SECOND, max_interval: 60 * SECOND };
    client.client.connect(options(V3), Some(automatic), token(0)).unwrap();
    assert!(matches!(client.hear(), Heard::Failed(0, ..)));

    let (morning, mut attempts) = (clock::now(), 0_u32);
    while clock::now() - morning < DAY {
        move_to_next_attempt(&client);
        attempts += 1;
        if attempts % 10 == 0 {
            let qos = 1 + u8::try_from(attempts / 10 % 2).unwrap();
            client.publish(&attempts.to_string(), qos, token(attempts)).unwrap();
        }
    }
    assert!((1200..1900).contains(&attempts), "{attempts}");

    // The last one has failed.
    next_attempt(&client, clock::now());
    listen(&server, 5).unwrap();
    let (peer, session) = (Peer::on(TcpListener::from(server), V3), Mutex::new(Session::default()));
    let back = clock::now();
    thread::scope(|scope| {
        scope.spawn(|| serve(&peer, &session, 0));
        move_to_next_attempt(&client);
        assert_eq!(client.hear(), Heard::Connected(false));
        assert!(clock::now() - back <= INTERVAL + SECOND);
        let accepted: BTreeSet<u32> = (10..=attempts).step_by(10).collect();
        let mut told = BTreeSet::new();
        while told.len() < accepted.len() {
            if let Heard::Published(number, ..) = client.hear() {
                assert!(told.insert(number), "{number} is told twice");
            }
        }
        assert_eq!(told, accepted);
        client.disconnect(PATIENCE, token(0)).unwrap();
    });
    let taken = &session.lock().unwrap().taken;
    assert_eq!(taken.len(), usize::try_from(attempts / 10).unwrap());
    assert!(taken.values().all(|&times| times == 1));
}

/// When the client tries again, once it has decided: later than that.
fn next_attempt(client: &Client, than: Instant) -> Instant {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(due) = client.client.reconnect_due().filter(|due| *due > than) {
            return due;
        }
        assert!(Instant::now() < give_up);
        thread::yield_now();
    }
}

/// Lets the time pass until it tries again, and has begun.
fn move_to_next_attempt(client: &Client) {
    let now = clock::now();
    let due = next_attempt(client, now);
    assert!(due - now <= INTERVAL);
    clock::move_on(due - now);
    client.client.look_at_clock();
}
