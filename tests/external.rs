//! What Terraform reads of us: the protocol of `data "external"`, and variables.

use std::io::Write as _;
use std::process::Stdio;

use expect_test::expect;

use crate::support::{Project, Run, Tool};

/// Runs `external` as Terraform does: the query on standard input, and nothing else there.
fn ask(tool: &Tool<'_>, arguments: &[&str], query: &str) -> (Option<i32>, String, String) {
    let mut command = tool.command(&[&["external"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the tool can be started");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(query.as_bytes()).expect("it is read");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What is answered, as Terraform takes it: a flat object of strings.
fn answer(said: &(Option<i32>, String, String)) -> std::collections::BTreeMap<String, String> {
    assert_eq!(said.0, Some(0), "{said:?}");
    serde_json::from_str(&said.1).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

fn project() -> Project {
    Project::with(&[
        ("lambdas/api/api.py", "A = 1\n"),
        ("lambdas/apiary/b.py", "B = 1\n"),
        ("lambdas/worker/c.py", "C = 1\n"),
    ])
}

#[test]
fn a_query_is_answered_with_the_hashes_that_build_gives() {
    let project = project();

    let said = ask(&project.tool(), &[], "{}");

    assert!(!project.path("lambdas/api/api.zip").exists(), "nothing is written");
    assert_eq!(answer(&said), project.digests());
}

#[test]
fn a_query_names_lambdas_and_the_project() {
    let project = project();
    let outside = project.tool().directory(project.home());
    let query = r#"{"names": "api*, worker", "root": "../root"}"#;
    let all: Vec<String> = answer(&ask(&outside, &[], query)).into_keys().collect();
    assert_eq!(all, ["api", "apiary", "worker"]);
    let query = r#"{"names": "api"}"#;
    let arguments = ["--root", "../root", "--format", "json", "--offline"];
    let one: Vec<String> = answer(&ask(&outside, &arguments, query)).into_keys().collect();
    assert_eq!(one, ["api"]);
}

#[test]
fn what_is_wrong_is_told_on_standard_error_and_by_the_status() {
    let project = project();
    let mut said = String::new();
    for query in ["", "[]", r#"{"name": "api"}"#, r#"{"names": "zzz"}"#, r#"{"root": "nowhere"}"#] {
        let (code, stdout, stderr) = ask(&project.tool(), &[], query);
        assert_eq!(stdout, "", "Terraform would read it");
        said += &format!("$ {query}\n{}\n{stderr}\n", code.expect("a status"));
    }
    expect![[r#"
        $ 
        3
        error: what comes on standard input is no JSON object of strings
          caused by: EOF while parsing a value at line 1 column 0

        $ []
        3
        error: what comes on standard input is no JSON object of strings
          caused by: invalid type: sequence, expected a map at line 1 column 0

        $ {"name": "api"}
        3
        error: unknown key `name` in the query
        hint: did you mean `names`?

        $ {"names": "zzz"}
        2
        error: no lambda is called `zzz`
        hint: name one of `api`, `apiary`, `worker`

        $ {"root": "nowhere"}
        3
        error: there is no folder `nowhere`

    "#]]
    .assert_eq(&said);
}

#[test]
fn a_lambda_that_fails_leaves_no_hole_in_the_answer() {
    let project = project();
    std::fs::create_dir(project.path("lambdas/empty")).expect("a folder");
    let (code, stdout, stderr) = ask(&project.tool(), &[], "{}");
    assert_eq!((code, stdout.as_str()), (Some(4), ""));
    assert!(stderr.contains("error: there is nothing to package"), "{stderr}");
    let run = project.run(&["--format", "tfvars", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
}

#[test]
fn packages_are_a_variable_of_terraform() {
    let project = project();
    let odd = "lambdas/we ${ird}";
    project.write(&format!("{odd}/w.py"), "W = 1\n");

    let run = project.run(&["build", "api", "we*", "--format", "tfvars"]);

    expect![[r#"
        packages = {
          "api" = {
            kind             = "function"
            filename         = "lambdas/api/api.zip"
            source_code_hash = "Z58QnaHg8HAjg7UXQwsYyy4DYVTPmcqJz2ysgj7dBnM="
            sha256           = "679f109da1e0f0702383b517430b18cb2e036154cf99ca89cf6cac823edd0673"
            size             = 116
            format           = 1
          }
          "we $${ird}" = {
            kind             = "function"
            filename         = "lambdas/we $${ird}/we $${ird}.zip"
            source_code_hash = "ia99JvAdJ8AeJgumERVd5JM3k9n6Us4zURR/4eadsPM="
            sha256           = "89af7d26f01d27c01e260ba611155de4933793d9fa52ce3351147fe1e69db0f3"
            size             = 112
            format           = 1
          }
        }
    "#]]
    .assert_eq(&run.stdout);
    let size = project.read("lambdas/api/api.zip").len();
    assert!(run.stdout.contains(&format!("size             = {size}\n")), "{}", run.stdout);
    let digest = &project.digests()["api"];
    assert!(run.stdout.contains(&format!("source_code_hash = \"{digest}\"\n")), "{}", run.stdout);
    let is_warned = |run: &Run| run.stderr.contains("warning: the variable has only the lambdas");
    assert!(is_warned(&run), "{}", run.stderr);
    let without_a_name = project.run(&["-n", "--format", "tfvars"]);
    assert_eq!(without_a_name.stdout.matches("filename").count(), 4);
    assert!(!is_warned(&without_a_name), "{}", without_a_name.stderr);
}

#[test]
fn the_variable_names_zips_as_the_manifest_does() {
    let project = project();
    project.write("dofs-package.toml", "manifest = \"terraform/packages.json\"\n");
    project.write("terraform/main.tf", "");
    let run = project.run(&["--format", "tfvars"]);
    let manifest = project.read("terraform/packages.json");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["api"]["filename"], "../lambdas/api/api.zip");
    let line = "    filename         = \"../lambdas/api/api.zip\"\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

#[test]
fn other_commands_make_no_variables() {
    let project = project();
    for arguments in [&["list"][..], &["lock"], &["init"], &["cache", "size"], &["external"]] {
        let run = project.run(&[arguments, &["--format", "tfvars"]].concat());
        expect![[r#"
            exit code: 2
            --- stdout
            --- stderr
            error: `--format tfvars` is for `build` only
        "#]]
        .assert_eq(&run.text());
    }
}

#[test]
#[ignore = "needs terraform"]
fn terraform_reads_the_variable() {
    let project = project();
    project.write("lambdas/we ${ird}/w.py", "W = 1\n");
    let run = project.run(&["--format", "tfvars"]);
    let folder = project.home().join("module");
    std::fs::create_dir(&folder).expect("a folder");
    let variable = "variable \"packages\" {\n  type = map(object({\n    filename = string\n    \
                    source_code_hash = string\n    size = number\n    format = number\n  }))\n}\n";
    std::fs::write(folder.join("main.tf"), variable).expect("a file");
    std::fs::write(folder.join("packages.auto.tfvars"), &run.stdout).expect("a file");
    let mut terraform = std::process::Command::new("terraform");
    terraform.arg("console").current_dir(&folder).env("CHECKPOINT_DISABLE", "1");
    terraform.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = terraform.spawn().expect("this test needs terraform");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(b"jsonencode(var.packages)\n").expect("it is read");
    drop(stdin);
    let said = child.wait_with_output().expect("it ends");
    // The console shows a string as HCL has it, which for this one is as JSON has it.
    let text: String = serde_json::from_slice(&said.stdout).expect("a string");
    let packages: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let digests = project.digests();
    assert_eq!(packages.as_object().expect("a map").len(), digests.len());
    for (name, digest) in &digests {
        let path = format!("lambdas/{name}/{name}.zip");
        assert_eq!(packages[name]["source_code_hash"], *digest);
        assert_eq!(packages[name]["size"], project.read(&path).len());
        assert_eq!(packages[name]["filename"], path);
    }
}
