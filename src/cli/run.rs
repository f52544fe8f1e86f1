//! One run, from start to end.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use super::arguments::{
    Arguments, Before, BuildOptions, Color, Command, Format, Global, TypedFormat,
};
use super::{diff, exit, lock, signals};
use crate::command;
use crate::environment::Environment;
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{self, Human, Talk};
use crate::report::Failure;

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
        let format = match global.format {
            TypedFormat::Json => Format::Json,
            TypedFormat::Text | TypedFormat::Tfvars => Format::Text,
        };
        let format = (talk > Talk::Nothing).then_some(format);
        Self { environment, human, format }
    }

    fn command(&self, arguments: Arguments) -> u8 {
        let (answer, code) = self.answer(arguments);
        self.human.finish();
        if self.format.is_none() {
            return code;
        }
        match render::answer(&answer) {
            Ok(()) => code,
            Err(error) => {
                // Whoever reads the other end is gone, or the disk behind it is full.
                let message = "cannot write the answer to standard output";
                let failure = Failure::program("output", message).because(&error);
                self.human.report(&Event::Failed(&failure));
                if code == exit::DONE { exit::PROGRAM } else { code }
            }
        }
    }

    /// Runs the command, and returns its answer and exit code.
    fn answer(&self, arguments: Arguments) -> (String, u8) {
        let Arguments { command, global, before } = arguments;
        let Before { build, make, changed } = before;
        let of_build = build.any().or(changed.any());
        let is_build = matches!(command, None | Some(Command::Build { .. }));
        if global.format == TypedFormat::Tfvars && !is_build {
            return self.failed(
                &Failure::usage("misplaced-option", "`--format tfvars` is for `build` only").into(),
            );
        }
        match command {
            None => self.build(global, Vec::new(), build, changed, &make),
            Some(Command::Build { names, build: own, changed: since, make: also }) => {
                self.build(global, names, own.or(build), since.or(changed), &also.or(make))
            }
            Some(Command::List { names, changed: since, make: also }) => {
                self.unless(build.any(), "list", || {
                    self.list(global, &names, since.or(changed), &also.or(make))
                })
            }
            Some(Command::Verify { names, verify, make: also }) => {
                self.unless(of_build, "verify", || {
                    self.verify(global, names, &verify, &also.or(make))
                })
            }
            Some(Command::Lock { names, check, upgrade, resolve }) => {
                let misplaced = of_build.or(make.any_of_revision());
                self.unless(misplaced, "lock", || {
                    let typed = lock::Typed { names, check, upgrade };
                    self.lock(global, typed, &resolve.or(make.resolve), make.upgrade)
                })
            }
            Some(Command::Diff { before, after, content, make: also }) => {
                self.unless(of_build, "diff", || {
                    let typed = diff::Typed { before, after, content };
                    self.diff(global, &typed, &also.or(make))
                })
            }
            Some(Command::Hook { command }) => {
                self.unless(of_build.or(make.any_but_resolve()), "hook", || {
                    self.hook(global, command, make.resolve)
                })
            }
            Some(Command::External { make: also }) => {
                self.unless(of_build, "external", || self.external(global, &also.or(make)))
            }
            Some(Command::Init { ci, hook, force }) => {
                let force = force || build.force;
                let others = BuildOptions { force: false, ..build };
                self.unless(others.any().or(changed.any()).or(make.any()), "init", || {
                    self.init(global, (ci, hook), force)
                })
            }
            Some(Command::Cache { command }) => {
                self.unless(of_build.or(make.any()), "cache", || self.cache(command))
            }
            Some(Command::Man { directory }) => {
                self.unless(of_build.or(make.any()), "man", || self.man(&directory))
            }
            Some(Command::Doctor) => {
                self.unless(of_build.or(make.any()), "doctor", || self.doctor(global))
            }
            Some(Command::Completions { shell }) => {
                self.unless(of_build.or(make.any()), "completions", || {
                    (completions(shell), exit::DONE)
                })
            }
        }
    }

    /// Refuses an option that the command does not have, or goes on.
    fn unless(
        &self,
        misplaced: Option<&'static str>,
        command: &'static str,
        work: impl FnOnce() -> (String, u8),
    ) -> (String, u8) {
        match misplaced {
            Some(option) => self.failed(&command::Error::Misplaced { option, command }.into()),
            None => work(),
        }
    }

    /// Tells of what stopped the run.
    pub(super) fn failed(&self, error: &Error) -> (String, u8) {
        let failure = error.failure();
        self.human.report(&Event::Failed(&failure));
        (String::new(), exit::code(&[failure]))
    }
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cargo-dofs-package", &mut script);
    String::from_utf8(script).expect("completions are text")
}
