//! The library is a guest: plug-ins, and whatever programs do in the callback for errors.

use super::*;
use support::library::SYNC_TLS;

/// What aws-lc keeps for a thread is given back when the thread ends, in code that is to be there still.
#[test]
fn a_thread_that_has_used_tls_may_outlive_the_plugin() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    let library = Library::Ours.directory_of(SYNC_TLS).unwrap().join(format!("lib{SYNC_TLS}.so.1"));
    let program = Program::compile("tests/c/tls_plugin.c").with(Library::Ours);
    let trust = certificates.authority.certificate();
    let arguments = [tls_uri(broker.port()).into(), library.into_os_string(), trust.into_os_string()];
    assert_eq!(program.arguments(&arguments).output(), "done\n");
}

#[test]
fn the_callback_for_errors_may_do_anything() {
    let certificates = Certificates::new();
    let broker = certificates.mosquitto(&[]);
    let other = Authority::new("Other CA").certificate();
    let other = other.to_str().unwrap();
    let uri = tls_uri(broker.port());
    for (deed, first) in [
        ("connect", "connect: -1\n"),
        ("disconnect", "connect: -1\n"),
        ("destroy", "connect: -1\n"),
        ("exit", ""),
    ] {
        let said = Program::compile("tests/c/tls_in_callback.c").run(&[uri.as_str(), other, deed]);
        assert_eq!(said, format!("{first}connect: -1\ncalls: 2\n"), "{deed}");
        let said = Program::compile("tests/c/async_tls_in_callback.c").run(&[uri.as_str(), other, deed]);
        assert_eq!(said, "done\n", "{deed}");
    }
}
