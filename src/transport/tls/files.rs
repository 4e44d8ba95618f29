//! Files that options name, read whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// What has more than this is no file of certificates or keys; it may be a device that never ends.
const LARGEST: u64 = 16 << 20;

/// Reads a file. It may hold a key, so what was read is wiped when it is dropped.
pub fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    // Memory that a growing vector leaves behind would not be wiped, so it is as large as the file at once.
    let size = file.metadata()?.len().min(LARGEST);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST) {
        Ok(bytes)
    } else {
        Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16 MiB"))
    }
}

/// Says that a file could not be read, and what to do.
pub fn unreadable(option: &str, path: &Path, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "check who may read it",
        _ => "check that it is a PEM file",
    };
    format!("{option} {} cannot be read: {error}: {advice}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_file_is_read_whole_and_a_device_without_end_is_not() {
        let scratch = Scratch::new();
        let path = scratch.join("file");
        std::fs::write(&path, b"text").unwrap();
        assert_eq!(read(&path).unwrap().as_slice(), b"text");
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let missing = scratch.join("missing");
        let text = unreadable("trustStore", &missing, &read(&missing).unwrap_err());
        assert!(text.starts_with(&format!("trustStore {} cannot be read: No such file", missing.display())));
        assert!(text.ends_with("check the path"));
    }
}
