//! An archive beside the file that may be equal to it.
//!
//! The bytes are compared as they come. As long as they are equal nothing is written; from the first
//! byte that differs on they go to a file of their own, which gets the equal part from the old one. So
//! an archive that is equal costs no more than to read both, and no file is compressed twice. Where
//! the length of the archive is known before its bytes, and is not that of the old file, nothing is
//! compared.

use std::io;

use super::output::Sink;
use crate::fs::{self, TemporaryFile};
use crate::report::Failure;

/// How many bytes are copied at a time.
const PIECE: u64 = 1 << 20;

/// Where an archive goes that differs.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a> {
    /// Makes its file.
    pub(super) make: &'a (dyn Fn() -> Result<TemporaryFile, Failure> + Sync),
    /// Tells what the disk says where that can't be written.
    pub(super) unwritten: &'a (dyn Fn(io::Error) -> Failure + Sync),
}

/// Bytes of an archive as they come, beside those of a file.
pub(super) struct Beside<'a> {
    /// None where there is no file: then every archive differs.
    old: Option<&'a fs::File>,
    /// None where nobody wants the archive itself.
    destination: Option<Destination<'a>>,
    /// Whether an archive that can't be written is made to its end all the same: its hash is wanted.
    goes_on_unwritten: bool,
    /// How many bytes were equal so far.
    equal: u64,
    /// The next bytes of the old file; kept, for the bytes come in many pieces.
    there: Vec<u8>,
    differs: bool,
    /// Has all bytes so far, once one differed; or why it can't be written.
    file: Option<Result<TemporaryFile, Failure>>,
}

impl<'a> Beside<'a> {
    pub(super) fn new(old: Option<&'a fs::File>, destination: Option<Destination<'a>>) -> Self {
        let (there, goes_on_unwritten) = (Vec::new(), true);
        Self { old, destination, goes_on_unwritten, equal: 0, there, differs: false, file: None }
    }

    /// Ends where the archive can't be written.
    pub(super) fn or_end(self) -> Self {
        Self { goes_on_unwritten: false, ..self }
    }

    /// Whether the archive differs from the old file, and the file that it is in.
    ///
    /// `is_there_again` is asked where the bytes were equal, and the old file is not the one of its name
    /// any more: whether what has the name now has them, too.
    pub(super) fn finish(
        mut self,
        is_there_again: &dyn Fn() -> bool,
    ) -> (bool, Option<Result<TemporaryFile, Failure>>) {
        // The old file may go on, or have changed under the comparison. A run beside this one that was
        // told to write its zip whatever is there has put an equal one in its place.
        let is_equal = |old: &fs::File| {
            let is_old = old.is_unchanged().is_ok_and(|unchanged| unchanged)
                && old.is_there().is_ok_and(|is_there| is_there);
            old.size() == self.equal && (is_old || is_there_again())
        };
        if !self.differs && !self.old.is_some_and(is_equal) {
            self.diverge();
        }
        (self.differs, self.file)
    }

    /// Whether the file goes on with these bytes. A file that can't be read does not.
    fn goes_on(&mut self, bytes: &[u8]) -> bool {
        let Some(old) = self.old else { return false };
        self.there.resize(bytes.len(), 0);
        old.size() - self.equal >= bytes.len() as u64
            && old.read_exact_at(&mut self.there, self.equal).is_ok()
            && self.there == bytes
    }

    /// Begins a file with the bytes that were equal.
    fn diverge(&mut self) {
        self.differs = true;
        self.file = self.destination.map(|Destination { make, unwritten }| {
            let mut file = make()?;
            let Some(old) = self.old else { return Ok(file) };
            let (mut piece, mut at) = (Vec::new(), 0);
            while at < self.equal {
                let length = (self.equal - at).min(PIECE);
                piece.resize(usize::try_from(length).expect("at most a piece"), 0);
                old.read_exact_at(&mut piece, at)?;
                file.write_all(&piece).map_err(unwritten)?;
                at += length;
            }
            Ok(file)
        });
    }
}

impl Sink for Beside<'_> {
    fn wants_length(&self) -> bool {
        self.old.is_some()
    }

    fn expect(&mut self, length: u64) {
        if self.old.is_some_and(|old| old.size() != length) {
            self.diverge();
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if !self.differs {
            if self.goes_on(bytes) {
                self.equal += bytes.len() as u64;
                return Ok(());
            }
            self.diverge();
        }
        if let Some(Ok(file)) = &mut self.file
            && let Err(error) = file.write_all(bytes)
        {
            self.file = self.destination.map(|it| Err((it.unwritten)(error)));
        }
        match self.file.take_if(|file| file.is_err() && !self.goes_on_unwritten) {
            Some(Err(failure)) => Err(failure),
            _ => Ok(()),
        }
    }
}
