//! Keep alive: when to send PINGREQ, and when to give the connection up. MQTT 3.1.1 §3.1.2.10,
//! MQTT 5.0 §3.1.2.10, contract W-306 and C-11.
//!
//! Knows deadlines, not clocks: `now` comes from the caller. Each connection has its own.

use std::time::{Duration, Instant};

/// The keep alive of one connection.
pub(super) struct KeepAlive {
    /// `None` if keep alive is off.
    interval: Option<Duration>,
    /// When the last packet was written to its end.
    last_sent: Instant,
    /// When bytes were written last that there had been no room for: somebody takes them (contract C-11.4,
    /// improved). What the kernel takes at once, it only buffers; that is no sign of life.
    last_progress: Instant,
    /// The kernel had no room for all that was to be written.
    unfinished: bool,
    /// When anything at all was received, whole packets or parts (contract C-11.3).
    last_received: Instant,
    /// The PINGREQ that was not answered yet.
    ping_sent: Option<Instant>,
    /// Nobody reads at present: silence says nothing about the server.
    paused: bool,
}

/// What has to be done at a deadline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    GiveUp,
}

impl KeepAlive {
    /// Starts with the CONNECT, so that the first PINGREQ is due one interval after it.
    pub(super) fn new(now: Instant, seconds: u16) -> KeepAlive {
        KeepAlive {
            interval: interval(seconds),
            last_sent: now,
            last_progress: now,
            unfinished: false,
            last_received: now,
            ping_sent: None,
            paused: false,
        }
    }

    /// Server Keep Alive (MQTT 5.0 §3.2.2.3.14) takes the place of the client's own.
    pub(super) fn set_interval(&mut self, seconds: u16) {
        self.interval = interval(seconds);
    }

    /// Bytes were written. `unfinished`: the kernel did not take all that it was offered. `nothing_left`:
    /// no packet waits to be written.
    pub(super) fn note_written(&mut self, now: Instant, unfinished: bool, nothing_left: bool) {
        if std::mem::replace(&mut self.unfinished, unfinished) {
            self.last_progress = now;
        }
        if nothing_left {
            self.last_sent = now;
        }
    }

    /// The kernel has no room for what is to be written.
    pub(super) fn note_no_room(&mut self) {
        self.unfinished = true;
    }

    pub(super) fn note_received(&mut self, now: Instant) {
        self.last_received = now;
    }

    pub(super) fn note_ping_response(&mut self) {
        self.ping_sent = None;
    }

    pub(super) fn pause(&mut self, now: Instant, paused: bool) {
        if self.paused && !paused {
            // What the server sent in the meantime is yet to be read.
            self.last_received = now;
        }
        self.paused = paused;
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        Some(self.next()?.0)
    }

    /// Whether it is time to give the connection up, unless a sign of life is found.
    pub(super) fn is_giving_up(&self, now: Instant) -> bool {
        self.next().is_some_and(|(deadline, due)| due == Due::GiveUp && now >= deadline)
    }

    /// What is due, if anything. A PINGREQ that is due counts as sent.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        let (deadline, due) = self.next()?;
        if now < deadline {
            return None;
        }
        if due == Due::Ping {
            self.ping_sent = Some(now);
        }
        Some(due)
    }

    fn next(&self) -> Option<(Instant, Due)> {
        let interval = self.interval?;
        Some(match (self.ping_sent, self.paused) {
            // Nothing sent, or nothing received, for an interval (contract C-11.2).
            (None, false) => (self.last_sent.min(self.last_received) + interval, Due::Ping),
            // The answer may wait unread. The server needs to hear from us all the same.
            (None, true) => (self.last_sent + interval, Due::Ping),
            (Some(ping), true) => (self.last_sent.max(ping) + interval, Due::Ping),
            // Contract C-11.3: one and a half intervals after the PINGREQ and the last sign of life.
            (Some(ping), false) => {
                let last_life = ping.max(self.last_received).max(self.last_progress);
                (last_life + interval * 3 / 2, Due::GiveUp)
            }
        })
    }
}

fn interval(seconds: u16) -> Option<Duration> {
    (seconds != 0).then(|| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tenths: u64) -> Duration {
        Duration::from_millis(tenths * 100)
    }

    /// Contract C-11.2: the first PINGREQ comes one interval after CONNECT.
    #[test]
    fn pings_when_nothing_was_sent_or_received_for_an_interval() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(start, 2);
        assert_eq!(keep_alive.deadline(), Some(start + seconds(20)));
        // A publisher that hears nothing pings, too.
        keep_alive.note_written(start + seconds(19), false, true);
        assert_eq!(keep_alive.handle_timeout(start + seconds(19)), None);
        assert_eq!(keep_alive.handle_timeout(start + seconds(20)), Some(Due::Ping));
        keep_alive.note_received(start + seconds(21));
        keep_alive.note_ping_response();
        // And a receiver that sends nothing.
        assert_eq!(keep_alive.deadline(), Some(start + seconds(39)));
    }

    /// Contract C-11.3: at keep alive 2 the ping goes at 2.0 s, and the end comes at 5.0 s.
    #[test]
    fn gives_up_after_one_and_a_half_intervals_of_silence() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(start, 2);
        assert_eq!(keep_alive.handle_timeout(start + seconds(20)), Some(Due::Ping));
        assert_eq!(keep_alive.handle_timeout(start + seconds(49)), None);
        assert_eq!(keep_alive.handle_timeout(start + seconds(50)), Some(Due::GiveUp));
    }

    /// Contract C-11.3 and, improved, C-11.4: parts of packets count, in both directions.
    #[test]
    fn progress_in_either_direction_is_life() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(start, 2);
        keep_alive.handle_timeout(start + seconds(20));
        keep_alive.note_received(start + seconds(45));
        assert_eq!(keep_alive.deadline(), Some(start + seconds(75)));
        keep_alive.note_no_room();
        keep_alive.note_written(start + seconds(70), true, false);
        assert_eq!(keep_alive.deadline(), Some(start + seconds(100)));
        // The last bytes that had waited, too.
        keep_alive.note_written(start + seconds(90), false, true);
        assert_eq!(keep_alive.deadline(), Some(start + seconds(120)));
        assert!(!keep_alive.is_giving_up(start + seconds(119)));
        assert!(keep_alive.is_giving_up(start + seconds(120)));
        assert_eq!(keep_alive.handle_timeout(start + seconds(120)), Some(Due::GiveUp));
    }

    /// Contract C-11.4: the kernel takes bytes for a stopped server, too, as long as it has room.
    #[test]
    fn bytes_that_the_kernel_takes_at_once_are_no_life() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(start, 2);
        let mut due = Vec::new();
        for tenth in 0..=50 {
            due.extend(keep_alive.handle_timeout(start + seconds(tenth)).map(|due| (tenth, due)));
            // The last write is not finished, and nobody takes the rest.
            keep_alive.note_written(start + seconds(tenth), tenth == 45, true);
        }
        // One write found room again at 4.6 s: somebody took what had waited since 4.5 s.
        assert_eq!(due, [(20, Due::Ping)]);
        assert_eq!(keep_alive.deadline(), Some(start + seconds(76)));

        let mut keep_alive = KeepAlive::new(start, 2);
        for tenth in 0..=50 {
            due.extend(keep_alive.handle_timeout(start + seconds(tenth)).map(|due| (tenth, due)));
            keep_alive.note_written(start + seconds(tenth), false, true);
        }
        assert_eq!(due[1..], [(20, Due::Ping), (50, Due::GiveUp)]);
    }

    /// While nobody reads, the server is told that we live, and not declared dead.
    #[test]
    fn a_pause_in_reading_is_not_death() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(start, 2);
        keep_alive.pause(start + seconds(1), true);
        for pings in 1..10 {
            assert_eq!(keep_alive.handle_timeout(start + seconds(20 * pings - 1)), None);
            assert_eq!(keep_alive.handle_timeout(start + seconds(20 * pings)), Some(Due::Ping));
        }
        keep_alive.pause(start + seconds(200), false);
        assert_eq!(keep_alive.deadline(), Some(start + seconds(230)));
    }

    /// Contract C-11.5, and Server Keep Alive 0 (C-3.12).
    #[test]
    fn zero_turns_it_off() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(start, 0);
        assert_eq!(keep_alive.deadline(), None);
        assert_eq!(keep_alive.handle_timeout(start + Duration::from_secs(1_000_000)), None);
        keep_alive.set_interval(7);
        assert_eq!(keep_alive.deadline(), Some(start + Duration::from_secs(7)));
    }
}
