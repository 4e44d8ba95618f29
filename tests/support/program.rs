//! C programs: compiled once, run with a deadline, alone or under valgrind.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use super::PATIENCE;
use super::files::{root, target};
use super::library::{ASYNC, ASYNC_TLS, HEADER_NAMES, Headers, Library, SYNC, SYNC_TLS};
use super::lines::Lines;
use super::namespace::Namespace;

/// What valgrind exits with when it found an error or a leak.
const VALGRIND_ERROR: &str = "--error-exitcode=99";

/// A program on disk.
#[derive(Clone)]
pub struct Program {
    path: PathBuf,
    /// The library that it is written for.
    api: &'static str,
}

impl Program {
    /// Compiles a C or C++ program of this repository (`tests/c/x.c`) under our headers.
    ///
    /// Warnings are errors. The result is kept under a name that depends on all that went into it.
    pub fn compile(source: &str) -> Self {
        Self::compile_with(&root().join(source), Headers::Ours)
    }

    /// The same for the library with TLS, whatever the source includes.
    pub fn compile_with_tls(source: &str) -> Self {
        let source = root().join(source);
        let text = fs::read(&source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        let api = if [ASYNC, ASYNC_TLS].contains(&api_of(&text)) { ASYNC_TLS } else { SYNC_TLS };
        Self::compile_for(api, &source, Headers::Ours)
    }

    /// Compiles a source file from anywhere, under headers of choice.
    pub fn compile_with(source: &Path, headers: Headers) -> Self {
        let text = fs::read(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        Self::compile_for(api_of(&text), source, headers)
    }

    fn compile_for(api: &'static str, source: &Path, headers: Headers) -> Self {
        let text = fs::read(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        let include = headers.directory();
        let library = Library::Ours.directory_of(api).expect("ours has a directory");
        let cpp = source.extension().is_some_and(|extension| extension == "cpp");
        let mut compiler = Command::new(if cpp { "c++".into() } else { c_compiler() });
        // As g++ does, whatever header comes first.
        compiler.args(if cpp { ["-std=c++11"].as_slice() } else { &["-std=gnu99", "-D_GNU_SOURCE"] });
        // Sources that are not ours are compiled as they are: their warnings are not our business.
        if source.starts_with(root()) {
            compiler.args(["-Wall", "-Wextra", "-Werror"]);
        }
        compiler.args(["-g", "-O1", "-pthread"]).arg(source).arg("-I").arg(&include);
        if uses_wrapper(&text) {
            compiler.arg("-lpaho-mqttpp3");
        }
        // A program that loads the library itself is not linked with it.
        compiler.arg("-L").arg(&library).args(["-Wl,--as-needed", &format!("-l{api}"), "-ldl"]);

        let mut inputs = DefaultHasher::new();
        format!("{compiler:?}").hash(&mut inputs);
        fs::read(source).unwrap_or_else(|error| panic!("{}: {error}", source.display())).hash(&mut inputs);
        for header in own_headers() {
            fs::read(header).unwrap().hash(&mut inputs);
        }
        for header in HEADER_NAMES {
            // A program that includes what is not there does not compile.
            fs::read(include.join(header)).ok().hash(&mut inputs);
        }
        let name = source.file_stem().unwrap().to_string_lossy();
        let path = target().join(format!("{name}-{:016x}", inputs.finish()));
        compile_once(compiler, &path);
        Self { path, api }
    }

    /// A program that is there already.
    pub fn installed(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        assert!(path.exists(), "{} is missing: tests/install-prerequisites.sh, then `make`", path.display());
        let name = path.file_name().unwrap().to_string_lossy();
        let api = match &*name {
            name if name.starts_with("paho_c_") || name == "janus" => ASYNC_TLS,
            name if name.starts_with("paho_cs_") => SYNC_TLS,
            name if name.contains("Async") => ASYNC,
            _ => SYNC,
        };
        Self { path, api }
    }

    /// Runs it with the library under test, and gives its standard output. It must exit with 0.
    pub fn run<A: Into<OsString> + Clone>(&self, arguments: &[A]) -> String {
        self.with(Library::Ours).arguments(arguments).output()
    }

    /// Prepares a run with a library of choice.
    pub fn with(&self, library: Library) -> Run {
        Run {
            program: self.path.clone(),
            api: self.api,
            library,
            arguments: Vec::new(),
            environment: Vec::new(),
            valgrind: false,
            namespace: None,
            launcher: Vec::new(),
            deadline: PATIENCE,
        }
    }
}

/// The C compiler, or the one that `PAHO_CC` names: see tests/foreign.
fn c_compiler() -> OsString {
    env::var_os("PAHO_CC").unwrap_or_else(|| "cc".into())
}

/// The library for a source, by the headers that it includes.
fn api_of(source: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(source);
    let includes = |header: &str| text.contains(&format!("\"{header}\""));
    if uses_wrapper(source) {
        return ASYNC_TLS;
    }
    let has_tls = includes("tls_support.h") || text.contains("-lpaho-mqtt3cs");
    match (includes("MQTTAsync.h") || includes("async_support.h"), has_tls) {
        (false, false) => SYNC,
        (true, false) => ASYNC,
        (false, true) => SYNC_TLS,
        (true, true) => ASYNC_TLS,
    }
}

/// Whether a source is written for the distribution's library for C++, which is built on that for C.
fn uses_wrapper(source: &[u8]) -> bool {
    String::from_utf8_lossy(source).contains("<mqtt/")
}

/// Compiles to `path` unless that is there. Tests are processes of their own, so only a lock on a file
/// keeps two of them from compiling the same program at once.
fn compile_once(mut compiler: Command, path: &Path) {
    let lock = File::create(path.with_extension("lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    if path.exists() {
        return;
    }
    let unfinished = path.with_extension("unfinished");
    let output = compiler.arg("-o").arg(&unfinished).output().expect("a C compiler");
    assert!(output.status.success(), "{compiler:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    fs::rename(unfinished, path).unwrap();
}

/// A run that is being prepared.
pub struct Run {
    program: PathBuf,
    api: &'static str,
    library: Library,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    valgrind: bool,
    namespace: Option<u32>,
    launcher: Vec<OsString>,
    deadline: Duration,
}

impl Run {
    /// Adds arguments.
    pub fn arguments<A: Into<OsString> + Clone>(mut self, arguments: &[A]) -> Self {
        self.arguments.extend(arguments.iter().cloned().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Lets valgrind watch: errors and lost memory make the run fail.
    pub fn under_valgrind(mut self) -> Self {
        self.valgrind = true;
        self.deadline *= 4;
        self
    }

    /// Runs it inside a network namespace.
    pub fn inside(mut self, namespace: &Namespace) -> Self {
        self.namespace = Some(namespace.pid());
        self
    }

    /// Has another command start it, which is given the program's command line.
    pub fn launched_by<A: Into<OsString> + Clone>(mut self, launcher: &[A]) -> Self {
        self.launcher = launcher.iter().cloned().map(Into::into).collect();
        self
    }

    /// Gives it another time to finish in than [`PATIENCE`].
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Starts it, and returns while it runs.
    pub fn start(self) -> Running {
        let mut command = match (self.namespace, self.launcher.split_first()) {
            (Some(pid), _) => Namespace::enter(pid, "env"),
            (None, Some((launcher, arguments))) => {
                let mut command = Command::new(launcher);
                command.args(arguments).arg("env");
                command
            }
            (None, None) => Command::new("env"),
        };
        // `env` sets the library path for the program alone, not for valgrind's or nsenter's own loader.
        if let Some(directory) = self.library.directory_of(self.api) {
            command.arg(format!("LD_LIBRARY_PATH={}", directory.display()));
        }
        for (name, value) in &self.environment {
            let mut assignment = name.clone();
            assignment.push("=");
            assignment.push(value);
            command.arg(assignment);
        }
        if self.valgrind {
            command.args(["valgrind", "--quiet", VALGRIND_ERROR, "--leak-check=full", "--fair-sched=yes"]);
            command.args(["--errors-for-leak-kinds=definite,indirect,possible", "--num-callers=30"]);
        }
        command.arg(&self.program).args(&self.arguments);
        Running::spawn(command, self.deadline)
    }

    /// Runs it to its end.
    pub fn finish(self) -> Finished {
        self.start().finish()
    }

    /// Runs it to its end, which must be success, and gives its standard output.
    pub fn output(self) -> String {
        self.finish().expect_success().stdout
    }
}

/// A program that runs. It is killed when dropped.
pub struct Running {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines,
    stderr: Lines,
    started: Instant,
    deadline: Instant,
}

impl Running {
    /// Starts any command, which must finish within `deadline`.
    pub fn spawn(mut command: Command, deadline: Duration) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = format!("{command:?}");
        // Before it, which may go on for a while before this thread does.
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            stdin: child.stdin.take(),
            stdout: Lines::of(child.stdout.take().unwrap()),
            stderr: Lines::of(child.stderr.take().unwrap()),
            name,
            child,
            started,
            deadline: started + deadline,
        }
    }

    /// Waits for a line of its standard output that contains `what`.
    pub fn wait_for(&self, what: &str) -> String {
        self.wait_for_nth(what, 1)
    }

    /// Waits until `count` lines of its standard output contain `what`; gives the last of them.
    pub fn wait_for_nth(&self, what: &str, count: usize) -> String {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.stdout.wait_for_nth(what, count, left).unwrap_or_else(|| {
            panic!("{}: no {what:?} (number {count})\n{}", self.name, self.transcript());
        })
    }

    /// Waits for a line of its standard output that contains `what`, which may never come.
    pub fn stdout_line(&self, what: &str, within: Duration) -> Option<String> {
        self.stdout.wait_for(what, within)
    }

    /// Waits for a line of its standard error that contains `what`, which may never come.
    pub fn error_line(&self, what: &str, within: Duration) -> Option<String> {
        self.stderr.wait_for(what, within)
    }

    /// Writes to its standard input.
    pub fn write(&mut self, text: &str) {
        self.stdin.as_mut().expect("an open standard input").write_all(text.as_bytes()).unwrap();
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output until now.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Waits for its end; kills it and fails when the deadline passes.
    pub fn finish(mut self) -> Finished {
        self.stdin = None;
        let status = self.wait();
        self.stdout.wait_for_end();
        self.stderr.wait_for_end();
        let elapsed = self.started.elapsed();
        let Some(status) = status else {
            panic!("{}: still running after {elapsed:?}, killed\n{}", self.name, self.transcript());
        };
        Finished {
            name: self.name.clone(),
            status,
            stdout: self.stdout.text(),
            stdout_bytes: self.stdout.bytes(),
            stderr: self.stderr.text(),
            elapsed,
        }
    }

    /// `None`: the time was up, and the program had to be killed.
    fn wait(&mut self) -> Option<ExitStatus> {
        let process = pidfd_open(self.pid(), PidfdFlags::empty()).unwrap();
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            match poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&left)) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(0) => {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    return None;
                }
                outcome => {
                    outcome.unwrap();
                    return Some(self.child.wait().unwrap());
                }
            }
        }
    }

    /// Kills it, and waits for its end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// All its output until now, for the report of a failure.
    pub fn transcript(&self) -> String {
        transcript(&self.stdout.text(), &self.stderr.text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program that has ended.
pub struct Finished {
    name: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, as text.
    pub stdout: String,
    /// Its standard output.
    pub stdout_bytes: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
    /// From its start to its end.
    pub elapsed: Duration,
}

impl Finished {
    /// Fails, showing all its output, unless it exited with 0.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        let shown = transcript(&self.stdout, &self.stderr);
        assert!(self.status.success(), "{}: {}\n{shown}", self.name, self.status);
        self
    }
}

fn transcript(stdout: &str, stderr: &str) -> String {
    let end = |text: &str| {
        let skipped = text.char_indices().rev().nth(8000).map_or(0, |(at, _)| at);
        text[skipped..].to_owned()
    };
    format!("--- standard output\n{}\n--- standard error\n{}", end(stdout), end(stderr))
}

/// What the programs of tests/c share, always in the same order.
fn own_headers() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/c")).unwrap().map(|entry| entry.unwrap().path());
    let mut headers: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "h")).collect();
    headers.sort();
    headers
}
