//! What can go wrong, without numbers: each API has its own table of return codes.

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The handle is NULL, stale, or was never one.
    #[error("not a client handle")]
    InvalidHandle,
    /// The client is not connected.
    #[error("not connected")]
    Disconnected,
    /// No packet identifier is free.
    #[error("no packet identifier is free")]
    NoPacketId,
    /// A string is NULL or not UTF-8.
    #[error("not a UTF-8 string")]
    BadUtf8,
    /// A required pointer is NULL.
    #[error("a required argument is NULL")]
    NullArgument,
    /// A structure has the wrong eyecatcher or version.
    #[error("not the expected structure")]
    BadStructure,
    /// A QoS outside 0 to 2.
    #[error("QoS is not 0, 1 or 2")]
    BadQos,
    /// TLS was asked of a library without it.
    #[error("this library has no TLS")]
    TlsNotSupported,
    /// An MQTT version we do not speak.
    #[error("not an MQTT version")]
    BadVersion,
    /// A URI scheme this library does not serve.
    #[error("not a supported URI scheme")]
    BadScheme,
    /// A URI scheme that MQTT has, and other libraries of this family.
    #[error("not in this library")]
    NotInThisLibrary,
    /// An option that the chosen MQTT version does not have.
    #[error("option of another MQTT version")]
    BadOption,
    /// The call is for clients of another MQTT version.
    #[error("client created for another MQTT version")]
    WrongVersion,
    /// The will's topic is empty.
    #[error("the will has an empty topic")]
    EmptyWillTopic,
    /// The store cannot do what was asked.
    #[error("the store failed: {0}")]
    Persistence(#[from] PersistError),
    /// The server refused the connection, with this CONNACK code.
    #[error("refused by the server with code {0}")]
    Refused(u8),
    /// The packet is too long for MQTT, or for what the server accepts.
    #[error("packet too large")]
    TooLarge,
    /// The request was given up before there was an answer.
    #[error("given up before it was complete")]
    Discarded,
    /// As many messages wait as may.
    #[error("no more messages can wait")]
    BufferFull,
    /// A limit for waiting messages that lets none wait.
    #[error("the limit for waiting messages is less than 1")]
    BadBufferLimit,
    /// The client has a request to connect that it has not begun.
    #[error("a connect is waiting already")]
    ConnectWaits,
    /// The deadline passed.
    #[error("timed out")]
    TimedOut,
    /// Not allowed in the client's present state or mode.
    #[error("not possible now")]
    NotNow,
    /// No memory for what the application is to own.
    #[error("out of memory")]
    OutOfMemory,
    /// An argument out of its range.
    #[error("argument out of range")]
    BadArgument,
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The server broke the protocol.
    #[error("{0}")]
    Protocol(#[from] ProtocolError),
    /// A bug of ours, caught at the door.
    #[error("internal error")]
    Panicked,
}

/// How a peer broke the protocol. Contract W-206.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A packet whose bytes cannot be read. Carries the packet type.
    #[error("Bad MQTT packet, type {0}")]
    Malformed(u8),
    /// A remaining length of more than four bytes.
    #[error("remaining length of more than four bytes")]
    BadLength,
    /// A well-formed packet that must not come. Carries the packet type.
    #[error("Protocol error, packet type {0}")]
    Violation(u8),
    /// No PINGRESP in time.
    #[error("no PINGRESP within the keep alive time")]
    KeepAlive,
}

/// A store's failure. The code is the plug-in's own (-2 for ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("persistence error {code}")]
pub struct PersistError {
    /// What the API returns for it.
    pub code: i32,
}
