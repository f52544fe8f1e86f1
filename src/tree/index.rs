//! Reads the index of a repository: which files git has in a checkout, with their modes and flags.
//!
//! `git ls-files` would say the same, but a process costs more than the rest of a build that changes
//! nothing, and it does not say which files are only intended to be added. Nothing is trusted that
//! git keeps beside the entries: neither the caches of untracked files nor those of a file system
//! monitor.
//!
//! Source: gitformat-index(5). Stat data is skipped: who wants to know about bytes compares bytes.

/// A path in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Relative to the top of the worktree; that of a folder has no slash at its end.
    pub(super) path: Vec<u8>,
    pub(super) kind: EntryKind,
    /// The object's name, in bytes.
    pub(super) object: Vec<u8>,
    /// Git does not look whether the file has changed (`--assume-unchanged`).
    pub(super) is_assumed: bool,
    /// Git takes the file as unchanged though it is not there (`--skip-worktree`, a sparse
    /// checkout).
    pub(super) is_skipped: bool,
    /// It will be in a commit only once it is added (`git add --intent-to-add`).
    pub(super) is_intended: bool,
    /// It is in the middle of a merge.
    pub(super) is_unmerged: bool,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    Plain,
    Executable,
    Link,
    /// A commit of another repository.
    Submodule,
    /// A folder without the entries of its files, in a sparse index.
    Folder,
}

/// An index, as one file has it.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Sorted by path, as git keeps them; in a split index, those that differ from the shared one.
    pub(super) entries: Vec<Entry>,
    /// What a split index takes from another file.
    pub(super) link: Option<Link>,
}

/// The part of a split index that leads to the shared one.
#[derive(Debug)]
pub(super) struct Link {
    /// The name of the shared index, in hexadecimal; it is the end of its file's name.
    pub(super) shared: String,
    /// The positions of the shared entries that are gone.
    deleted: Vec<usize>,
    /// The positions of the shared entries that are replaced.
    replaced: Vec<usize>,
}

/// The names of the two flags of an entry's extended flags.
const SKIP_WORKTREE: u16 = 1 << 14;
const INTENT_TO_ADD: u16 = 1 << 13;

/// Reads an index whose objects have names of so many bytes: 20 of SHA-1, 32 of SHA-256. `None` if
/// it is of another version, or broken.
pub(super) fn read(bytes: &[u8], name: usize) -> Option<Index> {
    let mut bytes = Bytes(bytes);
    if bytes.take(4)? != b"DIRC" {
        return None;
    }
    let version = bytes.number()?;
    let count = usize::try_from(bytes.number()?).ok()?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut entries = Vec::with_capacity(count.min(bytes.0.len() / 62));
    let mut last = Vec::new();
    for _ in 0..count {
        let entry = bytes.entry(version, name, &last)?;
        last.clone_from(&entry.path);
        entries.push(entry);
    }
    for entry in &mut entries {
        // The path of a folder ends in a slash.
        if entry.kind == EntryKind::Folder && entry.path.last() == Some(&b'/') {
            entry.path.pop();
        }
    }
    let mut link = None;
    // After the extensions comes the digest of the file.
    while bytes.0.len() > name {
        let (signature, size) = (bytes.take(4)?, usize::try_from(bytes.number()?).ok()?);
        let data = bytes.take(size)?;
        if signature == b"link" {
            link = Some(linked(data, name)?);
        }
    }
    Some(Index { entries, link })
}

impl Link {
    /// Puts the entries of a split index into those of the shared one.
    pub(super) fn join(&self, shared: Vec<Entry>, own: Vec<Entry>) -> Option<Vec<Entry>> {
        let mut own = own.into_iter();
        let mut joined: Vec<Option<Entry>> = shared.into_iter().map(Some).collect();
        for position in &self.replaced {
            let mut entry = own.next()?;
            let slot = joined.get_mut(*position)?;
            // Replacements have no paths: they have those of what they replace.
            entry.path = slot.take()?.path;
            *slot = Some(entry);
        }
        for position in &self.deleted {
            *joined.get_mut(*position)? = None;
        }
        let mut joined: Vec<Entry> = joined.into_iter().flatten().chain(own).collect();
        joined.sort_by(|one, other| one.path.cmp(&other.path));
        Some(joined)
    }
}

/// Reads the extension of a split index: the name of the shared one, then two bitmaps.
fn linked(data: &[u8], name: usize) -> Option<Link> {
    let mut bytes = Bytes(data);
    let shared = bytes.take(name)?.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.0.is_empty() {
        return Some(Link { shared, deleted: Vec::new(), replaced: Vec::new() });
    }
    let (deleted, replaced) = (bytes.bitmap()?, bytes.bitmap()?);
    Some(Link { shared, deleted, replaced })
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn entry(&mut self, version: u32, name: usize, last: &[u8]) -> Option<Entry> {
        let begin = self.0.len();
        // Times, device and inode.
        self.take(24)?;
        let mode = self.number()?;
        // User, group and size.
        self.take(12)?;
        let object = self.take(name)?.to_vec();
        let short = |bytes: &[u8]| bytes.try_into().ok().map(u16::from_be_bytes);
        let flags = short(self.take(2)?)?;
        let extended = if flags & (1 << 14) != 0 { short(self.take(2)?)? } else { 0 };
        let path = if version == 4 {
            // Of the path before, so many bytes at its end are others.
            let kept = last.len().checked_sub(self.variable()?)?;
            [&last[..kept], self.text()?].concat()
        } else {
            let path = self.text()?.to_vec();
            // With its NUL and up to seven more, an entry has a multiple of eight bytes.
            let used = begin - self.0.len();
            self.take((8 - used % 8) % 8)?;
            path
        };
        Some(Entry {
            path,
            kind: match mode >> 12 {
                0o04 => EntryKind::Folder,
                0o12 => EntryKind::Link,
                0o16 => EntryKind::Submodule,
                _ if mode & 0o100 != 0 => EntryKind::Executable,
                _ => EntryKind::Plain,
            },
            object,
            is_assumed: flags & (1 << 15) != 0,
            is_skipped: extended & SKIP_WORKTREE != 0,
            is_intended: extended & INTENT_TO_ADD != 0,
            is_unmerged: flags & (3 << 12) != 0,
        })
    }

    /// Reads up to a NUL.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(0, self.0)?;
        let text = self.take(end)?;
        self.take(1)?;
        Some(text)
    }

    /// Reads a number of a variable number of bytes, as an `OFS_DELTA` has it (gitformat-pack(5)).
    fn variable(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for _ in 0..8 {
            let byte = usize::from(self.take(1)?[0]);
            value = (value << 7) | (byte & 127);
            if byte & 128 == 0 {
                return Some(value);
            }
            value += 1;
        }
        // Eight bytes are more than the length of any path needs.
        None
    }

    /// Reads a compressed bitmap, and returns the positions of its ones.
    ///
    /// Source: `ewah/ewok_rlw.h` of git: each marker word has one bit that is repeated, 32 bits with
    /// how many words are such bits alone, and 31 bits with how many words follow as they are.
    fn bitmap(&mut self) -> Option<Vec<usize>> {
        let bits = usize::try_from(self.number()?).ok()?;
        let count = usize::try_from(self.number()?).ok()?;
        let words = self.take(count.checked_mul(8)?)?;
        self.take(4)?;
        let mut words = words.chunks_exact(8);
        let mut word = || words.next()?.try_into().ok().map(u64::from_be_bytes);
        let (mut ones, mut at) = (Vec::new(), 0_usize);
        while let Some(marker) = word() {
            let repeated = usize::try_from((marker >> 1) & 0xffff_ffff).ok()?.checked_mul(64)?;
            if marker & 1 != 0 {
                ones.extend(at..(at + repeated).min(bits));
            }
            at += repeated;
            for _ in 0..marker >> 33 {
                let literal = word()?;
                ones.extend((0..64).filter(|bit| literal >> bit & 1 != 0).map(|bit| at + bit));
                at += 64;
            }
        }
        Some(ones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    #[test]
    fn an_index_is_read_however_it_is_broken() {
        try_all("git-index", |bytes| {
            let [own, other] = [20, 32].map(|name| read(bytes, name));
            let entries = |index: &Option<Index>| {
                index.iter().flat_map(|it| it.entries.clone()).collect::<Vec<_>>()
            };
            let link = own.iter().find_map(|it| it.link.as_ref());
            let joined = link.and_then(|link| link.join(entries(&own), entries(&other)));
            format!("{own:?} {other:?} {joined:?}")
        });
    }
}
