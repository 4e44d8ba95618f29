//! The output of another process, line by line, while it is still running.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Collects what a stream yields, and lets a test wait for a line.
pub struct Lines {
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

struct Shared {
    output: Mutex<Output>,
    changed: Condvar,
}

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    ended: bool,
}

impl Lines {
    /// Starts to read `stream`.
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let shared = Arc::new(Shared { output: Mutex::default(), changed: Condvar::new() });
        let reader = thread::spawn({
            let shared = Arc::clone(&shared);
            move || collect(BufReader::new(stream), &shared)
        });
        Self { shared, reader: Some(reader) }
    }

    /// Waits until `count` lines contain `what`, and gives the last of these; `None` if the stream ends or
    /// the time is up first.
    pub fn wait_for_nth(&self, what: &str, count: usize, within: Duration) -> Option<String> {
        let deadline = Instant::now() + within;
        let mut output = self.shared.output.lock().unwrap();
        loop {
            let text = String::from_utf8_lossy(&output.bytes);
            if let Some(line) = text.lines().filter(|line| line.contains(what)).nth(count.saturating_sub(1)) {
                return Some(line.to_owned());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if output.ended || left.is_zero() {
                return None;
            }
            output = self.shared.changed.wait_timeout(output, left).unwrap().0;
        }
    }

    /// Waits for a line that contains `what`.
    pub fn wait_for(&self, what: &str, within: Duration) -> Option<String> {
        self.wait_for_nth(what, 1, within)
    }

    /// All that came until now.
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.output.lock().unwrap().bytes.clone()
    }

    /// All that came until now, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Waits for the end of the stream. Only for a process that has ended or was killed.
    pub fn wait_for_end(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

/// Hands over whole lines, so that nobody sees half of one; the last may lack its end.
fn collect(mut stream: impl BufRead, shared: &Shared) {
    loop {
        let mut line = Vec::new();
        let length = stream.read_until(b'\n', &mut line).unwrap_or(0);
        let mut output = shared.output.lock().unwrap();
        output.bytes.append(&mut line);
        output.ended = length == 0;
        shared.changed.notify_all();
        if output.ended {
            return;
        }
    }
}
