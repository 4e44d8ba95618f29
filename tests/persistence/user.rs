//! Stores that the program brings: which of its functions are called, when, with what, and what comes of
//! their failures. What the original does is asked of the original.

use std::collections::HashSet;

use crate::broker::answer;
use crate::shell::{Client, Stores};
use crate::support::PATIENCE;
use crate::support::library::Library;
use crate::support::scripted_broker::{Arrival, Listener, ScriptedBroker};
use crate::support::wire::{
    CONNECT, Connect, PUBACK, PUBLISH, PUBREC, PUBREL, Packet, Publish, acknowledgement, connack,
};

/// A client with a store of its own, and what it is to do.
#[derive(Clone, Copy)]
struct Story<'a> {
    version: u8,
    /// A fixture and its client identifier.
    records: (&'a str, &'a str),
    failures: &'a [&'a str],
    commands: &'a [&'a str],
}

/// A fixture that is none.
const NOTHING: (&str, &str) = ("", "nobody");

impl Story<'_> {
    /// What the program printed, line by line, and the packets that it sent.
    fn tell(self, library: Library) -> (Vec<String>, Vec<Packet>) {
        let stores = Stores::new();
        let broker = self.commands.iter().any(|command| command.starts_with("connect"));
        let broker = broker.then(|| ScriptedBroker::start(serve));
        let uri = broker.as_ref().map_or("tcp://127.0.0.1:1".to_owned(), ScriptedBroker::uri);
        let (case, id) = self.records;
        if !case.is_empty() {
            stores.take_fixture(case, id, &uri);
        }
        let store = format!("user:{}", stores.of(id, &uri).display());
        let client = Client { library, uri: &uri, id, version: self.version, store };
        let mut shell = client.start_with(self.failures);
        for command in self.commands {
            shell.ask(command);
        }
        let address = uri.trim_start_matches("tcp://");
        let lines = shell.end().lines().map(|line| line.replace(address, "HOST")).collect();
        (lines, broker.map(ScriptedBroker::finish).unwrap_or_default())
    }

    fn lines(self, library: Library) -> Vec<String> {
        self.tell(library).0
    }

    /// What ours did and the original, without what ours does not need.
    fn with_both(self) -> (Vec<String>, Vec<String>) {
        let ours = self.lines(Library::Ours);
        let mut original = self.lines(Library::Original);
        // The keys are known from pkeys (contract P-310.7 and 8).
        original.retain(|line| !line.starts_with("pcontainskey"));
        // Between create and connect: what is sent again is not stored again (P-303, P-304).
        let mut answers = 0;
        original.retain(|line| {
            answers += usize::from(line.starts_with("= "));
            answers != 1 || !line.starts_with("pput")
        });
        remove_vain_removals(&mut original);
        (ours, original)
    }

    /// Both libraries call the same functions in the same order, with the same arguments, but for what
    /// ours does not need. Gives what ours did.
    ///
    /// Only what was received is removed later: when the program comes back, so that a kill before that
    /// does not lose it.
    #[track_caller]
    fn is_the_same_with_both(self) -> Vec<String> {
        let (ours, original) = self.with_both();
        assert_eq!(without_received(&ours), without_received(&original));
        ours
    }
}

/// Takes the removals of records out that were neither written nor read before: ours knows what there is.
fn remove_vain_removals(lines: &mut Vec<String>) {
    let mut keys = HashSet::new();
    lines.retain(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        ["pput" | "pget", key, ..] => {
            keys.insert(key.to_owned());
            true
        }
        ["premove", key] => keys.remove(key),
        _ => true,
    });
}

/// The lines but for removals from the queue, and those.
fn without_received(lines: &[String]) -> (Vec<&String>, Vec<&String>) {
    lines.iter().partition(|line| !line.starts_with("premove q"))
}

/// Answers everything. What is published to `get` with QoS 0 is sent back with the QoS of its payload.
fn serve(listener: &Listener) -> Vec<Packet> {
    let mut packets = Vec::new();
    let mut peer = listener.accept();
    loop {
        match peer.next(PATIENCE) {
            Arrival::End => return packets,
            Arrival::Nothing => panic!("the client does not end, after {packets:02x?}"),
            Arrival::Packet(packet) if packet.kind() == CONNECT => {
                let connect = Connect::parse(&packet.body).unwrap();
                peer.version = connect.version;
                peer.send_packet(&connack(connect.version, !connect.clean, 0));
            }
            Arrival::Packet(packet) => {
                if packet.kind() == PUBLISH && packet.qos() == 0 {
                    let publish = Publish::parse(&packet, peer.version).unwrap();
                    let qos = publish.payload[0] - b'0';
                    peer.publish(&Publish { qos, id: 70 + u16::from(qos), ..publish });
                } else if let Some(answer) = answer(&packet, peer.version) {
                    peer.send_packet(&answer);
                }
                packets.push(packet);
            }
        }
    }
}

const OUTGOING: [&str; 8] = [
    "connect 0",
    "tokens",
    "drain",
    "publish 1 1 a/b one",
    "drain",
    "publish 2 0 a/b two",
    "drain",
    "disconnect 1000",
];

const INCOMING: [&str; 9] = [
    "connect 1",
    "publish 0 0 get 0",
    "receive 60000",
    "publish 0 0 get 1",
    "receive 60000",
    "publish 0 0 get 2",
    "receive 60000",
    "publish 1 0 a/b one",
    "disconnect 1000",
];

/// Contract P-110 to P-117, P-204, P-301 to P-304.
#[test]
fn outgoing_messages_are_stored_as_the_original_stores_them() {
    let stored = [("sync-v4-outbound", "out-v4"), ("sync-v5-outbound", "out-v5")];
    for (version, records) in [4, 5].into_iter().zip(stored) {
        let story = Story { version, records, failures: &[], commands: &OUTGOING };
        let lines = story.is_the_same_with_both();
        assert_eq!(lines[..2], [format!("popen {} HOST context", records.1), "pkeys".to_owned()]);
        assert_eq!(lines[lines.len() - 2..], ["pclose", "="]);
    }
}

/// Contract P-116, P-305, P-401, P-405.
#[test]
fn incoming_messages_are_stored_as_the_original_stores_them() {
    let story = Story { version: 4, records: NOTHING, failures: &[], commands: &INCOMING };
    stay_until_the_program_comes_back(&story.is_the_same_with_both());
}

fn stay_until_the_program_comes_back(lines: &[String]) {
    let place = |what: &str| lines.iter().position(|line| line.starts_with(what)).unwrap();
    let prefix = if lines.iter().any(|line| line.contains("q5-")) { "q5" } else { "q" };
    for qos in 0..3 {
        let received = place(&format!("= 0 get qos {qos}"));
        assert!(place(&format!("premove {prefix}-{}", qos + 1)) > received, "{lines:#?}");
    }
}

/// Contract P-402, P-403 improved: in the store before it is acknowledged, where the original has it in
/// memory alone.
#[test]
fn incoming_messages_of_mqtt5_are_stored_too() {
    let story = Story { version: 5, records: NOTHING, failures: &[], commands: &INCOMING };
    let ours = story.lines(Library::Ours);
    let is_stored = |line: &&String| line.starts_with("pput q5-");
    let expected = [
        "pput q5-1 01000000|30|00000000|00000000|00000000|00000000|67657400|03000000|00",
        "pput q5-2 01000000|31|01000000|00000000|00000000|47000000|67657400|03000000|00",
        "pput q5-3 01000000|32|02000000|00000000|00000000|48000000|67657400|03000000|00",
    ];
    assert!(ours.iter().filter(is_stored).eq(expected.iter()), "{ours:#?}");
    let place = |what: &str| ours.iter().position(|line| line.starts_with(what)).unwrap();
    assert!(place("pput q5-3") < place("pput r5-72"), "first safe, then acknowledged");
    stay_until_the_program_comes_back(&ours);
    let others = |lines: &[String]| -> Vec<String> {
        lines.iter().filter(|line| !line.contains(" q5-")).cloned().collect()
    };
    let mut original = story.lines(Library::Original);
    remove_vain_removals(&mut original);
    assert_eq!(others(&ours), others(&original));
}

/// Contract P-121: create fails with the store's own code, and there is a client nevertheless.
#[test]
fn a_store_that_cannot_be_read_fails_create() {
    let records = ("sync-v4-outbound", "out-v4");
    for failure in ["popen::-77", "pkeys:1:-77", "pget:s-1:-77"] {
        let story = Story { version: 4, records, failures: &[failure], commands: &["tokens"] };
        let (mut ours, mut original) = (story.lines(Library::Ours), story.lines(Library::Original));
        assert!(ours.contains(&"= -77".to_owned()), "{failure}");
        // The original closes at destroy what could not be opened, ours at once.
        ours.sort_unstable();
        original.sort_unstable();
        assert_eq!(ours, original, "{failure}");
    }
}

/// Contract P-121, and what else of the taking up goes on without.
#[test]
fn a_store_whose_queue_cannot_be_read_costs_the_queue() {
    for failure in ["pkeys:2:-77", "pget:q-2:-77"] {
        let commands = &["connect 0", "receive 100", "disconnect 0"];
        let records = ("sync-v4-inbound", "in-v4");
        let story = Story { version: 4, records, failures: &[failure], commands };
        story.is_the_same_with_both();
    }
}

/// Contract P-121.
#[test]
fn failures_of_removing_and_closing_are_ignored() {
    let records = ("sync-v4-outbound", "out-v4");
    for failure in ["premove::-77", "pclose::-77"] {
        Story { version: 4, records, failures: &[failure], commands: &OUTGOING }.is_the_same_with_both();
    }
}

/// Contract P-121: otherwise the old session would come back.
#[test]
fn a_store_that_cannot_forget_fails_a_clean_connect() {
    let records = ("sync-v4-outbound", "out-v4");
    let story = Story { version: 4, records, failures: &["pclear::-77"], commands: &["connect 1"] };
    let lines = story.is_the_same_with_both();
    assert!(lines.contains(&"= -77".to_owned()));
}

/// Not as the original (contract P-121), which sends what it could not store, and says nothing.
#[test]
fn what_cannot_be_stored_is_not_published() {
    for version in [4, 5] {
        let commands = &["connect 0", "publish 1 0 a b", "publish 2 0 a b", "tokens", "disconnect 1000"];
        let story = Story { version, records: NOTHING, failures: &["pput:s:-77"], commands };
        let (lines, packets) = story.tell(Library::Ours);
        let answers: Vec<_> = lines.iter().filter(|line| line.starts_with('=')).collect();
        assert_eq!(answers, ["= 0", "= 0", "= -77 0", "= -77 0", "= 0", "= 0", "="]);
        assert!(packets.iter().all(|packet| packet.kind() != PUBLISH));
    }
}

/// Contract P-121: an exchange that has begun is finished.
#[test]
fn a_pubrel_that_cannot_be_stored_is_sent() {
    let commands = &["connect 0", "publish 2 0 a b", "drain", "tokens", "disconnect 1000"];
    let story = Story { version: 4, records: NOTHING, failures: &["pput:sc-:-77"], commands };
    let (lines, packets) = story.tell(Library::Ours);
    let mut original = story.lines(Library::Original);
    remove_vain_removals(&mut original);
    assert_eq!(lines, original);
    assert!(packets.iter().any(|packet| packet.kind() == PUBREL));
}

/// Not as the original (contract P-121): nothing is acknowledged that is not safe.
#[test]
fn what_cannot_be_stored_is_not_acknowledged() {
    // QoS 1: the application has it, then it is acknowledged.
    let commands = &["connect 0", "publish 0 0 get 1", "receive 60000", "disconnect 1000"];
    let story = Story { version: 4, records: NOTHING, failures: &["pput:q-:-77"], commands };
    let (lines, packets) = story.tell(Library::Ours);
    assert!(lines.iter().any(|line| line.starts_with("= 0 get qos 1")));
    assert!(packets.contains(&acknowledgement(PUBACK, 71)));
    // QoS 2: the server keeps it. So it is there for the next connection.
    let commands =
        &["connect 0", "publish 0 0 get 2", "receive 300", "publish 1 0 a b", "drain", "disconnect 0"];
    let story = Story { version: 4, records: NOTHING, failures: &["pput:r-:-77"], commands };
    let (lines, packets) = story.tell(Library::Ours);
    assert!(lines.iter().any(|line| line == "= 0 none"));
    assert!(!packets.iter().any(|packet| packet.kind() == PUBREC));
}

/// Contract P-122: it must not; if it does it fails at once, where it would wait for itself.
#[test]
fn a_store_that_calls_the_api_is_refused() {
    let commands = &["connect 0", "call back", "publish 1 0 a b", "drain", "tokens", "disconnect 1000"];
    let story = Story { version: 4, records: NOTHING, failures: &[], commands };
    let lines = story.lines(Library::Ours);
    assert!(lines.contains(&"called back: -1 -1 -1 -1 0".to_owned()), "{lines:#?}");
    assert_eq!(lines[lines.len() - 4..], ["= 0", "= 0", "pclose", "="]);
}
