//! Programs that are built with CMake, as they would be with the original.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::files::Scratch;
use super::{SAID, defines, install, libraries, run, succeed, workplace};

/// A project that has the program with each library, shared and static, and asks for other things. It looks nowhere
/// else, where the original may be.
fn project(directory: &Scratch) {
    let mut text = String::from(
        "cmake_minimum_required(VERSION 3.19)\nproject(user C)\n\
         set(here PATHS \"${PACKAGE}\" NO_DEFAULT_PATH)\n\
         foreach(version 1 1.2.7 1.3 1.3.15 1.3.16 1.4 2 0.9 1.3...<2 1...1.3.14 1.3...<1.3.15)\n\
         \x20 find_package(eclipse-paho-mqtt-c ${version} QUIET ${here})\n\
         \x20 message(STATUS \"version ${version}: ${eclipse-paho-mqtt-c_FOUND}\")\nendforeach()\n\
         find_package(eclipse-paho-mqtt-c 1.3.15 EXACT QUIET ${here})\n\
         message(STATUS \"exactly: ${eclipse-paho-mqtt-c_FOUND}\")\n\
         find_package(eclipse-paho-mqtt-c QUIET ${here} COMPONENTS paho-mqtt3c paho-mqtt4 paho-mqtt5)\n\
         message(STATUS \"unknown: ${eclipse-paho-mqtt-c_FOUND}, ${eclipse-paho-mqtt-c_NOT_FOUND_MESSAGE}\")\n\
         find_package(eclipse-paho-mqtt-c QUIET ${here} COMPONENTS paho-mqtt3c OPTIONAL_COMPONENTS paho-mqtt4)\n\
         message(STATUS \"optional: ${eclipse-paho-mqtt-c_FOUND}, ${eclipse-paho-mqtt-c_paho-mqtt4_FOUND}\")\n\
         find_package(eclipse-paho-mqtt-c 1.3 REQUIRED ${here} COMPONENTS",
    );
    let names: Vec<_> =
        libraries().into_iter().flat_map(|library| [library.clone(), format!("{library}-static")]).collect();
    text += &format!(" {})\n", names.join(" "));
    text += "add_link_options(-Wl,--as-needed)\n";
    for name in &names {
        text += &format!(
            "add_executable({name} program.c)\ntarget_compile_options({name} PRIVATE {})\n\
             target_link_libraries({name} eclipse-paho-mqtt-c::{name})\n",
            defines(name)
        );
    }
    directory.write("CMakeLists.txt", text);
}

/// Configures and builds the project with the package in a directory, and runs its programs. Gives what CMake said.
fn build_and_run(directory: &Scratch, package: &Path, installed: &Path) -> String {
    let build = directory.file("build");
    let _ = fs::remove_dir_all(&build);
    let mut command = Command::new("cmake");
    command.arg("-S").arg(directory.path()).arg("-B").arg(&build);
    let said = succeed(command.arg(format!("-DPACKAGE={}", package.display())).env("LC_ALL", "C"));
    succeed(Command::new("cmake").arg("--build").arg(&build));
    for library in libraries() {
        assert_eq!(run(&build.join(&library), installed), SAID, "{library}");
        let nowhere = directory.file("nowhere");
        assert_eq!(run(&build.join(format!("{library}-static")), &nowhere), SAID, "{library}");
    }
    said
}

#[test]
fn programs_are_built_with_the_targets_of_the_original() {
    let directory = workplace();
    project(&directory);
    let prefix = directory.file("a prefix with spaces");
    install(&format!("DESTDIR= PREFIX='{}'", prefix.display()));
    let moved = directory.file("moved there");
    fs::rename(&prefix, &moved).unwrap();
    let said = build_and_run(&directory, &moved, &moved.join("lib"));

    let answers = |answer: &str, versions: &[&str]| {
        for version in versions {
            assert!(said.contains(&format!("version {version}: {answer}\n")), "{version}: {said}");
        }
    };
    answers("1", &["1", "1.2.7", "1.3", "1.3.15", "1.3...<2"]);
    answers("0", &["1.3.16", "1.4", "2", "0.9", "1...1.3.14", "1.3...<1.3.15"]);
    assert!(said.contains("exactly: 1\n"), "{said}");
    let reason = format!("ferro-mqtt in {}/lib has no paho-mqtt4, paho-mqtt5.", moved.display());
    assert!(said.contains(&format!("unknown: 0, {reason}\n")), "{said}");
    assert!(said.contains("optional: 1, FALSE\n"), "{said}");
}

/// The headers are not beside the libraries there, and none of the machine's are taken for them.
#[test]
fn programs_are_built_below_destdir() {
    let directory = workplace();
    project(&directory);
    let destination = directory.file("root");
    let libdir = "usr/lib/some-linux-gnu";
    install(&format!("DESTDIR='{}' PREFIX=/usr LIBDIR=/{libdir}", destination.display()));
    let package = destination.join(libdir).join("cmake/eclipse-paho-mqtt-c");
    build_and_run(&directory, &package, &destination.join(libdir));
    let include = destination.join("usr/include");
    let flags = directory.file("build/CMakeFiles/paho-mqtt3c.dir/flags.make");
    let flags = fs::read_to_string(flags).unwrap();
    assert!(flags.contains(include.to_str().unwrap()), "{flags}");
}
