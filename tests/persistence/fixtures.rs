//! What the original left behind, taken up: `tests/fixtures/persistence/README.md` says what comes of
//! it. Each case runs under both libraries, for the fixtures are to be right, too.

use crate::broker::{again, answer_all, packets, resume};
use crate::shell::{Client, Files, Stores, files_in};
use crate::support::library::Library;
use crate::support::scripted_broker::{Peer, ScriptedBroker};
use crate::support::wire::{PUBCOMP, PUBREL, acknowledgement};

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

/// A fixture.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    client_id: &'static str,
    version: u8,
    /// The tokens right after create.
    tokens: &'static str,
}

/// What a client made of a fixture.
struct Result {
    /// What was there before.
    before: Files,
    /// What it sent after its CONNECT.
    sent: Vec<Vec<u8>>,
    /// What is there after destroy; `None`: not even the directory.
    after: Option<Files>,
}

impl Case {
    /// Creates the client, connects, does what `first` says, and finishes what is under way.
    fn run(self, library: Library, first: &[(&str, &str)]) -> Result {
        self.run_against(library, first, |_| {})
    }

    fn run_against(
        self,
        library: Library,
        first: &[(&str, &str)],
        script: impl FnOnce(&mut Peer) + Send + 'static,
    ) -> Result {
        let stores = Stores::new();
        let broker = ScriptedBroker::start(move |listener| {
            let mut peer = resume(listener);
            script(&mut peer);
            answer_all(&mut peer)
        });
        let uri = broker.uri();
        let before = stores.take_fixture(self.name, self.client_id, &uri);
        let client =
            Client { library, uri: &uri, id: self.client_id, version: self.version, store: stores.path() };
        let mut shell = client.create();
        shell.expect("tokens", self.tokens);
        shell.expect("connect 0", "0");
        for (command, answer) in first {
            shell.expect(command, answer);
        }
        shell.expect("drain", "0");
        shell.expect("tokens", "0");
        shell.expect("disconnect 1000", "0");
        shell.end();
        Result { before, sent: broker.finish(), after: files_in(&stores.of(self.client_id, &uri)) }
    }
}

/// The messages with these identifiers as they are sent again.
fn resent(before: &Files, stem: &str, ids: impl IntoIterator<Item = u16>) -> Vec<Vec<u8>> {
    ids.into_iter().map(|id| again(&before[&format!("{stem}-{id}.msg")])).collect()
}

#[test]
fn messages_under_way_are_sent_again() {
    let cases = [
        (Case { name: "sync-v4-outbound", client_id: "out-v4", version: 4, tokens: "0 1 2 4 5" }, "s"),
        (Case { name: "sync-v5-outbound", client_id: "out-v5", version: 5, tokens: "0 1 2 4 5" }, "s5"),
    ];
    for library in BOTH {
        for (case, stem) in cases {
            let result = case.run(library, &[]);
            let mut expected = resent(&result.before, stem, [1, 2, 4]);
            expected.extend(packets(&["62020005", "62020004"]));
            assert_eq!(result.sent, expected, "{} under {library:?}", case.name);
            assert_eq!(result.after, None, "all is done, so the directory goes");
        }
    }
}

/// Contract P-320, P-321.
#[test]
fn wrapped_packet_ids_keep_their_order() {
    let tokens: String = (65501..=65535).chain(1..=3).map(|id| format!(" {id}")).collect();
    let tokens: &'static str = format!("0{tokens}").leak();
    for library in BOTH {
        let case = Case { name: "sync-v4-msgid-wrap", client_id: "wrap", version: 4, tokens };
        let result = case.run(library, &[("publish 1 0 new x", "0 4")]);
        let mut expected = resent(&result.before, "s", (65501..=65535).chain(1..=3));
        expected.extend(packets(&["3208 0003 6e6577 0004 78"]));
        assert_eq!(result.sent, expected, "{library:?}");
        assert_eq!(result.after, None);
    }
}

/// Asks for what it held back.
fn release(ids: [u16; 2]) -> impl FnOnce(&mut Peer) + Send + 'static {
    move |peer| {
        for id in ids {
            peer.send_packet(&acknowledgement(PUBREL, id));
        }
    }
}

/// The PUBCOMPs for [`release`].
fn completed(ids: [u16; 2]) -> Vec<Vec<u8>> {
    ids.map(|id| acknowledgement(PUBCOMP, id).encode()).to_vec()
}

const QUEUED: [(&str, &str); 3] = [
    ("receive 20000", "0 in/q0 qos 0 retained 0 dup 0 id 0 payload0"),
    ("receive 20000", "0 in/q1 qos 1 retained 0 dup 0 id 101 payload1"),
    ("receive 20000", "0 in/q1r qos 1 retained 1 dup 0 id 102"),
];

const RELEASED: [(&str, &str); 2] = [
    ("receive 20000", "0 in/q2 qos 2 retained 0 dup 0 id 103 payload2"),
    ("receive 20000", "0 in/q2b qos 2 retained 0 dup 0 id 104 payload2b"),
];

#[test]
fn messages_that_waited_are_received() {
    let cases = [
        Case { name: "sync-v4-inbound", client_id: "in-v4", version: 4, tokens: "0" },
        Case { name: "async-v4-queued-incoming", client_id: "queue-v4", version: 4, tokens: "0" },
    ];
    for library in BOTH {
        for case in cases {
            let receive = [&QUEUED[..], &RELEASED].concat();
            let result = case.run_against(library, &receive, release([103, 104]));
            assert_eq!(result.sent, completed([103, 104]), "{} under {library:?}", case.name);
            assert_eq!(result.after, None);
        }
    }
}

/// MQTT 5: the application had the messages; what is left is to say so. Contract P-310.6.
#[test]
fn a_message_that_was_delivered_is_only_completed() {
    let case = Case { name: "sync-v5-inbound", client_id: "in-v5", version: 5, tokens: "0" };
    for library in BOTH {
        let result = case.run_against(library, &[("receive 300", "0 none")], release([103, 104]));
        assert_eq!(result.sent, completed([103, 104]), "{library:?}");
        assert_eq!(result.after, None);
    }
}

/// Those that waited for an application of MQTT 5, by way of the other API.
#[test]
fn messages_that_waited_for_an_mqtt5_client_are_received() {
    let case = Case { name: "async-v5-queued-incoming", client_id: "queue-v5", version: 5, tokens: "0" };
    let receive = [&QUEUED[..], &RELEASED].concat();
    for library in BOTH {
        let result = case.run_against(library, &receive, release([103, 104]));
        assert_eq!(result.sent, completed([103, 104]), "{library:?}");
        assert_eq!(result.after, None);
    }
}

/// Commands are the asynchronous client's: not looked at, and kept for it. Contract P-310.1.
#[test]
fn commands_of_the_other_api_are_left_alone() {
    let cases = [
        (Case { name: "async-v4-offline", client_id: "offline-v4", version: 4, tokens: "0" }, "s", vec![]),
        (Case { name: "async-v5-offline", client_id: "offline-v5", version: 5, tokens: "0" }, "s5", vec![]),
        (
            Case { name: "async-v4-commands", client_id: "limited-v4", version: 4, tokens: "0 1" },
            "s",
            vec![1],
        ),
        (
            Case { name: "async-v5-commands", client_id: "limited-v5", version: 5, tokens: "0 1" },
            "s5",
            vec![1],
        ),
    ];
    for library in BOTH {
        for (case, stem, ids) in &cases {
            let result = case.run(library, &[]);
            assert_eq!(result.sent, resent(&result.before, stem, ids.iter().copied()), "{}", case.name);
            let mut expected = result.before;
            expected.retain(|name, _| name.starts_with('c'));
            assert_eq!(result.after, Some(expected), "{} under {library:?}", case.name);
        }
    }
}

/// What cannot be read is set aside, where the original deletes it, with a file that is none of its own
/// (contract P-310.4, P-605, improved). A PUBREL without its PUBLISH goes (P-310.8).
#[test]
fn damaged_records_are_set_aside() {
    let case = Case { name: "corrupt-v4", client_id: "cor", version: 4, tokens: "0 9" };
    let mut result = case.run(Library::Ours, &[]);
    assert_eq!(result.sent, resent(&result.before, "s", [9]));
    for gone in ["s-9.msg", "sc-20.msg"] {
        result.before.remove(gone);
    }
    for damaged in ["s-10.msg", "s-11.msg", "s-12.msg"] {
        let content = result.before.remove(damaged).expect("a damaged record");
        result.before.insert(format!("corrupt-{damaged}"), content);
    }
    assert_eq!(result.after, Some(result.before));
}

/// Contract P-310.3: and leaves it for the one who can.
#[test]
fn an_mqtt3_client_refuses_what_was_begun_with_mqtt5() {
    let stores = Stores::new();
    let uri = "tcp://127.0.0.1:24100";
    let before = stores.take_fixture("sync-v5-outbound", "out-v5", uri);
    for library in BOTH {
        for version in [0, 3, 4] {
            let shell = Client { library, uri, id: "out-v5", version, store: stores.path() }.start();
            assert_eq!(shell.created, "-2", "version {version} under {library:?}");
            shell.end();
            assert_eq!(files_in(&stores.of("out-v5", uri)).as_ref(), Some(&before));
        }
    }
}
