//! Reads a `uv.lock`.
//!
//! Source: "Locking and syncing" in uv's documentation, and the locks that it writes: packages with
//! their files, and edges from one to the next with the marker under which they hold. From the
//! project's package all that is reached on the target is packaged; members of a workspace, which
//! are folders, are built.

mod files;
mod fresh;
mod raw;
mod reach;

use super::{Answer, Asked, Error, Fault, Reading};
use crate::name::normalised;
use crate::nesting;
use crate::pylock;
use crate::report::{Place, line_at};
use crate::tree::{normal, slashes};
use raw::Raw;
use toml::Spanned;

pub(crate) use raw::Lock;

/// The format that is known; a revision adds keys.
const VERSION: i64 = 1;

/// Parses a lock.
pub(super) fn parse(text: &str) -> Result<Lock, Fault> {
    let lock: Lock = toml::from_str(nesting::toml(text)).map_err(|error| {
        let line = error.span().map(|span| line_at(text, span.start));
        (error.message().to_owned(), line)
    })?;
    match lock.version == VERSION {
        true => Ok(lock),
        false => {
            let cause = format!("it has the version {}, and only {VERSION} is known", lock.version);
            Err((cause, None))
        }
    }
}

/// Reads a lock for the project of a folder.
pub(super) fn read(reading: Reading<'_, Lock>) -> Result<Answer, Error> {
    let root = reading.root()?;
    reading.check_python()?;
    let reached = reading.reached(root)?;
    reading.check_fresh(root, &reached)?;
    let mut packages = Vec::new();
    for (index, _) in reached.iter().filter(|(index, _)| **index != root) {
        packages.extend(reading.package(*index)?);
    }
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    let (raw, choice) = (reading.raw(root), reading.asked.choice);
    let extras = choice.extras.iter().filter_map(|name| raw.optional_dependencies.get(name));
    let groups = choice.groups.iter().filter_map(|name| raw.dev_dependencies.get(name));
    let edges = raw.dependencies.iter().chain(extras.chain(groups).flatten());
    let asked = edges.map(|edge| normalised(&edge.name)).collect();
    Ok(Asked::packages(packages, Vec::new(), asked))
}

impl Reading<'_, Lock> {
    fn raw(&self, index: usize) -> &Raw {
        self.lock.packages[index].get_ref()
    }

    /// The package that is the project itself.
    fn root(&self) -> Result<usize, Error> {
        let lock_folder = self.asked.lock_folder();
        let folder = normal(&self.asked.other.folder);
        let is_it = |raw: &Spanned<Raw>| {
            let own = raw.get_ref().source.folder();
            own.is_some_and(|own| normal(&lock_folder.join(own)) == folder)
        };
        self.lock.packages.iter().position(is_it).ok_or_else(|| {
            let folder = slashes(&folder);
            let folder = if folder.is_empty() { "." } else { &folder };
            Error::Stale(format!("it has no project in `{folder}`"))
        })
    }

    /// Refuses a lock that is for other versions of Python.
    fn check_python(&self) -> Result<(), Error> {
        let requires = self.lock.requires_python.as_ref();
        requires.map_or(Ok(()), |it| self.compare_python(it, self.asked.whole()))
    }

    fn compare_python(&self, requires: &str, place: Place) -> Result<(), Error> {
        match pylock::takes(requires, self.asked.target) {
            Ok(false) => {
                Err(self.asked.other_python(place, &format!("`{requires}`"), "requires-python"))
            }
            // What is no range, uv says.
            Ok(true) | Err(_) => Ok(()),
        }
    }
}
