//! Names with several addresses, and addresses of IPv6. Contract T-201: an address that does not answer costs little.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use support::answering_broker::{Delivery, serve};
use support::library::Library;
use support::program::{Program, Run};
use support::scripted_broker::ScriptedBroker;

/// A listener whose queue is full: it does not answer.
struct Silent {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Silent {
    fn new(address: &str, port: u16) -> Silent {
        let listener = TcpListener::bind((address, port)).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let fill = |_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        let queue: Vec<_> = (0..4).map(fill).collect();
        assert!(queue.iter().any(Option::is_none), "the queue is full");
        Silent { address, _listener: listener, _queue: queue.into_iter().flatten().collect() }
    }
}

/// Each way to connect to these addresses, with half a minute for it.
fn runs(uri: &str, addresses: &[&str]) -> [Run; 3] {
    let run = |program: &str, how: &str| {
        let run = Program::compile(program).with(Library::Ours);
        run.arguments(&[uri, how, "30"]).arguments(addresses)
    };
    [
        run("tests/c/addresses.c", "receive"),
        run("tests/c/addresses.c", "callback"),
        run("tests/c/async_addresses.c", "connect"),
    ]
}

/// How long a connect took, which must have succeeded.
#[track_caller]
fn took(said: &str) -> Duration {
    let after = said.split("connect: 0 after ").nth(1).unwrap_or_else(|| panic!("{said}"));
    Duration::from_millis(after.split_once(" ms").unwrap().0.parse().unwrap())
}

/// A server that takes three clients, and its port.
fn server() -> (ScriptedBroker<()>, u16) {
    let broker = ScriptedBroker::start(|listener| {
        for _ in 0..3 {
            serve(&mut listener.accept(), Delivery::Prompt);
        }
    });
    let port = broker.uri().rsplit(':').next().unwrap().parse().unwrap();
    (broker, port)
}

/// Not its share of the time: the next address is tried a moment later.
#[test]
fn an_address_that_does_not_answer_costs_little() {
    let (broker, port) = server();
    let silent = [Silent::new("127.0.0.2", port), Silent::new("127.0.0.3", port)];
    let uri = format!("tcp://many.example:{port}");
    for run in runs(&uri, &["127.0.0.2", "127.0.0.3", "127.0.0.1"]) {
        let took = took(&run.output());
        assert!(took >= Duration::from_millis(500) && took < Duration::from_secs(8), "{took:?}");
    }
    drop(silent);
    broker.finish();
}

/// One that refuses, or that there is no way to, costs nothing.
#[test]
fn all_addresses_are_tried_and_those_of_ipv4_first() {
    let (broker, port) = server();
    let uri = format!("tcp://many.example:{port}");
    for run in runs(&uri, &["::1", "2001:db8::1", "127.0.0.9", "127.0.0.1"]) {
        let run = run.environment("MQTT_C_CLIENT_TRACE", "ON");
        let said = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL").output();
        took(&said);
        let refused: Vec<_> = said.lines().filter(|line| line.contains("Connect failed in TCP")).collect();
        assert_eq!(refused.len(), 1, "{said}");
        assert!(refused[0].contains(&format!("127.0.0.9:{port}: connection refused")), "{said}");
    }
    broker.finish();
}

#[test]
fn the_families_of_the_machine_are_asked_for_first() {
    let (broker, port) = server();
    let uri = format!("tcp://many.example:{port}");
    let said = Program::compile("tests/c/addresses.c").run(&[&uri, "receive", "30", "127.0.0.1"]);
    assert!(said.contains("asked: 1 with AI_ADDRCONFIG, 0 without"), "{said}");
    let said = Program::compile("tests/c/addresses.c").run(&[&uri, "receive", "30", "none", "127.0.0.1"]);
    assert!(
        said.contains("connect: 0 ") && said.contains("asked: 1 with AI_ADDRCONFIG, 1 without"),
        "{said}"
    );
    // The third that the server waits for.
    drop(TcpStream::connect(("127.0.0.1", port)).unwrap());
    broker.finish();
}

/// While several addresses do not answer, whoever connects can be told to give up.
#[test]
fn a_connect_to_several_addresses_can_be_ended() {
    let first = Silent::new("127.0.0.2", 0);
    let _second = Silent::new("127.0.0.3", first.address.port());
    let uri = format!("tcp://many.example:{}", first.address.port());
    for (program, how) in [
        ("tests/c/addresses.c", "disconnect"),
        ("tests/c/addresses.c", "destroy"),
        ("tests/c/async_addresses.c", "destroy"),
    ] {
        let run = Program::compile(program).with(Library::Ours);
        let run = run.arguments(&[uri.as_str(), how, "3000", "127.0.0.2", "127.0.0.3"]);
        let run = run.environment("MQTT_C_CLIENT_TRACE", "ON");
        let mut program = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "MINIMUM").start();
        program.wait_for_nth("Connect pending", 2);
        program.write("go\n");
        let said = program.finish().expect_success().stdout;
        assert!(said.contains("connect: -1 after ") || said.contains("destroyed after "), "{said}");
    }
}

/// Contract T-103: with brackets and without, and with a zone, also as RFC 6874 writes it.
#[test]
fn addresses_of_ipv6_are_connected_to() {
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hosts = ["[::1]", "::1", "[::1%1]", "[::1%251]", "[0:0::1]"];
    let server = thread::spawn(move || {
        for _ in 0..2 * hosts.len() {
            serve(&mut listener.accept().unwrap().0.into(), Delivery::Prompt);
        }
    });
    for host in hosts {
        let uri = format!("tcp://{host}:{port}");
        let [run, _, async_run] = runs(&uri, &["::1"]);
        took(&run.output());
        took(&async_run.output());
    }
    server.join().unwrap();
}
