//! A network of the test's own, for programs whose broker address is compiled in.

use std::process::Command;
use std::time::Duration;

use super::files::Scratch;
use super::program::Running;

/// A user, network and mount namespace with a loopback interface and host names of its own. Needs no root.
pub struct Namespace {
    keeper: Running,
    pid: u32,
    _files: Scratch,
}

impl Namespace {
    /// Makes one with these addresses and their host names.
    pub fn with_hosts(hosts: &[(&str, &str)]) -> Self {
        let files = Scratch::new();
        let lines: String = hosts.iter().map(|(address, name)| format!("{address} {name}\n")).collect();
        let hosts = files.write("hosts", format!("127.0.0.1 localhost\n{lines}"));
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c"]);
        // `cat` keeps the namespace until its input is closed or it is killed.
        command.arg("ip link set lo up && mount --bind \"$0\" /etc/hosts && echo $$ && exec cat").arg(hosts);
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
