//! What the layers of settings say of one lambda.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::layers::Setting;
use super::variables::list;
use super::{LambdaSettings, Settings, without_links};
use crate::fs;
use crate::lambda::{self, Architecture, ImportPolicy, Kind, Lambda, Origin, Settled};
use crate::path::{ArchivePath, PathFault};
use crate::report::code;
use crate::report::{Failure, Place};
use crate::requirements::{Choice, Chosen};
use crate::source::{Elsewhere, Selection, no_source};
use crate::tree::{normal, seen_from, slashes};
use crate::words::did_you_mean;

impl Settings {
    /// Settles the settings of a lambda.
    pub(crate) fn of(&self, lambda: &Lambda) -> Result<LambdaSettings, Failure> {
        let (layers, name) = (&self.layers, lambda.name.as_str());
        let text = |key, of| {
            let setting = layers.setting(key, Some(name), of, str::to_owned)?;
            Some(Settled { value: of_lambda(&setting.value, lambda), origin: setting.origin })
        };
        let is_called = |_: &Settled<String>| lambda.kind == Kind::Function;
        let architecture =
            layers.parsed("architecture", Some(name), |table| &table.architecture)?;
        let default = Settled { value: Architecture::default(), origin: Origin::Default };
        let include = layers.patterns("include", name, |table| &table.include)?;
        let exclude = layers.patterns("exclude", name, |table| &table.exclude)?;
        let (backend, policy, imports) = layers.choices(Some(name))?;
        let allowed =
            layers.setting("allow-imports", Some(name), |table| &table.allow_imports, list);
        Ok(LambdaSettings {
            python: layers.parsed("python", Some(name), |table| &table.python)?,
            architecture: architecture.unwrap_or(default),
            backend,
            policy,
            selection: Selection::new(&include, &exclude).expect("the patterns were checked"),
            // Nobody calls a layer, so nothing says which of its modules are imported.
            function_name: text("function-name", |table| &table.function_name).filter(is_called),
            handler: text("handler", |table| &table.handler).filter(is_called),
            imports: if lambda.kind == Kind::Layer { ImportPolicy::Off } else { imports },
            allow_imports: allowed.map(|setting| setting.value).unwrap_or_default(),
            prefix: self.prefix_of(lambda)?,
        })
    }

    /// The folder of a lambda's package in which its own files lie; empty for the top.
    fn prefix_of(&self, lambda: &Lambda) -> Result<String, Failure> {
        let name = Some(lambda.name.as_str());
        let setting = self.layers.setting("prefix", name, |it| &it.prefix, str::to_owned);
        let Some(setting) = setting.filter(|it| !it.value.is_empty()) else {
            return Ok(String::new());
        };
        let prefix = of_lambda(&setting.value, lambda);
        let path = ArchivePath::new(prefix.strip_suffix('/').unwrap_or(&prefix));
        let path = path.map_err(|fault| {
            let hint = "write a folder of the package, as `prefix = \"app\"`";
            setting.invalid(format!("`{prefix}` {fault}")).hint(hint)
        })?;
        Ok(path.to_string())
    }

    /// The files and folders of the project that a lambda's package has, too, sorted. One that can't
    /// be taken is the lambda's failure.
    pub(crate) fn files_of(&self, lambda: &mut Lambda) -> Result<Vec<Elsewhere>, Failure> {
        let (name, key) = (lambda.name.to_string(), "files");
        let setting = self.layers.setting(key, Some(&name), |it| &it.files, |_| BTreeMap::new());
        let Some(setting) = setting else { return Ok(Vec::new()) };
        let config = &self.layers.config;
        let own = config.table.of(&name).is_some_and(|it| it.files.is_some()).then_some(&*name);
        let mut all = Vec::with_capacity(setting.value.len());
        for (source, target) in &setting.value {
            let place = config.place_of_source(own, source);
            let text = of_lambda(target, lambda);
            let target = ArchivePath::new(text.strip_suffix('/').unwrap_or(&text));
            let target = target.map_err(|fault| {
                setting.invalid(format!("`{text}` {fault}")).place(place.clone()).hint(
                    "write a path in the package, as `files = { \"libs/common\" = \"common\" }`",
                )
            })?;
            let source = of_lambda(source, lambda);
            let path = normal(Utf8Path::new(&source));
            let is_absolute = matches!(ArchivePath::new(&*source), Err(PathFault::Absolute));
            let fault = match &*source {
                "" => Some("has no path"),
                _ if is_absolute || path.has_root() => Some("is absolute"),
                _ if path.starts_with("..") => Some("is outside of the project"),
                _ => None,
            };
            if let Some(fault) = fault {
                let failure =
                    no_source(&format!("`{source}`, which `{key}` names, {fault}"), &place);
                lambda.fault.get_or_insert(Box::new(failure));
                continue;
            }
            let (written, inner) = (BTreeMap::new(), BTreeSet::new());
            all.push(Elsewhere { source: path, target, place, written, inner });
        }
        Ok(all)
    }

    /// Who says a glob of `include`, `exclude` or `exclude-packages`.
    pub(crate) fn place_of_pattern(&self, key: &str, text: &str) -> Option<Place> {
        self.layers.place_of_pattern(key, text)
    }

    /// Settles where the requirements of a lambda are, which of a project's, and what is not packaged.
    pub(crate) fn requirements_of(&self, lambda: &Lambda) -> Result<Choice, Failure> {
        let (layers, name) = (&self.layers, lambda.name.as_str());
        let setting =
            layers.setting("requirements", Some(name), |it| &it.requirements, str::to_owned);
        let chosen = match setting {
            None => Chosen::Found,
            Some(Setting { value, .. }) if value.is_empty() => Chosen::Nothing,
            Some(setting) => {
                Chosen::File(seen_from(&self.project, &self.path_of(&setting, lambda)?))
            }
        };
        let own = layers.config.table.of(name);
        Ok(Choice {
            chosen,
            is_own: own.is_some_and(|own| own.groups.is_some() || own.extras.is_some()),
            groups: layers.names("groups", name, |table| &table.groups)?,
            extras: layers.names("extras", name, |table| &table.extras)?,
            excluded: layers.excluded(name)?,
        })
    }

    /// Where the zip of a lambda goes, absolute: into a folder that the command line or the environment
    /// names, else where `zip` says, else into the config's folder, else beside the lambda's files.
    pub(crate) fn zip_of(&self, lambda: &Lambda) -> Result<Utf8PathBuf, Failure> {
        match self.out_dir.as_ref().filter(|_| self.is_out_dir_named) {
            Some(folder) => Ok(in_folder(folder, lambda)),
            None => self.usual_zip_of(lambda),
        }
    }

    /// The same where neither the command line nor the environment names a folder.
    pub(crate) fn usual_zip_of(&self, lambda: &Lambda) -> Result<Utf8PathBuf, Failure> {
        let (layers, name) = (&self.layers, lambda.name.as_str());
        match layers.setting("zip", Some(name), |table| &table.zip, str::to_owned) {
            Some(setting) if setting.value.is_empty() || setting.value.ends_with('/') => {
                Err(setting.invalid(format!("`{}` names no file", setting.value)))
            }
            Some(setting) => {
                let path = self.path_of(&setting, lambda)?;
                if !path.starts_with(&self.project) {
                    let message = format!("`{}` is outside of the project", setting.value);
                    return Err(setting
                        .invalid(message)
                        .hint("let zips go elsewhere with `out-dir`, or `--out-dir`"));
                }
                Ok(without_links(&path)?)
            }
            None => Ok(match &self.configured_out_dir {
                Some(folder) => in_folder(folder, lambda),
                None => self.project.join(lambda.zip()),
            }),
        }
    }

    /// The path of a file for a lambda, absolute.
    ///
    /// One in the environment is relative to the working directory, one in the config to the root.
    fn path_of(&self, setting: &Setting<String>, lambda: &Lambda) -> Result<Utf8PathBuf, Failure> {
        let from = match setting.origin {
            Origin::Environment(_) => fs::canonical(&self.layers.working_directory)?,
            _ => self.project.clone(),
        };
        let path = slashes(&seen_from(&from, &self.project.join(lambda.path())));
        let text = &setting.value;
        let text = text.replace("{name}", lambda.name.as_str()).replace("{path}", &path);
        Ok(normal(&from.join(text)))
    }

    /// Returns a path that was typed, relative to the root; none for one outside of it.
    pub(crate) fn inside(&self, typed: &str) -> Option<Utf8PathBuf> {
        let from = fs::canonical(&self.layers.working_directory).ok()?;
        normal(&from.join(typed)).strip_prefix(&self.project).ok().map(Utf8Path::to_owned)
    }

    /// Refuses tables in the config for lambdas that do not exist. Returns the names of those that
    /// only this worktree has not got, and that have one.
    pub(crate) fn check_names(&self, lambdas: &[&Lambda]) -> Result<Vec<String>, Failure> {
        let config = &self.layers.config;
        let key = "function-name";
        let shared = self.layers.setting(key, None, |table| &table.function_name, str::to_owned);
        let is_one =
            |it: &Setting<String>| !["{name}", "{path}"].iter().any(|part| it.value.contains(part));
        let functions = || lambdas.iter().filter(|it| it.kind == Kind::Function);
        if let Some(setting) = shared.filter(|it| functions().count() > 1 && is_one(it)) {
            let message = format!("`{}` names one function, of several lambdas", setting.value);
            return Err(setting
                .invalid(message)
                .hint("write `{name}` where a lambda's name stands"));
        }
        let is_it = |lambda: &Lambda, (kind, name): (Kind, &str)| {
            lambda.kind == kind && lambda.name.as_str() == name
        };
        let tables = config.table.tables().map(|(kind, name, _)| (kind, name.as_str()));
        let is_unknown = |table: &(Kind, &str)| !lambdas.iter().any(|it| is_it(it, *table));
        let mut unknown: Vec<(Kind, &str)> = tables.filter(is_unknown).collect();
        let mut passed_over = Vec::new();
        if !unknown.is_empty() {
            let absent = lambda::absent(&self.tree, &self.places)?;
            let is_absent = |table: &(Kind, &str)| absent.iter().any(|it| is_it(it, *table));
            passed_over =
                unknown.extract_if(.., |it| is_absent(it)).map(|it| it.1.to_owned()).collect();
        }
        let Some((kind, name)) = unknown.first().copied() else { return Ok(passed_over) };
        let (what, key) = match kind {
            Kind::Function => ("lambda", "lambdas"),
            Kind::Layer => ("layer", "layers"),
        };
        let message = format!("the config has a table for `{name}`, and there is no such {what}");
        let advice = || {
            format!("remove the table; `[{what}.NAME]` is for what `{key}` finds, or has a `path`")
        };
        let names = lambdas.iter().filter(|it| it.kind == kind).map(|it| it.name.as_str());
        let hint = match lambdas.iter().find(|lambda| lambda.name.as_str() == name) {
            Some(other) => format!("write `{}`: it is a {}", other.table(), other.kind),
            None => did_you_mean(name, names).unwrap_or_else(advice),
        };
        Err(Failure::input(code::UNKNOWN_LAMBDA, message)
            .place(config.place_of_lambda(name))
            .hint(hint))
    }
}

/// The zip of a lambda in a folder for all.
fn in_folder(folder: &Utf8Path, lambda: &Lambda) -> Utf8PathBuf {
    folder.join(lambda.zip().file_name().expect("it was just joined"))
}

/// A text in which a lambda is named.
fn of_lambda(text: &str, lambda: &Lambda) -> String {
    text.replace("{name}", lambda.name.as_str()).replace("{path}", lambda.path().as_str())
}
