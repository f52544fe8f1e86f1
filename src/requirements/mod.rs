//! Reads requirements files.
//!
//! Files are read with all that they include, so that a wrong line is reported with its place
//! before a program is started. They are flattened, so that equal requirements of two lambdas have
//! one answer, wherever their files are. Variables are not expanded in what goes to pip, for they
//! may be passwords; only the key of the answer has their values.
//!
//! Source: "Requirements File Format" in pip's documentation, and PEP 508.

mod choice;
mod compiled;
mod demand;
mod encoding;
mod excluded;
mod find;
mod line;
mod near;
mod parse;
mod project;
mod read;
mod script;
mod source;
mod tool;
mod uv_source;
mod wanted;

use std::collections::BTreeSet;
use std::str::FromStr as _;

use camino::{Utf8Path, Utf8PathBuf};
use pep508_rs::{VerbatimUrl, VersionOrUrl};

use crate::address;
use crate::digest::{Hasher, Sha256Digest};
use crate::environment::Environment;
use crate::origin::Origin;
use crate::report::{Failure, Place};

pub(crate) use crate::pep508::{is_judgeable, requirement as parse_named};
pub(crate) use choice::{Choice, Chosen};
pub(crate) use excluded::ProjectGlob;
pub(crate) use find::{Declared, Other, Search, find, unheeded};
pub(crate) use near::{Folders, for_all, near_misses};
pub(crate) use project::{
    INVALID, Project, UNKNOWN_GROUP, UNUSABLE, read as read_project, read_script,
};
pub(crate) use read::{Line, read, read_lines};
pub(crate) use source::{
    ProjectFile, Source, archive_stem, digest_of as project_digest, project_files,
};
pub(crate) use tool::{INPUTS, PUBLIC_INDEX, Tool, category, is_input, way_out};
pub(crate) use wanted::{OF_FOLDERS, Wanted, wanted};

/// The lines of a requirements file and of the files that it includes.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    /// The file, relative to the root.
    pub(crate) path: Utf8PathBuf,
    /// The requirements, in the order of the lines.
    pub(crate) requirements: Vec<Requirement>,
    /// The lines of constraints files, which limit versions.
    pub(crate) constraints: Vec<Requirement>,
    /// Options for pip, in the order of the lines.
    pub(crate) options: Vec<OptionLine>,
    /// The projects of `--no-binary`.
    pub(crate) no_binary: Projects,
    /// The projects of `--only-binary`.
    pub(crate) only_binary: Projects,
    /// The versions of Python that their project is for, as its tool writes them.
    pub(crate) python: Option<Line>,
    /// The projects that are asked for by themselves, normalised, where another tool's lock or what a
    /// compiler of requirements has written says so.
    pub(crate) asked: BTreeSet<String>,
    /// Whether such a compiler has written it: then its lines are all that is installed.
    pub(crate) is_compiled: bool,
    /// Sentences about lines that have another meaning than a reader may expect.
    pub(crate) notes: Vec<String>,
}

impl Requirements {
    /// Converts a place in `others`, which have the same lines, to the place of that line here.
    pub(crate) fn place_of(&self, others: &Self, place: Place) -> Place {
        let same = others.requirements.iter().position(|other| other.place == place);
        let file = Place::new(&others.path, None);
        match same.and_then(|index| self.requirements.get(index)) {
            Some(own) => own.place.clone(),
            None if place == file => Place::new(&self.path, None),
            None => place,
        }
    }

    /// The line that asks for a project; the file, if none does.
    pub(crate) fn place_for(&self, project: &str) -> Place {
        let line = self.line_of(project);
        line.map_or_else(|| Place::new(&self.path, None), |line| line.place.clone())
    }

    /// The first line that asks for a project.
    pub(crate) fn line_of(&self, project: &str) -> Option<&Requirement> {
        let mut lines = self.requirements.iter();
        lines.find(|line| line.demand.project().as_deref() == Some(project))
    }

    /// Whether every line has one version and hashes, so that nothing must be resolved.
    pub(crate) fn is_hashed(&self) -> bool {
        !self.requirements.is_empty() && self.requirements.iter().all(Requirement::is_hashed)
    }

    /// Whether every line names exactly what is installed. With hashes in some lines a resolver
    /// demands them of all that comes from an index; a folder of the project and a commit have none.
    pub(crate) fn is_locked(&self) -> bool {
        let is_fixed = |line: &Requirement| match &line.demand {
            Demand::Source(source) => match &source.origin {
                Origin::Directory(_) => true,
                Origin::Vcs(vcs) => {
                    let revision = vcs.requested_revision.as_deref().unwrap_or_default();
                    revision.len() >= 40 && revision.chars().all(|c| c.is_ascii_hexdigit())
                }
                Origin::Archive { file, .. } => file.path.is_some() || line.has_sha256(),
                Origin::Wheel(_) | Origin::Sdist(_) => false,
            },
            Demand::Named(_) | Demand::Wheel(_) => line.is_hashed(),
        };
        let lines = &self.requirements;
        lines.iter().any(Requirement::is_hashed) && lines.iter().all(is_fixed)
    }

    /// Returns the digest of the lines as they are written, to see whether a lock is made from
    /// them.
    ///
    /// The contents of a folder, the URL of an index and the values of variables are not part of
    /// it, for they may differ between machines.
    pub(crate) fn digest(&self) -> Sha256Digest {
        let mut hasher = Hasher::default();
        self.add_to(&mut hasher, |line| &line.text, |option| &option.text);
        hasher.finish()
    }

    /// Adds a text of each line and each option to a digest.
    pub(crate) fn add_to(
        &self,
        hasher: &mut Hasher,
        line: fn(&Requirement) -> &String,
        option: fn(&OptionLine) -> &String,
    ) {
        for (kind, texts) in [
            ("requirements", self.requirements.iter().map(line).collect()),
            ("constraints", self.constraints.iter().map(line).collect()),
            ("options", self.options.iter().map(option).collect::<Vec<_>>()),
        ] {
            hasher.field(kind.as_bytes());
            hasher.update(&(texts.len() as u64).to_le_bytes());
            texts.into_iter().for_each(|text| hasher.field(text.as_bytes()));
        }
    }

    /// Replaces the values of variables in a text by their names, and blanks out the queries of
    /// URLs: both may be passwords.
    pub(crate) fn conceal(&self, text: &str, environment: &Environment) -> String {
        let requirements = self.requirements.iter().chain(&self.constraints);
        let lines = requirements.map(|it| &it.line).chain(self.options.iter().map(|it| &it.line));
        lines.fold(text.to_owned(), |text, line| {
            let text = line::conceal(&text, line, environment);
            match address::query(line) {
                Some(query) => text.replace(query, "****"),
                None => text,
            }
        })
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) place: Place,
    /// The line as it is written, with its hashes.
    pub(crate) text: String,
    /// The line for pip without hashes: variables not expanded, paths absolute. That of a source is
    /// made when the source is built.
    pub(crate) line: String,
    /// Its hashes, each as `--hash=ALGORITHM:HEX`.
    pub(crate) hashes: Vec<String>,
    /// For the path of a wheel: this path, relative to the root, and the wheel's digest.
    pub(crate) own: Option<(Utf8PathBuf, Sha256Digest)>,
    /// Its text for the key of an answer: variables expanded, a local wheel by its digest.
    pub(crate) identity: String,
    pub(crate) demand: Demand,
}

#[derive(Debug, Clone)]
pub(crate) enum Demand {
    /// A project by name, from an index or from the URL of a wheel.
    Named(Box<pep508_rs::Requirement<VerbatimUrl>>),
    /// A wheel by path or URL, with the normalised name of its project.
    Wheel(String),
    Source(Box<Source>),
}

/// The projects of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Projects {
    All,
    /// These, normalised.
    These(BTreeSet<String>),
}

impl Default for Projects {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Projects {
    /// Whether a project is one of them.
    pub(crate) fn has(&self, project: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(project),
        }
    }
}

impl Requirement {
    /// The line as it is written, without its hashes.
    pub(crate) fn without_hashes(&self) -> &str {
        self.text.split(" --hash").next().unwrap_or_default()
    }

    /// Appends the hashes of the line to a text.
    pub(crate) fn hashed(&self, text: &str) -> String {
        self.hashes.iter().fold(text.to_owned(), |line, hash| line + " " + hash)
    }

    /// Whether one of its hashes is this.
    pub(crate) fn has_hash(&self, digest: Sha256Digest) -> bool {
        let own = format!("--hash={digest:?}");
        self.hashes.iter().any(|hash| hash.eq_ignore_ascii_case(&own))
    }

    /// Whether it has a hash that can be compared here.
    pub(crate) fn has_sha256(&self) -> bool {
        self.hashes.iter().any(|hash| hash.starts_with("--hash=sha256:"))
    }

    /// Whether it names an archive whose address leads to other bytes on another day: that of a
    /// branch, as `…/main.zip`. One of a release has its number in its name.
    pub(crate) fn may_move(&self) -> bool {
        let Demand::Source(source) = &self.demand else { return false };
        let Origin::Archive { file, .. } = &source.origin else { return false };
        let is_numbered = file.name.contains(|c: char| c.is_ascii_digit());
        file.path.is_none() && self.hashes.is_empty() && !is_numbered
    }

    /// Whether it has one version and hashes.
    pub(crate) fn is_hashed(&self) -> bool {
        let is_exact = self.demand.exact_version().is_some() || self.demand.is_direct();
        let is_source = matches!(self.demand, Demand::Source(_));
        is_exact && !is_source && self.has_sha256()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct OptionLine {
    pub(crate) line: String,
    /// Its text for the key of an answer.
    pub(crate) identity: String,
    /// As it is written, with its long name.
    pub(crate) text: String,
}

impl Demand {
    /// The normalised name of the project (PEP 503); that of a source may not be known before it is
    /// built.
    pub(crate) fn project(&self) -> Option<String> {
        match self {
            Self::Named(requirement) => Some(requirement.name.to_string()),
            Self::Wheel(project) => Some(project.clone()),
            Self::Source(source) => source.name.clone(),
        }
    }

    /// The versions that it allows, if it limits them.
    fn versions(&self) -> Option<&pep440_rs::VersionSpecifiers> {
        let Self::Named(requirement) = self else { return None };
        match &requirement.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(versions)) => Some(versions),
            Some(VersionOrUrl::Url(_)) | None => None,
        }
    }

    /// The one version that it allows, if it is one.
    pub(crate) fn exact_version(&self) -> Option<&pep440_rs::Version> {
        // `==1.*` has an operator of its own, for it allows several versions (PEP 440, "Version
        // matching").
        let exact = [pep440_rs::Operator::Equal, pep440_rs::Operator::ExactEqual];
        self.versions()?.iter().find(|it| exact.contains(it.operator())).map(|it| it.version())
    }

    /// Whether it allows a version; always `true` for one that is not known.
    pub(crate) fn allows(&self, version: Option<&str>) -> bool {
        let (Some(versions), Some(version)) = (self.versions(), version) else { return true };
        pep440_rs::Version::from_str(version).is_ok_and(|version| versions.contains(&version))
    }

    /// Whether the wheel comes from elsewhere than an index.
    pub(crate) fn is_direct(&self) -> bool {
        match self {
            Self::Named(requirement) => {
                matches!(requirement.version_or_url, Some(VersionOrUrl::Url(_)))
            }
            Self::Wheel(_) | Self::Source(_) => true,
        }
    }
}

/// Parses the line of a project file.
pub(crate) fn parse_line(
    line: &Line,
    path: &Utf8Path,
) -> Result<pep508_rs::Requirement<VerbatimUrl>, Failure> {
    parse_named(&line.text)
        .map_err(|cause| invalid(&line.text, cause, &Place::new(path, Some(line.number))))
}

/// The failure of a text that is no requirement; its passwords must be blanked out.
fn invalid(text: &str, cause: impl AsRef<str>, place: &Place) -> Failure {
    let failure =
        Failure::input("invalid-requirement", format!("`{text}` is no requirement")).cause(cause);
    let failure = failure.place(place.clone());
    // The hint is for a name with a version, not for markers, URLs or options.
    let is_bare = !text.starts_with('-') && !text.contains([';', '@', '\'', '"']);
    if is_bare { failure.hint("write it as `name==1.2.3`") } else { failure }
}

/// The failure of a source that can't be built here.
fn unbuildable(text: &str, why: &str, hint: &str, place: &Place) -> Failure {
    Failure::input("source-requirement", format!("`{text}` can't be built: {why}"))
        .place(place.clone())
        .hint(hint)
}
