//! A socket and the layers on it. Without layers, what is read and written are the plain bytes themselves.

use crate::protocol::session::Outgoing;
use crate::transport::{Layer, Piece, Socket, SocketFd, Stack};
use std::io::{self, IoSlice};
use std::sync::Arc;

use crate::sys::events::Interests;

/// So many bytes that wait for the socket are enough: layers get no more until some have left. What a session
/// has to send when it writes in a burst, with what layers add to it, goes in one system call.
const WIRE_WANTED: usize = 96 << 10;

/// With so many the server has asked the layers for more answers than it reads.
const WIRE_LIMIT: usize = 1 << 20;

/// What layers get at once of a long packet.
const PIECE: usize = 16 << 10;

/// Bytes read at once during a handshake, and how often before somebody looks at the clock.
const HANDSHAKE_BUFFER: usize = 4 << 10;
const READS_IN_A_ROW: usize = 16;

/// A way to the server that carries bytes, or will when [`Pipe::handshake`] says so.
pub struct Pipe {
    pub(super) socket: Socket,
    /// `None` for plain TCP.
    pub(super) layered: Option<Box<Layered>>,
    /// Plain bytes that came together with the end of the handshakes.
    pub(super) early: Vec<u8>,
}

/// What is between a socket and plain bytes.
pub(super) struct Layered {
    pub stack: Stack,
    /// What waits for the socket.
    pub wire: Outgoing,
    /// What the stack keeps that is to be sent. It is asked for with each message that is published.
    held: usize,
    /// How much is still to come of the packet of which the layers have got a part.
    rest_of_packet: usize,
}

impl Pipe {
    /// Puts layers on a connected socket, the lowest first.
    pub fn new(socket: Socket, layers: Vec<Box<dyn Layer>>) -> Pipe {
        let layered = (!layers.is_empty()).then(|| {
            Box::new(Layered {
                stack: Stack::new(layers),
                wire: Outgoing::default(),
                held: 0,
                rest_of_packet: 0,
            })
        });
        Pipe { socket, layered, early: Vec::new() }
    }

    /// The socket to wait on.
    pub fn socket(&self) -> &Arc<SocketFd> {
        self.socket.fd()
    }

    /// Which handshake is under way.
    pub fn phase(&self) -> Option<&'static str> {
        self.layered.as_ref()?.stack.phase()
    }

    /// What an error means that ends the handshake under way.
    pub fn explain(&self, error: io::Error) -> io::Error {
        match &self.layered {
            Some(layered) => layered.stack.explain(error),
            None => error,
        }
    }

    /// Goes on with the handshakes of the layers. `None`: they are done, and all that they had to send has
    /// left. Otherwise what to wait for.
    pub fn handshake(&mut self) -> io::Result<Option<Interests>> {
        let Some(layered) = &mut self.layered else { return Ok(None) };
        let mut is_open = layered.stack.handshake(&mut [], layered.wire.end())?;
        let mut is_written = layered.write(&self.socket)?;
        let mut buffer = vec![0; HANDSHAKE_BUFFER];
        for _ in 0..READS_IN_A_ROW {
            if is_open {
                break;
            }
            let count = match self.socket.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            let received = buffer.get_mut(..count).unwrap_or_default();
            is_open = layered.stack.handshake(received, layered.wire.end())?;
            is_written = layered.write(&self.socket)?;
        }
        if !is_open || !is_written {
            return Ok(Some(Interests { readable: !is_open, writable: !is_written }));
        }
        // An idle client needs no memory.
        layered.wire.release_if_empty();
        // What came together with the end of the handshakes: the socket does not announce it again.
        layered.receive(&mut [], &mut self.early);
        if layered.stack.is_empty() {
            self.layered = None;
        }
        Ok(None)
    }

    /// Ends the stream in good order: what was written still arrives, and the layers say goodbye, unless
    /// the socket has no room for that.
    pub fn close(&mut self) {
        if let Some(layered) = &mut self.layered {
            layered.stack.close(layered.wire.end());
            let _ = layered.write(&self.socket);
        }
        self.socket.close();
    }
}

impl Layered {
    /// Whether the layers may get more to send.
    pub fn has_room(&self) -> bool {
        self.unsent() < WIRE_WANTED
    }

    /// How many bytes are on their way to the socket.
    pub fn unsent(&self) -> usize {
        self.wire.len() + self.held
    }

    /// Takes what came from the socket, and appends what comes of it to `plain`. Whether the server has said something.
    pub fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>) -> bool {
        let is_from_server = self.stack.receive(received, plain, self.wire.end());
        self.held = self.stack.held();
        is_from_server
    }

    /// Whether the server lets answers pile up.
    pub fn is_overrun(&self) -> bool {
        self.wire.len() > WIRE_LIMIT
    }

    /// Gives the layers packets, as far as there is room for them. How many bytes they took.
    ///
    /// Where more than a piece of them is to be sent, layers that can get several at once. Otherwise each has a piece
    /// of its own: some servers do not look for a second one behind the first until something more comes.
    ///
    /// `packet_length` looks at the front of its bytes, where a packet begins.
    pub fn push(&mut self, bytes: &[u8], packet_length: impl Fn(&[u8]) -> usize) -> io::Result<usize> {
        let mut rest = bytes;
        let takes_several = self.stack.takes_several();
        if rest.len() > PIECE {
            // At once: to grow step by step would copy what is there, and end with more than is kept for the next time.
            let wanted = rest.len().min(WIRE_WANTED.saturating_sub(self.unsent()));
            self.wire.end().reserve_exact(wanted + PIECE);
        }
        while !rest.is_empty() && self.has_room() {
            if self.rest_of_packet == 0 {
                self.rest_of_packet = packet_length(rest);
                if takes_several && rest.len() > PIECE {
                    self.rest_of_packet = whole_packets(rest, self.rest_of_packet, &packet_length);
                }
            }
            // With what is kept of a long packet, it fills a record of TLS.
            let room = PIECE - self.held % PIECE;
            let (piece, behind) = rest.split_at(self.rest_of_packet.min(rest.len()).min(room));
            self.rest_of_packet -= piece.len();
            let piece = Piece { bytes: piece, follows: self.rest_of_packet };
            self.stack.send(piece, self.wire.end())?;
            self.held = self.stack.held();
            rest = behind;
        }
        Ok(bytes.len() - rest.len())
    }

    /// Writes what waits for the socket. Whether all of it went.
    fn write(&mut self, socket: &Socket) -> io::Result<bool> {
        while !self.wire.is_empty() {
            match socket.write(&[IoSlice::new(self.wire.bytes())]) {
                Ok(written) => self.wire.consume(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// The length of the packets in front, the first of them this long, that are a piece together; at least of the first.
fn whole_packets(bytes: &[u8], first: usize, packet_length: impl Fn(&[u8]) -> usize) -> usize {
    let mut length = first;
    while let Some(rest @ [_, ..]) = bytes.get(length..) {
        let next = length + packet_length(rest);
        if next > PIECE {
            break;
        }
        length = next;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Mutex;
    use crate::transport::Handshake;

    /// Notes the pieces that it gets: their lengths, and how much follows.
    struct Noting {
        takes_several: bool,
        noted: Arc<Mutex<Vec<(usize, usize)>>>,
    }

    impl Layer for Noting {
        fn phase(&self) -> &'static str {
            "noting"
        }

        fn handshake(&mut self, _: &mut &[u8], _: &mut Vec<u8>) -> io::Result<Handshake> {
            Ok(Handshake::Open)
        }

        fn receive(&mut self, _: &mut [u8], _: &mut Vec<u8>, _: &mut Vec<u8>) -> io::Result<()> {
            Ok(())
        }

        fn send(&mut self, piece: Piece<'_>, _: &mut Vec<u8>) -> io::Result<()> {
            self.noted.lock().push((piece.bytes.len(), piece.follows));
            Ok(())
        }

        fn takes_several(&self) -> bool {
            self.takes_several
        }

        fn close(&mut self, _: &mut Vec<u8>) {}
    }

    /// The pieces that a layer gets of packets of these lengths, none of which is longer than 255.
    fn pieces(takes_several: bool, lengths: &[u8]) -> Vec<(usize, usize)> {
        let noted = Arc::default();
        let layer = Noting { takes_several, noted: Arc::clone(&noted) };
        let stack = Stack::new(vec![Box::new(layer)]);
        let mut layered = Layered { stack, wire: Outgoing::default(), held: 0, rest_of_packet: 0 };
        // Each byte of a packet is its length.
        let bytes: Vec<u8> = lengths.iter().flat_map(|length| vec![*length; (*length).into()]).collect();
        let taken = layered.push(&bytes, |packet| packet.first().copied().unwrap_or_default().into());
        assert_eq!(taken.unwrap(), bytes.len());
        std::mem::take(&mut *noted.lock())
    }

    #[test]
    fn each_packet_has_a_piece_of_its_own() {
        assert_eq!(pieces(false, &[200; 100]), [(200, 0); 100]);
        // Little is to be sent.
        assert_eq!(pieces(true, &[200; 81]), [(200, 0); 81]);
    }

    /// And no part of one comes along.
    #[test]
    fn in_a_flood_packets_are_sent_together_to_layers_that_take_several() {
        let mut expected = vec![(16_200, 0), (16_200, 0)];
        // What is left is no flood.
        expected.extend([(200, 0); 10]);
        assert_eq!(pieces(true, &[200; 172]), expected);
    }
}
