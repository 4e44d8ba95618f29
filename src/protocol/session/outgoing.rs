//! The output buffer: bytes of whole packets that wait to be written.
//!
//! Written bytes are not shifted out one write at a time; a start index moves over them, and the
//! rest moves down only when at least half of a large buffer has been written.

/// So much capacity an empty buffer may keep for the next burst.
const KEPT_CAPACITY: usize = 128 * 1024;

/// From so many written bytes on, moving the rest down is considered.
const COMPACT_FROM: usize = 64 * 1024;

/// Bytes that wait to be written.
#[derive(Default)]
pub struct Outgoing {
    buffer: Vec<u8>,
    written: usize,
    /// Takes the packets that come while `buffer` is out as a chunk.
    spare: Vec<u8>,
    /// How many bytes are in the chunk that is out.
    chunk: usize,
    /// How many bytes have left for good, of all that were ever appended.
    gone: u64,
}

/// Bytes that are being written while packets are appended behind them.
#[derive(Debug)]
pub struct OutgoingChunk {
    buffer: Vec<u8>,
    written: usize,
}

impl OutgoingChunk {
    /// What is to be written.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.written..).unwrap_or_default()
    }
}

impl Outgoing {
    /// What is to be written.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.written..).unwrap_or_default()
    }

    /// How many bytes that are.
    pub fn len(&self) -> usize {
        self.buffer.len() - self.written
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where packets are appended. What is there already may not be touched.
    pub fn end(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// How many bytes have left for good, of all that were ever appended.
    #[cfg(any(test, feature = "async"))]
    #[inline]
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// How many bytes were ever appended.
    #[inline]
    pub fn appended(&self) -> u64 {
        self.gone + (self.chunk + self.len()) as u64
    }

    /// Removes the first `written` bytes.
    pub fn consume(&mut self, written: usize) {
        debug_assert!(written <= self.len());
        self.gone += written as u64;
        self.written = self.buffer.len().min(self.written + written);
        if self.written == self.buffer.len() {
            self.written = 0;
            if self.buffer.capacity() > KEPT_CAPACITY {
                self.buffer = Vec::new();
            } else {
                self.buffer.clear();
            }
        } else if self.written >= COMPACT_FROM && self.written >= self.buffer.len() / 2 {
            self.buffer.drain(..self.written);
            self.written = 0;
            self.buffer.shrink_to(self.buffer.len().max(KEPT_CAPACITY) * 2);
        }
    }

    /// Takes out all that is to be written.
    pub fn take_chunk(&mut self) -> OutgoingChunk {
        self.chunk = self.len();
        let buffer = std::mem::replace(&mut self.buffer, std::mem::take(&mut self.spare));
        OutgoingChunk { buffer, written: std::mem::take(&mut self.written) }
    }

    /// Takes back a chunk, of which so much was written. The rest comes first again.
    pub fn take_back(&mut self, mut chunk: OutgoingChunk, written: usize) {
        self.chunk = 0;
        self.gone += written as u64;
        chunk.written += written;
        if chunk.written < chunk.buffer.len() {
            chunk.buffer.append(&mut self.buffer);
            self.spare = std::mem::replace(&mut self.buffer, chunk.buffer);
            self.written = chunk.written;
        } else if chunk.buffer.capacity() <= KEPT_CAPACITY {
            chunk.buffer.clear();
            self.spare = chunk.buffer;
        }
        if self.buffer.is_empty() && self.spare.capacity() > self.buffer.capacity() {
            std::mem::swap(&mut self.buffer, &mut self.spare);
        }
    }

    /// Throws everything away, the memory too.
    pub fn clear(&mut self) {
        *self = Outgoing { gone: self.appended(), ..Outgoing::default() };
    }

    /// Gives the memory back if nothing waits.
    pub fn release_if_empty(&mut self) {
        if self.is_empty() {
            self.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the writes fall, the bytes leave in order, once.
    #[test]
    fn gives_bytes_out_in_order() {
        let mut outgoing = Outgoing::default();
        let (mut appended, mut seen) = (0_u32, Vec::new());
        for round in 0..2000_usize {
            for _ in 0..round % 97 {
                outgoing.end().extend_from_slice(&appended.to_be_bytes());
                appended += 1;
            }
            let part = outgoing.len() * (round % 5) / 5;
            seen.extend_from_slice(&outgoing.bytes()[..part]);
            outgoing.consume(part);
            assert_eq!(outgoing.gone(), seen.len() as u64);
            assert_eq!(outgoing.appended(), 4 * u64::from(appended));
        }
        seen.extend_from_slice(outgoing.bytes());
        outgoing.consume(outgoing.len());
        assert!(outgoing.is_empty());
        let expected: Vec<u8> = (0..appended).flat_map(u32::to_be_bytes).collect();
        assert!(seen == expected);
    }

    /// The same when a writer has the bytes, and packets come meanwhile.
    #[test]
    fn chunks_come_in_order() {
        let mut outgoing = Outgoing::default();
        let (mut appended, mut seen) = (0_u32, Vec::new());
        let mut append = |outgoing: &mut Outgoing, count| {
            for _ in 0..count {
                outgoing.end().extend_from_slice(&appended.to_be_bytes());
                appended += 1;
            }
        };
        for round in 0..2000_usize {
            append(&mut outgoing, round % 97);
            let chunk = outgoing.take_chunk();
            append(&mut outgoing, round % 89);
            let part = chunk.bytes().len() * (round % 5) / 4;
            let part = part.min(chunk.bytes().len());
            seen.extend_from_slice(&chunk.bytes()[..part]);
            assert_eq!(outgoing.gone() + (chunk.bytes().len() + outgoing.len()) as u64, outgoing.appended());
            outgoing.take_back(chunk, part);
            assert_eq!(outgoing.gone(), seen.len() as u64);
        }
        seen.extend_from_slice(outgoing.bytes());
        let expected: Vec<u8> = (0..appended).flat_map(u32::to_be_bytes).collect();
        assert!(seen == expected);
    }

    #[test]
    fn a_drained_buffer_gives_large_memory_back() {
        let mut outgoing = Outgoing::default();
        outgoing.end().resize(4 * KEPT_CAPACITY, 0);
        outgoing.consume(4 * KEPT_CAPACITY);
        assert_eq!(outgoing.buffer.capacity(), 0);
        outgoing.end().push(1);
        outgoing.consume(1);
        assert_ne!(outgoing.buffer.capacity(), 0, "small buffers are kept for the next packet");
        outgoing.release_if_empty();
        assert_eq!(outgoing.buffer.capacity(), 0);
    }
}
