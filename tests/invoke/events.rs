//! Which lambda is called with which event.

use expect_test::{Expect, expect};

use super::{handler, invoke, invoke_with_input, project, returned, with_python};
use crate::support::Project;

#[test]
fn the_event_is_an_empty_object_where_none_is_given() {
    assert_eq!(returned("return event"), "{}\n");
}

#[test]
fn an_event_comes_from_a_file_or_from_standard_input() {
    let project = handler("return event");
    let text = "{\n  \"Records\": [1, 2.50, \"\u{e9}\", null]\n}\n";
    project.write("event.json", text);
    let all = r#"{"Records": [1, 2.5, "#;
    let run = invoke(&project, &["--event", "event.json"]);
    assert!(run.stdout.starts_with(all), "{}", run.text());
    // Relative to the working directory, as a shell completes it.
    let own = project
        .tool()
        .directory(project.path("lambdas"))
        .run(&with_python(&["--event", "../event.json"]));
    assert_eq!(own.stdout, run.stdout);
    let output = invoke_with_input(&project, &["--event", "-"], text);
    assert_eq!(output.stdout, run.stdout.as_bytes());
    // Some editors begin a file with a byte order mark.
    project.write("event.json", format!("\u{feff}{text}"));
    assert_eq!(invoke(&project, &["--event", "event.json"]).stdout, run.stdout);
}

#[test]
fn an_event_may_be_any_json_and_large() {
    let project = handler("return [type(event).__name__, len(event)]");
    project.write("event.json", format!("\"{}\"", "x".repeat(5_000_000)));
    let run = invoke(&project, &["--event", "event.json"]);
    assert_eq!(run.stdout, "[\"str\", 5000000]\n");
}

fn refused(project: &Project, arguments: &[&str], expected: Expect) {
    let run = invoke(project, arguments);
    expected.assert_eq(&run.text());
}

#[test]
fn what_is_no_json_is_refused_with_its_line() {
    let project = handler("return event");
    project.write("event.json", "{\n  \"a\": 1,\n}\n");
    refused(
        &project,
        &["--event", "event.json"],
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: the event is no JSON
              --> event.json:3
              caused by: key must be a string at line 3 column 1
        "#]],
    );
    let output = invoke_with_input(&project, &["--event", "-"], "");
    assert_eq!(output.status.code(), Some(3));
    expect![[r#"
        error: the event is no JSON
          caused by: EOF while parsing a value at line 1 column 0
    "#]]
    .assert_eq(&String::from_utf8_lossy(&output.stderr));
    project.write("event.json", b"\xff{}");
    let run = invoke(&project, &["--event", "event.json"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    refused(
        &handler("return event"),
        &["--event", "evnt.json"],
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: there is no `evnt.json`
        "#]],
    );
}

#[test]
fn an_import_takes_no_event() {
    let project = handler("return event");
    project.write("event.json", "{}");
    for event in ["event.json", "-", "nowhere.json"] {
        let run = invoke(&project, &["--import", "--event", event]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.text());
        assert!(run.stderr.contains("'--import' cannot be used with '--event"), "{}", run.text());
    }
}

#[test]
fn a_name_names_one_lambda() {
    let project = handler("return 1");
    project.write("lambdas/apiary/api.py", "A = 1\n");
    let run = project.run(&["invoke", "api*"]);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `api*` names 2 lambdas, and `invoke` takes one
    "#]]
    .assert_eq(&run.text());
    assert_eq!(project.run(&["invoke", "apy"]).code, 2);
    assert_eq!(project.run(&["invoke"]).code, 2);
    assert_eq!(project.run(&["invoke", "api", "--rev", "HEAD"]).code, 2);
    assert_eq!(project.run(&["invoke", "api", "--timeout", "0"]).code, 2);
}

#[test]
fn a_handler_that_nobody_says_is_asked_for() {
    let project = project("def handler(event, context): return 1\n");
    project.write("dofs-package.toml", "");
    project.write("lambdas/api/other.py", "def handler(event, context): return 2\n");
    refused(
        &project,
        &[],
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: neither the config nor Terraform's files say its handler
              --> lambdas/api
            hint: write `handler = "api.handler"` below `[lambda.api]` in dofs-package.toml; or `other.handler`
        "#]],
    );
}

#[test]
fn the_one_function_that_looks_like_a_handler_is_called_where_nobody_says_it() {
    for (modules, terraform, expected) in [
        (&[("api.py", "def handler(event, context): return 1\n")][..], "", Some("1\n")),
        (
            &[("api.py", "import a\ndef run(event, context): return a.X\n"), ("a.py", "X = 2\n")],
            "",
            Some("2\n"),
        ),
        (&[("api.py", "X = 1\n")], "", None),
        (
            &[("api.py", "def handler(event, context): return 1\n")],
            "resource \"aws_lambda_function\" \"api\" {\n  handler = var.handler\n  filename = \
             \"lambdas/api/api.zip\"\n}\n",
            None,
        ),
    ] {
        let project = project("");
        project.write("dofs-package.toml", "");
        project.write("main.tf", terraform);
        modules.iter().for_each(|(name, text)| project.write(&format!("lambdas/api/{name}"), text));
        let run = project.run(&["invoke", "api"]);
        assert_eq!(run.code, if expected.is_some() { 0 } else { 3 }, "{}", run.text());
        assert_eq!(run.stdout, expected.unwrap_or_default(), "{}", run.text());
    }
}

#[test]
fn what_new_has_made_can_be_called() {
    let project = project("");
    assert_eq!(project.run(&["new", "hello"]).code, 0);
    let run = project.run(&["invoke", "hello"]);
    assert_eq!(
        (run.code, &*run.stdout),
        (0, "{\"message\": \"hello from hello\"}\n"),
        "{}",
        run.text()
    );
}

/// A function in a `*.tf` file that has the zip of `api`.
fn function(name: &str, handler: &str, runtime: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"{name}\" {{\n  \
           function_name = \"{name}\"\n  filename = \"lambdas/api/api.zip\"\n  \
           handler = \"{handler}\"\n  runtime = \"{runtime}\"\n}}\n"
    )
}

#[test]
fn terraform_says_handler_and_name() {
    let project = project("def run(event, context): return context.function_name\n");
    project.write("dofs-package.toml", "");
    let runtime = format!("python{}", super::version());
    project.write("main.tf", function("the_function", "api.run", &runtime));
    let run = project.run(&["invoke", "api"]);
    assert_eq!(run.stdout, "\"the_function\"\n", "{}", run.stderr);
}

#[test]
fn functions_with_several_handlers_leave_the_choice_to_the_user() {
    let project = project("A = 1\n");
    project.write("dofs-package.toml", "");
    let runtime = format!("python{}", super::version());
    let both = ["a", "b"].map(|name| function(name, &format!("api.{name}"), &runtime));
    project.write("main.tf", both.concat());
    let run = project.run(&["invoke", "api", "-q"]);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: its functions have several handlers: `api.a`, `api.b`
          --> lambdas/api
        hint: choose one as `handler` in `[lambda.api]`
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_function_of_another_language_is_refused() {
    let project = project("A = 1\n");
    project.write("dofs-package.toml", "");
    project.write("main.tf", function("node", "index.handler", "nodejs20.x"));
    let run = project.run(&["invoke", "api", "-q"]);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `api` runs on `nodejs20.x`, and `invoke` runs Python only
    "#]]
    .assert_eq(&run.text());
}
