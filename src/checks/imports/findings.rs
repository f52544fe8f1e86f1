//! What is found wrong with a lambda's imports, as values; and as warnings, or as its failure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::modules::top_of;
use crate::name::normalised;
use crate::report::{Failure, Place, Warning};
use crate::words;

/// The code of a module that Python can't parse.
pub(crate) const SYNTAX: &str = "syntax-error";
/// The code of a handler that the package has not got.
const HANDLER: &str = "missing-handler";

/// How many findings of a lambda are told each by itself.
const SINGLE: usize = 3;
/// How many modules a finding names that tells of several.
const NAMED: usize = 8;

/// What is wrong with a lambda's imports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportFindings {
    /// How many own modules were looked at.
    pub(crate) modules: usize,
    pub(crate) found: Vec<Finding>,
    /// What is so only perhaps: it is told in notes.
    pub(super) perhaps: Vec<Finding>,
    /// What else may be wrong, a sentence each.
    pub(crate) notes: Vec<String>,
    /// What is said in place of findings that have one cause.
    #[serde(skip)]
    pub(crate) causes: Vec<Warning>,
    /// The projects of Lambda's runtime that are imported from there, each with the first place.
    pub(super) of_runtime: BTreeMap<String, Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(super) kind: Kind,
    /// The module, as the import names it.
    pub(super) module: String,
    pub(super) message: String,
    /// Relative to the root, with its line.
    pub(super) place: Option<Place>,
    pub(super) hint: Option<String>,
    /// The projects that may give it, normalised, the likeliest first; none where it is no top-level
    /// module, or one is meant that is there.
    pub(super) projects: Vec<String>,
    /// Whether it is a top-level module that may lie elsewhere in the project.
    pub(super) is_nowhere: bool,
    /// Why it is so only perhaps, as a clause; empty where it is sure.
    pub(super) doubt: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// A handler that the package has not got.
    Handler,
    /// An import that nothing gives.
    Import,
    /// A module that Python can't parse.
    Syntax,
    /// No module that Lambda may call is known.
    Unjudged,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Self::Handler => HANDLER,
            Self::Import => "missing-import",
            Self::Syntax => SYNTAX,
            Self::Unjudged => "unknown-handler",
        }
    }
}

impl Finding {
    /// Which of these projects may give it.
    fn project_among<'a>(&self, projects: &'a BTreeSet<String>) -> Option<&'a String> {
        // One that is known under a longer name, or a shorter one, is often the same in another build:
        // `psycopg2` and `psycopg2-binary`, `opencv-python` and `opencv-python-headless`.
        let is_kin = |one: &str, other: &str| {
            one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let top = normalised(top_of(&self.module));
        let is_it = |project: &String, own: &String| {
            project == own || *own != top && (is_kin(project, own) || is_kin(own, project))
        };
        self.projects.iter().find_map(|own| projects.iter().find(|project| is_it(project, own)))
    }

    fn note(&self) -> String {
        let Self { message, place, doubt, .. } = self;
        match place {
            Some(place @ Place { line: Some(_), .. }) => {
                format!("{place}: {message}, perhaps: {doubt}")
            }
            Some(_) | None => format!("{message}, perhaps: {doubt}"),
        }
    }

    fn warning(&self) -> Warning {
        let warning =
            Warning::new(self.kind.code(), self.message.clone()).place(self.place.clone());
        Warning { hint: self.hint.clone(), ..warning }
    }
}

impl ImportFindings {
    /// What may be wrong, a sentence each.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> {
        self.perhaps.iter().map(Finding::note).chain(self.notes.iter().cloned())
    }

    /// The findings as warnings: a few, each by itself; many as one.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let (missing, other): (Vec<_>, Vec<_>) =
            self.found.iter().partition(|finding| finding.kind == Kind::Import);
        let mut warnings = self.causes.clone();
        warnings.extend(other.iter().map(|finding| finding.warning()));
        match &missing[..] {
            [first, ..] if missing.len() > SINGLE => {
                let modules: Vec<&str> = missing.iter().map(|it| it.module.as_str()).collect();
                let message = format!(
                    "{} that its modules import are nowhere: {}",
                    words::count(modules.len(), "module"),
                    words::some_of(&modules, NAMED)
                );
                let place = first.warning().place;
                let is_same = missing.iter().all(|it| it.hint == first.hint);
                let hint = first.hint.as_deref().filter(|_| is_same);
                let hint = hint.unwrap_or("require what has them, or name them in `allow-imports`");
                warnings.push(Warning::new(Kind::Import.code(), message).place(place).hint(hint));
            }
            missing => warnings.extend(missing.iter().map(|finding| finding.warning())),
        }
        warnings
    }

    /// Whether some project may be what is missing, perhaps, or what Lambda's runtime has in its own
    /// version.
    pub(crate) fn may_need_projects(&self) -> bool {
        !self.of_runtime.is_empty() || self.may_miss_projects()
    }

    /// Whether some project may be what is missing, or is so only perhaps.
    pub(crate) fn may_miss_projects(&self) -> bool {
        self.misses_projects() || self.perhaps.iter().any(|finding| !finding.projects.is_empty())
    }

    /// Whether some project may be what is missing.
    pub(crate) fn misses_projects(&self) -> bool {
        self.found.iter().any(|finding| !finding.projects.is_empty())
    }

    /// Whether something is missing that may lie elsewhere in the project.
    pub(crate) fn may_lie_elsewhere(&self) -> bool {
        self.found.iter().any(|finding| finding.is_nowhere)
    }

    /// Gives what lies elsewhere, by its name with dots, the hint of that.
    pub(crate) fn point_elsewhere(&mut self, hint: &dyn Fn(&str) -> Option<String>) {
        for finding in self.found.iter_mut().filter(|finding| finding.is_nowhere) {
            finding.hint = hint(&finding.module).or(finding.hint.take());
        }
    }

    /// Says, by a hint of a project, how these projects would give what is missing.
    pub(crate) fn hint_at(&mut self, projects: &BTreeSet<String>, hint: &dyn Fn(&str) -> String) {
        for finding in &mut self.found {
            if let Some(project) = finding.project_among(projects) {
                finding.hint = Some(hint(project));
            }
        }
    }

    /// Takes out the missing imports that one of these projects, by their normalised names, would
    /// give; returns the first of the projects, with the place of the import.
    pub(crate) fn take(&mut self, projects: &BTreeSet<String>) -> Option<(String, Place)> {
        let mut first = None;
        let mut is_other = |finding: &Finding| {
            let Some(project) = finding.project_among(projects) else { return true };
            first = first.take().or_else(|| Some((project.clone(), finding.place.clone()?)));
            false
        };
        self.found.retain(&mut is_other);
        self.perhaps.retain(&mut is_other);
        first
    }

    /// The first of these projects that is imported, and of which Lambda's runtime has a package.
    pub(crate) fn of_runtime(&self, projects: &BTreeSet<String>) -> Option<(&str, Place)> {
        let found = self.of_runtime.iter().find(|(project, _)| projects.contains(*project));
        found.map(|(project, place)| (project.as_str(), place.clone()))
    }

    /// Those of imports: whether the handler is there is a check of its own.
    pub(crate) fn import_warnings(&self) -> Vec<Warning> {
        self.warnings().into_iter().filter(|warning| warning.code != HANDLER).collect()
    }

    /// The same as the failure of the lambda, if anything is wrong.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let mut warnings = self.warnings().into_iter();
        let Warning { code, message, place, hint } = warnings.next()?;
        let causes = warnings.map(|other| match &other.place {
            Some(place) => format!("{place}: {}", other.message),
            None => other.message,
        });
        let failure = Failure::lambda(code, message).place(place).said(causes);
        Some(Failure { hint, ..failure })
    }
}
