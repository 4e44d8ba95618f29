//! For this crate's own tests and its fuzz target, which are programs of their own. Nothing here is
//! promised to anybody: what C programs may use is in `c_api`.

pub mod client {
    //! The synchronous API in safe Rust.

    pub use crate::client::{
        Application, Client, ConnectOptions, CreateOptions, Event, Kind, MqttVersion, Persistence, SyncApi,
    };
}

pub mod error {
    //! What a session's host is asked, and what it is told.

    pub use crate::error::{PersistError, ProtocolError};
}

pub mod protocol {
    //! A session without a connection, and what must hold for any bytes.

    pub use crate::protocol::fuzzing::decode_any;
    pub use crate::protocol::packet::{Connect, Properties, PropertyList, Publish, Subscription};
    pub use crate::protocol::session::{
        AckToken, Acknowledge, ConnectionOptions, Event, Host, OutgoingMessage, Session, SessionState,
        StoreKey,
    };
    pub use crate::protocol::{Qos, ReasonCode, Version};
}

pub mod trace {
    //! The one trace of the process.

    pub use crate::trace::{Level, flush, set_callback, set_level};
}

pub mod transport {
    //! Where a server is, and what must hold for whatever it sends.

    pub use crate::transport::ServerUri;
    pub use crate::transport::proxy::fuzzing::proxy_any;
    pub use crate::transport::websocket::fuzzing::websocket_any;
}
