//! Writes a file of a temporary directory piece by piece.

use std::io::{self, BufWriter, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use super::Error;

/// A new file in a temporary directory; what must be whole or not at all has
/// [`super::TemporaryFile`].
#[derive(Debug)]
pub(crate) struct Writer {
    inner: BufWriter<std::fs::File>,
    path: Utf8PathBuf,
}

impl Writer {
    pub(crate) fn create(path: &Utf8Path) -> Result<Self, Error> {
        let file = std::fs::File::create_new(path).map_err(Error::at("create", path))?;
        Ok(Self { inner: BufWriter::new(file), path: path.to_owned() })
    }

    /// Writes bytes at the end.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.inner.flush().map_err(Error::at("write", &self.path))
    }
}
