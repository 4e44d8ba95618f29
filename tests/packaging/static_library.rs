//! The static libraries: what others see of them, and programs that have them inside.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::{PROGRAM, SAID, built, defines, libraries, succeed, workplace};
use crate::support::files::root;

/// Another library in Rust, with the standard library inside, as ours has it.
const OTHER: &str = r#"
#[unsafe(no_mangle)]
pub extern "C" fn sum_in_a_thread() -> i32 {
    let sum = || std::thread::spawn(|| (1..10).sum::<i32>()).join().unwrap();
    std::panic::catch_unwind(sum).unwrap()
}
"#;

/// The names of symbols that nm finds with these arguments.
pub fn names(arguments: &[&str], file: &Path) -> BTreeSet<String> {
    let symbols = succeed(Command::new("nm").args(arguments).arg("--format=posix").arg(file));
    let names = symbols.lines().filter(|line| line.contains(' ')).filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn only_the_api_can_be_seen() {
    for library in libraries() {
        let shared = names(&["-D", "--defined-only"], &built(&format!("lib{library}.so.1")));
        let archive = built(&format!("lib{library}.a"));
        assert!(shared.len() > 50, "{library}: {shared:?}");
        assert_eq!(names(&["-g", "--defined-only"], &archive), shared, "{library}");
    }
}

/// The standard libraries of two are not taken for one.
#[test]
fn a_program_may_have_another_library_of_rust() {
    let directory = workplace();
    let source = directory.write("other.rs", OTHER);
    let other = directory.file("libother.a");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "-O", "--crate-type=staticlib", "-o"]).arg(&other).arg(source);
    succeed(&mut rustc);
    let source = directory.write(
        "two.c",
        PROGRAM.replace(
            "int main(void)\n{",
            "int sum_in_a_thread(void);\nint main(void)\n{\nif (sum_in_a_thread() != 45) return 1;",
        ),
    );
    for library in libraries() {
        let ours = built(&format!("lib{library}.a"));
        for (order, archives) in [[&other, &ours], [&ours, &other]].into_iter().enumerate() {
            let program = directory.file(&format!("{library}-{order}"));
            let mut command = Command::new("cc");
            command.arg(defines(&library)).arg("-I").arg(root().join("include")).arg(&source);
            succeed(command.args(archives).args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program));
            assert_eq!(succeed(&mut Command::new(&program)), SAID, "{library}");
        }
    }
}
