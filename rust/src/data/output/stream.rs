//! Outputs that are not files: standard output, pipes, devices such as `/dev/null`. They are written through, and never
//! replaced.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::Error;

/// Whether `target` is written through: `-` and other names of standard output, a pipe, a device.
///
/// # Errors
///
/// [`Error::File`] for what is neither that nor a file or a folder.
pub(in crate::data) fn is_stream(target: &Path) -> Result<bool, Error> {
    if is_standard_output(target) {
        return Ok(true);
    }
    let Ok(metadata) = fs::metadata(target) else { return Ok(false) };
    let kind = metadata.file_type();
    if kind.is_file() || kind.is_dir() {
        return Ok(false);
    }
    if is_pipe_or_device(kind) {
        return Ok(true);
    }
    Err(Error::file(target.display(), "is neither a file, a folder nor a pipe; give another output"))
}

fn is_standard_output(target: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| target == Path::new(name))
}

#[cfg(unix)]
fn is_pipe_or_device(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_pipe_or_device(_: fs::FileType) -> bool {
    false
}

/// Opens a stream for writing.
///
/// # Errors
///
/// Where it cannot be opened.
pub(super) fn open(target: &Path) -> io::Result<File> {
    if is_standard_output(target) { standard_output() } else { File::options().write(true).open(target) }
}

#[cfg(unix)]
fn standard_output() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_output() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
