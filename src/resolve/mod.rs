//! A request, which is requirements and a target, becomes a lock; and a lock becomes wheels.
//!
//! A resolver, [`pip`] or [`uv`], chooses the wheels, projects without a wheel are built, and the
//! answer is a [`Pylock`](crate::pylock::Pylock). The store keeps its text under a key of
//! everything that can change it ([`key()`]), and the text is used until that key changes or the
//! user asks for new versions; so a run on known requirements starts no other program. Wheels are
//! checked before they enter the store, and every requirement must have given one.
//!
//! Whoever made a lock, this tool for a lambda or for the store, or another tool, one door leads
//! from it to exact wheels: [`wheels()`].
//!
//! The host is never an input: tags and markers are the target's ([`tags`]). A password in a line
//! or in a configuration goes to pip and nowhere else.

mod answer;
mod building;
mod downloads;
mod error;
mod fetch;
mod index_urls;
mod install_order;
mod key;
mod pip;
mod pip_config;
mod pylock_convert;
mod uv;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use camino::Utf8Path;
use pep508_rs::VersionOrUrl;

use crate::address;
use crate::digest::Sha256Digest;
use crate::environment::Environment;
use crate::event::Reporter;
use crate::fs::TemporaryDirectory;
use crate::lambda::Target;
use crate::origin::{File, Origin};
use crate::report::Place;
use crate::requirements::{Demand, Requirement, Requirements, is_judgeable};
use crate::store::Store;
use crate::tags;
use crate::tree::Tree;
use crate::wheel::WheelName;

pub(crate) use answer::{ANSWER, relocated, resolve};
pub(crate) use building::Builds;
pub(crate) use error::Error;
pub(crate) use fetch::fetch;
pub(crate) use install_order::{Installation, installation};
pub(crate) use key::key;
pub(crate) use pip::{Cache, host_python, takes_other_python};
pub(crate) use pylock_convert::{beside, stale, wheels};

/// A wheel of a lock, with all that is needed to fetch or build it again.
#[derive(Debug, Clone)]
pub(crate) struct LockedWheel {
    pub(crate) name: WheelName,
    /// The version as the lock has it, if it has one.
    pub(crate) version: Option<String>,
    pub(crate) digest: Sha256Digest,
    /// Where it comes from; paths are relative to the root, or absolute.
    pub(crate) origin: Origin,
}

/// Reads the versions of a config: by normalised name; the error is the first that is none.
pub(crate) fn versions(
    table: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, (String, String)> {
    let one = |(name, version): (&String, &String)| match pep440_rs::Version::from_str(version) {
        Ok(_) => Ok((crate::name::normalised(name), version.clone())),
        Err(_) => Err((name.clone(), version.clone())),
    };
    table.iter().map(one).collect()
}

/// The code of lines of which some have hashes and others have none.
const HASH_MISSING: &str = "hash-missing";

/// The version of a local project whose own is in git, where the config says none.
pub(crate) const UNVERSIONED: &str = "0";

/// What becomes of requirements that have no wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum SourceDistributions {
    /// What shows no sign of native code is built: a pure wheel is the same on every machine.
    #[default]
    Pure,
    /// They are built, compiled ones too.
    Build,
    Refuse,
}

impl std::str::FromStr for SourceDistributions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pure" => Ok(Self::Pure),
            "build" => Ok(Self::Build),
            "refuse" => Ok(Self::Refuse),
            _ => Err(format!("`{text}` is none of `pure`, `build` and `refuse`")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Backend {
    #[default]
    Pip,
    /// uv, which knows nothing of pip's configuration.
    Uv,
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pip => "pip",
            Self::Uv => "uv",
        })
    }
}

impl std::str::FromStr for Backend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = [Self::Pip, Self::Uv].into_iter().find(|it| it.to_string() == text);
        named.ok_or_else(|| format!("`{text}` is no resolver: `pip` or `uv`"))
    }
}

/// What is to be resolved: everything that an answer depends on, except the machine.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) requirements: Arc<Requirements>,
    pub(crate) target: Target,
    pub(crate) backend: Backend,
    /// What becomes of what has no wheel.
    pub(crate) policy: SourceDistributions,
    /// The versions of local projects whose own are in git, by normalised name.
    pub(crate) versions: Arc<BTreeMap<String, String>>,
}

impl Request {
    /// The lines whose markers hold for the target. A line whose marker can't be evaluated here is
    /// left to the resolver, which leaves it out or says what is wrong with it.
    fn lines(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.requirements.iter().filter(|line| self.applies(line))
    }

    fn applies(&self, requirement: &Requirement) -> bool {
        is_for(requirement, self.target) && is_judgeable(&requirement.line)
    }

    /// The first line that asks for a project.
    fn line_of(&self, project: &str) -> Option<&Requirement> {
        self.requirements.line_of(project)
    }

    /// The line that asks for a project; the file, if none does.
    pub(crate) fn place_of(&self, project: &str) -> Place {
        self.requirements.place_for(project)
    }

    pub(crate) fn place(&self) -> Place {
        Place::new(&self.requirements.path, None)
    }

    /// Where the sources are that lines name.
    fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.requirements.requirements.iter().filter_map(|line| match &line.demand {
            Demand::Source(source) => Some(&source.origin),
            Demand::Named(_) | Demand::Wheel(_) => None,
        })
    }

    /// Whether all that it asks for by its lines are wheels of this machine.
    fn is_local(&self) -> bool {
        let options = &self.requirements.options;
        let links = options.iter().filter_map(|option| option.text.strip_prefix("--find-links"));
        let is_path = |link: &str| !link.contains("://") || link.contains("file://");
        let has_links = links.clone().next().is_some() && links.clone().all(is_path);
        let is_own = |line: &Requirement| match &line.demand {
            _ if line.own.is_some() => true,
            Demand::Named(named) => match &named.version_or_url {
                Some(VersionOrUrl::Url(url)) => {
                    url.scheme() == "file" && url.path().ends_with(".whl")
                }
                _ => has_links,
            },
            Demand::Wheel(_) | Demand::Source(_) => false,
        };
        self.backend == Backend::Pip && self.lines().all(is_own)
    }

    /// The path of a wheel that a line names by its path.
    fn own_file(&self, name: &WheelName) -> Option<&Utf8Path> {
        let mut paths = self.lines().filter_map(|line| Some(line.own.as_ref()?.0.as_path()));
        paths.find(|path| path.file_name() == Some(name.as_str()))
    }
}

/// Whether the marker of a line holds for a target, as far as it can be evaluated.
pub(crate) fn is_for(requirement: &Requirement, target: Target) -> bool {
    match &requirement.demand {
        Demand::Named(named) => named.evaluate_markers(&tags::marker_environment(target), &[]),
        // Markers of paths have no parser of their own: a name before one makes it a line.
        Demand::Wheel(_) => marker_applies(&requirement.line, target),
        Demand::Source(source) => marker_applies(&source.marker, target),
    }
}

/// Whether the marker behind the semicolon of a line holds for a target. pip refuses a text that is
/// no marker, and says so itself.
fn marker_applies(line: &str, target: Target) -> bool {
    let Some((_, marker)) = line.split_once(';') else { return true };
    let named = crate::requirements::parse_named(&format!("a ; {}", marker.trim()));
    named.map_or(true, |named| named.evaluate_markers(&tags::marker_environment(target), &[]))
}

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the store, else from the resolver.
    StoreFirst,
    /// From the resolver, whatever the store knows.
    Resolver,
    /// From the store only, as an option demands.
    StoreOnly(Offline),
}

/// The option that forbids to fetch anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offline {
    /// `--offline`
    Alone,
    /// `--frozen`, which forbids to go without locks, too.
    Frozen,
}

impl Source {
    /// The option by which nothing may be fetched, if one says so.
    fn offline(self) -> Option<Offline> {
        match self {
            Self::StoreFirst | Self::Resolver => None,
            Self::StoreOnly(by) => Some(by),
        }
    }
}

/// A request, and what answers it.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) request: &'a Request,
    pub(crate) tree: &'a Tree,
    /// Where wheels and answers are kept.
    pub(crate) store: &'a Store,
    /// What the run was started with.
    pub(crate) environment: &'a Environment,
    pub(crate) cache: Cache,
    pub(crate) builds: &'a Builds,
    /// Where answers may come from: from the store only, nothing is built.
    pub(crate) source: Source,
    pub(crate) reporter: &'a dyn Reporter,
}

impl Context<'_> {
    /// A text with the names of the lines' variables in place of their values.
    fn concealed(self, text: &str) -> String {
        self.request.requirements.conceal(text, self.environment)
    }

    /// What a program said that was given the lines: without variables' values, and without the words
    /// of secrets, which it may quote out of a malformed address.
    fn heard(self, said: &str) -> String {
        let requirements = &self.request.requirements;
        let lines = requirements.requirements.iter().chain(&requirements.constraints);
        let lines = lines.map(|it| it.line.as_str());
        let lines = lines.chain(requirements.options.iter().map(|it| it.line.as_str()));
        let locations = index_urls::locations(self);
        let others = ["UV_", "HTTP", "ALL_PROXY", "http", "all_proxy", "PIP_PROXY"];
        let others = others.iter().flat_map(|name| self.environment.starting_with(name));
        let others = others.filter_map(|(_, value)| value.to_str());
        let all = lines.chain(locations.addresses()).chain(others);
        let words = all.flat_map(address::secret_words).collect();
        address::without_words(&self.concealed(said), &words)
    }

    /// An address as a lock may have it; none where its path may have a password, since locks are
    /// committed.
    fn shown_url(self, url: &str) -> Option<String> {
        let plain = address::plain(url);
        let has_token = index_urls::locations(self).has_token_of(&plain);
        (self.concealed(&plain) == plain && !has_token).then_some(plain)
    }
}

/// Wheels that a resolver has fetched.
#[derive(Debug)]
struct Download {
    /// The folder with the wheels, and nothing else.
    folder: TemporaryDirectory,
    /// All configuration files that the resolver looked for, there or not.
    configuration: Vec<String>,
    /// Where each file came from, by its name; such an address may hold a password.
    urls: BTreeMap<String, String>,
    /// Why a source distribution looks as if its build compiled something, as a clause.
    native: Option<String>,
}

impl Download {
    /// What is known of a file of the folder; its path, where it is one of a folder of this
    /// machine, for a lock has no addresses of such.
    fn file(&self, name: String, size: u64, digest: Sha256Digest, context: Context<'_>) -> File {
        let url = self.urls.get(&name);
        let path = url.and_then(|url| address::local_path(url));
        let path = path.map(|path| context.tree.relative(Utf8Path::new(&path)));
        let url = url.filter(|_| path.is_none()).and_then(|url| context.shown_url(url));
        File { name, url, path, size: Some(size), digest: Some(digest) }
    }
}

/// Which wheels a resolver is to fetch.
#[derive(Debug, Clone, Copy)]
enum Wanted<'a> {
    /// Those that fulfil the requirements, with all that they require in turn; these pins
    /// (`name==version`) are constraints besides.
    All(&'a [String]),
    /// Exactly these of an earlier answer.
    These(&'a [&'a LockedWheel]),
    /// Exactly these, from the addresses that a lock has of them.
    Address(&'a [&'a LockedWheel]),
}
