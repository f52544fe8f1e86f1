//! The layers of settings: flags over environment over config.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::file::{Config, LambdaTable, TABLES, TOP_KEYS, Table};
use super::variables::{QUIET_TIMEOUT, TIMEOUT, list, seconds, variable};
use super::{Options, ResolveOptions, options, without_links};
use crate::environment::Environment;
use crate::fs;
use crate::lambda::{DEFAULT_GLOB, ImportPolicy, Kind, Origin, Places, Settled, Table as Own};
use crate::patience::Limits;
use crate::report::{Failure, FailureKind, Place};
use crate::requirements::{ProjectGlob, parse_named};
use crate::resolve::{self, Backend, SourceDistributions};
use crate::source::Selection;
use crate::tree::normal;

/// The three layers, the upper ones first.
#[derive(Debug)]
pub(super) struct Layers {
    /// From flags, then from the environment.
    upper: Vec<Setting<String>>,
    pub(super) config: Config,
    /// Where the run was started.
    pub(super) working_directory: Utf8PathBuf,
}

/// The value of a key as it is written, with its origin, and its place where that is a file.
#[derive(Debug, Clone)]
pub(super) struct Setting<T> {
    key: &'static str,
    pub(super) value: T,
    pub(super) origin: Origin,
    place: Option<Place>,
}

impl<T> Setting<T> {
    fn from_environment(key: &'static str, value: T) -> Self {
        Self { key, value, origin: Origin::Environment(variable(key)), place: None }
    }

    /// The failure of a value that is invalid: of the command line, where it was typed there.
    pub(super) fn invalid(&self, cause: impl Display) -> Failure {
        let Self { key, origin, place, .. } = self;
        let kind = match origin {
            Origin::Flag(_) => FailureKind::Usage,
            _ => FailureKind::Input,
        };
        let message = format!("`{key}` from {origin}: {cause}");
        Failure { kind, ..Failure::input("invalid-value", message) }.place(place.clone())
    }
}

impl Setting<String> {
    fn parse<V: FromStr<Err = String>>(self) -> Result<Settled<V>, Failure> {
        let value = self.value.parse().map_err(|cause| self.invalid(cause))?;
        Ok(Settled { value, origin: self.origin })
    }
}

/// Selects a key in the table of a lambda, or of all.
type Key<T> = fn(&LambdaTable) -> &Option<T>;

impl Layers {
    /// Collects the layers, and refuses invalid values, also those of lambdas that are not asked
    /// for.
    pub(super) fn new(
        typed: &Options,
        environment: &Environment,
        config: Config,
        working_directory: &Utf8Path,
    ) -> Result<Self, Failure> {
        let ResolveOptions { python, arch, .. } = &typed.package.resolve;
        let flags = [("python", "python", python), ("architecture", "arch", arch)];
        let flags = flags.into_iter().filter_map(|(key, flag, typed)| {
            Some(Setting { key, value: typed.clone()?, origin: Origin::Flag(flag), place: None })
        });
        let mut upper: Vec<Setting<String>> = flags.collect();
        for key in TOP_KEYS.iter().copied().filter(|key| !TABLES.contains(key)) {
            if let Some(value) = environment.raw(&variable(key)) {
                let not_text = || Setting::from_environment(key, ()).invalid("it is not UTF-8");
                let value = value.to_str().ok_or_else(not_text)?.to_owned();
                upper.push(Setting::from_environment(key, value));
            }
        }
        let layers = Self { upper, config, working_directory: working_directory.to_owned() };
        layers.choices(None)?;
        for (_, name, _) in layers.config.table.tables() {
            layers.choices(Some(name))?;
        }
        Ok(layers)
    }

    /// The resolver, what it does about source distributions, and what becomes of imports that
    /// find nothing.
    pub(super) fn choices(
        &self,
        lambda: Option<&str>,
    ) -> Result<(Backend, SourceDistributions, ImportPolicy), Failure> {
        let backend = self.parsed("resolver", lambda, |table| &table.resolver)?;
        let policy =
            self.parsed("source-distributions", lambda, |table| &table.source_distributions)?;
        let imports = self.parsed("imports", lambda, |table| &table.imports)?;
        let backend = backend.map(|settled| settled.value).unwrap_or_default();
        let policy = policy.map(|settled| settled.value).unwrap_or_default();
        Ok((backend, policy, imports.map(|settled| settled.value).unwrap_or_default()))
    }

    /// The value of a key from a flag, else from the environment.
    fn upper(&self, key: &str) -> Option<&Setting<String>> {
        self.upper.iter().find(|setting| setting.key == key)
    }

    /// The parsed value of a key from the uppermost layer that has it.
    pub(super) fn parsed<V: FromStr<Err = String>>(
        &self,
        key: &'static str,
        lambda: Option<&str>,
        of: Key<String>,
    ) -> Result<Option<Settled<V>>, Failure> {
        self.setting(key, lambda, of, str::to_owned).map(Setting::parse).transpose()
    }

    /// The value of a key from the upper layers, else from the lambda's table, else from that of
    /// all.
    pub(super) fn setting<T: Clone>(
        &self,
        key: &'static str,
        lambda: Option<&str>,
        of: Key<T>,
        read: fn(&str) -> T,
    ) -> Option<Setting<T>> {
        if let Some(Setting { value, origin, .. }) = self.upper(key) {
            return Some(Setting { key, value: read(value), origin: origin.clone(), place: None });
        }
        let table = &self.config.table;
        let own = lambda.and_then(|name| of(table.of(name)?).clone());
        let own = own.map(|value| self.configured(key, lambda, value));
        own.or_else(|| Some(self.configured(key, None, of(&table.shared).clone()?)))
    }

    fn configured<T>(&self, key: &'static str, lambda: Option<&str>, value: T) -> Setting<T> {
        let place = Some(self.config.place(lambda, key));
        Setting { key, value, origin: self.config.origin(lambda), place }
    }

    /// Globs of files; one that is no glob is a failure.
    pub(super) fn patterns(
        &self,
        key: &'static str,
        lambda: &str,
        of: Key<Vec<String>>,
    ) -> Result<Vec<String>, Failure> {
        let Some(Setting { value, origin, place, .. }) = self.setting(key, Some(lambda), of, list)
        else {
            return Ok(Vec::new());
        };
        // A value from a variable has no file: its place is the variable.
        let place = || place.unwrap_or_else(|| Place::new(origin, None));
        Selection::new(&value, &[]).map_err(|failure| failure.place(place()))?;
        Ok(value)
    }

    /// Globs of projects that are not packaged; one that is no glob is a failure.
    pub(super) fn excluded(&self, lambda: &str) -> Result<Vec<ProjectGlob>, Failure> {
        let of: Key<Vec<String>> = |table| &table.exclude_packages;
        let Some(setting) = self.setting("exclude-packages", Some(lambda), of, list) else {
            return Ok(Vec::new());
        };
        let Setting { value, origin, place, .. } = setting;
        let place = place.unwrap_or_else(|| Place::new(origin.to_string(), None));
        let glob = |text: &String| ProjectGlob::new(text).map_err(|it| it.place(place.clone()));
        value.iter().map(glob).collect()
    }

    /// Who says a glob of files or projects.
    pub(super) fn place_of_pattern(&self, key: &str, text: &str) -> Option<Place> {
        if let Some(Setting { origin, .. }) = self.upper(key) {
            return Some(Place::new(origin.to_string(), None));
        }
        let has = |table: &LambdaTable| {
            let list = match key {
                "include" => &table.include,
                "exclude" => &table.exclude,
                _ => &table.exclude_packages,
            };
            list.iter().flatten().any(|it| it == text)
        };
        let table = &self.config.table;
        let own =
            || table.tables().find(|(.., table)| has(table)).map(|(_, name, _)| name.as_str());
        let lambda = if has(&table.shared) { None } else { Some(own()?) };
        Some(self.config.place(lambda, key))
    }

    /// Names of extras or groups, normalised, for they compare as those of projects do (PEP 685,
    /// PEP 735).
    pub(super) fn names(
        &self,
        key: &'static str,
        lambda: &str,
        of: Key<Vec<String>>,
    ) -> Result<Vec<String>, Failure> {
        let Some(setting) = self.setting(key, Some(lambda), of, list) else {
            return Ok(Vec::new());
        };
        let normalised = |name: &String| {
            let parsed = parse_named(name).ok().map(|parsed| parsed.name.to_string());
            parsed.ok_or_else(|| setting.invalid(format!("`{name}` is no name")))
        };
        setting.value.iter().map(normalised).collect()
    }

    /// Refuses to run where the config wants another version of this tool.
    pub(super) fn check_version(&self) -> Result<(), Failure> {
        let key = "required-version";
        let written =
            || Some(self.configured(key, None, self.config.table.required_version.clone()?));
        let Some(setting) = self.upper(key).cloned().or_else(written) else { return Ok(()) };
        let (required, own) = (&setting.value, env!("CARGO_PKG_VERSION"));
        let range = semver::VersionReq::parse(required).map_err(|error| {
            setting.invalid(format!("`{required}` is no range of versions: {error}"))
        })?;
        if range.matches(&semver::Version::parse(own).expect("cargo checks it")) {
            return Ok(());
        }
        let message = format!("the project wants cargo-dofs-package {required}, and this is {own}");
        Err(Failure::input("required-version", message)
            .hint("install that version, or change `required-version`"))
    }

    /// The path of an output, absolute and without links, and whether it comes from a flag or the
    /// environment, and not from the config.
    ///
    /// A path from a flag or the environment is relative to the working directory, one in the
    /// config to the root.
    pub(super) fn path(
        &self,
        key: &'static str,
        flag: Option<&Utf8Path>,
        of: fn(&Table) -> &Option<String>,
        (project, working_directory): (&Utf8Path, &Utf8Path),
    ) -> Result<(Option<Utf8PathBuf>, bool), Failure> {
        let config = self.configured_path(key, of, project)?;
        let outer = flag.or_else(|| self.upper(key).map(|it| Utf8Path::new(&it.value)));
        Ok(match outer {
            Some(path) => {
                let path = without_links(&normal(&working_directory.join(path)))?;
                (Some(path), true)
            }
            None => (config, false),
        })
    }

    /// The same as the config alone has it.
    pub(super) fn configured_path(
        &self,
        key: &'static str,
        of: fn(&Table) -> &Option<String>,
        project: &Utf8Path,
    ) -> Result<Option<Utf8PathBuf>, Failure> {
        match of(&self.config.table) {
            Some(path) if path.is_empty() => {
                Err(self.configured(key, None, ()).invalid("an empty path leads nowhere"))
            }
            path => Ok(path
                .as_ref()
                .map(|path| without_links(&normal(&project.join(path))))
                .transpose()?),
        }
    }

    /// The folders of Terraform's root modules, relative to the root, sorted; none where nobody
    /// names them.
    pub(super) fn terraform(
        &self,
        project: &Utf8Path,
        working_directory: &Utf8Path,
    ) -> Result<Option<Vec<Utf8PathBuf>>, Failure> {
        let key = "terraform";
        let configured = || Some(self.configured(key, None, self.config.table.terraform.clone()?));
        let (setting, base) = match self.upper(key) {
            Some(Setting { value, origin, .. }) => {
                let (value, origin) = (list(value), origin.clone());
                (Setting { key, value, origin, place: None }, fs::canonical(working_directory)?)
            }
            None => match configured() {
                Some(setting) => (setting, project.to_owned()),
                None => return Ok(None),
            },
        };
        let relative = |folder: &String| {
            let absolute = normal(&base.join(folder));
            let inside = absolute.strip_prefix(project).map(Utf8Path::to_owned);
            inside.map_err(|_| setting.invalid(format!("`{folder}` is outside the root")))
        };
        let folders = setting.value.iter().map(relative);
        let mut folders = folders.collect::<Result<Vec<_>, _>>()?;
        folders.sort();
        folders.dedup();
        Ok(Some(folders))
    }

    /// How long programs and downloads are waited for.
    pub(super) fn limits(&self) -> Result<Limits, Failure> {
        let limit = |key, of: fn(&Table) -> &Option<toml::Value>, default| {
            let written = of(&self.config.table).as_ref().map(toml::Value::to_string);
            let written = written.map(|value| self.configured(key, None, value));
            let Some(setting) = self.upper(key).cloned().or(written) else { return Ok(default) };
            seconds(&setting.value).ok_or_else(|| {
                let cause =
                    format!("`{}` is no whole number from 1 to {}", setting.value, u32::MAX);
                setting.invalid(cause).hint("write seconds alone, as `600`")
            })
        };
        let Limits { silence, total } = Limits::default();
        Ok(Limits {
            silence: limit(QUIET_TIMEOUT, |table| &table.quiet_timeout, silence)?,
            total: limit(TIMEOUT, |table| &table.timeout, total)?,
        })
    }

    /// The versions of local projects whose own are in git, by normalised name.
    pub(super) fn versions(&self) -> Result<Arc<BTreeMap<String, String>>, Failure> {
        let table = &self.config.table.versions;
        let versions = resolve::versions(table).map_err(|(name, version)| {
            let message = format!("`{version}`, as `{name}` has in `[versions]`, is no version");
            Failure::input("invalid-version", message)
                .place(self.config.place(None, &name))
                .hint("write one as PEP 440 has it, as `1.4.0`")
        })?;
        Ok(Arc::new(versions))
    }

    /// Where the lambdas are.
    pub(super) fn places(
        &self,
        project: &Utf8Path,
        working_directory: &Utf8Path,
    ) -> Result<Places, Failure> {
        let mut tables = BTreeMap::new();
        for (kind, name, table) in self.config.table.tables() {
            let path = table.path.as_ref().map(|path| {
                let inside =
                    normal(&project.join(path)).strip_prefix(project).map(Utf8Path::to_owned);
                let setting = self.configured("path", Some(name), ());
                inside.map_err(|_| setting.invalid(format!("`{path}` is outside the root")))
            });
            let is_skipped = table.skip.unwrap_or_default();
            let names = table.layers.clone().unwrap_or_default();
            let layers = (names, self.config.place(Some(name), "layers"));
            let place = self.config.place_of_lambda(name);
            let own = Own { path: path.transpose()?, is_skipped, layers, place };
            tables.insert((kind, name.clone()), own);
        }
        let table = &self.config.table;
        let default = || vec![DEFAULT_GLOB.to_owned()];
        let functions = table.lambdas.clone().unwrap_or_else(default);
        let layers = table.layers.clone().unwrap_or_default();
        let mut globs = Vec::new();
        for (kind, key, configured) in
            [(Kind::Function, "lambdas", functions), (Kind::Layer, "layers", layers)]
        {
            let of_kind = self.globs(key, configured, project, working_directory)?;
            globs.extend(of_kind.into_iter().map(|glob| (kind, glob)));
        }
        Ok(Places { globs, tables })
    }

    /// The globs of lambdas that a key has, relative to the root.
    fn globs(
        &self,
        key: &str,
        configured: Vec<String>,
        project: &Utf8Path,
        working_directory: &Utf8Path,
    ) -> Result<Vec<String>, Failure> {
        let Some(setting) = self.upper(key) else { return Ok(configured) };
        let globs = list(&setting.value);
        if globs.is_empty() && key == "lambdas" {
            return Err(setting.invalid("it names no directory"));
        }
        let working_directory = fs::canonical(working_directory)?;
        let relative = |text: &String| {
            let (sign, glob) = match text.strip_prefix('!') {
                Some(glob) => ("!", glob),
                None => ("", text.as_str()),
            };
            let absolute = normal(&working_directory.join(glob));
            let inside = absolute.strip_prefix(project).map(|glob| format!("{sign}{glob}"));
            inside.map_err(|_| setting.invalid(format!("`{text}` is outside the root")))
        };
        globs.iter().map(relative).collect()
    }
}

/// How many threads are asked for.
pub(super) fn jobs(
    typed: Option<usize>,
    environment: &Environment,
) -> Result<Option<usize>, Failure> {
    let key = "jobs";
    let Some(text) = environment.text(&variable(key)).filter(|_| typed.is_none()) else {
        return Ok(typed);
    };
    let invalid =
        |_| Setting::from_environment(key, ()).invalid(format!("`{text}` is no number of threads"));
    options::jobs(text).map(Some).map_err(invalid)
}
