//! The keys `imports` and `allow-imports`, and where their answers are.

use expect_test::expect;

use super::{lambda, said};
use crate::support::Project;

fn project(config: &str) -> Project {
    let text = "import yaml\nimport own.part\ndef handler(event, context): pass\n";
    let project = lambda("3.12", &[("handler.py", text)], &[]);
    project.write("dofs-package.toml", format!("python = \"3.12\"\n{config}"));
    project
}

#[test]
fn a_missing_import_is_a_failure_where_the_config_says_so() {
    for config in ["imports = \"error\"\n", "[lambda.api]\nimports = \"error\"\n"] {
        let run = project(config).run(&["build"]);
        assert_eq!(run.code, 4);
        expect![[r#"
            error: nothing in the package gives `yaml`
              --> lambdas/api/handler.py:1
              caused by: lambdas/api/handler.py:2: nothing in the package gives `own.part`
            hint: require `PyYAML`
            error: 1 of 1 lambda could not be packaged
        "#]]
        .assert_eq(&errors(&run.stderr));
    }
}

/// What is said from the first error on.
fn errors(talk: &str) -> String {
    let from = talk.find("error:").unwrap_or(talk.len());
    talk[from..].to_owned()
}

#[test]
fn nobody_looks_where_the_config_says_so() {
    assert_eq!(said(&project("imports = \"off\"\n")), [""; 0]);
    let project = project("imports = \"error\"\n[lambda.api]\nimports = \"off\"\n");
    assert_eq!(said(&project), [""; 0]);
    assert!(!project.run(&["verify"]).stdout.contains("imports"));
}

#[test]
fn an_allowed_module_counts_with_what_is_inside_of_it() {
    assert_eq!(said(&project("allow-imports = [\"yaml\", \"own\"]\n")), [""; 0]);
    assert_eq!(said(&project("allow-imports = [\"yaml\", \"own.part\"]\n")), [""; 0]);
    assert_eq!(said(&project("allow-imports = [\"yaml\"]\n")).len(), 1);
    assert_eq!(said(&project("[lambda.api]\nallow-imports = [\"yam\", \"ow\"]\n")).len(), 2);
}

#[test]
fn the_keys_have_twins_in_the_environment() {
    let project = project("");
    let run = project.tool().env("DOFS_PACKAGE_IMPORTS", "error").run(&["build", "-n"]);
    assert_eq!(run.code, 4);
    let run = project.tool().env("DOFS_PACKAGE_ALLOW_IMPORTS", "yaml, own").run(&["build", "-n"]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    let run = project.tool().env("DOFS_PACKAGE_IMPORTS", "maybe").run(&["build", "-n"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("`maybe` is none of `warn`, `error` and `off`"), "{}", run.stderr);
}

#[test]
fn verify_tells_imports_as_a_check() {
    let rows = |project: &Project| {
        project.run(&["build", "--force"]);
        let run = project.run(&["verify"]);
        let lines = run.stdout.lines().filter(|line| line.contains("\timports\t"));
        let lines: Vec<String> = lines.map(|line| line.replace('\t', " ")).collect();
        (run.code, lines)
    };
    assert_eq!(
        rows(&project("")),
        (
            0,
            vec![
                "api imports warning lambdas/api/handler.py:1: nothing in the package gives `yaml`".to_owned(),
                "api imports warning lambdas/api/handler.py:2: nothing in the package gives `own.part`".to_owned()
            ]
        )
    );
    assert_eq!(
        rows(&project("allow-imports = [\"yaml\", \"own\"]\n")),
        (
            0,
            vec![
                "api imports ok every import is given, of 1 module that the handler reaches"
                    .to_owned()
            ]
        )
    );
    let strict = project("");
    strict.run(&["build"]);
    strict.write("dofs-package.toml", "python = \"3.12\"\nimports = \"error\"\n");
    let run = strict.run(&["verify"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("api\timports\tdiffers\t"), "{}", run.stdout);
}

#[test]
fn list_warns_and_goes_on() {
    let run = project("imports = \"error\"\n").run(&["list"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("nothing in the package gives `yaml`"), "{}", run.stderr);
}

#[test]
fn a_module_that_no_handler_can_be_in_is_not_judged() {
    let old = "import psycopg2\ndef lambda_handler(event, context): pass\n";
    let files = [("handler.py", "def handler(event, context): pass\n"), (".handler_old.py", old)];
    assert_eq!(super::of(&files), [""; 0]);
}

#[test]
fn a_function_that_is_not_python_is_not_judged() {
    let project = Project::new();
    project.write("lambdas/edge/index.mjs", "export const handler = 1\n");
    project.write(
        "main.tf",
        "resource \"aws_lambda_function\" \"edge\" {\n  function_name = \"edge\"\n  filename = \
         \"lambdas/edge/edge.zip\"\n  runtime = \"nodejs22.x\"\n  handler = \"index.handler\"\n}\n",
    );
    assert_eq!(said(&project), [""; 0]);
}

#[test]
fn requirements_that_are_not_read_are_the_one_cause_of_what_they_would_give() {
    let text = "import requests\nimport yaml\nimport datetme\ndef handler(event, context): pass\n";
    let project = lambda("3.12", &[("handler.py", text)], &[]);
    project.write("requirements.txt", "requests\nPyYAML\n");
    expect![[r#"
        [
            "handler.py:3 nothing in the package gives `datetme` (write `datetime`, if that is meant; or require what has `datetme`)",
        ]
    "#]]
    .assert_debug_eq(&said(&project));
    let project = lambda("3.12", &[("handler.py", text)], &[]);
    assert_eq!(said(&project).len(), 3);
}

#[test]
fn a_module_that_is_nested_too_deeply_is_not_looked_into_and_a_note_says_so() {
    for text in ["not ".repeat(5_000), "(".repeat(5_000), "x[".repeat(5_000), "-".repeat(200_000)] {
        let files = [("handler.py", &*format!("import nowhere\nx = {text}1\n"))];
        let project = lambda("3.12", &files, &[]);
        assert_eq!(said(&project), [""; 0]);
        let run = project.run(&["build", "-n", "-v"]);
        let note = "lambdas/api/handler.py: it is not looked into: it is nested too deeply";
        assert!(run.code == 0 && run.stderr.contains(note), "{}", run.text());
    }
}

#[test]
fn what_may_be_missing_is_told_with_its_reason_and_verify_counts_it() {
    for (text, reason) in [
        ("def f():\n  import yaml\n", "the import is in a function, or under a condition"),
        ("if DEBUG:\n  import yaml\n", "the import is in a function, or under a condition"),
        (
            "import sys\nsys.path.append(DEBUG)\nimport yaml\n",
            "where modules are looked for changes when it runs",
        ),
        ("def f():\n  import own\n", "its module is imported in a function, or under a condition"),
        ("def f():\n  import bad\n", "its module is imported in a function, or under a condition"),
    ] {
        let text = format!(
            "import os\nDEBUG = os.environ\n{text}def lambda_handler(event, context): pass\n"
        );
        let files = [("handler.py", &*text), ("own.py", "import yaml\n"), ("bad.py", "return 1\n")];
        let project = lambda("3.12", &files, &[]);
        project.run(&["build"]);
        let run = project.run(&["verify", "-v"]);
        assert!(run.stderr.contains(&format!(", perhaps: {reason}")), "{text}{}", run.stderr);
        let detail = "; 1 import may fail, shown with `-v`";
        assert!(run.stdout.contains(detail), "{text}{}", run.stdout);
    }
}
