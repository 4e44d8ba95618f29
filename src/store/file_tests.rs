//! The file store in real directories, and on what the original left behind.

use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use super::*;
use crate::scratch::Scratch;
use crate::store::{QueueRecord, Stem, rotate_after_largest_gap};

fn open(scratch: &Scratch) -> FileStore {
    FileStore::open(Some(scratch), "id", "127.0.0.1:1883").unwrap()
}

fn sorted_keys(store: &mut FileStore) -> Vec<String> {
    let mut keys = store.keys().unwrap();
    keys.sort_unstable();
    keys
}

/// The names of all files below a directory.
fn files_in(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn records_are_kept_replaced_and_removed() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    assert_eq!(sorted_keys(&mut store), [] as [&str; 0]);
    store.put("s-1", &[b"ab", b"", b"c"]).unwrap();
    store.put("sc5-65535", &[]).unwrap();
    assert_eq!(sorted_keys(&mut store), ["s-1", "sc5-65535"]);
    assert_eq!(store.get("s-1").unwrap(), b"abc");
    assert_eq!(store.get("sc5-65535").unwrap(), b"");
    store.put("s-1", &[b"d"]).unwrap();
    assert_eq!(store.get("s-1").unwrap(), b"d");
    store.remove("s-1").unwrap();
    store.remove("s-1").unwrap();
    assert_eq!(store.get("s-1"), Err(PersistError { code: -2 }));
    assert_eq!(files_in(&store.directory), ["sc5-65535.msg".to_owned()].into());
}

/// Contract P-602: only the owner may read what is new.
#[test]
fn new_files_are_private() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.join("old")).unwrap();
    fs::set_permissions(scratch.join("old"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut store = FileStore::open(Some(&scratch.join("old/new")), "id", "h").unwrap();
    store.put("s-1", &[b"x"]).unwrap();
    assert_eq!(mode(&scratch.join("old")), 0o755);
    assert_eq!(mode(&scratch.join("old/new")), 0o700);
    assert_eq!(mode(&scratch.join("old/new/id-h")), 0o700);
    assert_eq!(mode(&scratch.join("old/new/id-h/s-1.msg")), 0o600);
}

/// Contract P-601, with its improvements.
#[test]
fn directory_is_named_after_client_and_server() {
    let cases = [
        ("id", "127.0.0.1:24100", "id-127.0.0.1-24100"),
        ("c:d e", "[::1]:24100/path", "c:d e-[--1]-24100/path"),
        ("a/b", "127.0.0.1:24100", "a/b-127.0.0.1-24100"),
        ("id", "/run/s.sock", "id-/run/s.sock"),
        ("bs\\x", "h:1", "bs\\x-h-1"),
        ("*?é", "h", "*?é-h"),
        ("/id", "h", "id-h"),
        ("..", "h", "..-h"),
        ("a..b", "..h", "a..b-..h"),
    ];
    for (client_id, address, directory) in cases {
        let scratch = Scratch::new();
        let context = scratch.join(".//x//y/");
        FileStore::open(Some(&context), client_id, address).unwrap();
        assert!(scratch.join("x/y").join(directory).is_dir(), "{directory}");
    }
}

/// Contract P-601, P-104.
#[test]
fn names_that_lead_elsewhere_are_refused() {
    let scratch = Scratch::new();
    let context = scratch.join("in");
    let refused = [
        ("../evil", "h"),
        ("a/../../evil", "h"),
        ("id", "h/../../evil"),
        ("id", "h/.."),
        ("", "h"),
        ("a\0b", "h"),
    ];
    for (client_id, address) in refused {
        let error = FileStore::open(Some(&context), client_id, address).err();
        assert_eq!(error, Some(PersistError { code: -2 }), "{client_id} {address}");
    }
    assert_eq!(files_in(&scratch), [].into());
    // The context is the program's own choice.
    fs::create_dir(&context).unwrap();
    FileStore::open(Some(&context.join("../beside")), "id", "h").unwrap();
    assert!(scratch.join("beside/id-h").is_dir());
}

/// Contract P-601, improved: Paho took an empty context for the root.
#[test]
fn no_context_is_the_current_directory() {
    let name = format!("ferro-mqtt-test-{}", std::process::id());
    for context in [None, Some(Path::new(""))] {
        let mut store = FileStore::open(context, &name, "h").unwrap();
        assert_eq!(store.directory, std::env::current_dir().unwrap().join(format!("{name}-h")));
        store.close().unwrap();
        assert!(!store.directory.exists());
    }
}

#[test]
fn a_file_in_the_way_fails_the_opening() {
    let scratch = Scratch::new();
    fs::write(scratch.join("id-h"), "").unwrap();
    assert!(FileStore::open(Some(&scratch), "id", "h").is_err());
    assert!(FileStore::open(Some(&scratch.join("id-h")), "id", "h").is_err());
}

/// Contract P-605, improved: what is not a record's file is not looked at.
#[test]
fn only_records_are_keys() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    store.put("q5-7", &[b"x"]).unwrap();
    for name in
        ["README", "notes.msg", "s-9", "s-9.msg.bak", "s-.msg", "x.s-9.msg", ".msg", "s-9.MSG", "t-1-2.msg"]
    {
        fs::write(store.directory.join(name), "x").unwrap();
    }
    fs::create_dir(store.directory.join("s-1.msg")).unwrap();
    symlink("q5-7.msg", store.directory.join("s-2.msg")).unwrap();
    assert_eq!(sorted_keys(&mut store), ["q5-7"]);
}

/// A key leads to a record and nowhere else.
#[test]
fn keys_that_are_none_are_refused() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    fs::write(scratch.join("s-1.msg"), "x").unwrap();
    for key in ["../s-1", "notes", "", "s-1/../s-1", "t-1"] {
        assert!(store.put(key, &[b"y"]).is_err());
        assert!(store.get(key).is_err());
        assert!(store.remove(key).is_err());
    }
    assert_eq!(fs::read(scratch.join("s-1.msg")).unwrap(), b"x");
}

/// Contract P-604, improved: records, all of them, and nothing else.
#[test]
fn clear_removes_records_only() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    for key in ["s-1", "sc-1", "r5-3", "c-4", "q-5"] {
        store.put(key, &[b"x"]).unwrap();
    }
    fs::write(store.directory.join("q5-007.msg"), "x").unwrap();
    fs::write(store.directory.join("README"), "x").unwrap();
    fs::write(scratch.join("s-1.msg"), "x").unwrap();
    store.clear().unwrap();
    assert_eq!(files_in(&store.directory), ["README".to_owned()].into());
    assert!(scratch.join("s-1.msg").exists());
}

/// Contract P-603.
#[test]
fn close_removes_an_empty_directory_and_no_parents() {
    let scratch = Scratch::new();
    let mut store = FileStore::open(Some(&scratch), "a/b", "h").unwrap();
    store.put("s-1", &[b"x"]).unwrap();
    store.close().unwrap();
    assert!(scratch.join("a/b-h/s-1.msg").exists());
    store.remove("s-1").unwrap();
    store.close().unwrap();
    assert_eq!(files_in(&scratch.join("a")), [].into());
    store.close().unwrap();
}

/// A kill between write and rename leaves a file that is no record, until the next opening.
#[test]
fn unfinished_files_are_removed_at_open() {
    let scratch = Scratch::new();
    let directory = open(&scratch).directory;
    fs::write(directory.join("t-99-12.msg"), "half").unwrap();
    fs::write(directory.join("t-99.msg"), "not ours").unwrap();
    let mut store = open(&scratch);
    assert_eq!(sorted_keys(&mut store), [] as [&str; 0]);
    assert_eq!(files_in(&directory), ["t-99.msg".to_owned()].into());
}

/// Contract P-607: no protection, but no harm either.
#[test]
fn two_clients_may_share_a_directory() {
    let scratch = Scratch::new();
    let (mut first, mut second) = (open(&scratch), open(&scratch));
    first.close().unwrap();
    second.put("s-1", &[b"x"]).unwrap();
    assert_eq!(first.get("s-1").unwrap(), b"x");
    assert_ne!(first.temporary, second.temporary);
}

/// The store outlives a failed write that could not clean up.
#[test]
fn left_over_temporary_file_is_replaced() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    fs::write(&store.temporary, "half").unwrap();
    store.put("s-1", &[b"x"]).unwrap();
    assert_eq!(files_in(&store.directory), ["s-1.msg".to_owned()].into());
    assert_eq!(store.get("s-1").unwrap(), b"x");
}

/// Contract P-602: what cannot be written leaves nothing behind.
#[test]
fn failed_rename_leaves_no_file() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    fs::create_dir(store.directory.join("s-1.msg")).unwrap();
    assert_eq!(store.put("s-1", &[b"x"]), Err(PersistError { code: -2 }));
    assert_eq!(files_in(&store.directory), ["s-1.msg".to_owned()].into());
}

/// A link in the place of a record is replaced, not followed.
#[test]
fn put_does_not_write_through_a_link() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    fs::write(scratch.join("other"), "x").unwrap();
    symlink("../other", store.directory.join("s-1.msg")).unwrap();
    store.put("s-1", &[b"y"]).unwrap();
    assert_eq!(fs::read(scratch.join("other")).unwrap(), b"x");
    assert_eq!(store.get("s-1").unwrap(), b"y");
}

#[test]
fn absurdly_long_file_is_refused() {
    let scratch = Scratch::new();
    let mut store = open(&scratch);
    let file = File::create(store.directory.join("s-1.msg")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(store.get("s-1").is_err());
}

/// A full disk, by way of a limit on the length of files: the write is short, the old record
/// stays, and nothing else is left. The limit holds for a whole process, so it is one of its own.
#[test]
fn short_write_keeps_the_old_record() {
    const VARIABLE: &str = "FERRO_MQTT_TEST_SHORT_WRITE";
    let Some(context) = std::env::var_os(VARIABLE) else {
        let scratch = Scratch::new();
        let test = std::thread::current().name().unwrap().to_owned();
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 2; trap '' XFSZ; exec \"$0\" \"$@\""]);
        shell.arg(std::env::current_exe().unwrap()).args(["--exact", "--test-threads=1", &test]);
        let output = shell.env(VARIABLE, &*scratch).stdin(Stdio::null()).output().unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.contains("1 passed"), "{output}");
        assert_eq!(fs::read(scratch.join("id-h/s-1.msg")).unwrap(), b"old");
        assert_eq!(files_in(&scratch.join("id-h")), ["s-1.msg".to_owned()].into());
        return;
    };
    let mut store = FileStore::open(Some(Path::new(&context)), "id", "h").unwrap();
    store.put("s-1", &[b"old"]).unwrap();
    let long = vec![0; 100_000];
    assert_eq!(store.put("s-1", &[b"new", &long]), Err(PersistError { code: -2 }));
    assert_eq!(store.put("s-2", &[b"new", &long]), Err(PersistError { code: -2 }));
    assert_eq!(sorted_keys(&mut store), ["s-1"]);
}

/// A process that is killed while it writes, again and again: each record is whole, old or new.
#[test]
fn kill_leaves_whole_records() {
    const VARIABLE: &str = "FERRO_MQTT_TEST_KILL";
    let record = |byte: u8| vec![byte; 20_000];
    if let Some(context) = std::env::var_os(VARIABLE) {
        let mut store = FileStore::open(Some(Path::new(&context)), "id", "h").unwrap();
        for round in 0u8.. {
            for number in 1..=3 {
                store.put(&format!("s-{number}"), &[&record(round)]).unwrap();
            }
            if round == u8::MAX {
                return;
            }
        }
    }
    let scratch = Scratch::new();
    let test = std::thread::current().name().unwrap().to_owned();
    for _ in 0..3 {
        let mut writer = Command::new(std::env::current_exe().unwrap());
        writer.args(["--exact", "--test-threads=1", &test]).env(VARIABLE, &*scratch);
        let mut writer =
            writer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = std::time::SystemTime::now() + std::time::Duration::from_secs(20);
        while !scratch.join("id-h/s-3.msg").exists() && std::time::SystemTime::now() < deadline {
            std::thread::yield_now();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let mut store = FileStore::open(Some(&scratch), "id", "h").unwrap();
        assert_eq!(sorted_keys(&mut store), ["s-1", "s-2", "s-3"]);
        for key in store.keys().unwrap() {
            let bytes = store.get(&key).unwrap();
            assert_eq!(bytes, record(bytes[0]));
        }
        store.clear().unwrap();
        assert_eq!(files_in(&store.directory), [].into());
    }
}

/// A copy of what the original left behind, opened. See `tests/fixtures/persistence/README.md`.
fn fixture(case: &str, client_id: &str) -> (Scratch, FileStore) {
    let name = format!("{client_id}-127.0.0.1-24100");
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/persistence").join(case).join(&name);
    let scratch = Scratch::new();
    fs::create_dir(scratch.join(&name)).unwrap();
    for file in files_in(&source) {
        fs::copy(source.join(&file), scratch.join(&name).join(&file)).unwrap();
    }
    let store = FileStore::open(Some(&scratch), client_id, "127.0.0.1:24100").unwrap();
    (scratch, store)
}

/// Contract P-801.
#[test]
fn directories_of_the_original_are_taken_over() {
    let cases: [(&str, &str, &[&str]); 10] = [
        ("sync-v4-outbound", "out-v4", &["s-1", "s-2", "s-4", "s-5", "sc-5"]),
        ("sync-v5-outbound", "out-v5", &["s5-1", "s5-2", "s5-4", "s5-5", "sc5-5"]),
        ("sync-v4-inbound", "in-v4", &["q-1", "q-2", "q-3", "r-103", "r-104"]),
        ("sync-v5-inbound", "in-v5", &["r5-103", "r5-104"]),
        ("async-v4-offline", "offline-v4", &["c-1", "c-2", "c-3"]),
        ("async-v5-offline", "offline-v5", &["c5-1", "c5-2", "c5-3"]),
        ("async-v4-commands", "limited-v4", &["c-2", "c-3", "c-4", "c-5", "c-6", "s-1"]),
        ("async-v5-commands", "limited-v5", &["c5-2", "c5-3", "c5-4", "c5-5", "c5-6", "s5-1"]),
        ("async-v4-queued-incoming", "queue-v4", &["q-1", "q-2", "q-3", "r-103", "r-104"]),
        ("corrupt-v4", "cor", &["c-4", "r-21", "s-10", "s-11", "s-12", "s-9", "sc-20"]),
    ];
    for (case, client_id, keys) in cases {
        let (_scratch, mut store) = fixture(case, client_id);
        assert_eq!(sorted_keys(&mut store), keys, "{case}");
        for key in keys {
            assert_eq!(store.get(key).unwrap(), fs::read(store.path(key).unwrap()).unwrap());
        }
        store.clear().unwrap();
        store.close().unwrap();
        // The stray file of this one is nobody's to remove.
        assert_eq!(store.directory.exists(), case == "corrupt-v4");
    }
}

/// Contract P-320, as the fixture's resend order says.
#[test]
fn wrapped_packet_ids_of_the_original_are_put_in_order() {
    let (_scratch, mut store) = fixture("sync-v4-msgid-wrap", "wrap");
    let mut sent: Vec<_> = store.keys().unwrap().iter().filter_map(|key| Key::parse(key)).collect();
    assert!(sent.iter().all(|key| key.stem == Stem::Sent && !key.mqtt5));
    sent.sort_unstable();
    rotate_after_largest_gap(&mut sent, 65_535, |key| key.number);
    let numbers: Vec<_> = sent.iter().map(|key| key.number).collect();
    assert_eq!(numbers, (65501..=65535).chain(1..=3).collect::<Vec<_>>());
}

/// Contract P-401, P-402.
#[test]
fn queues_of_the_original_are_read_and_written_alike() {
    let cases = [
        ("sync-v4-inbound", "in-v4", false, 3),
        ("async-v4-queued-incoming", "queue-v4", false, 3),
        ("async-v5-queued-incoming", "queue-v5", true, 5),
    ];
    let expected = [
        ("in/q0", 0, false, 0),
        ("in/q1", 1, false, 101),
        ("in/q1r", 1, true, 102),
        ("in/q2", 2, false, 103),
        ("in/q2b", 2, false, 104),
    ];
    for (case, client_id, mqtt5, count) in cases {
        let (_scratch, mut store) = fixture(case, client_id);
        for (number, (topic, qos, retained, msgid)) in (1..).zip(expected).take(count) {
            let bytes = store.get(&Key { stem: Stem::Queued, mqtt5, number }.to_string()).unwrap();
            let record = QueueRecord::decode(&bytes, mqtt5).unwrap();
            let read = (record.topic, record.qos, record.retained, record.msgid);
            assert_eq!(read, (topic.as_bytes(), qos, retained, msgid));
            assert!(!record.dup && record.payload.is_empty() == retained);
            assert_eq!(record.properties.is_some(), mqtt5);
            assert_eq!(record.encode(|parts| parts.concat()), bytes);
        }
    }
}

/// No fixture of another kind, whole or cut, is taken for a queue record or crashes its reader.
#[test]
fn other_records_are_not_queue_records() {
    let (_scratch, mut store) = fixture("async-v5-commands", "limited-v5");
    for key in store.keys().unwrap() {
        let bytes = store.get(&key).unwrap();
        for length in 0..=bytes.len() {
            assert_eq!(QueueRecord::decode(&bytes[..length], true), None, "{key} cut to {length}");
        }
    }
}
