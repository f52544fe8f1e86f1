//! What Terraform says against the sources.

use expect_test::expect;
use serde_json::{Value, json};

use super::{lines, packaged};
use crate::support::{Project, Run};

fn function(address: &str, name: &str, hash: &str) -> Value {
    json!({
        "address": address, "mode": "managed", "type": "aws_lambda_function", "name": "this",
        "values": {
            "function_name": name, "filename": format!("modules/m/../../../lambdas/{name}/{name}.zip"),
            "source_code_hash": hash, "code_sha256": hash, "handler": format!("{name}.handler"),
            "runtime": "python3.12", "architectures": ["x86_64"], "package_type": "Zip",
        },
    })
}

fn state(functions: &[Value]) -> Value {
    json!({
        "format_version": "1.0", "terraform_version": "1.11.4",
        "values": {"root_module": {"child_modules": [{"address": "module.m", "resources": functions}]}},
    })
}

fn verify(project: &Project, document: &Value, arguments: &[&str]) -> Run {
    project.write("state.json", document.to_string());
    project.run(&[&["verify", "-q", "--state", "state.json"], arguments].concat())
}

#[test]
fn a_state_says_what_an_apply_would_do() {
    let project = packaged();
    let digests = project.digests();
    let a = function("module.m.aws_lambda_function.this[\"a\"]", "a", &digests["a"]);
    let b = function("module.m.aws_lambda_function.this[\"b\"]", "b", &digests["a"]);
    project.write("lambdas/c/c.py", "C = 1\n");
    expect![[r#"
        exit code: 1
        --- stdout
        a	state	ok	module.m.aws_lambda_function.this["a"]: an apply leaves it
        a	handler	ok	module.m.aws_lambda_function.this["a"]: the module of `a.handler` is there: `a.py`
        a	runtime	ok	module.m.aws_lambda_function.this["a"]: it runs on python3.12
        b	state	differs	module.m.aws_lambda_function.this["b"]: an apply would update it
        b	handler	ok	module.m.aws_lambda_function.this["b"]: the module of `b.handler` is there: `b.py`
        b	runtime	ok	module.m.aws_lambda_function.this["b"]: it runs on python3.12
        c	state	missing	the state has no function that is made of it: to leave it out, name the lambdas that have one
        --- stderr
    "#]]
    .assert_eq(&verify(&project, &state(&[a, b]), &[]).text());
}

#[test]
fn a_state_of_what_is_packaged_is_as_it_should_be() {
    let project = packaged();
    let digests = project.digests();
    let functions: Vec<Value> =
        ["a", "b"].map(|name| function(&format!("f.{name}"), name, &digests[name])).into();
    let run = verify(&project, &state(&functions), &["--terraform-dir", "terraform"]);
    assert_eq!(run.code, 0, "{}", run.text());
    // Zips on disk are not what was asked about.
    std::fs::remove_file(project.path("lambdas/a/a.zip")).expect("a zip");
    assert_eq!(verify(&project, &state(&functions), &[]).code, 0);
}

/// A check that says nothing would be a check that says that all is well.
#[test]
fn a_lambda_without_a_function_is_missing_whether_it_is_named_or_not() {
    let project = packaged();
    let digests = project.digests();
    let of_a = || function("f.a", "a", &digests["a"]);
    expect![[r#"
        exit code: 1
        --- stdout
        b	state	missing	the state has no function that is made of it: to leave it out, name the lambdas that have one
        --- stderr
    "#]]
    .assert_eq(&verify(&project, &state(&[of_a()]), &["b"]).text());
    assert_eq!(verify(&project, &state(&[of_a()]), &["a"]).code, 0);
    let all = verify(&project, &state(&[of_a()]), &[]);
    assert_eq!(all.code, 1);
    assert!(lines(&all).contains(&"b state missing".to_owned()), "{}", all.text());
    // From S3, it may be any.
    let mut foreign = function("f.s3", "x", &digests["b"]);
    foreign["values"]["filename"] = json!(null);
    foreign["values"]["s3_bucket"] = json!("packages");
    expect![[r#"
        exit code: 1
        --- stdout
        b	state	missing	the state has no function that is known to be made of it: if `f.s3` is, set `function-name` in `[lambda.b]`
        --- stderr
    "#]]
    .assert_eq(&verify(&project, &state(&[of_a(), foreign]), &["b"]).text());
}

/// What else is asked for must not change what a function is made of.
#[test]
fn a_function_of_another_lambda_is_not_taken_for_the_named_ones() {
    let project = Project::with(&[
        ("dofs-package.toml", "lambdas = [\"lambdas/*\", \"more/lambdas/*\"]\n"),
        ("lambdas/a/a.py", ""),
        ("more/lambdas/other/other.py", ""),
    ]);
    let digests = project.digests();
    let mut other = function("f.other", "other", &digests["a"]);
    other["values"]["function_name"] = json!("team-a");
    project.write(
        "dofs-package.toml",
        "lambdas = [\"lambdas/*\", \"more/lambdas/*\"]\n[lambda.a]\nfunction-name = \"team-*\"\n",
    );
    let run = verify(&project, &state(&[other]), &["a"]);
    assert_eq!((run.code, lines(&run)), (1, vec!["a state missing".to_owned()]));
}

#[test]
fn it_comes_on_standard_input_too() {
    use std::io::Write as _;
    let project = packaged();
    let digests = project.digests();
    let text = state(&[function("f.a", "a", &digests["a"])]).to_string();
    let mut command = project.tool().command(&["verify", "a", "-q", "--state", "-"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the tool can be started");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let stdout = String::from_utf8(output.stdout).expect("text");
    assert!(stdout.starts_with("a\tstate\tok\tf.a: "), "{stdout}");
}

#[test]
fn what_is_no_json_on_standard_input_is_told_without_a_file() {
    let project = packaged();
    let run = project.run(&["verify", "--state", "-"]);
    expect![[r#"
        error: standard input is empty
        hint: look whether `terraform show -json` failed
    "#]]
    .assert_eq(&run.stderr);
}

#[test]
fn a_runtime_that_the_package_is_not_for_differs() {
    let project = packaged();
    let digests = project.digests();
    let mut a = function("f.a", "a", &digests["a"]);
    a["values"]["runtime"] = json!("python3.9");
    a["values"]["architectures"] = json!(["arm64"]);
    let run = verify(&project, &state(&[a]), &["a"]);
    assert_eq!(
        (run.code, lines(&run)),
        (1, vec!["a state ok".into(), "a handler ok".into(), "a runtime differs".into()])
    );
}

#[test]
fn the_trap_of_an_update_that_failed_is_seen_in_the_state() {
    let project = packaged();
    let digests = project.digests();
    let mut a = function("f.a", "a", &digests["a"]);
    a["values"]["code_sha256"] = json!(digests["b"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	state	differs	f.a: Lambda has other code than `source_code_hash` says, as after an update that failed, and an apply would leave it so: once `lambdas/a/a.zip` is this package, run `aws lambda update-function-code --function-name a --zip-file fileb://lambdas/a/a.zip` in the root
        a	handler	ok	f.a: the module of `a.handler` is there: `a.py`
        a	runtime	ok	f.a: it runs on python3.12
        --- stderr
    "#]]
    .assert_eq(&verify(&project, &state(&[a]), &["a"]).text());
}

#[test]
fn what_is_no_json_of_terraform_is_refused() {
    let project = packaged();
    let table = [
        ("", "empty"),
        ("{\"format_version\": \"1.0\", ", "truncated"),
        ("[]", "foreign"),
        ("{\"format_version\": \"9.0\"}", "a later version"),
        ("{\"version\": 4, \"serial\": 1, \"resources\": []}", "the file itself"),
    ];
    let mut all = String::new();
    for (text, what) in table {
        project.write("state.json", text);
        let run = project.run(&["verify", "--state", "state.json"]);
        all += &format!("{what}: {}\n{}", run.code, run.stderr);
    }
    expect![[r#"
        empty: 3
        error: `state.json` is empty
        hint: look whether `terraform show -json` failed
        truncated: 3
        error: `state.json` is cut off in the middle
          --> state.json:1
          caused by: EOF while parsing a value at line 1 column 26
        hint: write it anew, and look whether `terraform show -json` failed
        foreign: 3
        error: `state.json` is JSON, but not as `terraform show -json` writes it
          --> state.json:1
          caused by: invalid type: sequence, expected struct Document at line 1 column 0
        hint: write it with `terraform show -json`, or `terraform show -json PLANFILE`
        a later version: 3
        error: `state.json` is a state of format 9.0, and this tool knows formats 0 and 1
        hint: install a newer version of this tool, or show it with an older Terraform
        the file itself: 3
        error: `state.json` is a state file as backends keep it, and not the output of `terraform show -json`
        hint: give the output of `terraform show -json`, which asks the backend itself, or of `terraform show -json FILE.tfstate`
    "#]]
    .assert_eq(&all);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: there is no `none.json`
    "#]]
    .assert_eq(&project.run(&["verify", "--state", "none.json"]).text());
}

#[test]
fn what_only_the_apply_tells_is_said_to_be_unchecked() {
    let project = packaged();
    let digests = project.digests();
    let after = function("f.a", "a", &digests["a"])["values"].clone();
    let plan = json!({
        "format_version": "1.2", "complete": false,
        "planned_values": {"root_module": {}},
        "resource_changes": [{
            "address": "f.a", "mode": "managed", "type": "aws_lambda_function",
            "change": {"actions": ["create"], "before": null, "after": after,
                "after_unknown": {"handler": true}, "after_sensitive": {"environment": true}},
        }],
    });
    project.write("plan.json", plan.to_string());
    expect![[r#"
        exit code: 0
        --- stdout
        a	state	ok	f.a: the plan creates it with this package
        a	runtime	ok	f.a: it runs on python3.12
        --- stderr
        warning: `a`: only the apply tells the `handler` of `f.a`, so it is not checked
        hint: verify the state after the apply
            Verified 2 checks in [TIME], with 1 warning
    "#]]
    .assert_eq(&project.run(&["verify", "a", "--state", "plan.json"]).text());
}

#[test]
fn a_function_that_goes_needs_no_handler() {
    let project = packaged();
    let digests = project.digests();
    let stays = function("f.a", "a", &digests["a"])["values"].clone();
    let mut goes = stays.clone();
    goes["handler"] = json!("gone.handler");
    let change = |address: &str, actions: &[&str], before: &Value, after: &Value| {
        json!({
            "address": address, "mode": "managed", "type": "aws_lambda_function",
            "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}},
        })
    };
    let plan = json!({
        "format_version": "1.2", "planned_values": {"root_module": {}},
        "resource_changes": [
            change("f.goes", &["delete"], &goes, &json!(null)),
            change("f.stays", &["no-op"], &stays, &stays),
        ],
    });
    project.write("plan.json", plan.to_string());
    let run = project.run(&["verify", "a", "-q", "--state", "plan.json"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

/// Green by the package of another project would be the worst of all answers.
#[test]
fn a_zip_of_that_name_elsewhere_is_not_ours() {
    let project = packaged();
    let digests = project.digests();
    let of_b = |filename: &str| {
        let mut b = function("f.b", "b", &digests["b"]);
        b["values"]["filename"] = json!(filename);
        let a = function("f.a", "a", &digests["a"]);
        let run = verify(&project, &state(&[a, b]), &[]);
        lines(&run).into_iter().filter(|line| line.starts_with("b state")).collect::<Vec<_>>()
    };
    assert_eq!(of_b("../lambdas/b/b.zip"), ["b state ok"]);
    for filename in ["../../svcb/lambdas/b/b.zip", ".terraform/modules/x/lambdas/b/b.zip"] {
        assert_eq!(of_b(filename), ["b state missing"], "{filename}");
    }
    // Terraform runs in the folder of the manifest, as the path of the other one says.
    assert_eq!(of_b("lambdas/b/b.zip"), ["b state missing"]);
    // Or in one that has `*.tf` files.
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    assert_eq!(of_b("lambdas/b/b.zip"), ["b state ok"]);
    project.write("terraform/main.tf", "resource \"aws_lambda_function\" \"x\" {}\n");
    assert_eq!(of_b("../lambdas/b/b.zip"), ["b state ok"]);
    assert_eq!(of_b("lambdas/b/b.zip"), ["b state missing"]);
}

#[test]
fn the_version_of_a_layer_is_compared_with_the_layer() {
    let project = packaged();
    project.write("dofs-package.toml", "layers = [\"layers/*\"]\n");
    project.write("layers/a-layer/tools.py", "T = 1\n");
    let digests = project.digests();
    let layer = |hash: &str| {
        json!({
            "address": "aws_lambda_layer_version.tools", "mode": "managed", "type":
            "aws_lambda_layer_version", "name": "tools",
            "values": {
                "layer_name": "acme-tools", "filename": "../layers/a-layer/a-layer.zip",
                "source_code_hash": hash, "code_sha256": hash, "compatible_runtimes": ["python3.12"],
            },
        })
    };
    let of = |hash: &str| verify(&project, &state(&[layer(hash)]), &["a-layer"]);
    let run = of(&digests["a-layer"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(
        run.stdout,
        "a-layer\tstate\tok\taws_lambda_layer_version.tools: an apply leaves it\n"
    );
    let run = of(&digests["a"]);
    assert_eq!(run.code, 1, "{}", run.text());
    assert!(
        run.stdout.contains("differs\taws_lambda_layer_version.tools: an apply would update it")
    );
    let run = verify(&project, &state(&[]), &["a-layer"]);
    let missing = "missing\tthe state has no version of the layer that is made of it\n";
    assert!(run.stdout.ends_with(missing), "{}", run.text());
    // A function of its name is none of the layer's.
    let function = function("f.this", "a-layer", &digests["a-layer"]);
    let run = verify(&project, &state(&[function]), &["a-layer"]);
    assert!(run.stdout.ends_with(missing), "{}", run.text());
}
