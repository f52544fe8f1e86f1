//! A handler that raises, ends or hangs: exit code 1, and what happened.

use expect_test::{Expect, expect};

use super::{handler, invoke, project};
use crate::support::Project;

/// Compares all of what a handler with this body gives.
fn check(project: &Project, arguments: &[&str], expected: Expect) {
    let text = invoke(project, arguments).text();
    // Since Python 3.11 a traceback points into its lines.
    let is_pointer = |line: &&str| line.trim().starts_with(['^', '~']);
    let lines = text.lines().filter(|line| !is_pointer(line));
    expected.assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn an_exception_is_shown_with_its_traceback_from_the_handler_on() {
    let project = project(
        "def handler(event, context):\n    return deeper(event)\n\n\
         def deeper(event):\n    raise ValueError('no good')\n",
    );
    check(
        &project,
        &[],
        expect![[r#"
            exit code: 1
            --- stdout
            --- stderr
            Traceback (most recent call last):
              File "/var/task/api.py", line 2, in handler
                return deeper(event)
              File "/var/task/api.py", line 5, in deeper
                raise ValueError('no good')
            ValueError: no good
            error: `api.handler` raised `ValueError`
              --> lambdas/api
        "#]],
    );
}

#[test]
fn a_module_that_raises_or_can_not_be_found_is_not_loaded() {
    check(
        &project("import no_such_module\n"),
        &[],
        expect![[r#"
            exit code: 1
            --- stdout
            --- stderr
            [ERROR] Runtime.ImportModuleError: Unable to import module 'api': No module named 'no_such_module'
            Traceback (most recent call last):
              File "/var/task/api.py", line 1, in <module>
                import no_such_module
            ModuleNotFoundError: No module named 'no_such_module'
            error: the handler `api.handler` can't be loaded
              --> lambdas/api
              caused by: Unable to import module 'api': No module named 'no_such_module'
        "#]],
    );
    check(
        &project("A = {}['a']\n"),
        &["--import"],
        expect![[r#"
            exit code: 1
            --- stdout
            --- stderr
            Traceback (most recent call last):
              File "/var/task/api.py", line 1, in <module>
                A = {}['a']
            KeyError: 'a'
            error: the module of `api.handler` raised `KeyError`
              --> lambdas/api
        "#]],
    );
}

#[test]
fn a_handler_that_the_package_has_not_got_is_named_with_what_it_has() {
    let code = "def handler(event, context): return 1\n";
    let hint = |handler: &str, code: &str| {
        let config = format!("[lambda.api]\nhandler = \"{handler}\"\n");
        let files = [("dofs-package.toml", config.as_str()), ("lambdas/api/api.py", code)];
        let run = invoke(&Project::with(&files), &[]);
        assert_eq!(run.code, 1, "{}", run.text());
        run.stderr.lines().find_map(|line| line.strip_prefix("hint: ").map(str::to_owned))
    };
    let place = "[lambda.api] in dofs-package.toml";
    let named = format!("name the handler in {place} as the package has it: `api.handler`");
    for handler in ["main.handler", "apy.handler", "api.run", "src/api.handler", "src.api.x", "api"]
    {
        assert_eq!(hint(handler, code).as_deref(), Some(&*named), "{handler}");
    }
    let unnamed = format!("name the handler in {place} as the package has it");
    assert_eq!(hint("main.handler", "A = 1\n"), Some(unnamed));
    // Its own fault is no wrong name.
    assert_eq!(hint("api.handler", "import no_such_module\n"), None);
    assert_eq!(hint("api.handler", "def handler(:\n"), None);
}

/// What is said of a handler, less the traceback.
fn errors(handler: &str, code: &str) -> String {
    let project = Project::with(&[
        ("dofs-package.toml", &format!("[lambda.api]\nhandler = \"{handler}\"\n")),
        ("lambdas/api/api.py", code),
    ]);
    let run = invoke(&project, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{handler}: {}", run.text());
    let lines = run.stderr.lines().filter(|line| line.starts_with("[ERROR]"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_handler_that_is_not_there_is_said_as_lambda_says_it() {
    let table = [
        (
            "api.other",
            "",
            "[ERROR] Runtime.HandlerNotFound: Handler 'other' missing on module 'api'",
        ),
        (
            "apy.handler",
            "",
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'apy': No module named 'apy'",
        ),
        (
            "handler",
            "",
            "[ERROR] Runtime.MalformedHandlerName: Bad handler 'handler': it has no dot",
        ),
        (
            "time.handler",
            "",
            "[ERROR] Runtime.BuiltInModuleConflict: Cannot use built-in module time as a handler \
             module",
        ),
    ];
    for (handler, code, said) in table {
        assert_eq!(errors(handler, code), said);
    }
    let said = errors("api.handler", "def handler(event, context)\n    pass\n");
    let begins = "[ERROR] Runtime.UserCodeSyntaxError: Syntax error in module 'api': ";
    assert!(said.starts_with(begins), "{said}");
}

#[test]
fn what_has_no_form_in_json_is_an_error_with_its_type() {
    let table = [
        ("return {1, 2}", "Object of type set is not JSON serializable"),
        ("return object()", "Object of type object is not JSON serializable"),
        ("return (n for n in [1])", "Object of type generator is not JSON serializable"),
        (
            "import datetime\nreturn {'at': datetime.date(2020, 1, 1)}",
            "Object of type date is not JSON serializable",
        ),
        ("return {(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"),
        ("loop = []\nloop.append(loop)\nreturn loop", "Circular reference detected"),
    ];
    for (body, said) in table {
        let run = invoke(&handler(body), &["-q"]);
        let text = format!(
            "[ERROR] Runtime.MarshalError: Unable to marshal response: {said}\n\
             error: what `api.handler` returns has no form in JSON\n  --> lambdas/api\n  \
             caused by: Unable to marshal response: {said}\n"
        );
        assert_eq!((run.code, run.stdout.as_str(), run.stderr), (1, "", text));
    }
}

#[test]
fn a_handler_that_is_a_coroutine_returns_nothing_of_use() {
    let run = invoke(&project("async def handler(event, context):\n    return 1\n"), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let said = "Unable to marshal response: Object of type coroutine is not JSON serializable";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn a_deep_recursion_is_an_exception_like_others() {
    let run = invoke(&handler("return handler(event, context)"), &[]);
    assert_eq!(run.code, 1);
    let said = "error: `api.handler` raised `RecursionError`\n  --> lambdas/api\n";
    assert!(run.stderr.ends_with(said), "{}", run.stderr);
}

#[test]
fn a_handler_that_ends_python_has_not_returned() {
    let table = [
        ("import sys\nsys.exit(3)", "`sys.exit(3)`"),
        ("exit()", "`sys.exit(None)`"),
        ("import os\nos._exit(0)", "exit status: 0"),
        ("import os\nos._exit(7)", "exit status: 7"),
        ("import os\nos.kill(os.getpid(), 9)", "signal: 9 (SIGKILL)"),
    ];
    for (body, how) in table {
        let run = invoke(&handler(body), &[]);
        let said = format!(
            "error: Python ended before `api.handler` returned: {how}\n  --> lambdas/api\n"
        );
        assert_eq!((run.code, run.stdout.as_str(), run.stderr), (1, "", said));
    }
}

#[test]
fn a_crash_says_where_it_was() {
    let run = invoke(&handler("import ctypes\nctypes.string_at(0)"), &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with("Fatal Python error: Segmentation fault\n"), "{}", run.stderr);
    let said = "error: Python ended before `api.handler` returned: signal: 11 (SIGSEGV)";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn a_handler_that_is_too_slow_is_ended_with_all_that_it_started() {
    let body = "import subprocess\nsubprocess.run(['sleep', '1000'])";
    check(
        &handler(body),
        &["--timeout", "1"],
        expect![[r#"
            exit code: 1
            --- stdout
            --- stderr
            error: `api.handler` did not return within 1 s, and was ended
              --> lambdas/api
            hint: give it more time with `--timeout`
        "#]],
    );
    check(
        &project("import time\ntime.sleep(1000)\n"),
        &["--timeout", "1", "--import"],
        expect![[r#"
            exit code: 1
            --- stdout
            --- stderr
            error: the import for `api.handler` took more than 1 s, and was ended
              --> lambdas/api
            hint: give it more time with `--timeout`
        "#]],
    );
}

#[test]
fn a_program_of_the_handlers_that_lives_on_does_not_hold_up_its_end() {
    let body = "import os, time\nif os.fork() == 0:\n    time.sleep(1000)\nos._exit(4)";
    let run = invoke(&handler(body), &[]);
    let said = "error: Python ended before `api.handler` returned: exit status: 4\n";
    assert!(run.code == 1 && run.stderr.starts_with(said), "{}", run.text());
}

#[test]
fn an_interrupted_call_leaves_nothing_and_nobody_behind() {
    let body = "import os, signal, time\n\
                os.kill(os.getppid(), signal.SIGINT)\n\
                time.sleep(1000)";
    check(
        &handler(body),
        &[],
        expect![[r#"
            exit code: 130
            --- stdout
            --- stderr
        "#]],
    );
}

#[test]
fn a_lambda_that_can_not_be_packaged_is_not_run() {
    let project = handler("return 1");
    project.write("lambdas/api/requirements.txt", "no-such-package==1.0\n");
    let run = invoke(&project, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
}

#[test]
fn without_a_handler_the_line_to_write_is_told() {
    let one = "def lambda_handler(event, context): pass\n";
    for (files, line) in [
        (vec![("a.py", one), ("b.py", one)], "a.lambda_handler"),
        (vec![("a.py", "def f(event, context): pass\n"), ("b.py", one)], "a.f"),
        (vec![("a.py", "X = 1\n")], "MODULE.FUNCTION"),
        (
            vec![("a.py", "def f(event, context)\n"), ("b.py", one), ("c.py", one)],
            "b.lambda_handler",
        ),
    ] {
        let project = Project::new();
        for (path, text) in files {
            project.write(&format!("lambdas/api/{path}"), text);
        }
        let run = project.run(&["invoke", "api"]);
        let hint =
            format!("hint: write `handler = \"{line}\"` below `[lambda.api]` in dofs-package.toml");
        assert!(run.code == 3 && run.stderr.contains(&hint), "{}", run.text());
        if line == "MODULE.FUNCTION" {
            assert!(run.stderr.contains("its modules are `a`"), "{}", run.text());
            continue;
        }
        // Whoever obeys it goes on.
        project.write("dofs-package.toml", format!("[lambda.api]\nhandler = \"{line}\"\n"));
        assert_eq!(project.run(&["invoke", "api", "--import", "-q"]).code, 0);
    }
}

#[test]
fn the_one_function_that_looks_like_a_handler_is_called() {
    for files in [
        &[("handler.py", "def lambda_handler(event, context): return 1\n")][..],
        &[("a.py", ""), ("b.py", "def run(event, context): return 1\n")],
        &[("a.py", "def f(event, context)\n"), ("b.py", "def g(event, ctx): return 1\n")],
    ] {
        let project = Project::new();
        for (path, text) in files {
            project.write(&format!("lambdas/api/{path}"), text);
        }
        let run = project.run(&["invoke", "api", "-q"]);
        assert_eq!((run.code, run.stdout.as_str()), (0, "1\n"), "{}", run.text());
    }
}

#[test]
fn what_is_no_number_of_seconds_or_no_file_is_told_with_the_way_out() {
    let project = Project::with(&[("lambdas/api/handler.py", "")]);
    for text in ["2s", "0", "-1", "1.5", "1m", ""] {
        let run = project.run(&["invoke", "api", &format!("--timeout={text}")]);
        assert!(run.code == 2 && run.stderr.contains("whole number of seconds"), "{}", run.text());
    }
    for text in ["{\"a\": 1}", "[1]", " {}", "\"text\""] {
        let run = project.run(&["invoke", "api", "--event", text]);
        let message =
            "`--event` takes a file, and was given the event itself\nhint: write it to a file";
        assert!(run.code == 2 && run.stderr.contains(message), "{}", run.text());
    }
}
