//! The trace lines of a session, as contract trace.md section 6 has them. A process of its own: the
//! trace facility is one for all.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferro_mqtt::internals::error::{PersistError, ProtocolError};
use ferro_mqtt::internals::protocol::{
    AckToken, Acknowledge, Connect, ConnectionOptions, Event, Host, OutgoingMessage, PropertyList, Publish,
    Qos, ReasonCode, Session, SessionState, StoreKey, Subscription, Version,
};
use ferro_mqtt::internals::trace::{self, Level};

#[derive(Default)]
struct AckTokens(Vec<AckToken>);

impl Host for AckTokens {
    fn persist(&mut self, _: StoreKey, _: &[&[u8]]) -> Result<(), PersistError> {
        Ok(())
    }

    fn forget(&mut self, _: StoreKey) {}

    fn message(&mut self, _: &Publish<'_>, ack_token: Option<AckToken>) -> Acknowledge {
        self.0.extend(ack_token);
        Acknowledge::WithToken
    }

    fn event(&mut self, _: Event<'_>) {}
}

fn connect(session: &mut Session, now: Instant, version: Version, clean: bool) {
    let properties = PropertyList::EMPTY;
    let (will, username, password) = (None, Some(&b"user"[..]), Some(&b"secret"[..]));
    let connect =
        Connect { version, clean, keep_alive: 2, properties, client_id: b"trc", will, username, password };
    let options = ConnectionOptions { window: 10, retry_interval: None, forgets_with_server: false };
    let begun = session.connect(now, &connect, options);
    assert!(begun.is_ok());
}

#[test]
fn packets_are_traced_as_the_original_does() {
    let lines: Arc<Mutex<Vec<(Level, String)>>> = Arc::default();
    let collected = Arc::clone(&lines);
    trace::set_level(Some(Level::Protocol));
    trace::set_callback(Some(Arc::new(move |level, line: &mut [u8]| {
        let line = String::from_utf8_lossy(line).trim_end_matches('\0').to_owned();
        // The time stamp is not the session's.
        collected.lock().unwrap().push((level, line.splitn(3, ' ').nth(2).unwrap_or_default().to_owned()));
    })));

    let mut now = Instant::now();
    let mut host = AckTokens::default();
    let mut session = Session::new();
    session.set_label("3 trc".to_owned());
    connect(&mut session, now, Version::V3_1_1, true);
    let handle = |session: &mut Session, host: &mut AckTokens, now, packet: &[u8]| {
        session.handle_packet(now, packet, host).unwrap();
    };
    handle(&mut session, &mut host, now, b"\x20\x02\x00\x00");
    let properties = PropertyList::EMPTY;
    for (qos, payload) in [
        (Qos::AtMostOnce, &b"a..."[..]),
        (Qos::AtLeastOnce, b"message two, retained"),
        (Qos::ExactlyOnce, b"0123456789012345678901234567890123456789"),
        (Qos::AtLeastOnce, b"tab\there \xe9"),
    ] {
        let message = OutgoingMessage { topic: b"t", payload, qos, retain: true, properties };
        session.publish(now, &message, &mut host).unwrap();
    }
    handle(&mut session, &mut host, now, b"\x40\x02\x00\x01");
    handle(&mut session, &mut host, now, b"\x50\x02\x00\x02");
    handle(&mut session, &mut host, now, b"\x70\x02\x00\x02");
    handle(&mut session, &mut host, now, b"\x32\x0d\x00\x01t\x00\x65payload1");
    handle(&mut session, &mut host, now, b"\x34\x06\x00\x01t\x00\x07x");
    handle(&mut session, &mut host, now, b"\x62\x02\x00\x07");
    for ack_token in std::mem::take(&mut host.0) {
        session.acknowledge(now, ack_token, &mut host);
    }
    session.subscribe(now, &[Subscription { filter: b"a", options: 0 }], properties).unwrap();
    session.unsubscribe(now, &[b"a"], properties).unwrap();
    handle(&mut session, &mut host, now, b"\x90\x03\x00\x04\x00");
    handle(&mut session, &mut host, now, b"\xb0\x02\x00\x05");
    now += Duration::from_secs(2);
    session.handle_timeout(now, &mut host).unwrap();
    handle(&mut session, &mut host, now, b"\xd0\x00");
    session.consume(now, session.outgoing().len());
    session.disconnect(now, ReasonCode::SUCCESS, None);
    assert_eq!(session.connection_closed(), SessionState::Dropped);

    connect(&mut session, now, Version::V5, true);
    handle(&mut session, &mut host, now, b"\x20\x06\x00\x00\x03\x13\x00\x09");
    handle(&mut session, &mut host, now, b"\xe0\x01\x8e");
    assert_eq!(session.connection_closed(), SessionState::Kept);
    connect(&mut session, now, Version::V5, false);
    handle(&mut session, &mut host, now, b"\x20\x03\x00\x00\x00");
    now += Duration::from_secs(2);
    session.handle_timeout(now, &mut host).unwrap();
    now += Duration::from_secs(3);
    assert_eq!(session.handle_timeout(now, &mut host), Err(ProtocolError::KeepAlive));
    trace::flush();
    trace::set_callback(None);

    let lines = lines.lock().unwrap();
    let seen: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
    assert!(lines.iter().all(|(level, _)| *level == Level::Protocol));
    assert_eq!(
        seen,
        [
            "3 trc -> CONNECT version 4 clean: 1 (0)",
            "3 trc <- CONNACK rc: 0",
            "3 trc -> PUBLISH qos: 0 retained: 1 rc: 0 payload len(4): a...",
            "3 trc -> PUBLISH msgid: 1 qos: 1 retained: 1 rc 0 payload len(21): message two, retained",
            "3 trc -> PUBLISH msgid: 2 qos: 2 retained: 1 rc 0 payload len(40): 012345678901234567890123456789",
            "3 trc -> PUBLISH msgid: 3 qos: 1 retained: 1 rc 0 payload len(10): tab\\x09here \\xE9",
            "3 trc <- PUBACK msgid: 1",
            "3 trc <- PUBREC msgid: 2",
            "3 trc -> PUBREL msgid: 2 (0)",
            "3 trc <- PUBCOMP msgid:2",
            "3 trc <- PUBLISH msgid: 101 qos: 1 retained: 0 payload len(8): payload1",
            "3 trc <- PUBLISH msgid: 7 qos: 2 retained: 0 payload len(1): x",
            "3 trc -> PUBREC msgid: 7 (0)",
            "3 trc <- PUBREL msgid 7",
            "3 trc -> PUBACK msgid: 101 (0)",
            "3 trc -> PUBCOMP msgid 7 (0)",
            "3 trc -> SUBSCRIBE msgid: 4 (0)",
            "3 trc -> UNSUBSCRIBE msgid: 5 (0)",
            "3 trc <- SUBACK msgid: 4",
            "3 trc <- UNSUBACK msgid: 5",
            "3 trc -> PINGREQ (0)",
            "3 trc <- PINGRESP",
            "3 trc -> DISCONNECT (0)",
            "3 trc -> CONNECT version 5 clean: 0 (0)",
            "3 trc <- CONNACK rc: 0",
            "Setting keep alive interval to server keep alive 9",
            "3 trc <- DISCONNECT (142)",
            "3 trc -> CONNECT version 5 clean: 0 (0)",
            "3 trc <- CONNACK rc: 0",
            "Resetting keep alive interval to 2",
            "3 trc -> PINGREQ (0)",
            "PINGRESP not received in keepalive interval for client trc on socket 3, disconnecting",
        ]
    );
}
