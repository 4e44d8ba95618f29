//! Whether files are still those that were read. A certificate that was renewed is used without a restart.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Files and directories as they were at some time.
pub struct Watched {
    paths: Vec<PathBuf>,
    seen: Vec<Option<Stamp>>,
}

/// What changes when a file is written, or replaced by another.
#[derive(PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Watched {
    /// To be called before they are read: what changes meanwhile is read again.
    pub fn new(paths: Vec<PathBuf>) -> Watched {
        let seen = stamps(&paths);
        Watched { paths, seen }
    }

    /// Whether one of them is another, or was written, or is there or not there since then.
    pub fn have_changed(&self) -> bool {
        stamps(&self.paths) != self.seen
    }
}

fn stamps(paths: &[PathBuf]) -> Vec<Option<Stamp>> {
    paths.iter().map(|path| path.metadata().ok().map(|metadata| Stamp::of(&metadata))).collect()
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::fs;
    use std::time::SystemTime;

    #[test]
    fn whatever_becomes_of_a_file_is_seen() {
        let scratch = Scratch::new();
        let [file, other, missing] = ["file", "other", "missing"].map(|name| scratch.join(name));
        fs::write(&file, "one").unwrap();
        let look = || Watched::new(vec![file.clone(), missing.clone()]);
        let seen = look();
        assert!(!seen.have_changed());
        fs::write(&missing, "").unwrap();
        assert!(seen.have_changed(), "it is there now");
        let seen = look();
        fs::write(&file, "longer").unwrap();
        assert!(seen.have_changed(), "it was written");
        let seen = look();
        fs::copy(&file, &other).unwrap();
        fs::rename(&other, &file).unwrap();
        assert!(seen.have_changed(), "it is another file");
        let seen = look();
        fs::remove_file(&file).unwrap();
        assert!(seen.have_changed(), "it is gone");
    }

    #[test]
    fn a_new_name_in_a_directory_is_seen() {
        let scratch = Scratch::new();
        let directory = scratch.join("directory");
        fs::create_dir(&directory).unwrap();
        // The clock of a file system may stand still for some milliseconds.
        fs::File::open(&directory).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let seen = Watched::new(vec![directory.clone()]);
        fs::write(directory.join("0123abcd.0"), "").unwrap();
        assert!(seen.have_changed());
    }
}
