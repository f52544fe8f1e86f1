//! Names of functions that are none: the AWS CLI would read them from files, or fetch them.

use expect_test::expect;

use crate::support::{Project, Run};

/// A project of two lambdas, of which `b` has a function that Lambda knows.
fn project(config: &str) -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", config),
        ("lambdas/a/a.py", "A = 1\n"),
        ("lambdas/b/b.py", "B = 1\n"),
    ]);
    let answer = "echo \"$*\" >> \"$HOME/calls\"\n\
                  echo '{\"FunctionName\": \"b\", \"CodeSha256\": \"x\", \"PackageType\": \"Zip\"}'";
    project.lone_program("aws", answer);
    project
}

fn run(project: &Project, arguments: &[&str]) -> Run {
    let path = project.program("unused", "");
    project.tool().env("PATH", path).run(&[&["verify", "--deployed", "-q"], arguments].concat())
}

/// What the CLI was asked.
fn calls(project: &Project) -> String {
    std::fs::read_to_string(project.home().join("calls")).unwrap_or_default()
}

const B: &str = "lambda get-function-configuration --function-name b --output json\n";

#[test]
fn what_is_no_name_is_its_lambdas_failure_and_the_others_are_asked() {
    let project = project(
        "[lambda.a]\nfunction-name = \"file:///etc/passwd\"\n[lambda.b]\nfunction-name = \"b\"\n",
    );
    let run = run(&project, &[]);
    expect![[r#"
        exit code: 4
        --- stdout
        b	deployed	differs	b: Lambda has other code: apply; or, where `terraform plan` has no changes and `lambdas/b/b.zip` is this package, run `aws lambda update-function-code --function-name b --zip-file fileb://lambdas/b/b.zip` in the root
        --- stderr
        error: `file:///etc/passwd` is no name of a function in Lambda
          --> lambdas/a
        hint: give its name (letters, digits, `-` and `_`, not a dash at first) or its ARN in `function-name`, or where Terraform has it
    "#]]
    .assert_eq(&run.text());
    assert_eq!(calls(&project), B);
}

#[test]
fn no_name_that_is_syntax_reaches_the_cli() {
    for name in [
        "file://x",
        "fileb:///etc/passwd",
        "http://127.0.0.1:1/x",
        "https://127.0.0.1:1/x",
        "--debug",
        "-x",
        "a b",
        "../x",
    ] {
        let named = |name: &str| format!("[lambda.a]\nfunction-name = {name:?}\n");
        let project = project(&format!("{}[lambda.b]\nfunction-name = \"b\"\n", named(name)));
        assert_eq!((run(&project, &[]).code, calls(&project).as_str()), (4, B), "{name}");
    }
}

#[test]
fn a_name_of_terraforms_files_is_checked_too() {
    let project = project("[lambda.b]\nfunction-name = \"b\"\n");
    let function = "resource \"aws_lambda_function\" \"a\" {\n  function_name = \"file:///etc/passwd\"\n  \
                    filename = \"lambdas/a/a.zip\"\n}\n";
    project.write("main.tf", function);
    assert_eq!((run(&project, &[]).code, calls(&project).as_str()), (4, B));
}

#[test]
fn a_name_and_a_region_of_a_state_are_checked_too() {
    for (name, arn) in [
        ("file:///etc/passwd", "arn:aws:lambda:eu-west-1:123456789012:function:a"),
        ("a", "arn:aws:lambda:--debug:123456789012:function:a"),
        ("a", "arn:aws:lambda:file:///etc/passwd:123456789012:function:a"),
    ] {
        let project = project("");
        let values = serde_json::json!({
            "function_name": name, "arn": arn, "filename": "lambdas/a/a.zip", "runtime": "python3.12",
            "handler": "a.handler", "package_type": "Zip", "source_code_hash": "x",
        });
        let resource = serde_json::json!({
            "address": "aws_lambda_function.a", "mode": "managed", "type": "aws_lambda_function",
            "name": "a", "values": values,
        });
        let state = serde_json::json!({
            "format_version": "1.0", "terraform_version": "1.9.0",
            "values": { "root_module": { "resources": [resource] } },
        });
        project.write("state.json", state.to_string());
        let run = run(&project, &["--state", "state.json"]);
        assert!(!calls(&project).contains(name) || name == "a", "{}", run.text());
        assert!(!calls(&project).contains("--region --debug"), "{}", calls(&project));
        assert!(!calls(&project).contains("file:"), "{}", calls(&project));
    }
}
