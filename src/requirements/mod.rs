//! What a requirements file says.
//!
//! Files are read here, with all they include, so that a broken line is told of with its place
//! before a program is started; and they are flattened, so that equal demands of two lambdas
//! have one answer, wherever their files are. What pip would expand or resolve stays as it is
//! written: text goes to pip unexpanded, and only the key of the answer sees values.
//!
//! Source: "Requirements File Format" in pip's documentation, and PEP 508.

mod demand;
mod line;
mod parse;
mod read;
mod source;

use std::collections::BTreeSet;
use std::str::FromStr as _;

use camino::Utf8PathBuf;
use pep508_rs::{MarkerWarningKind, VerbatimUrl, VersionOrUrl};

use crate::address;
use crate::digest::{Hasher, Sha256Digest};
use crate::environment::Environment;
use crate::report::{Failure, Place};

pub(crate) use read::read;
pub(crate) use source::{
    ProjectFile, Source, archive_stem, digest_of as project_digest, project_files,
};

/// All that a requirements file demands, with its includes.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    /// The file, relative to the root.
    pub(crate) path: Utf8PathBuf,
    /// What must be in the package, in the order of the lines.
    pub(crate) requirements: Vec<Requirement>,
    /// What limits versions.
    pub(crate) constraints: Vec<Requirement>,
    /// Options for pip, in the order of the lines.
    pub(crate) options: Vec<OptionLine>,
    /// Projects that must be built from source.
    pub(crate) no_binary: Projects,
    /// Projects that must come as wheels.
    pub(crate) only_binary: Projects,
    /// What was taken otherwise than a reader might think, each a sentence.
    pub(crate) notes: Vec<String>,
}

impl Requirements {
    /// Where these have what `others`, which demand the same, have at a place.
    pub(crate) fn place_of(&self, others: &Self, place: Place) -> Place {
        let same = others.requirements.iter().position(|other| other.place == place);
        let file = Place::new(&others.path, None);
        match same.and_then(|index| self.requirements.get(index)) {
            Some(own) => own.place.clone(),
            None if place == file => Place::new(&self.path, None),
            None => place,
        }
    }

    /// Whether every line names one version and its hashes: nothing is left to be resolved.
    pub(crate) fn is_hashed(&self) -> bool {
        !self.requirements.is_empty() && self.requirements.iter().all(Requirement::is_hashed)
    }

    /// The digest of the lines as they are written: a lock is made from these.
    ///
    /// What they name (a folder, an index, a variable's value) is not in it, for that differs
    /// between machines.
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

    /// Puts the names of variables back where a text has their values, and blanks out the queries
    /// of addresses: both may be passwords.
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
    /// The line for pip, less its hashes: variables as they are written, paths absolute. Of a
    /// source it is made when the source is built.
    pub(crate) line: String,
    /// Its hashes, each as `--hash=ALGORITHM:HEX`.
    pub(crate) hashes: Vec<String>,
    /// The path, relative to the root, and the digest of the wheel that it names by its path.
    pub(crate) own: Option<(Utf8PathBuf, Sha256Digest)>,
    /// What the key of an answer sees: variables expanded, a local wheel by its digest.
    pub(crate) identity: String,
    pub(crate) demand: Demand,
}

#[derive(Debug, Clone)]
pub(crate) enum Demand {
    /// A project by name: from an index, or from the address of a wheel.
    Named(Box<pep508_rs::Requirement<VerbatimUrl>>),
    /// A wheel by path or address; its file name says the project, normalised.
    Wheel(String),
    /// Something to be built.
    Source(Box<Source>),
}

/// Projects that an option names.
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

    /// A text with the hashes of the line behind it.
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

    /// Whether it names one version and its hashes.
    pub(crate) fn is_hashed(&self) -> bool {
        let is_exact = self.demand.exact_version().is_some() || self.demand.is_direct();
        let is_source = matches!(self.demand, Demand::Source(_));
        is_exact && !is_source && self.has_sha256()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct OptionLine {
    pub(crate) line: String,
    /// What the key of an answer sees.
    pub(crate) identity: String,
    /// As it is written, with its name in full.
    pub(crate) text: String,
}

impl Demand {
    /// The project's name, normalised (PEP 503); of a source it may not be known before it is
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
        let exact = [pep440_rs::Operator::Equal, pep440_rs::Operator::ExactEqual];
        self.versions()?.iter().find(|it| exact.contains(it.operator())).map(|it| it.version())
    }

    /// Whether a version is one that it allows; one that is not known is.
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

/// Whether the marker of a requirement can be judged here: not every clause can that pip knows,
/// such as `python_version in '3.9, 3.10'`, a text in a text.
pub(crate) fn is_judgeable(line: &str) -> bool {
    let mut is_whole = true;
    let mut report = |kind: MarkerWarningKind, _: String| {
        is_whole &= kind == MarkerWarningKind::DeprecatedMarkerName;
    };
    // It was read before, with its variables expanded; here only the marker counts.
    drop(pep508_rs::Requirement::<VerbatimUrl>::parse_reporter(line, ".", &mut report));
    is_whole
}

/// Reads a requirement as PEP 508 has it.
///
/// # Errors
///
/// The text is none; the error says why, in one line.
pub(crate) fn parse_named(text: &str) -> Result<pep508_rs::Requirement<VerbatimUrl>, String> {
    pep508_rs::Requirement::from_str(text).map_err(|error| {
        // The rest of the message draws the text and an arrow below it.
        error.to_string().lines().next().unwrap_or_default().to_owned()
    })
}

/// Says why a text is no requirement; messages have it with passwords blanked out.
fn invalid(text: &str, cause: impl AsRef<str>, place: &Place) -> Failure {
    let failure =
        Failure::input("invalid-requirement", format!("`{text}` is no requirement")).cause(cause);
    let failure = failure.place(place.clone());
    // One name with a version, and neither marker, address nor option.
    let is_bare = !text.starts_with('-') && !text.contains([';', '@', '\'', '"']);
    if is_bare { failure.hint("write it as `name==1.2.3`") } else { failure }
}

/// Says why a source can't be built here.
fn unbuildable(text: &str, why: &str, hint: &str, place: &Place) -> Failure {
    Failure::input("source-requirement", format!("`{text}` can't be built: {why}"))
        .place(place.clone())
        .hint(hint)
}
