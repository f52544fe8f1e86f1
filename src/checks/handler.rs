//! Whether the runtime will find the function that Lambda calls.
//!
//! Lambda's runtime client splits a handler at its last dot, replaces the slashes before that by
//! dots, and imports the module of that name; the package is the first place where Python looks.
//! Only running the module would show for sure whether it has the function, and nothing is run
//! here. But where its source binds the name nowhere, and nothing that could define names at
//! runtime, the function is missing.
//!
//! Source: `_get_handler` in `awslambdaric/bootstrap.py`
//! (aws/aws-lambda-python-runtime-interface-client), and "The import system" in the Python
//! reference for what importing a name finds.

use super::modules::{is_module, is_own_source};
use crate::contents::Contents;
use crate::python::Module;
use crate::report::CheckStatus;
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
pub(crate) type Found<'a> = (CheckStatus, Option<&'a str>, String);

/// The own source that a handler's module is, by its path in the package; none where it is missing,
/// a wheel's, or compiled.
pub(crate) fn own_module(handler: &str, contents: &Contents, roots: &[&str]) -> Option<String> {
    let paths: Vec<&str> = contents.entries().map(|(path, _)| path.as_str()).collect();
    let (status, found, _) = find_in(handler, &paths, roots, true);
    let path = found.filter(|_| status == CheckStatus::Ok)?;
    is_own_source(path, contents.get(path)?).then(|| path.to_owned())
}

/// Looks for a handler's module among the paths of a package, at its top and in other folders in
/// which Lambda looks.
pub(crate) fn find_in<'a>(
    handler: &str,
    paths: &[&'a str],
    roots: &[&str],
    has_layers: bool,
) -> Found<'a> {
    let at_top = find(handler, paths, has_layers);
    if matches!(at_top, (CheckStatus::Ok, Some(_), _)) {
        return at_top;
    }
    let inside = |root: &str, path: &'a str| path.strip_prefix(root)?.strip_prefix('/');
    for root in roots.iter().filter(|root| !root.is_empty()) {
        let below: Vec<_> = paths.iter().filter_map(|path| inside(root, path)).collect();
        if let (CheckStatus::Ok, Some(found), message) = find(handler, &below, false) {
            let whole = paths.iter().find(|path| inside(root, path) == Some(found));
            return (CheckStatus::Ok, whole.copied(), message);
        }
    }
    at_top
}

/// The path of a handler's module, without an ending; or why it names none, as the end of a
/// sentence.
pub(crate) fn module_path(handler: &str) -> Result<String, &'static str> {
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
pub(crate) fn find<'a>(handler: &str, paths: &[&'a str], has_layers: bool) -> Found<'a> {
    let base = match module_path(handler) {
        Ok(base) => base,
        Err(fault) => return (CheckStatus::Differs, None, format!("`{handler}` {fault}")),
    };
    let source = format!("{base}.py");
    if let Some((file, folder)) = hidden(&base, paths) {
        let message = format!("`{file}` hides the folder `{folder}`, which has no `__init__.py`");
        return (CheckStatus::Differs, Some(file), message);
    }
    if let Some(found) = paths.iter().find(|path| is_module(path, &base, None)) {
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

/// Why a handler's module has not its function, as its source shows; none where it has it, or may
/// have it.
pub(crate) fn missing_function(handler: &str, path: &str, module: &Module) -> Option<String> {
    let (_, function) = handler.rsplit_once('.')?;
    if let Some(fault) = &module.fault {
        let (line, message) = (fault.line, &fault.message);
        return Some(format!(
            "`{handler}` needs `{path}`, whose line {line} can't be parsed: {message}"
        ));
    }
    // Python compares identifiers in the normal form NFKC, so one beyond ASCII may be written
    // otherwise ("Identifiers and keywords" in its reference).
    if module.names.contains(function) || !function.is_ascii() || module.is_open {
        return None;
    }
    let near = nearest(function, module.names.iter().map(String::as_str));
    let near = near.map(|near| format!(", but `{near}`")).unwrap_or_default();
    Some(format!("`{handler}` needs `{function}` in `{path}`, which has none of that name{near}"))
}

/// A file that hides a folder which the handler's module is in, with that folder: Python prefers a
/// module to a folder without `__init__.py`, which is a namespace package (PEP 420).
fn hidden<'a>(base: &str, paths: &[&'a str]) -> Option<(&'a str, String)> {
    base.match_indices('/').find_map(|(at, _)| {
        let folder = &base[..at];
        let is_package = |path: &&str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with("/__init__."))
        };
        let file = paths.iter().find(|path| is_module(path, folder, None))?;
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
    fn a_module_whose_source_binds_no_such_name_has_not_the_function() {
        let missing = |text: &str| {
            missing_function("api.handler", "api.py", &crate::python::parse(text.as_bytes(), None))
        };
        for text in [
            "def handler(event, context):\n    pass\n",
            "async def handler(*_): pass\n",
            "class handler: pass\n",
            "handler = make()\n",
            "from other import (\n    main,\n    handler,\n)\n",
            "import x.y as handler\n",
            "if DEBUG:\n    handler: Any = None\n",
            "try:\n    from a import handler\nexcept ImportError:\n    pass\n",
            "first, (handler, *rest) = make()\n",
            "def make():\n    global handler\n",
            "from other import *\n",
            "globals()['hand' + 'ler'] = 1\n",
            "exec(text)\n",
            "import sys\nsetattr(sys.modules[__name__], name, 1)\n",
            "def __getattr__(name): pass\n",
        ] {
            assert_eq!(missing(text), None, "{text}");
        }
        for text in [
            "",
            "def lambda_handler(event, context): pass\n",
            "handlers = []\n",
            "# handler\n",
            "class Api:\n    def handler(self): pass\n",
            "def make():\n    handler = 1\n    exec(handler)\n",
        ] {
            assert!(missing(text).is_some(), "{text}");
        }
        let module = Module::default();
        assert_eq!(missing_function("api.händler", "api.py", &module), None);
        expect![
            "`api.handler` needs `handler` in `api.py`, which has none of that name, but `handlr`"
        ]
        .assert_eq(&missing("def handlr(event, context): pass\n").unwrap());
        expect!["`api.handler` needs `api.py`, whose line 2 can't be parsed: expected `:`, found newline"]
            .assert_eq(&missing("\ndef handler()\n    pass\n").unwrap());
    }

    #[test]
    fn a_handler_of_a_layer_is_none_of_the_packages() {
        let (status, _, message) = find("datadog_lambda.handler.handler", &["api.py"], true);
        assert_eq!(status, CheckStatus::Ok);
        expect!["the package has no `datadog_lambda/handler.py`; a layer may have it"]
            .assert_eq(&message);
    }
}
