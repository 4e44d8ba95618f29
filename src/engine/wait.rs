//! Waiting on sockets, with a deadline, on the calling thread.

use super::clock;
#[cfg(all(test, feature = "interleavings"))]
use crate::sync::interleavings;
use crate::sync::while_waiting;
use crate::transport::SocketFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io;
use std::time::Instant;

/// Which of a socket's two directions somebody waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interests {
    /// Bytes to read, or the end of the stream.
    pub readable: bool,
    /// Room to write.
    pub writable: bool,
}

/// Waits until a socket is ready or the deadline has passed; says which sockets are.
///
/// A signal ends the wait early, with nothing ready: the caller looks again, as after any wake-up.
pub fn wait(sockets: &[(&SocketFd, Interests)], deadline: Option<Instant>) -> io::Result<Vec<bool>> {
    let mut polled: Vec<PollFd<'_>> =
        sockets.iter().map(|(socket, interests)| PollFd::new(socket, flags(*interests))).collect();
    poll_until(&mut polled, clock::now(), deadline)?;
    Ok(polled.iter().map(|one| !one.revents().is_empty()).collect())
}

/// [`wait`] for a single socket, without allocating, and without asking again what time it is.
pub fn wait_one(
    socket: &SocketFd,
    interests: Interests,
    now: Instant,
    deadline: Option<Instant>,
) -> io::Result<bool> {
    let mut polled = [PollFd::new(socket, flags(interests))];
    poll_until(&mut polled, now, deadline)?;
    Ok(!polled[0].revents().is_empty())
}

fn poll_until(polled: &mut [PollFd<'_>], now: Instant, deadline: Option<Instant>) -> io::Result<()> {
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        interleavings::ask_until(deadline, || {
            match poll(polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
                Ok(0) | Err(Errno::INTR) => None,
                other => Some(other),
            }
        })
        .transpose()?;
        return Ok(());
    }
    let timeout = match deadline {
        None => None,
        // A deadline too far for the kernel's format is none.
        Some(deadline) => Timespec::try_from(deadline.saturating_duration_since(now)).ok(),
    };
    match while_waiting(|| poll(polled, timeout.as_ref())) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn flags(interests: Interests) -> PollFlags {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, interests.readable);
    flags.set(PollFlags::OUT, interests.writable);
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    const READABLE: Interests = Interests { readable: true, writable: false };
    const WRITABLE: Interests = Interests { readable: false, writable: true };

    fn pair() -> (SocketFd, UnixStream) {
        let (ours, peer) = UnixStream::pair().unwrap();
        (SocketFd::new(ours.into()).unwrap(), peer)
    }

    #[test]
    fn it_says_which_sockets_are_ready() {
        let (silent, _peer) = pair();
        let (spoken_to, mut peer) = pair();
        peer.write_all(b"x").unwrap();
        let far = Some(clock::now() + Duration::from_secs(60));
        let ready = wait(&[(&silent, READABLE), (&spoken_to, READABLE)], far).unwrap();
        assert_eq!(ready, [false, true]);
        assert_eq!(wait(&[(&silent, WRITABLE)], far).unwrap(), [true]);
    }

    /// Also where nothing was asked for: whoever waits is to see it.
    #[test]
    fn the_end_of_a_connection_ends_the_wait() {
        let (socket, peer) = pair();
        drop(peer);
        let now = clock::now();
        assert!(wait_one(&socket, Interests::default(), now, Some(now + Duration::from_secs(60))).unwrap());
    }

    #[test]
    fn it_waits_until_the_deadline_and_no_longer() {
        let (socket, _peer) = pair();
        let now = clock::now();
        let deadline = now + Duration::from_millis(20);
        assert!(!wait_one(&socket, READABLE, now, Some(deadline)).unwrap());
        assert!(clock::now() >= deadline);
        // One that has passed is one look.
        assert!(!wait_one(&socket, READABLE, clock::now(), Some(now)).unwrap());
    }
}
