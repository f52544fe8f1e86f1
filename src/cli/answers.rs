//! The answer of each command, as text or JSON, with its exit code.

use std::io::{self, IsTerminal as _, Read as _};
use std::sync::Arc;

use camino::Utf8Path;
use serde::Serialize;

use super::arguments::{Command, Format};
use super::clock::{self, Clock};
use super::{Run, exit, man};
use crate::command::{
    self, BuildOptions, CacheCommand, DiffOptions, HookCommand, Invocation, InvokeOptions, Invoked,
    ListOptions, LockOptions, VerifyOptions, working_directory,
};
use crate::event::{Event, Reporter as _};
use crate::fs;
use crate::process::Hear;
use crate::render::timings::Outcome;
use crate::render::{self, json, junit, text, tfvars};
use crate::report::{
    Cache, CheckStatus, Diff, DiffStatus, Failure, HookAnswer, Package, Report, Status, Uncalled,
    Verified, Warning, WrittenFiles, code, word,
};

/// The answer, and the exit code.
pub(super) type Answer = (String, u8);

impl Run {
    /// Runs a command.
    ///
    /// # Errors
    ///
    /// A command failed whose answer has no place for failures.
    pub(super) fn answer(&self, command: Command) -> Result<Answer, Failure> {
        Ok(match command {
            Command::Build { names, options } => self.build(names, &options),
            Command::List(options) => self.list(&options),
            Command::Verify(options) => self.verify(&options),
            Command::Lock(options) => self.lock(&options),
            Command::Diff(options) => self.diff(&options),
            Command::Invoke(options) => self.invoke(&options),
            Command::Hook(HookCommand::Install) => self.hook(command::install(self.invocation())),
            Command::Hook(HookCommand::Uninstall) => {
                self.hook(command::uninstall(self.invocation()))
            }
            Command::Hook(HookCommand::Run(options)) => {
                let stdin = stdin_if_piped().unwrap_or(Ok(Vec::new())).map_err(unreadable_input);
                self.run_hook(
                    stdin.and_then(|stdin| command::run_hook(&options, &stdin, self.invocation())),
                )
            }
            Command::External(options) => {
                let report = command::external(stdin_if_piped(), &options, self.invocation())?;
                self.tell_packaged(&report, true);
                (json::hashes(&report), exit::code(&report.failures))
            }
            Command::Init(options) => self.written(command::init(&options, self.invocation())),
            Command::Manifest(command) => {
                self.written(command::manifest(&command, self.invocation()))
            }
            Command::New(options) => self.written(command::new(&options, self.invocation())),
            Command::Cache(command) => {
                self.cache(command, &command::cache(command, self.invocation())?)
            }
            Command::Man { directory } => {
                let files = man::write(&directory)?;
                self.written(Ok(WrittenFiles { files, ..WrittenFiles::default() }))
            }
            Command::Doctor => self.doctor(),
            Command::Completions { shell } => (man::completions(shell), exit::DONE),
        })
    }

    fn invocation(&self) -> Invocation<'_> {
        let (project, environment) = (&self.global.project, &self.environment);
        Invocation { project, environment, reporter: &*self.human, today: clock::today() }
    }

    /// The answer of a command; if it failed, an empty one with that failure, which is reported.
    fn or_failure<T: Default>(
        &self,
        answer: Result<T, Failure>,
        failures: impl FnOnce(&mut T) -> &mut Vec<Failure>,
    ) -> T {
        answer.unwrap_or_else(|failure| {
            self.human.report(&Event::Failed(&failure));
            let mut answer = T::default();
            failures(&mut answer).push(failure);
            answer
        })
    }

    /// Writes what a run tells beside its answer, but not over something else; what can't be written is a
    /// failure beside the others.
    fn write_reports<'b>(
        &self,
        reports: impl IntoIterator<Item = Option<(&'b Utf8Path, Vec<u8>)>>,
        failures: &mut Vec<Failure>,
    ) {
        if failures.iter().any(|failure| failure.code == code::REPORT_PATH) {
            return;
        }
        for (path, bytes) in reports.into_iter().flatten() {
            if let Err(failure) = write_report(path, &bytes) {
                self.human.report(&Event::Failed(&failure));
                failures.push(failure);
            }
        }
    }

    /// Reports how many lambdas were packaged, or could not be; nothing where the run as a whole failed.
    fn tell_packaged(&self, Report { packages, failures }: &Report, dry_run: bool) {
        let changed = packages.iter().filter(|it| it.status != Status::Unchanged).count();
        let of_lambdas = failures.iter().filter(|failure| failure.name.is_some()).count();
        if of_lambdas > 0 || failures.is_empty() {
            self.human.report(&Event::Finished {
                packages: packages.len(),
                changed,
                dry_run,
                failures: of_lambdas,
            });
        }
    }

    /// Reports how many checks were made, if all could be.
    fn tell_verified(&self, answer: &Verified) {
        if answer.failures.is_empty() {
            let (checks, differences) = (answer.checks.len(), answer.differences());
            let warnings = answer.seen();
            self.human.report(&Event::Verified { checks, differences, warnings });
        }
    }

    /// An answer in the format that was asked for.
    fn shown<T: Serialize>(&self, answer: &T, text: impl FnOnce(&T) -> String) -> String {
        if self.is_json() { json::answer(answer) } else { text(answer) }
    }

    fn build(&self, names: Vec<String>, options: &BuildOptions) -> Answer {
        let is_tfvars = self.global.format == Format::Tfvars;
        if is_tfvars && (!names.is_empty() || options.is_partial()) {
            // Terraform destroys the resources whose keys are no longer in the map of a `for_each`
            // ("for_each" in its documentation).
            let message = "the variable has only the lambdas that were asked for";
            let hint = "package every lambda, or Terraform destroys what it makes of the others";
            self.human.warn(&Warning::new("partial-variables", message).hint(hint));
        }
        let clock = Clock::of(options.timings.as_ref(), &*self.human);
        let built = command::build(names, options, clock.seen_by(self.invocation()));
        let (mut report, manifest) = self.or_failure(built, |(report, _)| &mut report.failures);
        let is_whole = report.failures.is_empty();
        let outcomes = || {
            let packages = report.packages.iter();
            let outcome = |it: &Package| Outcome { status: word(&it.status), size: Some(it.size) };
            packages.map(|it| (it.name.clone(), outcome(it))).collect()
        };
        let timings = clock.stop("build", outcomes, &report.failures);
        self.write_reports([timings], &mut report.failures);
        if !(options.may_be_none() && report.packages.is_empty() && report.failures.is_empty()) {
            self.tell_packaged(&report, options.is_dry_run());
        }
        let answer = match self.global.format {
            // Terraform would destroy the functions of lambdas that failed.
            Format::Tfvars if !is_whole => String::new(),
            Format::Tfvars => tfvars::manifest(&manifest),
            Format::Json => json::answer(&report),
            Format::Text => text::report(&report),
        };
        (answer, exit::code(&report.failures))
    }

    /// With `--changed-since` the text has the names only: scripts ask which lambdas have changed.
    fn list(&self, options: &ListOptions) -> Answer {
        let listed = command::list(options, self.invocation());
        let answer = self.or_failure(listed, |answer| &mut answer.failures);
        let text = self.shown(&answer, |answer| match options.changed_since {
            Some(_) => text::names(&answer.lambdas),
            None => text::listings(answer, options.members),
        });
        (text, exit::code(&answer.failures))
    }

    fn verify(&self, options: &VerifyOptions) -> Answer {
        let clock = Clock::of(options.timings.as_ref(), &*self.human);
        if options.reads_stdin() && io::stdin().is_terminal() {
            let what = "the output of `terraform show -json` on standard input";
            self.human.report(&Event::Waiting(what));
        }
        let stdin = if options.reads_stdin() { stdin() } else { Ok(Vec::new()) };
        let verified = stdin
            .map_err(unreadable_input)
            .and_then(|stdin| command::verify(options, stdin, clock.seen_by(self.invocation())));
        let mut answer = self.or_failure(verified, |answer| &mut answer.failures);
        let junit = options.junit.as_deref().map(|path| (path, junit::checks(&answer)));
        let outcomes = || {
            let outcomes = answer.outcomes().into_iter();
            let outcome = |status| Outcome { status: word(&status), size: None };
            outcomes.map(|(name, status)| (name.to_owned(), outcome(status))).collect()
        };
        let timings = clock.stop("verify", outcomes, &answer.failures);
        self.write_reports([junit, timings], &mut answer.failures);
        self.tell_verified(&answer);
        let text = self.shown(&answer, |answer| text::checks(&answer.checks));
        (text, exit::checked(&answer.failures, answer.differences() > 0))
    }

    fn lock(&self, options: &LockOptions) -> Answer {
        let locked = command::lock(options, self.invocation());
        let answer = self.or_failure(locked, |answer| &mut answer.failures);
        let text = self.shown(&answer, |answer| text::locks(&answer.locks));
        let differs = answer.locks.iter().any(|locked| !locked.status.is_locked());
        (text, exit::checked(&answer.failures, differs))
    }

    fn diff(&self, options: &DiffOptions) -> Answer {
        let diff = command::diff(options, self.invocation());
        let diff: Diff = self.or_failure(diff, |diff| &mut diff.failures);
        let text = self.shown(&diff, text::diff);
        let differs = diff.status.is_some_and(|status| status != DiffStatus::Same);
        (text, exit::checked(&diff.failures, differs))
    }

    /// The answer is the handler's; where there is none, its JSON says why.
    fn invoke(&self, options: &InvokeOptions) -> Answer {
        if options.reads_stdin() && io::stdin().is_terminal() {
            self.human.report(&Event::Waiting("the event on standard input"));
        }
        let stdin = if options.reads_stdin() { stdin() } else { Ok(Vec::new()) };
        let hear: Option<Hear> = self.is_heard.then(|| Arc::new(render::heard()) as Hear);
        let invoked = stdin
            .map_err(unreadable_input)
            .and_then(|stdin| command::invoke(options, stdin, hear.as_ref(), self.invocation()));
        let (failure, code) = match invoked {
            Ok(Invoked { returned, remains }) => {
                // To remove a large package takes a while: the answer comes before.
                self.remains.set(remains);
                match returned {
                    Ok(returned) => {
                        let line = match (returned, self.is_json()) {
                            (Some(text), true) if !command::is_json(&text) => json::text(&text),
                            (Some(text), _) => text + "\n",
                            (None, true) => "null\n".to_owned(),
                            (None, false) => String::new(),
                        };
                        return (line, exit::DONE);
                    }
                    Err(failure) => (failure, exit::DIFFERS),
                }
            }
            Err(failure) => {
                let code = exit::code(std::slice::from_ref(&failure));
                (failure, code)
            }
        };
        self.human.report(&Event::Failed(&failure));
        (self.shown(&Uncalled { failures: [failure] }, |_| String::new()), code)
    }

    fn hook(&self, hook: Result<HookAnswer, Failure>) -> Answer {
        let answer = self.or_failure(hook, |answer| &mut answer.failures);
        let text = match self.is_json() {
            true => json::answer_without_tool(&answer),
            false => text::hook(&answer),
        };
        (text, exit::code(&answer.failures))
    }

    fn run_hook(&self, verified: Result<Verified, Failure>) -> Answer {
        let mut answer = self.or_failure(verified, |answer| &mut answer.failures);
        if !answer.checks.is_empty() {
            self.tell_verified(&answer);
        }
        let code = exit::checked(&answer.failures, answer.differences() > 0);
        if !self.is_json() {
            // A push writes many lines itself; among them only differences matter.
            answer.checks.retain(|check| check.status != CheckStatus::Ok);
        }
        (self.shown(&answer, |answer| text::checks(&answer.checks)), code)
    }

    fn written(&self, written: Result<WrittenFiles, Failure>) -> Answer {
        let answer = self.or_failure(written, |answer| &mut answer.failures);
        let text = self.shown(&answer, |answer| match &answer.terraform {
            Some(edits) if !edits.is_written => edits.diff.clone(),
            _ => text::files(&answer.files),
        });
        (text, exit::code(&answer.failures))
    }

    fn cache(&self, command: CacheCommand, answer: &Cache) -> Answer {
        let is_sound = answer.damaged.as_ref().is_none_or(Vec::is_empty);
        let text = match (command, answer) {
            _ if self.is_json() => json::answer_without_tool(answer),
            (_, Cache { directory: Some(directory), .. }) => format!("{directory}\n"),
            (_, Cache { damaged: Some(damaged), .. }) => text::damaged(damaged),
            (CacheCommand::Size, Cache { bytes: Some(bytes), .. }) => format!("{bytes}\n"),
            _ => String::new(),
        };
        (text, if is_sound { exit::DONE } else { exit::DIFFERS })
    }

    /// Problems are in the answer, and not in the exit code: they are what `doctor` is asked for.
    fn doctor(&self) -> Answer {
        let diagnosis = command::doctor(self.invocation());
        (self.shown(&diagnosis, text::diagnosis), exit::DONE)
    }
}

fn stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads standard input; none where it is a terminal, for the user did not mean to type it.
fn stdin_if_piped() -> Option<io::Result<Vec<u8>>> {
    (!io::stdin().is_terminal()).then(stdin)
}

fn unreadable_input(error: io::Error) -> Failure {
    Failure::input("unreadable-input", "cannot read standard input").because(&error)
}

/// Writes a file; its folder is made if it is not there.
fn write_report(path: &Utf8Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let path = working_directory()?.join(path);
        fs::create_directory(path.parent().unwrap_or(&path))?;
        Ok::<_, Failure>(fs::write(&path, bytes)?)
    };
    write().map_err(|failure| {
        Failure::input("unwritable-report", format!("cannot write the report `{path}`"))
            .cause(failure.message)
            .said(failure.causes)
    })
}
