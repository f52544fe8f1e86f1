//! The contents of a package: a sorted map from path to entry.
//!
//! This type makes packages deterministic. A map sorted by path has the same order on every
//! machine, and an entry has no time, owner or mode of a disk. An entry says where its bytes are,
//! and `archive` reads them, so that no more than a few files are in memory.
//!
//! Everything here is a pure function of values.

mod lay_out;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::path::{ArchivePath, Mode};
use crate::wheel::{Member, Wheel};

pub(crate) use lay_out::{Folders, lay_out};

/// The contents of a package.
#[derive(Debug, Default)]
pub(crate) struct Contents(BTreeMap<ArchivePath, Entry>);

impl Contents {
    /// The entries, sorted by the bytes of their paths.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = (&ArchivePath, &Entry)> {
        self.0.iter()
    }

    /// The entry at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Entry> {
        self.0.get(path)
    }

    /// The paths that begin with a text, sorted.
    pub(crate) fn starting_with(&self, beginning: &str) -> impl Iterator<Item = &str> {
        let from = self.0.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
        from.map(|(path, _)| path.as_str()).take_while(move |path| path.starts_with(beginning))
    }

    /// All of several, of which a later one replaces what an earlier one has at a path.
    pub(crate) fn of_all<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let entries = all.flat_map(Self::entries);
        Self(entries.map(|(path, entry)| (path.clone(), entry.clone())).collect())
    }

    /// What a function finds: its package at the top, and what its layers have below `/opt`, where
    /// Lambda unpacks them.
    pub(crate) fn above(&self, opt: &Self) -> Self {
        let below = opt.entries().map(|(path, entry)| (path.in_opt(), entry.clone()));
        let own = self.entries().map(|(path, entry)| (path.clone(), entry.clone()));
        Self(own.chain(below).collect())
    }

    /// Whether there is nothing to package.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) data: Data,
    pub(crate) mode: Mode,
}

/// Where the bytes of an entry are.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// In a wheel, compressed already.
    Member { wheel: Arc<Wheel>, index: usize },
    /// In a file of the project.
    File {
        /// Relative to the root.
        place: Utf8PathBuf,
        /// Size in bytes, when it was listed.
        size: u64,
    },
}

impl Data {
    /// The member with its wheel; `None` for a file of the project.
    pub(crate) fn member(&self) -> Option<(&Wheel, &Member)> {
        match self {
            Self::Member { wheel, index } => Some((wheel, &wheel.members[*index])),
            Self::File { .. } => None,
        }
    }

    /// Uncompressed size in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Member { wheel, index } => wheel.members[*index].size,
            Self::File { size, .. } => *size,
        }
    }

    /// The file of the project, relative to its root; `None` for a member.
    pub(crate) fn place(&self) -> Option<Utf8PathBuf> {
        match self {
            Self::Member { .. } => None,
            Self::File { place, .. } => Some(place.clone()),
        }
    }

    /// Where it comes from, for messages: a wheel's file name, or a path relative to the root.
    pub(crate) fn origin(&self) -> &str {
        match self {
            Self::Member { wheel, .. } => wheel.name.as_str(),
            Self::File { place, .. } => place.as_str(),
        }
    }
}
