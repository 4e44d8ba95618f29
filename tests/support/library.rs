//! Which build of the libraries a program runs with: ours, or the original.

use std::env;
use std::path::{Path, PathBuf};

use super::files::root;

/// A build of the C libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// The one under test: `build/output`, or the directory that `PAHO_LIBRARY_DIR` names.
    Ours,
    /// Eclipse Paho's, as the distribution installed it.
    Original,
}

impl Library {
    /// The directory that must come first in the loader's search path; `None`: the system's own.
    pub fn directory(self) -> Option<PathBuf> {
        self.directory_of(SYNC)
    }

    /// The same for programs of this library: [`SYNC`], [`ASYNC`], or one of those with TLS.
    ///
    /// The loader would silently fall back to the original if ours were missing, so its presence is checked.
    pub fn directory_of(self, library: &str) -> Option<PathBuf> {
        let directory = match self {
            Self::Original => return None,
            Self::Ours => match env::var_os("PAHO_LIBRARY_DIR") {
                Some(directory) => PathBuf::from(directory),
                None => root().join("build/output"),
            },
        };
        let file = directory.join(format!("lib{library}.so.1"));
        assert!(file.exists(), "{} is missing: run `make` first", file.display());
        Some(directory)
    }
}

/// The library of MQTTClient.h, for the linker.
pub const SYNC: &str = "paho-mqtt3c";
/// The library of MQTTAsync.h.
pub const ASYNC: &str = "paho-mqtt3a";
/// The same with TLS.
pub const SYNC_TLS: &str = "paho-mqtt3cs";
/// The same with TLS.
pub const ASYNC_TLS: &str = "paho-mqtt3as";

/// Which headers a program is compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// `include/` of this repository, or the directory that `PAHO_INCLUDE_DIR` names.
    Ours,
    /// Those of the package libpaho-mqtt-dev, in the compiler's default path.
    Distribution,
}

impl Headers {
    /// The directory for the compiler's `-I`.
    pub fn directory(self) -> PathBuf {
        let directory = match self {
            Self::Distribution => PathBuf::from("/usr/include"),
            Self::Ours => match env::var_os("PAHO_INCLUDE_DIR") {
                Some(directory) => PathBuf::from(directory),
                None => root().join("include"),
            },
        };
        let file = directory.join("MQTTClient.h");
        assert!(file.exists(), "{} is missing", file.display());
        directory
    }
}

/// The names of the headers that decide how a program is compiled.
pub const HEADER_NAMES: [&str; 7] = [
    "MQTTAsync.h",
    "MQTTClient.h",
    "MQTTClientPersistence.h",
    "MQTTExportDeclarations.h",
    "MQTTProperties.h",
    "MQTTReasonCodes.h",
    "MQTTSubscribeOpts.h",
];

/// Whether the program at `path` exists; otherwise the name of the package that has it is asked for.
pub fn require(path: &str, package: &str) {
    assert!(Path::new(path).exists(), "{path} is missing: tests/install-prerequisites.sh installs {package}");
}
