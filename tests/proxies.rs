//! Clients behind proxies of the distribution: tinyproxy for HTTP, microsocks for SOCKS 5. Contract T-401 to T-407.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::net::TcpListener;

use support::built::built;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Run};
use support::proxies::{Microsocks, OUTGOING, Tinyproxy};

/// A client of MQTTClient that connects once through this, and exchanges messages if it is connected.
fn client(uri: &str, proxy: &str, mode: &str) -> Run {
    let program = Program::compile("tests/c/proxied.c").with(Library::Ours);
    traced(program.arguments(&[uri, proxy, "-", "30", "1", mode]))
}

/// The same with MQTTAsync.
fn async_client(uri: &str, proxy: &str) -> Run {
    let program = Program::compile("tests/c/async_proxied.c").with(Library::Ours);
    traced(program.arguments(&[uri, proxy, "-", "30", "1"]))
}

fn traced(run: Run) -> Run {
    run.environment("MQTT_C_CLIENT_TRACE", "ON").environment("MQTT_C_CLIENT_TRACE_LEVEL", "PROTOCOL")
}

/// Both APIs exchange messages through this proxy with a broker, which sees the proxy's address.
fn exchange_through(proxy: &str, broker: &Mosquitto, host: &str) {
    exchange_with(&format!("tcp://{host}:{}", broker.port()), proxy, broker);
}

fn exchange_with(uri: &str, proxy: &str, broker: &Mosquitto) {
    for (mode, exchanged) in [("receive", "exchanged"), ("callback", "exchanged"), ("async", "exchange 1")] {
        let run = if mode == "async" { async_client(uri, proxy) } else { client(uri, proxy, mode) };
        let said = run.output();
        assert!(said.lines().any(|line| line == exchanged), "{proxy} {mode}: {said}");
        assert!(!said.contains("pass") && !said.contains("dXNlc"), "no password, in no form: {said}");
    }
    broker.wait_for_log(&format!("{OUTGOING}:"));
}

#[test]
fn clients_connect_through_tinyproxy() {
    let (broker, proxy) = (Mosquitto::start(&[]), Tinyproxy::start(&[]));
    for value in [format!("http://localhost:{}", proxy.port()), format!("127.0.0.1:{}", proxy.port())] {
        exchange_through(&value, &broker, "127.0.0.1");
    }
    proxy.wait_for_log(&format!("CONNECT 127.0.0.1:{} HTTP/1.1", broker.port()));
    // The name of the server is the proxy's to look up.
    exchange_through(&format!("https://127.0.0.1:{}/x", proxy.port()), &broker, "localhost");
    proxy.wait_for_log(&format!("CONNECT localhost:{} HTTP/1.1", broker.port()));
}

#[test]
fn clients_log_in_at_tinyproxy() {
    let (broker, proxy) = (Mosquitto::start(&[]), Tinyproxy::start(&["BasicAuth user pass"]));
    exchange_through(&format!("http://user:p%61ss@127.0.0.1:{}", proxy.port()), &broker, "127.0.0.1");
    for login in ["", "user@", "user:other@"] {
        let value = format!("http://{login}127.0.0.1:{}", proxy.port());
        let said = client(&broker.uri(), &value, "receive").output();
        let line = format!(
            "Connect failed in HTTP proxy CONNECT, 127.0.0.1:{}: HTTP proxy answered 40",
            proxy.port()
        );
        assert!(said.contains(&line) && said.contains("connect: -1 "), "{said}");
        let said = async_client(&broker.uri(), &value).output();
        assert!(said.contains("failed: code -1, "), "{said}");
        assert!(said.contains("HTTP proxy answered 40"), "{said}");
    }
}

#[test]
fn clients_connect_through_microsocks() {
    let (broker, proxy) = (Mosquitto::start(&[]), Microsocks::start(None));
    for scheme in ["socks5", "socks5h"] {
        for host in ["127.0.0.1", "localhost"] {
            exchange_through(&format!("{scheme}://localhost:{}", proxy.port()), &broker, host);
        }
    }
}

#[test]
fn clients_log_in_at_microsocks() {
    let (broker, proxy) = (Mosquitto::start(&[]), Microsocks::start(Some(("user", "p@ss"))));
    let value = |login: &str| format!("socks5h://{login}127.0.0.1:{}", proxy.port());
    exchange_through(&value("user:p%40ss@"), &broker, "127.0.0.1");
    for (login, reason) in [
        ("", "SOCKS5 proxy wants a login, and none is given"),
        ("user:other@", "SOCKS5 proxy does not accept user name and password"),
    ] {
        let said = client(&broker.uri(), &value(login), "receive").output();
        let line = format!("Connect failed in SOCKS5, 127.0.0.1:{}: {reason}", proxy.port());
        assert!(said.contains(&line) && said.contains("connect: -1 "), "{said}");
        let said = async_client(&broker.uri(), &value(login)).output();
        assert!(said.contains("failed: code -1, ") && said.contains(reason), "{said}");
    }
}

/// The upgrade is asked of the server, which the proxy has connected to.
#[test]
fn websocket_servers_are_reached_through_proxies() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let broker = Mosquitto::start(&[&format!("listener {port} 127.0.0.1"), "protocol websockets"]);
    let (http, socks) = (Tinyproxy::start(&[]), Microsocks::start(None));
    for proxy in [format!("127.0.0.1:{}", http.port()), format!("socks5://127.0.0.1:{}", socks.port())] {
        exchange_with(&format!("ws://127.0.0.1:{port}/mqtt"), &proxy, &broker);
    }
    http.wait_for_log(&format!("CONNECT 127.0.0.1:{port} HTTP/1.1"));
}

/// The proxy cannot reach the server, and says why.
#[test]
fn what_a_proxy_says_of_a_server_is_told() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (http, socks) = (Tinyproxy::start(&[]), Microsocks::start(None));
    for (proxy, reason) in [
        (format!("http://127.0.0.1:{}", http.port()), "HTTP proxy answered 500 "),
        (format!("socks5://127.0.0.1:{}", socks.port()), "SOCKS5 proxy answered 5, connection refused"),
    ] {
        let said = client(&format!("tcp://{nobody}"), &proxy, "receive").output();
        assert!(said.contains(reason) && said.contains("connect: -1 "), "{said}");
    }
}

/// A name that only the proxy need know; with socks5 it is looked up here.
#[test]
fn names_are_looked_up_by_whom_it_was_asked_for() {
    let (http, socks) = (Tinyproxy::start(&[]), Microsocks::start(None));
    let name = format!("{}.invalid", "n".repeat(64));
    for (proxy, reason) in [
        (format!("http://127.0.0.1:{}", http.port()), "HTTP proxy answered 500 ".to_owned()),
        (format!("socks5h://127.0.0.1:{}", socks.port()), "SOCKS5 proxy answered ".to_owned()),
        (
            format!("socks5://127.0.0.1:{}", socks.port()),
            format!("Connect failed in name resolution, {name}:1883: "),
        ),
        (format!("http://{name}:99"), format!("Connect failed in name resolution, {name}:99: ")),
    ] {
        let said = client(&format!("tcp://{name}"), &proxy, "receive").output();
        assert!(said.contains(&reason) && said.contains("connect: -1 "), "{proxy}: {said}");
    }
}

/// With socks5 the addresses of the server are looked up here, and the proxy is asked for one after the other.
#[test]
fn a_socks_proxy_is_asked_for_all_addresses() {
    let broker = Mosquitto::start(&[]);
    let proxy = Microsocks::start(None);
    let uri = format!("tcp://many.example:{}", broker.port());
    for (program, how) in [
        ("tests/c/addresses.c", "receive"),
        ("tests/c/addresses.c", "callback"),
        ("tests/c/async_addresses.c", "connect"),
    ] {
        let run = traced(Program::compile(program).with(Library::Ours));
        let run = run.arguments(&[uri.as_str(), how, "30", "127.0.0.8", "127.0.0.9", "127.0.0.1"]);
        let run = run.environment("PAHO_C_CLIENT_USE_HTTP_PROXY", "TRUE");
        let said = run.environment("http_proxy", &format!("socks5://127.0.0.1:{}", proxy.port())).output();
        assert!(said.contains("connect: 0 after "), "{said}");
        assert_eq!(said.matches("SOCKS5 proxy answered 5, connection refused").count(), 2, "{said}");
    }
    broker.wait_for_log(&format!("{OUTGOING}:"));
}

/// The command line tools hand over what they are told; or the environment tells it.
#[test]
fn the_tools_work_through_proxies() {
    let broker = Mosquitto::start(&[]);
    let (http, socks) =
        (Tinyproxy::start(&["BasicAuth user pass"]), Microsocks::start(Some(("user", "pass"))));
    let values = [
        format!("http://user:pass@127.0.0.1:{}", http.port()),
        format!("socks5h://user:pass@127.0.0.1:{}", socks.port()),
    ];
    let uri = broker.uri();
    for (value, tools) in values.iter().flat_map(|value| [(value, "paho_c"), (value, "paho_cs")]) {
        let name = format!("{tools}-{}", &value[..5]);
        let options = ["-t", &name, "-c", &uri, "-q", "1", "-i", &name, "--http-proxy", value];
        let subscriber = built(&format!("{tools}_sub"), Library::Ours).arguments(&options).start();
        broker.wait_for_log(&format!("Sending SUBACK to {name}"));
        let publish = |message: &[&str], proxy: &str| {
            let publisher = built(&format!("{tools}_pub"), Library::Ours).arguments(message);
            let publisher = publisher.arguments(&["-t", &name, "-c", &uri, "-q", "1"]);
            let publisher = publisher.environment("PAHO_C_CLIENT_USE_HTTP_PROXY", "TRUE");
            publisher.environment("http_proxy", proxy).output();
        };
        publish(&["-m", "by option", "--http-proxy", value], NOBODY);
        subscriber.wait_for("by option");
        publish(&["-m", "by environment"], value);
        subscriber.wait_for("by environment");
    }
    broker.wait_for_log(&format!("{OUTGOING}:"));
}

/// The proxy ends with all its connections, and comes back.
#[test]
fn a_client_reconnects_through_its_proxy() {
    let broker = Mosquitto::start(&[]);
    let proxy = Tinyproxy::start(&[]);
    let port = proxy.port();
    let program = Program::compile("tests/c/async_proxied.c").with(Library::Ours);
    let value = format!("http://127.0.0.1:{port}");
    let running = program.arguments(&[broker.uri().as_str(), &value, "-", "30", "3"]).start();
    running.wait_for("exchange 1");
    drop(proxy);
    running.wait_for_nth("lost", 1);
    let proxy = Tinyproxy::start_at(port, &[]).expect("the port of the one before");
    running.wait_for("exchange 2");
    drop(proxy);
    running.wait_for_nth("lost", 2);
    let proxy = Tinyproxy::start_at(port, &[]).expect("the port of the one before");
    running.wait_for("exchange 3");
    proxy.wait_for_log(&format!("CONNECT 127.0.0.1:{} HTTP/1.1", broker.port()));
    running.finish().expect_success();
}

/// A proxy that refuses connections.
const NOBODY: &str = "http://127.0.0.1:1";

/// Contract T-401: who names a proxy never connects without it.
#[test]
fn a_proxy_in_the_options_is_never_gone_without() {
    let broker = Mosquitto::start(&[]);
    let program = Program::compile("tests/c/proxy.c");
    for (options, result) in [
        (["8", NOBODY, "-"], "connect: -1 -1"),
        (["8", "127.0.0.1:1", NOBODY], "connect: -1 -1"),
        (["8", "", "-"], "connect: -1 -1"),
        // That one is for TLS; and an old structure ends before both.
        (["8", "-", NOBODY], "connect: 0 0"),
        (["7", NOBODY, NOBODY], "connect: 0 0"),
    ] {
        for library in [Library::Ours, Library::Original] {
            let run = program.with(library).arguments(&[&broker.uri()]).arguments(&options);
            assert_eq!(run.output().trim(), result, "{options:?} {library:?}");
        }
    }
}

/// Contract T-403, T-405: what names no proxy is told, and what it says is not.
#[test]
fn a_value_that_names_no_proxy_makes_connecting_fail() {
    let broker = Mosquitto::start(&[]);
    for (value, reason) in [
        ("", "it names no host"),
        ("ftp://user:pass@127.0.0.1", "its scheme is not http, https, socks5 or socks5h"),
        ("http://user:pass@127.0.0.1:0", "its port is not a number from 1 to 65535"),
        ("http://user:pass@[::1", "its host is none"),
    ] {
        let uri = broker.uri();
        let said = client(&uri, value, "receive").output();
        let server = uri.strip_prefix("tcp://").unwrap();
        let line = format!("Not connecting to serverURI {server}: proxy: httpProxy cannot be used: {reason}");
        assert!(said.contains(&line) && said.contains("connect: -1 "), "{said}");
        let said = async_client(&uri, value).output();
        assert!(said.contains("failed: code -1, ") && said.contains(reason), "{said}");
        assert!(!said.contains("pass"), "{said}");
    }
}

/// Contract T-401, T-406. Who opted in connects through the proxy of the environment, and not without it.
#[test]
fn the_environment_names_a_proxy_for_who_opted_in() {
    let broker = Mosquitto::start(&[]);
    let tinyproxy = Tinyproxy::start(&[]);
    let proxy = format!("127.0.0.1:{}", tinyproxy.port());
    let with_port = format!("*:{}", broker.port());
    let other_port = format!("127.0.0.1:{}", broker.port() - 1);
    for (may_use, exceptions, is_used) in [
        ("TRUE", "", true),
        ("TRUE, please", "example.org", true),
        ("TRUE", "0.0.1", false),
        ("TRUE", "example.org,127.0.0.1", false),
        ("TRUE", "example.org, 127.0.0.1", true),
        ("TRUE", "*", false),
        ("TRUE", &with_port, false),
        ("TRUE", &other_port, true),
        ("true", "", false),
        ("", "", false),
    ] {
        // The distribution's version of the original does not know these conditions yet.
        for (value, is_connected) in [(proxy.as_str(), true), (NOBODY, !is_used)] {
            let run = Program::compile("tests/c/proxy.c").with(Library::Ours);
            let run = run.environment("http_proxy", value).environment("no_proxy", exceptions);
            let run = run.environment("PAHO_C_CLIENT_USE_HTTP_PROXY", may_use);
            let said = run.arguments(&[&broker.uri(), "8", "-", "-"]).output();
            let expected = if is_connected { "connect: 0 0" } else { "connect: -1 -1" };
            assert_eq!(said.trim(), expected, "{may_use} {exceptions} {value}");
        }
    }
    // Nothing of that is for a program that names a proxy itself.
    let run = client(&broker.uri(), &format!("http://{proxy}"), "receive");
    let run = run.environment("PAHO_C_CLIENT_USE_HTTP_PROXY", "TRUE").environment("no_proxy", "*");
    assert!(run.environment("http_proxy", NOBODY).output().contains("exchanged"));
}

#[test]
fn the_trace_says_which_proxy_is_used() {
    let (broker, proxy) = (Mosquitto::start(&[]), Tinyproxy::start(&["BasicAuth user pass"]));
    let said =
        client(&broker.uri(), &format!("http://user:pass@127.0.0.1:{}", proxy.port()), "receive").output();
    for line in [
        format!("Setting http proxy to http://127.0.0.1:{}", proxy.port()),
        format!("Proxy_connect: \"CONNECT 127.0.0.1:{} HTTP/1.1\"", broker.port()),
    ] {
        assert!(said.contains(&line), "{line}: {said}");
    }
    let run = client(&broker.uri(), "-", "receive").environment("PAHO_C_CLIENT_USE_HTTP_PROXY", "TRUE");
    let said = run.environment("http_proxy", NOBODY).environment("no_proxy", "a,127.0.0.1").output();
    let server = format!("127.0.0.1:{}", broker.port());
    let line = format!("Matched destination {server} against no_proxy 127.0.0.1. Don't use proxy.");
    assert!(said.contains(&line), "{said}");
}
