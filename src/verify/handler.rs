//! Whether the runtime will find the function that Lambda calls.
//!
//! Lambda's runtime client splits a handler at its last dot, replaces the slashes before that by
//! dots, and imports the module of that name; the package is the first place where Python looks.
//! Only running the module would show for sure whether it has the function, and nothing is run
//! here. But where its text has the function's name nowhere, and nothing that could define names at
//! runtime, the function is missing.
//!
//! Source: `_get_handler` in `awslambdaric/bootstrap.py`
//! (aws/aws-lambda-python-runtime-interface-client), and "The import system" in the Python
//! reference for what importing a name finds.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::{Disk, Facts, Findings, Package};
use crate::report::{Check, CheckStatus, Subject};
use crate::words::nearest;

/// The built-in modules, which the runtime client refuses as handlers: those that
/// `sys.builtin_module_names` has in 3.9 to 3.13 alike, less the ones that begin with `_`.
const BUILT_IN: [&str; 11] = [
    "atexit",
    "builtins",
    "errno",
    "faulthandler",
    "gc",
    "itertools",
    "marshal",
    "posix",
    "pwd",
    "sys",
    "time",
];

/// The outcome of a search for a handler's module: whether it is there, its file or one that may
/// have been meant, and the same as a sentence.
type Found<'a> = (CheckStatus, Option<&'a str>, String);

/// A handler that is called in a package, and where it is set.
struct Call<'a> {
    package: &'a Package,
    handler: &'a str,
    /// Whether modules can come from layers: the handlers of monitoring tools are in one, and call
    /// the package's own.
    has_layers: bool,
    address: String,
}

/// Looks for the handlers of a state or plan, of Lambda, of the config and the `*.tf` files.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    for Call { package, handler, has_layers, address } in calls(facts) {
        let paths = paths(package);
        let (mut status, actual, mut message) = find(handler, &paths, has_layers);
        if status == CheckStatus::Ok
            && let Some(path) = actual
            && let Some(text) = facts.modules.get(&package.directory.join(path))
            && let Some(missing) = missing_function(handler, path, text)
        {
            (status, message) = (CheckStatus::Differs, missing);
        }
        let expected = module_path(handler).ok().map(|base| format!("{base}.py"));
        let (actual, address) = (actual.map(str::to_owned), Some(address));
        let check = package.check(Subject::Handler, status, message);
        findings.checks.push(Check { expected, actual, address, ..check });
    }
}

/// The lambdas' own modules that handlers name, relative to the root: their texts are to be read.
pub(crate) fn module_paths(facts: &Facts<'_>) -> BTreeSet<Utf8PathBuf> {
    let path = |call: &Call<'_>| {
        let paths = paths(call.package);
        let (status, found, _) = find(call.handler, &paths, call.has_layers);
        let path = call.package.directory.join(found.filter(|_| status == CheckStatus::Ok)?);
        let is_own = path.extension() == Some("py") && call.package.own().any(|own| own == path);
        is_own.then_some(path)
    };
    calls(facts).iter().filter_map(path).collect()
}

fn paths(package: &Package) -> Vec<&str> {
    package.contents.entries().map(|(path, _)| path.as_str()).collect()
}

fn calls<'a>(facts: &'a Facts<'_>) -> Vec<Call<'a>> {
    let functions = facts.functions_of_state().chain(facts.functions_of_lambda());
    let called = functions.filter_map(|(package, function)| {
        let handler = function.handler.known()?;
        let address = function.address.clone();
        Some(Call { package, handler, has_layers: function.has_layers, address })
    });
    let mut calls: Vec<Call<'_>> = called.collect();
    if facts.disk == Disk::ManifestAndZips {
        calls.extend(facts.packages.iter().flat_map(declared));
    }
    calls
}

/// The handlers that the config and the `*.tf` files set; equal ones once.
fn declared(package: &Package) -> Vec<Call<'_>> {
    let any_layers = package.functions.iter().any(|function| function.has_layers);
    let configured = package.configured_handler().map(|handler| Call {
        package,
        handler: &handler.value,
        has_layers: any_layers,
        address: handler.origin.to_string(),
    });
    let functions = package.functions.iter().filter(|function| function.archived.is_none());
    let functions = functions.filter_map(|function| {
        let address = function.handler.place()?.to_string();
        let (handler, has_layers) = (function.handler.known()?, function.has_layers);
        Some(Call { package, handler, has_layers, address })
    });
    let mut distinct: Vec<Call<'_>> = Vec::new();
    for call in configured.into_iter().chain(functions) {
        let is_same =
            |other: &Call<'_>| (other.handler, other.has_layers) == (call.handler, call.has_layers);
        if !distinct.iter().any(is_same) {
            distinct.push(call);
        }
    }
    distinct
}

/// The path of a handler's module, without an ending; or why it names none, as the end of a
/// sentence.
fn module_path(handler: &str) -> Result<String, &'static str> {
    const NO_FUNCTION: &str = "names no function: it should be `MODULE.FUNCTION`";
    let (module, function) = handler.rsplit_once('.').ok_or(NO_FUNCTION)?;
    if function.is_empty() || function.contains('/') {
        return Err(NO_FUNCTION);
    }
    if module.split('.').next().is_some_and(|first| BUILT_IN.contains(&first)) {
        return Err("names a module that is built into Python, which the runtime refuses");
    }
    let path = module.replace('.', "/");
    // A module's name need not be an identifier of Python: `importlib.import_module`, which the
    // runtime client calls, takes `my-module`.
    match path.split('/').any(|part| part.is_empty() || part.contains(char::is_whitespace)) {
        true => Err("names no module that Python could import"),
        false => Ok(path),
    }
}

/// Looks for a handler's module among the paths of a package.
fn find<'a>(handler: &str, paths: &[&'a str], has_layers: bool) -> Found<'a> {
    let base = match module_path(handler) {
        Ok(base) => base,
        Err(fault) => return (CheckStatus::Differs, None, format!("`{handler}` {fault}")),
    };
    let source = format!("{base}.py");
    if let Some((file, folder)) = hidden(&base, paths) {
        let message = format!("`{file}` hides the folder `{folder}`, which has no `__init__.py`");
        return (CheckStatus::Differs, Some(file), message);
    }
    if let Some(found) = paths.iter().find(|path| is_module(path, &base)) {
        let message = format!("the module of `{handler}` is there: `{found}`");
        return (CheckStatus::Ok, Some(found), message);
    }
    if has_layers {
        let message = format!("the package has no `{source}`; a layer may have it");
        return (CheckStatus::Ok, None, message);
    }
    let meant = meant(&source, paths);
    let has = match meant {
        Some(path) if path.to_lowercase() == source.to_lowercase() => format!("it as `{path}`"),
        Some(path) => format!("`{path}`"),
        None => "no such module".to_owned(),
    };
    let message = format!("`{handler}` needs `{source}`, and the package has {has}");
    (CheckStatus::Differs, meant, message)
}

/// Code that can give a module names which its text does not have.
const MAKERS_OF_NAMES: [&str; 9] = [
    "import *",
    "globals(",
    "locals(",
    "vars(",
    "setattr(",
    "exec(",
    "__getattr__",
    "__dict__",
    "sys.modules",
];

/// The message that a module's text shows that it has no function of a handler's name; none where
/// it may have it.
fn missing_function(handler: &str, path: &str, text: &str) -> Option<String> {
    let (_, function) = handler.rsplit_once('.')?;
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let has_it = text.match_indices(function).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + function.len()..]);
        !before.ends_with(is_letter) && !after.starts_with(is_letter)
    });
    let makes_names = || MAKERS_OF_NAMES.iter().any(|maker| text.contains(maker));
    // Python compares identifiers in the normal form NFKC, so one beyond ASCII may be written
    // otherwise ("Identifiers and keywords" in its reference).
    if has_it || !function.is_ascii() || makes_names() {
        return None;
    }
    Some(format!("`{handler}` needs `{function}` in `{path}`, where nothing is called that"))
}

/// Whether a path is what importing a module finds: its source, its bytecode beside where the
/// source would be, an extension module, or a package of one of these.
fn is_module(path: &str, base: &str) -> bool {
    let Some(rest) = path.strip_prefix(base) else { return false };
    let rest = rest.strip_prefix("/__init__").unwrap_or(rest);
    match rest.strip_prefix('.') {
        Some("py" | "pyc" | "so") => true,
        // `x.abi3.so`, `x.cpython-312-x86_64-linux-gnu.so` (PEP 3149). That one for another Python
        // is not found is what the check of native code says.
        Some(rest) => rest
            .strip_suffix(".so")
            .is_some_and(|tag| tag == "abi3" || tag.starts_with("cpython-") && !tag.contains('/')),
        None => false,
    }
}

/// A file that hides a folder which the handler's module is in, with that folder: Python prefers a
/// module to a folder without `__init__.py`, which is a namespace package (PEP 420).
fn hidden<'a>(base: &str, paths: &[&'a str]) -> Option<(&'a str, String)> {
    base.match_indices('/').find_map(|(at, _)| {
        let folder = &base[..at];
        let is_package = |path: &&str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with("/__init__."))
        };
        let file = paths.iter().find(|path| is_module(path, folder))?;
        (!paths.iter().any(is_package)).then(|| (*file, folder.to_owned()))
    })
}

/// A source that may have been meant: the same in other letters, of the same name in another
/// folder, of nearly that name, or the only one there is.
fn meant<'a>(source: &str, paths: &[&'a str]) -> Option<&'a str> {
    let lower = source.to_lowercase();
    let name = format!("/{}", source.rsplit('/').next().unwrap_or(source));
    let is_own = |path: &&&str| path.ends_with(".py") && !path.contains('/');
    let own = || paths.iter().filter(is_own).copied();
    let find = |fits: &dyn Fn(&str) -> bool| paths.iter().copied().find(|path| fits(path));
    find(&|path| path.to_lowercase() == lower)
        .or_else(|| find(&|path| path.ends_with(&name)))
        .or_else(|| nearest(source, own()))
        .or_else(|| (own().count() == 1).then(|| own().next()).flatten())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn found(handler: &str, paths: &[&str]) -> String {
        let (status, _, message) = find(handler, paths, false);
        format!("{}: {message}\n", crate::report::word(&status))
    }

    #[test]
    fn a_module_is_found_wherever_importing_it_finds_it() {
        let table = [
            ("api.handler", "api.py"),
            ("api.handler", "api/__init__.py"),
            ("api.handler", "api.pyc"),
            ("api.handler", "api.so"),
            ("api.handler", "api.abi3.so"),
            ("api.handler", "api.cpython-312-x86_64-linux-gnu.so"),
            ("api.handler", "api/__init__.cpython-312-x86_64-linux-gnu.so"),
            // A folder without `__init__.py` is a namespace, and its modules are found.
            ("src/api.handler", "src/api.py"),
            ("src.api.handler", "src/api.py"),
            ("a/b.c.handler", "a/b/c/__init__.py"),
            ("my-module.handler", "my-module.py"),
        ];
        for (handler, path) in table {
            let (status, actual, _) = find(handler, &["other.py", path], false);
            assert_eq!(status, CheckStatus::Ok, "{handler} {path}");
            assert_eq!(actual, Some(path));
        }
    }

    #[test]
    fn what_importing_does_not_find_is_a_difference() {
        let table = [
            ("api.handler", "api/handler.py"),
            ("api.handler", "__pycache__/api.cpython-312.pyc"),
            ("api.handler", "api.py.txt"),
            ("api.handler", "api2.py"),
            ("api.handler", "api.other.so"),
            ("api.handler", "lib/api/__init__.py"),
        ];
        for (handler, path) in table {
            let (status, ..) = find(handler, &[path], false);
            assert_eq!(status, CheckStatus::Differs, "{handler} {path}");
        }
    }

    #[test]
    fn a_wrong_handler_is_told_with_what_may_have_been_meant() {
        let package = ["boto3/__init__.py", "api_handler.py", "lib/tools.py", "words.py"];
        let said = [
            found("api_handler.lambda_handler", &package),
            found("api_handlr.lambda_handler", &package),
            found("Api_Handler.lambda_handler", &package),
            found("tools.run", &package),
            found("unlike.run", &package),
            found("app.handler", &["api_handler.py", "boto3/session.py"]),
            found("lambda_handler", &package),
            found("api_handler.", &package),
            found(".handler", &package),
            found("time.handler", &["time.py"]),
            found("a/b.handler", &["a.py", "a/b.py"]),
            found("a/b.handler", &["a.py", "a/__init__.py", "a/b.py"]),
        ];
        expect![[r#"
            ok: the module of `api_handler.lambda_handler` is there: `api_handler.py`
            differs: `api_handlr.lambda_handler` needs `api_handlr.py`, and the package has `api_handler.py`
            differs: `Api_Handler.lambda_handler` needs `Api_Handler.py`, and the package has it as `api_handler.py`
            differs: `tools.run` needs `tools.py`, and the package has `lib/tools.py`
            differs: `unlike.run` needs `unlike.py`, and the package has no such module
            differs: `app.handler` needs `app.py`, and the package has `api_handler.py`
            differs: `lambda_handler` names no function: it should be `MODULE.FUNCTION`
            differs: `api_handler.` names no function: it should be `MODULE.FUNCTION`
            differs: `.handler` names no module that Python could import
            differs: `time.handler` names a module that is built into Python, which the runtime refuses
            differs: `a.py` hides the folder `a`, which has no `__init__.py`
            ok: the module of `a/b.handler` is there: `a/b.py`
        "#]].assert_eq(&said.concat());
    }

    #[test]
    fn a_module_whose_text_has_not_the_name_has_not_the_function() {
        let may_have = |text: &str| missing_function("api.handler", "api.py", text).is_none();
        for text in [
            "def handler(event, context):\n    pass\n",
            "async def handler(*_): pass\n",
            "handler = make()\n",
            "from other import (\n    main,\n    handler,\n)\n",
            "if DEBUG:\n    handler: Any = None\n",
            "from other import *\n",
            "globals()['hand' + 'ler'] = 1\n",
        ] {
            assert!(may_have(text), "{text}");
        }
        for text in ["", "def lambda_handler(event, context): pass\n", "handlers = []\n"] {
            assert!(!may_have(text), "{text}");
        }
        assert_eq!(missing_function("api.händler", "api.py", ""), None);
        expect!["`api.handler` needs `handler` in `api.py`, where nothing is called that"]
            .assert_eq(&missing_function("api.handler", "api.py", "").unwrap());
    }

    #[test]
    fn a_handler_of_a_layer_is_none_of_the_packages() {
        let (status, _, message) = find("datadog_lambda.handler.handler", &["api.py"], true);
        assert_eq!(status, CheckStatus::Ok);
        expect!["the package has no `datadog_lambda/handler.py`; a layer may have it"]
            .assert_eq(&message);
    }
}
