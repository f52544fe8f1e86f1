//! Fetches a file, with several tries if needed.

use std::io::Read as _;
use std::thread;
use std::time::Duration;

use url::Url;

use super::ask::{Answer, ask};
use super::error::{REPLACED, Subject};
use super::retry::{Budget, LEAST, TRIES, TryError};
use super::{Client, Error, Expected, Sink};
use crate::digest::Hasher;
use crate::patience::Limit;
use crate::report::Failure;
use crate::report::code;

/// The most bytes of a file whose size is not known. Lambda takes 250 MiB unpacked ("Lambda quotas"
/// in its developer guide), and a wheel is about as large as its members or smaller, so a larger
/// one is of no use.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

impl Client {
    /// Fetches a file, following redirects. Its bytes go to `sink` as they come; they must not be
    /// trusted before this has returned without an error.
    ///
    /// After a failure that may pass, it pauses and tries again: up to five times in a row where a
    /// try brings next to nothing, and up to fifty requests in all. A file that takes longer than the
    /// settings allow, is larger than expected (than Lambda could use, where no size is expected) or
    /// has another digest is an error.
    pub(crate) fn fetch(
        &self,
        url: &str,
        expected: &Expected,
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        let subject = Subject::of(url);
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(mut url) = url else {
            let message = format!("cannot fetch {subject}: it is neither `https` nor `http`");
            return Err(Failure::lambda("download-address", message).into());
        };
        url.set_fragment(None);
        let limit = expected.size.unwrap_or(LARGEST);
        let hasher = Hasher::default();
        // Not asked beforehand: a server shows it in its first answer to a `Range`.
        let has_ranges = true;
        let mut download =
            Download { subject, url, expected, limit, sink, hasher, received: 0, has_ranges };
        let (mut failures, mut tries) = (0, 0);
        let mut budget = Budget::new(self.timeouts.total);
        loop {
            let before = download.received;
            let (cause, asked) = match download.attempt(self, &mut budget) {
                Ok(()) => return download.finish(),
                Err(TryError::Final(error)) => return Err(error),
                Err(TryError::Late) => return Err(download.late(self.timeouts.total)),
                Err(TryError::Passing { cause, asked }) => (cause, asked),
                Err(TryError::Range(cause)) => {
                    download.has_ranges = false;
                    (cause, None)
                }
            };
            tries += 1;
            failures = if download.received - before >= LEAST { 0 } else { failures + 1 };
            if failures == TRIES {
                return Err(download.subject.failed(cause, tries).into());
            }
            let pause = self.timeouts.pause(failures, asked);
            if budget.left().is_none_or(|left| left <= pause) {
                return Err(download.late(self.timeouts.total));
            }
            thread::sleep(pause);
        }
    }
}

/// A file that is being fetched.
struct Download<'a, 'b> {
    subject: Subject,
    url: Url,
    expected: &'a Expected,
    /// The most bytes that it may have.
    limit: u64,
    sink: &'a mut Sink<'b>,
    /// Hashes the bytes that went to the sink.
    hasher: Hasher,
    /// How many bytes went to the sink.
    received: u64,
    /// Whether its server may give a part; `false` after it refused one.
    has_ranges: bool,
}

impl Download<'_, '_> {
    /// Fetches the rest of the file by one request, and those of its redirects.
    fn attempt(&mut self, client: &Client, budget: &mut Budget) -> Result<(), TryError> {
        let from = if self.has_ranges { self.received } else { 0 };
        let answer = ask(client, &self.subject, &self.url, from, budget)?;
        self.read(answer)
    }

    /// Reads an answer to its end; skips the bytes that were received before.
    fn read(&mut self, answer: Answer) -> Result<(), TryError> {
        let length = answer.body.content_length();
        let end = length.map(|length| answer.start.saturating_add(length));
        if end.is_some_and(|end| end > self.limit) {
            return Err(self.too_large());
        }
        let mut reader = answer.body.into_reader();
        let mut piece = vec![0; PIECE];
        let mut at = answer.start;
        loop {
            let is_whole = self.expected.size == Some(self.received);
            if is_whole && length.is_none() {
                // What follows could be without end, and the digest says whether all is well.
                return Ok(());
            }
            let count = match reader.read(&mut piece) {
                Ok(count) => count,
                // All bytes are there, so it does not matter how the connection ended.
                Err(_) if is_whole => return Ok(()),
                Err(error) => return Err(TryError::of_network(error.into(), &self.subject)),
            };
            if count == 0 {
                // A body without a length ends with its connection, so a broken one looks like a
                // complete one (RFC 9112, section 6.3).
                let may_be_cut = length.is_none() && self.expected.size.is_some();
                let is_cut = may_be_cut && !is_whole;
                return if is_cut { Err(TryError::passing("its end is missing")) } else { Ok(()) };
            }
            let known = usize::try_from(self.received - at).unwrap_or(count).min(count);
            self.take(&piece[known..count])?;
            at += count as u64;
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), TryError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let received = self.received + bytes.len() as u64;
        if received > self.limit {
            return Err(self.too_large());
        }
        (self.sink)(bytes).map_err(|error| {
            Failure::lambda("download-unkept", format!("cannot keep {}", self.subject))
                .because(&error)
        })?;
        self.hasher.update(bytes);
        self.received = received;
        Ok(())
    }

    fn late(&self, total: Duration) -> Error {
        let limit = Limit::Total(total);
        let message = format!("{} {limit}", self.subject);
        Failure::program(code::TIMED_OUT, message).hint(limit.hint()).into()
    }

    fn too_large(&self) -> TryError {
        let message = format!("{} is larger than {} bytes", self.subject, self.limit);
        let failure = Failure::lambda("download-too-large", message);
        match self.expected.size {
            Some(_) => failure.cause("that is the size that it should have").hint(REPLACED),
            None => failure.cause("no wheel of that size fits into a lambda"),
        }
        .into()
    }

    /// Compares the digest and the size.
    fn finish(self) -> Result<(), Error> {
        let Self { subject, expected, received, .. } = self;
        let found = self.hasher.finish();
        if found != expected.digest {
            let message = format!("{subject} has another hash than expected");
            return Err(Failure::lambda(code::HASH_MISMATCH, message)
                .cause(format!("expected {:?}", expected.digest))
                .cause(format!("found {found:?}"))
                .hint(REPLACED)
                .into());
        }
        match expected.size {
            Some(size) if size != received => {
                let message = format!("{subject} has {received} bytes, and not {size}");
                Err(Failure::lambda("download-size", message).hint(REPLACED).into())
            }
            Some(_) | None => Ok(()),
        }
    }
}
