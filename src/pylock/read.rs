//! Reads a lock.

use std::str::FromStr;

use pep440_rs::Version;
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::DeTable;

use super::write::CREATED_BY;
use super::{Built, By, Dependency, Made, Package, Pylock, Said, raw};
use crate::address::{decoded, plain};
use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::name::normalised;
use crate::nesting;
use crate::origin::{File, Origin, Vcs};
use crate::pep508;
use crate::report::code;
use crate::report::{Failure, Place, line_at};
use crate::wheel::WheelName;

/// What to do about a lock that is wrong.
pub(crate) const MAKE_ANEW: &str = "run `cargo dofs-package lock` to make it anew";

/// Why a lock was not read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It lost its end: beside requirements it is stale.
    Cut(Failure),
    Invalid(Failure),
}

impl From<Unreadable> for Failure {
    fn from(unread: Unreadable) -> Self {
        match unread {
            Unreadable::Cut(failure) | Unreadable::Invalid(failure) => failure,
        }
    }
}

/// Reads a lock from its text; the path, relative to the root, is for messages.
///
/// # Errors
///
/// It is no TOML, or has not the shape of a lock; its format has another major version; a package
/// has no source or several, or a file without sha256; a wheel is of another project or version.
pub(crate) fn read(text: &str, path: &str) -> Result<Pylock, Unreadable> {
    let reader = Reader { text, path };
    reader.lock().map_err(|failure| match reader.is_cut(&failure) {
        true => Unreadable::Cut(failure),
        false => Unreadable::Invalid(failure),
    })
}

/// The message of a lock that has not the form of one.
const UNREADABLE: &str = "the lock can't be read";

/// The code of a package that does not say where it comes from.
const SOURCE: &str = "lock-source";

/// The failure of a text that has not the form of its key.
pub(super) fn invalid(value: &str, what: &str, place: &Place) -> Failure {
    Failure::input("lock-invalid", format!("`{value}` in the lock is no {what}"))
        .place(place.clone())
        .hint(MAKE_ANEW)
}

/// The file is no TOML, or has not the shape of a lock.
fn unreadable(cause: &str, place: Place) -> Failure {
    Failure::input("lock-invalid", UNREADABLE).cause(cause).place(place).hint(MAKE_ANEW)
}

/// The failure of a package that has no source, or more than one.
fn bad_source(package: &str, fault: &str, place: Place) -> Failure {
    Failure::input(SOURCE, format!("`{package}` in the lock {fault}")).place(place).hint(MAKE_ANEW)
}

/// A text, and where it is from.
struct Reader<'a> {
    text: &'a str,
    path: &'a str,
}

impl Reader<'_> {
    fn lock(&self) -> Result<Pylock, Failure> {
        let table =
            DeTable::parse(nesting::toml(self.text)).map_err(|error| self.not_toml(&error))?;
        self.check_version(table.get_ref())?;
        let raw = raw::Lock::deserialize(toml::Deserializer::from(table))
            .map_err(|error| self.not_toml(&error))?;
        // Our table stands last: a lock of ours without it lost its end, and packages perhaps.
        let own = raw.tool.and_then(|it| it.own);
        if own.is_none() && raw.created_by == CREATED_BY {
            let cause =
                "it was made here, and `[tool.cargo-dofs-package]`, its last table, is missing";
            return Err(unreadable(cause, Place::new(self.path, None)));
        }
        let Some(packages) = raw.packages else {
            return Err(unreadable("it has no `packages`", Place::new(self.path, None)));
        };
        let packages = packages.into_iter().map(|package| self.package(package));
        Ok(Pylock {
            packages: packages.collect::<Result<_, _>>()?,
            made: own.map(|made| self.made(made)).transpose()?,
            requires_python: raw.requires_python,
            environments: raw.environments,
            default_groups: raw.default_groups,
        })
    }

    /// Whether the format is known: a minor version adds keys, which are passed over; a major one
    /// may change what they mean ("Versioning" in the specification).
    fn check_version(&self, table: &DeTable<'_>) -> Result<(), Failure> {
        let Some(version) = table.get("lock-version") else {
            return Err(unreadable("it has no `lock-version`", Place::new(self.path, None)));
        };
        let place = self.place(version.span().start);
        let Some(version) = version.get_ref().as_str() else {
            return Err(unreadable("`lock-version` is no text", place));
        };
        if version == "1" || version.starts_with("1.") {
            return Ok(());
        }
        let message = format!("the lock has the format `{version}`, and only 1.x is known");
        let hint = "take a later version of this tool, or run `cargo dofs-package lock` to make it \
                    anew";
        Err(Failure::input("lock-version", message).place(place).hint(hint))
    }

    fn made(&self, made: Spanned<raw::Made>) -> Result<Made, Failure> {
        let place = self.place(made.span().start);
        let made = made.into_inner();
        let requirements = digest(&made.requirements_sha256, &place)?;
        let python = parsed(&made.python, "Python version of Lambda", &place)?;
        let architecture = parsed(&made.architecture, "architecture of Lambda", &place)?;
        let by = [(&made.said_by_terraform, By::Terraform), (&made.said, By::User)];
        let says = |key: &str| {
            let by = by.iter().filter(|(keys, _)| keys.iter().any(|said| said == key));
            by.map(|(_, by)| *by).max()
        };
        let said = Said { python: says("python"), architecture: says("architecture") };
        let target = Target { python, architecture };
        Ok(Made { source: made.source, requirements, target, said })
    }

    fn package(&self, package: Spanned<raw::Package>) -> Result<Package, Failure> {
        let place = self.place(package.span().start);
        let mut package = package.into_inner();
        let name = project(&package.name, &place)?;
        if let Some(version) = &package.version {
            parsed::<Version>(version, "version", &place)?;
        }
        // The specification has dependencies for auditors and not for installers, so one without a
        // name is left out here.
        let mut dependencies = Vec::new();
        for raw in std::mem::take(&mut package.dependencies) {
            let Some(name) = raw.name else { continue };
            dependencies.push(Dependency { name: project(&name, &place)?, marker: raw.marker });
        }
        let (mut built, mut directory_digest) = (None, None);
        let tool = package.tool.take();
        for line in tool.iter().flat_map(|tool| &tool.pdm.dependencies) {
            // What is no requirement pdm itself would not read.
            let Ok(required) = pep508::requirement(line) else { continue };
            let marker = pep508::marker_of(line).map(str::to_owned);
            dependencies.push(Dependency { name: required.name.to_string(), marker });
        }
        if let Some(raw) = tool.and_then(|tool| tool.own) {
            let place = self.place(raw.span().start);
            let raw = raw.into_inner();
            let wheel = WheelName::new(&raw.wheel)
                .map_err(|_| invalid(&raw.wheel, "name of a wheel", &place))?;
            built = Some(Built { wheel, digest: digest(&raw.sha256, &place)? });
            let digits = raw.directory_sha256.as_deref();
            directory_digest = digits.map(|digits| digest(digits, &place)).transpose()?;
        }
        let (version, marker) = (package.version.clone(), package.marker.take());
        let requires_python = package.requires_python.take();
        let mut origins = self.origins(&name, package, &place)?;
        if let [Origin::Directory(directory)] = &mut origins[..] {
            directory.digest = directory_digest;
        }
        let line = place.line.expect("it was counted");
        Ok(Package { name, version, marker, requires_python, dependencies, origins, built, line })
    }

    /// Reads where a package comes from; the specification forbids several sources.
    fn origins(
        &self,
        name: &str,
        package: raw::Package,
        place: &Place,
    ) -> Result<Vec<Origin>, Failure> {
        let refuse = |fault| bad_source(name, fault, place.clone());
        let raw::Package { vcs, directory, archive, sdist, wheels, version, .. } = package;
        let has_files = sdist.is_some() || !wheels.is_empty();
        Ok(match (vcs, directory, archive) {
            (None, None, None) if has_files => {
                let wheels = wheels.into_iter().map(|it| self.wheel(it, name, version.as_deref()));
                let wheels = wheels.map(|file| file.map(Origin::Wheel));
                let sdist = sdist.into_iter().map(|it| self.file(it).map(Origin::Sdist));
                wheels.chain(sdist).collect::<Result<_, _>>()?
            }
            (Some(vcs), None, None) if !has_files => vec![Origin::Vcs(self.vcs(vcs, name)?)],
            (None, Some(directory), None) if !has_files => {
                vec![Origin::Directory(directory)]
            }
            (None, None, Some(archive)) if !has_files => {
                let subdirectory = archive.get_ref().subdirectory.clone();
                vec![Origin::Archive { file: self.file(archive)?, subdirectory }]
            }
            (None, None, None) => {
                return Err(refuse("has no wheels, sdist, archive, vcs or directory"));
            }
            _ => return Err(refuse("comes from more than one source")),
        })
    }

    fn vcs(&self, vcs: Spanned<Vcs>, name: &str) -> Result<Vcs, Failure> {
        let place = self.place(vcs.span().start);
        let vcs = vcs.into_inner();
        if vcs.url.is_none() && vcs.path.is_none() {
            return Err(bad_source(name, "has a vcs without url and path", place));
        }
        Ok(vcs)
    }

    /// Reads a wheel, which must be one of the package: another one would be installed under its
    /// name.
    fn wheel(
        &self,
        wheel: Spanned<raw::File>,
        package: &str,
        version: Option<&str>,
    ) -> Result<File, Failure> {
        let place = self.place(wheel.span().start);
        let file = self.file(wheel)?;
        let Ok(name) = WheelName::new(&file.name) else {
            return Err(invalid(&file.name, "name of a wheel", &place));
        };
        let versions = [Some(name.version.as_str()), version];
        let versions = versions.map(|version| version.map(Version::from_str));
        let is_other = matches!(&versions, [Some(Ok(own)), Some(Ok(asked))] if own != asked);
        if name.project != package || is_other {
            let package =
                version.map_or_else(|| package.to_owned(), |it| format!("{package} {it}"));
            let message = format!("`{name}` in the lock is no wheel of `{package}`");
            return Err(Failure::input("lock-other-wheel", message).place(place).hint(MAKE_ANEW));
        }
        Ok(file)
    }

    fn file(&self, file: Spanned<raw::File>) -> Result<File, Failure> {
        let place = self.place(file.span().start);
        let raw::File { name, url, path, size, hashes, .. } = file.into_inner();
        let [name, url, path] = [name, url, path].map(|text| text.filter(|text| !text.is_empty()));
        let from_place = file_name(path.as_deref(), url.as_deref());
        if url.is_none() && path.is_none() {
            return Err(unreadable("a file has neither `url` nor `path`", place));
        }
        let Some(name) = name.or(from_place) else {
            return Err(unreadable("a file has no name", place));
        };
        let sha256 = hashes.iter().find(|(algorithm, _)| algorithm.eq_ignore_ascii_case("sha256"));
        let Some((_, digits)) = sha256 else {
            let others: Vec<&str> = hashes.keys().map(String::as_str).collect();
            let others = if others.is_empty() { "no hash".to_owned() } else { others.join(", ") };
            let message = format!("`{name}` in the lock has no sha256");
            let hint = "run `cargo dofs-package lock`, or let the tool that made it write sha256";
            return Err(Failure::input(code::LOCK_WITHOUT_SHA256, message)
                .cause(format!("it has {others}"))
                .place(place)
                .hint(hint));
        };
        let digest = Some(digest(digits, &place)?);
        Ok(File { name, url, path: path.map(Into::into), size, digest })
    }

    /// Whether the lock breaks off where it is wrong: it lacks what stands at the end of every lock, or
    /// breaks off in its last table. What is wrong before that somebody wrote.
    fn is_cut(&self, failure: &Failure) -> bool {
        let is_of_shape = failure.message == UNREADABLE || failure.code == SOURCE;
        let last = ["\n[[packages]]", "\n[tool."].map(|head| self.text.rfind(head));
        let last = last.into_iter().flatten().max().map_or(0, |at| self.line(at + 1));
        let line = failure.place.as_ref().and_then(|place| place.line);
        is_of_shape && line.is_none_or(|line| line >= last)
    }

    /// An error of TOML; the line itself says which key it is about.
    fn not_toml(&self, error: &toml::de::Error) -> Failure {
        let line = error.span().map(|span| self.line(span.start));
        unreadable(error.message(), Place::new(self.path, line))
    }

    /// The place of what begins at an offset.
    fn place(&self, offset: usize) -> Place {
        Place::new(self.path, self.line(offset))
    }

    fn line(&self, offset: usize) -> u32 {
        line_at(self.text, offset)
    }
}

fn parsed<T: FromStr>(text: &str, what: &str, place: &Place) -> Result<T, Failure> {
    text.parse().map_err(|_| invalid(text, what, place))
}

fn digest(digits: &str, place: &Place) -> Result<Sha256Digest, Failure> {
    Sha256Digest::from_hex(digits).ok_or_else(|| invalid(digits, "sha256", place))
}

/// A project's name, normalised so that it compares (PEP 503). The specification demands this form;
/// a lock with another one is read all the same, for the project is clear.
fn project(name: &str, place: &Place) -> Result<String, Failure> {
    let is_name = pep508_rs::PackageName::new(name.to_owned()).is_ok();
    is_name.then(|| normalised(name)).ok_or_else(|| invalid(name, "name of a project", place))
}

/// Returns the name of the file that a path or an address names, a path before an address, and
/// an address without its escapes.
pub(super) fn file_name(path: Option<&str>, url: Option<&str>) -> Option<String> {
    let name = match (path, url) {
        (Some(path), _) => path.rsplit(['/', '\\']).next().map(str::to_owned),
        (None, Some(url)) => {
            let url = plain(url);
            url.rsplit('/').next().map(decoded)
        }
        (None, None) => None,
    };
    name.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_last_name_of_its_path_or_address() {
        let table = [
            (Some("wheels/a.whl"), None, Some("a.whl")),
            (Some("wheels\\a.whl"), Some("https://host/b.whl"), Some("a.whl")),
            (None, Some("https://host/x/a-1%2Bcpu.whl?x=/y#z"), Some("a-1+cpu.whl")),
            (None, Some("https://host/100%.zip"), Some("100%.zip")),
            (None, Some("https://host/"), None),
            (None, None, None),
        ];
        for (path, url, name) in table {
            assert_eq!(file_name(path, url).as_deref(), name);
        }
    }
}
