//! `invoke`: runs the handler of the very package that would be published, and nothing of it from
//! anywhere else.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde::de::IgnoredAny;

use super::quiet::Quiet;
use super::{Context, Invocation, select, working_directory};
use crate::archive::Drafts;
use crate::environment::Environment;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::invoke::{self, Call, Extent, Interpreter, Outcome};
use crate::lambda::{Architecture, PythonVersion, Settled};
use crate::pipeline::{Hashed, Host, Job, Pipeline};
use crate::process::Hear;
use crate::report::code;
use crate::report::{Failure, Warning};
use crate::settings::{PackageOptions, ResolveOptions};
use crate::terraform::{Function, Value};
use crate::words::{and_more, grouped, listed, some_of};

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
    /// How long the import may take, and then the handler [default: what Terraform says, else Lambda's
    /// limit of 900]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<u32>,
    /// Import the handler's module, and call nothing
    #[arg(long, conflicts_with = "event")]
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

/// The longest that Lambda lets a function run, in seconds, and the least memory that it gives one, in
/// megabytes ("Lambda quotas").
const LONGEST: u32 = 900;
const LEAST_MEMORY: &str = "128";

/// The folder of the unpacked package, as Lambda calls it.
const TASK: &str = "task";
/// The folder of unpacked layers.
const OPT: &str = "opt";

/// How many modules a hint names.
const NAMED: usize = 6;

impl InvokeOptions {
    pub(crate) fn reads_stdin(&self) -> bool {
        self.event.as_deref().is_some_and(|path| path == "-")
    }
}

fn seconds(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "it is a whole number of seconds, as in `--timeout 30`".to_owned())
}

/// What became of a handler that was run.
pub(crate) struct Invoked {
    /// What it returned, as JSON, or why it did not; after an import alone there is nothing to return.
    pub(crate) returned: Result<Option<String>, Failure>,
    /// The unpacked package, which goes with this.
    pub(crate) remains: Option<TemporaryDirectory>,
}

/// Runs a handler.
pub(crate) fn invoke(
    options: &InvokeOptions,
    stdin: Vec<u8>,
    hear: Option<&Hear>,
    invocation: Invocation<'_>,
) -> Result<Invoked, Failure> {
    let event = event(options.event.as_deref(), stdin)?;
    let variables = variables(&options.variables, invocation.environment)?;
    let (resolve, upgrade) = (options.resolve.clone(), options.upgrade);
    let package = PackageOptions { resolve, upgrade, rev: None };
    invocation.with_context(&package, |context| {
        let request = Request { options, event: &event, variables: &variables, hear };
        let quiet = Quiet(context.reporter);
        run(&request, &context.with_reporter(&quiet))
    })
}

/// What is asked for.
struct Request<'a> {
    options: &'a InvokeOptions,
    /// A JSON text.
    event: &'a str,
    /// What `--env` sets.
    variables: &'a [(OsString, OsString)],
    hear: Option<&'a Hear>,
}

/// A package that is unpacked, and what runs it.
struct Unpacked {
    /// It has the package in `task`, its layers in `opt`, and room beside them.
    folder: TemporaryDirectory,
    interpreter: Interpreter,
    python: PythonVersion,
}

fn run(request: &Request<'_>, context: &Context<'_>) -> Result<Invoked, Failure> {
    let Called { job, handler, given } = called(&request.options.name, context)?;
    let unknown = given.unknown_beside(request.variables);
    context.with_pipeline(|pipeline| {
        let unpacked = unpack(&job, pipeline, context)?;
        let (name, reporter) = (job.lambda.name.as_str(), context.reporter);
        let unsaid = [&unknown[..], &given.unsaid].concat();
        if !unsaid.is_empty() {
            let unknown = listed(&unsaid);
            let note = format!("`{name}`: Terraform's files do not tell {unknown} of its function");
            reporter.report(&Event::Noted(&note));
        }
        reporter.report(&Event::Calling);
        let outcome = call(request, &job, (&handler, &given), &unpacked, pipeline, context)?;
        let remains = Some(unpacked.folder);
        let (json, elapsed) = match outcome {
            Outcome::Returned(json, elapsed) => (json, elapsed),
            Outcome::Failed(failure) => {
                let failure = failure.of_lambda(name, job.lambda.path().as_str());
                let returned = Err(match (failure.code, &unknown[..]) {
                    ("handler-raised", [first, ..]) => failure.hint(format!(
                        "set what it may miss with `--env`: Terraform's files do not tell {first}{}",
                        and_more(unknown.len() - 1)
                    )),
                    ("handler-not-loaded", _) if is_misnamed(&handler, &failure) => {
                        failure.hint(other_handler(&job, pipeline, context)?)
                    }
                    _ => failure,
                });
                return Ok(Invoked { returned, remains });
            }
        };
        if request.options.import {
            reporter.report(&Event::Imported { handler: &handler, elapsed });
            return Ok(Invoked { returned: Ok(None), remains });
        }
        reporter.report(&Event::Returned { lambda: name, elapsed });
        if json.len() > LARGEST_ANSWER {
            reporter.warn_of(name, &too_large(json.len()));
        }
        if !is_json(&json) {
            let message = "it returns what is no JSON, and Lambda hands that on as it is";
            let hint = "return no `NaN`, no infinity, and no other bytes than JSON";
            reporter.warn_of(name, &Warning::new("answer-no-json", message).hint(hint));
        }
        Ok(Invoked { returned: Ok(Some(json)), remains })
    })
}

/// Makes the package, and unpacks it, if this machine can run it.
fn unpack(job: &Job, pipeline: &Pipeline<'_>, context: &Context<'_>) -> Result<Unpacked, Failure> {
    let (mut made, mut failures) = pipeline.hash_with(vec![job.clone()], &|it| {
        let job = &it.job;
        // Files of no Python have none.
        let python =
            job.python.as_ref().map(|python| python.value).ok_or_else(|| no_python(job))?;
        let interpreter = invoke::find_interpreter(python, context.environment)?;
        let (task, opt) = (&it.contents, it.opt());
        for contents in std::iter::once(task).chain(&opt) {
            pipeline.check_host(contents, &host(&interpreter))?;
        }
        let folder = TemporaryDirectory::new()?;
        let (drafts, tree) = (Drafts::new()?, &context.settings.tree);
        let unpack = |contents, what: &str, into| {
            let (archive, draft) = drafts.write(tree, contents, None)?;
            let draft = draft.expect("there is no file that it could be equal to")?;
            draft.open(what)?.unpack_into(&folder.path().join(into))?;
            Ok::<_, Failure>(archive)
        };
        let archive = unpack(task, &format!("the package of {}", job.lambda.name), TASK)?;
        let layers = opt.as_ref().map(|opt| unpack(opt, "its layers", OPT));
        layers.transpose()?;
        Ok((archive, Unpacked { folder, interpreter, python }))
    })?;
    let made = made.pop().map(|Hashed { found, .. }| found);
    made.ok_or_else(|| failures.pop().expect("what was not made has failed"))
}

/// Calls the handler of what is unpacked.
fn call(
    request: &Request<'_>,
    job: &Job,
    (handler, given): (&str, &Given),
    unpacked: &Unpacked,
    pipeline: &Pipeline<'_>,
    context: &Context<'_>,
) -> Result<Outcome, Failure> {
    let Request { options, event, variables, hear } = *request;
    // What was typed comes last, and wins.
    let variables: Vec<_> = given.variables.iter().chain(variables).cloned().collect();
    let seconds = options.timeout.or(given.timeout).unwrap_or(LONGEST);
    let Unpacked { folder, interpreter, python } = unpacked;
    // A name for all environments is the function's in none.
    let function = job.function_name.as_ref().map(|name| name.value.as_str());
    let function = function.filter(|name| !name.contains('*'));
    let folder = fs::canonical(folder.path())?;
    let [task, opt, runtime, home] = [TASK, OPT, "runtime", "home"].map(|name| folder.join(name));
    // In the order of the bootstrap, which adds those that are there.
    let site = format!("python/lib/python{python}/site-packages");
    let mut layers = Vec::new();
    for layer in [&*site, "python"].map(|inside| opt.join(inside)) {
        layers.extend(fs::kind(&layer)?.map(|_| layer));
    }
    for folder in [&runtime, &home] {
        fs::create_directory(folder)?;
    }
    let call = Call {
        interpreter,
        python: *python,
        task: &task,
        opt: fs::kind(&opt)?.map(|_| &*opt),
        layers: &layers,
        runtime: &runtime,
        home: &home,
        handler,
        function: function.unwrap_or(job.lambda.name.as_str()),
        event,
        variables: &variables,
        memory: given.memory.as_deref().unwrap_or(LEAST_MEMORY),
        timeout: Duration::from_secs(seconds.into()),
        extent: if options.import { Extent::Import } else { Extent::Call },
        hear,
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

/// What is called.
struct Called {
    job: Job,
    handler: String,
    given: Given,
}

/// What Terraform's files say that a function is given.
#[derive(Default)]
struct Given {
    variables: Vec<(OsString, OsString)>,
    /// In seconds.
    timeout: Option<u32>,
    /// In megabytes.
    memory: Option<String>,
    /// The variables that it is given, and whose values are not told, or not alike by its functions.
    unknown: Vec<String>,
    /// Whether it may be given others.
    is_open: bool,
    /// What else of it is not told, for messages.
    unsaid: Vec<String>,
}

impl Given {
    fn of(functions: &[Function]) -> Self {
        let agreed = |of: &dyn Fn(&Function) -> Option<&Value>| {
            let text = |function| of(function).and_then(Value::known);
            let first = text(functions.first()?)?;
            functions.iter().all(|it| text(it) == Some(first)).then(|| first.to_owned())
        };
        let named = functions.iter().flat_map(|it| &it.environment.named);
        let set = named.filter(|(_, value)| **value != Value::Absent);
        let names: BTreeSet<&String> = set.map(|(name, _)| name).collect();
        let mut given = Self {
            timeout: agreed(&|it| Some(&it.timeout)).and_then(|text| text.parse().ok()),
            memory: agreed(&|it| Some(&it.memory_size)),
            is_open: functions.iter().any(|it| it.environment.open.is_some()),
            ..Self::default()
        };
        if given.timeout.is_none() && functions.iter().any(|it| it.timeout != Value::Absent) {
            given.unsaid.push("`timeout`".to_owned());
        }
        if given.memory.is_none() && functions.iter().any(|it| it.memory_size != Value::Absent) {
            given.unsaid.push("`memory_size`".to_owned());
        }
        for name in names {
            match agreed(&|it| it.environment.named.get(name)) {
                Some(text) => given.variables.push((name.into(), text.into())),
                None => given.unknown.push(name.clone()),
            }
        }
        given
    }

    /// What it is given and nobody tells, not even by variables that are typed, for messages.
    fn unknown_beside(&self, typed: &[(OsString, OsString)]) -> Vec<String> {
        let is_typed = |name: &String| typed.iter().any(|(other, _)| *other == **name);
        let names = self.unknown.iter().filter(|name| !is_typed(name));
        let others = self.is_open.then(|| "all variables".to_owned());
        names.map(|name| format!("`{name}`")).chain(others).collect()
    }
}

/// The job of the one lambda that a name names, its handler, and what it is given.
///
/// # Errors
///
/// It names several; or the lambda is no Python function with a handler.
fn called(name: &str, context: &Context<'_>) -> Result<Called, Failure> {
    let select::Selection { mut jobs, declared, .. } =
        select::select(context, &[name.to_owned()], None)?;
    if jobs.len() > 1 {
        let message = format!("`{name}` names {} lambdas, and `invoke` takes one", jobs.len());
        return Err(Failure::usage(code::SEVERAL_LAMBDAS, message));
    }
    let mut job = jobs.pop().expect("a name that no lambda has is an error");
    job.is_run = true;
    let functions = declared.functions.get(job.lambda.name.as_str());
    let functions = functions.map(Vec::as_slice).unwrap_or_default();
    if let Some(Settled { value: runtime, .. }) = &job.other_runtime {
        let message = format!("`{name}` runs on `{runtime}`, and `invoke` runs Python only");
        return Err(Failure::usage("not-python", message));
    }
    let handler = match &job.handler {
        Some(handler) => handler.value.clone(),
        None => lone_handler(&job, functions, context)?,
    };
    Ok(Called { job, handler, given: Given::of(functions) })
}

/// The one function that looks like a handler, where nobody says which is.
fn lone_handler(
    job: &Job,
    functions: &[Function],
    context: &Context<'_>,
) -> Result<String, Failure> {
    let modules = modules(job, context)?;
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    let found = context.with_pipeline(|pipeline| pipeline.handlers_in(job, &modules))?;
    match &found[..] {
        [only] if functions.iter().all(|it| it.handler == Value::Absent) => {
            let name = &job.lambda.name;
            let note =
                format!("`{name}`: nothing says its handler, and `{only}` alone looks like one");
            context.reporter.report(&Event::Noted(&note));
            Ok(only.clone())
        }
        found => Err(no_handler(job, functions, &modules, found)),
    }
}

/// Whether a text is JSON, which has no `NaN`.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether a handler was not loaded because the package has nothing of its name, by what the runtime
/// says.
fn is_misnamed(handler: &str, failure: &Failure) -> bool {
    let (module, _) = handler.rsplit_once('.').unwrap_or((handler, ""));
    let module = module.replace('/', ".");
    let ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
    let missing: Vec<String> =
        ends.map(|end| format!("No module named '{}'", &module[..end])).collect();
    let is_it = |cause: &String| {
        ["Handler '", "Bad handler '", "Cannot use built-in"].iter().any(|it| cause.starts_with(it))
            || missing.iter().any(|it| cause.contains(it))
    };
    failure.causes.iter().any(is_it)
}

/// The hint for a handler that the package has not got.
fn other_handler(
    job: &Job,
    pipeline: &Pipeline<'_>,
    context: &Context<'_>,
) -> Result<String, Failure> {
    let modules = modules(job, context)?;
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    let found = pipeline.handlers_in(job, &modules)?;
    let place = job.handler.as_ref().map(|handler| format!(" in {}", handler.origin));
    let place = place.unwrap_or_default();
    Ok(match &found[..] {
        [] => format!("name the handler{place} as the package has it"),
        found => {
            format!("name the handler{place} as the package has it: {}", some_of(found, NAMED))
        }
    })
}

/// The modules at the top of a lambda.
fn modules(job: &Job, context: &Context<'_>) -> Result<Vec<String>, Failure> {
    let names = match &job.lambda.file {
        Some(file) => vec![file.clone()],
        None => fs::names(&context.settings.project.join(&job.lambda.directory))?,
    };
    let modules = names.iter().filter(|name| !name.starts_with('_'));
    Ok(modules.filter_map(|name| name.strip_suffix(".py")).map(str::to_owned).collect())
}

/// The failure of a lambda whose handler nobody says.
fn no_handler(job: &Job, functions: &[Function], modules: &[&str], found: &[String]) -> Failure {
    let name = &job.lambda.name;
    let mut handlers: Vec<&str> = functions.iter().filter_map(|it| it.handler.known()).collect();
    handlers.sort_unstable();
    handlers.dedup();
    let (message, hint) = match handlers.as_slice() {
        [] => {
            let (handler, known) = match (found, modules) {
                ([first], _) => (first.as_str(), String::new()),
                ([first, others @ ..], _) => {
                    (first.as_str(), format!("; or {}", some_of(others, NAMED)))
                }
                ([], []) => ("MODULE.FUNCTION", String::new()),
                ([], modules) => {
                    ("MODULE.FUNCTION", format!("; its modules are {}", some_of(modules, NAMED)))
                }
            };
            (
                "neither the config nor Terraform's files say its handler".to_owned(),
                format!(
                    "write `handler = \"{handler}\"` below `[lambda.{name}]` in dofs-package.toml{known}"
                ),
            )
        }
        handlers => (
            format!("its functions have several handlers: {}", some_of(handlers, NAMED)),
            format!("choose one as `handler` in `[lambda.{name}]`"),
        ),
    };
    let failure = Failure { name: Some(name.to_string()), ..Failure::input("no-handler", message) };
    failure.at(job.lambda.path(), None).hint(hint)
}

fn no_python(job: &Job) -> Failure {
    let message = format!("`{}` runs on no Python, and `invoke` runs Python only", job.lambda.name);
    Failure::usage("not-python", message)
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
        false => fs::read(&working_directory()?.join(path))?.ok_or_else(|| no_file(path))?,
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

/// The failure of an event that is no file.
fn no_file(path: &Utf8Path) -> Failure {
    if path.as_str().trim_start().starts_with(['{', '[', '"']) {
        let message = "`--event` takes a file, and was given the event itself";
        return Failure::usage("invalid-event", message)
            .hint("write it to a file, or to standard input with `--event -`");
    }
    Failure::input(code::NO_SUCH_FILE, format!("there is no `{path}`"))
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
