//! The files of a package, and where they come from.

use camino::{Utf8Path, Utf8PathBuf};

use super::raw::{Lock, Raw, RawFile};
use crate::address::decoded;
use crate::digest::Sha256Digest;
use crate::foreign::{Error, Reading};
use crate::name::normalised;
use crate::origin::{Directory, File, Origin, Vcs};
use crate::pylock::Package;
use crate::report::code;
use crate::report::{Failure, line_at};
use crate::tree::normal;
use crate::wheel::WheelName;

impl Reading<'_, Lock> {
    /// A package as a lock of ours has it; none for a project without files of its own.
    pub(super) fn package(&self, index: usize) -> Result<Option<Package>, Error> {
        let spanned = &self.lock.packages[index];
        let raw = spanned.get_ref();
        let line = line_at(self.text, spanned.span().start);
        if raw.source.r#virtual.is_some() {
            return Ok(None);
        }
        let origins = self.origins(raw, line)?;
        Ok(Some(Package {
            name: normalised(&raw.name),
            version: raw.version.clone(),
            marker: None,
            requires_python: None,
            dependencies: Vec::new(),
            origins,
            built: None,
            line,
        }))
    }

    fn origins(&self, raw: &Raw, line: u32) -> Result<Vec<Origin>, Error> {
        let source = &raw.source;
        if let Some(git) = &source.git {
            return Ok(vec![vcs(git).ok_or_else(|| {
                self.asked.invalid(format!("`{git}` names no commit"), Some(line))
            })?]);
        }
        if let Some(path) = source.directory.as_ref().or(source.editable.as_ref()) {
            return Ok(vec![Origin::Directory(Directory {
                path: path.into(),
                editable: source.editable.is_some(),
                subdirectory: source.subdirectory.clone(),
                digest: None,
            })]);
        }
        // One file, which a line names: its digest stands with the wheel or the sdist.
        if source.url.is_some() || source.path.is_some() {
            let file = raw.wheels.first().or(raw.sdist.as_ref());
            let hash = file.and_then(|file| file.hash.as_deref());
            let path = source.path.as_ref().map(Utf8PathBuf::from);
            let digest = match (self.asked.digest(hash)?, &path) {
                (Some(digest), _) => digest,
                (None, Some(path)) => self.own_digest(path)?,
                (None, None) => return Err(self.without_digest(&raw.name, line).into()),
            };
            let named = path.as_ref().map(|path| path.as_str()).or(source.url.as_deref());
            let name = name_of(named.unwrap_or_default());
            let size = file.and_then(|file| file.size);
            let file = File { name, url: source.url.clone(), path, size, digest: Some(digest) };
            return Ok(vec![Origin::Archive { file, subdirectory: source.subdirectory.clone() }]);
        }
        let mut origins = Vec::new();
        for wheel in &raw.wheels {
            let file = self.file(raw, wheel, line)?;
            // One with a name that no installer reads can't be chosen.
            let name = WheelName::new(&file.name);
            if name.is_ok_and(|name| name.project == normalised(&raw.name)) {
                origins.push(Origin::Wheel(file));
            }
        }
        if let Some(sdist) = &raw.sdist {
            origins.push(Origin::Sdist(self.file(raw, sdist, line)?));
        }
        if origins.is_empty() {
            let cause = format!("`{}` has neither a wheel nor a source", raw.name);
            return Err(self.asked.invalid(cause, Some(line)).into());
        }
        Ok(origins)
    }

    /// A file of an index.
    fn file(&self, raw: &Raw, file: &RawFile, line: u32) -> Result<File, Error> {
        // The files of a folder of wheels are relative to it.
        let registry = raw.source.registry.as_deref().filter(|it| !it.contains("://"));
        let path = file.path.as_ref().map(|path| Utf8Path::new(registry.unwrap_or("")).join(path));
        let digest = match (self.asked.digest(file.hash.as_deref())?, &path) {
            (Some(digest), _) => digest,
            (None, Some(path)) => self.own_digest(path)?,
            (None, None) => return Err(self.without_digest(&raw.name, line).into()),
        };
        let from = path.as_ref().map(|path| path.as_str()).or(file.url.as_deref());
        let name = file.filename.clone().unwrap_or_else(|| name_of(from.unwrap_or_default()));
        Ok(File { name, url: file.url.clone(), path, size: file.size, digest: Some(digest) })
    }

    /// The digest of a file of the project, which the lock does not have.
    fn own_digest(&self, path: &Utf8Path) -> Result<Sha256Digest, Error> {
        let path = normal(&self.asked.lock_folder().join(path));
        Ok(Sha256Digest::of(&self.asked.tree.read_found(&path)?))
    }

    fn without_digest(&self, name: &str, line: u32) -> Failure {
        Failure::input(code::LOCK_WITHOUT_SHA256, format!("`{name}` in the lock has no sha256"))
            .place(self.asked.place(line))
            .hint(format!(
                "remove the lock and run `{}`, with an index that has hashes",
                self.asked.other.command()
            ))
    }
}

/// Reads the address of a repository: `URL?tag=…&subdirectory=…#COMMIT`.
fn vcs(address: &str) -> Option<Origin> {
    let (address, commit) = address.rsplit_once('#')?;
    let (url, query) = address.split_once('?').unwrap_or((address, ""));
    let value = |keys: &[&str]| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(key, _)| keys.contains(key)).map(|(_, value)| value);
        values.next().map(decoded)
    };
    Some(Origin::Vcs(Vcs {
        kind: "git".to_owned(),
        url: Some(url.to_owned()),
        path: None,
        requested_revision: value(&["rev", "tag", "branch"]),
        commit: Some(commit.to_owned()),
        subdirectory: value(&["subdirectory"]),
    }))
}

/// The name of the file that a path or an address names.
fn name_of(place: &str) -> String {
    let path = place.split(['#', '?']).next().unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    if place.contains("://") { decoded(name) } else { name.to_owned() }
}
