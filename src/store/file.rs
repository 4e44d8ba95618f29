//! The default store: a directory for each client, a file for each record. Contract P-601 to P-607.
//!
//! Directories and records are as Paho's, so that each library takes over what the other left.
//! What happens to a record that is being written when everything stops:
//!
//! * The process is killed: it has its old content or its new one, since it is written under a
//!   name that is not a record's, and renamed.
//! * The power fails: the same for a record that replaces another, which is synchronised before
//!   the rename. A new record is not, because that makes a put with its remove nine times as
//!   slow on the fastest of disks (240 µs for 27), and far slower on others. File systems do not
//!   let a file's length run ahead of its content, so what may be found is a short file: a packet
//!   or a queue record too short for the lengths in it, which its reader refuses. That is the old
//!   content, none. The last seconds' puts and removals may be undone, as with Paho.
//!
//! No descriptor is kept: a program with a thousand clients is near its limit as it is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Key, Store};
use crate::error::PersistError;
use crate::sys::files;
use crate::trace::{self, Level};

const SUFFIX: &str = ".msg";

/// What a record being written is called, before two numbers that make the name unique. Paho
/// takes every file for a record, and fails if one does not end in `.msg`; this stem means
/// nothing to it.
const TEMPORARY: &str = "t-";

/// What stands before the name of a record that cannot be read.
const SET_ASIDE: &str = "corrupt-";

/// No record is longer: a PUBLISH has at most 256 MiB, a queue record little more. A longer file
/// is not ours, and reading it would take all memory.
const LONGEST: u64 = 512 << 20;

/// The store of one client: a directory.
pub struct FileStore {
    /// Absolute: the program may change its directory.
    directory: PathBuf,
    /// The file that is being written, if any. Its name is this store's alone.
    temporary: PathBuf,
}

impl FileStore {
    /// Opens `<context>/<client_id>-<address>`, and makes it if it is not there.
    ///
    /// `context` is a path, the current directory if there is none. `address` is the server's
    /// URI without scheme; its colons become hyphens. A `/` in either name leads to a directory
    /// below, a `..` to nothing good: refused, as is an empty client identifier (contract P-104).
    pub fn open(context: Option<&Path>, client_id: &str, address: &str) -> Result<FileStore, PersistError> {
        let context = context.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = format!("{client_id}-{}", address.replace(':', "-"));
        let failed = |error| failure("opening", Path::new(&name), &error);
        // A client identifier that starts with `/` is a name too, no path from the root.
        let below = Path::new(name.trim_start_matches('/'));
        let goes_up = below.components().any(|component| component == Component::ParentDir);
        if client_id.is_empty() || goes_up {
            return Err(failed(ErrorKind::InvalidInput.into()));
        }
        let directory = std::path::absolute(context).map_err(failed)?.join(below);
        let store = FileStore { temporary: directory.join(temporary_name()), directory };
        store.make_directory().map_err(failed)?;
        store.remove_temporary_files().map_err(failed)?;
        Ok(store)
    }

    /// The file of a record. A key that would not be listed is refused, and so leads nowhere else.
    fn path(&self, key: &str) -> Result<PathBuf, PersistError> {
        match Key::parse(key) {
            Some(_) => Ok(self.directory.join(format!("{key}{SUFFIX}"))),
            None => Err(failure("naming", Path::new(key), &ErrorKind::InvalidInput.into())),
        }
    }

    fn make_directory(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)
    }

    /// Writes a record under the temporary name, and gives it its own.
    fn write(&self, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.temporary)?;
        let written = write_parts(&mut file, parts).and_then(|()| self.rename_to(path, &file));
        if written.is_err() {
            let _ = fs::remove_file(&self.temporary);
        }
        written
    }

    fn rename_to(&self, path: &Path, file: &File) -> io::Result<()> {
        if files::rename_to_new(&self.temporary, path).is_ok() {
            return Ok(());
        }
        // There is a record already, or this file system cannot say. The old content may only go
        // when the new one is safe.
        file.sync_data()?;
        fs::rename(&self.temporary, path)
    }

    /// The names in the directory that are files, not links. None if it is gone.
    fn file_names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // One that vanishes meanwhile is none.
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if let (true, Ok(name)) = (is_file, entry.file_name().into_string()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// What a killed process had not finished.
    fn remove_temporary_files(&self) -> io::Result<()> {
        let names = self.file_names()?;
        let mut unfinished = names.iter().filter(|name| is_temporary(name));
        unfinished.try_for_each(|name| remove_if_there(&self.directory.join(name)))
    }
}

impl Store for FileStore {
    fn put(&mut self, key: &str, parts: &[&[u8]]) -> Result<(), PersistError> {
        let path = self.path(key)?;
        let written = match self.write(&path, parts) {
            // Another client may share the directory (contract P-607). When that one is opened or
            // destroyed it may remove our temporary file, or the directory while it is empty.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_directory().and_then(|()| self.write(&path, parts))
            }
            // An earlier write failed, and the file it left could not be removed then.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&self.temporary).and_then(|()| self.write(&path, parts))
            }
            written => written,
        };
        written.map_err(|error| failure("writing", &path, &error))
    }

    fn get(&mut self, key: &str) -> Result<Vec<u8>, PersistError> {
        let path = self.path(key)?;
        read(&path).map_err(|error| failure("reading", &path, &error))
    }

    fn remove(&mut self, key: &str) -> Result<(), PersistError> {
        let path = self.path(key)?;
        remove_if_there(&path).map_err(|error| failure("removing", &path, &error))
    }

    /// Renames it to what is no record's name, and what Paho does not stumble over.
    fn set_aside(&mut self, key: &str) -> Result<(), PersistError> {
        let path = self.path(key)?;
        let aside = self.directory.join(format!("{SET_ASIDE}{key}{SUFFIX}"));
        fs::rename(&path, aside).map_err(|error| failure("setting aside", &path, &error))
    }

    fn keys(&mut self) -> Result<Vec<String>, PersistError> {
        let names = self.file_names().map_err(|error| failure("listing", &self.directory, &error))?;
        let keys = names.iter().filter_map(|name| name.strip_suffix(SUFFIX));
        Ok(keys.filter(|key| Key::parse(key).is_some()).map(str::to_owned).collect())
    }

    /// Removes records, and no other file that lies there (contract P-604).
    fn clear(&mut self) -> Result<(), PersistError> {
        self.keys()?.iter().try_for_each(|key| self.remove(key))
    }

    fn adopt(&mut self) {
        self.temporary = self.directory.join(temporary_name());
    }

    /// Removes the directory if nothing is in it; those above stay (contract P-603).
    fn close(&mut self) -> Result<(), PersistError> {
        match fs::remove_dir(&self.directory) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
                Ok(())
            }
            Err(error) => Err(failure("closing", &self.directory, &error)),
        }
    }
}

fn failure(doing: &str, path: &Path, error: &io::Error) -> PersistError {
    trace::line(Level::Error, format_args!("Persistence: {doing} {}: {error}", path.display()));
    PersistError { code: -2 }
}

fn temporary_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{TEMPORARY}{}-{count}{SUFFIX}", std::process::id())
}

fn is_temporary(name: &str) -> bool {
    let numbers = name.strip_prefix(TEMPORARY).and_then(|rest| rest.strip_suffix(SUFFIX));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.and_then(|numbers| numbers.split_once('-')).is_some_and(|(a, b)| digits(a) && digits(b))
}

/// Writes all parts. In one call, where the kernel takes them at once.
fn write_parts(file: &mut File, parts: &[&[u8]]) -> io::Result<()> {
    let mut slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
    let mut left = &mut slices[..];
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > LONGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut record = Vec::new();
    record.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    file.read_to_end(&mut record)?;
    Ok(record)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
