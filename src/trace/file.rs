//! Where lines are written: standard output, or a file that is set aside when it is full.
//!
//! Whatever goes wrong here stays here: a trace must not harm the program it describes.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::host;

/// So many bytes wait for a standard output that another thread keeps to itself. More are lost.
const MAX_WAITING: usize = 1 << 20;

/// Where lines are written.
pub(super) enum Destination {
    /// Standard output, as long as it is there; and what it could not take yet.
    Stdout(Vec<u8>),
    /// A file.
    File(TraceFile),
}

impl Destination {
    /// What `MQTT_C_CLIENT_TRACE` asks for. Contract L-201, C-12.2.
    pub(super) fn open(name: &OsStr, max_lines: usize) -> Option<Destination> {
        match name.to_str() {
            Some("") => None,
            Some("ON" | "stdout") => Some(Destination::Stdout(Vec::new())),
            _ => Some(
                TraceFile::open(name, max_lines).map_or(Destination::Stdout(Vec::new()), Destination::File),
            ),
        }
    }

    /// Writes lines, given without their newlines.
    pub(super) fn write<'a>(&mut self, lines: impl Iterator<Item = &'a [u8]>) {
        let mut block = Vec::new();
        for line in lines {
            block.extend_from_slice(line);
            block.push(b'\n');
            let Destination::File(file) = self else { continue };
            file.lines += 1;
            if file.lines >= file.max_lines {
                let _ = file.write(&block);
                block.clear();
                if file.set_aside().is_err() {
                    *self = Destination::Stdout(Vec::new());
                }
            }
        }
        if block.is_empty() {
            return;
        }
        match self {
            Destination::File(file) => {
                let _ = file.write(&block);
            }
            Destination::Stdout(waiting) => {
                if waiting.len() + block.len() <= MAX_WAITING {
                    waiting.extend_from_slice(&block);
                }
            }
        }
        self.write_waiting();
    }

    /// Writes what standard output could not take before.
    pub(super) fn write_waiting(&mut self) {
        match self {
            Destination::Stdout(waiting) if !waiting.is_empty() && host::write_to_stdout(waiting) => {
                waiting.clear()
            }
            _ => {}
        }
    }

    /// Whether there is such.
    pub(super) fn has_waiting(&self) -> bool {
        matches!(self, Destination::Stdout(waiting) if !waiting.is_empty())
    }
}

/// A file of at most so many lines. When it has them it becomes `<name>.0`.
pub(super) struct TraceFile {
    /// Shared with nobody.
    file: Arc<File>,
    /// Which file that is: device and number.
    identity: (u64, u64),
    /// Absolute: the program may change its directory.
    path: PathBuf,
    lines: usize,
    max_lines: usize,
}

impl TraceFile {
    fn open(name: &OsStr, max_lines: usize) -> io::Result<TraceFile> {
        let path = std::path::absolute(Path::new(name))?;
        let file = File::create(&path)?;
        let identity = identity(&file)?;
        // Pipes and devices (/dev/null, /dev/stderr) are not ours to rename.
        let max_lines = if file.metadata()?.is_file() { max_lines } else { usize::MAX };
        Ok(TraceFile { file: Arc::new(file), identity, path, lines: 0, max_lines })
    }

    /// Keeps the full file as `<name>.0`, instead of the one before, and begins another.
    /// Contract L-204.
    fn set_aside(&mut self) -> io::Result<()> {
        let mut aside = OsString::from(&self.path);
        aside.push(".0");
        // If it cannot be renamed it is begun again, so that it does not grow for ever.
        let _ = fs::rename(&self.path, aside);
        let file = File::create(&self.path)?;
        self.take(file)?;
        self.lines = 0;
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> io::Result<()> {
        if !self.is_ours() {
            let file = File::options().append(true).create(true).open(&self.path)?;
            self.take(file)?;
        }
        (&*self.file).write_all(block)
    }

    fn take(&mut self, file: File) -> io::Result<()> {
        self.let_go();
        self.identity = identity(&file)?;
        self.file = Arc::new(file);
        Ok(())
    }

    /// Whether the program has left the descriptor alone. Programs close all descriptors, as daemons do, and then
    /// open others, which get the same numbers.
    fn is_ours(&self) -> bool {
        identity(&self.file).is_ok_and(|identity| identity == self.identity)
    }

    /// Sees to it that no descriptor is closed that is not ours.
    fn let_go(&self) {
        if !self.is_ours() {
            std::mem::forget(self.file.clone());
        }
    }
}

impl Drop for TraceFile {
    fn drop(&mut self) {
        self.let_go();
    }
}

fn identity(file: &File) -> io::Result<(u64, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}
