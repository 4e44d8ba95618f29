//! MQTT 5 end to end, against mosquitto and against servers that do what mosquitto does not.
//!
//! The commands are those of `tests/c/side_client.c`; `side_by_side` has the same with the original where it can.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::time::Duration;

use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Run, Running};
use support::scripted_broker::{Arrival, Peer, ScriptedBroker};
use support::wire::{
    CONNECT, DISCONNECT, PUBACK, PUBLISH, PUBREC, PUBREL, Packet, Publish, SUBSCRIBE, UNSUBSCRIBE,
    acknowledgement, put_length,
};

/// A client that will do this; commands are separated by semicolons.
fn client(uri: &str, commands: &str) -> Run {
    let commands: Vec<&str> = commands.split(';').map(str::trim).collect();
    Program::compile("tests/c/side_client.c").with(Library::Ours).arguments(&[uri]).arguments(&commands)
}

/// Runs it, and gives what it said, but for lines that say only that all went well.
fn said(uri: &str, commands: &str) -> Vec<String> {
    interesting(&client(uri, commands).output())
}

fn interesting(output: &str) -> Vec<String> {
    const WELL: [&str; 6] = [
        "call create: 0",
        "call setCallbacks: 0",
        "call setPublished: 0, setDisconnected: 0",
        "call disconnect5: 0",
        "call connect5: 0, 0 codes:, {}",
        "call returned: version 5, session present 0",
    ];
    output.lines().filter(|line| !WELL.contains(line)).map(str::to_owned).collect()
}

/// The same without what mosquitto says of itself when a client connects.
fn said_after_connect(broker: &Mosquitto, commands: &str) -> Vec<String> {
    let mut lines = said(&broker.uri(), commands);
    lines.retain(|line| !line.starts_with("call connect5: 0"));
    lines
}

/// Takes the CONNECT, and answers with these properties.
fn welcome(peer: &mut Peer, properties: &str) -> Packet {
    let connect = peer.expect(CONNECT);
    peer.version = 5;
    send(peer, "20", "00 00", properties, "");
    connect
}

/// Sends a packet: its first byte, what comes before the properties, these, and what comes after.
fn send(peer: &mut Peer, first: &str, before: &str, properties: &str, after: &str) {
    let bytes = support::scripted_broker::bytes;
    let mut body = bytes(before);
    put_length(&mut body, bytes(properties).len());
    body.extend(bytes(properties));
    body.extend(bytes(after));
    peer.send_packet(&Packet::new(bytes(first)[0], body));
}

#[track_caller]
fn assert_hex(bytes: &[u8], hex: &str) {
    let wanted = support::scripted_broker::bytes(hex);
    assert_eq!(bytes, wanted, "\n got {bytes:02x?}\nnot {wanted:02x?}");
}

/// C-3.10, C-8.3, C-8.5, C-8.8, C-6.6, C-4.3, W-104, W-110, W-111, W-511: in their order, unchanged.
#[test]
fn every_packet_carries_its_properties() {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        let connect = welcome(&mut peer, "1f 0002 6869 26 0001 6b 0001 76");
        assert_hex(
            &connect.body,
            "0004 4d515454 05 06 003c 16 11 00000064 21 0014 27 00010000 26 0001 61 0001 62 17 01 0004 73696465 \
             18 18 00000005 01 01 02 0000003c 03 0001 74 08 0001 72 09 0001 63 0001 77 0001 6d",
        );
        let subscribe = peer.expect(SUBSCRIBE);
        assert_hex(&subscribe.body, "0001 0a 0b a302 26 0001 6b 0001 76 0001 61 2e");
        send(&mut peer, "90", "0001", "1f 0001 73", "02");
        let publish = peer.expect(PUBLISH);
        assert_hex(
            &publish.body,
            "0001 61 0002 1d 01 01 02 0000001e 03 0001 74 08 0001 72 09 0001 63 23 0003 26 0001 6b 0001 76 68",
        );
        send(&mut peer, "40", "0002 10", "1f 0001 61 26 0001 6b 0001 76", "");
        peer.expect(PUBLISH);
        send(&mut peer, "50", "0003 00", "1f 0001 62", "");
        peer.expect(PUBREL);
        send(&mut peer, "70", "0003 92", "1f 0001 63", "");
        let list = "01 01 02 0000001e 03 0001 74 08 0001 72 09 0001 63 0b a302 0b 07 26 0001 6b 0001 76";
        send(&mut peer, "32", "0001 61 0009", list, "68");
        // The acknowledgement follows when the callback has returned; the program goes on meanwhile.
        let mut packets = [peer.expect_any(), peer.expect_any()];
        packets.sort_by_key(Packet::kind);
        let [acknowledgement, unsubscribe] = packets;
        assert_eq!((acknowledgement.kind(), unsubscribe.kind()), (PUBACK, UNSUBSCRIBE));
        assert_hex(&unsubscribe.body, "0004 07 26 0001 6b 0001 76 0001 61");
        send(&mut peer, "b0", "0004", "1f 0001 75", "11");
        let disconnect = peer.expect(DISCONNECT);
        assert_hex(&disconnect.body, "04 0d 11 00000007 1f 0002 6f6b 1f 0000");
        peer.expect_end();
    });
    let commands = "create 5; callbacks; told; \
        connect p.17=100 p.33=20 p.39=65536 p.38=a:b p.23=1 will=w message=m w.24=5 w.1=1 w.2=60 w.3=t w.8=r w.9=c; \
        subscribe a:2:1:1:2 p.11=291 p.38=k:v; \
        publish 1 a h p.1=1 p.2=30 p.3=t p.8=r p.9=c p.35=3 p.38=k:v; await published 1; \
        publish 2 a i; await published 2; await message 1; unsubscribe a p.38=k:v; \
        disconnect 0 reason=4 p.17=7 p.31=ok p.31=";
    // Calls first: how they interleave with callbacks is a matter of threads.
    let mut said = said(&broker.uri(), commands);
    said.sort_by_key(|line| line.starts_with("back"));
    assert_eq!(
        said,
        [
            "call connect5: 0, 0 codes:, {31: hi, 38: k=v}",
            "call subscribe5: 2, 1 codes:, {31: s}",
            "call publish: 0, token 2",
            "call publish: 0, token 3",
            "call unsubscribe5: 17, 1 codes:, {31: u}",
            "back published: 2, packet type 4, reason 16 {31: a, 38: k=v}",
            "back complete: 2",
            "back published: 3, packet type 7, reason 146 {31: c}",
            "back complete: 3",
            "back message: a (0) qos 1 retained 0 dup 0 msgid 9, 1 bytes: h \
             {1: 1, 2: 30, 3: t, 8: r, 9: c, 11: 291, 11: 7, 38: k=v}",
        ]
    );
    broker.finish();
}

/// A session that lives as long as the client said, with what came meanwhile.
#[test]
fn a_session_lives_until_its_expiry() {
    let broker = Mosquitto::start(&[]);
    let began =
        said_after_connect(&broker, "create 5; connect clean=0 p.17=100; subscribe a:1; disconnect 0");
    assert_eq!(began, ["call subscribe5: 1, 1 codes:, NULL"]);
    broker.publish(&["-t", "a", "-q", "1", "-m", "missed"]);
    let commands = "create 5; connect clean=0 p.17=100; receive 20000; disconnect 1000 p.17=0";
    let back = said_after_connect(&broker, commands);
    assert!(back.contains(&"call returned: version 5, session present 1".to_owned()), "{back:#?}");
    let received = back.iter().find(|line| line.starts_with("call receive")).unwrap();
    assert!(
        received.starts_with("call receive: 0, a (1) qos 1 ") && received.ends_with("missed"),
        "{received}"
    );
    // The last DISCONNECT set the expiry to 0.
    assert_eq!(
        said_after_connect(&broker, "create 5; connect clean=0 p.17=100; disconnect 0"),
        [] as [&str; 0]
    );
    // And without one a session ends with its connection.
    said_after_connect(&broker, "create 5; connect clean=0; subscribe a:1; disconnect 0");
    assert_eq!(said_after_connect(&broker, "create 5; connect clean=0; disconnect 0"), [] as [&str; 0]);
}

/// C-14.5: two messages more than the server takes at once block, are traced, and arrive.
fn publishes_beyond_the_receive_maximum(mode: &str) {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        welcome(&mut peer, "21 0003");
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(peer.expect_publish().id);
        }
        assert_eq!(peer.next(Duration::from_millis(300)), Arrival::Nothing);
        // An error makes room as well as success does.
        peer.send_hex("50 03 0001 97");
        assert_eq!(peer.expect_publish().id, 4);
        peer.send_hex("50 02 0002");
        peer.expect(PUBREL);
        // PUBREC makes none.
        assert_eq!(peer.next(Duration::from_millis(300)), Arrival::Nothing);
        peer.send_hex("70 02 0002");
        assert_eq!(peer.expect_publish().id, 5);
        for id in 3..=5 {
            peer.send_packet(&acknowledgement(PUBREC, id));
            assert_eq!(peer.expect(PUBREL).id(), id);
            peer.send_packet(&acknowledgement(7, id));
        }
        peer.expect(DISCONNECT);
        ids
    });
    let commands = format!(
        "create 5; {mode} connect; publish 2 t 1; publish 2 t 2; publish 2 t 3; publish 2 t 4; publish 2 t 5; \
         wait 5 20000; pending; disconnect 5000"
    );
    let run = client(&broker.uri(), &commands).environment("MQTT_C_CLIENT_TRACE", "ON");
    let output = run.environment("MQTT_C_CLIENT_TRACE_LEVEL", "MINIMUM").output();
    let blocked = "Blocking publish on queue full for client side";
    let resumed = "Resuming publish now queue not full for client side";
    assert_eq!(output.matches(blocked).count(), 2, "{output}");
    assert_eq!(output.matches(resumed).count(), 2, "{output}");
    assert!(output.contains("call pending: 0,\n"), "{output}");
    assert_eq!(broker.finish(), [1, 2, 3]);
}

#[test]
fn publishing_waits_for_the_receive_maximum() {
    publishes_beyond_the_receive_maximum("");
}

#[test]
fn publishing_with_callbacks_waits_for_the_receive_maximum() {
    publishes_beyond_the_receive_maximum("callbacks;");
}

/// C-3.12: told, not kept: the next CONNECT has the empty one again.
#[test]
fn an_assigned_identifier_is_told() {
    let broker = Mosquitto::start(&["max_keepalive 30"]);
    let output =
        said(&broker.uri(), "create 5 id=; connect keepalive=60; disconnect 0; connect; disconnect 0");
    assert_eq!(output.len(), 2, "{output:#?}");
    for line in &output {
        assert!(line.contains("18: auto-") && line.contains("19: 30"), "{line}");
    }
    assert_ne!(output[0], output[1]);
}

/// Subscribes and publishes with one client, against mosquitto; gives the messages.
fn messages(commands: &str) -> Vec<String> {
    let broker = Mosquitto::start(&[]);
    // Retained before anything else, by somebody else.
    broker.publish(&["-t", "kept/one", "-r", "-q", "1", "-m", "old"]);
    let output = said(&broker.uri(), &format!("create 5; connect; {commands}; disconnect 1000"));
    let messages = output.iter().filter_map(|line| line.strip_prefix("call receive: 0, "));
    messages.filter(|line| *line != "nothing").map(str::to_owned).collect()
}

/// W-111, W-701.
#[test]
fn no_local_keeps_ones_own_messages_away() {
    let commands =
        |local| format!("subscribe a:0:{local}; publish 1 a own; subscribe b:0; publish 0 b end; drain");
    assert_eq!(messages(&commands(0)).len(), 2);
    let without = messages(&commands(1));
    assert_eq!(without, ["b (1) qos 0 retained 0 dup 0 msgid 0, 3 bytes: end"]);
}

#[test]
fn retain_as_published_keeps_the_flag() {
    for (option, flag) in [("0:0", 0), ("0:1", 1)] {
        let messages = messages(&format!("subscribe a:0:{option}; publish 0 a x retained=1; receive 20000"));
        assert_eq!(messages, [format!("a (1) qos 0 retained {flag} dup 0 msgid 0, 1 bytes: x")]);
    }
}

#[test]
fn retain_handling_decides_about_retained_messages() {
    // Always, for a new subscription only, never.
    for (handling, count) in [(0, 2), (1, 1), (2, 0)] {
        let subscribe = format!("subscribe kept/#:0:0:0:{handling}");
        let messages = messages(&format!("{subscribe}; {subscribe}; subscribe b:0; publish 0 b end; drain"));
        assert_eq!(messages.len(), count + 1, "handling {handling}: {messages:#?}");
        assert!(
            messages[..count]
                .iter()
                .all(|message| message.contains("retained 1") && message.ends_with("old"))
        );
    }
}

/// W-304.
#[test]
fn messages_tell_which_subscription_they_are_for() {
    let subscribe =
        "subscribe s/one:1 p.11=7; subscribe s/two:1 p.11=268435455; publish 1 s/one 1; publish 1 s/two 2";
    let messages = messages(&format!("{subscribe}; receive 20000; receive 20000"));
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(
        messages[0].ends_with("1 {11: 7}") && messages[1].ends_with("2 {11: 268435455}"),
        "{messages:#?}"
    );
}

/// What mosquitto answers where nobody may publish or subscribe.
#[test]
fn refusals_of_a_real_server_are_told() {
    let files = Scratch::new();
    let rules = files.write("acl", "topic readwrite open\n");
    let broker = Mosquitto::start(&[&format!("acl_file {}", rules.display())]);
    let commands = "create 5; callbacks; told; connect; publish 1 open a; await published 1; publish 1 closed b; \
        await published 2; publish 2 closed c; await published 3; pending; disconnect 0";
    let output = said(&broker.uri(), commands);
    let told: Vec<&String> = output.iter().filter(|line| line.starts_with("back")).collect();
    assert_eq!(
        told,
        [
            "back published: 1, packet type 4, reason 16 {}",
            "back complete: 1",
            "back published: 2, packet type 4, reason 135 {}",
            "back complete: 2",
            "back published: 3, packet type 5, reason 135 {}",
        ]
    );
    assert_eq!(output.last().unwrap(), "call pending: 0,");
}

/// W-303: within what the client offered, an alias stands for its topic; the property stays visible.
/// It ends with the connection.
fn resolves_topic_aliases(mode: &str, receive: impl Fn(usize) -> String) {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        welcome(&mut peer, "");
        send(&mut peer, "30", "0004 6c6f6e67", "23 0001", "31");
        send(&mut peer, "30", "0001 62", "23 0002", "32");
        send(&mut peer, "30", "0000", "23 0001", "33");
        send(&mut peer, "32", "0000 0007", "23 0002", "34");
        peer.expect(PUBACK);
        // Another topic for the same alias.
        send(&mut peer, "30", "0001 63", "23 0001", "35");
        send(&mut peer, "30", "0000", "23 0001", "36");
        peer.expect(DISCONNECT);
        let mut peer = listener.accept();
        welcome(&mut peer, "");
        send(&mut peer, "30", "0000", "23 0001", "37");
        // A protocol error: the alias stands for nothing any more.
        assert_hex(&peer.expect(DISCONNECT).body, "82");
        peer.expect_end();
    });
    let lost = if mode.is_empty() { "receive 20000" } else { "await lost 1" };
    let commands = format!(
        "create 5; {mode} connect clean=0 p.34=2; {}; disconnect 1000; connect clean=0 p.34=2; {lost}; isConnected",
        receive(6)
    );
    let output = client(&broker.uri(), &commands).output();
    let messages: Vec<&str> = output
        .lines()
        .filter_map(|line| line.strip_prefix("call receive: 0, ").or(line.strip_prefix("back message: ")))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(messages, ["long", "b", "long", "b", "c", "c"], "{output}");
    assert_eq!(output.matches("{35: ").count(), 6, "{output}");
    assert!(output.ends_with("call isConnected: 0\n"), "{output}");
    broker.finish();
}

#[test]
fn topic_aliases_of_the_server_are_resolved() {
    resolves_topic_aliases("", |count| vec!["receive 20000"; count].join("; "));
}

#[test]
fn topic_aliases_of_the_server_are_resolved_with_callbacks() {
    resolves_topic_aliases("callbacks;", |count| format!("await message {count}"));
}

/// W-302: the call says so, and the connection lives on. A server would end it.
#[test]
fn what_the_server_does_not_take_is_not_sent() {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        welcome(&mut peer, "27 00000020");
        let publish = peer.expect_publish();
        assert_eq!((publish.topic.as_str(), publish.payload.as_slice()), ("t", &b"small"[..]));
        peer.expect(DISCONNECT);
    });
    let commands =
        "create 5; connect; fill 0 t 40; fill 1 t 40; pending; publish 0 t small; isConnected; disconnect 0";
    let output = said(&broker.uri(), commands);
    assert_eq!(output.len(), 6, "{output:#?}");
    for line in &output[1..3] {
        assert!(line.starts_with("call publish: -") && line.ends_with("token -1"), "{line}");
    }
    assert_eq!(output[3..], ["call pending: 0,", "call publish: 0, token -1", "call isConnected: 1"]);
    broker.finish();
}

/// A will has properties of its own.
#[test]
fn a_will_brings_its_properties() {
    let broker = Mosquitto::start(&[]);
    let commands = "create 5 id=heir; connect; subscribe last:1; receive 20000; disconnect 0";
    let heir: Running = client(&broker.uri(), commands).start();
    heir.wait_for("call subscribe5: 1");
    // It ends without a word.
    said(
        &broker.uri(),
        "create 5; connect will=last message=words willqos=1 w.3=text w.38=from:me w.8=answer",
    );
    let output = heir.finish().expect_success().stdout;
    let message = output.lines().find(|line| line.starts_with("call receive: 0, last")).expect("the will");
    for part in ["qos 1", "words", "3: text", "8: answer", "38: from=me"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// C-4.8: told in both modes with reason and properties, and the next connect finds a client that is ready.
fn survives_the_servers_goodbye(mode: &str, next: &str) {
    let broker = ScriptedBroker::start(|listener| {
        let mut peer = listener.accept();
        welcome(&mut peer, "");
        let publish = peer.expect_publish();
        send(&mut peer, "e0", "8b", "1f 0003 627965 1c 0001 78", "");
        assert_eq!(peer.expect_end(), []);
        let mut peer = listener.accept();
        peer.expect_connect();
        send(&mut peer, "20", "01 00", "", "");
        let again = peer.expect_publish();
        assert_eq!(again, Publish { duplicate: true, ..publish });
        peer.send_packet(&acknowledgement(PUBACK, again.id));
        peer.expect(DISCONNECT);
    });
    let commands = format!(
        "create 5; {mode} told; connect clean=0 p.17=60; publish 1 t unfinished; {next}; isConnected; \
         connect clean=0 p.17=60; wait 1 20000; disconnect 0"
    );
    let output = client(&broker.uri(), &commands).output();
    assert!(output.contains("back disconnected: reason 139 {31: bye, 28: x}\n"), "{output}");
    assert!(output.contains("call isConnected: 0\n") && output.contains("call wait: 0\n"), "{output}");
    assert!(!output.contains("back lost"), "{output}");
    broker.finish();
}

#[test]
fn the_servers_goodbye_is_told_by_receive() {
    survives_the_servers_goodbye("", "receive 20000");
}

#[test]
fn the_servers_goodbye_is_told_by_a_callback() {
    survives_the_servers_goodbye("callbacks;", "await disconnected 1");
}
