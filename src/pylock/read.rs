//! Reads a lock.

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::DeTable;

use super::{Built, Error, Made, Package, Pylock, raw};
use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::report::Place;
use crate::wheel::WheelName;

/// Reads a lock from its text; the path, relative to the root, is for messages.
///
/// # Errors
///
/// It is no TOML, or has not the shape of a lock; its format has another major version; a package
/// has no source or several, or a file without sha256; a wheel is of another project or version.
pub(crate) fn read(text: &str, path: &str) -> Result<Pylock, Error> {
    Reader { text, path }.lock()
}

/// A text, and where it is from.
pub(super) struct Reader<'a> {
    /// The text.
    text: &'a str,
    /// The file, relative to the root.
    path: &'a str,
}

impl Reader<'_> {
    fn lock(&self) -> Result<Pylock, Error> {
        let table = DeTable::parse(self.text).map_err(|error| self.shape(&error))?;
        self.check_version(table.get_ref())?;
        let raw = raw::Lock::deserialize(toml::Deserializer::from(table))
            .map_err(|error| self.shape(&error))?;
        let packages = raw.packages.into_iter().map(|package| self.package(package));
        Ok(Pylock {
            packages: packages.collect::<Result<_, _>>()?,
            made: raw.tool.cargo_dofs_package.map(|made| self.made(made)).transpose()?,
            created_by: raw.created_by,
            requires_python: raw.requires_python,
            environments: raw.environments,
            default_groups: raw.default_groups,
        })
    }

    /// Whether the format is known: a minor version adds keys, which are passed over; a major one
    /// may change what they mean.
    fn check_version(&self, table: &DeTable<'_>) -> Result<(), Error> {
        let Some(version) = table.get("lock-version") else {
            let cause = "it has no `lock-version`".to_owned();
            return Err(Error::Shape {
                cause,
                place: Place { path: self.path.to_owned(), line: None },
            });
        };
        let place = self.place(version.span().start);
        let Some(version) = version.get_ref().as_str() else {
            return Err(Error::Shape { cause: "`lock-version` is no text".to_owned(), place });
        };
        if version == "1" || version.starts_with("1.") {
            return Ok(());
        }
        Err(Error::Version { version: version.to_owned(), place })
    }

    fn made(&self, made: Spanned<raw::Made>) -> Result<Made, Error> {
        let place = self.place(made.span().start);
        let made = made.into_inner();
        let refuse = |value: &str, what| Error::Value {
            value: value.to_owned(),
            what,
            place: place.clone(),
        };
        let python =
            made.python.parse().map_err(|_| refuse(&made.python, "Python version of Lambda"));
        let architecture = made.architecture.parse();
        let architecture =
            architecture.map_err(|_| refuse(&made.architecture, "architecture of Lambda"));
        Ok(Made {
            requirements: self.digest(&made.requirements_sha256, &place)?,
            target: Target { python: python?, architecture: architecture? },
        })
    }

    fn package(&self, package: Spanned<raw::Package>) -> Result<Package, Error> {
        let line = self.line(package.span().start);
        let place = Place { path: self.path.to_owned(), line: Some(line) };
        let mut package = package.into_inner();
        let name = normalized(&package.name, &place)?;
        if let Some(version) = &package.version
            && version.parse::<pep440_rs::Version>().is_err()
        {
            return Err(Error::Value { value: version.clone(), what: "version", place });
        }
        // What tells a dependency otherwise than by a name is for auditors, as all of them are.
        let dependencies = std::mem::take(&mut package.dependencies).into_iter();
        let dependencies = dependencies.filter_map(|dependency| dependency.name);
        let dependencies = dependencies.map(|name| normalized(&name, &place));
        let built = package.tool.cargo_dofs_package.take();
        Ok(Package {
            dependencies: dependencies.collect::<Result<_, _>>()?,
            built: built.map(|built| self.built(built)).transpose()?,
            version: package.version.clone(),
            marker: package.marker.take(),
            requires_python: package.requires_python.take(),
            source: self.source(&name, package, &place)?,
            name,
            line,
        })
    }

    fn built(&self, built: Spanned<raw::Built>) -> Result<Built, Error> {
        let place = self.place(built.span().start);
        let built = built.into_inner();
        let wheel = WheelName::new(&built.wheel);
        let refuse = |_| Error::Value {
            value: built.wheel.clone(),
            what: "name of a wheel",
            place: place.clone(),
        };
        Ok(Built { wheel: wheel.map_err(refuse)?, digest: self.digest(&built.sha256, &place)? })
    }

    /// Reads the digits of a digest.
    pub(super) fn digest(&self, digits: &str, place: &Place) -> Result<Sha256Digest, Error> {
        let refuse =
            || Error::Value { value: digits.to_owned(), what: "sha256", place: place.clone() };
        Sha256Digest::from_hex(digits).ok_or_else(refuse)
    }

    /// An error of TOML; the line itself says which key it is about.
    fn shape(&self, error: &toml::de::Error) -> Error {
        let line = error.span().map(|span| self.line(span.start));
        let place = Place { path: self.path.to_owned(), line };
        Error::Shape { cause: error.message().to_owned(), place }
    }

    /// The place of what begins at an offset.
    pub(super) fn place(&self, offset: usize) -> Place {
        Place { path: self.path.to_owned(), line: Some(self.line(offset)) }
    }

    fn line(&self, offset: usize) -> u32 {
        let before = self.text.get(..offset).unwrap_or(self.text);
        u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
    }
}

/// A project's name in the one form that compares. The specification asks for no other, but
/// which one is meant is plain.
fn normalized(name: &str, place: &Place) -> Result<String, Error> {
    let refuse = |_| Error::Value {
        value: name.to_owned(),
        what: "name of a project",
        place: place.clone(),
    };
    pep508_rs::PackageName::new(name.to_owned()).map(|name| name.to_string()).map_err(refuse)
}
