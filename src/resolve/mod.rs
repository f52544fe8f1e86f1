//! Requirements and a target become a lock: the exact wheels.
//!
//! A [`Resolver`] answers, today pip. An answer is kept in the store under a key that covers all
//! that can change it ([`key()`]), and serves until that key changes or the user asks anew; so a
//! run on known requirements starts no other program. Wheels are checked before they enter the
//! store, and every requirement must have given one.
//!
//! The host is never an input: tags and markers are the target's ([`tags`]), and a password that
//! a line or a configuration has goes to pip and nowhere else.

mod answer;
mod configuration;
mod error;
mod interpreter;
mod key;
mod order;
mod pip;
mod record;
mod tags;
mod verdict;

use crate::digest::Sha256Digest;
use crate::event::Reporter;
use crate::fs::TemporaryDirectory;
use crate::lambda::Target;
use crate::requirements::Requirements;
use crate::store::Store;
use crate::wheel::WheelName;

pub(crate) use answer::{fetch, resolve};
pub(crate) use error::Error;
pub(crate) use interpreter::host_python;
pub(crate) use key::key;
pub(crate) use order::installation_order;
pub(crate) use pip::{Cache, Pip};

/// The exact wheels of a target.
#[derive(Debug, Clone)]
pub(crate) struct Lock {
    /// Sorted by project.
    pub(crate) wheels: Vec<LockedWheel>,
}

/// A wheel of a lock.
#[derive(Debug, Clone)]
pub(crate) struct LockedWheel {
    /// Its file name, taken apart.
    pub(crate) name: WheelName,
    /// The version as METADATA has it.
    pub(crate) version: String,
    /// The SHA-256 of its bytes.
    pub(crate) digest: Sha256Digest,
    /// Its bytes.
    pub(crate) size: u64,
    /// What it requires: the `Requires-Dist` lines of METADATA.
    pub(crate) requires: Vec<String>,
}

impl Lock {
    /// Takes wheels in any order.
    pub(crate) fn new(mut wheels: Vec<LockedWheel>) -> Self {
        wheels.sort_by(|one, other| one.name.cmp(&other.name));
        Self { wheels }
    }
}

/// What is to be resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// What is required.
    pub(crate) requirements: &'a Requirements,
    /// For what.
    pub(crate) target: Target,
}

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the store, else from the resolver.
    StoreFirst,
    /// From the resolver, whatever the store knows.
    Resolver,
    /// From the store only.
    StoreOnly,
}

/// What the stage works with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Where wheels and answers are kept.
    pub(crate) store: &'a Store,
    /// Who answers.
    pub(crate) resolver: &'a dyn Resolver,
    /// Who is told.
    pub(crate) reporter: &'a dyn Reporter,
}

/// Wheels that a resolver has fetched.
#[derive(Debug)]
pub(crate) struct Download {
    /// The folder with the wheels, and nothing else.
    pub(crate) folder: TemporaryDirectory,
    /// All configuration files that the resolver looked for, there or not.
    pub(crate) configuration: Vec<String>,
}

/// Which wheels a resolver is to fetch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Those that fulfil the requirements, with all that they require in turn.
    All,
    /// Exactly these of an earlier answer.
    These(&'a [&'a LockedWheel]),
}

/// Whoever turns requirements into wheels.
pub(crate) trait Resolver: Sync {
    /// Fetches wheels into a new folder of the store's scratch space.
    ///
    /// # Errors
    ///
    /// No wheel fits, requirements contradict each other, the program or the network fails.
    fn download(
        &self,
        request: Request<'_>,
        wanted: Wanted<'_>,
        store: &Store,
        reporter: &dyn Reporter,
    ) -> Result<Download, Error>;
}
