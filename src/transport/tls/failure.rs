//! Why TLS fails, for people: what has happened, and what they can do. With `layer` this is all that knows how rustls
//! is used once it is configured.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};
use std::fmt;
use std::io;

/// What is in an [`io::Error`] that comes from TLS.
#[derive(Debug)]
struct TlsFailure(String);

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsFailure {}

/// Whether an error comes from TLS, and not from the network below it.
pub fn is_from_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TlsFailure>())
}

/// An error of TLS in words.
pub fn in_words(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, TlsFailure(text.into()))
}

/// An error of rustls.
pub fn of(error: &Error) -> io::Error {
    in_words(text_of(error))
}

/// The server has said goodbye before the handshake was over.
pub fn ended() -> io::Error {
    in_words("the server ended the handshake")
}

/// What an error of the network means in the middle of the handshake.
pub fn explained(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => in_words(format!("the server closed the connection; {IS_IT_TLS}")),
        io::ErrorKind::ConnectionReset => in_words(format!("the server reset the connection; {IS_IT_TLS}")),
        kind @ io::ErrorKind::TimedOut => {
            io::Error::new(kind, TlsFailure(format!("the server did not answer in time; {IS_IT_TLS}")))
        }
        _ => error,
    }
}

/// The same, and what else a person should know.
pub fn noted(error: io::Error, note: Option<&str>) -> io::Error {
    match note {
        Some(note) if is_from_tls(&error) => {
            io::Error::new(error.kind(), TlsFailure(format!("{error}; {note}")))
        }
        _ => error,
    }
}

const IS_IT_TLS: &str = "is this its port for TLS, and does it speak TLS 1.2 or 1.3?";

fn text_of(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::Other(reason)) => {
            format!("certificate verify failed: {reason}")
        }
        Error::InvalidCertificate(reason) => format!("certificate verify failed: {reason}"),
        Error::AlertReceived(alert) => text_of_alert(*alert),
        Error::NoCertificatesPresented => "the server has no certificate".to_owned(),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => format!("what the server sends is no TLS; {IS_IT_TLS}"),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server speaks neither TLS 1.2 nor TLS 1.3, and this library no older version: change the server's \
              configuration"
            .to_owned(),
        Error::DecryptError => "a record of the server's was changed on its way, or is not encrypted as agreed".to_owned(),
        Error::General(reason) => reason.clone(),
        Error::Other(reason) => reason.to_string(),
        other => other.to_string(),
    }
}

fn text_of_alert(alert: AlertDescription) -> String {
    let meaning = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "there is no TLS version, cipher suite or kind of key that both have, or it wants a client certificate: \
             see enabledCipherSuites and keyStore"
        }
        AlertDescription::CertificateRequired => "it wants a client certificate: name one as keyStore",
        AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => {
            "it does not accept the client's certificate, or that there is none: see keyStore, and the server's log"
        }
        AlertDescription::ProtocolVersion => {
            "it wants another version of TLS than 1.2 or 1.3, which are those of this library"
        }
        AlertDescription::UnrecognisedName => "it does not know the host name of the URI",
        AlertDescription::NoApplicationProtocol => "it has none of the protocols that protos names",
        _ => "see the server's log",
    };
    let number = u8::from(alert);
    format!("the server sent alert {number} ({alert:?}): {meaning}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::OtherError;
    use std::sync::Arc;

    /// Contract T-510: programs look for that.
    #[test]
    fn what_is_wrong_with_a_certificate_begins_with_the_known_words() {
        let reason = OtherError(Arc::new(TlsFailure("it is mine".to_owned())));
        for (error, text) in [
            (CertificateError::UnknownIssuer, "certificate verify failed: UnknownIssuer"),
            (CertificateError::Other(reason), "certificate verify failed: it is mine"),
        ] {
            let error = of(&Error::InvalidCertificate(error));
            assert_eq!(error.to_string(), text);
            assert!(is_from_tls(&error));
        }
    }

    #[test]
    fn alerts_have_their_number() {
        let text = text_of(&Error::AlertReceived(AlertDescription::HandshakeFailure));
        assert!(text.contains("alert 40 (HandshakeFailure)"), "{text}");
        let text = text_of(&Error::AlertReceived(AlertDescription::Unknown(200)));
        assert!(text.contains("alert 200") && text.contains("log"), "{text}");
    }

    #[test]
    fn notes_are_for_errors_of_tls() {
        let error = noted(explained(io::ErrorKind::TimedOut.into()), Some("by the way"));
        assert!(is_from_tls(&error) && error.to_string().ends_with("; by the way"), "{error}");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = noted(io::ErrorKind::HostUnreachable.into(), Some("by the way"));
        assert!(!error.to_string().contains("by the way"), "{error}");
    }

    #[test]
    fn errors_of_the_network_are_explained() {
        use io::ErrorKind::{ConnectionReset, HostUnreachable, TimedOut, UnexpectedEof};
        for kind in [ConnectionReset, TimedOut, UnexpectedEof] {
            assert!(!is_from_tls(&kind.into()));
            let error = explained(kind.into());
            assert!(is_from_tls(&error) && error.to_string().contains("port for TLS"), "{error}");
        }
        assert_eq!(explained(TimedOut.into()).kind(), TimedOut);
        assert!(!is_from_tls(&explained(HostUnreachable.into())));
    }
}
