//! Where imports begin: at the handler.

use expect_test::expect;

use super::{lambda, of, said};

#[test]
fn the_handler_of_the_config_is_where_imports_begin() {
    let files = [
        ("main.py", "import deploy_tool\n"),
        ("src/app.py", "import nowhere\ndef run(event, context): pass\n"),
    ];
    let project = lambda("3.12", &files, &[]);
    project
        .write("dofs-package.toml", "python = \"3.12\"\n[lambda.api]\nhandler = \"src/app.run\"\n");
    expect![[r#"
        [
            "src/app.py:1 nothing in the package gives `nowhere` (require what has `nowhere`, or name it in `allow-imports`)",
        ]
    "#]]
    .assert_debug_eq(&said(&project));
}

#[test]
fn without_a_handler_those_count_that_look_like_one() {
    for name in ["lambda_function.py", "handler.py", "app.py", "main.py", "index.py", "api.py"] {
        assert_eq!(of(&[(name, "import nowhere\n")]).len(), 1, "{name}");
    }
    let shaped = "import nowhere\ndef run(event, context): pass\n";
    assert_eq!(of(&[("whatever.py", shaped)]).len(), 1);
    assert_eq!(of(&[("whatever.py", "import nowhere\n")]), [""; 0]);
    assert_eq!(of(&[("deeper/handler.py", shaped)]), [""; 0]);
}

#[test]
fn a_handler_that_is_not_there_is_told() {
    let project = lambda("3.12", &[("app.py", "def handler(event, context): pass\n")], &[]);
    let with = |handler: &str| {
        let config = format!("python = \"3.12\"\n[lambda.api]\nhandler = \"{handler}\"\n");
        project.write("dofs-package.toml", config);
        said(&project)
    };
    assert_eq!(with("app.handler"), [""; 0]);
    expect![[r#"
        [
            "app.py `app.handlr` needs `handlr` in `app.py`, which has none of that name, but `handler` (name the function that Lambda is to call in `handler`)",
        ]
    "#]]
    .assert_debug_eq(&with("app.handlr"));
    expect![[r#"
        [
            "app.py `ap.handler` needs `ap.py`, and the package has `app.py` (name the function that Lambda is to call in `handler`)",
        ]
    "#]]
    .assert_debug_eq(&with("ap.handler"));
}

#[test]
fn what_the_targets_python_cannot_parse_is_told() {
    let files = [("handler.py", "import util\n"), ("util.py", "\nmatch 1:\n    case 1: pass\n")];
    assert_eq!(said(&lambda("3.10", &files, &[])), [""; 0]);
    expect![[r#"
        [
            "util.py:2 Python 3.9 can't parse `util.py`: cannot use `match` statement on Python 3.9 (syntax was added in Python 3.10)",
        ]
    "#]]
    .assert_debug_eq(&said(&lambda("3.9", &files, &[])));
    let files = [("handler.py", "def run(event, context)\n    pass\n")];
    expect![[r#"
        [
            "handler.py:1 Python 3.12 can't parse `handler.py`: expected `:`, found newline",
        ]
    "#]]
    .assert_debug_eq(&said(&lambda("3.12", &files, &[])));
}

#[test]
fn a_handler_of_terraform_is_looked_for_whatever_the_config_says() {
    let module = "def handler(event, context): pass\n";
    let project = lambda("3.12", &[("app.py", module), ("other.py", module)], &[]);
    let config = "python = \"3.12\"\n[lambda.api]\nhandler = \"app.handler\"\n";
    project.write("dofs-package.toml", config);
    let said = |handler: &str| {
        let function = format!(
            "resource \"aws_lambda_function\" \"api\" {{\n  function_name = \"api\"\n  \
             filename = \"lambdas/api/api.zip\"\n  runtime = \"python3.12\"\n  \
             handler = {handler}\n}}\n"
        );
        project.write("main.tf", function);
        said(&project)
    };
    for handler in ["\"app.handler\"", "\"other.handler\"", "var.handler"] {
        assert_eq!(said(handler), [""; 0], "{handler}");
    }
    for (handler, message) in [
        ("\"main.handler\"", "`main.handler` needs `main.py`, and the package has"),
        ("\"app.run\"", "`app.run` needs `run` in `app.py`"),
    ] {
        let all = said(handler);
        assert!(all.len() == 1 && all[0].contains(message), "{all:?}");
    }
}

#[test]
fn a_handler_of_terraform_is_told_with_its_line() {
    let project = lambda("3.12", &[("app.py", "def handler(event, context): pass\n")], &[]);
    let with = |handler: &str| {
        project.write(
            "main.tf",
            format!(
                "resource \"aws_lambda_function\" \"api\" {{\n  function_name = \"api\"\n  \
                 filename = \"lambdas/api/api.zip\"\n  runtime = \"python3.12\"\n  \
                 handler = \"{handler}\"\n}}\n"
            ),
        );
        said(&project)
    };
    assert_eq!(with("app.handler"), [""; 0]);
    for (handler, module) in
        [("app.handlr", "`app.py`"), ("ap.handler", "`ap.py`"), ("handler", "`")]
    {
        let said = with(handler);
        assert!(said[0].starts_with("main.tf:5 ") && said[0].contains(module), "{said:?}");
    }
}

#[test]
fn a_module_that_a_rule_leaves_out_comes_back_by_include() {
    for (path, import, glob) in [
        ("fast.pyc", "fast", "fast.pyc"),
        ("lib/fast.pyc", "lib.fast", "lib/fast.pyc"),
        ("lib/deep/fast.pyc", "lib.deep.fast.more", "lib/deep/fast.pyc"),
        ("own/pyvenv.cfg", "own.tool", "own/**"),
        ("own/pyvenv.cfg", "own", "own/**"),
    ] {
        let text = format!("import {import}\n");
        let said = of(&[("handler.py", &text), (path, ""), ("lib/other.py", "")]);
        assert!(said[0].contains(&format!("add `{glob}` to `include`")), "{said:?}");
    }
    let project = lambda("3.12", &[("handler.py", "import gone\n"), ("gone.py", "")], &[]);
    project.write("dofs-package.toml", "python = \"3.12\"\nexclude = [\"gone.py\"]\n");
    assert!(
        said(&project)[0].contains("keep `gone.py`, which is left out: "),
        "{:?}",
        said(&project)
    );
}

#[test]
fn verify_tells_a_syntax_error_once() {
    for (files, handler, count) in [
        (vec![("app.py", "def run(event, context)\n")], "app.run", 1),
        (
            vec![("app.py", "import util\ndef run(event, context): pass\n"), ("util.py", "(\n")],
            "app.run",
            1,
        ),
        (vec![("app.py", "import util\ndef run(\n"), ("util.py", "(\n")], "app.run", 1),
        (vec![("src/app.py", "x = = 1\n")], "src.app.run", 1),
        (vec![("app.py", "def run(event, context): pass\n")], "app.run", 0),
    ] {
        let project = lambda("3.12", &files, &[]);
        let config = format!("python = \"3.12\"\n[lambda.api]\nhandler = \"{handler}\"\n");
        project.write("dofs-package.toml", config);
        let run = project.run(&["verify"]);
        let told = run.stdout.lines().filter(|line| line.contains("parse")).count();
        assert_eq!(told, count, "{}", run.text());
        let is_right = run.stdout.contains("every import is given");
        assert_eq!(is_right, count == 0, "{}", run.text());
    }
}

#[test]
fn a_handler_of_a_script_is_none() {
    let text = "if __name__ == \"__main__\":\n    def run(event, context): pass\n";
    let project = lambda("3.12", &[("app.py", text)], &[]);
    project.write("dofs-package.toml", "python = \"3.12\"\n[lambda.api]\nhandler = \"app.run\"\n");
    let said = said(&project).concat();
    assert!(
        said.contains("`app.run` needs `run` in `app.py`, which has none of that name"),
        "{said}"
    );
}

/// The codes of what is said of the first lambda.
fn codes(project: &crate::support::Project) -> Vec<String> {
    let json = project.run(&["build", "-n", "--format", "json"]).json();
    let warnings = json["packages"][0]["warnings"].as_array().expect("a list").iter();
    warnings.map(|it| it["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn where_nothing_looks_like_a_handler_that_is_told_since_nothing_is_judged() {
    let shaped = "import nowhere\ndef run(event, context): pass\n";
    for files in [
        &[("src/handler.py", shaped)][..],
        &[("group/cron/handler.py", shaped), ("group/web/handler.py", shaped)],
        &[("shared.py", "A = 1\n"), ("models.py", "B = 2\n")],
    ] {
        let project = lambda("3.12", files, &[]);
        assert_eq!(codes(&project), ["unknown-handler"], "{files:?}");
    }
    for files in [
        &[("handler.py", "")][..],
        &[("whatever.py", "def run(event, context): pass\n")],
        &[("bootstrap", "#!/bin/sh\n")],
    ] {
        assert_eq!(codes(&lambda("3.12", files, &[])), [""; 0], "{files:?}");
    }
    let project = lambda("3.12", &[("src/handler.py", shaped)], &[]);
    project.write("dofs-package.toml", "python = \"3.12\"\nimports = \"error\"\n");
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: no module at its top looks like one that Lambda calls, so its imports are not judged
          --> lambdas/api
        hint: set `handler` in `[lambda.api]`, or take what is no lambda out of `lambdas` with `!`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&["-q"]).text());
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    let run = project.run(&["verify", "-q"]);
    assert!(run.stdout.contains("api\timports\twarning\tno module at its top"), "{}", run.text());
}

#[test]
fn a_handler_that_is_left_out_is_kept_by_the_rule_that_leaves_it_out() {
    let files = [("app.py", "def run(event, context): pass\n"), (".lambdaignore", "app.py\n")];
    let project = lambda("3.12", &[&files[..], &[("other.py", "")]].concat(), &[]);
    let config = "python = \"3.12\"\n[lambda.api]\nhandler = \"app.run\"\n";
    project.write("dofs-package.toml", config);
    let told = said(&project);
    assert!(
        told[0].ends_with("(keep `app.py`, which is left out: .lambdaignore: app.py)"),
        "{told:?}"
    );
}
