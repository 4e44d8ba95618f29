//! TLS sessions that a client resumes: those of its last connections. Each has a copy of the server's certificates, so
//! there are as few as there can be.

use crate::sync::Mutex;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use std::fmt;

/// For so many servers something is kept.
const SERVERS: usize = 8;

/// What is known of servers, the one that was added last first.
#[derive(Default)]
pub struct Sessions {
    servers: Mutex<Vec<Server>>,
}

struct Server {
    name: ServerName<'static>,
    /// The group that it has chosen.
    group: Option<NamedGroup>,
    version_1_2: Option<Box<Tls12ClientSessionValue>>,
    /// The last of the tickets that it has sent; it sends some at once, and each is used once.
    version_1_3: Option<Box<Tls13ClientSessionValue>>,
}

impl Sessions {
    fn read<T>(&self, name: &ServerName<'_>, read: impl FnOnce(&mut Server) -> Option<T>) -> Option<T> {
        read(self.servers.lock().iter_mut().find(|server| server.name == *name)?)
    }

    /// One of them may be why a handshake has failed: none is used again.
    pub fn forget(&self) {
        self.servers.lock().clear();
    }

    fn change(&self, name: ServerName<'static>, change: impl FnOnce(&mut Server)) {
        let mut servers = self.servers.lock();
        if let Some(server) = servers.iter_mut().find(|server| server.name == name) {
            return change(server);
        }
        let mut server = Server { name, group: None, version_1_2: None, version_1_3: None };
        change(&mut server);
        servers.truncate(SERVERS - 1);
        servers.insert(0, server);
        servers.shrink_to_fit();
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.change(name, |server| server.group = Some(group));
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.read(name, |server| server.group)
    }

    fn set_tls12_session(&self, name: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.change(name, |server| server.version_1_2 = Some(Box::new(session)));
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.read(name, |server| server.version_1_2.as_deref().cloned())
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        self.read(name, |server| server.version_1_2.take());
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.change(name, |server| server.version_1_3 = Some(Box::new(ticket)));
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.read(name, |server| server.version_1_3.take()).map(|ticket| *ticket)
    }
}

/// Without a word of what it keeps: sessions are secret.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> ServerName<'static> {
        ServerName::try_from(format!("h{number}.example")).unwrap()
    }

    /// That sessions are resumed is shown where connections are made.
    #[test]
    fn only_so_many_servers_are_known() {
        let sessions = Sessions::default();
        for number in 0..=SERVERS {
            sessions.set_kx_hint(name(number), NamedGroup::X25519);
            sessions.set_kx_hint(name(number), NamedGroup::secp256r1);
        }
        assert_eq!(sessions.kx_hint(&name(0)), None);
        for number in 1..=SERVERS {
            assert_eq!(sessions.kx_hint(&name(number)), Some(NamedGroup::secp256r1), "{number}");
        }
        assert!(sessions.take_tls13_ticket(&name(1)).is_none() && sessions.tls12_session(&name(1)).is_none());
    }
}
