//! Reads where a package of a lock comes from; see [`super::read()`].

use std::str::FromStr as _;

use pep440_rs::Version;
use toml::Spanned;

use super::read::Reader;
use super::url::file_name;
use super::{Directory, Error, File, Source, Vcs, raw};
use crate::report::Place;
use crate::wheel::WheelName;

impl Reader<'_> {
    /// Reads the one source of a package; the specification forbids several.
    pub(super) fn source(
        &self,
        name: &str,
        package: raw::Package,
        place: &Place,
    ) -> Result<Source, Error> {
        let refuse =
            |fault| Error::Source { package: name.to_owned(), fault, place: place.clone() };
        let raw::Package { vcs, directory, archive, sdist, wheels, version, .. } = package;
        let has_files = sdist.is_some() || !wheels.is_empty();
        match (vcs, directory, archive) {
            (None, None, None) if has_files => {
                let version = version.as_deref();
                let wheels = wheels.into_iter().map(|wheel| self.wheel(wheel, name, version));
                let wheels = wheels.collect::<Result<_, _>>()?;
                let sdist = sdist.map(|sdist| self.file(sdist)).transpose()?;
                Ok(Source::Distributions { wheels, sdist })
            }
            (Some(vcs), None, None) if !has_files => self.vcs(vcs, name),
            (None, Some(directory), None) if !has_files => Ok(Source::Directory(Directory {
                path: directory.path,
                editable: directory.editable,
                subdirectory: directory.subdirectory,
            })),
            (None, None, Some(archive)) if !has_files => {
                let subdirectory = archive.get_ref().subdirectory.clone();
                Ok(Source::Archive { file: self.file(archive)?, subdirectory })
            }
            (None, None, None) => Err(refuse("has no wheels, sdist, archive, vcs or directory")),
            _ => Err(refuse("comes from more than one source")),
        }
    }

    fn vcs(&self, vcs: Spanned<raw::Vcs>, name: &str) -> Result<Source, Error> {
        let place = self.place(vcs.span().start);
        let vcs = vcs.into_inner();
        if vcs.url.is_none() && vcs.path.is_none() {
            let fault = "has a vcs without url and path";
            return Err(Error::Source { package: name.to_owned(), fault, place });
        }
        Ok(Source::Vcs(Vcs {
            kind: vcs.r#type,
            url: vcs.url,
            path: vcs.path,
            requested_revision: vcs.requested_revision,
            commit: vcs.commit_id,
            subdirectory: vcs.subdirectory,
        }))
    }

    /// Reads a wheel, which must be one of the package: another one would be installed under its
    /// name.
    fn wheel(
        &self,
        wheel: Spanned<raw::File>,
        package: &str,
        version: Option<&str>,
    ) -> Result<File, Error> {
        let place = self.place(wheel.span().start);
        let file = self.file(wheel)?;
        let Ok(name) = WheelName::new(&file.name) else {
            return Err(Error::Value { value: file.name, what: "name of a wheel", place });
        };
        let versions = [Some(name.version.as_str()), version];
        let versions = versions.map(|version| version.map(Version::from_str));
        let is_other = matches!(&versions, [Some(Ok(own)), Some(Ok(asked))] if own != asked);
        if name.project != package || is_other {
            let package =
                version.map_or_else(|| package.to_owned(), |it| format!("{package} {it}"));
            return Err(Error::Wheel { wheel: file.name, package, place });
        }
        Ok(file)
    }

    fn file(&self, file: Spanned<raw::File>) -> Result<File, Error> {
        let place = self.place(file.span().start);
        let raw::File { name, url, path, size, hashes, .. } = file.into_inner();
        let [name, url, path] = [name, url, path].map(|text| text.filter(|text| !text.is_empty()));
        let from_place = file_name(path.as_deref(), url.as_deref());
        if url.is_none() && path.is_none() {
            let cause = "a file has neither `url` nor `path`".to_owned();
            return Err(Error::Shape { cause, place });
        }
        let Some(name) = name.or(from_place) else {
            return Err(Error::Shape { cause: "a file has no name".to_owned(), place });
        };
        let sha256 = hashes.iter().find(|(algorithm, _)| algorithm.eq_ignore_ascii_case("sha256"));
        let Some((_, digits)) = sha256 else {
            return Err(Error::Digest { file: name, others: hashes.into_keys().collect(), place });
        };
        let digest = self.digest(digits, &place)?;
        Ok(File { name, url, path, size, digest })
    }
}
