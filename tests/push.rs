//! The pair `push_server` and `push_client` of `c-examples`: the whole story, with both libraries.

mod support;

use rustix::process::Signal;
use support::files::Scratch;
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Program, Running};

/// A broker that asks for user name and password, and where the programs keep what is under way.
struct Place {
    library: Library,
    broker: Mosquitto,
    files: Scratch,
}

impl Place {
    fn new(library: Library) -> Self {
        let files = Scratch::new();
        let passwords = Mosquitto::password_file(&files, "app", "secret");
        let broker = Mosquitto::start(&[
            "allow_anonymous false",
            &format!("password_file {}", passwords.display()),
            "set_tcp_nodelay true",
        ]);
        Self { library, broker, files }
    }

    fn start(&self, program: &str, client_id: &[&str], password: &str) -> Running {
        let directory = self.files.file("").display().to_string();
        Program::compile(program)
            .with(self.library)
            .arguments(client_id)
            .arguments(&[self.broker.uri(), directory])
            .environment("MQTT_USER", "app")
            .environment("MQTT_PASSWORD", password)
            .start()
    }

    fn server(&self) -> Running {
        let server = self.start("c-examples/push_server.c", &[], "secret");
        server.wait_for("Connected");
        server
    }

    fn client(&self, id: &str) -> Running {
        let client = self.start("c-examples/push_client.c", &[id], "secret");
        client.wait_for("Connected");
        client
    }

    /// Connects as somebody who is connected already: the broker ends the older connection.
    fn take_connection_of(&self, client_id: &str) {
        let id = ["-i", client_id, "-u", "app", "-P", "secret"];
        self.broker.publish(&[&id[..], &["-t", "nowhere", "-n"]].concat());
    }
}

/// The messages that a client printed.
fn pushed(client: &Running) -> Vec<String> {
    client.stdout().lines().filter(|line| line.starts_with("push")).map(String::from).collect()
}

fn a_client_gets_what_it_missed(library: Library) {
    let place = Place::new(library);
    let mut server = place.server();
    let alice = place.client("alice");
    server.wait_for("alice is here");
    server.write("push everyone good morning\nkeep everyone closed on Monday\npush bob not for alice\n");
    server.write("push alice you alone\n");
    alice.wait_for("push/alice: you alone");
    assert_eq!(
        pushed(&alice),
        ["push: good morning", "push: closed on Monday", "push/alice: you alone"],
        "{library:?}"
    );

    // Away in good order. Whoever comes for the first time gets what is kept, and nothing older.
    alice.signal(Signal::TERM);
    alice.finish().expect_success();
    server.wait_for("alice is gone");
    server.write("push everyone missed by alice\npush alice missed by her alone\n");
    server.wait_for_nth("is delivered", 6);
    let bob = place.client("bob");
    bob.wait_for("push (retained): closed on Monday");
    assert_eq!(pushed(&bob), ["push (retained): closed on Monday"], "{library:?}");

    // Back. This process subscribes for itself, so that what is kept comes again, too.
    let alice = place.client("alice");
    alice.wait_for("Connected to the session that we had");
    alice.wait_for("push/alice: missed by her alone");
    alice.wait_for("(retained)");
    let mut missed = pushed(&alice);
    missed.retain(|line| !line.contains("(retained)"));
    assert_eq!(missed, ["push: missed by alice", "push/alice: missed by her alone"], "{library:?}");

    // What is no longer kept is not given to new clients.
    server.write("keep everyone\n");
    alice.wait_for_nth("push: ", 2);
    let carol = place.client("carol");
    server.wait_for("carol is here");
    server.write("push carol welcome\n");
    carol.wait_for("welcome");
    assert_eq!(pushed(&carol), ["push/carol: welcome"], "{library:?}");
    server.finish().expect_success();
}

#[test]
fn a_client_gets_what_it_missed_with_ours() {
    a_client_gets_what_it_missed(Library::Ours);
}

#[test]
fn a_client_gets_what_it_missed_with_the_original() {
    a_client_gets_what_it_missed(Library::Original);
}

/// The last will tells of it, and the session outlives the process.
fn a_client_that_is_killed_is_missed(library: Library) {
    let place = Place::new(library);
    let mut server = place.server();
    let alice = place.client("alice");
    server.wait_for("alice is here");
    alice.signal(Signal::KILL);
    server.wait_for("alice is gone");
    server.write("push alice while you were dead\n");
    server.wait_for("is delivered");
    let alice = place.client("alice");
    alice.wait_for("push/alice: while you were dead");
    server.wait_for_nth("alice is here", 2);
}

#[test]
fn a_client_that_is_killed_is_missed_with_ours() {
    a_client_that_is_killed_is_missed(Library::Ours);
}

#[test]
fn a_client_that_is_killed_is_missed_with_the_original() {
    a_client_that_is_killed_is_missed(Library::Original);
}

/// The other connection begins a clean session, so that the broker forgets the subscriptions.
fn both_connect_again(library: Library) {
    let place = Place::new(library);
    let mut server = place.server();
    let alice = place.client("alice");
    server.wait_for("alice is here");
    place.take_connection_of("alice");
    alice.wait_for_nth("Connected.", 2);
    server.wait_for_nth("alice is here", 2);
    place.take_connection_of("push-server");
    server.write("push alice still there?\n");
    alice.wait_for("push/alice: still there?");
    server.wait_for_nth("Connected.", 2);
    server.finish().expect_success();
    alice.signal(Signal::INT);
    alice.finish().expect_success();
}

#[test]
fn both_connect_again_when_the_connection_is_lost_with_ours() {
    both_connect_again(Library::Ours);
}

#[test]
fn both_connect_again_when_the_connection_is_lost_with_the_original() {
    both_connect_again(Library::Original);
}

#[test]
fn a_wrong_password_ends_both_at_once() {
    let place = Place::new(Library::Ours);
    for (program, client_id) in
        [("c-examples/push_server.c", &[][..]), ("c-examples/push_client.c", &["alice"][..])]
    {
        let finished = place.start(program, client_id, "guessed").finish();
        assert_eq!(finished.status.code(), Some(1), "{program}");
        let expected =
            format!("Connecting to {} failed with return code 5: Not authorized\n", place.broker.uri());
        assert_eq!(finished.stderr, expected);
    }
}
