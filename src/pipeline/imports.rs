//! Parses the own modules that Lambda imports, and looks for what they import.
//!
//! What cannot be read any more is left to the writing of the archive, which fails on it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use rayon::prelude::*;

use super::found_imports;
use super::{Assembled, Job, Pipeline, failed};
use crate::checks::{self, ImportFindings, Outside, Program, Reach, SearchPath};
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::lambda::{ImportPolicy, PythonVersion};
use crate::python;
use crate::report::{Failure, Stage, hold};

impl Pipeline<'_> {
    /// Finds imports that nothing gives, in packages side by side; nothing where nobody looks.
    pub(crate) fn imports(
        &self,
        assembled: &[&Assembled],
    ) -> Vec<Result<ImportFindings, Box<Failure>>> {
        let find = |it: &&Assembled| {
            let lambda = &it.job.lambda;
            let find = || hold(|| self.find_imports(it));
            let found = self.during(Stage::Imports, &lambda.name, find);
            found.map_err(|failure| failed(failure, lambda))
        };
        assembled.par_iter().map(find).collect()
    }

    fn find_imports(&self, assembled: &Assembled) -> Result<ImportFindings, Failure> {
        let job = &assembled.job;
        if job.imports.policy == ImportPolicy::Off {
            return Ok(ImportFindings::default());
        }
        let python = job.python.as_ref().map(|python| python.value);
        let opt = assembled.opt();
        let above = opt.as_ref().map(|opt| assembled.contents.above(opt));
        let outside = job.imports.outside;
        let has_layers = outside.has_layers || assembled.has_unknown_layers();
        let search = &self.search_path(assembled)?;
        // What can't be a module explains no import. The lambda's own zip is not there before the first
        // run, and must not make another package of it.
        let mut left_out = assembled.sources.all_left_out();
        let is_module = |path: &str| [".py", ".pyc", ".so"].iter().any(|end| path.ends_with(end));
        left_out.retain(|it| it.path.contains('/') || is_module(&it.path));
        let folders = opt.iter().flat_map(|_| search.folders_of_layers(python));
        let program = Program {
            name: job.lambda.name.as_str(),
            directory: job.lambda.directory.as_str(),
            python,
            handlers: &job.handlers(),
            outside: Outside { has_layers, ..outside },
            search,
            layers: &folders.collect::<Vec<_>>(),
            allowed: &job.imports.allowed,
            left_out: &left_out,
        };
        // Without a store all is parsed.
        let store = self.store().ok();
        let contents = above.as_ref().unwrap_or(&assembled.contents);
        let of_layers = assembled.layers.iter().flat_map(|layer| &layer.files);
        let files: Vec<_> = assembled.sources.all().chain(of_layers).collect();
        let key = found_imports::key(&program, &files, contents);
        let mut found = match store.and_then(|store| found_imports::known(store, key)) {
            Some(found) => found,
            None => {
                let (found, parsed) = self.parse(Reach::new(contents, program), program.python)?;
                // A module that has changed since it was looked into is of another key.
                let is_as_seen = files.iter().all(|file| {
                    parsed.get(&file.place).is_none_or(|parsed| file.digest == Some(*parsed))
                });
                if let Some(store) = store.filter(|_| is_as_seen) {
                    found_imports::keep(store, key, &found);
                }
                found
            }
        };
        self.point_elsewhere(job, &mut found)?;
        self.explain(assembled, &mut found)?;
        let excluded = assembled.wheels.iter().flat_map(|set| &set.left_out);
        found.hint_at(&excluded.map(|it| it.name.clone()).collect(), &|project| {
            format!("package `{project}`, which `exclude-packages` leaves out, or name the module in `allow-imports`")
        });
        Ok(found)
    }

    /// Parses all modules that are reached; their digests are by their path relative to the root.
    fn parse(
        &self,
        mut reach: Reach<'_>,
        python: Option<PythonVersion>,
    ) -> Result<(ImportFindings, BTreeMap<Utf8PathBuf, Sha256Digest>), Failure> {
        let mut parsed = BTreeMap::new();
        loop {
            let wanted = reach.wanted();
            if wanted.is_empty() {
                return Ok((reach.findings(), parsed));
            }
            let read = |(path, place): (String, Utf8PathBuf)| {
                let bytes = self.tree.read_stable(&place)?;
                let digest = Sha256Digest::of(&bytes);
                Ok::<_, Failure>((path, (place, digest), python::parse(&bytes, python)))
            };
            let modules: Vec<_> = wanted.into_par_iter().map(read).collect();
            for module in modules {
                let (path, (place, digest), module) = module?;
                parsed.insert(place, digest);
                reach.add(path, module);
            }
        }
    }

    /// Where Lambda looks for the modules of packages, besides their tops.
    pub(crate) fn search_paths(
        &self,
        assembled: &[&Assembled],
    ) -> Vec<Result<SearchPath, Box<Failure>>> {
        let look = |it: &&Assembled| {
            hold(|| self.search_path(it)).map_err(|failure| failed(failure, &it.job.lambda))
        };
        assembled.iter().map(look).collect()
    }

    fn search_path(&self, assembled: &Assembled) -> Result<SearchPath, Failure> {
        let mut path = assembled.job.imports.search.clone();
        let is_path_file =
            |name: &str| name.ends_with(".pth") && !name.contains('/') && !name.starts_with('.');
        for (_, entry) in
            assembled.contents.entries().filter(|(name, _)| is_path_file(name.as_str()))
        {
            let bytes = match (entry.data.place(), entry.data.member()) {
                (Some(place), _) => Some(self.tree.read_stable(&place)?),
                (None, Some((wheel, member))) => wheel.bytes_of(member),
                (None, None) => None,
            };
            match bytes {
                Some(bytes) => path.add_path_file(&bytes),
                // A member that is damaged is the failure of the writing of the archive.
                None => path.open(),
            }
        }
        for layer in assembled.layers.iter().flat_map(|layer| layer.contents.entries()) {
            let (name, _) = layer;
            let is_there = name.as_str().strip_prefix("python/").is_some_and(is_path_file);
            if is_there {
                path.open();
            }
        }
        Ok(path)
    }

    /// Warns of imports that nothing gives; where the config says so, they are the lambda's failure.
    pub(super) fn check_imports(
        &self,
        assembled: Vec<Assembled>,
        failures: &mut Vec<Failure>,
    ) -> Vec<Assembled> {
        let all: Vec<&Assembled> = assembled.iter().collect();
        let found = self.imports(&all);
        let mut kept = Vec::with_capacity(assembled.len());
        for (mut assembled, found) in assembled.into_iter().zip(found) {
            let lambda = &assembled.job.lambda;
            match found {
                Ok(found) => {
                    self.note(lambda.name.as_str(), &found);
                    let failure = found.failure();
                    match failure.filter(|_| assembled.job.imports.policy == ImportPolicy::Error) {
                        Some(failure) => failures.push(*failed(failure, lambda)),
                        None => {
                            let warnings = found.warnings().into_iter();
                            warnings.for_each(|it| self.warn(&mut assembled, it));
                            kept.push(assembled);
                        }
                    }
                }
                Err(failure) => failures.push(*failure),
            }
        }
        kept
    }

    /// The same where nothing is packaged: all are warnings, that a package is too large among them.
    pub(crate) fn tell_findings(&self, assembled: &mut [Assembled], failures: &mut Vec<Failure>) {
        let all: Vec<&Assembled> = assembled.iter().collect();
        let found = self.imports(&all);
        for (assembled, found) in assembled.iter_mut().zip(found) {
            let layers = assembled.layer_sizes();
            let too_large = checks::warn_of_unpacked(&assembled.contents, &layers);
            too_large.into_iter().for_each(|it| self.warn(assembled, it));
            match found {
                Ok(found) => {
                    self.note(assembled.job.lambda.name.as_str(), &found);
                    found.warnings().into_iter().for_each(|it| self.warn(assembled, it));
                }
                Err(failure) => failures.push(*failure),
            }
        }
    }

    /// The functions of a lambda's modules of these names that look like a handler, as `module.function`.
    pub(crate) fn handlers_in(&self, job: &Job, modules: &[&str]) -> Result<Vec<String>, Failure> {
        let mut handlers = Vec::new();
        for module in modules {
            let path = job.lambda.directory.join(format!("{module}.py"));
            let Some(bytes) = self.tree.read(&path)? else { continue };
            let function = python::parse(&bytes, None).handler;
            handlers.extend(function.map(|function| format!("{module}.{function}")));
        }
        Ok(handlers)
    }

    fn note(&self, lambda: &str, found: &ImportFindings) {
        for note in found.notes() {
            self.reporter.report(&Event::Noted(&format!("{lambda}: {note}")));
        }
    }
}
