//! What expressions see of the project beside Terraform's own files.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;

use super::term::{Budget, Given, Made, Stop, Term, Unknown};
use crate::tree::normal;

/// Stands for the folder in which the root of the project lies, which differs from machine to
/// machine: no text of a file has this letter of the private use area.
pub(super) const HERE: &str = "/\u{f8ff}";

/// What an entry of the package manifest has.
const KEYS: [&str; 6] = ["filename", "format", "kind", "sha256", "size", "source_code_hash"];
/// Those that the next build may write anew. The size is told as it is: who decides by it, decides by
/// what is there.
const WRITTEN_ANEW: [&str; 3] = ["filename", "sha256", "source_code_hash"];

/// The package manifest, which the next build completes.
pub(super) struct Manifest<'a> {
    /// Where it is, relative to the root of the project.
    pub(super) path: &'a Utf8Path,
    /// The lambdas of the project, which will have an entry each, with what is known of that.
    pub(super) lambdas: &'a [(String, BTreeMap<String, Term>)],
}

/// Gives a file of the project, as text; none where there is none, or no text.
pub(super) type Read<'a> = &'a dyn Fn(&Utf8Path) -> Option<String>;
/// Lists the files below a folder of the project, relative to it; none where it is no folder.
pub(super) type List<'a> = &'a dyn Fn(&Utf8Path) -> Option<Vec<Utf8PathBuf>>;

/// The project, and how much may be computed.
pub(super) struct Outside<'a> {
    pub(super) read: Read<'a>,
    pub(super) list: List<'a>,
    pub(super) manifest: Option<Manifest<'a>>,
    pub(super) budget: Budget,
}

impl Outside<'_> {
    /// The text of a file, whose path is relative to the root of the project.
    pub(super) fn file(&self, path: &Utf8Path) -> Given {
        if self.manifest.as_ref().is_some_and(|manifest| manifest.path == path) {
            return Ok(Term::Manifest);
        }
        let text = (self.read)(path);
        // It may be made before Terraform runs.
        let text = text.ok_or_else(|| Stop::unknown(&format!("there is no `{path}`")))?;
        self.budget.spend_text(text.len())?;
        Ok(Term::of(text))
    }

    /// The files of a folder whose paths in it fit a glob. Each segment is matched by itself, and
    /// `**` is any number of folders ("fileset Function" in Terraform's documentation).
    pub(super) fn fileset(&self, folder: &Utf8Path, pattern: &str) -> Given {
        if pattern.ends_with(".zip") {
            return Err(Stop::unknown("which zips there are depends on what was built"));
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        let matcher =
            glob.map_err(|_| Stop::fault(&format!("`{pattern}` is no glob")))?.compile_matcher();
        let paths = (self.list)(folder).unwrap_or_default();
        self.budget.spend(paths.len())?;
        let fits = paths.iter().filter(|path| matcher.is_match(path));
        let fits: Vec<Term> = fits.map(Term::of).collect();
        Term::set(&fits, &self.budget)
    }

    /// The entries of the package manifest as the next build leaves them: those of the project's
    /// lambdas, and what else it has.
    ///
    /// The target of a lambda must not depend on whether there is an entry, for its first build must
    /// have the same one as its second; nor on what the last build wrote, for that one's zips may have
    /// gone to another folder. So a file name is the one that this run gives. A hash is not known, and
    /// tells by that whose it is.
    pub(super) fn entries(&self) -> Given {
        let Some(Manifest { path, lambdas }) = &self.manifest else {
            return Err(Stop::unknown("there is no package manifest"));
        };
        let why: Rc<str> = format!("the next build writes it into `{path}`").into();
        let mut entries = BTreeMap::new();
        // A manifest that can't be read is written anew by the next build.
        let text = (self.read)(path).unwrap_or_default();
        if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&text) {
            for (name, value) in map {
                entries.insert(name, from_json(value)?);
            }
        }
        for (name, known) in *lambdas {
            let made = Some(Rc::new(Made::Entry(name.clone())));
            let unknown = Term::Unknown(Unknown { why: Rc::clone(&why), made });
            let unknown = |key: &&str| ((*key).to_owned(), unknown.clone());
            let mut keys: BTreeMap<String, Term> = KEYS.iter().map(unknown).collect();
            if let Some(Term::Map(there)) = entries.remove(name) {
                keys.extend((*there).clone());
            }
            keys.extend(WRITTEN_ANEW.iter().map(unknown));
            keys.extend(known.clone());
            entries.insert(name.clone(), Term::map(keys));
        }
        Ok(Term::map(entries))
    }
}

/// The path of a file, relative to the root of the project, from one that is relative to the folder
/// in which Terraform runs. One that is absolute stays so.
pub(super) fn located(path: &str, folder: &Utf8Path) -> Utf8PathBuf {
    match path.strip_prefix(HERE) {
        Some(inside) => normal(Utf8Path::new(inside.trim_start_matches('/'))),
        None => normal(&folder.join(path)),
    }
}

pub(super) fn from_json(json: serde_json::Value) -> Given {
    match json {
        serde_json::Value::Null => Ok(Term::Null),
        serde_json::Value::Bool(truth) => Ok(Term::Bool(truth)),
        serde_json::Value::Number(number) => {
            super::term::part(super::term::number(number.as_f64().unwrap_or(f64::NAN)))
        }
        serde_json::Value::String(text) => Ok(Term::of(text)),
        serde_json::Value::Array(list) => {
            let list = list.into_iter().map(from_json);
            Ok(Term::list(list.collect::<Result<_, _>>()?))
        }
        serde_json::Value::Object(map) => {
            let entry = |(key, value)| Ok((key, from_json(value)?));
            Ok(Term::map(map.into_iter().map(entry).collect::<Result<_, Stop>>()?))
        }
    }
}
