//! Commands: one file for each, with its own options, from settings to an answer.
//!
//! A command gets its arguments and the run's [`Invocation`], and returns a value; it prints
//! nothing.

mod build;
mod cache;
mod changed;
mod diff;
mod doctor;
mod external;
mod hook;
mod init;
mod invoke;
mod list;
mod lock;
mod manifest;
mod new;
mod partition;
mod quiet;
mod select;
mod terraform_defaults;
mod timings;
mod tracked;
mod verify;
mod written;

use camino::Utf8PathBuf;

use crate::environment::Environment;
use crate::event::{Event, Of, Reporter};
use crate::fs;
use crate::pipeline::{Cache, Locking, Pipeline, Resolving, Source};
use crate::report::code;
use crate::report::{Failure, Stage};
use crate::settings::{Options, PackageOptions, ProjectOptions, Settings};
use crate::store::Store;
use crate::tree::Tree;
use crate::verify::Date;

pub(crate) use build::{BuildOptions, build};
pub(crate) use cache::{CacheCommand, cache};
pub(crate) use diff::{DiffOptions, diff};
pub(crate) use doctor::doctor;
pub(crate) use external::external;
pub(crate) use hook::{HookCommand, install, run as run_hook, uninstall};
pub(crate) use init::{InitOptions, init};
pub(crate) use invoke::{InvokeOptions, Invoked, invoke, is_json};
pub(crate) use list::{ListOptions, list};
pub(crate) use lock::{LockOptions, lock};
pub(crate) use manifest::{ManifestCommand, manifest};
pub(crate) use new::{NewOptions, new};
pub(crate) use select::is_lambda;
pub(crate) use timings::{TimingsFile, TimingsForm};
pub(crate) use verify::{VerifyOptions, verify};

/// The stack of each thread, in bytes. Parsers call themselves for what is nested: 64 levels of a `*.tf`
/// file, which its parser takes, need more than the usual 2 MiB where nothing is optimised.
const STACK: usize = 8 << 20;

/// The most threads: no machine for builds has more processors, and each thread costs memory.
const MOST_JOBS: usize = 256;

/// The input of a run besides the command's own arguments.
#[derive(Clone, Copy)]
pub(crate) struct Invocation<'a> {
    pub(crate) project: &'a ProjectOptions,
    pub(crate) environment: &'a Environment,
    pub(crate) reporter: &'a dyn Reporter,
    /// The day, by which runtimes are old.
    pub(crate) today: Date,
}

/// The input of a command that resolves.
pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) environment: &'a Environment,
    pub(crate) reporter: &'a dyn Reporter,
    pub(crate) resolving: Resolving,
    pub(crate) today: Date,
}

impl Invocation<'_> {
    /// The options that settings are made from.
    fn options(&self, package: &PackageOptions) -> Options {
        let (project, package) = (self.project.clone(), package.clone());
        Options { project, package, ..Options::default() }
    }

    /// Settles the settings, starts the threads, and runs `work` on them.
    fn with_context<T: Send>(
        &self,
        package: &PackageOptions,
        work: impl FnOnce(&Context<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        self.with_options(&self.options(package), work)
    }

    /// The same with options of the output.
    fn with_options<T: Send>(
        &self,
        options: &Options,
        work: impl FnOnce(&Context<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        let (resolve, upgrade) = (&options.package.resolve, options.package.upgrade);
        // In a partial clone git would fetch missing files when they are read (`GIT_NO_LAZY_FETCH`
        // in git(1)).
        let environment = match resolve.offline().is_some() {
            true => &self.environment.clone().with("GIT_NO_LAZY_FETCH", "1"),
            false => self.environment,
        };
        let settle = || Settings::settle(options, environment, &working_directory()?);
        let settings = &self.reporter.during(Stage::Settings, Of::Run, settle)?;
        let environment = &environment.clone().limited(settings.limits);
        for warning in &settings.warnings {
            self.reporter.warn(warning);
        }
        let source = match (resolve.offline(), upgrade) {
            (Some(by), _) => Source::StoreOnly(by),
            (None, true) => Source::Resolver,
            (None, false) => Source::StoreFirst,
        };
        let locking = if resolve.requires_locks() { Locking::Required } else { Locking::Optional };
        let cache = if resolve.no_cache { Cache::None } else { Cache::Configured };
        let resolving = Resolving { source, locking, cache };
        let Self { reporter, today, .. } = *self;
        let context = Context { settings, environment, reporter, resolving, today };
        rayon::ThreadPoolBuilder::new()
            .num_threads(settings.jobs.map_or(0, |jobs| jobs.min(MOST_JOBS)))
            .stack_size(STACK)
            .build()
            .map_err(|error| {
                Failure::input(code::THREADS, "cannot start the threads")
                    .because(&error)
                    .hint("ask for fewer with `--jobs`")
            })?
            .install(|| {
                reporter.report(&Event::Threads(rayon::current_num_threads()));
                work(&context)
            })
    }
}

impl Context<'_> {
    /// The same with another reporter.
    fn with_reporter<'b>(&'b self, reporter: &'b dyn Reporter) -> Context<'b> {
        Context { reporter, ..*self }
    }

    /// Runs `work` on a pipeline of this context.
    fn with_pipeline<T>(&self, work: impl FnOnce(&Pipeline<'_>) -> T) -> T {
        let Self { settings, environment, reporter, resolving, .. } = *self;
        let open = || match resolving.cache {
            Cache::None => Store::temporary(),
            Cache::Configured => {
                let waiting = cache::waiting(reporter, "another run that empties the store");
                Store::open(&cache::directory(environment)?, &waiting)
            }
        };
        work(&Pipeline::new(&settings.tree, environment, resolving, &open, reporter))
    }

    /// Sorts failures by the lambda's name, and reports them.
    fn tell(&self, failures: &mut [Failure]) {
        failures.sort_by(|one, other| one.name.cmp(&other.name));
        self.reporter.fail(failures);
    }
}

/// Writes files, by path relative to the root, with the folders above them: all or none.
fn write_files<'a>(
    tree: &Tree,
    texts: impl IntoIterator<Item = (&'a Utf8PathBuf, &'a String)>,
) -> Result<(), Failure> {
    let texts: Vec<_> =
        texts.into_iter().map(|(path, text)| (tree.absolute(path), text.as_bytes())).collect();
    let write = || {
        for folder in texts.iter().filter_map(|(target, _)| target.parent()) {
            fs::create_directory(folder)?;
        }
        fs::write_whole(&texts.iter().map(|(target, text)| (&**target, *text)).collect::<Vec<_>>())
    };
    Ok(write().map_err(|error| tree.relative_error(error))?)
}

/// The folder in which the run was started, absolute.
pub(crate) fn working_directory() -> Result<Utf8PathBuf, Failure> {
    let path = std::env::current_dir().and_then(|path| {
        let not_text = |_| std::io::Error::other("its path is not UTF-8");
        Utf8PathBuf::from_path_buf(path).map_err(not_text)
    });
    path.map_err(|error| {
        Failure::input("working-directory", "cannot tell the working directory").because(&error)
    })
}
