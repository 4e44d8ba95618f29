//! Waiting on sockets, with a deadline, on the calling thread.

use super::clock;
#[cfg(all(test, feature = "interleavings"))]
use crate::sync::interleavings;
use crate::sync::while_waiting;
use crate::sys::events::Interests;
use crate::sys::polls::{self, Polled, is_ready, polled};
use crate::transport::SocketFd;
use std::io;
use std::time::Instant;

/// Waits until a socket is ready or the deadline has passed; says which sockets are.
///
/// A signal ends the wait early, with nothing ready: the caller looks again, as after any wake-up.
pub fn wait(sockets: &[(&SocketFd, Interests)], deadline: Option<Instant>) -> io::Result<Vec<bool>> {
    let mut all: Vec<Polled<'_>> =
        sockets.iter().map(|(socket, interests)| polled(socket, *interests)).collect();
    poll_until(&mut all, clock::now(), deadline)?;
    Ok(all.iter().map(is_ready).collect())
}

/// [`wait`] for a single socket, without allocating, and without asking again what time it is.
pub fn wait_one(
    socket: &SocketFd,
    interests: Interests,
    now: Instant,
    deadline: Option<Instant>,
) -> io::Result<bool> {
    let mut one = [polled(socket, interests)];
    poll_until(&mut one, now, deadline)?;
    Ok(is_ready(&one[0]))
}

fn poll_until(polled: &mut [Polled<'_>], now: Instant, deadline: Option<Instant>) -> io::Result<()> {
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        interleavings::ask_until(deadline, || match polls::wait(polled, Some(std::time::Duration::ZERO)) {
            Ok(0) => None,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            other => Some(other),
        })
        .transpose()?;
        return Ok(());
    }
    let timeout = deadline.map(|deadline| deadline.saturating_duration_since(now));
    match while_waiting(|| polls::wait(polled, timeout)) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(()),
    }
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
