//! What the server says of the connection itself: that it accepts or refuses it, and that it ends it.

use crate::error::{Error, PersistError};
use crate::protocol::packet::Properties;
use crate::protocol::{ReasonCode, Version};

/// The server's answer to CONNECT.
pub(in crate::client) enum ConnAckSeen {
    Accepted { session_present: bool, properties: Properties },
    Refused(ReasonCode),
}

/// What was heard of one connection and nobody has taken yet.
pub(in crate::client) struct Report {
    /// Which of the servers was sent CONNECT, and for which version.
    asked: (Option<usize>, Version),
    connack: Option<ConnAckSeen>,
    /// Why the store could not do what the connection depends on.
    store_failed: Option<PersistError>,
    goodbye: Option<(ReasonCode, Properties)>,
}

impl Default for Report {
    fn default() -> Report {
        Report { asked: (None, Version::V3_1_1), connack: None, store_failed: None, goodbye: None }
    }
}

impl Report {
    /// CONNECT is sent, to one of the servers in the options or to the client's own: nothing was heard of this
    /// connection.
    pub fn begin(&mut self, server: Option<usize>, version: Version) {
        *self = Report { asked: (server, version), ..Report::default() };
    }

    /// Where CONNECT was sent, and for which version.
    pub fn asked(&self) -> (Option<usize>, Version) {
        self.asked
    }

    /// The server has answered CONNECT.
    pub fn connack(&mut self, connack: ConnAckSeen) {
        self.connack = Some(connack);
    }

    /// A store cannot forget the old session, and would bring it back later (contract P-121).
    pub fn store_failed(&mut self, error: PersistError) {
        self.store_failed = Some(error);
    }

    /// The server has said that it ends the connection.
    pub fn goodbye(&mut self, reason: ReasonCode, properties: Properties) {
        self.goodbye = Some((reason, properties));
    }

    /// Whether there is an answer to CONNECT.
    pub fn has_answer(&self) -> bool {
        self.connack.is_some() || self.store_failed.is_some()
    }

    /// What comes of CONNECT. Whatever the server says, the connection is of no use if the store has failed.
    pub fn take_answer(&mut self) -> Option<Result<ConnAckSeen, Error>> {
        let failed = self.store_failed.take();
        failed.map(|error| Err(error.into())).or_else(|| self.connack.take().map(Ok))
    }

    /// Whether the server ends the connection.
    #[inline]
    pub fn has_goodbye(&self) -> bool {
        self.goodbye.is_some()
    }

    /// What it said at the end.
    pub fn take_goodbye(&mut self) -> Option<(ReasonCode, Properties)> {
        self.goodbye.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> ConnAckSeen {
        ConnAckSeen::Accepted { session_present: false, properties: Properties::default() }
    }

    /// Contract P-121.
    #[test]
    fn a_store_that_failed_counts_more_than_what_the_server_says() {
        let mut report = Report::default();
        assert!(!report.has_answer() && report.take_answer().is_none());
        report.store_failed(PersistError { code: -2 });
        report.connack(accepted());
        assert!(report.has_answer());
        assert!(matches!(report.take_answer(), Some(Err(Error::Persistence(_)))));
    }

    #[test]
    fn what_was_heard_of_an_earlier_connection_is_forgotten() {
        let mut report = Report::default();
        report.connack(accepted());
        report.goodbye(ReasonCode(0x8b), Properties::default());
        assert!(report.has_answer() && report.has_goodbye());
        report.begin(Some(2), Version::V5);
        assert_eq!(report.asked(), (Some(2), Version::V5));
        assert!(!report.has_answer() && !report.has_goodbye());
        report.connack(ConnAckSeen::Refused(ReasonCode(5)));
        assert!(matches!(report.take_answer(), Some(Ok(ConnAckSeen::Refused(ReasonCode(5))))));
        assert!(report.take_answer().is_none());
        report.goodbye(ReasonCode(0x8b), Properties::default());
        assert_eq!(report.take_goodbye().unwrap().0, ReasonCode(0x8b));
        assert!(!report.has_goodbye());
    }
}
