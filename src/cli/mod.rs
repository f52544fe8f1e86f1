//! The command line: reads the arguments, runs a command from start to end, and returns the exit
//! code.

mod answers;
mod arguments;
mod clock;
mod exit;
mod man;
#[cfg(unix)]
mod signals;

use std::cell::Cell;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ColorChoice as Color;
use clap::error::{ContextKind, ContextValue};

use crate::command::{is_lambda, working_directory};
use crate::environment::Environment;
use crate::event::{Event, Reporter as _};
use crate::fs::TemporaryDirectory;
use crate::patience::{Patience, Running};
use crate::process;
use crate::render::{self, Human, Talk};
use crate::report::{self, Failure};
use crate::settings;
use answers::Answer;
use arguments::{Command, Format, Global};

pub(crate) fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    #[cfg(unix)]
    signals::listen();
    process::raise_file_limit();
    let (command, global) = match arguments::parse(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error, &Environment::new(environment)),
    };
    let run = Run::new(global, Environment::new(environment), &command);
    report::listen();
    let printed = report::hold(|| Ok::<_, Failure>(run.print(command)));
    ExitCode::from(printed.unwrap_or_else(|failure| {
        let (_, code) = run.failed(failure);
        run.human.finish();
        code
    }))
}

/// The usual way of clap: help to standard output, errors to standard error.
fn usage(error: &clap::Error, environment: &Environment) -> ExitCode {
    let code = if error.use_stderr() { exit::USAGE } else { exit::DONE };
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let printed = render::usage(error, word.filter(|word| is_lambda(word, environment)));
    ExitCode::from(if printed.is_err() { exit::PROGRAM } else { code })
}

/// One run of the program.
struct Run {
    global: Global,
    environment: Environment,
    /// Who shows events.
    human: Arc<Human>,
    /// Whether the answer is printed.
    is_heard: bool,
    /// What is removed once it is.
    remains: Cell<Option<TemporaryDirectory>>,
}

impl Run {
    fn new(global: Global, environment: Environment, command: &Result<Command, Failure>) -> Self {
        let environment = match command {
            // Git sets GIT_DIR and the like for a hook (githooks(5)), which would lead programs to
            // the wrong index or worktree.
            Ok(Command::Hook(_)) => environment.for_git(),
            Ok(_) | Err(_) => environment,
        };
        // Programs run elsewhere. Without a working directory no command goes on.
        let environment = match working_directory() {
            Ok(folder) => environment.seen_from_anywhere(&folder),
            Err(_) => environment,
        };
        let talk = match (global.quiet, global.verbose) {
            (0, 0) => Talk::Status,
            (0, _) => Talk::More,
            (1, _) => Talk::Errors,
            _ => Talk::Nothing,
        };
        let color = match (global.color, environment.text("CARGO_TERM_COLOR")) {
            (Color::Always, _) | (Color::Auto, Some("always")) => anstream::ColorChoice::Always,
            (Color::Never, _) | (Color::Auto, Some("never")) => anstream::ColorChoice::Never,
            (Color::Auto, _) => anstream::ColorChoice::Auto,
        };
        let (is_ci, in_lines) = (environment.raw("CI").is_some(), global.format == Format::Text);
        let human = Arc::new(Human::new(talk, color, is_ci, in_lines));
        let shown = Arc::clone(&human);
        let patience = Patience::told_to(Arc::new(move |Running { what, at, elapsed }| {
            shown.report(&Event::StillWaiting { what, at, received: None, elapsed });
        }));
        let environment = settings::limited(environment.waiting(patience));
        Self {
            global,
            environment,
            human,
            is_heard: talk > Talk::Nothing,
            remains: Cell::default(),
        }
    }

    fn is_json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// Runs the command, prints its answer, and returns the exit code.
    fn print(&self, command: Result<Command, Failure>) -> u8 {
        let answered = command.and_then(|command| self.answer(command));
        let (answer, code) = answered.unwrap_or_else(|failure| self.failed(failure));
        self.human.finish();
        if !self.is_heard {
            return code;
        }
        match render::answer(&answer) {
            Ok(()) => code,
            Err(error) => {
                // Whoever reads the other end is gone, or the disk behind it is full.
                let message = "cannot write the answer to standard output";
                self.failed(Failure::program("output", message).because(&error));
                self.human.finish();
                if code == exit::DONE { exit::PROGRAM } else { code }
            }
        }
    }

    /// Reports the failure of a command whose answer has no place for failures.
    fn failed(&self, failure: Failure) -> Answer {
        self.human.report(&Event::Failed(&failure));
        (String::new(), exit::code(&[failure]))
    }
}
