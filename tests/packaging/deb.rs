//! The Debian packages: they take the original's place, its programs run with them, and they give the place back. All
//! of it in a directory of its own, with a database of dpkg's of its own. Elsewhere than on Debian and its like there is
//! nothing to test. `PAHO_PACKAGES_DIR` names a directory with packages that are there already, such as those of
//! `make release`; else they are made of what is built.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::files::{Scratch, root};
use super::support::library::require;
use super::support::mosquitto::Mosquitto;
use super::{built, libraries, succeed};

/// The original's packages, and what they need.
const ORIGINALS: [&str; 2] = ["libpaho-mqtt1.3", "libpaho-mqtt-dev"];
const EXAMPLES: &str = "paho.mqtt.c-examples";

/// Ours that stands for these.
const TOOLS: &str = "ferro-mqtt-tools";
const DEBUG: &str = "libferro-mqtt1-dbgsym";

const NEEDED: [&str; 5] = ["libc6", "libgcc-s1", "libssl3", "libcrypt1", "gcc-12-base"];

#[test]
fn they_take_the_place_of_the_original_and_give_it_back() {
    if !Path::new("/var/lib/dpkg/status").exists() {
        return;
    }
    let directory = Scratch::new();
    let [runtime, development, tools, debug] = make_packages(&directory);
    let packages = [runtime, development, debug];
    let originals = ORIGINALS.map(|name| repack(name, &directory));
    let system = System::new(&directory);
    system.dpkg(&["--install"], &originals);
    let examples = repack(EXAMPLES, &directory);
    system.dpkg(&["--install"], &[&examples]);
    let before = system.tree();

    // What asks for the original's packages, the examples with their very version, is content with these.
    system.dpkg(&["--install"], &packages);
    let installed = system.installed();
    assert!(installed.contains("libferro-mqtt1") && installed.contains(EXAMPLES), "{installed:?}");
    assert!(!installed.contains(ORIGINALS[0]) && !installed.contains(ORIGINALS[1]), "{installed:?}");
    for library in libraries() {
        let file = fs::read(system.libraries().join(format!("lib{library}.so.1"))).unwrap();
        assert!(file == fs::read(built(&format!("lib{library}.so.1"))).unwrap(), "{library}");
        assert!(fs::read_link(system.libraries().join(format!("lib{library}.so"))).is_ok());
        let debug = build_id(&system.libraries().join(format!("lib{library}.so.1")));
        let debug = format!("usr/lib/debug/.build-id/{}/{}.debug", &debug[..2], &debug[2..]);
        assert_eq!(build_id(&system.path(&debug)), build_id(&built(&format!("lib{library}.so.1"))));
    }
    run_examples(&system, EXAMPLES);

    // And our tools that of the examples.
    system.dpkg(&["--install"], &[&tools]);
    let installed = system.installed();
    assert!(installed.contains(TOOLS) && !installed.contains(EXAMPLES), "{installed:?}");
    run_examples(&system, TOOLS);
    let pages = system.path("usr/share/man");
    for page in ["man1/paho_c_pub.1.gz", "man3/MQTTClient.3.gz", "man3/MQTTAsync_send.3.gz"] {
        let page = pages.join(page);
        let shown =
            succeed(Command::new("man").env("LC_ALL", "C.UTF-8").args(["-E", "UTF-8", "-l"]).arg(&page));
        assert!(shown.contains("DESCRIPTION"), "{}: {shown}", page.display());
    }

    // As apt does when the original is asked for again.
    system.dpkg(&["--force-depends", "--remove"], &[TOOLS, DEBUG, "libferro-mqtt-dev", "libferro-mqtt1"]);
    let ours = system.tree().into_iter().find(|path| path.to_string_lossy().contains("ferro"));
    assert_eq!(ours, None);
    system.dpkg(&["--install"], &originals);
    system.dpkg(&["--install"], &[examples]);
    assert_eq!(system.tree(), before);
}

/// The programs of a package, the distribution's or ours, with these libraries.
fn run_examples(system: &System, package: &str) {
    for (program, library) in [("MQTTClient_publish", "paho-mqtt3c"), ("MQTTAsync_publish", "paho-mqtt3a")] {
        // The loader says where it finds what the program needs, and does not start it.
        let mut command = Command::new(system.path("usr/bin").join(program));
        command.env("LD_LIBRARY_PATH", system.libraries()).env("LD_TRACE_LOADED_OBJECTS", "1");
        let loaded = succeed(&mut command);
        let file = system.libraries().join(format!("lib{library}.so.1"));
        assert!(loaded.contains(file.to_str().unwrap()), "{loaded}");
    }
    for (program, library) in [("paho_c_pub", "paho-mqtt3as"), ("paho_cs_pub", "paho-mqtt3cs")] {
        if !libraries().contains(&library.to_owned()) {
            continue;
        }
        let broker = Mosquitto::start(&[]);
        let watcher = broker.watch(&["-t", "#", "-C", "1", "-F", "%t %p"]);
        let mut command = Command::new(system.path("usr/bin").join(program));
        command.env("LD_LIBRARY_PATH", system.libraries());
        command.args(["-h", "127.0.0.1", "-p", &broker.port().to_string(), "-t", "a/b", "-m", "hello"]);
        succeed(&mut command);
        assert_eq!(watcher.finish().expect_success().stdout, "a/b hello\n", "{program} of {package}");
    }
}

#[test]
fn lintian_has_no_objection() {
    if !Path::new("/var/lib/dpkg/status").exists() {
        return;
    }
    let directory = Scratch::new();
    let said = succeed(Command::new("lintian").arg("--allow-root").args(make_packages(&directory)));
    assert_eq!(said, "");
}

/// Programs and libraries run with each C library that the packages allow. Those of a release allow the oldest that there
/// is for Rust.
#[test]
fn nothing_needs_a_newer_c_library_than_the_packages_say() {
    if !Path::new("/var/lib/dpkg/status").exists() {
        return;
    }
    let directory = Scratch::new();
    let [runtime, _, tools, _] = make_packages(&directory);
    for (package, files) in [(runtime, 4), (tools, 10)] {
        let depends = succeed(Command::new("dpkg-deb").arg("--field").arg(&package).arg("Depends"));
        let allowed = depends.split("libc6 (>= ").nth(1).unwrap().split(')').next().unwrap();
        let allowed = numbers(allowed);
        if env::var_os("PAHO_PACKAGES_DIR").is_some() {
            assert!(allowed <= vec![2, 17], "{depends}");
        }
        let name = package.file_name().unwrap().to_string_lossy();
        let tree = directory.file(&format!("{name}.unpacked"));
        succeed(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(&tree));
        let found = succeed(Command::new("find").arg(&tree).args(["-type", "f", "-executable"]));
        let shared = succeed(Command::new("find").arg(&tree).args(["-type", "f", "-name", "*.so.*"]));
        let checked: BTreeSet<_> = found.lines().chain(shared.lines()).collect();
        assert_eq!(checked.len(), files, "{checked:?}");
        for file in checked {
            let versions = succeed(Command::new("readelf").arg("-VW").arg(file));
            let needed = versions.split("GLIBC_").skip(1);
            let needed = needed.filter_map(|text| text.split([' ', ')']).next()).map(numbers).max().unwrap();
            assert!(needed <= allowed, "{file} needs {needed:?}, and its package {allowed:?}");
        }
    }
}

/// A version, for comparing.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|number| number.parse().unwrap_or_else(|_| panic!("{version}"))).collect()
}

/// What other packages are built with: all that the distribution's tells, with no older version.
#[test]
fn the_symbols_are_those_of_the_distribution() {
    if !Path::new("/var/lib/dpkg/status").exists() {
        return;
    }
    let directory = Scratch::new();
    let [runtime, ..] = make_packages(&directory);
    succeed(Command::new("dpkg-deb").arg("--control").arg(runtime).arg(directory.path()));
    let ours = fs::read_to_string(directory.file("symbols")).unwrap();
    let mut command = Command::new("dpkg-query");
    let theirs = succeed(command.args(["--control-show", ORIGINALS[0], "symbols"]));
    for library in libraries() {
        let (ours, theirs) = (symbols(&ours, &library), symbols(&theirs, &library));
        assert!(theirs.len() > 50, "{theirs:?}");
        let missing: Vec<_> = theirs.difference(&ours).collect();
        assert!(missing.is_empty(), "{library}: {missing:?}");
    }
    assert!(ours.contains("| libferro-mqtt1 #MINVER#"), "{ours}");
    assert!(ours.contains(" MQTTClient_setCallbackTurn@Base 0.1.0 1\n"), "{ours}");
}

/// The names that a symbols file has for a library.
fn symbols(text: &str, library: &str) -> BTreeSet<String> {
    let lines = text.lines().skip_while(|line| !line.starts_with(&format!("lib{library}.so.1 ")));
    let lines = lines.skip(1).take_while(|line| line.starts_with([' ', '|', '*']));
    let names = lines.filter_map(|line| line.strip_prefix(' ')?.split('@').next());
    names.map(str::to_owned).collect()
}

/// The number by which debuggers find what belongs to a library.
fn build_id(file: &Path) -> String {
    let notes = succeed(Command::new("readelf").arg("-nW").arg(file));
    notes.split("Build ID: ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// `make deb`, into a directory of the test's own: libferro-mqtt1, libferro-mqtt-dev, the tools, debug information.
fn make_packages(directory: &Scratch) -> [PathBuf; 4] {
    for tool in ["dpkg-shlibdeps", "lintian", "fakeroot"] {
        require(&format!("/usr/bin/{tool}"), "dpkg-dev, lintian and fakeroot");
    }
    let place = match env::var_os("PAHO_PACKAGES_DIR") {
        Some(place) => PathBuf::from(place),
        None => {
            let place = directory.file("deb");
            let mut command = Command::new("make");
            command.current_dir(root()).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
            command.args(["--silent", "deb"]).arg(format!("DEBDIR={}", place.display()));
            // Compressing as much as can be takes longer than all the rest.
            command.envs([("DPKG_DEB_COMPRESSOR_TYPE", "gzip"), ("DPKG_DEB_COMPRESSOR_LEVEL", "1")]);
            succeed(&mut command);
            place
        }
    };
    let architecture = succeed(Command::new("dpkg").arg("--print-architecture"));
    let version = env!("CARGO_PKG_VERSION");
    ["libferro-mqtt1", "libferro-mqtt-dev", TOOLS, DEBUG]
        .map(|name| place.join(format!("{name}_{version}_{}.deb", architecture.trim())))
}

/// Makes a package of what this machine has of it.
fn repack(name: &str, directory: &Scratch) -> PathBuf {
    let place = directory.file(name);
    fs::create_dir_all(place.join("DEBIAN")).unwrap();
    let files = succeed(Command::new("dpkg-query").args(["--listfiles", name]));
    for file in files.lines().map(Path::new).filter(|file| file.is_symlink() || file.is_file()) {
        let mut command = Command::new("cp");
        command
            .current_dir("/")
            .args(["-a", "--parents"])
            .arg(Path::new(".").join(file.strip_prefix("/").unwrap()));
        succeed(command.arg(&place));
    }
    let control = status(name);
    let lines = control.lines().filter(|line| !line.starts_with("Status:"));
    let control: String = lines.flat_map(|line| [line, "\n"]).collect();
    fs::write(place.join("DEBIAN/control"), control).unwrap();
    let package = directory.file(&format!("{name}.deb"));
    let mut command = Command::new("dpkg-deb");
    command.args(["-Znone", "--root-owner-group", "--build"]).arg(place).arg(&package);
    succeed(&mut command);
    package
}

/// What this machine's database has of a package.
fn status(name: &str) -> String {
    succeed(Command::new("dpkg-query").args(["--status", name]))
}

/// A directory with packages in it.
struct System {
    root: PathBuf,
}

impl System {
    fn new(directory: &Scratch) -> Self {
        let root = directory.file("system");
        let database = root.join("var/lib/dpkg");
        for name in ["info", "updates", "triggers"] {
            fs::create_dir_all(database.join(name)).unwrap();
        }
        let needed: Vec<_> = NEEDED.map(status).to_vec();
        fs::write(database.join("status"), needed.join("\n")).unwrap();
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Where the distribution has its libraries.
    fn libraries(&self) -> PathBuf {
        let triple = succeed(Command::new("dpkg-architecture").arg("-qDEB_HOST_MULTIARCH"));
        self.path("usr/lib").join(triple.trim())
    }

    /// Without triggers, which need the programs of a whole system.
    fn dpkg<T: AsRef<std::ffi::OsStr>>(&self, action: &[&str], packages: &[T]) {
        let mut command = Command::new("fakeroot");
        command.args(["dpkg", "--no-triggers", "--force-not-root", "--root"]).arg(&self.root);
        succeed(
            command
                .args(action)
                .args(packages)
                .env("LC_ALL", "C")
                .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        );
    }

    fn installed(&self) -> BTreeSet<String> {
        let mut command = Command::new("dpkg-query");
        command.arg("--admindir").arg(self.path("var/lib/dpkg"));
        let lines = succeed(command.args(["--show", "--showformat", "${db:Status-Abbrev}${Package}\n"]));
        lines.lines().filter_map(|line| line.strip_prefix("ii ")).map(str::to_owned).collect()
    }

    fn tree(&self) -> BTreeSet<PathBuf> {
        // With its last package, dpkg takes the directory away.
        if !self.path("usr").exists() {
            return BTreeSet::new();
        }
        let found = succeed(Command::new("find").arg(self.path("usr")));
        found.lines().map(PathBuf::from).collect()
    }
}
