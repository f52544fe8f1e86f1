//! What Terraform's files say of a function, and the command line does not.

use super::{handler, version};
use crate::support::{Project, Run};

/// A project whose function of Terraform has these arguments.
fn function(body: &str, arguments: &str) -> Project {
    let project = handler(body);
    project.write("dofs-package.toml", "");
    let version = version();
    project.write(
        "main.tf",
        format!(
            "variable \"open\" {{}}\nvariable \"size\" {{ default = 512 }}\n\
             resource \"aws_lambda_function\" \"api\" {{\n  function_name = \"api\"\n  \
             filename = \"lambdas/api/api.zip\"\n  handler = \"api.handler\"\n  \
             runtime = \"python{version}\"\n{arguments}\n}}\n"
        ),
    );
    project
}

fn invoked(project: &Project, arguments: &[&str]) -> Run {
    project.run(&[&["invoke", "api"], arguments].concat())
}

const GET: &str = "import os\nreturn [os.environ.get(name) for name in ('A', 'B')]";

#[test]
fn known_variables_are_set_and_typed_ones_win() {
    for (variables, typed, expected) in [
        ("{ A = \"a\", B = \"b\" }", "", r#"["a", "b"]"#),
        ("{ A = var.size, B = true }", "", r#"["512", "true"]"#),
        ("{ A = \"a\", B = \"b\" }", "B=typed", r#"["a", "typed"]"#),
        ("merge({ A = \"a\" }, { B = \"${var.size}\" })", "", r#"["a", "512"]"#),
        ("{ A = var.open, B = \"b\" }", "", r#"[null, "b"]"#),
        ("{ A = null }", "", r#"[null, null]"#),
        ("var.open", "A=a", r#"["a", null]"#),
    ] {
        let block = format!("environment {{\n variables = {variables}\n}}");
        let typed: &[&str] = if typed.is_empty() { &[] } else { &["--env", typed] };
        let run = invoked(&function(GET, &block), typed);
        assert_eq!(run.stdout, format!("{expected}\n"), "{variables} {}", run.text());
    }
}

#[test]
fn variables_that_nobody_tells_are_named() {
    let block = "timeout = var.open\nenvironment {\n variables = { A = var.open, B = var.open }\n}";
    let project = function("import os\nreturn os.environ['A']", block);
    let run = invoked(&project, &["-v"]);
    let note = "Note `api`: Terraform's files do not tell `A`, `B` and `timeout` of its function";
    assert!(run.stderr.contains(note), "{}", run.text());
    let hint =
        "hint: set what it may miss with `--env`: Terraform's files do not tell `A` and 1 more";
    assert!(run.code == 1 && run.stderr.contains(hint), "{}", run.text());
    // No variable gives a module that the handler's needs.
    let broken = function("return 1", block);
    broken.write("lambdas/api/api.py", "import no_such_module\n");
    let run = invoked(&broken, &[]);
    assert!(run.code == 1 && !run.stderr.contains("--env"), "{}", run.text());
    let run = invoked(&project, &["--env", "A=a", "--env", "B=b", "-v"]);
    assert!(run.code == 0 && run.stderr.contains("do not tell `timeout` of"), "{}", run.text());
    let run = invoked(&function("return 1", "environment {\n variables = var.open\n}"), &["-v"]);
    assert!(run.stderr.contains("do not tell all variables of"), "{}", run.text());
}

#[test]
fn its_time_and_memory_are_those_of_the_function() {
    let body =
        "return [context.memory_limit_in_mb, context.get_remaining_time_in_millis() // 1000]";
    for (arguments, typed, expected) in [
        ("timeout = 30\nmemory_size = var.size", &[][..], r#"["512", 29]"#),
        ("timeout = 30", &["--timeout", "60"], r#"["128", 59]"#),
        ("", &[], r#"["128", 899]"#),
        ("timeout = var.open\nmemory_size = 256", &[], r#"["256", 899]"#),
        ("", &["--env", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1024"], r#"["1024", 899]"#),
    ] {
        let run = invoked(&function(body, arguments), typed);
        assert_eq!(run.stdout, format!("{expected}\n"), "{arguments} {}", run.text());
    }
    let run = invoked(&function("import time\ntime.sleep(60)", "timeout = 1"), &[]);
    assert!(run.stderr.contains("did not return within 1 s"), "{}", run.text());
}

#[test]
fn a_search_path_of_terraforms_is_that_of_the_function() {
    let block = "environment {\n variables = { PYTHONPATH = \"/var/task/lib\" }\n}";
    let project = function("import inner\nreturn inner.X", block);
    project.write("lambdas/api/lib/inner.py", "X = 1\n");
    assert_eq!(invoked(&project, &[]).stdout, "1\n");
}
