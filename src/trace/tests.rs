//! The facility as a whole: what comes out where, and in which order.
//!
//! Only the last test uses the facility of the library, which other tests share, and looks for
//! lines of its own. The rest have one each.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::sync::Mutex;

use super::*;
use crate::scratch::Scratch;

/// The longest that anything here can take.
const DEADLINE: Duration = Duration::from_secs(20);

fn environment(destination: impl Into<OsString>, level: &str, max_lines: &str) -> Environment {
    Environment { destination: destination.into(), level: level.into(), max_lines: max_lines.into() }
}

/// Traces one line per number.
fn trace(facility: &Facility, numbers: impl IntoIterator<Item = usize>) {
    let line = |number| Line::stamped(Level::Protocol, format_args!("line {number}"));
    facility.accept(numbers.into_iter().map(line).collect());
}

/// The texts of a file's lines, after the time stamp.
fn lines_of(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| line[20..].to_owned()).collect()
}

fn expected(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("line {number}")).collect()
}

/// A callback, and what it was called with.
fn collector() -> (Callback, mpsc::Receiver<(Level, String)>) {
    let (sender, receiver) = mpsc::channel();
    let callback: Callback = Arc::new(move |level, text: &mut [u8]| {
        let text = std::str::from_utf8(text).unwrap().strip_suffix('\0').unwrap();
        let _ = sender.send((level, text.to_owned()));
    });
    (callback, receiver)
}

#[test]
fn level_numbers_are_those_of_the_api() {
    let numbers: Vec<_> = Level::ALL.iter().map(|level| level.number()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(Level::from_number(5), Some(Level::Error));
    assert_eq!(Level::from_number(0), None);
    assert_eq!(Level::from_number(8), None);
    assert_eq!(Level::from_number(-1), None);
}

/// Contract L-101: compared exactly; Severe and Fatal have no name.
#[test]
fn level_names_of_the_environment() {
    let level = |name: &str| Level::from_environment(OsStr::new(name));
    assert_eq!(level("MAXIMUM"), Some(Level::Maximum));
    assert_eq!(level("TRACE_MEDIUM"), Some(Level::Medium));
    assert_eq!(level("MINIMUM"), Some(Level::Minimum));
    assert_eq!(level("TRACE_PROTOCOL"), Some(Level::Protocol));
    assert_eq!(level("ERROR"), Some(Level::Error));
    for name in ["", "protocol", "FATAL", "SEVERE", "TRACE_", "TRACE_TRACE_ERROR", " ERROR"] {
        assert_eq!(level(name), None, "{name}");
    }
}

/// Contract L-102.
#[test]
fn nothing_is_wanted_without_a_destination() {
    let facility = Facility::new();
    assert!(!facility.is_on() && !facility.wants(Level::Fatal));
    facility.set_level(Some(Level::Maximum));
    facility.start(&environment("", "MAXIMUM", ""));
    assert!(!facility.is_on() && !facility.wants(Level::Fatal));
}

/// Contract L-101, L-502, and the program's level survives the last client (decision 7).
#[test]
fn level_is_the_programs_then_the_environments_then_minimum() {
    let facility = Facility::new();
    facility.set_callback(Some(collector().0));
    assert!(facility.wants(Level::Minimum) && !facility.wants(Level::Medium));
    facility.start(&environment("", "ERROR", ""));
    assert!(facility.wants(Level::Error) && !facility.wants(Level::Protocol));
    facility.set_level(Some(Level::Fatal));
    assert!(facility.wants(Level::Fatal) && !facility.wants(Level::Severe));
    facility.stop();
    facility.start(&environment("", "MAXIMUM", ""));
    assert!(facility.wants(Level::Fatal) && !facility.wants(Level::Severe));
    facility.set_level(None);
    assert!(facility.wants(Level::Maximum));
    facility.set_callback(None);
    assert!(!facility.is_on());
}

/// Contract L-201, L-401.
#[test]
fn file_is_truncated_and_gets_stamped_lines() {
    let scratch = Scratch::new();
    let path = scratch.join("trace");
    fs::write(&path, "old\n").unwrap();
    let facility = Facility::new();
    facility.start(&environment(&path, "", ""));
    trace(&facility, 0..2);
    let text = fs::read_to_string(&path).unwrap();
    let (stamp, rest) = text.split_at(20);
    let shape: String = stamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "00000000 000000.000 ");
    assert!(rest.starts_with("line 0\n"));
    assert_eq!(lines_of(&path), expected(0..2));
    facility.stop();
    assert!(!facility.is_on());
    trace(&facility, 2..3);
    assert_eq!(lines_of(&path), expected(0..2));
}

/// Contract L-204: the file that has all its lines is set aside at once, one is kept.
#[test]
fn full_file_is_set_aside() {
    let scratch = Scratch::new();
    let (path, aside) = (scratch.join("trace"), scratch.join("trace.0"));
    let facility = Facility::new();
    facility.start(&environment(&path, "", "3"));
    trace(&facility, 0..2);
    assert!(!aside.exists());
    trace(&facility, 2..3);
    assert_eq!((lines_of(&aside), lines_of(&path)), (expected(0..3), vec![]));
    trace(&facility, 3..11);
    assert_eq!((lines_of(&aside), lines_of(&path)), (expected(6..9), expected(9..11)));
    assert_eq!(fs::read_dir(&*scratch).unwrap().count(), 2);
}

/// Contract L-202.
#[test]
fn a_file_has_a_thousand_lines_unless_told_otherwise() {
    for max_lines in ["", "0", "-5", "many"] {
        let scratch = Scratch::new();
        let facility = Facility::new();
        facility.start(&environment(scratch.join("trace"), "", max_lines));
        trace(&facility, 0..999);
        assert!(!scratch.join("trace.0").exists());
        trace(&facility, 999..1000);
        assert_eq!(lines_of(&scratch.join("trace.0")).len(), 1000);
    }
}

/// Nothing that goes wrong with the file is the program's problem: the lines are on standard
/// output then (contract L-201, L-204).
#[test]
fn trace_file_errors_do_no_harm() {
    let scratch = Scratch::new();
    let facility = Facility::new();
    facility.start(&environment(scratch.join("absent/trace"), "", ""));
    assert!(facility.is_on());

    let directory = scratch.join("directory");
    fs::create_dir(&directory).unwrap();
    facility.start(&environment(directory.join("trace"), "FATAL", "1"));
    fs::remove_dir_all(&directory).unwrap();
    trace(&facility, 0..3);
    assert!(facility.is_on());
}

/// What is not a file is not renamed, not even by root.
#[test]
fn devices_are_not_set_aside() {
    let facility = Facility::new();
    facility.start(&environment("/dev/null", "", "1"));
    trace(&facility, 0..3);
    assert!(!Path::new("/dev/null.0").exists());
}

/// Contract L-301.
#[test]
fn header_names_what_the_program_runs_with() {
    let header = Line::header(&[("Product name", "p"), ("Version", "1")]);
    let texts: Vec<_> = header.iter().map(|line| String::from_utf8_lossy(line.text()).into_owned()).collect();
    let rule = "=".repeat(57);
    assert_eq!(texts[0], rule);
    assert_eq!(texts[1], "                   Trace Output");
    assert_eq!(texts[2..4], ["Product name: p", "Version: 1"]);
    assert!(texts[4].starts_with("/proc/version: ") && texts[4].ends_with('\n'));
    assert_eq!(texts[5..], [rule]);
    assert!(header.iter().all(|line| line.level == Level::Minimum));
}

/// Contract L-503.
#[test]
fn file_and_callback_see_the_same() {
    let scratch = Scratch::new();
    let facility = Facility::new();
    let (callback, received) = collector();
    facility.set_callback(Some(callback));
    facility.start(&environment(scratch.join("trace"), "", ""));
    trace(&facility, 0..5);
    facility.hand_out();
    let lines: String = received.try_iter().map(|(_, text)| text + "\n").collect();
    assert_eq!(lines, fs::read_to_string(scratch.join("trace")).unwrap());
}

#[test]
fn removed_callback_gets_nothing_more() {
    let facility = Facility::new();
    let (callback, received) = collector();
    facility.set_callback(Some(callback));
    trace(&facility, 0..1);
    facility.set_callback(None);
    facility.hand_out();
    let (callback, received_by_second) = collector();
    facility.set_callback(Some(callback));
    trace(&facility, 1..2);
    facility.hand_out();
    assert_eq!(received.try_iter().count(), 0);
    assert_eq!(received_by_second.try_iter().count(), 1);
}

/// The callback may use the library, which traces in turn: neither a deadlock nor a loss, and
/// no call within a call.
#[test]
fn callback_that_makes_lines_gets_them_later() {
    let facility = Arc::new(Facility::new());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let callback: Callback = {
        let (facility, seen) = (Arc::clone(&facility), Arc::clone(&seen));
        Arc::new(move |_, text: &mut [u8]| {
            let text = String::from_utf8(text[20..text.len() - 1].to_vec()).unwrap();
            seen.lock().push(format!("begin {text}"));
            if text == "line 0" {
                trace(&facility, 10..12);
                facility.hand_out();
                facility.set_level(Some(Level::Maximum));
            }
            seen.lock().push(format!("end {text}"));
        })
    };
    facility.set_callback(Some(callback));
    trace(&facility, 0..2);
    facility.hand_out();
    let order = ["line 0", "line 1", "line 10", "line 11"];
    let calls: Vec<_> =
        order.iter().flat_map(|text| [format!("begin {text}"), format!("end {text}")]).collect();
    assert_eq!(*seen.lock(), calls);
    facility.set_callback(None);
}

/// A callback whose every line makes another one is the program's mistake; its calls return.
#[test]
fn callback_that_always_makes_lines_does_not_hang_the_program() {
    let facility = Arc::new(Facility::new());
    let calls = Arc::new(Mutex::new(0));
    let callback: Callback = {
        let (facility, calls) = (Arc::clone(&facility), Arc::clone(&calls));
        Arc::new(move |_, _: &mut [u8]| {
            *calls.lock() += 1;
            trace(&facility, 0..1);
            facility.hand_out();
        })
    };
    facility.set_callback(Some(callback));
    trace(&facility, 0..1);
    facility.hand_out();
    let first = *calls.lock();
    facility.hand_out();
    assert_eq!(*calls.lock(), 2 * first);
    facility.set_callback(None);
}

/// While one thread is in a slow callback others are not held up; the lines of all arrive, one
/// call at a time.
#[test]
fn slow_callback_holds_up_nobody_else() {
    let facility = Arc::new(Facility::new());
    let (entered, wait_entered) = mpsc::channel();
    let (leave, wait_leave) = mpsc::channel::<()>();
    let wait_leave = Mutex::new(wait_leave);
    let count = Arc::new(Mutex::new(0));
    let callback: Callback = {
        let count = Arc::clone(&count);
        Arc::new(move |_, _: &mut [u8]| {
            entered.send(()).unwrap();
            let mut count = count.try_lock().expect("two calls at a time");
            *count += 1;
            if *count == 1 {
                wait_leave.lock().recv_timeout(DEADLINE).unwrap();
            }
        })
    };
    facility.set_callback(Some(callback));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            trace(&facility, 0..1);
            facility.hand_out();
        });
        wait_entered.recv_timeout(DEADLINE).unwrap();
        // This thread comes back, though the callback does not.
        trace(&facility, 1..4);
        facility.hand_out();
        leave.send(()).unwrap();
    });
    assert_eq!(*count.lock(), 4);
}

/// A backlog has a limit, and the callback is told when it was exceeded; the file has all.
#[test]
fn backlog_is_bounded_and_losses_are_told() {
    let scratch = Scratch::new();
    let facility = Facility::new();
    let (callback, received) = collector();
    facility.set_callback(Some(callback));
    facility.start(&environment(scratch.join("trace"), "", "100000"));
    trace(&facility, 0..10_005);
    let mut texts: Vec<String> = Vec::new();
    while !texts.last().is_some_and(|text| text.contains("lost")) {
        facility.hand_out();
        let before = texts.len();
        texts.extend(received.try_iter().map(|(_, text)| text[20..].to_owned()));
        assert!(texts.len() > before);
    }
    assert_eq!(texts[..10_000], expected(0..10_000));
    assert_eq!(texts[10_000..], ["5 trace lines lost: the trace callback is too slow"]);
    assert_eq!(lines_of(&scratch.join("trace")).len(), 10_005);
}

/// The functions of the library itself: the callback waits for a flush, whichever thread made the lines.
#[test]
fn lines_wait_for_a_flush() {
    let (callback, received) = collector();
    let ours = |marker: &str| -> Vec<String> {
        received
            .try_iter()
            .filter(|(_, text)| text.contains(marker))
            .map(|(_, text)| text[20..].to_owned())
            .collect()
    };
    set_callback(Some(callback));
    let marker = "lines_of_a_thread";
    line(Level::Fatal, format_args!("{marker} {}", 0));
    std::thread::spawn(move || line(Level::Fatal, format_args!("{marker} that ended"))).join().unwrap();
    line(Level::Fatal, format_args!("{marker} {}", 1));
    // Other tests of this process may be delivering just now; then it is they who pass them on.
    let deadline = std::time::SystemTime::now() + DEADLINE;
    let mut seen = Vec::new();
    while seen.len() < 3 && std::time::SystemTime::now() < deadline {
        flush();
        seen.extend(ours(marker));
        std::thread::yield_now();
    }
    assert_eq!(seen, [format!("{marker} 0"), format!("{marker} that ended"), format!("{marker} 1")]);
    set_callback(None);
    assert!(!enabled(Level::Fatal));
}
