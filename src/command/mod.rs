//! Commands: one file for each, from settings to an answer.
//!
//! A command is given what was asked for as values and returns a value; it reads no flag and
//! prints nothing.

mod build;
mod cache;
mod changed;
mod diff;
mod doctor;
mod error;
mod external;
mod hints;
mod hook;
mod init;
mod list;
mod lock;
mod manifest;
mod select;
mod verify;

use std::sync::{Mutex, OnceLock};

use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs;
use crate::pipeline::{Locking, Pipeline};
use crate::resolve::{Cache, Pip, Source, Uv};
use crate::settings::Settings;
use crate::store::Store;

pub(crate) use build::{Build, build};
pub(crate) use cache::{clean_cache, directory, measure_cache, prune_cache, verify_cache};
pub(crate) use changed::{Digests, digests};
pub(crate) use diff::{Error as DiffError, diff_lambda, diff_zips};
pub(crate) use doctor::{programs, project, store};
pub(crate) use error::Error;
pub(crate) use external::{Error as ExternalError, Query, query};
pub(crate) use hook::{Error as HookError, Tip, install, read_tips, uninstall, verify_commit};
pub(crate) use init::{Init, Service, init};
pub(crate) use list::list;
pub(crate) use lock::{Lock, lock};
pub(crate) use manifest::entries;
pub(crate) use select::Partition;
pub(crate) use verify::{Disk, Verify, verify};

/// What every command that resolves is given.
pub(crate) struct Context<'a> {
    /// What the run goes by.
    pub(crate) settings: &'a Settings,
    /// What it was started with.
    pub(crate) environment: &'a Environment,
    /// Who is told.
    pub(crate) reporter: &'a dyn Reporter,
    /// Where answers come from.
    pub(crate) resolving: Resolving,
}

/// How requirements are resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolving {
    /// Where answers may come from.
    pub(crate) source: Source,
    /// Whether every lambda with requirements must have a lock.
    pub(crate) locking: Locking,
    /// Whether what earlier runs kept may be used.
    pub(crate) cache: Cache,
}

impl Context<'_> {
    /// Runs work on a pipeline that goes by this context.
    fn with_pipeline<T>(&self, work: impl FnOnce(&Pipeline<'_>) -> T) -> T {
        work(&Pipeline {
            tree: &self.settings.tree,
            environment: self.environment,
            open_store: &|| self.open_store(),
            opening: Mutex::default(),
            opened: OnceLock::new(),
            pip: &Pip::new(self.environment.clone(), self.resolving.cache),
            uv: &Uv::new(self.environment.clone()),
            source: self.resolving.source,
            locking: self.resolving.locking,
            reporter: self.reporter,
        })
    }

    fn open_store(&self) -> Result<Store, fs::Error> {
        match self.resolving.cache {
            Cache::None => Store::temporary(),
            Cache::Configured => {
                let waiting = || {
                    let what = "another run that empties the store";
                    self.reporter.report(&Event::Waiting { what });
                };
                Store::open(&directory(self.environment)?, &waiting)
            }
        }
    }
}
