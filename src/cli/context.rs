//! What every command that makes packages stands on: settled settings, and threads.

use camino::Utf8PathBuf;

use super::arguments::{Global, MakeOptions};
use super::run::Run;
use crate::command::{self, Context, Resolving};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::pipeline::Locking;
use crate::resolve::{Cache, Source};
use crate::settings::{Settings, Typed};

/// More threads than any machine for builds has processors; each costs memory.
const MOST_JOBS: usize = 256;

/// Where `build` writes.
#[derive(Default)]
pub(super) struct Places {
    /// `--out-dir`.
    pub(super) out_dir: Option<Utf8PathBuf>,
    /// `--manifest`.
    pub(super) manifest: Option<Utf8PathBuf>,
}

impl Run {
    /// Settles the settings, starts the threads, and runs a command on them.
    pub(super) fn with_context<T: Send>(
        &self,
        global: Global,
        make: &MakeOptions,
        places: Places,
        work: impl FnOnce(&Context<'_>) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        let (resolve, upgrade) = (&make.resolve, make.upgrade.upgrade);
        // clap sees the options before and behind the command's name apart.
        let offline = resolve.offline || resolve.frozen;
        let others = [(upgrade, "--upgrade"), (resolve.no_cache, "--no-cache")];
        if let Some((_, other)) = others.iter().find(|(given, _)| *given && offline) {
            return Err(command::Error::Contradiction { other }.into());
        }
        let typed = Typed {
            root: global.root,
            config: global.config,
            manifest_path: global.manifest_path,
            python: resolve.python.clone(),
            architecture: resolve.arch.clone(),
            out_dir: places.out_dir,
            manifest: places.manifest,
            revision: make.revision.rev.clone(),
            jobs: resolve.jobs,
        };
        let working_directory = working_directory()?;
        // A clone may have left files out, which git would fetch when they are read.
        let environment = match offline {
            true => &self.environment.clone().with("GIT_NO_LAZY_FETCH", "1"),
            false => &self.environment,
        };
        let settings = Settings::settle(typed, environment, &working_directory)?;
        for warning in &settings.warnings {
            self.human.report(&Event::Warned { lambda: None, warning });
        }
        let source = match (offline, upgrade) {
            (true, _) => Source::StoreOnly,
            (false, true) => Source::Resolver,
            (false, false) => Source::StoreFirst,
        };
        let is_required = resolve.locked || resolve.frozen;
        let locking = if is_required { Locking::Required } else { Locking::Optional };
        let cache = if resolve.no_cache { Cache::None } else { Cache::Configured };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(settings.jobs.map_or(0, |jobs| jobs.min(MOST_JOBS)))
            .build()
            .map_err(command::Error::Threads)?;
        let context = Context {
            settings: &settings,
            environment,
            reporter: &self.human,
            resolving: Resolving { source, locking, cache },
        };
        pool.install(|| work(&context))
    }
}

/// The folder in which the run was started, absolute.
pub(super) fn working_directory() -> Result<Utf8PathBuf, command::Error> {
    std::env::current_dir()
        .and_then(|path| {
            Utf8PathBuf::from_path_buf(path)
                .map_err(|_| std::io::Error::other("its path is not UTF-8"))
        })
        .map_err(command::Error::WorkingDirectory)
}
