//! What is found wrong with a lambda's imports, as values; and as warnings, or as its failure.

use crate::report::{Failure, Place, Warning};
use crate::words;

/// The code of an import that nothing gives.
pub(super) const MISSING: &str = "missing-import";
/// The code of a module that Python can't parse.
pub(crate) const SYNTAX: &str = "syntax-error";
/// The code of a handler that the package has not got.
pub(super) const HANDLER: &str = "missing-handler";

/// How many findings of a lambda are told each by itself.
const SINGLE: usize = 3;
/// How many modules a finding names that tells of several.
const NAMED: usize = 8;

/// What is wrong with a lambda's imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ImportFindings {
    /// How many own modules were looked at.
    pub(crate) modules: usize,
    pub(crate) found: Vec<Finding>,
    /// What may be wrong, a sentence each.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(super) code: &'static str,
    /// The module, as the import names it.
    pub(super) module: String,
    pub(super) message: String,
    /// Relative to the root, with its line.
    pub(super) place: Option<Place>,
    pub(super) hint: Option<String>,
    /// Whether it is a top-level module that looks like a project's: no own module and none of the
    /// standard library has nearly its name.
    pub(super) is_project: bool,
}

impl Finding {
    pub(super) fn note(&self) -> String {
        let Self { message, place, .. } = self;
        match place {
            Some(place @ Place { line: Some(_), .. }) => format!("{place}: {message}, perhaps"),
            Some(_) | None => format!("{message}, perhaps"),
        }
    }

    fn warning(&self) -> Warning {
        let warning = Warning::new(self.code, self.message.clone()).place(self.place.clone());
        Warning { hint: self.hint.clone(), ..warning }
    }
}

impl ImportFindings {
    /// The findings as warnings: a few, each by itself; many as one.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let (missing, other): (Vec<_>, Vec<_>) =
            self.found.iter().partition(|finding| finding.code == MISSING);
        let mut warnings: Vec<Warning> = other.iter().map(|finding| finding.warning()).collect();
        match &missing[..] {
            [first, ..] if missing.len() > SINGLE => {
                let modules: Vec<&str> = missing.iter().map(|it| it.module.as_str()).collect();
                let message = format!(
                    "{} that its modules import are nowhere: {}",
                    words::count(modules.len(), "module"),
                    words::some_of(&modules, NAMED)
                );
                let place = first.warning().place;
                let hint = "require what has them, or name them in `allow-imports`";
                warnings.push(Warning::new(MISSING, message).place(place).hint(hint));
            }
            missing => warnings.extend(missing.iter().map(|finding| finding.warning())),
        }
        warnings
    }

    /// The same without those that requirements would give: for a lambda of which it is said that its
    /// requirements are not read.
    pub(crate) fn without_projects(&self) -> Self {
        let mut others = self.clone();
        others.found.retain(|finding| !finding.is_project);
        others
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
