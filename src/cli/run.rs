//! One run, from start to end.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{CommandFactory as _, Parser as _};

use super::arguments::{
    Arguments, BuildOptions, CacheCommand, Color, Command, Format, Global, ResolveOptions,
};
use super::{diff, exit, signals};
use crate::command::{self, Build, Context, Resolving};
use crate::environment::Environment;
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::pipeline::{Effect, Locking};
use crate::render::{self, Human, Talk, json, text};
use crate::report::{Report, Warning};
use crate::resolve::{Cache, Source};
use crate::settings::{Settings, Typed};

/// More threads than any machine for builds has processors; each costs memory.
const MOST_JOBS: usize = 256;

/// Runs the program.
pub(crate) fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    signals::listen();
    crate::process::raise_file_limit();
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    // cargo runs `cargo-dofs-package dofs-package …` for `cargo dofs-package …`.
    if arguments.get(1).is_some_and(|word| word == "dofs-package") {
        arguments.remove(1);
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // The usual way of clap: help to standard output, errors to standard error.
            let printed = render::usage(&error);
            let code = if error.use_stderr() { exit::USAGE } else { exit::DONE };
            return ExitCode::from(if printed.is_err() { exit::PROGRAM } else { code });
        }
    };
    let mut environment = Environment::new(environment);
    if matches!(arguments.command, Some(Command::Hook { .. })) {
        // What git sets for a hook would lead programs to the wrong index or worktree.
        environment = environment.for_git();
    }
    let run = Run::new(&arguments.global, environment);
    match catch_unwind(AssertUnwindSafe(|| run.command(arguments))) {
        Ok(code) => ExitCode::from(code),
        // The panic's own message says where.
        Err(_) => ExitCode::from(exit::BUG),
    }
}

/// What a run is given.
pub(super) struct Run {
    /// What it was started with.
    pub(super) environment: Environment,
    /// Who shows events.
    pub(super) human: Human,
    /// How the answer is written; none where it is not.
    pub(super) format: Option<Format>,
}

/// Where a command reads and writes, as far as it has options for that.
#[derive(Default)]
pub(super) struct Places {
    /// `--out-dir`.
    pub(super) out_dir: Option<Utf8PathBuf>,
    /// `--manifest`.
    pub(super) manifest: Option<Utf8PathBuf>,
    /// `--rev`.
    pub(super) rev: Option<String>,
}

impl Run {
    fn new(global: &Global, environment: Environment) -> Self {
        let talk = match (global.quiet, global.verbose) {
            (0, 0) => Talk::Status,
            (0, _) => Talk::More,
            (1, _) => Talk::Errors,
            _ => Talk::Nothing,
        };
        let color = match global.color {
            Color::Auto => match environment.text("CARGO_TERM_COLOR") {
                Some("always") => anstream::ColorChoice::Always,
                Some("never") => anstream::ColorChoice::Never,
                _ => anstream::ColorChoice::Auto,
            },
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        let is_ci = environment.raw("CI").is_some();
        let human = Human::new(talk, color, is_ci);
        let format = (talk > Talk::Nothing).then_some(global.format);
        Self { environment, human, format }
    }

    fn command(&self, arguments: Arguments) -> u8 {
        let Arguments { command, global, build, resolve, upgrade, revision } = arguments;
        let rev = revision.rev;
        let misplaced_resolving = resolve.any().or(upgrade.upgrade.then_some("--upgrade"));
        let misplaced_resolving = misplaced_resolving.or(rev.is_some().then_some("--rev"));
        let misplaced = build.any().or(misplaced_resolving);
        let (answer, code) = match command {
            None => self.build(global, Vec::new(), (build, rev), (resolve, upgrade.upgrade)),
            Some(Command::Build { names, build: own, resolve: also, upgrade: again, revision }) => {
                let resolve = (also.or(resolve), again.upgrade || upgrade.upgrade);
                self.build(global, names, (own.or(build), revision.rev.or(rev)), resolve)
            }
            Some(Command::List { names, resolve: also, upgrade: again, revision }) => {
                match build.any() {
                    None => {
                        let resolve = (also.or(resolve), again.upgrade || upgrade.upgrade);
                        self.list(global, &names, revision.rev.or(rev), resolve)
                    }
                    Some(option) => self.misplaced(option, "list"),
                }
            }
            Some(Command::Verify { names, verify, resolve: also, upgrade: again, revision }) => {
                match build.any() {
                    None => {
                        let resolve = (also.or(resolve), again.upgrade || upgrade.upgrade);
                        self.verify(global, names, &verify, revision.rev.or(rev), resolve)
                    }
                    Some(option) => self.misplaced(option, "verify"),
                }
            }
            Some(Command::Lock { names, check, upgrade: again, resolve: also }) => {
                match build.any().or(rev.is_some().then_some("--rev")) {
                    None => {
                        let resolve = also.or(resolve);
                        let check = check || resolve.locked || resolve.frozen;
                        // Without a value it comes as an empty one.
                        let package = |name: String| (!name.is_empty()).then_some(name);
                        let mut again: Vec<_> = again.into_iter().map(package).collect();
                        again.extend(upgrade.upgrade.then_some(None));
                        let request = command::Lock { names, check, upgrade: again };
                        self.lock(global, &request, &resolve)
                    }
                    Some(option) => self.misplaced(option, "lock"),
                }
            }
            Some(Command::Diff { before, after, content, resolve: also, upgrade: again }) => {
                match build.any() {
                    None => {
                        let resolve = (&also.or(resolve), again.upgrade || upgrade.upgrade);
                        let typed = diff::Typed { before, after, content };
                        self.diff(global, &typed, resolve)
                    }
                    Some(option) => self.misplaced(option, "diff"),
                }
            }
            Some(Command::Hook { command }) => match build
                .any()
                .or(upgrade.upgrade.then_some("--upgrade"))
                .or(rev.is_some().then_some("--rev"))
            {
                None => self.hook(global, command, resolve),
                Some(option) => self.misplaced(option, "hook"),
            },
            Some(Command::Init { ci, force }) => {
                let force = force || build.force;
                let build = BuildOptions { force: false, ..build };
                match build.any().or(misplaced_resolving) {
                    None => self.init(global, ci, force),
                    Some(option) => self.misplaced(option, "init"),
                }
            }
            Some(Command::Cache { command }) => match misplaced {
                None => self.cache(command),
                Some(option) => self.misplaced(option, "cache"),
            },
            Some(Command::Completions { shell }) => match misplaced {
                None => (completions(shell), exit::DONE),
                Some(option) => self.misplaced(option, "completions"),
            },
        };
        self.human.finish();
        if self.format.is_none() {
            return code;
        }
        match render::answer(&answer) {
            Ok(()) => code,
            Err(error) => {
                let failure = Error::from(command::Error::Output(error)).failure();
                self.human.report(&Event::Failed(&failure));
                if code == exit::DONE { exit::PROGRAM } else { code }
            }
        }
    }

    fn build(
        &self,
        global: Global,
        names: Vec<String>,
        (build, rev): (BuildOptions, Option<String>),
        (resolve, upgrade): (ResolveOptions, bool),
    ) -> (String, u8) {
        let effect = if build.dry_run { Effect::HashOnly } else { Effect::Publish };
        let request = Build { names, partition: build.partition, effect };
        let places = Places { out_dir: build.out_dir, manifest: build.manifest, rev };
        let built = self.with_context(global, places, (&resolve, upgrade), |context| {
            command::build(&request, context)
        });
        let report = built.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            Report { packages: Vec::new(), failures: vec![failure] }
        });
        let answer = match self.format {
            Some(Format::Json) => json::report(&report),
            Some(Format::Text) | None => text::report(&report),
        };
        (answer, exit::code(&report.failures))
    }

    fn list(
        &self,
        global: Global,
        names: &[String],
        rev: Option<String>,
        (resolve, upgrade): (ResolveOptions, bool),
    ) -> (String, u8) {
        let places = Places { rev, ..Places::default() };
        let listed = self.with_context(global, places, (&resolve, upgrade), |context| {
            command::list(names, context)
        });
        let (listings, failures) = listed.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            (Vec::new(), vec![failure])
        });
        let answer = match self.format {
            Some(Format::Json) => json::listings(&listings, &failures),
            Some(Format::Text) | None => text::listings(&listings),
        };
        (answer, exit::code(&failures))
    }

    fn lock(
        &self,
        global: Global,
        request: &command::Lock,
        resolve: &ResolveOptions,
    ) -> (String, u8) {
        // Locks are what is made or looked at here: none has to be there before.
        let resolve = ResolveOptions {
            locked: false,
            frozen: false,
            offline: resolve.offline || resolve.frozen,
            ..resolve.clone()
        };
        let locked = self.with_context(global, Places::default(), (&resolve, false), |context| {
            command::lock(request, context)
        });
        let (locks, failures) = locked.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            (Vec::new(), vec![failure])
        });
        let answer = match self.format {
            Some(Format::Json) => json::locks(&locks, &failures),
            Some(Format::Text) | None => text::locks(&locks),
        };
        let differs = locks.iter().any(|locked| !locked.status.is_locked());
        let code = match exit::code(&failures) {
            exit::DONE if differs => exit::DIFFERS,
            code => code,
        };
        (answer, code)
    }

    fn cache(&self, command: CacheCommand) -> (String, u8) {
        let is_json = self.format == Some(Format::Json);
        let environment = &self.environment;
        let answer = match command {
            CacheCommand::Dir => command::directory(environment).map(|path| {
                if is_json { json::directory(path.as_str()) } else { format!("{path}\n") }
            }),
            CacheCommand::Size => command::measure_cache(environment).map(|usage| {
                if is_json { json::usage(usage) } else { format!("{}\n", usage.bytes) }
            }),
            CacheCommand::Clean => command::clean_cache(environment, &self.human)
                .map(|usage| if is_json { json::usage(usage) } else { String::new() }),
            CacheCommand::Prune { days } => command::prune_cache(days, environment, &self.human)
                .map(|usage| if is_json { json::usage(usage) } else { String::new() }),
            CacheCommand::Verify => match command::verify_cache(environment, &self.human) {
                Ok(soundness) => {
                    let is_sound = soundness.damaged.is_empty();
                    let answer = if is_json {
                        json::soundness(&soundness)
                    } else {
                        text::soundness(&soundness)
                    };
                    return (answer, if is_sound { exit::DONE } else { exit::DIFFERS });
                }
                Err(error) => Err(error),
            },
        };
        answer.map_or_else(|error| self.failed(&error.into()), |answer| (answer, exit::DONE))
    }

    /// Settles the settings, starts the threads, and runs a command on them.
    pub(super) fn with_context<T: Send>(
        &self,
        global: Global,
        places: Places,
        (resolve, upgrade): (&ResolveOptions, bool),
        work: impl FnOnce(&Context<'_>) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
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
            revision: places.rev,
            jobs: resolve.jobs,
        };
        let working_directory = working_directory()?;
        let settings = Settings::settle(typed, &self.environment, &working_directory)?;
        for oddity in &settings.oddities {
            let (message, place, hint) = (oddity.clone(), None, None);
            let warning = Warning { code: "unknown-variable", message, place, hint };
            self.human.report(&Event::Warned { lambda: None, warning: &warning });
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
            environment: &self.environment,
            reporter: &self.human,
            resolving: Resolving { source, locking, cache },
        };
        pool.install(|| work(&context))
    }

    pub(super) fn misplaced(&self, option: &'static str, command: &'static str) -> (String, u8) {
        self.failed(&command::Error::Misplaced { option, command }.into())
    }

    pub(super) fn failed(&self, error: &Error) -> (String, u8) {
        let failure = error.failure();
        self.human.report(&Event::Failed(&failure));
        (String::new(), exit::code(&[failure]))
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

fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cargo-dofs-package", &mut script);
    String::from_utf8(script).expect("completions are text")
}
