use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process;

/// Replaces a file as a whole: whoever reads it finds the old text or the new one.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    // In the same folder, since a file cannot be renamed from one disk to another.
    let temporary = path.with_extension(format!("lock.{}", process::id()));
    write(&temporary, text).and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
