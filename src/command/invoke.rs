//! `invoke`: runs the handler of the very package that would be published, and nothing of it from
//! anywhere else.

use std::ffi::OsString;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde::de::IgnoredAny;

use super::quiet::Quiet;
use super::terraform_defaults::Wanted;
use super::{Context, Invocation, select, working_directory};
use crate::archive::Drafts;
use crate::environment::Environment;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::invoke::{self, Call, Extent, Interpreter, Outcome};
use crate::lambda::{Architecture, PythonVersion};
use crate::pipeline::{Hashed, Host, Job, Locking, Pipeline, SET_PYTHON, host_python};
use crate::process::Talk;
use crate::report::{Failure, Warning};
use crate::settings::{PackageOptions, ResolveOptions};
use crate::terraform::Function;
use crate::words::{grouped, some_of};

/// What is called, and how.
#[derive(Debug, Args)]
pub(crate) struct InvokeOptions {
    /// The lambda's name
    #[arg(value_name = "NAME")]
    name: String,
    /// The event, a file of JSON; `-`: on standard input [default: {}]
    #[arg(long, value_name = "FILE")]
    event: Option<Utf8PathBuf>,
    /// Set a variable for the handler; without `=VALUE`, to what it is here
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    variables: Vec<OsString>,
    /// How long the import may take, and then the handler; Lambda's limit is 900
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 900,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    timeout: u32,
    /// Import the handler's module, and call nothing
    #[arg(long)]
    import: bool,
    #[command(flatten)]
    resolve: ResolveOptions,
    /// Resolve again what has no lock, whatever the store knows
    #[arg(long, conflicts_with_all = ["offline", "locked", "frozen"])]
    upgrade: bool,
}

/// The largest answer of a function that is called synchronously, in bytes: 6 MB and a little more
/// ("Lambda quotas" in the developer guide, and what Lambda says where one is larger).
const LARGEST_ANSWER: usize = 6_291_556;

/// The folder of the unpacked package, as Lambda calls it.
const TASK: &str = "task";

/// How many modules a hint names.
const NAMED: usize = 6;

impl InvokeOptions {
    pub(crate) fn reads_stdin(&self) -> bool {
        self.event.as_deref().is_some_and(|path| path == "-")
    }
}

/// Runs a handler, and returns what it returned, as JSON, or why it did not; after an import alone
/// there is nothing to return.
pub(crate) fn invoke(
    options: &InvokeOptions,
    stdin: Vec<u8>,
    talk: Talk,
    invocation: Invocation<'_>,
) -> Result<Result<Option<String>, Failure>, Failure> {
    let event = event(options.event.as_deref(), stdin)?;
    let variables = variables(&options.variables, invocation.environment)?;
    let (resolve, upgrade) = (options.resolve.clone(), options.upgrade);
    let package = PackageOptions { resolve, upgrade, rev: None };
    invocation.with_context(&package, |context| {
        let request = Request { options, event: &event, variables: &variables, talk };
        let quiet = Quiet(context.reporter);
        run(&request, &context.with_reporter(&quiet))
    })
}

/// What is asked for.
struct Request<'a> {
    options: &'a InvokeOptions,
    /// A JSON text.
    event: &'a str,
    variables: &'a [(OsString, OsString)],
    talk: Talk,
}

/// A package that is unpacked, and what runs it.
struct Unpacked {
    /// It has the package in `task`, and room beside it.
    folder: TemporaryDirectory,
    interpreter: Interpreter,
    python: PythonVersion,
}

fn run(
    request: &Request<'_>,
    context: &Context<'_>,
) -> Result<Result<Option<String>, Failure>, Failure> {
    let (job, handler) = job(&request.options.name, context)?;
    context.with_pipeline(|pipeline| {
        let unpacked = unpack(&job, pipeline, context)?;
        let (name, reporter) = (job.lambda.name.as_str(), context.reporter);
        let (json, elapsed) = match call(request, &job, &handler, &unpacked, pipeline, context)? {
            Outcome::Returned(json, elapsed) => (json, elapsed),
            Outcome::Failed(failure) => {
                return Ok(Err(failure.of_lambda(name, job.lambda.directory.as_str())));
            }
        };
        if request.options.import {
            reporter.report(&Event::Imported { handler: &handler, elapsed });
            return Ok(Ok(None));
        }
        reporter.report(&Event::Returned { lambda: name, elapsed });
        if json.len() > LARGEST_ANSWER {
            reporter.warn_of(name, &too_large(json.len()));
        }
        Ok(Ok(Some(json)))
    })
}

/// Makes the package, and unpacks it, if this machine can run it.
fn unpack(job: &Job, pipeline: &Pipeline<'_>, context: &Context<'_>) -> Result<Unpacked, Failure> {
    let (mut made, mut failures) = pipeline.hash_with(vec![job.clone()], &|job, contents| {
        let (python, interpreter) = interpreter(job, context)?;
        pipeline.check_host(contents, &host(&interpreter))?;
        let folder = TemporaryDirectory::new()?;
        let (drafts, tree) = (Drafts::new()?, &context.settings.tree);
        let (archive, draft) = drafts.write(tree, contents, None)?;
        let draft = draft.expect("there is no file that it could be equal to")?;
        let zip = draft.open(&format!("the package of {}", job.lambda.name))?;
        zip.unpack_into(&folder.path().join(TASK))?;
        Ok((archive, Unpacked { folder, interpreter, python }))
    })?;
    let made = made.pop().map(|Hashed { found, .. }| found);
    made.ok_or_else(|| failures.pop().expect("what was not made has failed"))
}

/// Calls the handler of what is unpacked.
fn call(
    request: &Request<'_>,
    job: &Job,
    handler: &str,
    unpacked: &Unpacked,
    pipeline: &Pipeline<'_>,
    context: &Context<'_>,
) -> Result<Outcome, Failure> {
    let Request { options, event, variables, talk } = *request;
    let Unpacked { folder, interpreter, python } = unpacked;
    // A name for all environments is the function's in none.
    let function = job.function_name.as_ref().map(|name| name.value.as_str());
    let function = function.filter(|name| !name.contains('*'));
    let folder = fs::canonical(folder.path())?;
    let [task, runtime, home] = [TASK, "runtime", "home"].map(|name| folder.join(name));
    for folder in [&runtime, &home] {
        fs::create_directory(folder)?;
    }
    let call = Call {
        interpreter,
        python: *python,
        task: &task,
        layers: &[],
        runtime: &runtime,
        home: &home,
        handler,
        function: function.unwrap_or(job.lambda.name.as_str()),
        event,
        variables,
        timeout: Duration::from_secs(options.timeout.into()),
        extent: if options.import { Extent::Import } else { Extent::Call },
        talk,
    };
    let mut lay_out = || {
        let contents = pipeline.runtime(job, *python, architecture(job, interpreter))?;
        let drafts = Drafts::new()?;
        let (_, draft) = drafts.write(&context.settings.tree, &contents, None)?;
        let draft = draft.expect("there is no file that it could be equal to")?;
        draft.open("the packages of Lambda's runtime")?.unpack_into(&runtime)
    };
    invoke::call(&call, &mut lay_out)
}

fn too_large(bytes: usize) -> Warning {
    let (bytes, most) = (grouped(bytes as u64), grouped(LARGEST_ANSWER as u64));
    let message = format!("it returns {bytes} bytes, and Lambda hands on {most} at most");
    Warning::new("answer-too-large", message)
}

/// The job of the one lambda that a name names, and its handler.
///
/// # Errors
///
/// It names several; or the lambda is no Python function with a handler.
fn job(name: &str, context: &Context<'_>) -> Result<(Job, String), Failure> {
    let select::Selection { mut jobs, declared, .. } =
        select::select(context, &[name.to_owned()], None, Wanted::All)?;
    if jobs.len() > 1 {
        let message = format!("`{name}` names {} lambdas, and `invoke` takes one", jobs.len());
        return Err(Failure::usage("several-lambdas", message));
    }
    let job = jobs.pop().expect("a name that no lambda has is an error");
    let functions = declared.functions.get(job.lambda.name.as_str());
    let functions = functions.map(Vec::as_slice).unwrap_or_default();
    let known = |function: &Function| function.runtime.known().map(str::to_owned);
    let runtimes: Option<Vec<String>> = functions.iter().map(known).collect();
    let foreign = runtimes.unwrap_or_default().into_iter().find(|it| !it.starts_with("python"));
    if let (Some(runtime), None) = (foreign, &job.python) {
        let message = format!("`{name}` runs on `{runtime}`, and `invoke` runs Python only");
        return Err(Failure::usage("not-python", message));
    }
    match &job.handler {
        Some(handler) => {
            let handler = handler.value.clone();
            Ok((job, handler))
        }
        None => Err(no_handler(&job, functions, context)?),
    }
}

/// The failure of a lambda whose handler nobody says.
fn no_handler(
    job: &Job,
    functions: &[Function],
    context: &Context<'_>,
) -> Result<Failure, Failure> {
    let name = &job.lambda.name;
    let mut handlers: Vec<&str> = functions.iter().filter_map(|it| it.handler.known()).collect();
    handlers.sort_unstable();
    handlers.dedup();
    let (message, hint) = match handlers.as_slice() {
        [] => {
            let folder = context.settings.project.join(&job.lambda.directory);
            let mut modules = fs::names(&folder)?;
            modules.retain(|name| name.ends_with(".py") && !name.starts_with("_"));
            let modules: Vec<&str> =
                modules.iter().filter_map(|name| name.strip_suffix(".py")).collect();
            let known = match modules.is_empty() {
                true => String::new(),
                false => format!("; its modules are {}", some_of(&modules, NAMED)),
            };
            (
                "neither the config nor Terraform's files say its handler".to_owned(),
                format!("set `handler = \"MODULE.FUNCTION\"` in `[lambda.{name}]`{known}"),
            )
        }
        handlers => (
            format!("its functions have several handlers: {}", some_of(handlers, NAMED)),
            format!("choose one as `handler` in `[lambda.{name}]`"),
        ),
    };
    let failure = Failure { name: Some(name.to_string()), ..Failure::input("no-handler", message) };
    Ok(failure.at(&job.lambda.directory, None).hint(hint))
}

/// The Python that a lambda runs on. A package that is the same for every version may have none:
/// then it is that of this machine, with a warning.
fn interpreter(job: &Job, context: &Context<'_>) -> Result<(PythonVersion, Interpreter), Failure> {
    let environment = context.environment;
    let version = match &job.python {
        Some(python) => python.value,
        None if context.resolving.locking == Locking::Required => {
            let message = "no Python version is set, and `--locked` demands one";
            return Err(Failure::network("target-from-host", message).hint(SET_PYTHON));
        }
        None => {
            let (version, program) = host_python(environment)?;
            let message =
                format!("no Python version is set, so that of `{program}` is used: {version}");
            let warning = Warning::new("target-from-host", message).hint(SET_PYTHON);
            context.reporter.warn_of(job.lambda.name.as_str(), &warning);
            version
        }
    };
    Ok((version, invoke::find_interpreter(version, environment)?))
}

fn host(Interpreter { system, machine, glibc, .. }: &Interpreter) -> Host {
    Host { system: system.clone(), machine: machine.clone(), glibc: *glibc }
}

/// The architecture of this machine; if Lambda has none of its kind, that of the lambda.
fn architecture(job: &Job, interpreter: &Interpreter) -> Architecture {
    let all = [Architecture::X86_64, Architecture::Arm64];
    // macOS calls its processors as AWS does.
    let is_here =
        |it: &Architecture| [it.machine(), &it.to_string()].contains(&&*interpreter.machine);
    all.into_iter().find(is_here).unwrap_or(job.architecture.value)
}

/// Reads the event, and looks whether it is JSON.
fn event(path: Option<&Utf8Path>, stdin: Vec<u8>) -> Result<String, Failure> {
    let Some(path) = path else { return Ok("{}".to_owned()) };
    let is_stdin = path == "-";
    let bytes = match is_stdin {
        true => stdin,
        false => fs::read(&working_directory()?.join(path))?
            .ok_or_else(|| Failure::input("no-such-file", format!("there is no `{path}`")))?,
    };
    // Some editors begin a file with a byte order mark.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let refuse = |error: &dyn std::error::Error, line: Option<u32>| {
        let failure = Failure::input("invalid-event", "the event is no JSON").because(error);
        match is_stdin {
            true => failure,
            false => failure.at(path, line),
        }
    };
    let text = str::from_utf8(bytes).map_err(|error| refuse(&error, None))?;
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(refuse(&error, u32::try_from(error.line()).ok())),
    }
}

/// Reads what `--env` sets.
fn variables(
    typed: &[OsString],
    environment: &Environment,
) -> Result<Vec<(OsString, OsString)>, Failure> {
    let read = |text: &OsString| {
        let shown = text.to_string_lossy();
        let unusable =
            |why: &str| Err(Failure::usage("invalid-variable", format!("`--env {shown}` {why}")));
        let Some(text) = text.to_str() else { return unusable("is not UTF-8") };
        match text.split_once('=') {
            Some(("", _)) => unusable("has no name"),
            Some((name, value)) => Ok((name.into(), value.into())),
            None if text.is_empty() => unusable("has no name"),
            None => match environment.raw(text) {
                Some(value) => Ok((text.into(), value.to_owned())),
                None => unusable("has no value, and no variable of that name is set here"),
            },
        }
    };
    typed.iter().map(read).collect()
}
