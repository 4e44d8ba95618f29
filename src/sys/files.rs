//! What the standard library does not do with files.

use rustix::fs::{CWD, RenameFlags, fstat, renameat_with};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// Which file is behind a descriptor: its device, and its number there. Sockets have one, too.
pub fn identity(descriptor: impl AsFd) -> io::Result<(u64, u64)> {
    let stat = fstat(descriptor)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// Renames a file, unless there is one of the new name already. Not every file system can do that.
pub fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}
