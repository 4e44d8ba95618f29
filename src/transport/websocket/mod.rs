//! WebSocket (RFC 6455): after the upgrade of an HTTP connection, each message in a binary frame.

mod frame;
#[cfg(any(test, feature = "internals"))]
pub mod fuzzing;
mod incoming;
mod upgrade;

use super::excerpt::excerpt;
use super::layer::{Handshake, Layer, Piece};
use crate::trace::{self, Level};
use frame::{Mask, Masks, Opcode, append_header};
use incoming::{Control, Incoming};
use std::io;
use std::mem;
use upgrade::LONGEST_QUOTE;
pub use upgrade::{HttpHeader, Request};

/// Status codes of close frames: RFC 6455 section 7.4.1.
const NORMAL_CLOSURE: u16 = 1000;
const PROTOCOL_ERROR: u16 = 1002;

/// The client's end of a WebSocket.
pub struct WebSocket {
    /// What to ask for; `None` once that is done.
    request: Option<Request>,
    /// What the server has to know of.
    key: String,
    masks: Masks,
    incoming: Incoming,
    /// The mask of the message being sent, of which so many bytes are still to come.
    mask: Mask,
    rest: usize,
    /// A ping came amid a message that is being sent, and is answered behind it. Of several the last one
    /// will do.
    unanswered: Option<Vec<u8>>,
    /// A close frame was sent, or cannot be: nothing more may be.
    closed: bool,
}

impl WebSocket {
    /// Will send this request.
    pub fn new(request: Request) -> WebSocket {
        WebSocket {
            request: Some(request),
            key: String::new(),
            masks: Masks::new(),
            incoming: Incoming::default(),
            mask: Mask::new([0; 4]),
            rest: 0,
            unanswered: None,
            closed: false,
        }
    }

    /// Appends a control frame.
    fn append_control(&mut self, opcode: Opcode, payload: &[u8], wire: &mut Vec<u8>) -> io::Result<()> {
        let mut mask = Mask::new(self.masks.random()?);
        append_header(wire, opcode, payload.len(), &mask);
        mask.append(wire, payload);
        Ok(())
    }

    fn answer_ping(&mut self, payload: Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()> {
        if self.rest > 0 {
            self.unanswered = Some(payload);
            return Ok(());
        }
        trace::line(Level::Protocol, format_args!("Sending WebSocket PONG"));
        self.append_control(Opcode::Pong, &payload, wire)
    }

    /// Sends a close frame, unless there was one, or it would be taken for a part of a message.
    fn say_goodbye(&mut self, payload: &[u8], wire: &mut Vec<u8>) -> io::Result<()> {
        if mem::replace(&mut self.closed, true) || self.rest > 0 {
            return Ok(());
        }
        self.append_control(Opcode::Close, payload, wire)
    }

    /// The server has said goodbye. The error says why.
    fn handle_close(&mut self, payload: &[u8], wire: &mut Vec<u8>) -> io::Error {
        let (code, reason) = match payload.split_first_chunk() {
            Some((code, reason)) => (Some(*code), reason),
            None => (None, &[][..]),
        };
        // The code goes back as it came; without one the answer has none.
        let echoed = self.say_goodbye(code.as_ref().map_or(&[], |code| code), wire);
        if let Err(error) = echoed {
            return error;
        }
        let mut text = String::from("the server closed the WebSocket");
        if let Some(code) = code {
            text += &format!(" with status {}", u16::from_be_bytes(code));
        }
        if !reason.is_empty() {
            text += &format!(": {}", excerpt(&String::from_utf8_lossy(reason), LONGEST_QUOTE));
        }
        trace::line(Level::Protocol, format_args!("{text}"));
        io::Error::new(io::ErrorKind::ConnectionAborted, text)
    }

    /// The server does what it may not.
    fn handle_violation(&mut self, text: &str, wire: &mut Vec<u8>) -> io::Error {
        let text = format!("WebSocket protocol error: {text}");
        trace::line(Level::Error, format_args!("{text}"));
        match self.say_goodbye(&PROTOCOL_ERROR.to_be_bytes(), wire) {
            Ok(()) => io::Error::new(io::ErrorKind::InvalidData, text),
            Err(error) => error,
        }
    }
}

impl Layer for WebSocket {
    fn phase(&self) -> &'static str {
        "WebSocket upgrade"
    }

    fn handshake(&mut self, received: &mut &[u8], wire: &mut Vec<u8>) -> io::Result<Handshake> {
        if let Some(request) = self.request.take() {
            self.key = upgrade::key(self.masks.random()?);
            wire.extend_from_slice(&request.write(&self.key)?);
        }
        if received.is_empty() {
            return Ok(Handshake::Waiting);
        }
        match upgrade::read_reply(received, &self.key) {
            Ok(None) => Ok(Handshake::Waiting),
            Ok(Some(length)) => {
                trace::line(Level::Protocol, format_args!("WebSocket connection upgraded"));
                *received = received.get(length..).unwrap_or_default();
                self.key = String::new();
                Ok(Handshake::Open)
            }
            Err(error) => {
                trace::line(Level::Protocol, format_args!("WebSocket failed to upgrade connection"));
                Err(error)
            }
        }
    }

    fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()> {
        let mut received = &*received;
        self.incoming.forget_data();
        loop {
            match self.incoming.take(&mut received, plain) {
                Ok(None) => return Ok(()),
                Ok(Some(Control::Ping(payload))) => self.answer_ping(payload, wire)?,
                Ok(Some(Control::Close(payload))) => return Err(self.handle_close(&payload, wire)),
                Err(violation) => return Err(self.handle_violation(violation, wire)),
            }
        }
    }

    fn heard_only_control(&self) -> bool {
        !self.incoming.has_had_data()
    }

    fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
        if self.closed {
            // The end has yet to come to those above; they learn it after what came before.
            return Ok(());
        }
        if self.rest == 0 {
            self.mask = Mask::new(self.masks.random()?);
            append_header(wire, Opcode::Binary, piece.bytes.len() + piece.follows, &self.mask);
        }
        self.mask.append(wire, piece.bytes);
        self.rest = piece.follows;
        match self.unanswered.take_if(|_| piece.follows == 0) {
            Some(payload) => self.answer_ping(payload, wire),
            None => Ok(()),
        }
    }

    fn close(&mut self, wire: &mut Vec<u8>) {
        // Without random bytes there is no frame, and the end of the stream has to do.
        let _ = self.say_goodbye(&NORMAL_CLOSURE.to_be_bytes(), wire);
    }
}

#[cfg(test)]
mod tests;
