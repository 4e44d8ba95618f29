//! Programs that `make` built beside the library.

use std::path::PathBuf;
use std::process::Command;

use super::library::{Library, require};
use super::program::{Program, Run};

/// Prepares a run of such a program, with either library.
pub fn built(name: &str, library: Library) -> Run {
    let directory = Library::Ours.directory().expect("ours has a directory");
    let run = Program::installed(directory.join(name)).with(library);
    match library {
        Library::Ours => run,
        // It looks for the library beside itself, unless it is told to look elsewhere first.
        Library::Original => run.environment("LD_LIBRARY_PATH", original_directory().to_str().unwrap()),
    }
}

/// Where the distribution's libraries are, which depends on the machine.
pub fn original_directory() -> PathBuf {
    let path = "/usr/sbin:/sbin:/usr/bin:/bin";
    let output = Command::new("ldconfig").env("PATH", path).arg("-p").output().expect("ldconfig");
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let line =
        listing.lines().find(|line| line.contains("libpaho-mqtt3c.so.1 ")).expect("libpaho-mqtt3c.so.1");
    let library = PathBuf::from(line.rsplit(" => ").next().unwrap());
    library.parent().unwrap().to_owned()
}

/// Whose tool, on whose library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    Theirs,
    Ours,
    OursOnTheirLibrary,
    TheirsOnOurLibrary,
}

pub const ALL: [Build; 3] = [Build::Theirs, Build::Ours, Build::OursOnTheirLibrary];
pub const OURS: [Build; 2] = [Build::Ours, Build::OursOnTheirLibrary];
pub const ON_OUR_LIBRARY: [Build; 2] = [Build::Ours, Build::TheirsOnOurLibrary];

impl Build {
    pub fn run(self, name: &str) -> Run {
        match self {
            Self::Theirs => theirs(name, Library::Original),
            Self::Ours => built(name, Library::Ours),
            Self::OursOnTheirLibrary => built(name, Library::Original),
            Self::TheirsOnOurLibrary => theirs(name, Library::Ours),
        }
    }
}

/// Prepares a run of the distribution's tool, with either library.
fn theirs(name: &str, library: Library) -> Run {
    let path = format!("/usr/bin/{name}");
    require(&path, "paho.mqtt.c-examples");
    Program::installed(path).with(library)
}
