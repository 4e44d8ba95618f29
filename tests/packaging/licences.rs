//! The list of what is inside the libraries is that of Cargo.lock.

use std::process::Command;

use super::succeed;
use super::support::files::root;

#[test]
fn the_list_of_crates_and_licences_is_up_to_date() {
    succeed(Command::new(root().join("packaging/licences.py")).arg("--check"));
}
