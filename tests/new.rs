//! `new`: a lambda is made where it will be found.

use expect_test::expect;

use crate::support::Project;

#[test]
fn a_first_lambda_is_made_from_nothing_and_packaged() {
    let project = Project::new();
    expect![[r#"
        exit code: 0
        --- stdout
        lambdas/hello/lambda_function.py	written
        --- stderr
                Next package it with `cargo dofs-package`
                Next set `handler = "lambda_function.lambda_handler"` in its function in Terraform
                Next set `filename = "${path.module}/lambdas/hello/hello.zip"` there
                Next set `source_code_hash = filebase64sha256("${path.module}/lambdas/hello/hello.zip")` there
    "#]].assert_eq(&project.run(&["new", "hello"]).text());
    let run = project.run(&[]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(!run.stderr.contains("warning"), "{}", run.text());
    let members: Vec<String> = project.entries("lambdas/hello/hello.zip").into_keys().collect();
    assert_eq!(members, ["lambda_function.py"]);
}

#[test]
fn it_goes_where_a_glob_of_the_config_finds_it() {
    for (config, name, module) in [
        ("", "api", "lambdas/api/lambda_function.py"),
        ("lambdas = [\"src/*\"]\n", "api", "src/api/lambda_function.py"),
        ("lambdas = [\"functions/*/src\"]\n", "pay", "functions/pay/src/lambda_function.py"),
        ("lambdas = [\"a/*\", \"!a/api\", \"b/*\"]\n", "api", "b/api/lambda_function.py"),
        ("lambdas = [\"a/fn_*\", \"b/*\"]\n", "api", "b/api/lambda_function.py"),
        ("lambdas = [\"api/*/*\"]\n", "consumer-status", "api/consumer/status/lambda_function.py"),
    ] {
        let project = Project::with(&[("dofs-package.toml", config)]);
        let run = project.run(&["new", name, "--requirements"]);
        assert_eq!(run.code, 0, "{}", run.text());
        let requirements = module.replace("lambda_function.py", "requirements.txt");
        assert_eq!(run.stdout, format!("{module}\twritten\n{requirements}\twritten\n"));
        let run = project.run(&["list"]);
        assert!(run.stdout.starts_with(&format!("{name}\t")), "{config}: {}", run.text());
        assert_eq!(project.run(&["-q"]).code, 0);
    }
}

#[test]
fn what_is_there_stays_and_what_is_no_name_is_refused() {
    let project = Project::with(&[
        ("dofs-package.toml", "lambdas = [\"src/fn_*\"]\n[lambda.worker]\npath = \"work\"\n"),
        ("src/fn_a/app.py", "A = 1\n"),
        ("src/fn_b/notes.md", "mine\n"),
        ("src/fn_c", "a file\n"),
        ("work/app.py", "A = 1\n"),
    ]);
    let said = |name: &str| {
        let run = project.run(&["new", name]);
        format!("{} {}", run.code, run.stderr)
    };
    for name in ["fn_a", "fn_b", "fn_c"] {
        let expected =
            format!("3 error: `src/{name}` is there already\nhint: choose another name\n");
        assert_eq!(said(name), expected);
    }
    assert_eq!(said("worker"), "3 error: `work` is there already\nhint: choose another name\n");
    expect![[r#"
        3 error: no folder in `src/fn_*` would be called `api`
        hint: add a glob to `lambdas` in the config, such as `"lambdas/*"`
    "#]]
    .assert_eq(&said("api"));
    for name in ["a/b", "_a", "..", "", "a b", "-"] {
        let run = project.run(&["new", "--", name]);
        assert_eq!(run.code, 2, "{name}: {}", run.text());
    }
    expect![[r#"
        2 error: no lambda can be called `a.b`
        hint: name it with letters, digits, `-` and `_`, and with no `_` in front
    "#]]
    .assert_eq(&said("a.b"));
    assert_eq!(project.read("src/fn_b/notes.md"), b"mine\n");
}

#[test]
fn the_lines_for_terraform_are_those_of_the_manifest_where_there_is_one() {
    let lines = |config: &str, name: &str| {
        let project = Project::with(&[("dofs-package.toml", config), ("terraform/main.tf", "")]);
        let run = project.run(&["new", name]);
        assert_eq!(run.code, 0, "{}", run.text());
        run.stderr.lines().skip(1).map(|line| line.trim().to_owned() + "\n").collect::<String>()
    };
    expect![[r#"
        Next set `handler = "lambda_function.lambda_handler"` in its function in Terraform
        Next set `filename = "${path.module}/${local.packages["my-api"].filename}"` there
        Next set `source_code_hash = local.packages["my-api"].source_code_hash` there
    "#]]
    .assert_eq(&lines("manifest = \"terraform/packages.json\"\n", "my-api"));
    expect![[r#"
        Next set `handler = "lambda_function.lambda_handler"` in its function in Terraform
        Next set `filename = "${path.module}/../dist/api.zip"` there
        Next set `source_code_hash = filebase64sha256("${path.module}/../dist/api.zip")` there
    "#]]
    .assert_eq(&lines("out-dir = \"dist\"\n", "api"));
}
