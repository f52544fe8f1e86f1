//! Flags over environment over config: who says what, and what it means.

use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

use super::file::Config;
use super::{Error, LambdaSettings, Typed};
use crate::environment::Environment;
use crate::lambda::{Architecture, Lambda, LambdaName, Origin, Settled};
use crate::source::Selection;
use crate::tree::{Tree, normal};

/// How the names of our variables begin.
const PREFIX: &str = "DOFS_PACKAGE_";
/// Variables that are no twin of a key of the config.
const OTHER_VARIABLES: &[&str] = &["CACHE_DIR", "JOBS"];

/// The three layers.
#[derive(Debug)]
pub(super) struct Layers {
    /// Flags.
    flags: [(&'static str, Option<String>); 2],
    /// `--out-dir`.
    out_dir: Option<Utf8PathBuf>,
    /// Variables that are twins of keys, by the key's name.
    environment: Vec<(String, String)>,
    /// The config.
    config: Config,
}

impl Layers {
    /// Takes the layers, and refuses values that mean nothing in any lambda.
    pub(super) fn new(
        typed: &Typed,
        environment: &Environment,
        config: Config,
    ) -> Result<Self, Error> {
        let twin = |key: &&str| {
            let value = environment.text(&variable(key))?;
            Some(((*key).to_owned(), value.to_owned()))
        };
        let layers = Self {
            flags: [("python", typed.python.clone()), ("arch", typed.architecture.clone())],
            out_dir: typed.out_dir.clone(),
            environment: super::table::TOP_KEYS.iter().filter_map(twin).collect(),
            config,
        };
        for table in layers.config.table.lambda.values().chain([&layers.config.table.shared]) {
            layers.only("resolver", table.resolver.as_deref(), &["pip"])?;
            let key = "source-distributions";
            layers.only(key, table.source_distributions.as_deref(), &["refuse"])?;
        }
        Ok(layers)
    }

    /// A key that has one value today; another is refused rather than passed over.
    fn only(&self, key: &'static str, written: Option<&str>, values: &[&str]) -> Result<(), Error> {
        for value in self.twin(key).into_iter().chain(written) {
            if !values.contains(&value) {
                let cause =
                    format!("`{value}` is not available in this version: only `{}`", values[0]);
                return Err(Error::Value { key: key.to_owned(), cause, origin: self.name() });
            }
        }
        Ok(())
    }

    fn twin(&self, key: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    fn name(&self) -> Origin {
        Origin::Config(self.config.name.clone())
    }

    /// Refuses to run where the config wants another version of this tool.
    pub(super) fn check_version(&self) -> Result<(), Error> {
        let written = self.config.table.required_version.as_deref();
        let Some(required) = self.twin("required-version").or(written) else { return Ok(()) };
        let invalid = |cause: semver::Error| Error::Value {
            key: "required-version".to_owned(),
            cause: format!("`{required}` is no range of versions: {cause}"),
            origin: self.name(),
        };
        let range = semver::VersionReq::parse(required).map_err(invalid)?;
        let own = semver::Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo checks it");
        if range.matches(&own) {
            return Ok(());
        }
        Err(Error::Version { required: required.to_owned(), own: own.to_string() })
    }

    /// Where zips go, and whether the config says so; other paths go by the working directory.
    pub(super) fn out_dir(&self) -> Option<(&Utf8Path, bool)> {
        let environment = self.twin("out-dir").map(Utf8Path::new);
        let outer = self.out_dir.as_deref().or(environment).map(|path| (path, false));
        let config = self.config.table.out_dir.as_deref();
        outer.or_else(|| config.map(|path| (Utf8Path::new(path), true)))
    }

    /// The globs of the lambdas' directories, relative to the root.
    pub(super) fn lambda_globs(
        &self,
        tree: &Tree,
        working_directory: &Utf8Path,
    ) -> Result<Vec<String>, Error> {
        let Some(text) = self.twin("lambdas") else {
            let config = self.config.table.lambdas.clone();
            return Ok(config.unwrap_or_else(|| vec!["lambdas/*".to_owned()]));
        };
        let relative = |glob: String| {
            let working_directory = crate::fs::canonical(working_directory)?;
            let absolute = normal(&working_directory.join(&glob));
            let inside = absolute.strip_prefix(tree.root()).map(Utf8Path::to_string);
            inside.map_err(|_| Error::Value {
                key: "lambdas".to_owned(),
                cause: format!("`{glob}` is outside the root"),
                origin: Origin::Environment(variable("lambdas")),
            })
        };
        list(text).into_iter().map(relative).collect()
    }

    /// How many threads work.
    pub(super) fn jobs(
        &self,
        typed: Option<usize>,
        environment: &Environment,
    ) -> Result<Option<usize>, Error> {
        let name = format!("{PREFIX}JOBS");
        let Some(text) = environment.text(&name).filter(|_| typed.is_none()) else {
            return Ok(typed);
        };
        match text.parse() {
            Ok(jobs) if jobs > 0 => Ok(Some(jobs)),
            _ => Err(Error::Value {
                key: "jobs".to_owned(),
                cause: format!("`{text}` is no number of threads"),
                origin: Origin::Environment(name),
            }),
        }
    }

    /// Settles what a lambda goes by.
    pub(super) fn of(&self, name: &LambdaName) -> Result<LambdaSettings, Error> {
        let own = self.config.table.lambda.get(name.as_str());
        let shared = &self.config.table.shared;
        let own_name = Origin::Config(format!("[lambda.{name}] in {}", self.config.name));
        let settle = |key: &str, flag: usize, own: Option<&String>, shared: Option<&String>| {
            let (flag, typed) = &self.flags[flag];
            let typed = typed.as_ref().map(|value| (value.clone(), Origin::Flag(flag)));
            let twin = self.twin(key).map(str::to_owned);
            let twin = twin.map(|value| (value, Origin::Environment(variable(key))));
            let own = own.map(|value| (value.clone(), own_name.clone()));
            typed.or(twin).or(own).or_else(|| Some((shared?.clone(), self.name())))
        };
        let python =
            settle("python", 0, own.and_then(|own| own.python.as_ref()), shared.python.as_ref());
        let architecture = settle(
            "architecture",
            1,
            own.and_then(|own| own.architecture.as_ref()),
            shared.architecture.as_ref(),
        );
        let patterns = |key: &str, own: Option<&Vec<String>>, shared: Option<&Vec<String>>| {
            self.twin(key).map(list).or_else(|| own.or(shared).cloned()).unwrap_or_default()
        };
        let include = own.and_then(|own| own.include.as_ref());
        let include = patterns("include", include, shared.include.as_ref());
        let exclude = own.and_then(|own| own.exclude.as_ref());
        let exclude = patterns("exclude", exclude, shared.exclude.as_ref());
        Ok(LambdaSettings {
            python: python.map(|value| parse("python", value)).transpose()?,
            architecture: architecture
                .map(|value| parse::<Architecture>("architecture", value))
                .transpose()?
                .unwrap_or(Settled { value: Architecture::default(), origin: Origin::Default }),
            selection: Selection::new(&include, &exclude)
                .map_err(|fault| Error::Pattern { fault, path: self.config.name.clone() })?,
        })
    }

    /// Refuses tables for lambdas that there are not.
    pub(super) fn check_names(&self, lambdas: &[Lambda]) -> Result<(), Error> {
        let names = || lambdas.iter().map(|lambda| lambda.name.as_str());
        match self.config.table.lambda.keys().find(|name| !names().any(|known| known == *name)) {
            None => Ok(()),
            Some(name) => Err(Error::UnknownLambda {
                name: name.clone(),
                config: self.config.name.clone(),
                suggestion: super::error::nearest(name, names()),
            }),
        }
    }
}

fn parse<T: FromStr<Err = String>>(
    key: &str,
    (text, origin): (String, Origin),
) -> Result<Settled<T>, Error> {
    match text.parse() {
        Ok(value) => Ok(Settled { value, origin }),
        Err(cause) => Err(Error::Value { key: key.to_owned(), cause, origin }),
    }
}

/// The variable that is the twin of a key: `out-dir` has `DOFS_PACKAGE_OUT_DIR`.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('-', "_"))
}

/// Lists in variables are separated by commas.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Names variables that look like ours and are not: a typing error in a pipeline's settings
/// would otherwise do nothing, silently.
pub(super) fn unknown_variables(environment: &Environment) -> Vec<String> {
    let known: Vec<String> = super::table::TOP_KEYS
        .iter()
        .filter(|key| **key != "lambda")
        .map(|key| variable(key))
        .chain(OTHER_VARIABLES.iter().map(|name| format!("{PREFIX}{name}")))
        .collect();
    let unknown = environment.starting_with(PREFIX).map(|(name, _)| name);
    let unknown = unknown.filter(|name| !known.iter().any(|known| known == name));
    unknown
        .map(|name| match super::error::nearest(name, known.iter().map(String::as_str)) {
            Some(nearest) => {
                format!("the variable `{name}` means nothing; did you mean `{nearest}`?")
            }
            None => format!("the variable `{name}` means nothing"),
        })
        .collect()
}
