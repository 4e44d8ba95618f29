//! The other end of every bench: an MQTT server that is never the bottleneck, and the referee of floods.
//!
//! One thread, one epoll, one read buffer for all connections. What it does with a connection follows from
//! the topics the client uses:
//!
//! | topic | behaviour |
//! |---|---|
//! | PUBLISH to `echo/...` | the same message comes back |
//! | PUBLISH to `hold/<n>` | the youngest n stay unacknowledged until `release` is published |
//! | PUBLISH to anything else | counted, and acknowledged with the rest of what was read |
//! | SUBSCRIBE to `blast/<qos>/<size>/<count>` | a flood begins (count 0: until the connection ends) |
//!
//! It speaks plain TCP, TLS or WebSocket; over the latter two each packet of a flood is a record or a frame by itself,
//! as from a broker.
//!
//! It runs in a process of its own, one for each run: its first line of output names its port; when its
//! standard input ends it waits for the connections to end, prints what it counted, and exits.

mod blast;
mod connection;
mod packet;
mod tls;
mod websocket;
mod wire;

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::Timespec;

use crate::run::Transport;
use blast::Blocks;
use connection::{Connection, Interest};
use wire::{Server, Wire};

/// One read takes this much at most: many messages, whose acknowledgements then leave in one write.
const READ_BYTES: usize = 512 * 1024;
/// How long connections may linger once the runner said stop.
const LAST_WAIT: Duration = Duration::from_millis(500);

const LISTENER: u64 = u64::MAX;
const STANDARD_INPUT: u64 = u64::MAX - 1;

/// What the sink counted, over all connections.
#[derive(Default)]
pub struct Totals {
    /// PUBLISH packets that arrived whole.
    publishes: u64,
    /// How many of them came with the first read that had any: they were sent before `first`.
    first_batch: u64,
    /// When that read was done, and when the last one was, in nanoseconds of the monotonic clock.
    first: u64,
    last: u64,
}

impl Totals {
    /// Takes the PUBLISH packets of one read.
    fn add(&mut self, publishes: u64) {
        if publishes == 0 {
            return;
        }
        self.last = now();
        if self.publishes == 0 {
            self.first = self.last;
            self.first_batch = publishes;
        }
        self.publishes += publishes;
    }

    fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "publishes {}", self.publishes)?;
        writeln!(out, "first_batch {}", self.first_batch)?;
        writeln!(out, "flood_ns {}", self.last - self.first)?;
        out.flush()
    }
}

fn now() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Serves until standard input ends, over this transport, on the given processor.
pub fn serve(cpu: Option<usize>, transport: Transport) -> crate::Result<bool> {
    if let Some(cpu) = cpu {
        crate::run::pin(cpu)?;
    }
    let server = match transport {
        Transport::Tcp => Server::Tcp,
        Transport::Tls => Server::Tls(tls::config()?),
        Transport::WebSocket => Server::WebSocket,
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    // The standard library listens with a backlog of 128; thousands of clients may come at once.
    rustix::net::listen(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    println!("port {}", listener.local_addr()?.port());
    Sink::new(listener, server)?.run()?;
    Ok(true)
}

struct Sink {
    epoll: rustix::fd::OwnedFd,
    listener: TcpListener,
    server: Server,
    connections: HashMap<u64, Connection>,
    next_key: u64,
    buffer: Vec<u8>,
    blocks: Blocks,
    totals: Totals,
}

impl Sink {
    fn new(listener: TcpListener, server: Server) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        epoll::add(&epoll, io::stdin(), EventData::new_u64(STANDARD_INPUT), EventFlags::IN)?;
        Ok(Self {
            epoll,
            listener,
            server,
            connections: HashMap::new(),
            next_key: 0,
            buffer: vec![0; READ_BYTES],
            blocks: Blocks::default(),
            totals: Totals::default(),
        })
    }

    fn run(mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(256);
        let mut stop_at = None;
        while stop_at.is_none_or(|at| now() < at && !self.connections.is_empty()) {
            events.clear();
            let timeout = stop_at.map(|_| Timespec { tv_sec: 0, tv_nsec: 10_000_000 });
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), timeout.as_ref()) {
                Err(rustix::io::Errno::INTR) => continue,
                result => result?,
            };
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    STANDARD_INPUT => {
                        epoll::delete(&self.epoll, io::stdin())?;
                        stop_at = Some(now() + u64::try_from(LAST_WAIT.as_nanos()).unwrap_or(u64::MAX));
                    }
                    key => self.serve_connection(key, *event)?,
                }
            }
        }
        self.totals.print()
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                // The client is gone already.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            prepare(&socket)?;
            let key = self.next_key;
            self.next_key += 1;
            epoll::add(&self.epoll, socket.as_fd(), EventData::new_u64(key), EventFlags::IN)?;
            self.connections.insert(key, Connection::new(Wire::new(socket, &self.server)?));
        }
    }

    fn serve_connection(&mut self, key: u64, event: Event) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(&key) else { return Ok(()) };
        let before = connection.interest();
        let mut result = Ok(());
        // Copied: the struct is packed.
        let flags = event.flags;
        if flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            result = connection.readable(&mut self.buffer, &mut self.blocks, &mut self.totals);
        }
        if result.is_ok() {
            result = connection.writable();
        }
        if result.is_err() {
            // However it ended, by DISCONNECT, a cut or nonsense: this connection is over. Closing the socket
            // takes it out of the epoll.
            self.connections.remove(&key);
            return Ok(());
        }
        let after = connection.interest();
        if before != after {
            let flags = match after {
                Interest::Read => EventFlags::IN,
                Interest::ReadAndWrite => EventFlags::IN | EventFlags::OUT,
            };
            epoll::modify(&self.epoll, connection.wire().socket(), EventData::new_u64(key), flags)?;
        }
        Ok(())
    }
}

/// Closing resets: the client closed first, and would else keep its port in TIME_WAIT for a minute, of which
/// a run of connects and disconnects has not enough.
fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    socket.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO))?;
    Ok(())
}
