//! Fetches a file by as many tries as it takes.

use std::io::Read as _;
use std::thread;

use url::Url;

use super::agents::Agents;
use super::ask::{Answer, ask};
use super::error::Subject;
use super::fault::Fault;
use super::patience::TRIES;
use super::{Error, Expected, Patience, Sink};
use crate::digest::Hasher;

/// Bytes of a file whose size nobody tells: Lambda takes 250 MiB when all is unpacked, and a
/// wheel is smaller than what it holds, so what is larger is of no use.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

pub(super) fn fetch(
    agents: &Agents,
    patience: &Patience,
    url: &str,
    expected: &Expected,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let subject = Subject::of(url);
    let Ok(mut url) = Url::parse(url) else { return Err(Error::Address { subject }) };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Address { subject });
    }
    url.set_fragment(None);
    let limit = expected.size.unwrap_or(LARGEST);
    let hasher = Hasher::default();
    let has_ranges = true;
    let mut download =
        Download { subject, url, expected, limit, sink, hasher, received: 0, has_ranges };
    let (mut failures, mut tries) = (0, 0);
    loop {
        let before = download.received;
        let (cause, asked) = match download.attempt(agents) {
            Ok(()) => return download.finish(),
            Err(Fault::Final(error)) => return Err(error),
            Err(Fault::Passing { cause, asked }) => (cause, asked),
            Err(Fault::Range(cause)) => {
                download.has_ranges = false;
                (cause, None)
            }
        };
        tries += 1;
        failures = if download.received > before { 0 } else { failures + 1 };
        if failures == TRIES {
            return Err(Error::Failed { subject: download.subject, cause, tries });
        }
        thread::sleep(patience.pause(failures, asked));
    }
}

/// A file that is being fetched.
struct Download<'a, 'b> {
    subject: Subject,
    url: Url,
    /// What it is known to be.
    expected: &'a Expected,
    /// Bytes that it may have.
    limit: u64,
    sink: &'a mut Sink<'b>,
    /// The digest of those that have gone there.
    hasher: Hasher,
    /// How many have gone there.
    received: u64,
    /// Whether its server can be asked for a part, as far as is known.
    has_ranges: bool,
}

impl Download<'_, '_> {
    /// Fetches what is missing, by one request and those that redirects lead to.
    fn attempt(&mut self, agents: &Agents) -> Result<(), Fault> {
        let from = if self.has_ranges { self.received } else { 0 };
        let answer = ask(agents, &self.subject, &self.url, from)?;
        self.read(answer)
    }

    /// Reads an answer to its end; what has been received before is passed over.
    fn read(&mut self, answer: Answer) -> Result<(), Fault> {
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
            let count = match reader.read(&mut piece) {
                Ok(count) => count,
                // All is there; how the connection ended does not matter.
                Err(_) if is_whole => return Ok(()),
                Err(error) => return Err(Fault::of_network(error.into(), &self.subject)),
            };
            if count == 0 {
                // A body without a length ends with its connection, for whatever reason.
                let may_be_cut = length.is_none() && self.expected.size.is_some();
                let is_cut = may_be_cut && !is_whole;
                return if is_cut { Err(Fault::passing("its end is missing")) } else { Ok(()) };
            }
            let known = usize::try_from(self.received - at).unwrap_or(count).min(count);
            self.take(&piece[known..count])?;
            at += count as u64;
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Ok(());
        }
        let received = self.received + bytes.len() as u64;
        if received > self.limit {
            return Err(self.too_large());
        }
        (self.sink)(bytes)
            .map_err(|source| Error::Unkept { subject: self.subject.clone(), source })?;
        self.hasher.update(bytes);
        self.received = received;
        Ok(())
    }

    fn too_large(&self) -> Fault {
        let is_known = self.expected.size.is_some();
        Error::TooLarge { subject: self.subject.clone(), limit: self.limit, is_known }.into()
    }

    /// Compares the digest and the size.
    fn finish(self) -> Result<(), Error> {
        let found = self.hasher.finish();
        if found == self.expected.digest {
            let size = self.expected.size.filter(|size| *size != self.received);
            let other = |expected| Error::Size {
                subject: self.subject.clone(),
                expected,
                found: self.received,
            };
            return size.map_or(Ok(()), |expected| Err(other(expected)));
        }
        Err(Error::Hash { subject: self.subject, expected: self.expected.digest, found })
    }
}
