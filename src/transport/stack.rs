//! Layers on each other, and how bytes pass through them.

use super::layer::{Handshake, Layer, Piece};
use std::io;
use std::mem;

/// The layers between a socket and plain bytes. Sans-IO: bytes in, bytes out.
pub struct Stack {
    /// From the socket upwards.
    layers: Vec<Box<dyn Layer>>,
    /// So many of them, from below, carry bytes. The next is in its handshake.
    open: usize,
    /// What has come up as far as that one, which has not taken it; or past all of them.
    unread: Vec<u8>,
    /// Why nothing more can come.
    end: Option<io::Error>,
}

impl Stack {
    /// Puts layers on each other, the one above the socket first.
    pub fn new(layers: Vec<Box<dyn Layer>>) -> Stack {
        Stack { layers, open: 0, unread: Vec::new(), end: None }
    }

    /// Whether bytes pass unchanged.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Which handshake is under way.
    pub fn phase(&self) -> Option<&'static str> {
        self.layers.get(self.open).map(|layer| layer.phase())
    }

    /// Goes on with the handshakes, one after the other from below. The first call, with nothing
    /// received, starts them. Whether all are done.
    ///
    /// What is appended to `wire` is to be sent, also after an error.
    pub fn handshake(&mut self, received: &mut [u8], wire: &mut Vec<u8>) -> io::Result<bool> {
        let mut unread = mem::take(&mut self.unread);
        self.pass_up(0, received, &mut unread, wire);
        while let Some(layer) = self.layers.get_mut(self.open) {
            let (mut rest, mut answer) = (unread.as_slice(), Vec::new());
            let progress = layer.handshake(&mut rest, &mut answer);
            let taken = unread.len() - rest.len();
            unread.drain(..taken);
            let sent = pass_down(self.below(self.open), Piece::whole(&answer), wire);
            let progress = progress?;
            sent?;
            match progress {
                Handshake::Waiting => {
                    self.unread = unread;
                    return self.end.take().map_or(Ok(false), Err);
                }
                Handshake::Open => {
                    let mut received = mem::take(&mut unread);
                    self.open += 1;
                    self.pass_up(self.open - 1, &mut received, &mut unread, wire);
                }
                Handshake::Finished => drop(self.layers.remove(self.open)),
            }
        }
        self.unread = unread;
        Ok(true)
    }

    /// What an error means that ends the handshake under way.
    pub fn explain(&self, error: io::Error) -> io::Error {
        match self.layers.get(self.open) {
            Some(layer) => layer.explain(error),
            None => error,
        }
    }

    /// Takes what came from the socket, and appends all that comes of it: to `plain`, and, where a layer
    /// has to answer or was waiting, to `wire`. Whether the server has said something, were it a part of a packet: see
    /// [`Layer::heard_only_control`].
    pub fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> bool {
        plain.append(&mut self.unread);
        self.pass_up(0, received, plain, wire)
    }

    /// Why nothing more can come, once: to be asked when all that came before has been handled.
    pub fn take_end(&mut self) -> Option<io::Error> {
        self.end.take()
    }

    /// Takes bytes to send, and appends what comes of them to `wire`.
    pub fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
        pass_down(&mut self.layers, piece, wire)
    }

    /// Whether a piece may have several messages: see [`Layer::takes_several`].
    pub fn takes_several(&self) -> bool {
        self.layers.last().is_some_and(|layer| layer.takes_several())
    }

    /// How many bytes layers keep that are to be sent.
    pub fn held(&self) -> usize {
        self.layers.iter().map(|layer| layer.held()).sum()
    }

    /// Has the layers say goodbye, from above.
    pub fn close(&mut self, wire: &mut Vec<u8>) {
        for index in (0..self.open).rev() {
            let mut goodbye = Vec::new();
            if let Some(layer) = self.layers.get_mut(index) {
                layer.close(&mut goodbye);
            }
            // A layer that has failed sends nothing more, and those below say goodbye all the same.
            let _ = pass_down(self.below(index), Piece::whole(&goodbye), wire);
        }
    }

    fn below(&mut self, index: usize) -> &mut [Box<dyn Layer>] {
        self.layers.get_mut(..index).unwrap_or_default()
    }

    /// Up through the open layers from the given one on. Whether it was more than control of theirs.
    fn pass_up(
        &mut self,
        first: usize,
        received: &mut [u8],
        plain: &mut Vec<u8>,
        wire: &mut Vec<u8>,
    ) -> bool {
        let mut is_only_control = false;
        if first == self.open {
            plain.extend_from_slice(received);
        }
        let mut from_below = Vec::new();
        for index in first..self.open {
            let is_top = index + 1 == self.open;
            let mut for_above = Vec::new();
            let input = if index == first { &mut *received } else { &mut from_below };
            let output = if is_top { &mut *plain } else { &mut for_above };
            let result = match self.layers.get_mut(..=index) {
                Some([layer]) => layer.receive(input, output, wire),
                Some([below @ .., layer]) => {
                    let mut answer = Vec::new();
                    let received = layer.receive(input, output, &mut answer);
                    received.and(pass_down(below, Piece::whole(&answer), wire))
                }
                _ => Ok(()),
            };
            // The higher a layer, the earlier the byte that it could not take.
            if let Err(error) = result {
                self.end = Some(error);
            }
            is_only_control |= self.layers.get(index).is_some_and(|layer| layer.heard_only_control());
            if for_above.is_empty() {
                break;
            }
            from_below = for_above;
        }
        !is_only_control
    }
}

/// Down through all of these layers.
fn pass_down(layers: &mut [Box<dyn Layer>], piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
    if piece.bytes.is_empty() {
        return Ok(());
    }
    match layers {
        [] => {
            wire.extend_from_slice(piece.bytes);
            Ok(())
        }
        [only] => only.send(piece, wire),
        [below @ .., top] => {
            let mut bytes = Vec::new();
            let sent = top.send(piece, &mut bytes);
            sent.and(pass_down(below, Piece::whole(&bytes), wire))
        }
    }
}

#[cfg(test)]
mod tests;
