//! A network of the test's own, for programs whose broker address is compiled in.

use std::process::Command;
use std::time::Duration;

use super::files::Scratch;
use super::program::Running;

const LOCALHOST: &str = "127.0.0.1 localhost\n";

/// A user, network and mount namespace with a loopback interface and host names of its own. Needs no root.
pub struct Namespace {
    keeper: Running,
    pid: u32,
    _files: Scratch,
}

impl Namespace {
    /// Makes one with these addresses and their host names.
    pub fn with_hosts(hosts: &[(&str, &str)]) -> Self {
        let lines: String = hosts.iter().map(|(address, name)| format!("{address} {name}\n")).collect();
        Self::with_files(&[("hosts", &format!("{LOCALHOST}{lines}"))])
    }

    /// Makes one in which the loopback interface is where other names are asked for, and an answer is waited for for
    /// some minutes.
    pub fn with_local_name_server() -> Self {
        let server = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n";
        let order = "hosts: files dns\n";
        Self::with_files(&[("hosts", LOCALHOST), ("resolv.conf", server), ("nsswitch.conf", order)])
    }

    /// Makes one with these files in `/etc`.
    fn with_files(contents: &[(&str, &str)]) -> Self {
        let files = Scratch::new();
        let mut commands = String::from("ip link set lo up");
        for (name, content) in contents {
            files.write(name, content);
            commands += &format!(" && mount --bind \"$0/{name}\" /etc/{name}");
        }
        // `cat` keeps the namespace until its input is closed or it is killed.
        commands += " && echo $$ && exec cat";
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c"]);
        command.arg(commands).arg(files.path());
        let keeper = Running::spawn(command, Duration::from_secs(3600));
        let pid = keeper.wait_for("").parse().expect("the keeper's process number");
        Self { keeper, pid, _files: files }
    }

    /// The process that keeps it.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// A command that will run inside the namespace kept by the process `pid`.
    pub fn enter(pid: u32, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &pid.to_string(), "--user", "--net", "--mount", "--preserve-credentials"]);
        command.arg(program);
        command
    }
}
