//! Flags over environment over config: who says what, and what it means.

use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

use super::file::Config;
use super::table::{LambdaTable, TOP_KEYS, Table};
use super::variables::{list, variable};
use super::{Error, LambdaSettings, Typed};
use crate::environment::Environment;
use crate::lambda::{Architecture, Lambda, LambdaName, Origin, Settled};
use crate::report::Place;
use crate::resolve::{Backend, SourceDistributions};
use crate::source::Selection;
use crate::tree::normal;

/// The three layers.
#[derive(Debug)]
pub(super) struct Layers {
    /// `--python`.
    python: Option<String>,
    /// `--arch`.
    architecture: Option<String>,
    /// `--out-dir`.
    out_dir: Option<Utf8PathBuf>,
    /// `--manifest`.
    manifest: Option<Utf8PathBuf>,
    /// Variables that are twins of keys, by the key's name.
    environment: Vec<(String, String)>,
    /// The config.
    config: Config,
}

/// What a relative path goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// Where the run was started: of flags and the environment.
    WorkingDirectory,
    /// The root: of the config.
    Root,
}

/// A value as it is written, who says it, and where if that is a file.
struct Said<T> {
    value: T,
    origin: Origin,
    place: Option<Place>,
}

impl Layers {
    /// Takes the layers, and refuses values that mean nothing in any lambda.
    pub(super) fn new(
        typed: &Typed,
        environment: &Environment,
        config: Config,
    ) -> Result<Self, Error> {
        let mut twins = Vec::new();
        for key in TOP_KEYS {
            let name = variable(key);
            let Some(value) = environment.raw(&name) else { continue };
            let value = value.to_str().ok_or_else(|| Error::Value {
                key: (*key).to_owned(),
                cause: "it is not UTF-8".to_owned(),
                origin: Origin::Environment(name),
                place: None,
            })?;
            twins.push(((*key).to_owned(), value.to_owned()));
        }
        let layers = Self {
            python: typed.python.clone(),
            architecture: typed.architecture.clone(),
            out_dir: typed.out_dir.clone(),
            manifest: typed.manifest.clone(),
            environment: twins,
            config,
        };
        layers.choices(None)?;
        for lambda in layers.config.table.lambda.keys() {
            layers.choices(Some(lambda))?;
        }
        Ok(layers)
    }

    /// Who resolves, and what becomes of what has no wheel.
    fn choices(&self, lambda: Option<&str>) -> Result<(Backend, SourceDistributions), Error> {
        let backend = self.said("resolver", lambda, |table| table.resolver.as_ref());
        let backend = backend.map(|said| parse("resolver", said)).transpose()?;
        let key = "source-distributions";
        let policy = self.said(key, lambda, |table| table.source_distributions.as_ref());
        let policy = policy.map(|said| parse(key, said)).transpose()?;
        let backend = backend.map(|settled| settled.value).unwrap_or_default();
        Ok((backend, policy.map(|settled| settled.value).unwrap_or_default()))
    }

    fn twin(&self, key: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// What the environment says of a key, else the lambda's table, else the table of all.
    fn said(
        &self,
        key: &str,
        lambda: Option<&str>,
        of: impl Fn(&LambdaTable) -> Option<&String>,
    ) -> Option<Said<String>> {
        if let Some(value) = self.twin(key) {
            return Some(from_environment(key, value.to_owned()));
        }
        let own = lambda.and_then(|name| self.config.table.lambda.get(name)).and_then(&of);
        let own = own.map(|value| self.configured(key, lambda, value.clone()));
        own.or_else(|| {
            of(&self.config.table.shared).map(|value| self.configured(key, None, value.clone()))
        })
    }

    /// The same for a list.
    fn listed(
        &self,
        key: &str,
        lambda: &str,
        of: impl Fn(&LambdaTable) -> Option<&Vec<String>>,
    ) -> Said<Vec<String>> {
        if let Some(value) = self.twin(key) {
            return from_environment(key, list(value));
        }
        match self.config.table.lambda.get(lambda).and_then(&of) {
            Some(value) => self.configured(key, Some(lambda), value.clone()),
            None => {
                let value = of(&self.config.table.shared).cloned().unwrap_or_default();
                self.configured(key, None, value)
            }
        }
    }

    fn configured<T>(&self, key: &str, lambda: Option<&str>, value: T) -> Said<T> {
        let place = Some(self.config.place(lambda, key));
        Said { value, origin: self.config.origin(lambda), place }
    }

    /// Refuses to run where the config wants another version of this tool.
    pub(super) fn check_version(&self) -> Result<(), Error> {
        let key = "required-version";
        let from_environment = self.twin(key).map(|value| from_environment(key, value));
        let written = self.config.table.required_version.as_deref();
        let said = from_environment.or(written.map(|value| self.configured(key, None, value)));
        let Some(Said { value: required, origin, place }) = said else { return Ok(()) };
        let own = semver::Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo checks it");
        match semver::VersionReq::parse(required) {
            Ok(range) if range.matches(&own) => Ok(()),
            Ok(_) => Err(Error::Version { required: required.to_owned(), own: own.to_string() }),
            Err(error) => {
                let cause = format!("`{required}` is no range of versions: {error}");
                Err(Error::Value { key: key.to_owned(), cause, origin, place })
            }
        }
    }

    /// Where zips go, and by what that path goes.
    pub(super) fn out_dir(&self) -> Option<(&Utf8Path, Base)> {
        let config = self.config.table.out_dir.as_deref();
        self.path("out-dir", self.out_dir.as_deref(), config)
    }

    /// Where the package manifest is, and by what that path goes.
    pub(super) fn manifest(&self) -> Option<(&Utf8Path, Base)> {
        let config = self.config.table.manifest.as_deref();
        self.path("manifest", self.manifest.as_deref(), config)
    }

    /// The same, as the config has it.
    pub(super) fn configured_manifest(&self) -> Option<(&Utf8Path, Base)> {
        self.path("manifest", None, self.config.table.manifest.as_deref())
    }

    /// Refuses paths that lead nowhere.
    pub(super) fn check_paths(&self) -> Result<(), Error> {
        let Table { out_dir, manifest, .. } = &self.config.table;
        for (key, path) in [("out-dir", out_dir), ("manifest", manifest)] {
            if path.as_deref().is_some_and(str::is_empty) {
                let Said { origin, place, .. } = self.configured(key, None, ());
                let (key, cause) = (key.to_owned(), "an empty path leads nowhere".to_owned());
                return Err(Error::Value { key, cause, origin, place });
            }
        }
        Ok(())
    }

    fn path<'a>(
        &'a self,
        key: &str,
        flag: Option<&'a Utf8Path>,
        config: Option<&'a str>,
    ) -> Option<(&'a Utf8Path, Base)> {
        let outer = flag.or_else(|| self.twin(key).map(Utf8Path::new));
        let outer = outer.map(|path| (path, Base::WorkingDirectory));
        outer.or_else(|| config.map(|path| (Utf8Path::new(path), Base::Root)))
    }

    /// The globs of the lambdas' directories, relative to the root.
    pub(super) fn lambda_globs(
        &self,
        project: &Utf8Path,
        working_directory: &Utf8Path,
    ) -> Result<Vec<String>, Error> {
        let Some(text) = self.twin("lambdas") else {
            let config = self.config.table.lambdas.clone();
            return Ok(config.unwrap_or_else(|| vec!["lambdas/*".to_owned()]));
        };
        let relative = |glob: String| {
            let working_directory = crate::fs::canonical(working_directory)?;
            let absolute = normal(&working_directory.join(&glob));
            let inside = absolute.strip_prefix(project).map(Utf8Path::to_string);
            inside.map_err(|_| Error::Value {
                key: "lambdas".to_owned(),
                cause: format!("`{glob}` is outside the root"),
                origin: Origin::Environment(variable("lambdas")),
                place: None,
            })
        };
        let globs = list(text);
        if globs.is_empty() {
            return Err(Error::Value {
                key: "lambdas".to_owned(),
                cause: "it names no directory".to_owned(),
                origin: Origin::Environment(variable("lambdas")),
                place: None,
            });
        }
        globs.into_iter().map(relative).collect()
    }

    /// How many threads work.
    pub(super) fn jobs(
        &self,
        typed: Option<usize>,
        environment: &Environment,
    ) -> Result<Option<usize>, Error> {
        let name = variable("jobs");
        let Some(text) = environment.text(&name).filter(|_| typed.is_none()) else {
            return Ok(typed);
        };
        match text.parse() {
            Ok(jobs) if jobs > 0 => Ok(Some(jobs)),
            _ => Err(Error::Value {
                key: "jobs".to_owned(),
                cause: format!("`{text}` is no number of threads"),
                origin: Origin::Environment(name),
                place: None,
            }),
        }
    }

    /// Settles what a lambda goes by.
    pub(super) fn of(&self, name: &LambdaName) -> Result<LambdaSettings, Error> {
        let name = name.as_str();
        let flag = |flag: &'static str, value: &Option<String>| {
            let value = value.clone()?;
            Some(Said { value, origin: Origin::Flag(flag), place: None })
        };
        let python = flag("python", &self.python);
        let python =
            python.or_else(|| self.said("python", Some(name), |table| table.python.as_ref()));
        let key = "architecture";
        let architecture = flag("arch", &self.architecture);
        let architecture = architecture
            .or_else(|| self.said(key, Some(name), |table| table.architecture.as_ref()));
        let architecture = architecture.map(|said| parse(key, said)).transpose()?;
        let default = Settled { value: Architecture::default(), origin: Origin::Default };
        let include = self.listed("include", name, |table| table.include.as_ref());
        let exclude = self.listed("exclude", name, |table| table.exclude.as_ref());
        check_patterns(&include)?;
        check_patterns(&exclude)?;
        let (backend, policy) = self.choices(Some(name))?;
        let own = |key: &str, of: fn(&LambdaTable) -> Option<&String>| {
            let said = self.said(key, Some(name), of)?;
            Some(Settled { value: said.value, origin: said.origin })
        };
        Ok(LambdaSettings {
            function_name: own("function-name", |table| table.function_name.as_ref()),
            handler: own("handler", |table| table.handler.as_ref()),
            backend,
            policy,
            python: python.map(|said| parse("python", said)).transpose()?,
            architecture: architecture.unwrap_or(default),
            selection: Selection::new(&include.value, &exclude.value)
                .expect("the patterns were checked"),
        })
    }

    /// Refuses tables for lambdas that there are not.
    pub(super) fn check_names(&self, lambdas: &[Lambda]) -> Result<(), Error> {
        let names = || lambdas.iter().map(|lambda| lambda.name.as_str());
        match self.config.table.lambda.keys().find(|name| !names().any(|known| known == *name)) {
            None => Ok(()),
            Some(name) => Err(Error::UnknownLambda {
                name: name.clone(),
                suggestion: super::error::nearest(name, names()),
                place: self.config.place_of_lambda(name),
            }),
        }
    }
}

fn from_environment<T>(key: &str, value: T) -> Said<T> {
    Said { value, origin: Origin::Environment(variable(key)), place: None }
}

/// Refuses a list with a pattern that is none, by who says it.
fn check_patterns(said: &Said<Vec<String>>) -> Result<(), Error> {
    Selection::new(&said.value, &[]).map(drop).map_err(|fault| {
        let variable = || Place { path: said.origin.to_string(), line: None };
        Error::Pattern { fault, place: said.place.clone().unwrap_or_else(variable) }
    })
}

fn parse<T: FromStr<Err = String>>(key: &str, said: Said<String>) -> Result<Settled<T>, Error> {
    let Said { value, origin, place } = said;
    match value.parse() {
        Ok(value) => Ok(Settled { value, origin }),
        Err(cause) => Err(Error::Value { key: key.to_owned(), cause, origin, place }),
    }
}
