//! A C program that does what a test says, call by call, and the directory of its store.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::support::files::Scratch;
use crate::support::library::Library;
use crate::support::program::{Program, Running};

/// What to start a [`Shell`] with.
pub struct Client<'a> {
    pub library: Library,
    pub uri: &'a str,
    pub id: &'a str,
    pub version: u8,
    /// The directory in which the store's directory is, or what `persist_shell.c` takes for it.
    pub store: String,
}

impl Client<'_> {
    /// Starts a program that creates this client; its first answer is create's return code.
    pub fn start(&self) -> Shell {
        self.start_with(&[])
    }

    /// As [`Client::start`], with a store of the program's own that fails where it is told to.
    pub fn start_with(&self, failures: &[&str]) -> Shell {
        self.start_by(&[], failures)
    }

    /// As [`Client::start_with`], by way of a command that is given the program's command line.
    pub fn start_by(&self, launcher: &[&str], failures: &[&str]) -> Shell {
        let mut arguments =
            vec![self.uri.to_owned(), self.id.to_owned(), self.version.to_string(), self.store.clone()];
        arguments.extend(failures.iter().map(|&failure| failure.to_owned()));
        let program = Program::compile("tests/c/persist_shell.c");
        let mut shell = Shell {
            running: program.with(self.library).arguments(&arguments).launched_by(launcher).start(),
            answers: 0,
            created: String::new(),
        };
        shell.created = shell.answer();
        shell
    }

    /// Starts it, and demands that create succeeds.
    #[track_caller]
    pub fn create(&self) -> Shell {
        let shell = self.start();
        assert_eq!(shell.created, "0", "create");
        shell
    }
}

/// A program that obeys.
pub struct Shell {
    running: Running,
    answers: usize,
    /// What create returned.
    pub created: String,
}

impl Shell {
    /// Has it do something; gives its answer.
    #[track_caller]
    pub fn ask(&mut self, command: &str) -> String {
        self.running.write(&format!("{command}\n"));
        self.answer()
    }

    /// Has it do something to which the answer must be this.
    #[track_caller]
    pub fn expect(&mut self, command: &str, answer: &str) {
        let got = self.ask(command);
        assert_eq!(got, answer, "{command}\n{}", self.running.transcript());
    }

    /// Has it do something that it does not come back from.
    pub fn tell(&mut self, command: &str) {
        self.running.write(&format!("{command}\n"));
    }

    /// Waits for the answers to so many commands that it was told.
    pub fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.answer();
        }
    }

    #[track_caller]
    fn answer(&mut self) -> String {
        self.answers += 1;
        let line = self.running.wait_for_nth("=", self.answers);
        line.trim_start_matches("=").trim().to_owned()
    }

    /// Ends it as a power cut would, as far as the program is concerned.
    pub fn kill(self) {
        self.running.signal(Signal::KILL);
        self.running.finish();
    }

    /// Waits until it has ended.
    pub fn finish(self) {
        self.running.finish().expect_success();
    }

    /// Has it destroy its client and end; gives all that it printed.
    #[track_caller]
    pub fn end(mut self) -> String {
        self.ask("destroy");
        self.running.finish().expect_success().stdout
    }
}

/// A directory with stores in it.
pub struct Stores(Scratch);

/// What lies in a store: names and contents.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Stores {
    pub fn new() -> Stores {
        Stores(Scratch::new())
    }

    /// For a client's `store`.
    pub fn path(&self) -> String {
        self.0.file("").to_str().expect("a path that is text").trim_end_matches('/').to_owned()
    }

    /// The store of a client of a server on this machine (contract P-601).
    pub fn of(&self, client_id: &str, uri: &str) -> PathBuf {
        let address = uri.trim_start_matches("tcp://").replace(':', "-");
        self.0.file(&format!("{client_id}-{address}"))
    }

    /// Copies a store of `tests/fixtures/persistence` for a client of this server.
    pub fn take_fixture(&self, case: &str, client_id: &str, uri: &str) -> Files {
        let files = fixture(case, client_id);
        let directory = self.of(client_id, uri);
        fs::create_dir(&directory).unwrap();
        for (name, bytes) in &files {
            fs::write(directory.join(name), bytes).unwrap();
        }
        files
    }
}

/// The files of a fixture.
pub fn fixture(case: &str, client_id: &str) -> Files {
    let fixtures = crate::support::files::root().join("tests/fixtures/persistence");
    files_in(&fixtures.join(case).join(format!("{client_id}-127.0.0.1-24100"))).expect("a fixture")
}

/// The files in a directory; `None` if there is no such directory.
pub fn files_in(directory: &Path) -> Option<Files> {
    let entries = fs::read_dir(directory).ok()?;
    let paths = entries.map(|entry| entry.unwrap().path());
    Some(
        paths
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect(),
    )
}
