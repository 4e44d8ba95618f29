//! HTTP proxies: whether one is asked for. Contract T-401, T-406.

use super::ServerUri;
use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Who asks for a proxy to this server, for a connection without TLS: in words.
pub fn asked_for(in_options: bool, server: &ServerUri) -> Option<&'static str> {
    if in_options {
        return Some("httpProxy in the connect options");
    }
    let allowed = env::var_os("PAHO_C_CLIENT_USE_HTTP_PROXY");
    let in_environment = allowed.is_some_and(|allowed| allowed.as_bytes().starts_with(b"TRUE"))
        && env::var_os("http_proxy").is_some()
        && !env::var_os("no_proxy").is_some_and(|exceptions| is_exempt(&exceptions, server));
    in_environment.then_some("http_proxy in the environment")
}

/// Whether one of the entries of `no_proxy` stands for this server: `host`, `.domain` or `*`, each
/// perhaps with a port, which must be the one in the URI.
fn is_exempt(exceptions: &OsStr, server: &ServerUri) -> bool {
    let exceptions = exceptions.to_string_lossy();
    exceptions.split(',').any(|entry| {
        if is_same_or_below(entry, server.host()) {
            return true;
        }
        let Some((domain, port)) = entry.rsplit_once(':') else { return false };
        let is_its_port = port.parse().is_ok_and(|port| server.written_port() == Some(port));
        is_its_port && is_same_or_below(domain, server.host())
    })
}

/// `host` is the domain, or ends in a dot and the domain.
fn is_same_or_below(domain: &str, host: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    match host.strip_suffix(domain) {
        _ if domain == "*" => true,
        Some(above) => !domain.is_empty() && (above.is_empty() || above.ends_with('.')),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract T-406.
    #[test]
    fn exceptions_are_hosts_and_domains_and_ports() {
        for (exceptions, uri, exempt) in [
            ("*", "tcp://h", true),
            ("*:99", "tcp://h:99", true),
            ("*:98", "tcp://h:99", false),
            ("a,h,b", "tcp://h:99", true),
            ("a, h,b", "tcp://h:99", false),
            ("h:99", "tcp://h:99", true),
            ("h:1883", "tcp://h", false),
            ("h:port", "tcp://h", false),
            ("example.org", "tcp://mqtt.example.org:99", true),
            (".example.org:99", "tcp://mqtt.example.org:99", true),
            (".example.org", "tcp://example.org", true),
            ("example.org", "tcp://badexample.org", false),
            ("mqtt.example.org", "tcp://example.org", false),
            ("H", "tcp://h", false),
            ("::1", "tcp://[::1]:99", true),
            ("", "tcp://h", false),
            (",", "tcp://", false),
        ] {
            let server = ServerUri::parse(uri).unwrap();
            assert_eq!(is_exempt(OsStr::new(exceptions), &server), exempt, "{exceptions} {uri}");
        }
    }
}
