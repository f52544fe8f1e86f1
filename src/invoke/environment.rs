//! The environment of a handler: what Lambda sets, and what the user gives, and nothing else.
//!
//! Source: "Defined runtime environment variables" in the AWS Lambda developer guide.

use std::ffi::OsString;

use camino::Utf8Path;

use super::{Call, Interpreter};
use crate::environment::Environment;

/// The region of a handler that is given none.
const REGION: &str = "us-east-1";

/// Returns the variables that a handler is started with; those that are set for it come last, and win.
pub(super) fn of(call: &Call<'_>) -> Environment {
    let Call { interpreter, python, task, runtime, home, handler, function, memory, .. } = *call;
    let fixed = [
        ("_HANDLER", handler),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_REGION", REGION),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        // Else the SDK would ask whatever answers at the address of EC2's metadata for the
        // credentials of this machine.
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("LAMBDA_RUNTIME_DIR", runtime.as_str()),
        ("LAMBDA_TASK_ROOT", task.as_str()),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        // Lambda sets none; without one, Python takes that of the user, with its `~/.aws`.
        ("HOME", home.as_str()),
    ];
    let made = [
        ("AWS_EXECUTION_ENV", format!("AWS_Lambda_python{python}")),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}")),
        ("LD_LIBRARY_PATH", libraries(interpreter, task, call.opt)),
        ("PATH", programs(interpreter, call.opt)),
    ];
    let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
    let lambda = fixed.into_iter().chain(made);
    let lambda = lambda.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Environment::new(lambda.chain(call.variables.iter().cloned()))
}

/// In Lambda, `/var/lang/bin` comes before the folders of the system, and `/opt/bin` after them.
fn programs(interpreter: &Interpreter, opt: Option<&Utf8Path>) -> String {
    let own = interpreter.path.parent().map(Utf8Path::as_str).unwrap_or_default();
    let opt = opt.map(|opt| format!(":{opt}/bin")).unwrap_or_default();
    format!("{own}:/usr/local/bin:/usr/bin:/bin{opt}")
}

/// In Lambda, `/var/lang/lib` and the folders of the system come before those of the package, and
/// `/opt/lib` after them.
fn libraries(interpreter: &Interpreter, task: &Utf8Path, opt: Option<&Utf8Path>) -> String {
    let own = interpreter.prefix.join("lib");
    let opt = opt.map(|opt| format!(":{opt}/lib")).unwrap_or_default();
    format!("{own}:{task}:{}{opt}", task.join("lib"))
}
